//! The message cut into parts: each byte with the signatures that cover it.

use std::ops::Range;

use saml_protocol::namespaces::{ASSERTION, PROTOCOL, XMLDSIG};
use saml_response::{Coverage, SignaturePlace};
use saml_xml::{Document, Element};

/// Bytes that follow each other, are of one kind and are covered by the same signatures.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part<'d> {
    pub(super) bytes: Range<usize>,
    pub(super) kind: PartKind<'d>,
    /// The signatures that hold and cover these bytes, by their index in [`Coverage::signatures`], the outermost first.
    pub(super) covered_by: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PartKind<'d> {
    Content,
    /// Something that stands encrypted.
    Encrypted(Element<'d>),
    /// A `Signature` itself, without a message or an assertion that somebody put into it.
    Signature(Element<'d>),
}

/// Cuts the source of `document` at every border of a signature, of what one covers, and of what is encrypted.
pub(super) fn parts<'d>(document: &'d Document, coverage: &Coverage) -> Vec<Part<'d>> {
    let marks: Vec<(Range<usize>, PartKind<'d>)> =
        document.elements().filter_map(|element| Some((element.source_range(), kind(element)?))).collect();
    let ranges = marks.iter().map(|(bytes, _)| bytes).chain(coverage.signatures().iter().map(|place| &place.bytes));
    let mut borders: Vec<usize> = ranges.flat_map(|bytes| [bytes.start, bytes.end]).collect();
    borders.extend([0, document.source().len()]);
    borders.sort_unstable();
    borders.dedup();

    let mut parts: Vec<Part<'d>> = Vec::new();
    for bytes in borders.array_windows().map(|[start, end]| *start..*end) {
        // In document order, so that the last one around a byte is the innermost.
        let around = marks.iter().rev().find(|(around, _)| around.contains(&bytes.start));
        let kind = around.map_or(PartKind::Content, |(_, kind)| *kind);
        let covered_by = covering(coverage, bytes.start);
        match parts.last_mut().filter(|last| last.kind == kind && last.covered_by == covered_by) {
            Some(last) => last.bytes.end = bytes.end,
            None => parts.push(Part { bytes, kind, covered_by }),
        }
    }
    parts
}

/// Returns the index of each signature that holds and covers the byte at `offset`.
pub(super) fn covering(coverage: &Coverage, offset: usize) -> Vec<usize> {
    let places = coverage.signatures().iter().enumerate();
    places.filter(|(_, place): &(usize, &SignaturePlace)| place.covers(offset)).map(|(index, _)| index).collect()
}

fn kind(element: Element<'_>) -> Option<PartKind<'_>> {
    let name = element.local_name();
    if element.is(XMLDSIG, "Signature") {
        Some(PartKind::Signature(element))
    } else if element.namespace() == ASSERTION
        && ["EncryptedAssertion", "EncryptedAttribute", "EncryptedID"].contains(&name)
    {
        Some(PartKind::Encrypted(element))
    } else if element.is(ASSERTION, "Assertion") || (element.namespace() == PROTOCOL && name.ends_with("Response")) {
        // What an attacker put into a signature is shown as what it is.
        Some(PartKind::Content)
    } else {
        None
    }
}
