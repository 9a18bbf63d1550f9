//! What the strict parser refuses, each beside a document that differs in that one thing and is accepted.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use saml_xml::{Comments, Document, ErrorKind, Limits, ParseOptions};

fn kind(document: &str) -> Result<(), ErrorKind> {
    Document::parse(document.as_bytes(), &ParseOptions::message()).map(|_| ()).map_err(|error| error.kind)
}

macro_rules! refused {
    ($($name:ident: $good:expr, $bad:expr => $kind:ident;)*) => {$(
        #[test]
        fn $name() {
            assert_eq!(kind($good), Ok(()));
            assert_eq!(kind($bad), Err(ErrorKind::$kind));
        }
    )*};
}

refused! {
    two_roots_are_refused: "<a/>", "<a/><b/>" => TrailingContent;
    text_after_the_root_is_refused: "<a/>\n", "<a/>x" => TrailingContent;
    cdata_after_the_root_is_refused: "<a><![CDATA[x]]></a>", "<a/><![CDATA[x]]>" => Syntax;
    cdata_before_the_root_is_refused: "<a><![CDATA[x]]></a>", "<![CDATA[x]]><a/>" => Syntax;
    text_before_the_root_is_refused: " <a/>", "x<a/>" => Syntax;
    an_unclosed_root_is_refused: "<a></a>", "<a>" => UnexpectedEnd;
    an_unfinished_tag_is_refused: "<a></a>", "<a></a" => UnexpectedEnd;
    an_empty_document_is_refused: "<a/>", "" => UnexpectedEnd;
    a_mismatched_end_is_refused: "<a><b></b></a>", "<a><b></a></b>" => MismatchedEnd;
    an_end_tag_that_only_starts_alike_is_refused: "<a></a >", "<a></ab>" => MismatchedEnd;
    another_prefix_in_the_end_tag_is_refused:
        "<p:a xmlns:p='urn:x' xmlns:q='urn:x'></p:a>", "<p:a xmlns:p='urn:x' xmlns:q='urn:x'></q:a>" => MismatchedEnd;
    an_end_tag_with_attribute_is_refused: "<a></a>", "<a></a b='1'>" => MismatchedEnd;
    a_duplicate_attribute_is_refused: "<a b='1' c='2'/>", "<a b='1' b='2'/>" => DuplicateAttribute;
    a_duplicate_by_namespace_is_refused:
        "<a xmlns:p='urn:x' xmlns:q='urn:y' p:b='1' q:b='2'/>",
        "<a xmlns:p='urn:x' xmlns:q='urn:x' p:b='1' q:b='2'/>" => DuplicateAttribute;
    a_prefix_declared_twice_is_refused:
        "<a xmlns:p='urn:x' xmlns:q='urn:y'/>", "<a xmlns:p='urn:x' xmlns:p='urn:y'/>" => DuplicateAttribute;
    less_than_in_an_attribute_is_refused: "<a b='&lt;'/>", "<a b='<'/>" => Syntax;
    the_end_of_cdata_in_text_is_refused: "<a>]]&gt;</a>", "<a>]]></a>" => DelimiterInContent;
    a_control_character_is_refused: "<a>\t</a>", "<a>\u{1}</a>" => ForbiddenCharacter;
    a_control_character_in_an_attribute_is_refused: "<a b='\t'/>", "<a b='\u{1}'/>" => ForbiddenCharacter;
    a_control_character_in_cdata_is_refused:
        "<a><![CDATA[\t]]></a>", "<a><![CDATA[\u{1}]]></a>" => ForbiddenCharacter;
    nul_is_refused: "<a> </a>", "<a>\0</a>" => ForbiddenCharacter;
    a_noncharacter_is_refused: "<a>\u{FFFD}</a>", "<a>\u{FFFE}</a>" => ForbiddenCharacter;
    a_reference_to_nul_is_refused: "<a>&#9;</a>", "<a>&#0;</a>" => ForbiddenCharacter;
    a_reference_to_a_control_character_is_refused: "<a>&#10;</a>", "<a>&#1;</a>" => ForbiddenCharacter;
    a_reference_to_a_noncharacter_is_refused: "<a>&#xFFFD;</a>", "<a>&#xFFFE;</a>" => ForbiddenCharacter;
    a_reference_to_a_surrogate_is_refused: "<a>&#xD7FF;</a>", "<a>&#xD800;</a>" => BadReference;
    a_signed_number_in_a_reference_is_refused: "<a>&#65;</a>", "<a>&#+65;</a>" => BadReference;
    an_empty_reference_is_refused: "<a>&#x41;</a>", "<a>&#x;</a>" => BadReference;
    an_undefined_entity_is_refused: "<a>&apos;</a>", "<a>&nbsp;</a>" => BadReference;
    an_undefined_entity_in_an_attribute_is_refused: "<a b='&apos;'/>", "<a b='&x;'/>" => BadReference;
    a_bare_ampersand_is_refused: "<a>&amp; b</a>", "<a>& b</a>" => BadReference;
    attributes_without_space_are_refused: "<a b='1' c='2'/>", "<a b='1'c='2'/>" => Syntax;
    an_unquoted_attribute_is_refused: "<a b='1'/>", "<a b=1/>" => Syntax;
    an_attribute_without_value_is_refused: "<a b=''/>", "<a b/>" => Syntax;
    a_name_that_starts_with_a_digit_is_refused: "<a1/>", "<1a/>" => BadName;
    a_name_with_a_quote_is_refused: "<a />", "<a'/>" => Syntax;
    a_name_outside_the_name_classes_is_refused: "<\u{C0}/>", "<\u{D7}/>" => BadName;
    two_colons_are_refused: "<p:a xmlns:p='urn:x'/>", "<p:a:b xmlns:p='urn:x'/>" => BadName;
    a_colon_at_the_end_is_refused: "<p:a xmlns:p='urn:x'/>", "<p: xmlns:p='urn:x'/>" => BadName;
    an_unbound_prefix_is_refused: "<p:a xmlns:p='urn:x'/>", "<p:a/>" => UnboundPrefix;
    an_unbound_attribute_prefix_is_refused: "<a xmlns:p='urn:x' p:b=''/>", "<a p:b=''/>" => UnboundPrefix;
    a_prefix_out_of_scope_is_refused:
        "<a><b xmlns:p='urn:x'><p:c/></b></a>", "<a><b xmlns:p='urn:x'/><p:c/></a>" => UnboundPrefix;
    an_empty_prefix_binding_is_refused: "<a xmlns=''/>", "<a xmlns:p=''/>" => BadNamespace;
    xml_bound_otherwise_is_refused:
        "<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>", "<a xmlns:xml='urn:x'/>" => BadNamespace;
    a_prefix_bound_to_the_xml_namespace_is_refused:
        "<a xmlns:p='urn:x'/>", "<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>" => BadNamespace;
    the_prefix_xmlns_is_refused: "<a xmlns:p='urn:x'/>", "<a xmlns:xmlns='urn:x'/>" => BadNamespace;
    the_xmlns_namespace_is_refused: "<a xmlns:p='urn:x'/>", "<a xmlns:p='http://www.w3.org/2000/xmlns/'/>" => BadNamespace;
    an_element_with_the_prefix_xmlns_is_refused: "<xml:a/>", "<xmlns:a/>" => UnboundPrefix;
    a_relative_namespace_is_refused: "<a xmlns='urn:x'/>", "<a xmlns='x'/>" => BadNamespace;
    a_late_declaration_is_refused: "<?xml version='1.0'?><a/>", " <?xml version='1.0'?><a/>" => ProcessingInstruction;
    two_declarations_are_refused:
        "<?xml version='1.0'?><a/>", "<?xml version='1.0'?><?xml version='1.0'?><a/>" => ProcessingInstruction;
    version_1_1_is_refused: "<?xml version='1.0'?><a/>", "<?xml version='1.1'?><a/>" => Version;
    another_encoding_is_refused:
        "<?xml version='1.0' encoding='utf-8'?><a/>", "<?xml version='1.0' encoding='ISO-8859-1'?><a/>" => Encoding;
    another_standalone_is_refused:
        "<?xml version='1.0' standalone='no'?><a/>", "<?xml version='1.0' standalone='maybe'?><a/>" => Syntax;
    a_declaration_without_version_is_refused:
        "<?xml version='1.0' encoding='UTF-8'?><a/>", "<?xml encoding='UTF-8'?><a/>" => Syntax;
    a_document_type_is_refused: "<a/>", "<!DOCTYPE a><a/>" => DocumentType;
    a_document_type_inside_is_refused: "<a></a>", "<a><!DOCTYPE a></a>" => DocumentType;
    a_processing_instruction_is_refused: "<a>x</a>", "<a>x<?y z?></a>" => ProcessingInstruction;
    a_processing_instruction_before_the_root_is_refused: "<a/>", "<?y z?><a/>" => ProcessingInstruction;
    a_comment_in_a_message_is_refused: "<a>xy</a>", "<a>x<!-- -->y</a>" => Comment;
    a_comment_after_the_root_is_refused: "<a/>", "<a/><!-- -->" => Comment;
}

#[test]
fn latin_1_bytes_are_refused_at_their_offset() {
    let error = Document::parse(b"<a>\xE9</a>", &ParseOptions::message()).unwrap_err();
    assert_eq!((error.kind, error.position.offset), (ErrorKind::Encoding, 3));
}

#[test]
fn utf_16_is_refused() {
    let error = Document::parse(b"\xFF\xFE<\0a\0/\0>\0", &ParseOptions::message()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Encoding);
}

#[test]
fn a_byte_order_mark_is_skipped_and_counted() {
    let good = Document::parse(b"\xEF\xBB\xBF<a/>", &ParseOptions::message()).unwrap();
    assert_eq!(good.root().position().offset, 3);
    let error = Document::parse(b"\xEF\xBB\xBF<a></b>", &ParseOptions::message()).unwrap_err();
    assert_eq!((error.kind, error.position.offset), (ErrorKind::MismatchedEnd, 6));
}

#[test]
fn comments_are_dropped_from_metadata_and_text_stays_whole() {
    let document =
        Document::parse(b"<!-- a --><a>x<!-- - -->y&amp;<![CDATA[<z>]]></a>", &ParseOptions::metadata()).unwrap();
    assert_eq!(document.root().text().unwrap(), "xy&<z>");
    let error = Document::parse(b"<a><!-- -- --></a>", &ParseOptions::metadata()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::DelimiterInContent);
    let error = Document::parse(b"<a><!-- --->x</a>", &ParseOptions::metadata()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::DelimiterInContent);
}

#[test]
fn line_ends_are_normalised_in_text() {
    let document = Document::parse(b"<a>1\r\n2\r3\n4&#xD;<![CDATA[5\r\n]]></a>", &ParseOptions::message()).unwrap();
    assert_eq!(document.root().text().unwrap(), "1\n2\n3\n4\r5\n");
}

#[test]
fn each_line_end_of_a_run_counts_however_it_is_written() {
    for run in ["\r", "\r\n", "\r\r", "\r\n\n", "\r\r\n", "\n\r", "\r\n\r\n", "\r\n\r\r\n\n\r"] {
        let ends = run.replace("\r\n", "\n").len();
        let parsed = |xml: String| Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap();
        assert_eq!(parsed(format!("<a>1{run}2</a>")).root().text().unwrap(), format!("1{}2", "\n".repeat(ends)));
        let value = format!("1{}2", " ".repeat(ends));
        assert_eq!(parsed(format!("<a b='1{run}2'/>")).root().attribute("b"), Some(value.as_str()));
    }
}

#[test]
fn white_space_is_normalised_in_attributes() {
    let document = Document::parse(b"<a b='1\r\n2\r3\n4\t5&#xA;&#x9;'/>", &ParseOptions::message()).unwrap();
    assert_eq!(document.root().attribute("b"), Some("1 2 3 4 5\n\t"));
}

#[test]
fn a_namespace_name_is_normalised_like_any_other_value() {
    let document = Document::parse(b"<a xmlns='urn:\r\nx&#x41;&amp;\t'/>", &ParseOptions::message()).unwrap();
    assert_eq!(document.root().namespace(), "urn: xA& ");
}

#[test]
fn a_child_element_is_no_text() {
    let document = Document::parse(b"<a>x<b/>y</a>", &ParseOptions::message()).unwrap();
    assert_eq!(document.root().text().unwrap_err().kind, ErrorKind::ChildInText);
    assert!(document.root().has_text());
}

#[test]
fn names_are_compared_by_namespace_and_not_by_prefix() {
    let document =
        Document::parse(b"<p:a xmlns:p='urn:x' xmlns='urn:y'><b p:c='1' c='2'/></p:a>", &ParseOptions::message())
            .unwrap();
    let root = document.root();
    assert!(root.is("urn:x", "a"));
    assert!(!root.is("urn:y", "a"));
    let child = root.children().next().unwrap();
    assert!(child.is("urn:y", "b"));
    assert_eq!(child.attribute("c"), Some("2"));
    assert_eq!(child.attributes().filter(|attribute| attribute.is("urn:x", "c")).count(), 1);
    assert_eq!(child.parent(), Some(root));
    assert_eq!(child.source(), "<b p:c='1' c='2'/>");
    assert_eq!(child.lookup_namespace("p"), Some("urn:x"));
    assert_eq!(child.lookup_namespace("q"), None);
}

fn limited(document: &str, change: impl Fn(&mut Limits)) -> Result<(), ErrorKind> {
    let mut limits = Limits::message();
    change(&mut limits);
    let options = ParseOptions { comments: Comments::Refused, limits };
    Document::parse(document.as_bytes(), &options).map(|_| ()).map_err(|error| error.kind)
}

#[test]
fn each_budget_ends_at_its_limit() {
    let nested = "<a><b><c/></b></a>";
    assert_eq!(limited(nested, |limits| limits.depth = 3), Ok(()));
    assert_eq!(limited(nested, |limits| limits.depth = 2), Err(ErrorKind::TooDeep));
    let mixed = "<a>x<b/>y</a>";
    assert_eq!(limited(mixed, |limits| limits.nodes = 4), Ok(()));
    assert_eq!(limited(mixed, |limits| limits.nodes = 3), Err(ErrorKind::TooManyNodes));
    let one_of_each = "<a xmlns='urn:x' b=''>x</a>";
    assert_eq!(limited(one_of_each, |limits| limits.nodes = 4), Ok(()));
    assert_eq!(limited(one_of_each, |limits| limits.nodes = 3), Err(ErrorKind::TooManyNodes));
    let attributes = "<a b='' c=''/>";
    assert_eq!(limited(attributes, |limits| limits.attributes = 2), Ok(()));
    assert_eq!(limited(attributes, |limits| limits.attributes = 1), Err(ErrorKind::TooManyAttributes));
    let attributes_of_two = "<a b=''><c d=''/></a>";
    assert_eq!(limited(attributes_of_two, |limits| limits.attributes = 1), Ok(()));
    assert_eq!(limited(attributes_of_two, |limits| limits.attributes = 0), Err(ErrorKind::TooManyAttributes));
    let namespaces = "<a xmlns='urn:x'><b xmlns:p='urn:y'/><c xmlns:p='urn:y'/></a>";
    assert_eq!(limited(namespaces, |limits| limits.namespaces = 2), Ok(()));
    assert_eq!(limited(namespaces, |limits| limits.namespaces = 1), Err(ErrorKind::TooManyNamespaces));
    let namespace = |uri: &str, prefix: &str| limited(&format!("<a xmlns:{prefix}='{uri}'/>"), |_| ());
    assert_eq!(namespace(&format!("urn:{}", "x".repeat(252)), "p"), Ok(()));
    assert_eq!(namespace(&format!("urn:{}", "x".repeat(253)), "p"), Err(ErrorKind::LongNamespace));
    assert_eq!(namespace(&format!("urn:{}", "&amp;".repeat(42)), "p"), Ok(()));
    assert_eq!(namespace(&format!("urn:{}", "&amp;".repeat(43)), "p"), Err(ErrorKind::LongNamespace));
    assert_eq!(namespace("urn:x", &"p".repeat(32)), Ok(()));
    assert_eq!(namespace("urn:x", &"p".repeat(33)), Err(ErrorKind::LongNamespace));
    assert_eq!(limited("<a/>", |limits| limits.bytes = 4), Ok(()));
    assert_eq!(limited("<a/>", |limits| limits.bytes = 3), Err(ErrorKind::TooLarge));
}

#[test]
fn what_is_accepted_quick_xml_reads_the_same() {
    let documents = [
        "<?xml version='1.0' encoding='UTF-8'?>\n<p:a xmlns:p='urn:x' b=\"1&amp;2\" p:c='&#x41;'>t&lt;<b/>\u{E9}<![CDATA[<]]></p:a>\n",
        "<a xmlns='urn:x'><b xmlns=''><c xmlns='urn:y' d='&quot;'/></b>tail</a>",
    ];
    for source in documents {
        let document = Document::parse(source.as_bytes(), &ParseOptions::message()).unwrap();
        let ours: Vec<String> = document
            .elements()
            .map(|element| {
                let attributes: Vec<_> = element
                    .attributes()
                    .map(|attribute| format!("{{{}}}{}={}", attribute.namespace, attribute.local_name, attribute.value))
                    .collect();
                format!("{{{}}}{} {attributes:?}", element.namespace(), element.local_name())
            })
            .collect();
        assert_eq!(ours, quick_xml_elements(source));
    }
}

fn quick_xml_elements(source: &str) -> Vec<String> {
    use quick_xml::XmlVersion;
    use quick_xml::events::Event;
    use quick_xml::name::ResolveResult;
    let mut reader = quick_xml::NsReader::from_str(source);
    let name = |result: ResolveResult<'_>| match result {
        ResolveResult::Bound(namespace) => namespace.0.to_owned(),
        _ => String::new(),
    };
    let mut found = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) | Event::Empty(tag) => {
                let (namespace, local) = reader.resolver().resolve_element(tag.name());
                let attributes: Vec<_> = tag
                    .attributes()
                    .map(Result::unwrap)
                    .filter(|attribute| attribute.key.as_namespace_binding().is_none())
                    .map(|attribute| {
                        let (namespace, local) = reader.resolver().resolve_attribute(attribute.key);
                        let value = attribute.normalized_value(XmlVersion::Implicit1_0).unwrap();
                        format!("{{{}}}{}={value}", name(namespace), local.as_ref())
                    })
                    .collect();
                found.push(format!("{{{}}}{} {attributes:?}", name(namespace), local.as_ref()));
            }
            Event::Eof => return found,
            _ => {}
        }
    }
}

#[test]
fn a_fragment_is_read_in_the_context_it_stood_in() {
    let around =
        Document::parse(b"<p:a xmlns:p='urn:1' xmlns='urn:d'><p:b xmlns:p='urn:2'/></p:a>", &ParseOptions::message())
            .unwrap();
    let inner = around.root().children().next().unwrap();
    let read = |fragment: &str| Document::parse_in_context(fragment.as_bytes(), inner, &ParseOptions::message());
    let document = read("<p:x><y/></p:x>").unwrap();
    assert!(document.root().is("urn:2", "x"));
    assert!(document.root().children().next().unwrap().is("urn:d", "y"));
    assert_eq!(read("<q:x/>").unwrap_err().kind, ErrorKind::UnboundPrefix);
}

#[test]
fn a_fragment_is_one_element() {
    let around = Document::parse(b"<a/>", &ParseOptions::message()).unwrap();
    let read = |fragment: &str| {
        Document::parse_in_context(fragment.as_bytes(), around.root(), &ParseOptions::message())
            .map(|_| ())
            .map_err(|error| error.kind)
    };
    assert_eq!(read(" <x/> "), Ok(()));
    assert_eq!(read(""), Err(ErrorKind::Syntax));
    assert_eq!(read("<x/><y/>"), Err(ErrorKind::Syntax));
    assert_eq!(read("text<x/>"), Err(ErrorKind::Syntax));
    assert_eq!(read("<x/></context><context>"), Err(ErrorKind::TrailingContent));
    assert_eq!(read("</context><context><x/>"), Err(ErrorKind::TrailingContent));
    assert_eq!(read("<?xml version='1.0'?><x/>"), Err(ErrorKind::ProcessingInstruction));
    assert_eq!(read("<!DOCTYPE x><x/>"), Err(ErrorKind::DocumentType));
}
