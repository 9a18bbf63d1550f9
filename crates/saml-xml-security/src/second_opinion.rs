//! Asks libxmlsec1 about a signature that has held here.
//!
//! What reaches it has no DTD, no processing instruction, one `Reference` to the element itself, the transforms
//! enveloped-signature and exclusive canonicalisation, and a signature that a known key has made: there is nothing in
//! it to fetch or to run, both of which libxmlsec1 would do before it looks at the signature.

use libxml::parser::{Parser, ParserOptions};
use libxml::tree::Node;
use openssl::error::ErrorStack;
use saml_xml::Element;
use xmlsec::{XmlSecDocumentExt, XmlSecKey, XmlSecKeyFormat, XmlSecSignatureContext};

use crate::XMLDSIG_NAMESPACE;
use crate::algorithm::SignatureAlgorithm;
use crate::error::Error;
use crate::key::VerifyingKey;

/// Refuses an element whose signature holds here unless libxmlsec1 finds that it holds with the same key.
pub(crate) fn require(element: Element<'_>, key: &VerifyingKey, algorithm: SignatureAlgorithm) -> Result<(), Error> {
    let verdict = verdict(&element.in_context(), key);
    // What libxmlsec1 leaves in this thread's queue would be taken for the outcome of the next TLS operation.
    drop(ErrorStack::get());
    match verdict {
        Some(true) => Ok(()),
        Some(false) => Err(Error::SecondOpinion),
        None => Err(Error::SecondOpinionMissing { signature: algorithm.uri() }),
    }
}

/// Asks libxmlsec1 about the element that is the only child of the root; `None` when it reaches no verdict.
fn verdict(document: &[u8], key: &VerifyingKey) -> Option<bool> {
    // Its first use initialises libxml2, once for all threads; the crate xmlsec does the same for libxmlsec1 below.
    let parser = Parser::default();
    let options = ParserOptions { recover: false, no_net: true, encoding: Some("UTF-8"), ..ParserOptions::default() };
    let document = parser.parse_string_with_options(document, options).ok()?;
    let element = only(document.get_root_element()?.get_child_elements())?;
    let signatures = element.get_child_elements().into_iter().filter(is_signature).collect();
    // Handed over by name: left to itself, libxmlsec1 takes the first Signature in the document.
    let signature = only(signatures)?;
    document.specify_idattr("/*/*", "ID", None).ok()?;

    let key = key.pkey().public_key_to_der().ok()?;
    let key = XmlSecKey::from_memory(&key, XmlSecKeyFormat::Der, None).ok()?;
    let mut context = XmlSecSignatureContext::new();
    // With a key set, nothing in KeyInfo is looked at.
    context.insert_key(key);
    context.verify_node(&signature).ok()
}

fn is_signature(node: &Node) -> bool {
    node.get_name() == "Signature"
        && node.get_namespace().is_some_and(|namespace| namespace.get_href() == XMLDSIG_NAMESPACE)
}

fn only(nodes: Vec<Node>) -> Option<Node> {
    match <[Node; 1]>::try_from(nodes) {
        Ok([node]) => Some(node),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use saml_xml::{Document, ParseOptions};

    use super::*;
    use crate::{SignOptions, SigningKey, sign};

    #[test]
    fn a_good_signature_is_found_good() {
        assert_eq!(opinion(&signed(), key()), Ok(()));
    }

    #[test]
    fn changed_content_is_a_disagreement() {
        assert_eq!(opinion(&signed().replace(">text<", ">texu<"), key()), Err(Error::SecondOpinion));
    }

    #[test]
    fn a_changed_signed_info_is_a_disagreement() {
        let changed = signed().replace("<ds:SignedInfo", "<ds:SignedInfo Id='_2'");
        assert_eq!(opinion(&changed, key()), Err(Error::SecondOpinion));
    }

    #[test]
    fn another_key_is_a_disagreement_whatever_key_the_message_brings() {
        let other = SigningKey::generate_self_signed(2048, "other", 0, 4_000_000_000).unwrap();
        assert!(signed().contains("X509Certificate"));
        assert_eq!(opinion(&signed(), &other), Err(Error::SecondOpinion));
    }

    #[test]
    fn no_signature_is_no_opinion() {
        assert_eq!(opinion("<a ID='_1'>text</a>", key()), Err(MISSING));
    }

    #[test]
    fn a_second_signature_on_the_element_is_no_opinion() {
        let twice = sign(&signed(), key(), &SignOptions::default()).unwrap();
        assert_eq!(opinion(&twice, key()), Err(MISSING));
    }

    #[test]
    fn a_refusal_leaves_nothing_in_the_error_queue_of_openssl() {
        assert_eq!(opinion(&signed().replace(">text<", ">texu<"), key()), Err(Error::SecondOpinion));
        assert!(ErrorStack::get().errors().is_empty());
    }

    #[test]
    fn threads_that_ask_at_the_same_time_get_their_own_answers() {
        let (good, bad) = (signed(), signed().replace(">text<", ">texu<"));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..25 {
                        assert_eq!(opinion(&good, key()), Ok(()));
                        assert_eq!(opinion(&bad, key()), Err(Error::SecondOpinion));
                    }
                });
            }
        });
    }

    fn opinion(xml: &str, key: &SigningKey) -> Result<(), Error> {
        let document = Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap();
        require(document.root(), key.verifying_key(), SignatureAlgorithm::RsaSha256)
    }

    fn signed() -> String {
        sign("<a ID='_1'>text</a>", key(), &SignOptions::default()).unwrap()
    }

    fn key() -> &'static SigningKey {
        static KEY: OnceLock<SigningKey> = OnceLock::new();
        KEY.get_or_init(|| SigningKey::generate_self_signed(2048, "genuine", 0, 4_000_000_000).unwrap())
    }

    const MISSING: Error = Error::SecondOpinionMissing { signature: SignatureAlgorithm::RsaSha256.uri() };
}
