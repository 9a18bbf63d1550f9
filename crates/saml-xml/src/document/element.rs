use std::fmt;
use std::iter;

use super::{Document, ElementData, Kind, NONE, range};
use crate::error::{Error, ErrorKind, Position};
use crate::parse;

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
    /// [`ErrorKind::ChildInText`] when the element has a child element: a reader that joins and one that takes the
    /// first piece would see different values (ATT-007).
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

    /// Returns a document in UTF-8 that holds this element alone, byte for byte as it stands in the source, for a
    /// reader that is not ours.
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

    /// Returns the byte offsets in [`Document::source`] that the start tag takes; for an empty-element tag, those of
    /// all of it.
    #[must_use]
    pub fn start_tag_range(self) -> std::ops::Range<usize> {
        self.data().map_or(0..0, |data| range((data.start(), data.tag_end)))
    }

    /// Returns for each of [`attributes`](Self::attributes) the byte offsets in [`Document::source`] that its value
    /// takes, as it is written there between the quotes.
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
