mod tag;

use super::Parsed;
use super::scanner::{Scanner, Stop, index};
use crate::document::{Document, ElementData, Kind, NONE, Name, Node, Span, range};
use crate::error::ErrorKind;
use crate::options::Limits;

/// Builds the tables of a [`Document`] from tags and text in the order of the source.
pub(super) struct TreeBuilder<'s> {
    document: Document,
    source: &'s str,
    limits: Limits,
    open: Vec<Open>,
    text: PendingText,
    /// Elements, pieces of text, attributes and declarations so far.
    nodes: usize,
}

struct Open {
    node: u32,
    last_child: u32,
    /// What the end tag must repeat.
    name: Name,
    scope: u32,
    namespaces: usize,
}

/// Character data that is not yet a node, because more may follow (CDATA, a reference, a comment that is dropped).
#[derive(Clone, Copy)]
enum PendingText {
    None,
    /// A piece of the source that needs no change.
    Source(u32, u32),
    /// Text that ends the buffer of decoded text, from this offset on.
    Decoded(u32),
}

impl<'s> TreeBuilder<'s> {
    pub(super) fn new(source: &'s str, limits: Limits) -> Self {
        // Real messages have a node for every 60 to 90 bytes; the tables grow where a document has more.
        let nodes = (source.len() / 48).min(limits.nodes);
        let document = Document {
            source: source.to_owned(),
            decoded: String::new(),
            nodes: Vec::with_capacity(nodes),
            attributes: Vec::with_capacity(nodes),
            namespaces: Vec::with_capacity(16),
            root: 0,
            skipped: 0,
        };
        Self { document, source, limits, open: Vec::new(), text: PendingText::None, nodes: 0 }
    }

    /// Starts anew in the tables of a document that is no longer needed.
    pub(super) fn reusing(mut document: Document, source: &'s str, limits: Limits) -> Self {
        document.source.clear();
        document.source.push_str(source);
        document.decoded.clear();
        document.nodes.clear();
        document.attributes.clear();
        document.namespaces.clear();
        Self { document, source, limits, open: Vec::new(), text: PendingText::None, nodes: 0 }
    }

    pub(super) fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Tells whether a child of the root has ended here that had not when `mark` was made.
    pub(super) fn has_whole_child(&self, mark: &Mark) -> bool {
        self.open.len() == 1 && self.document.nodes.len() > mark.nodes && matches!(self.text, PendingText::None)
    }

    /// Remembers what there is, the cursor being at `offset`.
    pub(super) fn mark(&self, offset: usize) -> Mark {
        Mark {
            offset,
            nodes: self.document.nodes.len(),
            attributes: self.document.attributes.len(),
            namespaces: self.document.namespaces.len(),
            decoded: self.document.decoded.len(),
            last_child: self.open.first().map_or(NONE, |root| root.last_child),
        }
    }

    /// Forgets what came after `mark`.
    pub(super) fn cut(mut self, mark: &Mark) -> Document {
        let document = &mut self.document;
        document.source.truncate(mark.offset);
        document.decoded.truncate(mark.decoded);
        document.nodes.truncate(mark.nodes);
        document.attributes.truncate(mark.attributes);
        document.namespaces.truncate(mark.namespaces);
        if let Some(last) = document.nodes.get_mut(mark.last_child as usize) {
            last.next_sibling = NONE;
        }
        self.document
    }

    pub(super) fn finish(self) -> Document {
        self.document
    }

    /// Reads a start tag or an empty-element tag, the cursor being at its `<`.
    pub(super) fn start_tag(&mut self, scanner: &mut Scanner<'_>) -> Parsed<()> {
        self.flush_text()?;
        let start = scanner.offset();
        if self.open.len() >= self.limits.depth {
            return Err((ErrorKind::TooDeep, start));
        }
        scanner.advance(1);
        let name = scanner.qualified_name()?;
        let (outer_scope, outer_namespaces) =
            self.open.last().map_or((NONE, 0), |parent| (parent.scope, parent.namespaces));
        let tag = self.attributes(scanner, outer_scope, outer_namespaces)?;
        let is_sorted = self.resolve_attributes(tag.first_attribute, tag.scope)?;
        let attributes = (tag.first_attribute, index(self.document.attributes.len()));
        let namespace = self.namespace_of(name, tag.scope, true)?;

        let empty = scanner.eat("/");
        if !scanner.eat(">") {
            return Err(scanner.unexpected());
        }
        let end = index(scanner.offset());
        let data = ElementData {
            name,
            namespace,
            first_child: NONE,
            attributes,
            scope: tag.scope,
            tag_end: end,
            end,
            is_canonical_start: tag.is_canonical && is_sorted && !empty,
            is_canonical_end: false,
        };
        let node = self.push(Kind::Element(data), start)?;
        if !empty {
            self.open.push(Open { node, last_child: NONE, name, scope: tag.scope, namespaces: tag.namespaces });
        }
        Ok(())
    }

    /// Reads an end tag, the cursor being at its `</`.
    pub(super) fn end_tag(&mut self, scanner: &mut Scanner<'_>) -> Parsed<()> {
        self.flush_text()?;
        let start = scanner.offset();
        let mismatch = (ErrorKind::MismatchedEnd, start);
        let open = self.open.pop().ok_or(mismatch)?;
        scanner.advance(2);
        if !scanner.eat_bytes(self.bytes(open.name.start, open.name.end)) {
            return Err(mismatch);
        }
        let had_space = scanner.skip_space();
        if !scanner.eat(">") {
            return Err(if scanner.peek().is_none() { scanner.unexpected() } else { mismatch });
        }
        if let Some(Node { kind: Kind::Element(data), .. }) = self.document.nodes.get_mut(open.node as usize) {
            data.end = index(scanner.offset());
            data.is_canonical_end = !had_space;
        }
        Ok(())
    }

    /// Reads character data up to the next `<`.
    pub(super) fn text(&mut self, scanner: &mut Scanner<'_>) -> Parsed<()> {
        loop {
            let start = scanner.offset();
            let stop = scanner.text_run()?;
            self.add_source(start, scanner.offset());
            match stop {
                Stop::Delimiter | Stop::End => return Ok(()),
                Stop::Reference => {
                    let character = scanner.reference()?;
                    self.decoded_text().push(character);
                }
                Stop::WhiteSpace => {
                    let lines = scanner.white_space(|byte| matches!(byte, b'\r' | b'\n'));
                    push_repeated(self.decoded_text(), "\n", lines);
                }
            }
        }
    }

    /// Reads a CDATA section: plain text from then on (ATT-006).
    pub(super) fn cdata(&mut self, scanner: &mut Scanner<'_>) -> Parsed<()> {
        scanner.eat("<![CDATA[");
        loop {
            let start = scanner.offset();
            let stop = scanner.cdata_run()?;
            self.add_source(start, scanner.offset());
            match stop {
                Stop::Delimiter => {
                    scanner.eat("]]>");
                    return Ok(());
                }
                Stop::WhiteSpace => {
                    let lines = scanner.white_space(|byte| matches!(byte, b'\r' | b'\n'));
                    push_repeated(self.decoded_text(), "\n", lines);
                }
                Stop::End | Stop::Reference => return Err((ErrorKind::UnexpectedEnd, scanner.offset())),
            }
        }
    }

    fn add_source(&mut self, start: usize, end: usize) {
        if start == end {
            return;
        }
        match self.text {
            PendingText::None => self.text = PendingText::Source(index(start), index(end)),
            PendingText::Source(..) | PendingText::Decoded(_) => {
                let piece = self.source.get(start..end).unwrap_or_default();
                self.decoded_text().push_str(piece);
            }
        }
    }

    /// Returns the buffer of decoded text, with the pending text at its end.
    fn decoded_text(&mut self) -> &mut String {
        let decoded = &mut self.document.decoded;
        match self.text {
            PendingText::Decoded(_) => {}
            PendingText::None => self.text = PendingText::Decoded(index(decoded.len())),
            PendingText::Source(start, end) => {
                self.text = PendingText::Decoded(index(decoded.len()));
                decoded.push_str(self.source.get(range((start, end))).unwrap_or_default());
            }
        }
        decoded
    }

    fn flush_text(&mut self) -> Parsed<()> {
        let (text, offset) = match std::mem::replace(&mut self.text, PendingText::None) {
            PendingText::None => return Ok(()),
            PendingText::Source(start, end) => (Span::source(start, end), start),
            PendingText::Decoded(start) => {
                let parent = self.open.last().map_or(0, |open| open.name.end);
                (Span::decoded(start, index(self.document.decoded.len())), parent)
            }
        };
        self.push(Kind::Text(text), offset as usize).map(|_| ())
    }

    /// Adds a node behind the children of the open element.
    fn push(&mut self, kind: Kind, offset: usize) -> Parsed<u32> {
        self.count_node(offset)?;
        let node = index(self.document.nodes.len());
        let parent = self.open.last_mut().map_or(NONE, |parent| {
            let before = std::mem::replace(&mut parent.last_child, node);
            match self.document.nodes.get_mut(before as usize) {
                Some(sibling) => sibling.next_sibling = node,
                None => {
                    if let Some(Node { kind: Kind::Element(data), .. }) =
                        self.document.nodes.get_mut(parent.node as usize)
                    {
                        data.first_child = node;
                    }
                }
            }
            parent.node
        });
        self.document.nodes.push(Node { parent, next_sibling: NONE, kind });
        Ok(node)
    }

    fn count_node(&mut self, offset: usize) -> Parsed<()> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes { Err((ErrorKind::TooManyNodes, offset)) } else { Ok(()) }
    }

    fn bytes(&self, start: u32, end: u32) -> &'s [u8] {
        self.source.as_bytes().get(range((start, end))).unwrap_or_default()
    }
}

/// Appends `piece` so many times; a megabyte of line ends is copied and not pushed one by one.
fn push_repeated(text: &mut String, piece: &str, times: usize) {
    if times == 1 {
        text.push_str(piece);
    } else {
        text.push_str(&piece.repeat(times));
    }
}

/// How far the tables were, right behind a child of the root.
pub(super) struct Mark {
    pub(super) offset: usize,
    nodes: usize,
    attributes: usize,
    namespaces: usize,
    decoded: usize,
    last_child: u32,
}
