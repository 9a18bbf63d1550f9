//! What stands in a start tag behind the name, and what its prefixes stand for.

use super::{TreeBuilder, push_repeated};
use crate::characters::has_scheme;
use crate::document::{AttributeData, NONE, Name, NamespaceData, Span, XML_NAMESPACE, prefix_key, range};
use crate::error::ErrorKind;
use crate::parse::Parsed;
use crate::parse::scanner::{Scanner, Stop, index};

/// The attributes and declarations of a start tag, as they were read.
pub(super) struct Tag {
    pub(super) scope: u32,
    /// Declarations in scope.
    pub(super) namespaces: usize,
    pub(super) first_attribute: u32,
    /// It has no declarations, and is written with one space before each attribute and double quotes.
    pub(super) is_canonical: bool,
}

impl TreeBuilder<'_> {
    /// Reads the attributes and declarations of a tag.
    pub(super) fn attributes(&mut self, scanner: &mut Scanner<'_>, outer: u32, namespaces: usize) -> Parsed<Tag> {
        let first_attribute = index(self.document.attributes.len());
        let mut tag = Tag { scope: outer, namespaces, first_attribute, is_canonical: true };
        loop {
            let before = scanner.offset();
            let had_space = scanner.skip_space();
            match scanner.peek() {
                Some(b'/' | b'>') => {
                    tag.is_canonical &= !had_space;
                    return Ok(tag);
                }
                Some(_) if had_space => {}
                _ => return Err(scanner.unexpected()),
            }
            let start = scanner.offset();
            self.count_node(start)?;
            let name = scanner.qualified_name()?;
            let had_plain_equals = scanner.starts_with("=\"");
            scanner.equals()?;
            let value = self.value(scanner)?;
            let declared = match (self.bytes(name.start, name.local), self.bytes(name.local, name.end)) {
                (b"", b"xmlns") => Some((name.start, name.start)),
                (b"xmlns:", _) => Some((name.local, name.end)),
                _ => None,
            };
            if let Some(prefix) = declared {
                tag.is_canonical = false;
                tag.namespaces += 1;
                if tag.namespaces > self.limits.namespaces {
                    return Err((ErrorKind::TooManyNamespaces, start));
                }
                tag.scope = self.declare(prefix, value, tag.scope, outer, start)?;
            } else {
                if self.document.attributes.len() - first_attribute as usize >= self.limits.attributes {
                    return Err((ErrorKind::TooManyAttributes, start));
                }
                let had_one_space = start == before + 1 && self.source.as_bytes().get(before) == Some(&b' ');
                tag.is_canonical &= had_one_space && had_plain_equals && value.in_source().is_some();
                self.document.attributes.push(AttributeData { name, namespace: NONE, value });
            }
        }
    }

    /// Adds a namespace declaration to the chain that starts at `scope`; `outer` is where the parent's begins.
    fn declare(&mut self, prefix: (u32, u32), uri: Span, scope: u32, outer: u32, start: usize) -> Parsed<u32> {
        let (prefix_bytes, uri_text) = (self.bytes(prefix.0, prefix.1), self.document.span(uri));
        match (prefix_bytes, uri_text) {
            // Namespaces in XML 3: xml may be declared as what it is; it needs no entry.
            (b"xml", XML_NAMESPACE) => return Ok(scope),
            (b"xml" | b"xmlns", _) | (_, XML_NAMESPACE | XMLNS_NAMESPACE) => {
                return Err((ErrorKind::BadNamespace, start));
            }
            (b"", "") => {}
            (_, uri) if has_scheme(uri) => {}
            _ => return Err((ErrorKind::BadNamespace, start)),
        }
        if prefix_bytes.len() > LONGEST_PREFIX || canonical_length(uri_text) > LONGEST_NAMESPACE {
            return Err((ErrorKind::LongNamespace, start));
        }
        let mut own = scope;
        while own != outer
            && let Some(namespace) = self.document.namespaces.get(own as usize)
        {
            if self.bytes(namespace.prefix.0, namespace.prefix.1) == prefix_bytes {
                return Err((ErrorKind::DuplicateAttribute, start));
            }
            own = namespace.previous;
        }
        let declared = index(self.document.namespaces.len());
        let mut same = declared;
        let mut older = scope;
        while let Some(namespace) = self.document.namespaces.get(older as usize) {
            if self.document.span(namespace.uri) == uri_text {
                same = namespace.same;
                break;
            }
            older = namespace.previous;
        }
        let key = prefix_key(prefix_bytes);
        self.document.namespaces.push(NamespaceData { prefix, key, uri, previous: scope, same });
        Ok(declared)
    }

    /// Resolves the prefixes of the tag's attributes, refuses doubles, and tells whether they stand in canonical order.
    pub(super) fn resolve_attributes(&mut self, first: u32, scope: u32) -> Parsed<bool> {
        let kept = (first, index(self.document.attributes.len()));
        for at in range(kept) {
            let Some(name) = self.document.attributes.get(at).map(|attribute| attribute.name) else { break };
            let namespace = self.namespace_of(name, scope, false)?;
            if let Some(attribute) = self.document.attributes.get_mut(at) {
                attribute.namespace = namespace;
            }
        }
        let document = &self.document;
        let attributes = document.attributes.get(range(kept)).unwrap_or_default();
        // In strictly rising order none stands twice.
        let is_sorted = attributes.array_windows().all(|[left, right]| document.order(left, right).is_lt());
        if !is_sorted {
            self.refuse_doubles(kept)?;
        }
        Ok(is_sorted)
    }

    /// Refuses two attributes with one expanded name (Namespaces in XML 6.3), in less than quadratic time (ATT-017).
    fn refuse_doubles(&self, attributes: (u32, u32)) -> Parsed<()> {
        let document = &self.document;
        let attributes = document.attributes.get(range(attributes)).unwrap_or_default();
        let mut names: Vec<_> = attributes
            .iter()
            .map(|AttributeData { name, namespace, .. }| {
                (document.identity(*namespace), document.local_name(*name), name.local)
            })
            .collect();
        names.sort_unstable();
        match names.array_windows().find(|[left, right]| (left.0, left.1) == (right.0, right.1)) {
            Some([_, (.., place)]) => Err((ErrorKind::DuplicateAttribute, *place as usize)),
            None => Ok(()),
        }
    }

    pub(super) fn namespace_of(&self, name: Name, scope: u32, is_element: bool) -> Parsed<u32> {
        if !name.has_prefix() {
            let default = is_element.then(|| self.document.lookup_index(scope, "")).flatten();
            return Ok(default.unwrap_or(NONE));
        }
        let found = self.document.lookup_index(scope, self.document.prefix(name));
        found.ok_or((ErrorKind::UnboundPrefix, name.start as usize))
    }

    /// Reads a quoted value and normalises it as CDATA type (XML 1.0 3.3.3).
    fn value(&mut self, scanner: &mut Scanner<'_>) -> Parsed<Span> {
        let quote = scanner.quote()?;
        let start = scanner.offset();
        let mut stop = scanner.value_run(quote)?;
        if stop == Stop::Delimiter {
            let value = Span::source(index(start), index(scanner.offset()));
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
                    let spaces = scanner.white_space(|byte| matches!(byte, b'\r' | b'\n' | b'\t'));
                    push_repeated(&mut self.document.decoded, " ", spaces);
                }
            }
            let run = scanner.offset();
            stop = scanner.value_run(quote)?;
            self.document.decoded.push_str(scanner.slice(run, scanner.offset()));
        }
        scanner.advance(1);
        Ok(Span::decoded(decoded_start, index(self.document.decoded.len())))
    }
}

/// Returns at least how many bytes a namespace name takes in canonical form.
fn canonical_length(uri: &str) -> usize {
    let bytes = |byte| if matches!(byte, b'&' | b'<' | b'"' | b'\t' | b'\n' | b'\r') { LONGEST_ESCAPE } else { 1 };
    uri.bytes().map(bytes).sum()
}

/// `&quot;`
const LONGEST_ESCAPE: usize = 6;
/// Canonical form writes a declaration again on each element that first uses it, and compares prefixes at each: what
/// one byte of a message costs before its signature is looked at grows with both lengths (ATT-084). The longest
/// namespace of any SAML or WS-* specification has 81 bytes, and prefixes have a few.
const LONGEST_NAMESPACE: usize = 256;
const LONGEST_PREFIX: usize = 32;
const XMLNS_NAMESPACE: &str = "http://www.w3.org/2000/xmlns/";
