use saml_xml::{Document, Element, ElementId};

use crate::children::name;
use crate::error::Error;
use crate::namespaces::ASSERTION;

/// What stood encrypted in an assertion or a logout request, and was opened.
#[derive(Debug)]
pub struct DecryptedPart {
    encrypted: ElementId,
    plaintext: Document,
}

impl DecryptedPart {
    /// Takes what was in `encrypted`; `None` unless it is a `NameID` in an `EncryptedID`, or an `Attribute` in an
    /// `EncryptedAttribute`.
    #[must_use]
    pub fn new(encrypted: Element<'_>, plaintext: Document) -> Option<Self> {
        let expected = if encrypted.is(ASSERTION, "EncryptedID") {
            "NameID"
        } else if encrypted.is(ASSERTION, "EncryptedAttribute") {
            "Attribute"
        } else {
            return None;
        };
        plaintext.root().is(ASSERTION, expected).then(|| Self { encrypted: encrypted.id(), plaintext })
    }
}

/// Finds what is encrypted in an `Assertion`, in the order of the document: the `EncryptedID` of its `Subject` (SAML
/// Core
/// 2.2.4), each `EncryptedAttribute` of its statements (SAML Core 2.7.3.2), and each `EncryptedID` that is the value of
/// an attribute in `identifiers`.
///
/// Only these places are looked at: `Advice`, confirmations and other values may hold what they like (ATT-096,
/// ATT-101).
///
/// ```
/// use saml_protocol::encrypted_parts;
/// use saml_xml::{Document, ParseOptions};
///
/// let assertion = br#"<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion">
///     <Subject><EncryptedID/></Subject><Advice><EncryptedID/></Advice>
/// </Assertion>"#;
/// let document = Document::parse(assertion, &ParseOptions::message())?;
/// assert_eq!(encrypted_parts(document.root(), &[]).len(), 1);
/// # Ok::<(), saml_xml::Error>(())
/// ```
#[must_use]
pub fn encrypted_parts<'d>(assertion: Element<'d>, identifiers: &[String]) -> Vec<Element<'d>> {
    let mut found = Vec::new();
    for child in assertion.children() {
        if child.is(ASSERTION, "Subject") {
            found.extend(child.children().next().filter(|first| first.is(ASSERTION, "EncryptedID")));
        } else if child.is(ASSERTION, "AttributeStatement") {
            for attribute in child.children() {
                if attribute.is(ASSERTION, "EncryptedAttribute") {
                    found.push(attribute);
                } else if attribute.is(ASSERTION, "Attribute") && is_one_of(attribute, identifiers) {
                    found.extend(attribute.children().filter_map(encrypted_id));
                }
            }
        }
    }
    found
}

fn is_one_of(attribute: Element<'_>, names: &[String]) -> bool {
    !names.is_empty() && attribute.attribute("Name").is_some_and(|found| names.iter().any(|name| name == found))
}

/// Returns the `EncryptedID` that is all of an `AttributeValue`.
pub(crate) fn encrypted_id(value: Element<'_>) -> Option<Element<'_>> {
    let mut children = value.children();
    match (children.next(), children.next()) {
        (Some(only), None) if only.is(ASSERTION, "EncryptedID") && !value.has_text() => Some(only),
        _ => None,
    }
}

/// Returns what was in `encrypted`, which must have been opened.
pub(crate) fn opened<'a>(encrypted: Element<'_>, decrypted: &'a [DecryptedPart]) -> Result<Element<'a>, Error> {
    plaintext(encrypted, decrypted).ok_or_else(|| Error::Encrypted { found: name(encrypted) })
}

/// Returns what was in `encrypted`, if it was opened. Both must be of one document: the place in it is all that is
/// compared.
pub(crate) fn plaintext<'a>(encrypted: Element<'_>, decrypted: &'a [DecryptedPart]) -> Option<Element<'a>> {
    decrypted.iter().find(|part| part.encrypted == encrypted.id()).map(|part| part.plaintext.root())
}
