//! Messages made to be dear: each fills a given size with what one part of the road has to look at.
//!
//! They are built on a good message, so that they come as far as their oddity lets them. The attacker has no key of the
//! broker, but an answer about himself, and can encrypt to the portal. Some are harmless and accepted: what a `KeyInfo`
//! says is not used, and an empty `CDATA` section is no text.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use saml_forge::{GoodMessage, Signed};
use saml_xml_security::{ContentCipher, encrypt};

use crate::Result;
use crate::cases::{self, ASSERTION};
use crate::message::{Carrier, Message};

/// Makes a message of at most a number of bytes.
pub(crate) type Make = fn(&GoodMessage, usize) -> Result<Message>;

/// The largest message that is taken.
pub(crate) const SIZE: usize = 1 << 20;

/// Puts copies of `unit` (its number replaces `#`) before `place`, until the message has `size` bytes.
fn filled(xml: &str, place: &str, unit: &str, size: usize) -> Result<String> {
    between(xml, place, "", unit, "", size)
}

fn between(xml: &str, place: &str, open: &str, unit: &str, close: &str, size: usize) -> Result<String> {
    let (head, tail) = xml.split_once(place).ok_or_else(|| format!("expected {place} in the good message"))?;
    let mut out = format!("{head}{open}");
    let end = size.saturating_sub(close.len() + place.len() + tail.len());
    for number in 0.. {
        let copy = unit.replace('#', &number.to_string());
        if out.len() + copy.len() > end {
            break;
        }
        out.push_str(&copy);
    }
    out.push_str(close);
    out.push_str(place);
    out.push_str(tail);
    Ok(out)
}

fn response(xml: String) -> Result<Message> {
    Ok(cases::message("", 0, Carrier::Response, xml, "any"))
}

/// Fills the `Extensions` of the response, which nobody reads.
fn extensions(good: &GoodMessage, open: &str, unit: &str, close: &str, size: usize) -> Result<Message> {
    let (open, close) = (format!("<samlp:Extensions>{open}"), format!("{close}</samlp:Extensions>"));
    response(between(&good.signed(Signed::Both), "<samlp:Status>", &open, unit, &close, size)?)
}

/// Fills the first `place` in the response, whose only signature is its own.
fn in_response(good: &GoodMessage, place: &str, unit: &str, size: usize) -> Result<Message> {
    response(filled(&good.signed(Signed::Response), place, unit, size)?)
}

/// Fills the text of an attribute value of an assertion that was signed, so that it has to be hashed to be refused.
fn in_value(good: &GoodMessage, unit: &str, size: usize) -> Result<Message> {
    response(filled(&good.signed(Signed::Both), "</saml:AttributeValue>", unit, size)?)
}

fn in_attribute(good: &GoodMessage, attribute: &str, unit: &str, size: usize) -> Result<Message> {
    let xml = good.signed(Signed::Both);
    let (head, tail) = xml.split_once(attribute).ok_or_else(|| format!("expected {attribute}"))?;
    let value = unit.repeat(size.saturating_sub(xml.len()) / unit.len());
    response(format!("{head}{attribute}{value}{tail}"))
}

/// Fills elements of one shape with many attributes or declarations, as many as one element may have.
fn many_of(good: &GoodMessage, each: impl Fn(usize) -> String, count: usize, size: usize) -> Result<Message> {
    let inside: String = (0..count).map(each).collect();
    extensions(good, "", &format!("<a{inside}/>"), "", size)
}

fn deep(good: &GoodMessage, size: usize) -> Result<Message> {
    extensions(good, "", "<a>", "", size)
}

fn deep_to_the_limit(good: &GoodMessage, size: usize) -> Result<Message> {
    let unit = format!("{}{}", "<a>".repeat(60), "</a>".repeat(60));
    extensions(good, "", &unit, "", size)
}

fn wide(good: &GoodMessage, size: usize) -> Result<Message> {
    extensions(good, "", "<a/>", "", size)
}

/// As many elements as a document may have, in as many bytes.
fn wide_to_the_limit(good: &GoodMessage, size: usize) -> Result<Message> {
    let width = size / 19_000;
    extensions(good, "", &format!("<{}/>", "a".repeat(width.saturating_sub(3).max(1))), "", size)
}

fn mixed_text(good: &GoodMessage, size: usize) -> Result<Message> {
    let width = size / 9_400;
    extensions(good, "", &format!("<a/>{}", "x".repeat(width.saturating_sub(4).max(1))), "", size)
}

fn attributes_of_one(good: &GoodMessage, size: usize) -> Result<Message> {
    extensions(good, "<a", " a#=\"\"", "/>", size)
}

fn attributes_of_many(good: &GoodMessage, size: usize) -> Result<Message> {
    let width = (size / 19_000).saturating_sub(6).max(1);
    many_of(good, |number| format!(" a{number}=\"{}\"", "x".repeat(width)), 24, size)
}

fn attributes_alike(good: &GoodMessage, size: usize) -> Result<Message> {
    extensions(good, "<a", " a=\"\"", "/>", size)
}

fn attribute_names(good: &GoodMessage, size: usize) -> Result<Message> {
    let name = "a".repeat(size / 24 / 2);
    let each: String = (0..20).map(|number| format!(" {name}{number}=\"\"")).collect();
    extensions(good, "", &format!("<a{each}/>"), "", size)
}

fn namespaces_of_one(good: &GoodMessage, size: usize) -> Result<Message> {
    extensions(good, "<a", " xmlns:n#=\"urn:#\"", "/>", size)
}

fn namespaces_of_many(good: &GoodMessage, size: usize) -> Result<Message> {
    let width = (size / 19_000).saturating_sub(14).max(1);
    many_of(good, |number| format!(" xmlns:n{number}=\"{}\"", "u".repeat(width)), 20, size)
}

fn namespace_names(good: &GoodMessage, size: usize) -> Result<Message> {
    let name = "u".repeat(size.saturating_sub(20_000) / 2);
    extensions(good, &format!("<a xmlns:n=\"{name}\">"), "<n:a/>", "</a>", size)
}

fn prefixed_attributes(good: &GoodMessage, size: usize) -> Result<Message> {
    let declared: String = (0..18).map(|number| format!(" xmlns:n{number}=\"urn:{number}\"")).collect();
    let used: String = (0..18).map(|number| format!(" n{number}:a=\"\"")).collect();
    extensions(good, &format!("<a{declared}>"), &format!("<a{used}/>"), "</a>", size)
}

fn references(good: &GoodMessage, size: usize) -> Result<Message> {
    let unit = "<ds:Reference URI=\"#_response\"><ds:DigestMethod \
                Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>";
    in_response(good, "</ds:SignedInfo>", unit, size)
}

fn transforms(good: &GoodMessage, size: usize) -> Result<Message> {
    let unit = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>";
    in_response(good, "</ds:Transforms>", unit, size)
}

fn prefix_list(good: &GoodMessage, size: usize) -> Result<Message> {
    in_attribute(good, "PrefixList=\"", "n xs ", size)
}

fn signatures(good: &GoodMessage, size: usize) -> Result<Message> {
    let xml = good.signed(Signed::Both);
    let (_, rest) = xml.split_once("<ds:Signature ").ok_or("expected a signature")?;
    let (inside, _) = rest.split_once("</ds:Signature>").ok_or("expected a signature")?;
    response(filled(&xml, "<samlp:Status>", &format!("<ds:Signature {inside}</ds:Signature>"), size)?)
}

fn signature_value(good: &GoodMessage, size: usize) -> Result<Message> {
    in_response(good, "</ds:SignatureValue>", "AAAAAAAA", size)
}

fn digest_value(good: &GoodMessage, size: usize) -> Result<Message> {
    in_response(good, "</ds:DigestValue>", "AAAAAAAA", size)
}

fn certificate(good: &GoodMessage, size: usize) -> Result<Message> {
    in_response(good, "</ds:X509Certificate>", "AAAAAAAA", size)
}

fn certificates(good: &GoodMessage, size: usize) -> Result<Message> {
    in_response(good, "</ds:X509Data>", "<ds:X509Certificate>AAAA</ds:X509Certificate>", size)
}

fn assertions(good: &GoodMessage, size: usize) -> Result<Message> {
    let xml = good.signed(Signed::Assertion);
    let (_, rest) = xml.split_once("<saml:Assertion ").ok_or("expected an assertion")?;
    let (inside, _) = rest.split_once("</saml:Assertion>").ok_or("expected an assertion")?;
    // Each has an identifier of its own, or the second would end it.
    let (head, tail) = inside.split_once(" ID=\"").ok_or("expected an ID")?;
    let unit = format!("<saml:Assertion {head} ID=\"_#{tail}</saml:Assertion>").replace("\"#", "\"_");
    response(filled(&xml, "</samlp:Response>", &unit, size)?)
}

fn identifiers(good: &GoodMessage, size: usize) -> Result<Message> {
    let width = (size / 9_400).saturating_sub(16).max(1);
    extensions(good, "", &format!("<a ID=\"_{}#\"/>", "i".repeat(width)), "", size)
}

fn text(good: &GoodMessage, size: usize) -> Result<Message> {
    in_value(good, "many words of text; ", size)
}

fn text_of_many_bytes(good: &GoodMessage, size: usize) -> Result<Message> {
    in_value(good, "\u{10348}\u{e9}", size)
}

fn escapes(good: &GoodMessage, size: usize) -> Result<Message> {
    in_value(good, "&amp;", size)
}

fn character_references(good: &GoodMessage, size: usize) -> Result<Message> {
    in_value(good, "&#13;", size)
}

fn entities(good: &GoodMessage, size: usize) -> Result<Message> {
    in_value(good, "&lol9;", size)
}

fn entity_text(good: &GoodMessage, size: usize) -> Result<Message> {
    in_value(good, "&amp;lol9;%lol;&lt;!ENTITY lol1 \"lol\">", size)
}

fn document_type(good: &GoodMessage, size: usize) -> Result<Message> {
    let xml = good.signed(Signed::Both);
    response(between(&xml, "<samlp:Response", "<!DOCTYPE r [", "<!ENTITY e# \"e\">", "]>", size)?)
}

fn carriage_returns(good: &GoodMessage, size: usize) -> Result<Message> {
    in_value(good, "\r", size)
}

fn line_ends(good: &GoodMessage, size: usize) -> Result<Message> {
    in_value(good, "\r\n", size)
}

fn white_space_in_attribute(good: &GoodMessage, size: usize) -> Result<Message> {
    in_attribute(good, " InResponseTo=\"", "\t\n", size)
}

fn comment(good: &GoodMessage, size: usize) -> Result<Message> {
    extensions(good, "<!--", "- ", "-->", size)
}

fn comments(good: &GoodMessage, size: usize) -> Result<Message> {
    in_value(good, "<!---->", size)
}

fn character_data(good: &GoodMessage, size: usize) -> Result<Message> {
    in_value(good, "<![CDATA[]]>", size)
}

fn character_data_brackets(good: &GoodMessage, size: usize) -> Result<Message> {
    response(between(&good.signed(Signed::Both), "</saml:AttributeValue>", "<![CDATA[", "]]", "]]>", size)?)
}

fn issuer(good: &GoodMessage, size: usize) -> Result<Message> {
    in_response(good, "</saml:Issuer>", "x", size)
}

fn name_id(good: &GoodMessage, size: usize) -> Result<Message> {
    in_response(good, "</saml:NameID>", " ", size)
}

fn element_name(good: &GoodMessage, size: usize) -> Result<Message> {
    extensions(good, "<", "a", "/>", size)
}

fn last_byte(good: &GoodMessage, size: usize) -> Result<Message> {
    let mut message = in_value(good, "x", size)?;
    if let Some(last) = message.bytes.last_mut() {
        *last = 0xFF;
    }
    Ok(message)
}

fn escaped_form(good: &GoodMessage, size: usize) -> Result<Message> {
    let mut message = in_value(good, "x", size * 2 / 5)?;
    let mut body = b"SAMLResponse=".to_vec();
    let form = Message { carrier: Carrier::Response, ..message.clone() }.arriving();
    for byte in form.get(body.len()..).unwrap_or_default() {
        match byte {
            b'%' => body.push(b'%'),
            // What stands behind a percent sign stays.
            other if body.last() == Some(&b'%') || matches!(body.as_slice(), [.., b'%', _]) => body.push(*other),
            other => write!(body, "%{other:02X}")?,
        }
    }
    (message.carrier, message.bytes) = (Carrier::Body, body);
    Ok(message)
}

fn fields(_: &GoodMessage, size: usize) -> Result<Message> {
    Ok(cases::message("", 0, Carrier::Body, "a=&".repeat(2 * size / 3), "any"))
}

/// An assertion that the attacker encrypted, of the size that base64 leaves.
fn encrypted(good: &GoodMessage, size: usize) -> Result<Message> {
    let inside = between(
        &good.signed(Signed::Both),
        "<saml:Assertion",
        "<samlp:Extensions>",
        "<a/>",
        "</samlp:Extensions>",
        size * 7 / 10,
    )?;
    let data = encrypt(inside.as_bytes(), &good.keys().recipient, ContentCipher::Aes256Gcm)?;
    with_encrypted(good, &data)
}

/// As many encrypted keys as may stand in one message, each of which costs a private operation.
fn encrypted_keys(good: &GoodMessage, _: usize) -> Result<Message> {
    let data = encrypt(b"<a/>", &good.keys().recipient, ContentCipher::Aes256Gcm)?;
    let (head, rest) = data.split_once("<xenc:EncryptedKey>").ok_or("expected an encrypted key")?;
    let (key, tail) = rest.split_once("</xenc:EncryptedKey>").ok_or("expected an encrypted key")?;
    let (before, value) = key.rsplit_once("<xenc:CipherValue>").ok_or("expected a cipher value")?;
    // One letter changed: the key does not open, and the next one is tried.
    let wrong = format!("{before}<xenc:CipherValue>{}", swap_first(value));
    let keys = format!("<xenc:EncryptedKey>{wrong}</xenc:EncryptedKey>").repeat(16);
    with_encrypted(good, &format!("{head}{keys}{tail}"))
}

fn swap_first(value: &str) -> String {
    let mut letters = value.chars();
    let first = if letters.next() == Some('B') { 'C' } else { 'B' };
    std::iter::once(first).chain(letters).collect()
}

fn with_encrypted(good: &GoodMessage, data: &str) -> Result<Message> {
    let xml = good.signed(Signed::Assertion);
    let (head, rest) = xml.split_once("<saml:Assertion").ok_or("expected an assertion")?;
    let (_, tail) = rest.split_once("</saml:Assertion>").ok_or("expected an assertion")?;
    let open = format!("<saml:EncryptedAssertion xmlns:saml=\"{ASSERTION}\">");
    response(format!("{head}{open}{data}</saml:EncryptedAssertion>{tail}"))
}

/// A query that inflates to a thousand times its size.
fn deflate_bomb(_: &GoodMessage, size: usize) -> Result<Message> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![b'a'; size * 100])?;
    let mut message = cases::message("", 0, Carrier::Response, encoder.finish()?, "any");
    message.bytes = String::from_utf8(message.arriving())?.replacen("SAMLResponse", "SAMLRequest", 1).into_bytes();
    message.carrier = Carrier::Query;
    Ok(message)
}

/// Every hostile message.
pub(crate) const ALL: &[(&str, Make)] = &[
    ("hostile-deep", deep),
    ("hostile-deep-to-the-limit", deep_to_the_limit),
    ("hostile-wide", wide),
    ("hostile-wide-to-the-limit", wide_to_the_limit),
    ("hostile-mixed-text", mixed_text),
    ("hostile-attributes-of-one", attributes_of_one),
    ("hostile-attributes-of-many", attributes_of_many),
    ("hostile-attributes-alike", attributes_alike),
    ("hostile-attribute-names", attribute_names),
    ("hostile-namespaces-of-one", namespaces_of_one),
    ("hostile-namespaces-of-many", namespaces_of_many),
    ("hostile-namespace-names", namespace_names),
    ("hostile-prefixed-attributes", prefixed_attributes),
    ("hostile-references", references),
    ("hostile-transforms", transforms),
    ("hostile-prefix-list", prefix_list),
    ("hostile-signatures", signatures),
    ("hostile-signature-value", signature_value),
    ("hostile-digest-value", digest_value),
    ("hostile-certificate", certificate),
    ("hostile-certificates", certificates),
    ("hostile-assertions", assertions),
    ("hostile-identifiers", identifiers),
    ("hostile-text", text),
    ("hostile-text-of-many-bytes", text_of_many_bytes),
    ("hostile-escapes", escapes),
    ("hostile-character-references", character_references),
    ("hostile-entities", entities),
    ("hostile-entity-text", entity_text),
    ("hostile-document-type", document_type),
    ("hostile-carriage-returns", carriage_returns),
    ("hostile-line-ends", line_ends),
    ("hostile-white-space-in-attribute", white_space_in_attribute),
    ("hostile-comment", comment),
    ("hostile-comments", comments),
    ("hostile-character-data", character_data),
    ("hostile-character-data-brackets", character_data_brackets),
    ("hostile-issuer", issuer),
    ("hostile-name-id", name_id),
    ("hostile-element-name", element_name),
    ("hostile-last-byte", last_byte),
    ("hostile-escaped-form", escaped_form),
    ("hostile-fields", fields),
    ("hostile-encrypted", encrypted),
    ("hostile-encrypted-keys", encrypted_keys),
    ("hostile-deflate-bomb", deflate_bomb),
];
