use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml_protocol::namespaces::{METADATA, XMLDSIG};
use saml_protocol::{Children, Error as SchemaError, trimmed_text};
use saml_xml::Element;
use saml_xml_security::{Error as KeyError, VerifyingKey};
use thiserror::Error as ThisError;

use crate::attributes::{WHITE_SPACE, collapse};
use crate::error::{Error, shorten};

/// A signing key in metadata that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedKey {
    /// Its `KeyName`, where it has one.
    pub key_name: Option<String>,
    /// Why it cannot be used.
    pub fault: KeyFault,
}

/// Why a key in metadata cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum KeyFault {
    /// The `KeyInfo` does not hold exactly one certificate, so that it does not say which key is meant.
    ///
    /// A chain would make a certificate authority's key one that may sign assertions.
    #[error("expected one X509Certificate in KeyInfo, found {found}")]
    CertificateCount {
        /// How many were found.
        found: usize,
    },
    /// The certificate cannot be read, or its key is too weak.
    #[error("{0}")]
    Unusable(#[from] KeyError),
}

/// The keys that a role signs with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SigningKeys {
    pub(crate) keys: Vec<VerifyingKey>,
    /// The `KeyName` of each of `keys`.
    pub(crate) names: Vec<Option<String>>,
    pub(crate) skipped: Vec<SkippedKey>,
}

impl SigningKeys {
    /// Reads a `KeyDescriptor` (SAML Metadata 2.4.1.1) and keeps its key when it is for signing.
    ///
    /// One without `use` serves both purposes; one for encryption never verifies anything (ATT-189).
    pub(crate) fn read(&mut self, descriptor: Element<'_>) -> Result<(), Error> {
        let for_signing = match descriptor.attribute("use").map(collapse) {
            None | Some("signing") => true,
            Some("encryption") => false,
            Some(_) => return Err(SchemaError::Value { attribute: "use", expected: "signing or encryption" }.into()),
        };
        let mut children = Children::of(descriptor)?;
        let key_info = children.required(XMLDSIG, "KeyInfo")?;
        children.many(METADATA, "EncryptionMethod").for_each(drop);
        children.finish()?;
        if for_signing {
            self.add(key_info)?;
        }
        Ok(())
    }

    fn add(&mut self, key_info: Element<'_>) -> Result<(), Error> {
        let key_name = key_name(key_info)?;
        match key(key_info)? {
            // The same certificate twice is one key.
            Ok(key) if self.keys.contains(&key) => {}
            Ok(key) => {
                self.keys.push(key);
                self.names.push(key_name);
            }
            Err(fault) => self.skipped.push(SkippedKey { key_name: key_name.as_deref().map(shorten), fault }),
        }
        Ok(())
    }
}

/// Returns the `KeyName`; one file in use has white space around it.
fn key_name(key_info: Element<'_>) -> Result<Option<String>, Error> {
    let element = key_info.children().find(|child| child.is(XMLDSIG, "KeyName"));
    let name = element.map(trimmed_text).transpose()?;
    Ok(name.filter(|name| !name.is_empty()).map(str::to_owned))
}

fn key(key_info: Element<'_>) -> Result<Result<VerifyingKey, KeyFault>, Error> {
    let certificates: Vec<_> = key_info
        .children()
        .filter(|child| child.is(XMLDSIG, "X509Data"))
        .flat_map(Element::children)
        .filter(|child| child.is(XMLDSIG, "X509Certificate"))
        .collect();
    let [certificate] = certificates.as_slice() else {
        return Ok(Err(KeyFault::CertificateCount { found: certificates.len() }));
    };
    let text: String = certificate.text().map_err(SchemaError::from)?.split(WHITE_SPACE).collect();
    let key = match STANDARD.decode(text) {
        Ok(der) => VerifyingKey::from_certificate_der(&der),
        Err(_) => Err(KeyError::Value { element: "X509Certificate" }),
    };
    Ok(key.map_err(KeyFault::Unusable))
}
