//! Properties:
//! - no bytes make the parser or the canonicaliser panic;
//! - what the rules for messages accept, the rules for metadata read as the same document;
//! - the canonical form of what is accepted is accepted and is the same document: what is read from the bytes that were
//!   hashed is what was hashed;
//! - what is accepted, quick-xml reads with the same elements, attributes and texts.

#![no_main]

use libfuzzer_sys::fuzz_target;
use saml_fuzz::{Seen, second_reader};
use saml_xml::{Canonicalization, Document, Element, ParseOptions, canonicalize};

fuzz_target!(|bytes: &[u8]| {
    let message = Document::parse(bytes, &ParseOptions::message());
    let Ok(document) = Document::parse(bytes, &ParseOptions::metadata()) else {
        assert!(message.is_err());
        return;
    };
    let once = canonical(document.root());
    if let Ok(message) = message {
        assert_eq!(canonical(message.root()), once);
    }
    let again = Document::parse(&once, &ParseOptions::message()).expect("a canonical form is well-formed");
    assert_eq!(ours(&again), ours(&document));
    assert_eq!(ours(&document), second_reader(document.source()));
});

fn canonical(element: Element<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    canonicalize(element, &Canonicalization::default(), &mut out);
    out
}

fn ours(document: &Document) -> Vec<Seen> {
    let elements: Vec<Element<'_>> = document.elements().collect();
    let seen = |element: &Element<'_>| {
        let mut attributes: Vec<_> = element
            .attributes()
            .map(|attribute| {
                (attribute.namespace.to_owned(), attribute.local_name.to_owned(), attribute.value.to_owned())
            })
            .collect();
        attributes.sort();
        let parent = element.parent().map(|parent| parent.id());
        Seen {
            namespace: element.namespace().to_owned(),
            name: element.local_name().to_owned(),
            attributes,
            text: element.text().ok().map(str::to_owned),
            parent: parent.and_then(|parent| elements.iter().position(|element| element.id() == parent)),
        }
    };
    elements.iter().map(seen).collect()
}
