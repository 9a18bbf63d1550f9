use chrono::{DateTime, Utc};
use saml_protocol::namespaces::PROTOCOL;
use saml_xml::Writer;
use saml_xml_security::{SignOptions, SigningKey, VerifyingKey, sign};

use super::{
    ARTIFACT_RESOLUTION_SERVICE, KeyNameConvention, SINGLE_LOGOUT_SERVICE, flag, require_key, start_entity,
    write_endpoints, write_indexed_endpoints, write_keys,
};
use crate::endpoint::{Endpoint, IndexedEndpoint};
use crate::error::Error;

/// The metadata of an identity provider, to be written in the shape that the Signicat broker has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityProviderMetadata {
    /// The `ID`: an XML name, new for each file.
    pub id: String,
    /// The entity ID.
    pub entity_id: String,
    /// The first moment at which the file is no longer valid; not written when absent.
    pub valid_until: Option<DateTime<Utc>>,
    /// Whether it wants authentication requests to be signed; true unless changed.
    pub want_authn_requests_signed: bool,
    /// The keys that it signs with: more than one around a change of keys (ATT-194).
    pub signing_keys: Vec<VerifyingKey>,
    /// What the `KeyName` of each key is; the SHA-256 unless changed, as Signicat does.
    pub key_names: KeyNameConvention,
    /// Where artifacts are resolved.
    pub artifact_resolution: Vec<IndexedEndpoint>,
    /// Where logout messages go.
    pub single_logout: Vec<Endpoint>,
    /// The formats of `NameID` that it gives.
    pub name_id_formats: Vec<String>,
    /// Where authentication requests go.
    pub single_sign_on: Vec<Endpoint>,
}

impl IdentityProviderMetadata {
    /// Starts with what every identity provider has; what else there is to say are fields.
    #[must_use]
    pub fn new(id: &str, entity_id: &str, signing_keys: Vec<VerifyingKey>, single_sign_on: Vec<Endpoint>) -> Self {
        Self {
            id: id.to_owned(),
            entity_id: entity_id.to_owned(),
            valid_until: None,
            want_authn_requests_signed: true,
            signing_keys,
            key_names: KeyNameConvention::Sha256,
            artifact_resolution: Vec::new(),
            single_logout: Vec::new(),
            name_id_formats: Vec::new(),
            single_sign_on,
        }
    }

    /// Writes the file without a signature.
    ///
    /// # Errors
    /// [`Error::NoSigningKey`], [`Error::ElementMissing`] without a `SingleSignOnService`, [`Error::DuplicateIndex`],
    /// [`Error::Location`], [`Error::Schema`] for an unfit `ID` or entity ID, [`Error::Write`].
    pub fn write(&self) -> Result<String, Error> {
        let mut writer = Writer::new();
        start_entity(&mut writer, &self.id, &self.entity_id, self.valid_until)?;
        require_key(&self.entity_id, &self.signing_keys)?;
        if self.single_sign_on.is_empty() {
            return Err(Error::ElementMissing { element: SINGLE_SIGN_ON_SERVICE.1 });
        }
        // From here on the order is that of IDPSSODescriptorType (SAML Metadata 2.4.3).
        writer
            .start("md:IDPSSODescriptor")
            .attribute("WantAuthnRequestsSigned", flag(self.want_authn_requests_signed))
            .attribute("protocolSupportEnumeration", PROTOCOL);
        write_keys(&mut writer, "signing", &self.signing_keys, self.key_names)?;
        write_indexed_endpoints(&mut writer, ARTIFACT_RESOLUTION_SERVICE, &self.artifact_resolution)?;
        write_endpoints(&mut writer, SINGLE_LOGOUT_SERVICE, &self.single_logout)?;
        for format in &self.name_id_formats {
            writer.leaf("md:NameIDFormat", format);
        }
        write_endpoints(&mut writer, SINGLE_SIGN_ON_SERVICE, &self.single_sign_on)?;
        writer.end().end();
        Ok(writer.finish()?)
    }

    /// Writes the file and signs it with RSA and SHA-256.
    ///
    /// # Errors
    /// As [`write`](Self::write), and [`Error::Signature`] when `key` cannot make such a signature.
    pub fn sign(&self, key: &SigningKey) -> Result<String, Error> {
        Ok(sign(&self.write()?, key, &SignOptions::default())?)
    }
}

const SINGLE_SIGN_ON_SERVICE: (&str, &str) = ("md:SingleSignOnService", "SingleSignOnService");
