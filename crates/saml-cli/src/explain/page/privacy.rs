//! What of a message is not shown: whatever may tell who it is about.
//!
//! Both lists are of what is shown. An element or an attribute that nobody thought of is masked.

use std::collections::HashSet;
use std::ops::Range;

use saml_name_id::Bsn;
use saml_protocol::namespaces::{ASSERTION, XMLDSIG};
use saml_xml::{Document, Element};

/// What is shown instead of some bytes of the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) bytes: Range<usize>,
    pub(super) instead: Instead,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instead {
    Masked,
    /// The start of a long value that nobody reads.
    Shortened,
}

/// What is masked in a message, and the values themselves, to mask them wherever they come again.
#[derive(Default)]
pub(super) struct Privacy {
    edits: Vec<Edit>,
    /// Whole values, the longest first.
    values: Vec<String>,
    /// The words with a digit in them.
    numbers: HashSet<String>,
    shows_identity: bool,
}

impl Privacy {
    /// Finds what is to be masked in `document`; nothing is where the identity was asked for.
    pub(super) fn of(document: Option<&Document>, shows_identity: bool) -> Self {
        let mut privacy = Self { shows_identity, ..Self::default() };
        if let Some(document) = document {
            for element in document.elements() {
                privacy.read(document, element);
            }
        }
        privacy.edits.sort_by_key(|edit| edit.bytes.start);
        // So that a value within a longer one does not spoil that.
        privacy.values.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        privacy.values.dedup();
        privacy.values.truncate(MOST_VALUES);
        privacy
    }

    /// Returns the edits within `bytes` in the order of the source; none overlap.
    pub(super) fn edits(&self, bytes: &Range<usize>) -> impl Iterator<Item = &Edit> {
        let first = self.edits.partition_point(|edit| edit.bytes.end <= bytes.start);
        self.edits.iter().skip(first).take_while(|edit| edit.bytes.start < bytes.end)
    }

    /// Masks in a text, which is shown, whatever was masked elsewhere, and every number that is a BSN.
    pub(super) fn redact(&self, text: &str) -> String {
        if self.shows_identity {
            return text.to_owned();
        }
        let mut shown = text.to_owned();
        for value in self.values.iter().filter(|value| text.contains(value.as_str())) {
            shown = shown.replace(value, MASK);
        }
        self.without_numbers(&shown)
    }

    /// Masks each word that was masked elsewhere, and each of nine digits, or eight, that passes the eleven-test.
    fn without_numbers(&self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        let mut word = String::new();
        for character in text.chars().map(Some).chain([None]) {
            if let Some(character) = character.filter(|character| character.is_ascii_alphanumeric()) {
                word.push(character);
                continue;
            }
            let is_secret = word.len() >= SHORTEST_SECRET && (self.numbers.contains(&word) || is_bsn(&word));
            shown.push_str(if is_secret { MASK } else { &word });
            word.clear();
            shown.extend(character);
        }
        shown
    }

    fn read(&mut self, document: &Document, element: Element<'_>) {
        let texts = texts(element);
        let is_identity = is_about_somebody(element);
        let is_shown = !is_identity && (is_plain(element) || element.namespace() == XMLDSIG);
        for bytes in texts {
            let text = document.source().get(bytes.clone()).unwrap_or_default();
            if text.trim().is_empty() {
                continue;
            }
            if !is_shown && (is_identity || !is_ciphertext(element)) {
                self.mask(text, bytes);
            } else if text.len() > LONGEST_SHOWN && !is_plain(element) {
                self.edits.push(Edit { bytes, instead: Instead::Shortened });
            }
        }
        for (attribute, bytes) in element.attributes().zip(element.attribute_value_ranges()) {
            let name = attribute.local_name;
            // A Value outside is a status; in an extension of what is known of somebody it may be anything.
            let is_shown = SHOWN_ATTRIBUTES.contains(&name) && !(is_identity && name == "Value");
            if !is_shown && !attribute.value.trim().is_empty() {
                self.mask(document.source().get(bytes.clone()).unwrap_or_default(), bytes);
            }
        }
    }

    fn mask(&mut self, text: &str, bytes: Range<usize>) {
        if self.shows_identity {
            return;
        }
        self.edits.push(Edit { bytes, instead: Instead::Masked });
        let value = text.trim();
        if value.len() >= SHORTEST_SECRET {
            self.values.push(value.to_owned());
        }
        let words = value.split(|character: char| !character.is_ascii_alphanumeric());
        let numbers = words.filter(|word| word.bytes().any(|byte| byte.is_ascii_digit()));
        self.numbers.extend(numbers.map(str::to_owned));
    }
}

/// Returns where text stands in an element: what its tags and its children leave.
fn texts(element: Element<'_>) -> Vec<Range<usize>> {
    let (whole, tag) = (element.source_range(), element.start_tag_range());
    let end = end_tag_start(element);
    let mut texts = Vec::new();
    let mut from = tag.end;
    for child in element.children().map(Element::source_range) {
        texts.push(from..child.start);
        from = child.end;
    }
    if tag.end < whole.end {
        texts.push(from..end);
    }
    texts.retain(|bytes| !bytes.is_empty());
    texts
}

/// Returns where the end tag starts: the last `</` in the element is its own.
pub(super) fn end_tag_start(element: Element<'_>) -> usize {
    let whole = element.source_range();
    element.source().rfind("</").map_or(whole.end, |at| whole.start + at)
}

fn is_about_somebody(element: Element<'_>) -> bool {
    let around = std::iter::successors(Some(element), |element| element.parent());
    around.into_iter().any(|element| ["Subject", "AttributeStatement"].contains(&element.local_name()))
}

fn is_plain(element: Element<'_>) -> bool {
    element.namespace() == ASSERTION
        && ["Audience", "AuthenticatingAuthority", "AuthnContextClassRef", "Issuer"].contains(&element.local_name())
}

/// Tells whether the text is what encryption made.
fn is_ciphertext(element: Element<'_>) -> bool {
    element.local_name() == "CipherValue" && element.namespace() == "http://www.w3.org/2001/04/xmlenc#"
}

fn is_bsn(word: &str) -> bool {
    word.len() >= 8 && Bsn::parse(&format!("{word:0>9}")).is_ok()
}

const SHOWN_ATTRIBUTES: &[&str] = &[
    "Algorithm",
    "AuthnInstant",
    "Comparison",
    "Destination",
    "Encoding",
    "Format",
    "FriendlyName",
    "ID",
    "Id",
    "InResponseTo",
    "IssueInstant",
    "Method",
    "MimeType",
    "Name",
    "NameFormat",
    "NameQualifier",
    "NotBefore",
    "NotOnOrAfter",
    "PrefixList",
    "Recipient",
    "SPNameQualifier",
    "SessionNotOnOrAfter",
    "Type",
    "URI",
    "Value",
    "Version",
    "encodingStyle",
    "mustUnderstand",
    "type",
];
pub(super) const MASK: &str = "[masked]";
/// Of digests, which are compared, all is shown; of certificates, signatures and ciphertexts the start.
const LONGEST_SHOWN: usize = 100;
/// Far more than a real message has. A value beyond is still masked where it stands.
const MOST_VALUES: usize = 256;
/// Shorter values are words that mean nothing alone, such as a country.
const SHORTEST_SECRET: usize = 6;

#[cfg(test)]
mod tests {
    use saml_xml::ParseOptions;

    use super::*;

    fn edits(xml: &str) -> Vec<String> {
        let document = Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap();
        let privacy = Privacy::of(Some(&document), false);
        privacy.edits.iter().map(|edit| xml.get(edit.bytes.clone()).unwrap().to_owned()).collect()
    }

    #[test]
    fn what_is_not_known_to_be_harmless_is_masked() {
        let xml = "<Assertion xmlns='urn:oasis:names:tc:SAML:2.0:assertion' ID='_1'><Issuer>idp</Issuer>\
                   <Subject><NameID Format='f'>a&amp;b</NameID><x Address = '10.0.0.1' Value='v'><Issuer>who</Issuer></x></Subject>\
                   <Other>o</Other><Audience>us</Audience></Assertion>";
        assert_eq!(edits(xml), ["a&amp;b", "10.0.0.1", "v", "who", "o"]);
    }

    #[test]
    fn what_was_masked_is_masked_wherever_it_comes_again() {
        let xml = "<a><b>s00000000:900026236</b></a>";
        let document = Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap();
        let privacy = Privacy::of(Some(&document), false);
        assert_eq!(privacy.redact("x 900026236 y"), "x [masked] y");
        assert_eq!(privacy.redact("(s00000000:900026236)"), "([masked])");
        assert_eq!(privacy.redact("s00000000: a900026236"), "[masked]: a900026236");
        assert_eq!(Privacy::of(Some(&document), true).redact("900026236"), "900026236");
    }

    #[test]
    fn a_bsn_is_masked_where_nobody_expects_one() {
        for (text, shown) in [
            ("900026236", "[masked]"),
            ("urn:900026236.", "urn:[masked]."),
            ("90002624", "90002624"),
            ("90002623", "[masked]"),
            ("_a900026236b", "_a900026236b"),
            ("900026237", "900026237"),
            ("2026-03-02T10:00:42.000Z", "2026-03-02T10:00:42.000Z"),
        ] {
            assert_eq!(Privacy::default().redact(text), shown);
        }
    }
}
