use std::ops::Deref;

use chrono::{DateTime, Utc};
use saml_protocol::Binding;
use saml_protocol::namespaces::{ASSERTION, METADATA};
use saml_xml::Element;
use saml_xml_security::VerifyingKey;

use crate::attributes::{check_entity_id, flag};
use crate::endpoint::{Endpoint, IndexedEndpoint, location_of};
use crate::error::Error;
use crate::key_descriptor::RoleKeys;
use crate::role::Role;
use crate::sso_descriptor::{SsoDescriptor, endpoints};

/// What is known of an identity provider: the keys that it signs with, and where it takes messages.
///
/// There is at least one key. What it shares with a service provider is in [`Role`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityProvider {
    role: Role,
    single_sign_on: Vec<Endpoint>,
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
        let signing_names = keys.iter().map(|_| None).collect();
        let role = Role {
            entity_id: entity_id.to_owned(),
            valid_until: None,
            keys: RoleKeys { signing: keys, signing_names, ..RoleKeys::default() },
            single_logout: Vec::new(),
            single_logout_answers: Vec::new(),
            name_id_formats: Vec::new(),
        };
        Self { role, single_sign_on: Vec::new(), artifact_resolution: Vec::new(), want_authn_requests_signed: false }
            .with_a_key()
    }

    /// Reads an `IDPSSODescriptor` (SAML Metadata 2.4.3).
    pub(crate) fn read(entity_id: &str, valid_until: Option<DateTime<Utc>>, role: Element<'_>) -> Result<Self, Error> {
        let mut descriptor = SsoDescriptor::read(entity_id, valid_until, role)?;
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
            role: descriptor.role,
            single_sign_on,
            artifact_resolution: descriptor.artifact_resolution,
            want_authn_requests_signed: flag(role, "WantAuthnRequestsSigned")?.unwrap_or(false),
        }
        .with_a_key()
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
        if self.signing_keys().is_empty() { Err(self.no_signing_key()) } else { Ok(self) }
    }
}

impl Deref for IdentityProvider {
    type Target = Role;

    fn deref(&self) -> &Role {
        &self.role
    }
}
