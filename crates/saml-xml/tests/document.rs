//! What a document tells about itself and its elements.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use saml_xml::{Document, ErrorKind, ParseOptions};

fn parse(source: &str) -> Document {
    Document::parse(source.as_bytes(), &ParseOptions::message()).unwrap()
}

#[test]
fn the_source_is_kept_as_it_came() {
    assert_eq!(parse("<a b = '1'/>").source(), "<a b = '1'/>");
}

#[test]
fn an_element_is_equal_to_itself_alone() {
    let source = "<a><b/><b/></a>";
    let (document, twin) = (parse(source), parse(source));
    let children: Vec<_> = document.root().children().collect();
    assert!(children.first() == document.root().children().next().as_ref());
    assert!(children.first() != children.last());
    assert!(document.root() != twin.root());
}

#[test]
fn an_attribute_is_told_by_its_name_and_its_namespace() {
    let document = parse("<a xmlns:p='urn:p' p:b='1'/>");
    let attribute = document.root().attributes().next().unwrap();
    assert!(attribute.is("urn:p", "b"));
    assert!(!attribute.is("urn:q", "b"));
    assert!(!attribute.is("urn:p", "c"));
}

#[test]
fn a_prefix_is_looked_up_by_all_of_its_bytes() {
    let root = "<a xmlns:p='urn:1' xmlns:q='urn:2' xmlns:pq='urn:3' xmlns:abcdefgh='urn:4' xmlns:abcdefgi='urn:5'/>";
    let document = parse(root);
    let found = |prefix| document.root().lookup_namespace(prefix);
    assert_eq!(found("p"), Some("urn:1"));
    assert_eq!(found("q"), Some("urn:2"));
    assert_eq!(found("pq"), Some("urn:3"));
    assert_eq!(found("qp"), None);
    assert_eq!(found("abcdefgh"), Some("urn:4"));
    assert_eq!(found("abcdefgi"), Some("urn:5"));
    assert_eq!(found("abcdefgj"), None);
}

#[test]
fn prefixes_of_one_length_are_told_apart_by_their_first_byte_and_prefixes_that_start_alike_by_their_length() {
    let document = parse("<a xmlns:xb='urn:1' xmlns:yb='urn:2' xmlns:abcdefg='urn:3' xmlns:abcdefgh='urn:4'/>");
    let found = |prefix| document.root().lookup_namespace(prefix);
    assert_eq!((found("xb"), found("yb"), found("zb")), (Some("urn:1"), Some("urn:2"), None));
    assert_eq!((found("abcdefg"), found("abcdefgh")), (Some("urn:3"), Some("urn:4")));
}

#[test]
fn siblings_follow_each_other_over_text() {
    let document = parse("<p:a xmlns:p='urn:p'><b/>text<c/></p:a>");
    let first = document.root().children().next().unwrap();
    assert_eq!(document.root().prefix(), "p");
    assert_eq!(first.prefix(), "");
    assert_eq!(first.next_sibling().unwrap().local_name(), "c");
    assert_eq!(first.next_sibling().unwrap().next_sibling(), None);
}

#[test]
fn an_element_in_context_has_the_namespaces_in_scope_and_nothing_beside_it() {
    let document = parse("<a xmlns:p='urn:p'><b/><p:c d = '1'/></a>");
    let element = document.root().children().nth(1).unwrap();
    assert_eq!(element.in_context(), b"<context xmlns:p=\"urn:p\"><p:c d = '1'/></context>");
}

#[test]
fn a_name_goes_on_with_what_may_not_start_it() {
    for name in ["a-b", "a.b", "a0", "\u{E9}\u{B7}", "a\u{300}"] {
        assert_eq!(parse(&format!("<{name}/>")).root().local_name(), name);
    }
    for name in ["-a", "0a", "a\u{D7}"] {
        assert!(Document::parse(format!("<{name}/>").as_bytes(), &ParseOptions::message()).is_err(), "{name}");
    }
}

#[test]
fn a_namespace_name_has_a_scheme_of_scheme_characters_after_a_letter() {
    let kind = |uri: &str| {
        let source = format!("<p:a xmlns:p='{uri}'/>");
        Document::parse(source.as_bytes(), &ParseOptions::message()).map(|_| ()).map_err(|error| error.kind)
    };
    assert_eq!(kind("u1+-.:x"), Ok(()));
    for relative in ["1u:x", "u/1:x", "/u:x", "x"] {
        assert_eq!(kind(relative), Err(ErrorKind::BadNamespace), "{relative}");
    }
}

#[test]
fn an_error_has_the_code_of_its_kind() {
    let error = Document::parse(b"<a/>x", &ParseOptions::message()).unwrap_err();
    assert_eq!(error.code(), "xml_trailing_content");
}
