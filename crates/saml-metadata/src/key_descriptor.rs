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
#[non_exhaustive]
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

impl KeyFault {
    /// Returns the stable word for logs; that of the inner error where the key itself will not do.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::CertificateCount { .. } => "metadata_key_certificate_count",
            Self::Unusable(error) => error.code(),
        }
    }
}

/// The keys of a role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RoleKeys {
    pub(crate) signing: Vec<VerifyingKey>,
    /// The `KeyName` of each of `signing`.
    pub(crate) signing_names: Vec<Option<String>>,
    pub(crate) encryption: Vec<VerifyingKey>,
    /// Signing keys that cannot be used.
    pub(crate) skipped: Vec<SkippedKey>,
}

impl RoleKeys {
    /// Reads a `KeyDescriptor` (SAML Metadata 2.4.1.1).
    ///
    /// One without `use` serves both purposes; one for encryption never verifies anything (ATT-189).
    pub(crate) fn read(&mut self, descriptor: Element<'_>) -> Result<(), Error> {
        let (for_signing, for_encryption) = match descriptor.attribute("use").map(collapse) {
            None => (true, true),
            Some("signing") => (true, false),
            Some("encryption") => (false, true),
            Some(_) => return Err(SchemaError::Value { attribute: "use", expected: "signing or encryption" }.into()),
        };
        let mut children = Children::of(descriptor)?;
        let key_info = children.required(XMLDSIG, "KeyInfo")?;
        children.many(METADATA, "EncryptionMethod").for_each(drop);
        children.finish()?;
        let key = key(key_info)?;
        if for_encryption {
            // Nothing is lost with one that cannot be used: nobody can be let in by it.
            self.encryption.extend(key.clone().ok().filter(|key| !self.encryption.contains(key)));
        }
        if for_signing {
            self.add_signing(key, key_name(key_info)?);
        }
        Ok(())
    }

    fn add_signing(&mut self, key: Result<VerifyingKey, KeyFault>, key_name: Option<String>) {
        match key {
            // The same certificate twice is one key.
            Ok(key) if self.signing.contains(&key) => {}
            Ok(key) => {
                self.signing.push(key);
                self.signing_names.push(key_name);
            }
            Err(fault) => self.skipped.push(SkippedKey { key_name: key_name.as_deref().map(shorten), fault }),
        }
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
