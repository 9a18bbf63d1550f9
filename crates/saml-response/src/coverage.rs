use std::ops::Range;

use saml_xml::{Document, Element, ElementId, ParseOptions};
use saml_xml_security::{Error, VerifiedElement, signature_of, verify};

use crate::policy::ResponsePolicy;
use crate::received::TrustedSender;

/// What each signature in a message covers, for a tool that shows a message to an operator.
///
/// Every element that has a `Signature` among its children is verified by the very function, keys and algorithms by
/// which a response is. So it also says of an element that stands where nobody reads it whether a signature over it
/// holds; whether the message is accepted, it does not say. It holds places, and nothing of the content.
///
/// ```
/// use saml_response::{Coverage, ResponsePolicy, TrustedSender};
/// use saml_xml::{Document, ParseOptions};
/// use saml_xml_security::{SignOptions, SigningKey, sign};
///
/// let key = SigningKey::generate_self_signed(2048, "test", 0, 4_000_000_000).unwrap();
/// let signed = sign("<b ID='_1'>text</b>", &key, &SignOptions::default()).unwrap();
/// let document = Document::parse(format!("<a>{signed}</a>").as_bytes(), &ParseOptions::message()).unwrap();
/// let keys = [key.verifying_key().clone()];
/// let sender = TrustedSender { entity_id: "https://idp.example/saml", keys: &keys };
///
/// let coverage = Coverage::of(&document, &sender, &ResponsePolicy::web_sso());
/// let source = document.source();
/// assert!(coverage.holding_at(source.find("text").unwrap()).next().is_some());
/// assert!(coverage.holding_at(source.find("SignatureValue").unwrap()).next().is_none());
/// assert!(coverage.holding_at(0).next().is_none());
/// ```
#[derive(Debug)]
pub struct Coverage {
    signatures: Vec<SignaturePlace>,
    is_complete: bool,
}

/// An element with a `Signature` in it, and whether that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignaturePlace {
    /// The element that the signature is in.
    pub element: ElementId,
    /// The bytes of that element in the source of the document.
    pub bytes: Range<usize>,
    /// The bytes of each `Signature` that is its child. One that holds stands alone, and does not cover itself.
    pub signatures: Vec<Range<usize>>,
    /// The signature that held, or why none does.
    pub outcome: Result<HeldSignature, Error>,
}

/// A signature that held.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeldSignature {
    /// The URI of its algorithm.
    pub algorithm: &'static str,
    /// The SHA-256 of the certificate whose key made it, in lower-case hexadecimal digits.
    pub key_fingerprint: String,
}

impl Coverage {
    /// Verifies each signature in `document`, which was parsed with [`ParseOptions::message`], as one of `sender`.
    ///
    /// At most 16 are tried: each that an attacker adds costs what it covers.
    #[must_use]
    pub fn of(document: &Document, sender: &TrustedSender<'_>, policy: &ResponsePolicy) -> Self {
        let mut with_signature = document.elements().filter(|element| signature_children(*element).next().is_some());
        let signatures = with_signature
            .by_ref()
            .take(MOST_SIGNATURES)
            .map(|element| SignaturePlace {
                element: element.id(),
                bytes: element.source_range(),
                signatures: signature_children(element).map(Element::source_range).collect(),
                outcome: verified(element, sender, policy).and_then(|verified| match verified {
                    Some(verified) => Ok(HeldSignature {
                        algorithm: verified.algorithm().uri(),
                        key_fingerprint: verified.key_fingerprint().to_owned(),
                    }),
                    None => Err(Error::SignatureMissing),
                }),
            })
            .collect();
        Self { signatures, is_complete: with_signature.next().is_none() }
    }

    /// Returns every element with a signature in it, in document order.
    #[must_use]
    pub fn signatures(&self) -> &[SignaturePlace] {
        &self.signatures
    }

    /// Tells whether every signature of the document was tried.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Returns the signatures that hold and cover the byte at `offset` of the source, the outermost first.
    pub fn holding_at(&self, offset: usize) -> impl Iterator<Item = &SignaturePlace> {
        self.signatures.iter().filter(move |place| place.covers(offset))
    }
}

impl SignaturePlace {
    /// Tells whether the signature holds and covers the byte at `offset` of the source.
    #[must_use]
    pub fn covers(&self, offset: usize) -> bool {
        let is_own = || self.signatures.iter().any(|own| own.contains(&offset));
        self.outcome.is_ok() && self.bytes.contains(&offset) && !is_own()
    }
}

/// Verifies the signature of `element` as one of `sender`; `None` where it has none.
pub(crate) fn verified(
    element: Element<'_>,
    sender: &TrustedSender<'_>,
    policy: &ResponsePolicy,
) -> Result<Option<VerifiedElement>, Error> {
    match signature_of(element)? {
        Some(_) => verify(element, sender.keys, &policy.algorithms, &ParseOptions::message()).map(Some),
        None => Ok(None),
    }
}

fn signature_children(element: Element<'_>) -> impl Iterator<Item = Element<'_>> {
    element.children().filter(|child| child.is(saml_protocol::namespaces::XMLDSIG, "Signature"))
}

/// Four times what a message has: an `ArtifactResponse`, a `Response`, an `Assertion`, and DigiD's own in an attribute.
const MOST_SIGNATURES: usize = 16;
