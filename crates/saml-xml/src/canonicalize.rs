use crate::document::{Document, Element, ElementId, Kind, NONE, Span, range};
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
    let mut walk = Walk { document: element.document, options, rendered: Vec::new(), declarations: Vec::new(), out };
    walk.run(element.id());
}

struct Walk<'a, 'd> {
    document: &'d Document,
    options: &'a Canonicalization<'a>,
    /// The declarations written for the open elements: prefix and namespace name, oldest first.
    rendered: Vec<(&'d str, &'d str)>,
    /// The declarations of the element at hand, kept here to be used again.
    declarations: Vec<(&'d str, &'d str)>,
    out: &'a mut Vec<u8>,
}

impl<'d> Walk<'_, 'd> {
    /// Walks the subtree without recursion: depth is the sender's choice, the stack is ours (ATT-016).
    fn run(&mut self, top: ElementId) {
        // For each open element, how many declarations were rendered before it.
        let mut open: Vec<(Element<'d>, usize)> = Vec::new();
        let Some(mut element) = self.document.element(top) else { return };
        loop {
            open.push((element, self.rendered.len()));
            self.start_tag(element);
            let mut next = element.data().map_or(NONE, |data| data.first_child);
            loop {
                match self.document.nodes.get(next as usize) {
                    Some(node) => match node.kind {
                        Kind::Text(span) => {
                            escape::push_text(self.out, self.document.span(span));
                            next = node.next_sibling;
                        }
                        Kind::Element(_) => {
                            let child = self.document.at(next);
                            if self.options.without == Some(child.id()) {
                                next = node.next_sibling;
                            } else {
                                element = child;
                                break;
                            }
                        }
                    },
                    None => {
                        let Some((closed, rendered)) = open.pop() else { return };
                        self.end_tag(closed);
                        self.rendered.truncate(rendered);
                        if open.is_empty() {
                            return;
                        }
                        next = closed.next_sibling();
                    }
                }
            }
        }
    }

    fn start_tag(&mut self, element: Element<'d>) {
        let Some(data) = element.data() else { return };
        self.out.push(b'<');
        self.name(data.prefix, data.local_name);

        self.declarations.clear();
        let document = self.document;
        let attributes = document.attributes.get(range(data.attributes)).unwrap_or_default();
        self.declare(document.span(data.prefix), document.namespace(data.namespace));
        for attribute in attributes.iter().filter(|attribute| attribute.namespace != NONE) {
            self.declare(document.span(attribute.prefix), document.namespace(attribute.namespace));
        }
        for prefix in self.options.inclusive_prefixes {
            let prefix = if *prefix == "#default" { "" } else { *prefix };
            if let Some(index) = document.lookup_index(data.scope, prefix)
                && let Some(namespace) = document.namespaces.get(index as usize)
            {
                self.declare(document.span(namespace.prefix), document.span(namespace.uri));
            }
        }
        self.declarations.sort_unstable();
        for (prefix, uri) in &self.declarations {
            self.out.extend_from_slice(if prefix.is_empty() { b" xmlns" } else { b" xmlns:" });
            self.out.extend_from_slice(prefix.as_bytes());
            self.out.extend_from_slice(b"=\"");
            escape::push_attribute(self.out, uri);
            self.out.push(b'"');
        }
        self.rendered.extend_from_slice(&self.declarations);

        let key = |attribute: &crate::document::AttributeData| {
            (document.namespace(attribute.namespace), document.span(attribute.local_name))
        };
        if attributes.is_sorted_by_key(key) {
            attributes.iter().for_each(|attribute| self.attribute(attribute));
        } else {
            let mut sorted: Vec<_> = attributes.iter().collect();
            sorted.sort_unstable_by_key(|attribute| key(attribute));
            sorted.into_iter().for_each(|attribute| self.attribute(attribute));
        }
        self.out.push(b'>');
    }

    /// Notes a declaration to be written, unless the nearest written one of this prefix says the same.
    fn declare(&mut self, prefix: &'d str, uri: &'d str) {
        let known = self.rendered.iter().rev().find(|(rendered, _)| *rendered == prefix).map_or("", |(_, uri)| uri);
        if prefix != "xml" && known != uri && !self.declarations.iter().any(|(declared, _)| *declared == prefix) {
            self.declarations.push((prefix, uri));
        }
    }

    fn attribute(&mut self, attribute: &crate::document::AttributeData) {
        self.out.push(b' ');
        self.name(attribute.prefix, attribute.local_name);
        self.out.extend_from_slice(b"=\"");
        escape::push_attribute(self.out, self.document.span(attribute.value));
        self.out.push(b'"');
    }

    fn end_tag(&mut self, element: Element<'d>) {
        let Some(data) = element.data() else { return };
        self.out.extend_from_slice(b"</");
        self.name(data.prefix, data.local_name);
        self.out.push(b'>');
    }

    fn name(&mut self, prefix: Span, local_name: Span) {
        let prefix = self.document.span(prefix);
        if !prefix.is_empty() {
            self.out.extend_from_slice(prefix.as_bytes());
            self.out.push(b':');
        }
        self.out.extend_from_slice(self.document.span(local_name).as_bytes());
    }
}
