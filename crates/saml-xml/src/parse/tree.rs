use super::Parsed;
use super::scanner::{Scanner, Stop};
use crate::characters::has_scheme;
use crate::document::{
    AttributeData, Document, ElementData, Kind, NONE, NamespaceData, Node, Span, XML, XML_NAMESPACE, range,
};
use crate::error::ErrorKind;
use crate::options::Limits;

/// Builds the tables of a [`Document`] from tags and text in the order of the source.
pub(super) struct TreeBuilder<'s> {
    document: Document,
    source: &'s str,
    limits: Limits,
    open: Vec<Open>,
    text: PendingText,
    /// The attributes of the start tag at hand, with the offset of each.
    tag: Vec<(AttributeData, usize)>,
    /// Order of attributes by expanded name, for finding one that stands twice.
    order: Vec<u32>,
    /// Elements, pieces of text, attributes and declarations so far.
    nodes: usize,
}

struct Open {
    node: u32,
    last_child: u32,
    /// The name as written, prefix and all, which the end tag must repeat.
    name: Span,
    scope: u32,
    namespaces: usize,
}

/// Character data that is not yet a node, because more may follow (CDATA, a reference, a comment that is dropped).
#[derive(Clone, Copy)]
enum PendingText {
    None,
    /// A piece of the source that needs no change.
    Source(Span),
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
        Self {
            document,
            source,
            limits,
            open: Vec::new(),
            text: PendingText::None,
            tag: Vec::new(),
            order: Vec::new(),
            nodes: 0,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        !self.open.is_empty()
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
        let name_start = scanner.offset();
        let (prefix, local_name) = qualified_name(scanner)?;
        let name = span(name_start, scanner.offset());
        let (outer_scope, outer_namespaces) =
            self.open.last().map_or((NONE, 0), |parent| (parent.scope, parent.namespaces));
        let (scope, namespaces) = self.attributes(scanner, outer_scope, outer_namespaces)?;
        let attributes = self.keep_attributes(scope)?;
        let namespace = self.namespace_of(prefix, scope, true, name_start)?;

        let empty = scanner.eat("/");
        if !scanner.eat(">") {
            return Err(scanner.unexpected());
        }
        let source = span(start, scanner.offset());
        let data = ElementData { prefix, local_name, namespace, first_child: NONE, attributes, scope, source };
        let node = self.push(Kind::Element(data), start)?;
        if !empty {
            self.open.push(Open { node, last_child: NONE, name, scope, namespaces });
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
        if !scanner.eat(self.text_of(open.name)) {
            return Err(mismatch);
        }
        scanner.skip_space();
        if !scanner.eat(">") {
            return Err(if scanner.peek().is_none() { scanner.unexpected() } else { mismatch });
        }
        if let Some(Node { kind: Kind::Element(data), .. }) = self.document.nodes.get_mut(open.node as usize) {
            data.source.end = index(scanner.offset());
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
                    scanner.line_end();
                    self.decoded_text().push('\n');
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
                    scanner.line_end();
                    self.decoded_text().push('\n');
                }
                Stop::End | Stop::Reference => return Err((ErrorKind::UnexpectedEnd, scanner.offset())),
            }
        }
    }

    /// Reads the attributes of a tag; returns the scope of the element and the number of declarations in it.
    fn attributes(&mut self, scanner: &mut Scanner<'_>, mut scope: u32, mut count: usize) -> Parsed<(u32, usize)> {
        self.tag.clear();
        let outer = scope;
        loop {
            let had_space = scanner.skip_space();
            match scanner.peek() {
                Some(b'/' | b'>') => return Ok((scope, count)),
                Some(_) if had_space => {}
                _ => return Err(scanner.unexpected()),
            }
            let start = scanner.offset();
            self.count_node(start)?;
            let (prefix, local_name) = qualified_name(scanner)?;
            scanner.equals()?;
            let value = self.value(scanner)?;
            let declared = match (self.text_of(prefix), self.text_of(local_name)) {
                ("", "xmlns") => Some(span(start, start)),
                ("xmlns", _) => Some(local_name),
                _ => None,
            };
            if let Some(prefix) = declared {
                count += 1;
                if count > self.limits.namespaces {
                    return Err((ErrorKind::TooManyNamespaces, start));
                }
                scope = self.declare(prefix, value, scope, outer, start)?;
            } else {
                if self.tag.len() >= self.limits.attributes {
                    return Err((ErrorKind::TooManyAttributes, start));
                }
                self.tag.push((AttributeData { prefix, local_name, namespace: NONE, value }, start));
            }
        }
    }

    /// Adds a namespace declaration to the chain that starts at `scope`; `outer` is where the parent's begins.
    fn declare(&mut self, prefix: Span, uri: Span, scope: u32, outer: u32, start: usize) -> Parsed<u32> {
        let (prefix_text, uri_text) = (self.document.span(prefix), self.document.span(uri));
        match (prefix_text, uri_text) {
            // Namespaces in XML 3: xml may be declared as what it is; it needs no entry.
            ("xml", XML_NAMESPACE) => return Ok(scope),
            ("xml" | "xmlns", _) | (_, XML_NAMESPACE | XMLNS_NAMESPACE) => {
                return Err((ErrorKind::BadNamespace, start));
            }
            ("", "") => {}
            (_, uri) if has_scheme(uri) => {}
            _ => return Err((ErrorKind::BadNamespace, start)),
        }
        let mut own = scope;
        while own != outer
            && let Some(namespace) = self.document.namespaces.get(own as usize)
        {
            if self.document.span(namespace.prefix) == prefix_text {
                return Err((ErrorKind::DuplicateAttribute, start));
            }
            own = namespace.previous;
        }
        let declared = index(self.document.namespaces.len());
        self.document.namespaces.push(NamespaceData { prefix, uri, previous: scope });
        Ok(declared)
    }

    /// Resolves the prefixes of the tag's attributes, refuses doubles, and moves them into the document.
    fn keep_attributes(&mut self, scope: u32) -> Parsed<(u32, u32)> {
        let first = index(self.document.attributes.len());
        let mut tag = std::mem::take(&mut self.tag);
        for (mut attribute, start) in tag.drain(..) {
            attribute.namespace = self.namespace_of(attribute.prefix, scope, false, start)?;
            self.document.attributes.push(attribute);
        }
        self.tag = tag;
        let kept = (first, index(self.document.attributes.len()));
        self.refuse_doubles(kept)?;
        Ok(kept)
    }

    /// Refuses two attributes with one expanded name (Namespaces in XML 6.3), in less than quadratic time (ATT-017).
    fn refuse_doubles(&mut self, attributes: (u32, u32)) -> Parsed<()> {
        let document = &self.document;
        let name = |at: &u32| {
            document
                .attributes
                .get(*at as usize)
                .map(|attribute| (document.span(attribute.local_name), document.namespace(attribute.namespace)))
        };
        self.order.clear();
        self.order.extend(attributes.0..attributes.1);
        self.order.sort_unstable_by(|left, right| name(left).cmp(&name(right)));
        let twice = self.order.array_windows().find(|[left, right]| name(left) == name(right));
        match twice.and_then(|[left, right]| document.attributes.get(*left.max(right) as usize)) {
            Some(attribute) => Err((ErrorKind::DuplicateAttribute, attribute.local_name.start as usize)),
            None => Ok(()),
        }
    }

    fn namespace_of(&self, prefix: Span, scope: u32, is_element: bool, start: usize) -> Parsed<u32> {
        match self.document.span(prefix) {
            "" if !is_element => Ok(NONE),
            "" => Ok(self.document.lookup_index(scope, "").unwrap_or(NONE)),
            "xml" => Ok(XML),
            prefix => self.document.lookup_index(scope, prefix).ok_or((ErrorKind::UnboundPrefix, start)),
        }
    }

    /// Reads a quoted value and normalises it as CDATA type (XML 1.0 3.3.3).
    fn value(&mut self, scanner: &mut Scanner<'_>) -> Parsed<Span> {
        let quote = scanner.quote()?;
        let start = scanner.offset();
        let mut stop = scanner.value_run(quote)?;
        if stop == Stop::Delimiter {
            let value = span(start, scanner.offset());
            scanner.advance(1);
            return Ok(value);
        }
        let decoded_start = index(self.document.decoded.len());
        self.document.decoded.push_str(scanner.slice(start, scanner.offset()));
        loop {
            match stop {
                Stop::Delimiter => break,
                Stop::End => return Err(scanner.unexpected()),
                Stop::Reference => {
                    let character = scanner.reference()?;
                    self.document.decoded.push(character);
                }
                Stop::WhiteSpace => {
                    scanner.line_end();
                    self.document.decoded.push(' ');
                }
            }
            let run = scanner.offset();
            stop = scanner.value_run(quote)?;
            self.document.decoded.push_str(scanner.slice(run, scanner.offset()));
        }
        scanner.advance(1);
        Ok(Span { start: decoded_start, end: index(self.document.decoded.len()), decoded: true })
    }

    fn add_source(&mut self, start: usize, end: usize) {
        if start == end {
            return;
        }
        match self.text {
            PendingText::None => self.text = PendingText::Source(span(start, end)),
            PendingText::Source(_) | PendingText::Decoded(_) => {
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
            PendingText::Source(so_far) => {
                self.text = PendingText::Decoded(index(decoded.len()));
                let piece = self.source.get(range((so_far.start, so_far.end))).unwrap_or_default();
                decoded.push_str(piece);
            }
        }
        decoded
    }

    fn flush_text(&mut self) -> Parsed<()> {
        let text = match std::mem::replace(&mut self.text, PendingText::None) {
            PendingText::None => return Ok(()),
            PendingText::Source(text) => text,
            PendingText::Decoded(start) => Span { start, end: index(self.document.decoded.len()), decoded: true },
        };
        let offset = if text.decoded { self.open.last().map_or(0, |open| open.name.end) } else { text.start };
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

    fn text_of(&self, name: Span) -> &'s str {
        self.source.get(range((name.start, name.end))).unwrap_or_default()
    }
}

/// Reads a `QName` (Namespaces in XML production 7).
fn qualified_name(scanner: &mut Scanner<'_>) -> Parsed<(Span, Span)> {
    let (start, end) = scanner.ncname()?;
    if scanner.peek() != Some(b':') {
        return Ok((span(start, start), span(start, end)));
    }
    scanner.advance(1);
    let (local_start, local_end) = scanner.ncname()?;
    if scanner.peek() == Some(b':') {
        return Err((ErrorKind::BadName, start));
    }
    Ok((span(start, end), span(local_start, local_end)))
}

fn span(start: usize, end: usize) -> Span {
    Span { start: index(start), end: index(end), decoded: false }
}

/// Narrows an offset or a table length; both are below the 1 GiB that the parser accepts.
fn index(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(NONE)
}

const XMLNS_NAMESPACE: &str = "http://www.w3.org/2000/xmlns/";
