use saml_xml::{Canonicalization, Document, Element, ParseOptions, canonicalize};

use crate::XMLDSIG_NAMESPACE;
use crate::algorithm::{AlgorithmPolicy, SignatureAlgorithm};
use crate::error::{Error, shorten};
use crate::key::VerifyingKey;
use crate::octets::verify_octets;
use crate::signed_info::{SignedInfo, base64_text, children};

/// An element whose signature held, parsed from the bytes that were hashed.
///
/// Its own `Signature` is not in it; nothing outside it is in it either.
#[derive(Debug)]
pub struct VerifiedElement {
    document: Document,
    algorithm: SignatureAlgorithm,
    key_fingerprint: String,
}

impl VerifiedElement {
    /// Returns the signed element.
    #[must_use]
    pub fn root(&self) -> Element<'_> {
        self.document.root()
    }

    /// Returns the document that holds nothing but the signed element.
    #[must_use]
    pub fn into_document(self) -> Document {
        self.document
    }

    /// Returns the algorithm of the signature.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// Returns the SHA-256 of the certificate whose key made the signature, in lower-case hexadecimal digits.
    #[must_use]
    pub fn key_fingerprint(&self) -> &str {
        &self.key_fingerprint
    }
}

/// Verifies the enveloped signature of `element` with one of `keys`, and returns what was signed.
///
/// Refused: no signature or more than one, a signature anywhere but first or directly after the `Issuer`, an `Object`,
/// several references, a reference to anything but this element, other transforms, algorithms that `policy` does not
/// list, keys that the message brings (SAML Core 5.4).
///
/// `options` are those the document was parsed with.
///
/// # Second opinion
/// With the feature `xmlsec`, libxmlsec1 must find the same signature on the same element good with the same key. It
/// gets the element alone, byte for byte as received, and parses and canonicalises it by itself. It is asked last, so
/// that it sees nothing but what a known key has signed, without DTD and with one reference to the element itself; and
/// what is returned never comes from it: it can only refuse.
///
/// It is not asked about the signature of a query string ([`verify_octets`]), nor about decryption. An algorithm that
/// it does not know is refused with [`Error::SecondOpinionMissing`]: RSA-PSS before libxmlsec1 1.3, and SHA-512 as a
/// digest by the name `http://www.w3.org/2001/04/xmldsig-more#sha512`. It writes the reason of a refusal to standard
/// error, with names of elements and algorithms in it, and no content.
///
/// # Errors
/// The [`Error`] of the first rule that is broken; [`Error::SecondOpinion`] and [`Error::SecondOpinionMissing`] only
/// with the feature `xmlsec`.
///
/// ```
/// use saml_xml::{Document, ParseOptions};
/// use saml_xml_security::{AlgorithmPolicy, Error, SignOptions, SigningKey, sign, verify};
///
/// let key = SigningKey::generate_self_signed(2048, "test", 0, 4_000_000_000)?;
/// let signed = sign("<a ID='_1'>text</a>", &key, &SignOptions::default())?;
/// let parse = |text: &str| Document::parse(text.as_bytes(), &ParseOptions::message()).unwrap();
/// let trusted = [key.verifying_key().clone()];
///
/// let document = parse(&signed);
/// let verified = verify(document.root(), &trusted, &AlgorithmPolicy::modern(), &ParseOptions::message())?;
/// assert_eq!(verified.root().text().unwrap(), "text");
///
/// let document = parse(&signed.replace("text", "other"));
/// let error = verify(document.root(), &trusted, &AlgorithmPolicy::modern(), &ParseOptions::message()).unwrap_err();
/// assert_eq!(error, Error::DigestMismatch);
/// # Ok::<(), Error>(())
/// ```
pub fn verify(
    element: Element<'_>,
    keys: &[VerifyingKey],
    policy: &AlgorithmPolicy,
    options: &ParseOptions,
) -> Result<VerifiedElement, Error> {
    let signature = signature_of(element)?.ok_or(Error::SignatureMissing)?;
    let id = own_id(element)?;
    let claim = Claim::read(signature, id, policy, options)?;
    let signed = claim.signed_info(id, policy)?;

    let mut content = Vec::new();
    let enveloped = Canonicalization { without: Some(signature.id()), inclusive_prefixes: &signed.element_prefixes };
    canonicalize(element, &enveloped, &mut content);
    if signed.digest_algorithm.of(&content) != signed.digest {
        return Err(Error::DigestMismatch);
    }
    let key = verify_octets(&claim.octets, &claim.value, signed.algorithm, keys)?;
    #[cfg(feature = "xmlsec")]
    crate::second_opinion::require(element, key, signed.algorithm)?;
    let document = Document::parse(&content, options).map_err(Error::CanonicalForm)?;
    Ok(VerifiedElement { document, algorithm: signed.algorithm, key_fingerprint: key.sha256_fingerprint().to_owned() })
}

/// A signature of which nothing has been verified yet.
pub(crate) struct Claim {
    /// The bytes that were signed.
    pub(crate) octets: Vec<u8>,
    /// The `SignedInfo` as it is read from them.
    signed_info: Document,
    /// The value of the signature.
    pub(crate) value: Vec<u8>,
}

impl Claim {
    /// Reads the `signature` of the element whose ID is `id`.
    pub(crate) fn read(
        signature: Element<'_>,
        id: &str,
        policy: &AlgorithmPolicy,
        options: &ParseOptions,
    ) -> Result<Self, Error> {
        let (signed_info, signature_value) = signature_children(signature)?;
        let claimed = SignedInfo::read(signed_info, id, policy)?;
        let value = base64_text(signature_value, "SignatureValue")?;
        let mut octets = Vec::new();
        let own = Canonicalization { without: None, inclusive_prefixes: &claimed.own_prefixes };
        canonicalize(signed_info, &own, &mut octets);
        let signed_info = Document::parse(&octets, options).map_err(Error::CanonicalForm)?;
        Ok(Self { octets, signed_info, value })
    }

    /// Reads the bytes that were signed: only that reading of the `SignedInfo` counts (ATT-043).
    pub(crate) fn signed_info(&self, id: &str, policy: &AlgorithmPolicy) -> Result<SignedInfo<'_>, Error> {
        SignedInfo::read(self.signed_info.root(), id, policy)
    }
}

/// Returns the `Signature` of `element`: its direct child, where the schemas of SAML put it; `None` when it has none.
///
/// # Errors
/// [`Error::SignatureCount`] for more than one, [`Error::SignaturePosition`] when it stands elsewhere (ATT-053,
/// ATT-054).
pub fn signature_of(element: Element<'_>) -> Result<Option<Element<'_>>, Error> {
    let mut signatures = element.children().enumerate().filter(|(_, child)| child.is(XMLDSIG_NAMESPACE, "Signature"));
    let Some((place, signature)) = signatures.next() else { return Ok(None) };
    let others = signatures.count();
    if others > 0 {
        return Err(Error::SignatureCount { found: others + 1 });
    }
    let after_issuer = place == 1 && element.children().next().is_some_and(|first| first.local_name() == "Issuer");
    if place == 0 || after_issuer { Ok(Some(signature)) } else { Err(Error::SignaturePosition) }
}

/// Returns the `ID` of the element; another attribute that some reader may take for it is refused (ATT-010).
pub(crate) fn own_id(element: Element<'_>) -> Result<&str, Error> {
    let other = element
        .attributes()
        .find(|attribute| attribute.local_name.eq_ignore_ascii_case("ID") && !attribute.is("", "ID"));
    if let Some(other) = other {
        return Err(Error::IdAttribute { found: shorten(other.local_name) });
    }
    let id = element.attribute("ID").ok_or(Error::IdMissing)?;
    // The fragment of a reference is compared as a string; a name keeps XPointer and quotes out (ATT-047, ATT-050).
    let is_name = id.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && id.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if is_name { Ok(id) } else { Err(Error::IdMissing) }
}

/// Reads the children of a `Signature`: `SignedInfo`, `SignatureValue`, and perhaps `KeyInfo` (ATT-027, ATT-029).
fn signature_children(signature: Element<'_>) -> Result<(Element<'_>, Element<'_>), Error> {
    const EXPECTED: &str = "SignedInfo, SignatureValue and at most one KeyInfo";
    let last = signature.children().last();
    match last.filter(|child| child.is(XMLDSIG_NAMESPACE, "KeyInfo")) {
        Some(_) => {
            let names = ["SignedInfo", "SignatureValue", "KeyInfo"];
            let [signed_info, value, key_info] = children(signature, "Signature", EXPECTED, names)?;
            harmless_key_info(key_info)?;
            Ok((signed_info, value))
        }
        None => {
            let names = ["SignedInfo", "SignatureValue"];
            let [signed_info, value] = children(signature, "Signature", EXPECTED, names)?;
            Ok((signed_info, value))
        }
    }
}

/// Refuses a `KeyInfo` with anything that names a key elsewhere or hides another element (ATT-055, ATT-062).
fn harmless_key_info(key_info: Element<'_>) -> Result<(), Error> {
    let known = |child: &Element<'_>| {
        child.namespace() == XMLDSIG_NAMESPACE && matches!(child.local_name(), "KeyName" | "KeyValue" | "X509Data")
    };
    match key_info.children().find(|child| !known(child)) {
        Some(child) => Err(Error::KeyInfo { found: shorten(child.local_name()) }),
        None => Ok(()),
    }
}
