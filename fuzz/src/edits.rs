use std::ops::Range;

use saml_xml::{Canonicalization, Document, Element, ParseOptions, canonicalize};

/// Edits of a message that bytes choose: what an attacker without key can do to it.
///
/// The bytes are read from the front; where they end, so do the edits.
pub struct Edits<'a> {
    bytes: &'a [u8],
}

impl<'a> Edits<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Picks one of `all`.
    pub fn pick<'t, T>(&mut self, all: &'t [T]) -> Option<&'t T> {
        let [high, low, rest @ ..] = self.bytes else { return None };
        self.bytes = rest;
        all.get(usize::from(u16::from_be_bytes([*high, *low])) % all.len().max(1))
    }

    /// Applies the edits to `xml`, as long as it stays well-formed; `others` are messages to take parts from.
    pub fn apply(mut self, xml: &str, others: &[Vec<u8>]) -> String {
        let mut xml = xml.to_owned();
        for _ in 0..MOST_EDITS {
            match self.edit(&xml, others) {
                Some(edited) => xml = edited,
                None => break,
            }
        }
        xml
    }

    fn edit(&mut self, xml: &str, others: &[Vec<u8>]) -> Option<String> {
        let document = Document::parse(xml.as_bytes(), &ParseOptions::metadata()).ok()?;
        let source = document.source();
        let elements: Vec<Element<'_>> = document.elements().collect();
        let [operation, rest @ ..] = self.bytes else { return None };
        self.bytes = rest;
        let target = *self.pick(&elements)?;
        let at = target.source_range();
        let edited = match operation % OPERATIONS {
            0 => splice(source, at, ""),
            1 => {
                let other = self.part(&elements)?;
                splice(source, end_of_content(target), &other)
            }
            2 => {
                let other = self.part(&elements)?;
                splice(source, start_of_content(target), &other)
            }
            3 => {
                let other = self.part(&elements)?;
                splice(source, at.start..at.start, &other)
            }
            4 => {
                let other = self.part(&elements)?;
                splice(source, at.end..at.end, &other)
            }
            5 => {
                let other = self.part(&elements)?;
                splice(source, at, &other)
            }
            6 => swap(source, at, self.pick(&elements)?.source_range())?,
            7 => {
                // Moves it into another one, or before it.
                let other = self.pick(&elements)?.source_range();
                let part = source.get(at.clone())?;
                let place = if other.start < at.start { other.start } else { other.end };
                if place > at.start && place < at.end {
                    return None;
                }
                if place <= at.start {
                    splice(&splice(source, at.clone(), ""), place..place, part)
                } else {
                    splice(&splice(source, place..place, part), at, "")
                }
            }
            8 => {
                let name = *self.pick(&NAMES)?;
                rename(source, target, name)
            }
            9 => {
                let name = *self.pick(&ATTRIBUTES)?;
                let value = self.value(&elements)?;
                set_attribute(source, target, name, &value)
            }
            10 => {
                let name = *self.pick(&ATTRIBUTES)?;
                let tag = without_attribute(start_tag(target.source()), name);
                splice(source, at.start..at.start + start_tag(target.source()).len(), &tag)
            }
            11 => {
                let piece = *self.pick(&PIECES)?;
                let content = start_of_content(target).start..end_of_content(target).end;
                let offset = *self.pick(&[0, 1, 2, 3, 5, 8, 12, 13, 19, usize::MAX])?;
                let mut place = content.start.saturating_add(offset).min(content.end);
                while !source.is_char_boundary(place) {
                    place -= 1;
                }
                splice(source, place..place, piece)
            }
            12 => {
                let value = self.value(&elements)?;
                splice(source, start_of_content(target).start..end_of_content(target).end, &value)
            }
            13 => {
                let name = *self.pick(&NAMES)?;
                let attribute = *self.pick(&["", " ID=\"_forged\"", " Id=\"_x\""])?;
                let end = name.split(' ').next().unwrap_or_default();
                splice(source, at.clone(), &format!("<{name}{attribute}>{}</{end}>", source.get(at)?))
            }
            14 => {
                let declaration = *self.pick(&DECLARATIONS)?;
                let name_end = at.start + 1 + name_of(target.source()).len();
                splice(source, name_end..name_end, declaration)
            }
            _ => {
                let other = self.pick(others)?;
                let other = Document::parse(other, &ParseOptions::metadata()).ok()?;
                let elements: Vec<Element<'_>> = other.elements().collect();
                let other = self.part(&elements)?;
                splice(source, at.start..at.start, &other)
            }
        };
        Some(edited)
    }

    /// Picks an element, as it stands there or with the namespaces that it needs.
    fn part(&mut self, elements: &[Element<'_>]) -> Option<String> {
        let element = *self.pick(elements)?;
        if *self.pick(&[true, false])? {
            return Some(element.source().to_owned());
        }
        let mut octets = Vec::new();
        canonicalize(element, &Canonicalization { without: None, inclusive_prefixes: &["xs"] }, &mut octets);
        String::from_utf8(octets).ok()
    }

    /// Picks a value: a fixed one, or one that stands in the message.
    fn value(&mut self, elements: &[Element<'_>]) -> Option<String> {
        let fixed = *self.pick(&VALUES)?;
        if !fixed.is_empty() {
            return Some(fixed.to_owned());
        }
        let element = *self.pick(elements)?;
        let mut values: Vec<String> = element.attributes().map(|attribute| attribute.value.to_owned()).collect();
        values.extend(element.text().map(str::to_owned));
        values.extend(element.attribute("ID").map(|id| format!("#{id}")));
        let value = self.pick(&values)?;
        Some(value.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;"))
    }
}

fn splice(xml: &str, range: Range<usize>, new: &str) -> String {
    let mut edited = xml.to_owned();
    edited.replace_range(range, new);
    edited
}

fn swap(xml: &str, one: Range<usize>, other: Range<usize>) -> Option<String> {
    let (first, second) = if one.start < other.start { (one, other) } else { (other, one) };
    if first.end > second.start {
        return None;
    }
    let (front, back) = (xml.get(first.clone())?, xml.get(second.clone())?);
    Some(splice(&splice(xml, second, front), first, back))
}

fn start_tag(element: &str) -> &str {
    let mut quote = None;
    for (at, byte) in element.bytes().enumerate() {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'>') => return &element[..=at],
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    element
}

fn name_of(element: &str) -> &str {
    let name = &element[1..];
    let end = name.find([' ', '\t', '\r', '\n', '/', '>']).unwrap_or(name.len());
    &name[..end]
}

/// Returns the place behind the start tag; of an empty-element tag, the place behind the element.
fn start_of_content(element: Element<'_>) -> Range<usize> {
    let at = element.source_range().start + start_tag(element.source()).len();
    at..at
}

fn end_of_content(element: Element<'_>) -> Range<usize> {
    let source = element.source();
    let length = if start_tag(source).len() == source.len() { source.len() } else { source.rfind("</").unwrap_or(0) };
    let at = element.source_range().start + length;
    at..at
}

fn rename(xml: &str, element: Element<'_>, name: &str) -> String {
    let (source, at) = (element.source(), element.source_range());
    let old = name_of(source).len();
    let renamed = if start_tag(source).len() == source.len() {
        format!("<{name}{}", &source[1 + old..])
    } else {
        let end = source.rfind("</").unwrap_or(source.len());
        let short = name.split(' ').next().unwrap_or_default();
        format!("<{name}{}</{short}>", &source[1 + old..end])
    };
    splice(xml, at, &renamed)
}

fn set_attribute(xml: &str, element: Element<'_>, name: &str, value: &str) -> String {
    let tag = start_tag(element.source());
    let mut new = without_attribute(tag, name);
    new.insert_str(1 + name_of(tag).len(), &format!(" {name}=\"{value}\""));
    let start = element.source_range().start;
    splice(xml, start..start + tag.len(), &new)
}

fn without_attribute(tag: &str, name: &str) -> String {
    let found = ['"', '\''].into_iter().find_map(|quote| {
        let start = tag.find(&format!(" {name}={quote}"))?;
        let value = start + name.len() + 3;
        Some(start..value + tag[value..].find(quote)? + 1)
    });
    found.map_or_else(|| tag.to_owned(), |range| splice(tag, range, ""))
}

const MOST_EDITS: usize = 8;
const OPERATIONS: u8 = 16;

/// Elements to rename to or to wrap in.
const NAMES: [&str; 16] = [
    "samlp:Response",
    "saml:Assertion",
    "saml:EncryptedAssertion",
    "saml:Advice",
    "saml:Subject",
    "saml:NameID",
    "saml:Issuer",
    "samlp:Extensions",
    "samlp:Status",
    "ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"",
    "ds:Object xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"",
    "ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"",
    "ds:Reference xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"",
    "ds:Transform xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"",
    "samlp:ArtifactResponse",
    "x",
];

const ATTRIBUTES: [&str; 16] = [
    "ID",
    "Id",
    "xml:id",
    "URI",
    "Algorithm",
    "PrefixList",
    "Destination",
    "Recipient",
    "InResponseTo",
    "IssueInstant",
    "NotOnOrAfter",
    "NotBefore",
    "Name",
    "Value",
    "Format",
    "NameQualifier",
];

/// Values; the empty one stands for a value out of the message.
const VALUES: [&str; 10] = [
    "",
    "",
    "",
    "",
    crate::FORGED,
    "_forged",
    "#_forged",
    "2026-03-02T10:00:42Z",
    "http://www.w3.org/2001/10/xml-exc-c14n#",
    "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
];

/// What is put into text.
const PIECES: [&str; 12] = [
    "<!---->",
    "<!-- -->",
    "<?x?>",
    "<![CDATA[]]>",
    "<![CDATA[1]]>",
    "&#x31;",
    "&#13;",
    "\r\n",
    " ",
    "1",
    "<x/>",
    "\u{feff}",
];

const DECLARATIONS: [&str; 6] = [
    " xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"",
    " xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:protocol\"",
    " xmlns:saml=\"urn:x\"",
    " xmlns:xs=\"urn:x\"",
    " xmlns:ds=\"urn:x\"",
    " xmlns=\"\"",
];
