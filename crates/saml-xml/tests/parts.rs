//! A document that is read in parts is the same document, wherever the parts end, and the same things are refused.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::io::{Error as ReadError, ErrorKind as ReadErrorKind, Read};

use saml_xml::{Canonicalization, Document, ErrorKind, Limits, ParseOptions, PartError, Parts, canonicalize};

/// Gives one byte each time, as slow connections do.
struct ByteByByte<'b>(&'b [u8]);

impl Read for ByteByByte<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ReadError> {
        let length = buffer.len().min(1);
        self.0.read(&mut buffer[..length])
    }
}

/// Ends with an error, after an interruption.
struct Failing<'b>(&'b [u8], bool);

impl Read for Failing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ReadError> {
        if !std::mem::replace(&mut self.1, true) {
            return Err(ReadErrorKind::Interrupted.into());
        }
        match self.0.read(buffer)? {
            0 => Err(ReadErrorKind::ConnectionReset.into()),
            read => Ok(read),
        }
    }
}

const GOOD: &[&str] = &[
    "<a/>",
    "<a></a>",
    "<a>text</a>",
    "<a><b/></a>",
    "<a><b/><c/></a>\n",
    "<a>one<b>two</b>three<b>four</b>five</a>",
    "\u{FEFF}<?xml version='1.0' encoding='UTF-8'?>\n<!-- before --><p:a xmlns:p='urn:p' xmlns='urn:d' z='1' a='2'>\n\
     <b><c/></b>\n<p:b p:z='1' y='2'/>\n</p:a>\n<!-- behind -->\n",
    "<a xmlns='urn:a' xmlns:u='urn:u'><u:b><c xmlns=''><d/></c></u:b><u:b xmlns:u='urn:v'/><u:b/></a>",
    "<a>\r\n<b>\r</b>\r\n<b c='\r\n\t'>\r\r\n</b>\r</a>\r\n",
    "<a><!-- one --><b/><!-- two --><!-- three -->text<!-- four -->more<b/><!-- five --></a>",
    "<a><b>x<!-- dropped -->y<![CDATA[<&>]]>z</b><![CDATA[]]]]><![CDATA[>]]><b/></a>",
    "<a><b c='&lt;&#x20AC;&quot;'>&amp;&gt;&#13;</b>&amp;<b/>]] &gt;</a>",
    "<a>\u{e9}\u{20ac}<b>\u{10348}</b>\u{e9}<\u{e9}l\u{e9}ment/></a>",
    "<a xmlns:x='urn:x'><x:b><x:b><x:b><x:b/></x:b></x:b></x:b><b><b/></b></a>",
    "<a c='>\"' d=\">'\"><b e='>'/></a>",
];

const BAD: &[(&str, ErrorKind)] = &[
    ("<!DOCTYPE a><a><b/></a>", ErrorKind::DocumentType),
    ("<a><b/><!DOCTYPE a></a>", ErrorKind::DocumentType),
    ("<a><b/></a><!DOCTYPE a>", ErrorKind::DocumentType),
    ("<?pi?><a><b/></a>", ErrorKind::ProcessingInstruction),
    ("<a><b/><?pi?><b/></a>", ErrorKind::ProcessingInstruction),
    ("<a><b/></a><?pi?>", ErrorKind::ProcessingInstruction),
    ("<a><b/></a><c/>", ErrorKind::TrailingContent),
    ("<a><b/></a> text", ErrorKind::TrailingContent),
    ("<a/></a>", ErrorKind::TrailingContent),
    ("x<a><b/></a>", ErrorKind::Syntax),
    ("<a><b/></c>", ErrorKind::MismatchedEnd),
    ("<a><b/><c></b></a>", ErrorKind::MismatchedEnd),
    ("<a><b/>", ErrorKind::UnexpectedEnd),
    ("<a><b/>text", ErrorKind::UnexpectedEnd),
    ("<a><b/></a", ErrorKind::UnexpectedEnd),
    ("<a", ErrorKind::UnexpectedEnd),
    ("", ErrorKind::UnexpectedEnd),
    ("<a><b/><b>&other;</b></a>", ErrorKind::BadReference),
    ("<a><b/><p:b/></a>", ErrorKind::UnboundPrefix),
    ("<a><b xmlns:p='urn:p'/><p:b/></a>", ErrorKind::UnboundPrefix),
    ("<a><b/>]]></a>", ErrorKind::DelimiterInContent),
    ("<a><b/></a><!-- -- -->", ErrorKind::DelimiterInContent),
    ("<a><b c='1' c='2'/></a>", ErrorKind::DuplicateAttribute),
    ("<a><b/><b>\u{1}</b></a>", ErrorKind::ForbiddenCharacter),
];

fn options(bytes: usize) -> ParseOptions {
    ParseOptions { limits: Limits { bytes, ..Limits::metadata() }, ..ParseOptions::metadata() }
}

/// Parts begin to be an eighth of the limit, so this lets them end everywhere.
fn limits(document: &[u8]) -> impl Iterator<Item = usize> {
    let length = document.len().max(1);
    length..=8 * length + 8
}

fn canonical(document: &Document) -> String {
    let mut octets = Vec::new();
    canonicalize(document.root(), &Canonicalization::default(), &mut octets);
    String::from_utf8(octets).unwrap()
}

/// Reads in parts, and joins their canonical forms and the sources of the children with their places.
fn joined(input: impl Read, limit: usize) -> Result<(String, Vec<(u64, String)>), PartError> {
    let mut parts = Parts::new(input, options(limit))?;
    let head = canonical(parts.head());
    let (start, end) = head.split_at(head.rfind("</").unwrap());
    let (mut content, mut children) = (String::new(), Vec::new());
    while let Some(part) = parts.next_part()? {
        let mut octets = Vec::new();
        canonicalize(part.root(), &Canonicalization::default(), &mut octets);
        let octets = String::from_utf8(octets).unwrap();
        content.push_str(octets.strip_prefix(start).unwrap().strip_suffix(end).unwrap());
        children.extend(part.root().children().map(|child| (part.offset(child), child.source().to_owned())));
    }
    assert!(parts.next_part().unwrap().is_none(), "the end stays the end");
    Ok((format!("{start}{content}{end}"), children))
}

fn refusal(bytes: &[u8], limit: usize) -> ErrorKind {
    match joined(bytes, limit) {
        Err(PartError::Xml { kind, .. }) => kind,
        other => panic!("expected a refusal, found {other:?}"),
    }
}

#[test]
fn parts_join_to_the_whole_wherever_they_end() {
    for document in GOOD {
        let bytes = document.as_bytes();
        let whole = Document::parse(bytes, &ParseOptions::metadata()).unwrap();
        let expected = canonical(&whole);
        for limit in limits(bytes) {
            let (content, children) = joined(bytes, limit).unwrap_or_else(|error| panic!("{document} {limit} {error}"));
            assert_eq!(content, expected, "{document} in parts of {limit}");
            let sources: Vec<_> = whole.root().children().map(|child| child.source().to_owned()).collect();
            assert_eq!(
                children.iter().map(|(_, source)| source).collect::<Vec<_>>(),
                sources.iter().collect::<Vec<_>>()
            );
            for (offset, source) in children {
                let offset = usize::try_from(offset).unwrap();
                assert_eq!(&bytes[offset..offset + source.len()], source.as_bytes(), "{document}");
            }
        }
    }
}

#[test]
fn a_source_that_gives_one_byte_at_a_time_gives_the_same() {
    for document in GOOD {
        let bytes = document.as_bytes();
        assert_eq!(joined(ByteByByte(bytes), 8 * bytes.len()), joined(bytes, 8 * bytes.len()));
    }
}

#[test]
fn what_the_whole_is_refused_for_the_parts_are_refused_for_wherever_they_end() {
    for (document, kind) in BAD {
        let whole = Document::parse(document.as_bytes(), &ParseOptions::metadata()).unwrap_err();
        assert_eq!(whole.kind, *kind, "{document}");
        for limit in limits(document.as_bytes()) {
            // Where the limit is the length, the end of the document may not have been seen.
            let limit = limit + 1;
            assert_eq!(refusal(document.as_bytes(), limit), *kind, "{document} in parts of {limit}");
        }
    }
}

#[test]
fn the_start_of_a_document_is_no_document() {
    for document in GOOD {
        let whole = document.trim_end();
        let root_ends = whole.rfind("</").map_or(whole.len(), |start| start + whole[start..].find('>').unwrap() + 1);
        for end in 0..root_ends {
            let start = &whole.as_bytes()[..end];
            assert!(Document::parse(start, &ParseOptions::metadata()).is_err());
            for limit in [end + 1, 2 * end + 1, 8 * end + 8] {
                assert!(joined(start, limit).is_err(), "{document} up to {end}");
            }
        }
    }
}

#[test]
fn bytes_that_are_no_utf_8_are_refused_wherever_they_stand() {
    for document in GOOD {
        for place in 0..=document.len() {
            let mut bytes = document.as_bytes().to_vec();
            bytes.insert(place, 0xC3);
            if std::str::from_utf8(&bytes).is_ok() {
                continue;
            }
            for limit in [bytes.len() + 1, 4 * bytes.len(), 8 * bytes.len() + 8] {
                let error = joined(bytes.as_slice(), limit).unwrap_err();
                let whole = Document::parse(&bytes, &ParseOptions::metadata()).unwrap_err();
                assert!(matches!(error, PartError::Xml { .. }), "{document} at {place}: {error} and {whole}");
            }
        }
    }
    assert_eq!(refusal(b"<a><b/>\xC3</a>", 100), ErrorKind::Encoding);
    assert_eq!(refusal(b"<a><b/></a>\xC3", 100), ErrorKind::Encoding);
    assert_eq!(joined(&b"<a><b/>\xC3\xA9</a>"[..], 100).unwrap().0, "<a><b></b>\u{e9}</a>");
}

#[test]
fn the_limits_hold_for_each_child_and_not_for_the_whole() {
    let child = format!("<b>{}</b>", "x".repeat(93));
    let document = format!("<a>{}</a>", child.repeat(50));
    assert_eq!(joined(document.as_bytes(), 100).unwrap().1.len(), 50);
    assert_eq!(refusal(document.as_bytes(), 99), ErrorKind::TooLarge);

    let deep = |depth: usize| format!("<a><b/>{}{}</a>", "<c>".repeat(depth), "</c>".repeat(depth));
    assert!(joined(deep(63).as_bytes(), 1000).is_ok());
    assert_eq!(refusal(deep(64).as_bytes(), 1000), ErrorKind::TooDeep);

    let nodes = |count: usize| format!("<a><b/>{}</a>", format!("<b>{}</b>", "<c/>".repeat(count)).repeat(3));
    let options = |nodes| ParseOptions { limits: Limits { nodes, ..Limits::metadata() }, ..ParseOptions::metadata() };
    let read = |document: &str, nodes| {
        let mut parts = Parts::new(document.as_bytes(), options(nodes)).unwrap();
        std::iter::from_fn(|| parts.next_part().map(|part| part.map(drop)).transpose()).collect::<Result<Vec<_>, _>>()
    };
    // The root, the child and what is in it.
    assert!(read(&nodes(8), 10).is_ok());
    let refused = read(&nodes(9), 10).unwrap_err();
    assert_eq!(refused.code(), "xml_too_many_nodes");
}

#[test]
fn an_error_says_at_which_byte_of_the_document_it_is() {
    let document = "\u{FEFF}<!-- x --><a><b/><b/><b/><b>&other;</b></a>";
    let place = document.find("&other").unwrap() as u64;
    for limit in limits(document.as_bytes()) {
        let error = joined(document.as_bytes(), limit + 1).unwrap_err();
        assert_eq!(error, PartError::Xml { kind: ErrorKind::BadReference, offset: place });
    }
}

#[test]
fn a_source_that_fails_is_no_end() {
    let whole = b"<a><b/></a>";
    assert_eq!(joined(Failing(whole, false), 100), Err(PartError::Read(ReadErrorKind::ConnectionReset)));
    assert_eq!(joined(Failing(whole, false), 100).unwrap_err().code(), "xml_read");
    assert!(joined(&whole[..], 100).is_ok());
}

#[test]
fn the_attributes_of_one_name_are_those_of_the_children_and_without_a_prefix() {
    let document = b"<a ID='root' xmlns:p='urn:p'><b ID='1'/><c p:ID='2' other='3'><d ID='4'/></c><e/><f ID='5'/></a>";
    for limit in limits(document) {
        let mut parts = Parts::new(&document[..], options(limit)).unwrap();
        let mut values = Vec::new();
        while let Some(part) = parts.next_part().unwrap() {
            values.extend(part.attribute_values("ID").map(str::to_owned));
        }
        assert_eq!(values, ["1", "4", "5"], "limit {limit}");
    }
}

#[test]
fn a_child_that_is_too_large_is_so_where_the_limit_cuts_a_character_too() {
    let document = format!("<a><b>{}</b></a>", "\u{e9}".repeat(40));
    for limit in 16..20 {
        assert_eq!(refusal(document.as_bytes(), limit), ErrorKind::TooLarge, "limit {limit}");
    }
}
