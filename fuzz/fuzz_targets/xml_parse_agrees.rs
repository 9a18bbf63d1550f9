//! Properties:
//! - no bytes make the parser or the canonicaliser panic;
//! - what the rules for messages accept, the rules for metadata read as the same document;
//! - the canonical form of what is accepted is accepted, and is its own canonical form: what is read from the bytes that
//!   were hashed is what was hashed;
//! - an element that is canonicalised alone can be read alone;
//! - what is accepted, quick-xml reads with the same elements, attributes and texts.

#![no_main]

use libfuzzer_sys::fuzz_target;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{QName, ResolveResult};
use quick_xml::{NsReader, XmlVersion};
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
    assert_eq!(canonical(again.root()), once);
    assert_eq!(ours(&again), ours(&document));
    if let Some(inner) = document.elements().last() {
        let alone = canonical(inner);
        let read = Document::parse(&alone, &ParseOptions::message()).expect("an element's form is well-formed");
        assert_eq!(canonical(read.root()), alone);
    }

    assert_eq!(ours(&document), theirs(document.source()));
});

/// An element as both readers see it.
#[derive(Debug, PartialEq)]
struct Seen {
    namespace: String,
    name: String,
    /// Namespace, name and value.
    attributes: Vec<(String, String, String)>,
    /// The text, where no element stands beside it.
    text: Option<String>,
}

fn canonical(element: Element<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    canonicalize(element, &Canonicalization::default(), &mut out);
    out
}

fn ours(document: &Document) -> Vec<Seen> {
    let seen = |element: Element<'_>| Seen {
        namespace: element.namespace().to_owned(),
        name: element.local_name().to_owned(),
        attributes: sorted(element.attributes().map(|attribute| {
            (attribute.namespace.to_owned(), attribute.local_name.to_owned(), attribute.value.to_owned())
        })),
        text: element.text().ok().map(str::to_owned),
    };
    document.elements().map(seen).collect()
}

fn theirs(source: &str) -> Vec<Seen> {
    let mut reader = NsReader::from_str(source);
    let mut found: Vec<Seen> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    loop {
        let event = reader.read_event().expect("what ours accepts, theirs reads");
        let piece = match event {
            Event::Start(ref tag) | Event::Empty(ref tag) => {
                if let Some(parent) = open.last() {
                    found[*parent].text = None;
                }
                if matches!(event, Event::Start(_)) {
                    open.push(found.len());
                }
                found.push(their_element(&reader, tag));
                continue;
            }
            Event::End(_) => {
                open.pop();
                continue;
            }
            Event::Text(text) => text.xml10_content().into_owned(),
            Event::CData(text) => text.xml10_content().into_owned(),
            Event::GeneralRef(reference) => match reference.resolve_char_ref().expect("a character") {
                Some(character) => character.to_string(),
                None => quick_xml::escape::resolve_predefined_entity(&reference).expect("an entity").to_owned(),
            },
            Event::Eof => return found,
            _ => continue,
        };
        if let Some(element) = open.last()
            && let Some(text) = &mut found[*element].text
        {
            text.push_str(&piece);
        }
    }
}

fn their_element(reader: &NsReader<&[u8]>, tag: &BytesStart<'_>) -> Seen {
    let (namespace, name) = reader.resolver().resolve_element(tag.name());
    let attributes = tag
        .attributes()
        .map(|attribute| attribute.expect("what ours accepts, theirs reads"))
        .filter(|attribute| attribute.key.as_namespace_binding().is_none())
        .map(|attribute| {
            let (namespace, name) = reader.resolver().resolve_attribute(attribute.key);
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).expect("a value");
            (bound(namespace), name.as_ref().to_owned(), value.into_owned())
        });
    Seen {
        namespace: bound(namespace),
        name: name.as_ref().to_owned(),
        attributes: sorted(attributes),
        text: Some(String::new()),
    }
}

fn bound(result: ResolveResult<'_>) -> String {
    match result {
        ResolveResult::Bound(namespace) => {
            // quick-xml binds the name as it is written; it is an attribute value like any other (XML 1.0 3.3.3).
            let written = Attribute { key: QName("xmlns"), value: namespace.0.into() };
            written.normalized_value(XmlVersion::Implicit1_0).expect("a name").into_owned()
        }
        _ => String::new(),
    }
}

fn sorted(attributes: impl Iterator<Item = (String, String, String)>) -> Vec<(String, String, String)> {
    let mut attributes: Vec<_> = attributes.collect();
    attributes.sort();
    attributes
}
