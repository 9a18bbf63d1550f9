//! Properties: no bytes make the reader of SOAP panic; what comes out is, for a second reader too, the one element in
//! the one body of a SOAP 1.1 envelope; and what is no envelope goes down neither road of a response.

#![no_main]

use libfuzzer_sys::fuzz_target;
use saml_bindings::soap_body;
use saml_fuzz::{judge, second_reader};
use saml_protocol::ArtifactResponse;
use saml_protocol::namespaces::SOAP_ENVELOPE;
use saml_xml::{Document, ParseOptions};

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = Document::parse(bytes, &ParseOptions::message()) else { return };
    let Ok(message) = soap_body(&document) else { return };
    let _ = ArtifactResponse::read(message);
    // The fuzzer has no key.
    if let Ok(accepted) = judge(bytes) {
        assert_eq!(accepted.name_id().expose(), saml_fuzz::CITIZEN);
    }

    let seen = second_reader(document.source());
    let is = |place: usize, name: &str| seen[place].namespace == SOAP_ENVELOPE && seen[place].name == name;
    let children = |of: usize| (0..seen.len()).filter(move |place| *place > 0 && *place > of).collect::<Vec<_>>();
    let children = |of: usize| -> Vec<usize> {
        children(of).into_iter().filter(|place| seen[*place].parent == Some(of)).collect()
    };
    assert!(is(0, "Envelope"));
    let parts = children(0);
    let body = *parts.last().expect("a body");
    assert!(is(body, "Body"));
    assert!(parts.len() == 1 || parts.len() == 2 && is(parts[0], "Header"));
    let content = children(body);
    assert_eq!(content.len(), 1);
    assert_eq!(
        (seen[content[0]].namespace.as_str(), seen[content[0]].name.as_str()),
        (message.namespace(), message.local_name())
    );
    assert_eq!(seen[content[0]].attribute("ID"), message.attribute("ID"));
});
