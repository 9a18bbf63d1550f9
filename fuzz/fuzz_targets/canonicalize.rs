//! Properties, for the whole document and for one element in it, with and without prefixes that are kept:
//! - the canonical form of what is accepted is well-formed, and is its own canonical form;
//! - libxml2 accepts what ours accepts, and gives the same bytes;
//! - without a child, it is the form of the document in which that child never stood.

#![no_main]

use libfuzzer_sys::fuzz_target;
use libxml::parser::{Parser, ParserOptions};
use libxml::tree::Document as TheirDocument;
use libxml::tree::c14n::{CanonicalizationMode, CanonicalizationOptions};
use saml_xml::{Canonicalization, Document, Element, ParseOptions, canonicalize};

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = Document::parse(bytes, &ParseOptions::metadata()) else { return };
    let theirs = read_by_libxml2(document.source()).expect("what ours accepts, libxml2 reads");
    for prefixes in [&[][..], &["a", "saml", "#default"]] {
        let whole = canonical(document.root(), None, prefixes);
        let again = Document::parse(whole.as_bytes(), &ParseOptions::message()).expect("it is well-formed");
        assert_eq!(canonical(again.root(), None, prefixes), whole);
        // It has no canonical form for a namespace name that is no URI; ours has no need to look into it.
        let Ok(their_whole) = theirs.canonicalize(options(prefixes), None) else { continue };
        // It leaves the reference in a namespace name with `&amp;` as `&#38;`, where Canonical XML 1.0 2.3 wants
        // `&amp;`.
        if their_whole.contains("&#38;") {
            continue;
        }
        assert_eq!(their_whole, whole);

        let inner = innermost_last(&document);
        let alone = canonical(inner, None, prefixes);
        let read = Document::parse(alone.as_bytes(), &ParseOptions::message()).expect("it is well-formed");
        assert_eq!(canonical(read.root(), None, prefixes), alone);
        let mut their_inner = theirs.get_root_element().expect("a root");
        while let Some(last) = their_inner.get_child_elements().pop() {
            their_inner = last;
        }
        assert_eq!(their_inner.canonicalize(options(prefixes)).expect("a canonical form"), alone);
    }
    if let Some(child) = document.root().children().last() {
        let mut shorter = document.source().to_owned();
        // The comment keeps apart what would join where the child stood: two line ends, or the halves of `]]>`.
        shorter.replace_range(child.source_range(), "<!---->");
        let shorter = Document::parse(shorter.as_bytes(), &ParseOptions::metadata()).expect("it is well-formed");
        assert_eq!(canonical(document.root(), Some(child), &[]), canonical(shorter.root(), None, &[]));
    }
});

/// Returns the element at the end of the path that always takes the last child.
fn innermost_last(document: &Document) -> Element<'_> {
    let mut element = document.root();
    while let Some(last) = element.children().last() {
        element = last;
    }
    element
}

fn canonical(element: Element<'_>, without: Option<Element<'_>>, inclusive_prefixes: &[&str]) -> String {
    let mut out = Vec::new();
    let form = Canonicalization { without: without.map(Element::id), inclusive_prefixes };
    canonicalize(element, &form, &mut out);
    String::from_utf8(out).expect("a canonical form is UTF-8")
}

fn read_by_libxml2(source: &str) -> Option<TheirDocument> {
    let options = ParserOptions { recover: false, no_net: true, ..ParserOptions::default() };
    Parser::default().parse_string_with_options(source, options).ok()
}

fn options(prefixes: &[&str]) -> CanonicalizationOptions {
    CanonicalizationOptions {
        mode: CanonicalizationMode::ExclusiveCanonical1_0,
        inclusive_ns_prefixes: prefixes.iter().map(|prefix| (*prefix).to_owned()).collect(),
        with_comments: false,
    }
}
