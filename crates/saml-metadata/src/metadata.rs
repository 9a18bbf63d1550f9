use std::time::Duration;

use chrono::{DateTime, Utc};
use saml_protocol::namespaces::{METADATA, XMLDSIG};
use saml_protocol::{Children, Error as SchemaError};
use saml_xml::{Document, Element, ParseOptions};
use saml_xml_security::{AlgorithmPolicy, VerifyingKey, require_unique_ids, verify};

use crate::attributes::{cache_duration, entity_id, valid_until};
use crate::error::{Error, shorten};
use crate::identity_provider::IdentityProvider;
use crate::service_provider::ServiceProvider;
use crate::sso_descriptor::supports_saml2;
use crate::stamps::{Stamps, extensions};

/// The metadata of one entity: an `EntityDescriptor` (SAML Metadata 2.3.2).
#[derive(Debug)]
pub struct Metadata {
    document: Document,
    entity_id: String,
    valid_until: Option<DateTime<Utc>>,
    cache_duration: Option<Duration>,
    stamps: Stamps,
    is_signed: bool,
    key_fingerprint: Option<String>,
}

impl Metadata {
    /// Verifies the signature of a metadata file with one of `keys`, and reads what was signed.
    ///
    /// Refused: an aggregate, a signature that is not the root's own (ATT-183), one by a key that is not among `keys`
    /// even when the file brings it (ATT-184), algorithms that `policy` does not list, and whatever
    /// [`parse_unverified`](Self::parse_unverified) refuses.
    ///
    /// # Errors
    /// The [`Error`] of the first rule that is broken; [`Error::Signature`] for the signature.
    ///
    /// ```
    /// use saml_metadata::{Endpoint, Error, IdentityProviderMetadata, Metadata};
    /// use saml_protocol::Binding;
    /// use saml_xml_security::{AlgorithmPolicy, SigningKey};
    ///
    /// let key = SigningKey::generate_self_signed(2048, "broker.example.nl", 0, 4_000_000_000)?;
    /// let location = "https://broker.example.nl/broker/sp/saml/login".to_owned();
    /// let file = IdentityProviderMetadata::new(
    ///     "_1",
    ///     "https://broker.example.nl/broker/sp/saml",
    ///     vec![key.verifying_key().clone()],
    ///     vec![Endpoint { binding: Binding::HttpPost, location }],
    /// )
    /// .sign(&key)?;
    ///
    /// let pinned = [key.verifying_key().clone()];
    /// let broker = Metadata::verify(file.as_bytes(), &pinned, &AlgorithmPolicy::modern())?.identity_provider()?;
    /// assert_eq!(broker.signing_keys(), pinned);
    /// assert_eq!(
    ///     broker.single_sign_on_location(Binding::HttpPost),
    ///     Some("https://broker.example.nl/broker/sp/saml/login")
    /// );
    ///
    /// let changed = file.replace("/saml/login", "/saml/elsewhere");
    /// let error = Metadata::verify(changed.as_bytes(), &pinned, &AlgorithmPolicy::modern()).unwrap_err();
    /// assert_eq!(error.code(), "signature_digest_mismatch");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn verify(bytes: &[u8], keys: &[VerifyingKey], policy: &AlgorithmPolicy) -> Result<Self, Error> {
        let document = parse(bytes)?;
        let verified = verify(document.root(), keys, policy, &ParseOptions::metadata())?;
        let key_fingerprint = verified.key_fingerprint().to_owned();
        let metadata = Self::read(verified.into_document())?;
        Ok(Self { is_signed: true, key_fingerprint: Some(key_fingerprint), ..metadata })
    }

    /// Reads a metadata file without looking at its signature: it is as trusted as the place it came from.
    ///
    /// For a file that lies beside the configuration, and to look at a file. What came over the network goes through
    /// [`verify`](Self::verify) (ATT-182).
    ///
    /// Refused: what is not well-formed or larger than [`ParseOptions::metadata`] allows (ATT-192), an aggregate,
    /// another message, an `ID` that stands twice, elements out of the order of the schema.
    ///
    /// # Errors
    /// The [`Error`] of the first rule that is broken.
    pub fn parse_unverified(bytes: &[u8]) -> Result<Self, Error> {
        Self::read(parse(bytes)?)
    }

    /// Returns the entity ID.
    #[must_use]
    pub fn entity_id(&self) -> &str {
        &self.entity_id
    }

    /// Returns the first moment at which the file is no longer valid, as the entity says; a role may end earlier.
    #[must_use]
    pub const fn valid_until(&self) -> Option<DateTime<Utc>> {
        self.valid_until
    }

    /// Returns how long the file may be used before it is fetched again; a year counts 365 days, a month 30.
    #[must_use]
    pub const fn cache_duration(&self) -> Option<Duration> {
        self.cache_duration
    }

    /// Returns the moments by which this version is told from an older one, as the entity says them.
    #[must_use]
    pub const fn stamps(&self) -> &Stamps {
        &self.stamps
    }

    /// Tells whether the file carries a signature, which says nothing about whether it holds.
    #[must_use]
    pub const fn is_signed(&self) -> bool {
        self.is_signed
    }

    /// Returns the SHA-256 of the certificate whose key made the signature; `None` when it was not verified.
    #[must_use]
    pub fn key_fingerprint(&self) -> Option<&str> {
        self.key_fingerprint.as_deref()
    }

    /// Refuses metadata of another entity than the one that is configured (ATT-188).
    ///
    /// # Errors
    /// [`Error::EntityMismatch`].
    pub fn require_entity_id(&self, expected: &str) -> Result<(), Error> {
        if self.entity_id == expected {
            return Ok(());
        }
        Err(Error::EntityMismatch { expected: shorten(expected), found: shorten(&self.entity_id) })
    }

    /// Reads the role of identity provider: the one `IDPSSODescriptor` that supports SAML 2.0.
    ///
    /// Tells apart the two files of a broker: the one that it hands to Logius has no such role.
    ///
    /// # Errors
    /// [`Error::IsServiceProvider`] for metadata of a service provider, [`Error::Protocol`], [`Error::RoleMissing`] or
    /// [`Error::RoleAmbiguous`] when there is not exactly one, [`Error::NoSigningKey`] when no key can be used,
    /// [`Error::Location`] for an endpoint that nothing may be sent to.
    pub fn identity_provider(&self) -> Result<IdentityProvider, Error> {
        let found_instead = || {
            let role = self.roles(SERVICE_PROVIDER).next()?;
            Some(Error::IsServiceProvider {
                entity_id: shorten(&self.entity_id),
                assertion_consumer_service: first_location(role, "AssertionConsumerService"),
            })
        };
        IdentityProvider::read(&self.entity_id, self.valid_until, self.role(IDENTITY_PROVIDER, found_instead)?)
    }

    /// Reads the role of service provider: the one `SPSSODescriptor` that supports SAML 2.0.
    ///
    /// # Errors
    /// [`Error::IsIdentityProvider`] for metadata of an identity provider, else as
    /// [`identity_provider`](Self::identity_provider).
    pub fn service_provider(&self) -> Result<ServiceProvider, Error> {
        let found_instead = || {
            let role = self.roles(IDENTITY_PROVIDER).next()?;
            Some(Error::IsIdentityProvider {
                entity_id: shorten(&self.entity_id),
                single_sign_on_service: first_location(role, "SingleSignOnService"),
            })
        };
        ServiceProvider::read(&self.entity_id, self.valid_until, self.role(SERVICE_PROVIDER, found_instead)?)
    }

    /// Reads an entity of an aggregate, which is valid no longer than the aggregate is (SAML Metadata 2.3.1).
    pub(crate) fn of_aggregate(
        document: Document,
        aggregate_until: Option<DateTime<Utc>>,
        key_fingerprint: Option<&str>,
    ) -> Result<Self, Error> {
        let metadata = Self::read(document)?;
        Ok(Self {
            valid_until: metadata.valid_until.into_iter().chain(aggregate_until).min(),
            is_signed: metadata.is_signed || key_fingerprint.is_some(),
            key_fingerprint: key_fingerprint.map(str::to_owned),
            ..metadata
        })
    }

    fn read(document: Document) -> Result<Self, Error> {
        let root = document.root();
        let (entity_id, valid_until) = (entity_id(root)?.to_owned(), valid_until(root)?);
        let (cache_duration, stamps) = (cache_duration(root)?, Stamps::read(root, extensions(root))?);
        let is_signed = check_children(root)?;
        Ok(Self { document, entity_id, valid_until, cache_duration, stamps, is_signed, key_fingerprint: None })
    }

    fn roles(&self, name: &'static str) -> impl Iterator<Item = Element<'_>> {
        self.document.root().children().filter(move |child| child.is(METADATA, name))
    }

    fn role(&self, name: &'static str, found_instead: impl FnOnce() -> Option<Error>) -> Result<Element<'_>, Error> {
        let mut supported = Vec::new();
        let mut other = None;
        for role in self.roles(name) {
            if supports_saml2(role)? { supported.push(role) } else { other = other.or(Some(role)) }
        }
        match (supported.as_slice(), other) {
            ([role], _) => Ok(*role),
            ([], Some(role)) => {
                let found = shorten(role.attribute("protocolSupportEnumeration").unwrap_or_default());
                Err(Error::Protocol { role: name, found })
            }
            ([], None) => Err(found_instead()
                .unwrap_or_else(|| Error::RoleMissing { role: name, entity_id: shorten(&self.entity_id) })),
            (several, _) => Err(Error::RoleAmbiguous { role: name, found: several.len() }),
        }
    }
}

/// Parses a file down to its root, which must be an `EntityDescriptor`.
fn parse(bytes: &[u8]) -> Result<Document, Error> {
    let document = Document::parse(bytes, &ParseOptions::metadata())?;
    let root = document.root();
    if root.is(METADATA, "EntitiesDescriptor") {
        return Err(Error::Aggregate);
    }
    if !root.is(METADATA, "EntityDescriptor") {
        let found = shorten(root.local_name());
        return Err(SchemaError::MessageType { expected: "EntityDescriptor", found }.into());
    }
    require_unique_ids(&document)?;
    Ok(document)
}

/// Checks the order of the children of an `EntityDescriptor`, and tells whether a signature is among them.
fn check_children(root: Element<'_>) -> Result<bool, Error> {
    let mut children = Children::of(root)?;
    let is_signed = children.optional(XMLDSIG, "Signature").is_some();
    children.optional(METADATA, "Extensions");
    // Roles that play no part here are read over; they may stand between the others.
    while ROLES.iter().any(|name| children.optional(METADATA, name).is_some()) {}
    children.optional(METADATA, "Organization");
    children.many(METADATA, "ContactPerson").for_each(drop);
    children.many(METADATA, "AdditionalMetadataLocation").for_each(drop);
    children.finish()?;
    Ok(is_signed)
}

/// Returns where the first endpoint `name` of a role is, for an error.
fn first_location(role: Element<'_>, name: &str) -> String {
    let endpoint = role.children().find(|child| child.is(METADATA, name));
    shorten(endpoint.and_then(|endpoint| endpoint.attribute("Location")).unwrap_or("(none)"))
}

const IDENTITY_PROVIDER: &str = "IDPSSODescriptor";
const SERVICE_PROVIDER: &str = "SPSSODescriptor";
/// What may stand in an `EntityDescriptor` between the extensions and the organization (SAML Metadata 2.3.2).
const ROLES: [&str; 7] = [
    IDENTITY_PROVIDER,
    SERVICE_PROVIDER,
    "RoleDescriptor",
    "AuthnAuthorityDescriptor",
    "AttributeAuthorityDescriptor",
    "PDPDescriptor",
    "AffiliationDescriptor",
];
