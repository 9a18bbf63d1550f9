//! The text of a part in lines, with what is masked in it.

use std::ops::Range;

use saml_xml::Document;

use super::privacy::{Instead, MASK, Privacy, end_tag_start};

/// A line on the page. A message is often one line; a tag begins another where the message has none.
pub(super) struct Line {
    /// How deep it stands, as a class of the style sheet.
    pub(super) depth: usize,
    pub(super) pieces: Vec<Piece>,
}

/// Text that is shown in one way.
pub(super) struct Piece {
    pub(super) text: String,
    /// `masked`, `shortened`, or nothing.
    pub(super) class: &'static str,
}

/// Where lines begin, in the order of the source.
pub(super) struct Breaks(Vec<(usize, usize)>);

impl Breaks {
    pub(super) fn of(document: &Document) -> Self {
        let source = document.source();
        let mut breaks = Vec::new();
        for element in document.elements() {
            let depth = std::iter::successors(element.parent(), |parent| parent.parent()).count().min(DEEPEST);
            breaks.push((element.source_range().start, depth));
            if element.children().next().is_some() {
                breaks.push((end_tag_start(element), depth));
            }
        }
        // Where the message has a line break itself, none is made.
        breaks.retain(|(at, _)| !source.get(..*at).unwrap_or_default().ends_with(char::is_whitespace));
        breaks.sort_unstable();
        Self(breaks)
    }

    /// Returns the text of `bytes` in lines.
    pub(super) fn lines(&self, document: &Document, bytes: Range<usize>, privacy: &Privacy) -> Vec<Line> {
        let behind = self.0.partition_point(|(at, _)| *at <= bytes.start);
        let end = self.0.partition_point(|(at, _)| *at < bytes.end);
        let first = behind.checked_sub(1).and_then(|before| self.0.get(before)).map_or(0, |(_, depth)| *depth);
        let inside = self.0.get(behind..end).unwrap_or_default();
        let starts = std::iter::once((bytes.start, first)).chain(inside.iter().copied());
        let ends = inside.iter().map(|(at, _)| *at).chain([bytes.end]);
        starts
            .zip(ends)
            .map(|((start, depth), end)| Line { depth, pieces: pieces(document, start..end, privacy) })
            .collect()
    }
}

fn pieces(document: &Document, bytes: Range<usize>, privacy: &Privacy) -> Vec<Piece> {
    let source = |bytes: Range<usize>| document.source().get(bytes).unwrap_or_default();
    let plain = |bytes| Piece { text: privacy.redact(source(bytes)), class: "" };
    let mut pieces = Vec::new();
    let mut at = bytes.start;
    for edit in privacy.edits(&bytes) {
        let (start, end) = (edit.bytes.start.max(at), edit.bytes.end.min(bytes.end));
        pieces.push(plain(at..start));
        pieces.push(match edit.instead {
            Instead::Masked => Piece { text: MASK.to_owned(), class: "masked" },
            Instead::Shortened => {
                let text: String = source(start..end).chars().take(SHOWN_OF_LONG).collect();
                Piece { text: format!("{}… [{} characters]", privacy.redact(&text), end - start), class: "shortened" }
            }
        });
        at = end;
    }
    pieces.push(plain(at..bytes.end));
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

/// The style sheet has a class for each depth up to this.
const DEEPEST: usize = 10;
const SHOWN_OF_LONG: usize = 24;
