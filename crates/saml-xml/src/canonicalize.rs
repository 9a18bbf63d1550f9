use crate::document::{
    AttributeData, Document, Element, ElementData, ElementId, KEY_HOLDS, Kind, NONE, Name, Span, prefix_key, range,
};
use crate::escape;

/// How an element is brought into canonical form.
#[derive(Clone, Copy, Debug, Default)]
pub struct Canonicalization<'a> {
    /// The descendant that is left out: the signature that the enveloped-signature transform removes.
    pub without: Option<ElementId>,
    /// The prefixes of `InclusiveNamespaces/@PrefixList`; `#default` stands for the default namespace.
    ///
    /// Prefixes that are not in scope are passed over, as real DigiD messages name some.
    pub inclusive_prefixes: &'a [&'a str],
}

/// Appends the canonical form of `element` to `out` (Exclusive XML Canonicalization 1.0, without comments).
///
/// ```
/// use saml_xml::{Canonicalization, Document, ParseOptions, canonicalize};
///
/// let document = Document::parse(b"<a xmlns='urn:x' xmlns:unused='urn:y' c = '1' b='2'/>", &ParseOptions::message())?;
/// let mut canonical = Vec::new();
/// canonicalize(document.root(), &Canonicalization::default(), &mut canonical);
/// assert_eq!(canonical, b"<a xmlns=\"urn:x\" b=\"2\" c=\"1\"></a>");
/// # Ok::<(), saml_xml::Error>(())
/// ```
pub fn canonicalize(element: Element<'_>, options: &Canonicalization<'_>, out: &mut Vec<u8>) {
    out.reserve(element.source_range().len() + ROOM_FOR_DECLARATIONS);
    let mut walk = Walk {
        document: element.document,
        options,
        rendered: Vec::new(),
        declarations: Vec::new(),
        pending: (0, 0),
        out,
    };
    walk.run(element.id());
    walk.flush();
}

struct Walk<'a, 'd> {
    document: &'d Document,
    options: &'a Canonicalization<'a>,
    /// The declarations written for the open elements, oldest first.
    rendered: Vec<Declaration<'d>>,
    /// The declarations of the element at hand, kept here to be used again.
    declarations: Vec<Declaration<'d>>,
    /// What is to be written next: a piece of the source that is its own canonical form. Most of a message is such.
    pending: (u32, u32),
    out: &'a mut Vec<u8>,
}

/// A namespace declaration that is written; in the order of the prefixes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Declaration<'d> {
    prefix: &'d str,
    uri: &'d str,
    key: u64,
}

impl Declaration<'_> {
    fn is_for(&self, prefix: &str, key: u64) -> bool {
        self.key == key && (prefix.len() <= KEY_HOLDS || self.prefix == prefix)
    }
}

/// An element whose end tag is still to come.
struct Open<'d> {
    data: &'d ElementData,
    next_sibling: u32,
    /// How many declarations were rendered before it.
    rendered: usize,
}

impl<'d> Walk<'_, 'd> {
    /// Walks the subtree without recursion: depth is the sender's choice, the stack is ours (ATT-016).
    fn run(&mut self, top: ElementId) {
        let document = self.document;
        let without = self.options.without.map_or(NONE, |id| id.0);
        let mut open: Vec<Open<'d>> = Vec::with_capacity(16);
        let mut next = top.0;
        loop {
            match document.nodes.get(next as usize) {
                Some(node) => match &node.kind {
                    Kind::Element(_) if next == without => next = node.next_sibling,
                    Kind::Element(data) => {
                        let parent = open.last().map(|parent| parent.data);
                        open.push(Open { data, next_sibling: node.next_sibling, rendered: self.rendered.len() });
                        self.start_tag(data, parent);
                        next = data.first_child;
                    }
                    Kind::Text(span) => {
                        self.text(*span);
                        next = node.next_sibling;
                    }
                },
                None => {
                    let Some(closed) = open.pop() else { return };
                    self.end_tag(closed.data);
                    self.rendered.truncate(closed.rendered);
                    if open.is_empty() {
                        return;
                    }
                    next = closed.next_sibling;
                }
            }
        }
    }

    fn start_tag(&mut self, data: &'d ElementData, parent: Option<&ElementData>) {
        let document = self.document;
        let attributes = document.attributes.get(range(data.attributes)).unwrap_or_default();
        self.declarations.clear();
        // An element of its parent's namespace, by the same declaration, finds it written.
        if parent.is_none_or(|parent| parent.namespace != data.namespace) {
            self.declare(document.prefix(data.name), document.namespace(data.namespace));
        }
        for attribute in attributes.iter().filter(|attribute| attribute.namespace != NONE) {
            self.declare(document.prefix(attribute.name), document.namespace(attribute.namespace));
        }
        match parent {
            Some(parent) => self.declare_own(data.scope, parent.scope),
            None => self.declare_inherited(data.scope),
        }
        if data.is_canonical_start && self.declarations.is_empty() {
            self.copy((data.start(), data.tag_end));
            return;
        }
        self.copy((data.start(), data.name.end));
        self.flush();
        self.declarations.sort_unstable();
        for Declaration { prefix, uri, .. } in &self.declarations {
            escape::push_declaration(self.out, prefix, uri);
        }
        self.rendered.extend_from_slice(&self.declarations);

        if data.is_canonical_start {
            self.copy((data.name.end, data.tag_end));
            return;
        }
        if attributes.is_sorted_by(|left, right| document.order(left, right).is_lt()) {
            attributes.iter().for_each(|attribute| self.attribute(attribute));
        } else {
            let mut sorted: Vec<_> = attributes.iter().collect();
            sorted.sort_unstable_by(|left, right| document.order(left, right));
            sorted.into_iter().for_each(|attribute| self.attribute(attribute));
        }
        self.out.push(b'>');
    }

    /// Notes what the inclusive prefixes stand for at the top, wherever that is declared.
    fn declare_inherited(&mut self, scope: u32) {
        let document = self.document;
        for prefix in self.options.inclusive_prefixes {
            let prefix = if *prefix == "#default" { "" } else { *prefix };
            if let Some(index) = document.lookup_index(scope, prefix)
                && let Some(namespace) = document.namespaces.get(index as usize)
            {
                self.declare(document.declared_prefix(namespace), document.span(namespace.uri));
            }
        }
    }

    /// Notes which of the element's own declarations are for inclusive prefixes; what it has from its parent is written
    /// there or further out. To look up each prefix at each element is for the sender to choose (ATT-084).
    fn declare_own(&mut self, scope: u32, outer: u32) {
        let document = self.document;
        let mut own = scope;
        while own != outer
            && let Some(namespace) = document.namespaces.get(own as usize)
        {
            let prefix = document.declared_prefix(namespace);
            let is_inclusive = |named: &&str| *named == prefix || (prefix.is_empty() && *named == "#default");
            if self.options.inclusive_prefixes.iter().any(is_inclusive) {
                self.declare(prefix, document.span(namespace.uri));
            }
            own = namespace.previous;
        }
    }

    /// Notes a declaration to be written, unless the nearest written one of this prefix says the same.
    fn declare(&mut self, prefix: &'d str, uri: &'d str) {
        let key = prefix_key(prefix.as_bytes());
        let known = self.rendered.iter().rev().find(|rendered| rendered.is_for(prefix, key));
        if prefix != "xml"
            && known.map_or("", |known| known.uri) != uri
            && !self.declarations.iter().any(|declared| declared.is_for(prefix, key))
        {
            self.declarations.push(Declaration { prefix, uri, key });
        }
    }

    fn attribute(&mut self, attribute: &AttributeData) {
        self.out.push(b' ');
        self.name(attribute.name);
        self.out.extend_from_slice(b"=\"");
        escape::push_attribute(self.out, self.document.span(attribute.value));
        self.out.push(b'"');
    }

    fn end_tag(&mut self, data: &ElementData) {
        if data.is_canonical_end {
            let length = data.name.end - data.start();
            self.copy((data.end - length - 2, data.end));
            return;
        }
        self.flush();
        self.out.extend_from_slice(b"</");
        self.name(data.name);
        self.out.push(b'>');
    }

    fn text(&mut self, span: Span) {
        let text = self.document.span(span);
        match span.in_source() {
            Some(place) if !escape::changes_text(text) => self.copy(place),
            _ => {
                self.flush();
                escape::push_text(self.out, text);
            }
        }
    }

    fn name(&mut self, name: Name) {
        self.out
            .extend_from_slice(self.document.source.as_bytes().get(range((name.start, name.end))).unwrap_or_default());
    }

    /// Writes a piece of the source as it is, together with the piece before it where the two touch.
    fn copy(&mut self, (start, end): (u32, u32)) {
        if self.pending.1 == start {
            self.pending.1 = end;
        } else {
            self.flush();
            self.pending = (start, end);
        }
    }

    fn flush(&mut self) {
        let piece = std::mem::take(&mut self.pending);
        self.out.extend_from_slice(self.document.source.as_bytes().get(range(piece)).unwrap_or_default());
    }
}

/// Room for the namespace declarations that the source has further out, so that the output is allocated once.
const ROOM_FOR_DECLARATIONS: usize = 512;
