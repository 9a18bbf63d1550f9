use std::cmp::Ordering;
use std::fmt;
use std::iter;

use crate::error::{Error, ErrorKind, Position};
use crate::options::ParseOptions;
use crate::parse;

/// A parsed document: read-only, in a few flat tables, with its source text.
///
/// The tree holds elements and text only. All references go by index into the tables of the same document.
pub struct Document {
    pub(crate) source: String,
    /// Text that differs from its source: references replaced, line ends normalised, pieces joined.
    pub(crate) decoded: String,
    pub(crate) nodes: Vec<Node>,
    pub(crate) attributes: Vec<AttributeData>,
    pub(crate) namespaces: Vec<NamespaceData>,
    pub(crate) root: u32,
    /// Bytes of a byte order mark that are not in `source`.
    pub(crate) skipped: usize,
}

/// The index that stands for "none".
pub(crate) const NONE: u32 = u32::MAX;
/// The index that stands for the namespace of the prefix `xml`, which needs no declaration.
pub(crate) const XML: u32 = u32::MAX - 1;
pub(crate) const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";

/// A piece of `source` or `decoded`; the highest bit of the start tells which, as no document has 2 GiB.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(crate) const fn source(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    pub(crate) const fn decoded(start: u32, end: u32) -> Self {
        Self { start: start | DECODED, end }
    }

    /// Returns where the piece stands in `source`, when it stands there as it is.
    pub(crate) const fn in_source(self) -> Option<(u32, u32)> {
        if self.start & DECODED == 0 { Some((self.start, self.end)) } else { None }
    }
}

const DECODED: u32 = 1 << 31;

/// A name as it is written: `prefix:local`, or `local`.
#[derive(Clone, Copy)]
pub(crate) struct Name {
    pub(crate) start: u32,
    /// Where the part behind the colon starts; equal to `start` without a prefix.
    pub(crate) local: u32,
    pub(crate) end: u32,
}

impl Name {
    pub(crate) const fn has_prefix(self) -> bool {
        self.local != self.start
    }
}

pub(crate) struct Node {
    pub(crate) parent: u32,
    pub(crate) next_sibling: u32,
    pub(crate) kind: Kind,
}

pub(crate) enum Kind {
    Element(ElementData),
    Text(Span),
}

pub(crate) struct ElementData {
    pub(crate) name: Name,
    pub(crate) namespace: u32,
    pub(crate) first_child: u32,
    /// Range in `Document::attributes`.
    pub(crate) attributes: (u32, u32),
    /// The newest namespace declaration in scope; the chain of `previous` leads to the older ones.
    pub(crate) scope: u32,
    /// Behind the `>` of the start tag; the `<` stands before `name`.
    pub(crate) tag_end: u32,
    /// Behind the last `>` of the element.
    pub(crate) end: u32,
    /// The start tag declares nothing and is written as Canonical XML writes it.
    pub(crate) is_canonical_start: bool,
    /// The end tag is written as Canonical XML writes it.
    pub(crate) is_canonical_end: bool,
}

impl ElementData {
    /// Returns the place of the `<` of the start tag.
    pub(crate) const fn start(&self) -> u32 {
        self.name.start - 1
    }
}

pub(crate) struct AttributeData {
    pub(crate) name: Name,
    pub(crate) namespace: u32,
    pub(crate) value: Span,
}

pub(crate) struct NamespaceData {
    /// Where the declared prefix stands in the source; empty for the default namespace.
    pub(crate) prefix: (u32, u32),
    /// What [`prefix_key`] makes of the prefix.
    pub(crate) key: u64,
    pub(crate) uri: Span,
    pub(crate) previous: u32,
    /// The oldest declaration in scope of the same namespace name, which may be this one: in one place, two prefixes stand
    /// for one namespace where this is the same.
    pub(crate) same: u32,
}

impl Document {
    /// Parses `bytes` as one well-formed, namespace-well-formed XML 1.0 document in UTF-8.
    ///
    /// Refused, whatever the options: a document type declaration, processing instructions, entities other than the
    /// five predefined ones, encodings other than UTF-8, XML 1.1, characters outside the `Char` production, relative
    /// namespace names, anything after the root element, and everything beyond [`Limits`](crate::Limits).
    ///
    /// # Errors
    /// [`Error`] with the kind and the position of the first thing that is refused.
    ///
    /// ```
    /// use saml_xml::{Document, ErrorKind, ParseOptions};
    ///
    /// let error = Document::parse(b"<a>\n<b/></a><c/>", &ParseOptions::message()).unwrap_err();
    /// assert_eq!(error.kind, ErrorKind::TrailingContent);
    /// assert_eq!((error.position.line, error.position.column), (2, 9));
    /// ```
    pub fn parse(bytes: &[u8], options: &ParseOptions) -> Result<Self, Error> {
        parse::document(bytes, options)
    }

    /// Parses a fragment that stood, encrypted, in the place of a child of `context`: one element, whose prefixes may be
    /// declared on `context` or around it (XML Encryption 4.4).
    ///
    /// # Errors
    /// [`Error`] as [`parse`](Self::parse) gives it; positions count from the start of a text that holds the fragment.
    ///
    /// ```
    /// use saml_xml::{Document, ParseOptions};
    ///
    /// let around = Document::parse(b"<p:a xmlns:p='urn:x'/>", &ParseOptions::message())?;
    /// let fragment = Document::parse_in_context(b"<p:b/>", around.root(), &ParseOptions::message())?;
    /// assert!(fragment.root().is("urn:x", "b"));
    /// # Ok::<(), saml_xml::Error>(())
    /// ```
    pub fn parse_in_context(fragment: &[u8], context: Element<'_>, options: &ParseOptions) -> Result<Self, Error> {
        parse::fragment(fragment, context, options)
    }

    /// Returns the root element.
    #[must_use]
    pub fn root(&self) -> Element<'_> {
        self.at(self.root)
    }

    /// Returns the element that `id` was taken from, or `None` when `id` is of another document.
    #[must_use]
    pub fn element(&self, id: ElementId) -> Option<Element<'_>> {
        match self.nodes.get(id.0 as usize)?.kind {
            Kind::Element(_) => Some(Element { document: self, id }),
            Kind::Text(_) => None,
        }
    }

    /// Returns the source text, without a byte order mark.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Returns all elements in document order.
    pub fn elements(&self) -> impl Iterator<Item = Element<'_>> {
        self.nodes.iter().zip(0..).filter_map(|(node, index)| {
            matches!(node.kind, Kind::Element(_)).then_some(Element { document: self, id: ElementId(index) })
        })
    }

    /// Returns a document with nothing in it, not even a root, for its tables to be used.
    pub(crate) const fn empty() -> Self {
        Self {
            source: String::new(),
            decoded: String::new(),
            nodes: Vec::new(),
            attributes: Vec::new(),
            namespaces: Vec::new(),
            root: 0,
            skipped: 0,
        }
    }

    pub(crate) fn set_root(&mut self, root: ElementId) {
        self.root = root.0;
    }

    /// Returns a handle for an index that is known to be an element's.
    pub(crate) fn at(&self, index: u32) -> Element<'_> {
        Element { document: self, id: ElementId(index) }
    }

    pub(crate) fn span(&self, span: Span) -> &str {
        match span.in_source() {
            Some(place) => self.source.get(range(place)),
            None => self.decoded.get(range((span.start & !DECODED, span.end))),
        }
        .unwrap_or_default()
    }

    pub(crate) fn prefix(&self, name: Name) -> &str {
        if name.has_prefix() { self.source.get(range((name.start, name.local - 1))).unwrap_or_default() } else { "" }
    }

    pub(crate) fn local_name(&self, name: Name) -> &str {
        self.source.get(range((name.local, name.end))).unwrap_or_default()
    }

    pub(crate) fn namespace(&self, index: u32) -> &str {
        match index {
            XML => XML_NAMESPACE,
            _ => self.namespaces.get(index as usize).map_or("", |namespace| self.span(namespace.uri)),
        }
    }

    /// Compares two attributes of one tag by namespace name and local name, as Canonical XML 1.0 2.2 orders them.
    pub(crate) fn order(&self, left: &AttributeData, right: &AttributeData) -> Ordering {
        let namespaces = if left.namespace == right.namespace {
            Ordering::Equal
        } else {
            self.namespace(left.namespace).cmp(self.namespace(right.namespace))
        };
        namespaces.then_with(|| self.local_name(left.name).cmp(self.local_name(right.name)))
    }

    /// Returns what tells the namespaces in scope of one tag apart.
    pub(crate) fn identity(&self, namespace: u32) -> u32 {
        self.namespaces.get(namespace as usize).map_or(namespace, |declared| declared.same)
    }

    pub(crate) fn declared_prefix(&self, namespace: &NamespaceData) -> &str {
        self.source.get(range(namespace.prefix)).unwrap_or_default()
    }

    /// Returns the namespace bound to `prefix` in the chain that starts at `scope`; `""` when the default is none.
    pub(crate) fn lookup(&self, scope: u32, prefix: &str) -> Option<&str> {
        self.lookup_index(scope, prefix).map(|index| self.namespace(index))
    }

    pub(crate) fn lookup_index(&self, scope: u32, prefix: &str) -> Option<u32> {
        let key = prefix_key(prefix.as_bytes());
        let mut index = scope;
        while let Some(namespace) = self.namespaces.get(index as usize) {
            if namespace.key == key && (prefix.len() <= KEY_HOLDS || self.declared_prefix(namespace) == prefix) {
                return Some(index);
            }
            index = namespace.previous;
        }
        // Nobody can declare this one otherwise (Namespaces in XML 3).
        (prefix == "xml").then_some(XML)
    }
}

impl fmt::Debug for Document {
    /// Shows the size only: the content may be about a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({} bytes, {} nodes)", self.source.len(), self.nodes.len())
    }
}

/// The place of an element in its document, to keep without borrowing the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ElementId(pub(crate) u32);

/// An element of a [`Document`].
#[derive(Clone, Copy)]
pub struct Element<'d> {
    pub(crate) document: &'d Document,
    pub(crate) id: ElementId,
}

impl<'d> Element<'d> {
    /// Returns the place of this element, to find it again with [`Document::element`].
    #[must_use]
    pub const fn id(self) -> ElementId {
        self.id
    }

    /// Tells whether this is the element `local_name` of the namespace `namespace`; the prefix plays no part.
    #[must_use]
    pub fn is(self, namespace: &str, local_name: &str) -> bool {
        self.local_name() == local_name && self.namespace() == namespace
    }

    /// Returns the name without its prefix.
    #[must_use]
    pub fn local_name(self) -> &'d str {
        self.data().map_or("", |data| self.document.local_name(data.name))
    }

    /// Returns the prefix, `""` for none.
    #[must_use]
    pub fn prefix(self) -> &'d str {
        self.data().map_or("", |data| self.document.prefix(data.name))
    }

    /// Returns the namespace name, `""` for none.
    #[must_use]
    pub fn namespace(self) -> &'d str {
        self.data().map_or("", |data| self.document.namespace(data.namespace))
    }

    /// Returns the value of the attribute `local_name` that has no namespace.
    #[must_use]
    pub fn attribute(self, local_name: &str) -> Option<&'d str> {
        let document = self.document;
        let attributes = document.attributes.get(range(self.data()?.attributes))?;
        let found = attributes
            .iter()
            .find(|attribute| !attribute.name.has_prefix() && document.local_name(attribute.name) == local_name);
        found.map(|attribute| document.span(attribute.value))
    }

    /// Returns all attributes in the order of the source, namespace declarations not among them.
    pub fn attributes(self) -> impl Iterator<Item = Attribute<'d>> {
        let document = self.document;
        self.data().and_then(|data| document.attributes.get(range(data.attributes))).unwrap_or_default().iter().map(
            move |attribute| Attribute {
                namespace: document.namespace(attribute.namespace),
                prefix: document.prefix(attribute.name),
                local_name: document.local_name(attribute.name),
                value: document.span(attribute.value),
            },
        )
    }

    /// Returns the child elements in order; text between them is left out.
    pub fn children(self) -> impl Iterator<Item = Element<'d>> {
        self.child_nodes().filter_map(move |index| self.document.element(ElementId(index)))
    }

    /// Returns the character data of this element, `""` when there is none.
    ///
    /// # Errors
    /// [`ErrorKind::ChildInText`] when the element has a child element: a reader that joins and one that takes the first
    /// piece would see different values (ATT-007).
    pub fn text(self) -> Result<&'d str, Error> {
        let mut text = "";
        for index in self.child_nodes() {
            match self.document.nodes.get(index as usize).map(|node| &node.kind) {
                Some(Kind::Text(span)) => text = self.document.span(*span),
                _ => return Err(self.error(ErrorKind::ChildInText)),
            }
        }
        Ok(text)
    }

    /// Tells whether character data other than white space stands directly in this element.
    #[must_use]
    pub fn has_text(self) -> bool {
        self.child_nodes().any(|index| match self.document.nodes.get(index as usize).map(|node| &node.kind) {
            Some(Kind::Text(span)) => !self.document.span(*span).trim_matches([' ', '\t', '\n', '\r']).is_empty(),
            _ => false,
        })
    }

    /// Returns the element that holds this one.
    #[must_use]
    pub fn parent(self) -> Option<Element<'d>> {
        let node = self.document.nodes.get(self.id.0 as usize)?;
        self.document.element(ElementId(node.parent))
    }

    /// Returns the next element that has the same parent.
    #[must_use]
    pub fn next_sibling(self) -> Option<Element<'d>> {
        let mut index = self.document.nodes.get(self.id.0 as usize)?.next_sibling;
        loop {
            match &self.document.nodes.get(index as usize)?.kind {
                Kind::Element(_) => return self.document.element(ElementId(index)),
                Kind::Text(_) => index = self.document.nodes.get(index as usize)?.next_sibling,
            }
        }
    }

    /// Returns the namespace bound to `prefix` here; `""` for an empty default namespace, `None` for no declaration.
    #[must_use]
    pub fn lookup_namespace(self, prefix: &str) -> Option<&'d str> {
        self.document.lookup(self.data()?.scope, prefix)
    }

    /// Returns the element as it stands in the source, from its `<` to behind its last `>`.
    #[must_use]
    pub fn source(self) -> &'d str {
        self.document.source.get(self.source_range()).unwrap_or_default()
    }

    /// Returns a document in UTF-8 that holds this element alone, byte for byte as it stands in the source, for a reader
    /// that is not ours.
    ///
    /// The element is the only child of an element `context`, which declares the namespaces that are in scope.
    ///
    /// ```
    /// use saml_xml::{Document, ParseOptions};
    ///
    /// let document = Document::parse(b"<a xmlns:p='urn:p'><b/><p:c d = '1'/></a>", &ParseOptions::message())?;
    /// let element = document.root().children().nth(1).unwrap();
    /// assert_eq!(element.in_context(), b"<context xmlns:p=\"urn:p\"><p:c d = '1'/></context>");
    /// # Ok::<(), saml_xml::Error>(())
    /// ```
    #[must_use]
    pub fn in_context(self) -> Vec<u8> {
        parse::inside_context(self.source().as_bytes(), self)
    }

    /// Returns the byte offsets in [`Document::source`] that the element takes.
    #[must_use]
    pub fn source_range(self) -> std::ops::Range<usize> {
        self.data().map_or(0..0, |data| range((data.start(), data.end)))
    }

    /// Returns the byte offsets in [`Document::source`] that the start tag takes; for an empty-element tag, those of all of it.
    #[must_use]
    pub fn start_tag_range(self) -> std::ops::Range<usize> {
        self.data().map_or(0..0, |data| range((data.start(), data.tag_end)))
    }

    /// Returns for each of [`attributes`](Self::attributes) the byte offsets in [`Document::source`] that its value takes, as
    /// it is written there between the quotes.
    ///
    /// ```
    /// use saml_xml::{Document, ParseOptions};
    ///
    /// let document = Document::parse(b"<a xmlns:p='urn:p' b = '&lt;' p:c=\"2\"/>", &ParseOptions::message())?;
    /// let values = document.root().attribute_value_ranges().map(|range| &document.source()[range]);
    /// assert_eq!(values.collect::<Vec<_>>(), ["&lt;", "2"]);
    /// # Ok::<(), saml_xml::Error>(())
    /// ```
    pub fn attribute_value_ranges(self) -> impl Iterator<Item = std::ops::Range<usize>> {
        let document = self.document;
        self.data().and_then(|data| document.attributes.get(range(data.attributes))).unwrap_or_default().iter().map(
            move |attribute| {
                if let Some(place) = attribute.value.in_source() {
                    return range(place);
                }
                // It was decoded, which tells not from where: it stands between the quotes behind the name.
                let name_end = attribute.name.end as usize;
                let behind = document.source.get(name_end..).unwrap_or_default();
                let quote = behind.find(['"', '\'']).unwrap_or_default();
                let value = behind.get(quote + 1..).unwrap_or_default();
                let length = behind.get(quote..=quote).and_then(|quote| value.find(quote)).unwrap_or_default();
                let start = name_end + quote + 1;
                start..start + length
            },
        )
    }

    /// Returns where the element starts.
    #[must_use]
    pub fn position(self) -> Position {
        let mut position = Position::of(self.document.source.as_bytes(), self.source_range().start);
        position.offset += self.document.skipped;
        position
    }

    /// Makes an error about this element.
    #[must_use]
    pub fn error(self, kind: ErrorKind) -> Error {
        Error { kind, position: self.position() }
    }

    /// Returns the prefix and the name of each namespace in scope, the innermost declaration of each prefix.
    pub(crate) fn namespaces_in_scope(self) -> Vec<(&'d str, &'d str)> {
        let mut found: Vec<(&str, &str)> = Vec::new();
        let mut index = self.data().map_or(NONE, |data| data.scope);
        while let Some(namespace) = self.document.namespaces.get(index as usize) {
            let prefix = self.document.declared_prefix(namespace);
            if !found.iter().any(|(known, _)| *known == prefix) {
                found.push((prefix, self.document.span(namespace.uri)));
            }
            index = namespace.previous;
        }
        found
    }

    pub(crate) fn data(self) -> Option<&'d ElementData> {
        match &self.document.nodes.get(self.id.0 as usize)?.kind {
            Kind::Element(data) => Some(data),
            Kind::Text(_) => None,
        }
    }

    fn child_nodes(self) -> impl Iterator<Item = u32> + use<'d> {
        let nodes = &self.document.nodes;
        let first = self.data().map_or(NONE, |data| data.first_child);
        iter::successors(Some(first), move |index| Some(nodes.get(*index as usize)?.next_sibling))
            .take_while(|index| *index != NONE)
    }
}

impl PartialEq for Element<'_> {
    /// Two handles are equal when they are the same element of the same document.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.document, other.document) && self.id == other.id
    }
}

impl Eq for Element<'_> {}

impl fmt::Debug for Element<'_> {
    /// Shows the name only: the content may be about a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Element({{{}}}{})", self.namespace(), self.local_name())
    }
}

/// An attribute of an [`Element`].
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Attribute<'d> {
    /// The namespace name, `""` for none.
    pub namespace: &'d str,
    /// The prefix, `""` for none.
    pub prefix: &'d str,
    /// The name without its prefix.
    pub local_name: &'d str,
    /// The value, normalised (XML 1.0 3.3.3).
    pub value: &'d str,
}

impl Attribute<'_> {
    /// Tells whether this is the attribute `local_name` of the namespace `namespace`.
    #[must_use]
    pub fn is(&self, namespace: &str, local_name: &str) -> bool {
        self.local_name == local_name && self.namespace == namespace
    }
}

pub(crate) fn range((start, end): (u32, u32)) -> std::ops::Range<usize> {
    start as usize..end as usize
}

/// Packs the start of a prefix and its length, so that prefixes of up to [`KEY_HOLDS`] bytes are compared at once.
pub(crate) fn prefix_key(prefix: &[u8]) -> u64 {
    let start = prefix.iter().take(KEY_HOLDS).fold(0, |key, byte| key << 8 | u64::from(*byte));
    start << 8 | (prefix.len() as u64 & 0xFF)
}

/// The bytes of a prefix that its key holds.
pub(crate) const KEY_HOLDS: usize = 7;
