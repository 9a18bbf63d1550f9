use std::fmt;

use saml_protocol::{Attribute as ProtocolAttribute, AttributeValue, NameId, namespaces::ASSERTION};
use saml_xml::Writer;
use saml_xml_security::{ContentCipher, Recipient, VerifyingKey, encrypt_for_each};

use crate::edit;
use crate::error::Error;

/// An attribute whose one value is an `EncryptedID`, as `ActingSubjectID` and `LegalSubjectID` of Stelsel Toegang are
/// (ST-SAML
/// 1.0, EncryptedID).
///
/// It is encrypted by AES-256 in CBC and RSA-OAEP with SHA-1, once for each recipient, with the keys beside the data.
#[derive(Clone, PartialEq, Eq)]
pub struct EncryptedIdentifier {
    /// The name of the attribute.
    pub attribute: String,
    /// The value of the `NameID` in it.
    pub name_id: String,
    /// Its `NameQualifier`, which says what kind of identifier it is.
    pub name_qualifier: Option<String>,
    /// Its `Format`.
    pub format: Option<String>,
    /// Who can open it: entity IDs and keys, one for each certificate that the metadata of a recipient has.
    pub recipients: Vec<(String, VerifyingKey)>,
    /// The `Id` of the `EncryptedData`, which differs from that of any other in the message.
    pub id: String,
}

impl EncryptedIdentifier {
    /// Makes the person at the keyboard, by BSN.
    #[must_use]
    pub fn acting_subject(bsn: &str, recipients: Vec<(String, VerifyingKey)>) -> Self {
        Self::legacy_bsn("urn:nl-eid-gdi:1.0:ActingSubjectID", "_acting", bsn, recipients)
    }

    /// Makes the person represented, by BSN.
    #[must_use]
    pub fn legal_subject(bsn: &str, recipients: Vec<(String, VerifyingKey)>) -> Self {
        Self::legacy_bsn("urn:nl-eid-gdi:1.0:LegalSubjectID", "_legal", bsn, recipients)
    }

    fn legacy_bsn(attribute: &str, id: &str, bsn: &str, recipients: Vec<(String, VerifyingKey)>) -> Self {
        Self {
            attribute: attribute.to_owned(),
            name_id: bsn.to_owned(),
            name_qualifier: Some("urn:nl-eid-gdi:1.0:id:legacy-BSN".to_owned()),
            format: Some("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent".to_owned()),
            recipients,
            id: id.to_owned(),
        }
    }

    /// Writes the `EncryptedID`.
    ///
    /// # Errors
    /// [`Error::Signature`] when a key cannot encrypt, [`Error::Write`] for a value that XML cannot hold.
    pub fn write(&self) -> Result<String, Error> {
        let mut writer = Writer::new();
        let name_id = NameId {
            value: &self.name_id,
            format: self.format.as_deref(),
            name_qualifier: self.name_qualifier.as_deref(),
            sp_name_qualifier: None,
        };
        name_id.write(&mut writer);
        // The plaintext is an element by itself: it declares what it uses.
        let declared = format!("<saml:NameID xmlns:saml=\"{ASSERTION}\"");
        let plaintext = writer.finish()?.replacen("<saml:NameID", &declared, 1);
        let recipients: Vec<Recipient<'_>> =
            self.recipients.iter().map(|(entity_id, key)| Recipient { entity_id, key }).collect();
        let data = encrypt_for_each(plaintext.as_bytes(), &recipients, &self.id, ContentCipher::Aes256Cbc)?;
        Ok(format!("<saml:EncryptedID xmlns:saml=\"{ASSERTION}\">{data}</saml:EncryptedID>"))
    }

    /// Leaves the value empty, for [`write_into`](Self::write_into).
    pub(crate) fn as_protocol(&self) -> ProtocolAttribute<'_> {
        ProtocolAttribute { name: &self.attribute, name_format: None, values: vec![AttributeValue::Opaque] }
    }

    /// Puts the `EncryptedID` into the empty value that stands for it in an assertion.
    pub(crate) fn write_into(&self, assertion: &str) -> Result<String, Error> {
        let document = edit::parse(assertion)?;
        let statement = edit::find(&document, "AttributeStatement")?;
        let named = statement.children().find(|child| child.attribute("Name") == Some(&self.attribute));
        let value = named.and_then(|attribute| attribute.children().next());
        let range = value.ok_or_else(|| Error::Part { path: self.attribute.clone() })?.source_range();
        let value = format!("<saml:AttributeValue>{}</saml:AttributeValue>", self.write()?);
        Ok(edit::splice(assertion, range, &value))
    }
}

impl fmt::Debug for EncryptedIdentifier {
    /// Leaves out who it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncryptedIdentifier({}, redacted)", self.attribute)
    }
}
