use chrono::{DateTime, Utc};
use saml_protocol::namespaces::METADATA;
use saml_xml::Element;
use saml_xml_security::VerifyingKey;

use crate::attributes::{flag, index};
use crate::endpoint::{Endpoint, IndexedEndpoint, default_of, require_unique};
use crate::error::{Error, shorten};
use crate::key_descriptor::{SigningKeys, SkippedKey};
use crate::sso_descriptor::{SsoDescriptor, check_valid, earlier, indexed_endpoints};

/// What an identity provider knows of a service provider.
///
/// One that does not sign its requests may be without keys; verifying with no key is refused, not left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceProvider {
    entity_id: String,
    valid_until: Option<DateTime<Utc>>,
    signing_keys: SigningKeys,
    assertion_consumer_services: Vec<IndexedEndpoint>,
    single_logout: Vec<Endpoint>,
    attribute_consuming_service_indexes: Vec<u16>,
    authn_requests_signed: bool,
    want_assertions_signed: bool,
}

impl ServiceProvider {
    /// Reads an `SPSSODescriptor` (SAML Metadata 2.4.4).
    pub(crate) fn read(entity_id: &str, valid_until: Option<DateTime<Utc>>, role: Element<'_>) -> Result<Self, Error> {
        let mut descriptor = SsoDescriptor::read(role)?;
        let children = &mut descriptor.children;
        let assertion_consumer_services = indexed_endpoints(children, ASSERTION_CONSUMER_SERVICE)?;
        let attribute_consuming_service_indexes: Vec<_> =
            children.many(METADATA, "AttributeConsumingService").map(index).collect::<Result<_, _>>()?;
        require_unique("AttributeConsumingService", attribute_consuming_service_indexes.iter().copied())?;
        descriptor.children.finish()?;
        if !role.children().any(|child| child.is(METADATA, ASSERTION_CONSUMER_SERVICE)) {
            return Err(Error::ElementMissing { element: ASSERTION_CONSUMER_SERVICE });
        }
        let signing_keys = descriptor.signing_keys;
        let authn_requests_signed = flag(role, "AuthnRequestsSigned")?.unwrap_or(false);
        let skipped = signing_keys.skipped.len();
        if signing_keys.keys.is_empty() && (authn_requests_signed || skipped > 0) {
            return Err(Error::NoSigningKey { entity_id: shorten(entity_id), skipped });
        }
        Ok(Self {
            entity_id: entity_id.to_owned(),
            valid_until: earlier(valid_until, descriptor.valid_until),
            signing_keys,
            assertion_consumer_services,
            single_logout: descriptor.single_logout,
            attribute_consuming_service_indexes,
            authn_requests_signed,
            want_assertions_signed: flag(role, "WantAssertionsSigned")?.unwrap_or(false),
        })
    }

    /// Returns the entity ID.
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

    /// Returns the keys that it may sign with, in the order of the metadata.
    #[must_use]
    pub fn signing_keys(&self) -> &[VerifyingKey] {
        &self.signing_keys.keys
    }

    /// Returns the `KeyName` of each signing key, in the same order.
    #[must_use]
    pub fn signing_key_names(&self) -> &[Option<String>] {
        &self.signing_keys.names
    }

    /// Returns the signing keys in the metadata that cannot be used.
    #[must_use]
    pub fn skipped_keys(&self) -> &[SkippedKey] {
        &self.signing_keys.skipped
    }

    /// Returns where answers to authentication requests may go.
    #[must_use]
    pub fn assertion_consumer_services(&self) -> &[IndexedEndpoint] {
        &self.assertion_consumer_services
    }

    /// Returns where the answer goes when the request does not say (SAML Metadata 2.2.3).
    #[must_use]
    pub fn default_assertion_consumer_service(&self) -> Option<&IndexedEndpoint> {
        default_of(&self.assertion_consumer_services)
    }

    /// Returns where logout messages go.
    #[must_use]
    pub fn single_logout(&self) -> &[Endpoint] {
        &self.single_logout
    }

    /// Returns the indexes by which a request may say what attributes it wants.
    #[must_use]
    pub fn attribute_consuming_service_indexes(&self) -> &[u16] {
        &self.attribute_consuming_service_indexes
    }

    /// Tells whether its authentication requests are always signed.
    #[must_use]
    pub const fn authn_requests_signed(&self) -> bool {
        self.authn_requests_signed
    }

    /// Tells whether it wants each assertion to be signed by itself.
    #[must_use]
    pub const fn want_assertions_signed(&self) -> bool {
        self.want_assertions_signed
    }
}

const ASSERTION_CONSUMER_SERVICE: &str = "AssertionConsumerService";
