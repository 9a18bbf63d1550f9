use std::ops::Deref;

use chrono::{DateTime, Utc};
use saml_protocol::namespaces::METADATA;
use saml_xml::Element;

use crate::attributes::{flag, index};
use crate::endpoint::{IndexedEndpoint, default_of, require_unique};
use crate::error::Error;
use crate::role::Role;
use crate::sso_descriptor::{SsoDescriptor, indexed_endpoints};

/// What an identity provider knows of a service provider.
///
/// One that does not sign its requests may be without keys; verifying with no key is refused, not left out.
/// What it shares with an identity provider is in [`Role`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceProvider {
    role: Role,
    assertion_consumer_services: Vec<IndexedEndpoint>,
    attribute_consuming_service_indexes: Vec<u16>,
    authn_requests_signed: bool,
    want_assertions_signed: bool,
}

impl ServiceProvider {
    /// Reads an `SPSSODescriptor` (SAML Metadata 2.4.4).
    pub(crate) fn read(entity_id: &str, valid_until: Option<DateTime<Utc>>, role: Element<'_>) -> Result<Self, Error> {
        let mut descriptor = SsoDescriptor::read(entity_id, valid_until, role)?;
        let children = &mut descriptor.children;
        let assertion_consumer_services = indexed_endpoints(children, ASSERTION_CONSUMER_SERVICE)?;
        let attribute_consuming_service_indexes: Vec<_> =
            children.many(METADATA, "AttributeConsumingService").map(index).collect::<Result<_, _>>()?;
        require_unique("AttributeConsumingService", attribute_consuming_service_indexes.iter().copied())?;
        descriptor.children.finish()?;
        if !role.children().any(|child| child.is(METADATA, ASSERTION_CONSUMER_SERVICE)) {
            return Err(Error::ElementMissing { element: ASSERTION_CONSUMER_SERVICE });
        }
        let authn_requests_signed = flag(role, "AuthnRequestsSigned")?.unwrap_or(false);
        let keys = &descriptor.role.keys;
        if keys.signing.is_empty() && (authn_requests_signed || !keys.skipped.is_empty()) {
            return Err(descriptor.role.no_signing_key());
        }
        Ok(Self {
            role: descriptor.role,
            assertion_consumer_services,
            attribute_consuming_service_indexes,
            authn_requests_signed,
            want_assertions_signed: flag(role, "WantAssertionsSigned")?.unwrap_or(false),
        })
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

impl Deref for ServiceProvider {
    type Target = Role;

    fn deref(&self) -> &Role {
        &self.role
    }
}

const ASSERTION_CONSUMER_SERVICE: &str = "AssertionConsumerService";
