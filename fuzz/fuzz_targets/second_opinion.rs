//! Properties, over good messages that are edited in ways that keep the canonical form, and in ways that do not:
//! - an element whose signature holds here, libxmlsec1 finds good in the whole document as it was received, and also
//!   alone, as `verify` asks it with the feature `xmlsec`;
//! - where ours refuses for the digest or the signature value alone, libxmlsec1 refuses too.
//!
//! The first byte chooses the message; each four bytes behind it are an edit: what, where (two bytes), and how.
//!
//!     cargo +nightly fuzz run --features xmlsec second_opinion -- -close_fd_mask=2
//!
//! The mask keeps libxmlsec1 from writing the reason of each refusal to standard error.

#![no_main]

use std::ops::Range;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use libxml::parser::{Parser, ParserOptions};
use libxml::tree::Node;
use saml_xml::{Document, Element, ParseOptions};
use saml_xml_security::{
    AlgorithmPolicy, Error, SignOptions, SigningKey, XMLDSIG_NAMESPACE, require_unique_ids, sign, signature_of, verify,
};
use xmlsec::{XmlSecDocumentExt, XmlSecKey, XmlSecKeyFormat, XmlSecSignatureContext};

fuzz_target!(|bytes: &[u8]| {
    let Some((chosen, edits)) = bytes.split_first() else { return };
    let mut text = MESSAGES[usize::from(*chosen) % MESSAGES.len()].clone();
    for edit in edits.chunks_exact(4).take(24) {
        let place = usize::from(u16::from_be_bytes([edit[1], edit[2]]));
        apply(&mut text, edit[0], place, edit[3]);
    }
    // Comments are allowed, so that both have to leave them out.
    let options = ParseOptions::metadata();
    let Ok(document) = Document::parse(&text, &options) else { return };
    // What both find by its ID must be one element.
    if require_unique_ids(&document).is_err() {
        return;
    }
    let signed = |element: &Element<'_>| matches!(signature_of(*element), Ok(Some(_)));
    for element in document.elements().filter(signed).take(2) {
        let ours = verify(element, &[KEY.verifying_key().clone()], &AlgorithmPolicy::modern(), &options);
        let theirs = || theirs(&text, &path(element));
        match ours.map(|_| ()) {
            Ok(()) => assert!(theirs() == Some(true) || is_beyond_libxml2(&text, &document), "they refuse the whole"),
            Err(Error::SecondOpinion) => panic!("they refuse the element"),
            Err(Error::SecondOpinionMissing { .. }) => {
                assert!(is_beyond_libxml2(&text, &document), "they cannot judge the element");
            }
            Err(Error::DigestMismatch | Error::SignatureInvalid { .. }) if edits.len() >= 4 => {
                assert_ne!(theirs(), Some(true));
            }
            Err(error) => assert!(edits.len() >= 4, "a good message is refused: {error}"),
        }
    }
});

/// Returns what libxmlsec1 says of the element at `path` of the whole message, with nothing of ours in between.
fn theirs(text: &[u8], path: &[usize]) -> Option<bool> {
    let document = parsed_by_libxml2(text)?;
    let mut element = document.get_root_element()?;
    let mut search = "/*".to_owned();
    for index in path {
        element = element.get_child_elements().into_iter().nth(*index)?;
        search.push_str(&format!("/*[{}]", index + 1));
    }
    document.specify_idattr(&search, "ID", None).ok()?;
    let is_signature = |node: &Node| {
        node.get_name() == "Signature"
            && node.get_namespace().is_some_and(|found| found.get_href() == XMLDSIG_NAMESPACE)
    };
    let signature = element.get_child_elements().into_iter().find(is_signature)?;
    let mut context = XmlSecSignatureContext::new();
    context.insert_key(XmlSecKey::from_memory(CERTIFICATE, XmlSecKeyFormat::CertPem, None).ok()?);
    context.verify_node(&signature).ok()
}

fn parsed_by_libxml2(text: &[u8]) -> Option<libxml::tree::Document> {
    let options = ParserOptions { recover: false, no_net: true, ..ParserOptions::default() };
    Parser::default().parse_string_with_options(text, options).ok()
}

/// Returns the places among the child elements that lead from the root to `element`.
fn path(element: Element<'_>) -> Vec<usize> {
    let Some(parent) = element.parent() else { return Vec::new() };
    let mut path = path(parent);
    path.extend(parent.children().position(|child| child == element));
    path
}

/// Tells whether there is something in the document that libxml2 is known to stop at, and rightly or not ours does not:
/// a namespace name that it cannot read as a URI (it takes it for a relative one), or an `xml:id` that repeats an `ID`.
fn is_beyond_libxml2(text: &[u8], document: &Document) -> bool {
    let repeats = |element: Element<'_>| {
        let xml_id = element.attributes().find(|found| found.is("http://www.w3.org/XML/1998/namespace", "id"));
        xml_id.is_some_and(|xml_id| document.elements().any(|other| other.attribute("ID") == Some(xml_id.value)))
    };
    let theirs = parsed_by_libxml2(text).expect("what ours accepts, libxml2 accepts");
    document.elements().any(repeats) || theirs.get_root_element().is_some_and(|root| names_no_uri(&root))
}

fn names_no_uri(node: &Node) -> bool {
    // Narrower than RFC 3986: no port, no second fragment.
    let is_uri = |name: &str| {
        name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._/:#".contains(&byte))
            && name.matches('#').count() <= 1
            && (name.starts_with("urn:") || name.matches(':').count() <= 1)
    };
    node.get_namespace_declarations().iter().any(|namespace| !is_uri(&namespace.get_href()))
        || node.get_child_elements().iter().any(names_no_uri)
}

fn apply(text: &mut Vec<u8>, what: u8, place: usize, how: u8) {
    let white = WHITE[usize::from(how) % WHITE.len()];
    let snippet = SNIPPETS[usize::from(how) % SNIPPETS.len()];
    match what % 16 {
        0 => {
            // White space at the end of a tag.
            let Some(tag) = tag(text, place) else { return };
            let slash = usize::from(text[tag.end - 2] == b'/');
            insert(text, tag.end - 1 - slash, white);
        }
        1 => {
            // White space before an attribute.
            let Some(attribute) = attribute(text, place, how) else { return };
            insert(text, attribute.start, white);
        }
        2 => {
            // An attribute moves to the end of its tag.
            let (Some(tag), Some(attribute)) = (tag(text, place), attribute(text, place, how)) else { return };
            let slash = usize::from(text[tag.end - 2] == b'/');
            let moved = [b" ", &text[attribute.clone()]].concat();
            insert(text, tag.end - 1 - slash, &moved);
            text.drain(attribute);
        }
        3 => {
            // Other quotes.
            let Some(attribute) = attribute(text, place, how) else { return };
            let value = &mut text[attribute];
            let quote = value[value.len() - 1];
            let other = if quote == b'"' { b'\'' } else { b'"' };
            if !value.contains(&other) {
                value.iter_mut().filter(|byte| **byte == quote).for_each(|byte| *byte = other);
            }
        }
        4 => {
            // A declaration that nothing uses.
            let declaration = format!(" xmlns:f{how}='urn:{how}'");
            insert_in_tag(text, place, declaration.as_bytes());
        }
        5 | 6 => {
            // A declaration moves to the root, or is said again further down.
            let Some(attribute) = declaration(text, how) else { return };
            let moved = [b" ", &text[attribute.clone()]].concat();
            if what % 16 == 5 {
                text.drain(attribute);
                insert_in_tag(text, 0, &moved);
            } else {
                insert_in_tag(text, place, &moved);
            }
        }
        7 => {
            // A character by its number.
            let at = place % text.len();
            let byte = text[at];
            if byte.is_ascii_alphanumeric() || b" =./_".contains(&byte) {
                let reference = if how % 2 == 0 { format!("&#{byte};") } else { format!("&#x{byte:X};") };
                text.splice(at..=at, reference.into_bytes());
            }
        }
        8 => {
            // A character in a CDATA section.
            let at = place % text.len();
            let section = [b"<![CDATA[", &text[at..=at], b"]]>"].concat();
            text.splice(at..=at, section);
        }
        9 => insert(text, place % text.len(), white),
        10 => insert(text, place % text.len(), b"<!-- c -->"),
        11 => {
            // An empty-element tag becomes two tags.
            let Some(tag) = tag(text, place) else { return };
            if text[tag.end - 2] == b'/' {
                let name: Vec<u8> =
                    text[tag.start + 1..tag.end - 2].iter().copied().take_while(|byte| !is_white(*byte)).collect();
                text.splice(tag.end - 2..tag.end, [b"></", name.as_slice(), b">"].concat());
            }
        }
        12 => insert(text, 0, PROLOGUES[usize::from(how) % PROLOGUES.len()]),
        13 => insert(text, place % text.len(), snippet),
        14 => insert_in_tag(text, place, snippet),
        _ => {
            let at = place % text.len();
            match how {
                0 if text.len() > 1 => drop(text.remove(at)),
                byte => text[at] = byte,
            }
        }
    }
}

fn insert(text: &mut Vec<u8>, at: usize, what: &[u8]) {
    let at = at.min(text.len());
    text.splice(at..at, what.iter().copied());
}

/// Inserts behind the name of a tag.
fn insert_in_tag(text: &mut Vec<u8>, place: usize, what: &[u8]) {
    let Some(tag) = tag(text, place) else { return };
    let name = text[tag.clone()].iter().position(|byte| is_white(*byte) || b"/>".contains(byte)).unwrap_or(1);
    insert(text, tag.start + name, what);
}

/// Finds a start tag, from its `<` to behind its `>`; good enough for messages without `>` in their attributes.
fn tag(text: &[u8], place: usize) -> Option<Range<usize>> {
    let starts: Vec<usize> = text
        .windows(2)
        .enumerate()
        .filter(|(_, two)| two[0] == b'<' && two[1].is_ascii_alphabetic())
        .map(|(at, _)| at)
        .collect();
    let start = *starts.get(place % starts.len().max(1))?;
    let end = start + text[start..].iter().position(|byte| *byte == b'>')? + 1;
    Some(start..end)
}

/// Finds an attribute of a tag, with the white space before it.
fn attribute(text: &[u8], place: usize, which: u8) -> Option<Range<usize>> {
    let tag = tag(text, place)?;
    let found = attributes(text, tag);
    found.get(usize::from(which) % found.len().max(1)).cloned()
}

/// Finds a namespace declaration.
fn declaration(text: &[u8], which: u8) -> Option<Range<usize>> {
    let found: Vec<Range<usize>> = attributes(text, 0..text.len())
        .into_iter()
        .filter(|found| text[found.clone()].trim_ascii().starts_with(b"xmlns"))
        .collect();
    found.get(usize::from(which) % found.len().max(1)).cloned()
}

fn attributes(text: &[u8], within: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = within.start;
    while at + 1 < within.end {
        let equals = text[at..within.end].windows(2).position(|two| two[0] == b'=' && b"\"'".contains(&two[1]));
        let Some(equals) = equals.map(|offset| at + offset) else { break };
        let quote = text[equals + 1];
        let Some(end) = text[equals + 2..within.end].iter().position(|byte| *byte == quote) else { break };
        let end = equals + 2 + end + 1;
        let start = text[at..equals].iter().rposition(|byte| is_white(*byte)).map_or(equals, |offset| at + offset);
        if start < equals {
            found.push(start..end);
        }
        at = end;
    }
    found
}

fn is_white(byte: u8) -> bool {
    b" \t\r\n".contains(&byte)
}

static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    let private = include_bytes!("../../fixtures/keys/broker-signing.key.pem");
    SigningKey::from_pem(private, CERTIFICATE).expect("a key of ours")
});

static MESSAGES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let inclusive_prefixes = vec!["xs".to_owned(), "#default".to_owned(), "absent".to_owned()];
    let listed = SignOptions { inclusive_prefixes, ..SignOptions::default() };
    vec![
        include_bytes!("../../fixtures/responses/response-assertion-signed.xml").to_vec(),
        include_bytes!("../../fixtures/responses/response-response-signed.xml").to_vec(),
        include_bytes!("../../fixtures/responses/response-both-signed.xml").to_vec(),
        sign(ODD, &KEY, &SignOptions::default()).expect("a message of ours").into_bytes(),
        sign(ODD, &KEY, &listed).expect("a message of ours").into_bytes(),
    ]
});

const CERTIFICATE: &[u8] = include_bytes!("../../fixtures/keys/broker-signing.crt.pem");

/// What is hard about canonical forms, in one message.
const ODD: &str = "<a:r xmlns:a='urn:a' xmlns='urn:d' xmlns:xs='urn:xs' xmlns:u='urn:u' ID='_1' b=' x&#9;y&#xD;\n z ' a:b='2'>\
    <a:Issuer>urn:idp</a:Issuer>\r\n<v u:type='xs:string' xml:lang='nl' type='&lt;&amp;&quot;&gt;'>caf\u{E9} &#13;]]&gt; \u{1F600}</v>\
    <e xmlns=''><f a='1'/><a:f xmlns:a='urn:other' a:c='&#10;'/></e>\t<e xmlns='urn:e'><x:f xmlns:x='urn:x'><x:f/></x:f></e>\
    <![CDATA[<&]]>&#x20;</a:r>";

const WHITE: &[&[u8]] =
    &[b" ", b"\t", b"\n", b"\r\n", b"\r", b" \n\t ", b"&#10;", b"&#xD;", b"&#9;", b"\xC2\x85", b"\xE2\x80\xA8"];

const PROLOGUES: &[&[u8]] = &[
    b"\xEF\xBB\xBF",
    b"<?xml version='1.0'?>",
    b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n",
    b"<?xml version='1.0' encoding='utf-8' standalone='yes'?>",
    b"<!-- before -->\n",
];

const SNIPPETS: &[&[u8]] = &[
    b" xmlns=''",
    b" xmlns='urn:d'",
    b" xmlns:xs='urn:other'",
    b" xmlns:xs='urn:xs'",
    b" xmlns:saml='urn:oasis:names:tc:SAML:2.0:assertion'",
    b" xmlns:ds='http://www.w3.org/2000/09/xmldsig#'",
    b" xmlns:xml='http://www.w3.org/XML/1998/namespace'",
    b" xmlns:n='urn:a b'",
    b" xmlns:n='urn:&#10;n'",
    b" xmlns:n='http://[x'",
    b" xml:id='_9'",
    b" xml:id='_1'",
    b" xml:lang='nl'",
    b" xml:space='preserve'",
    b" xml:base='http://example.org/'",
    b" ID='_9'",
    b" Id='_9'",
    b"<x/>",
    b"<ds:Object xmlns:ds='http://www.w3.org/2000/09/xmldsig#'/>",
    b"<ds:Signature xmlns:ds='http://www.w3.org/2000/09/xmldsig#'/>",
    b"<ds:KeyName xmlns:ds='http://www.w3.org/2000/09/xmldsig#'>k</ds:KeyName>",
    b"<![CDATA[]]>",
    b"<!---->",
    b"&lt;",
    b"&#60;",
    b"]]&gt;",
    b"=",
    b"====",
    b"AAAA",
];
