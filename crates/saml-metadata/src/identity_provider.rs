use chrono::{DateTime, Utc};
use saml_protocol::Binding;
use saml_protocol::namespaces::{ASSERTION, METADATA};
use saml_xml::Element;
use saml_xml_security::VerifyingKey;

use crate::attributes::{check_entity_id, flag};
use crate::endpoint::{Endpoint, IndexedEndpoint, location_of};
use crate::error::{Error, shorten};
use crate::key_descriptor::{SigningKeys, SkippedKey};
use crate::sso_descriptor::{SsoDescriptor, check_valid, earlier, endpoints};

/// What is known of an identity provider: the keys that it signs with, and where it takes messages.
///
/// There is at least one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityProvider {
    entity_id: String,
    valid_until: Option<DateTime<Utc>>,
    signing_keys: SigningKeys,
    single_sign_on: Vec<Endpoint>,
    single_logout: Vec<Endpoint>,
    artifact_resolution: Vec<IndexedEndpoint>,
    want_authn_requests_signed: bool,
}

impl IdentityProvider {
    /// Makes an identity provider from keys in the configuration, for when there is no metadata.
    ///
    /// # Errors
    /// [`Error::NoSigningKey`] when `keys` is empty, [`Error::Schema`] when `entity_id` is empty or too long.
    ///
    /// ```
    /// use saml_metadata::IdentityProvider;
    ///
    /// let error = IdentityProvider::from_keys("https://broker.example.nl/broker/sp/saml", Vec::new()).unwrap_err();
    /// assert_eq!(error.code(), "metadata_no_signing_key");
    /// ```
    pub fn from_keys(entity_id: &str, keys: Vec<VerifyingKey>) -> Result<Self, Error> {
        check_entity_id(entity_id)?;
        let names = keys.iter().map(|_| None).collect();
        Self {
            entity_id: entity_id.to_owned(),
            valid_until: None,
            signing_keys: SigningKeys { keys, names, skipped: Vec::new() },
            single_sign_on: Vec::new(),
            single_logout: Vec::new(),
            artifact_resolution: Vec::new(),
            want_authn_requests_signed: false,
        }
        .with_a_key()
    }

    /// Reads an `IDPSSODescriptor` (SAML Metadata 2.4.3).
    pub(crate) fn read(entity_id: &str, valid_until: Option<DateTime<Utc>>, role: Element<'_>) -> Result<Self, Error> {
        let mut descriptor = SsoDescriptor::read(role)?;
        let children = &mut descriptor.children;
        let first = children.required(METADATA, "SingleSignOnService")?;
        let mut single_sign_on: Vec<_> = Endpoint::read(first, "SingleSignOnService")?.into_iter().collect();
        single_sign_on.extend(endpoints(children, "SingleSignOnService")?);
        children.many(METADATA, "NameIDMappingService").for_each(drop);
        children.many(METADATA, "AssertionIDRequestService").for_each(drop);
        children.many(METADATA, "AttributeProfile").for_each(drop);
        children.many(ASSERTION, "Attribute").for_each(drop);
        descriptor.children.finish()?;
        Self {
            entity_id: entity_id.to_owned(),
            valid_until: earlier(valid_until, descriptor.valid_until),
            signing_keys: descriptor.signing_keys,
            single_sign_on,
            single_logout: descriptor.single_logout,
            artifact_resolution: descriptor.artifact_resolution,
            want_authn_requests_signed: flag(role, "WantAuthnRequestsSigned")?.unwrap_or(false),
        }
        .with_a_key()
    }

    /// Returns the entity ID: what `Issuer` must say.
    #[must_use]
    pub fn entity_id(&self) -> &str {
        &self.entity_id
    }

    /// Returns the first moment at which this is no longer valid: the earliest that entity and role say.
    #[must_use]
    pub const fn valid_until(&self) -> Option<DateTime<Utc>> {
        self.valid_until
    }

    /// Refuses to be used at and after [`valid_until`](Self::valid_until).
    ///
    /// # Errors
    /// [`Error::Expired`] (ATT-185).
    pub fn check_valid(&self, now: DateTime<Utc>) -> Result<(), Error> {
        check_valid(self.valid_until, now)
    }

    /// Returns the keys that it may sign with, at least one, in the order of the metadata.
    #[must_use]
    pub fn signing_keys(&self) -> &[VerifyingKey] {
        &self.signing_keys.keys
    }

    /// Returns the `KeyName` of each signing key, in the same order. It names a key, it does not make it trusted.
    #[must_use]
    pub fn signing_key_names(&self) -> &[Option<String>] {
        &self.signing_keys.names
    }

    /// Returns the signing keys in the metadata that cannot be used, for the operator to see.
    #[must_use]
    pub fn skipped_keys(&self) -> &[SkippedKey] {
        &self.signing_keys.skipped
    }

    /// Returns where authentication requests go.
    #[must_use]
    pub fn single_sign_on(&self) -> &[Endpoint] {
        &self.single_sign_on
    }

    /// Returns where an authentication request goes by `binding`.
    #[must_use]
    pub fn single_sign_on_location(&self, binding: Binding) -> Option<&str> {
        location_of(&self.single_sign_on, binding)
    }

    /// Returns where logout messages go.
    #[must_use]
    pub fn single_logout(&self) -> &[Endpoint] {
        &self.single_logout
    }

    /// Returns where a logout message goes by `binding`.
    #[must_use]
    pub fn single_logout_location(&self, binding: Binding) -> Option<&str> {
        location_of(&self.single_logout, binding)
    }

    /// Returns where artifacts are resolved, over SOAP.
    #[must_use]
    pub fn artifact_resolution(&self) -> &[IndexedEndpoint] {
        &self.artifact_resolution
    }

    /// Tells whether it wants authentication requests to be signed.
    ///
    /// It can only make us sign: a file that no longer says so is no reason to stop (ATT-193).
    #[must_use]
    pub const fn want_authn_requests_signed(&self) -> bool {
        self.want_authn_requests_signed
    }

    /// Refuses an identity provider that nothing could be verified of (ATT-059).
    fn with_a_key(self) -> Result<Self, Error> {
        if self.signing_keys.keys.is_empty() {
            let skipped = self.signing_keys.skipped.len();
            return Err(Error::NoSigningKey { entity_id: shorten(&self.entity_id), skipped });
        }
        Ok(self)
    }
}
