//! Properties: no bytes make the parser or a reader of messages panic; of one document at most one reader says that it
//! is its message; and what stands in an accepted answer as its assertion is an element of the assertion namespace.

#![no_main]

use libfuzzer_sys::fuzz_target;
use saml_protocol::{ArtifactResponse, Assertion, AuthnRequest, Response, ResponseAssertion, namespaces};
use saml_xml::{Document, Element, ParseOptions};

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = Document::parse(bytes, &ParseOptions::message()) else { return };
    let root = document.root();
    let accepted = [
        read_response(root),
        ArtifactResponse::read(root).is_ok_and(|artifact| {
            artifact.message.map(read_response);
            true
        }),
        Assertion::read(root).is_ok(),
        AuthnRequest::read(root).is_ok(),
    ];
    assert!(accepted.iter().filter(|accepted| **accepted).count() <= 1);
});

fn read_response(element: Element<'_>) -> bool {
    let Ok((response, assertion)) = Response::read(element) else { return false };
    assert!(!response.id.is_empty());
    match assertion {
        ResponseAssertion::Plain(assertion) => {
            assert!(assertion.is(namespaces::ASSERTION, "Assertion"));
            assert_eq!(assertion.parent(), Some(element));
            let _ = Assertion::read(assertion);
        }
        ResponseAssertion::Encrypted(encrypted) => {
            assert!(encrypted.is(namespaces::ASSERTION, "EncryptedAssertion"));
            assert_eq!(encrypted.parent(), Some(element));
        }
        ResponseAssertion::None => {}
    }
    true
}
