mod element;

use std::cmp::Ordering;
use std::fmt;

use crate::error::Error;
use crate::options::ParseOptions;
use crate::parse;

pub use element::{Attribute, Element, ElementId};

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

/// An entry of the tree; indexes are into `Document::nodes`.
pub(crate) struct Node {
    pub(crate) parent: u32,
    pub(crate) next_sibling: u32,
    pub(crate) kind: Kind,
}

/// What the tree holds, and nothing else.
pub(crate) enum Kind {
    Element(ElementData),
    Text(Span),
}

/// An element: places in the source, and indexes into the tables.
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
    /// The oldest declaration in scope of the same namespace name, which may be this one: in one place, two prefixes
    /// stand for one namespace where this is the same.
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

    /// Parses a fragment that stood, encrypted, in the place of a child of `context`: one element, whose prefixes may
    /// be declared on `context` or around it (XML Encryption 4.4).
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

    /// Returns the element that `id` was taken from.
    ///
    /// An ID says a place, not in which document: one of another document gives the element that has that place here,
    /// or `None` where none has it.
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
