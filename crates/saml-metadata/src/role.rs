use chrono::{DateTime, Utc};
use saml_protocol::Binding;
use saml_xml_security::VerifyingKey;

use crate::endpoint::{Endpoint, location_of};
use crate::error::{Error, shorten};
use crate::key_descriptor::{RoleKeys, SkippedKey};

/// What an [`IdentityProvider`](crate::IdentityProvider) and a [`ServiceProvider`](crate::ServiceProvider) have in
/// common; either can be used where this is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    pub(crate) entity_id: String,
    pub(crate) valid_until: Option<DateTime<Utc>>,
    pub(crate) keys: RoleKeys,
    pub(crate) single_logout: Vec<Endpoint>,
    /// Where answers to a logout go, in the same order.
    pub(crate) single_logout_answers: Vec<Endpoint>,
    pub(crate) name_id_formats: Vec<String>,
}

impl Role {
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

    /// Returns the keys that it may sign with, in the order of the metadata.
    #[must_use]
    pub fn signing_keys(&self) -> &[VerifyingKey] {
        &self.keys.signing
    }

    /// Returns the `KeyName` of each signing key, in the same order. It names a key, it does not make it trusted.
    #[must_use]
    pub fn signing_key_names(&self) -> &[Option<String>] {
        &self.keys.signing_names
    }

    /// Returns the keys that may be encrypted to, in the order of the metadata; they never verify anything.
    #[must_use]
    pub fn encryption_keys(&self) -> &[VerifyingKey] {
        &self.keys.encryption
    }

    /// Returns the signing keys in the metadata that cannot be used, for the operator to see.
    #[must_use]
    pub fn skipped_keys(&self) -> &[SkippedKey] {
        &self.keys.skipped
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

    /// Returns where the answer to a logout goes by `binding`: the `ResponseLocation`, or the location where there is
    /// none (SAML Metadata 2.2.2).
    #[must_use]
    pub fn single_logout_answer_location(&self, binding: Binding) -> Option<&str> {
        location_of(&self.single_logout_answers, binding)
    }

    /// Returns the formats of `NameID` that it gives or takes, in the order of the metadata.
    #[must_use]
    pub fn name_id_formats(&self) -> &[String] {
        &self.name_id_formats
    }

    pub(crate) fn no_signing_key(&self) -> Error {
        Error::NoSigningKey { entity_id: shorten(&self.entity_id), skipped: self.keys.skipped.len() }
    }
}

/// Refuses metadata at and after the end of its validity (ATT-185).
pub(crate) fn check_valid(valid_until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<(), Error> {
    match valid_until {
        Some(valid_until) if now >= valid_until => Err(Error::Expired { valid_until, at: now }),
        _ => Ok(()),
    }
}
