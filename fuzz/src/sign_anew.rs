use saml_protocol::namespaces::ASSERTION;
use saml_xml::{Canonicalization, Document, Element, ParseOptions, canonicalize};
use saml_xml_security::{ContentCipher, SignOptions, XMLDSIG_NAMESPACE, encrypt, sign};

use crate::world::{identity_provider_key, service_provider_key};

/// A message after the identity provider signed it, whatever is in it.
pub struct SignedAnew {
    /// The message.
    pub xml: String,
    /// What was signed: each element in canonical form, and the plaintext of what was encrypted in one of them.
    pub octets: Vec<String>,
}

/// Signs each element that carries a `Signature` anew with the trusted key, the inner ones first, and encrypts the
/// assertion in an `EncryptedAssertion` to us. So an input is a plain message, and code behind the signature is
/// reached.
pub fn sign_anew(bytes: &[u8]) -> Option<SignedAnew> {
    let document = Document::parse(bytes, &ParseOptions::metadata()).ok()?;
    let is_at_work = |element: Element<'_>| signature_in(element).is_some() || plaintext_in(element).is_some();
    let places: Vec<usize> =
        document.elements().enumerate().filter(|(_, element)| is_at_work(*element)).map(|(place, _)| place).collect();
    let mut xml = document.source().to_owned();
    let (mut octets, mut encrypted) = (Vec::new(), Vec::new());
    // A change behind an element in the document leaves its place as it is.
    for place in places.into_iter().take(MOST).rev() {
        let document = Document::parse(xml.as_bytes(), &ParseOptions::metadata()).ok()?;
        let element = document.elements().nth(place)?;
        let (range, new) = if let Some(plaintext) = plaintext_in(element) {
            let content = canonical(plaintext, None);
            let key = service_provider_key().verifying_key();
            let data = encrypt(content.as_bytes(), key, ContentCipher::Aes256Gcm).ok()?;
            encrypted.push(content);
            (plaintext.source_range(), data)
        } else {
            let Some(signature) = signature_in(element) else { continue };
            let content = canonical(element, Some(signature));
            let Ok(signed) = sign(&content, identity_provider_key(), &options()) else { continue };
            octets.push(content);
            // All that was encrypted so far stands in this element or behind it; it is read only where it is in it.
            octets.append(&mut encrypted);
            (element.source_range(), signed)
        };
        xml.replace_range(range, &new);
    }
    Some(SignedAnew { xml, octets })
}

fn signature_in(element: Element<'_>) -> Option<Element<'_>> {
    element.children().find(|child| child.is(XMLDSIG_NAMESPACE, "Signature"))
}

fn plaintext_in(element: Element<'_>) -> Option<Element<'_>> {
    if !element.is(ASSERTION, "EncryptedAssertion") {
        return None;
    }
    element.children().find(|child| child.is(ASSERTION, "Assertion"))
}

fn canonical(element: Element<'_>, without: Option<Element<'_>>) -> String {
    let mut octets = Vec::new();
    let form = Canonicalization { without: without.map(Element::id), inclusive_prefixes: &["xs"] };
    canonicalize(element, &form, &mut octets);
    String::from_utf8(octets).expect("a canonical form is UTF-8")
}

fn options() -> SignOptions {
    SignOptions { inclusive_prefixes: vec!["xs".to_owned()], ..SignOptions::default() }
}

/// As many as a message has at most, and one that is too much; each costs a private operation.
const MOST: usize = 4;
