//! The strict parse: bytes to [`Document`], in one pass.

mod partial;
mod scanner;
mod tree;

use crate::characters;
use crate::document::{Document, Element, ElementId};
use crate::error::{Error, ErrorKind, Position};
use crate::escape;
use crate::options::{Comments, ParseOptions};
use scanner::Scanner;
use tree::TreeBuilder;

pub(crate) use partial::{Prolog, children, prolog, trailing};

/// What the parts of the parser return: the kind, and the offset in the source text.
pub(crate) type Parsed<T> = Result<T, (ErrorKind, usize)>;

pub(crate) fn document(bytes: &[u8], options: &ParseOptions) -> Result<Document, Error> {
    let skipped = if bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let at = |kind, offset| Error { kind, position: Position::of(bytes, offset) };
    // Offsets are kept in 31 bits.
    if bytes.len() > options.limits.bytes.min(1 << 30) {
        return Err(at(ErrorKind::TooLarge, 0));
    }
    let source = std::str::from_utf8(bytes.get(skipped..).unwrap_or_default())
        .map_err(|error| at(ErrorKind::Encoding, skipped + error.valid_up_to()))?;
    parse(source, options)
        .map(|mut document| {
            document.skipped = skipped;
            document
        })
        .map_err(|(kind, offset)| at(kind, skipped + offset))
}

/// Parses a fragment inside an element that declares what is in scope of `context`, and makes the fragment the root.
///
/// A fragment cannot end that element early: there would be two roots, or an end tag too many.
pub(crate) fn fragment(bytes: &[u8], context: Element<'_>, options: &ParseOptions) -> Result<Document, Error> {
    let text = inside_context(bytes, context);
    let mut document = document(&text, options)?;
    let root = only_child(&document)?;
    document.set_root(root);
    Ok(document)
}

/// Writes an element `context` that declares what is in scope of `context`, with `bytes` in it.
pub(crate) fn inside_context(bytes: &[u8], context: Element<'_>) -> Vec<u8> {
    let mut text = b"<context".to_vec();
    for (prefix, uri) in context.namespaces_in_scope() {
        escape::push_declaration(&mut text, prefix, uri);
    }
    text.push(b'>');
    text.extend_from_slice(bytes);
    text.extend_from_slice(b"</context>");
    text
}

fn only_child(document: &Document) -> Result<ElementId, Error> {
    let around = document.root();
    let mut children = around.children();
    match (children.next(), children.next()) {
        (Some(child), None) if !around.has_text() => Ok(child.id()),
        _ => Err(around.error(ErrorKind::Syntax)),
    }
}

fn parse(source: &str, options: &ParseOptions) -> Parsed<Document> {
    let mut scanner = Scanner::new(source);
    let mut tree = TreeBuilder::new(source, options.limits);
    before_root(&mut scanner, options.comments)?;
    tree.start_tag(&mut scanner)?;
    while tree.is_open() {
        content(&mut scanner, &mut tree, options.comments)?;
    }
    misc(&mut scanner, options.comments)?;
    if scanner.peek().is_some() {
        return Err((ErrorKind::TrailingContent, scanner.offset()));
    }
    Ok(tree.finish())
}

/// Reads what stands before the root element, up to its `<` (XML 1.0 production 22).
fn before_root(scanner: &mut Scanner<'_>, comments: Comments) -> Parsed<()> {
    if scanner.starts_with("<?xml") && scanner.byte_at(5).is_some_and(characters::is_space) {
        declaration(scanner)?;
    }
    misc(scanner, comments)?;
    if scanner.peek() == Some(b'<') { Ok(()) } else { Err(scanner.unexpected()) }
}

/// Reads one piece of element content: text, CDATA, a comment, or a tag (XML 1.0 production 43).
fn content(scanner: &mut Scanner<'_>, tree: &mut TreeBuilder<'_>, comments: Comments) -> Parsed<()> {
    match (scanner.peek(), scanner.byte_at(1)) {
        (Some(b'<'), Some(b'/')) => tree.end_tag(scanner),
        (Some(b'<'), Some(b'!')) if scanner.starts_with("<![CDATA[") => tree.cdata(scanner),
        (Some(b'<'), Some(b'!' | b'?')) => comment(scanner, comments),
        (Some(b'<'), _) => tree.start_tag(scanner),
        (Some(_), _) => tree.text(scanner),
        (None, _) => Err((ErrorKind::UnexpectedEnd, scanner.offset())),
    }
}

/// Reads white space and comments around the root element (XML 1.0 production 27).
fn misc(scanner: &mut Scanner<'_>, comments: Comments) -> Parsed<()> {
    loop {
        scanner.skip_space();
        match (scanner.peek(), scanner.byte_at(1)) {
            (Some(b'<'), Some(b'!' | b'?')) => comment(scanner, comments)?,
            _ => return Ok(()),
        }
    }
}

/// Reads a comment where one is allowed; what else starts with `<!` or `<?` is refused by its name.
fn comment(scanner: &mut Scanner<'_>, comments: Comments) -> Parsed<()> {
    let start = scanner.offset();
    if scanner.starts_with("<?") {
        return Err((ErrorKind::ProcessingInstruction, start));
    }
    if scanner.starts_with("<!DOCTYPE") {
        return Err((ErrorKind::DocumentType, start));
    }
    if !scanner.eat("<!--") {
        return Err((ErrorKind::Syntax, start));
    }
    if comments == Comments::Refused {
        return Err((ErrorKind::Comment, start));
    }
    scanner.comment_content()
}

/// Reads `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` (XML 1.0 production 23).
fn declaration(scanner: &mut Scanner<'_>) -> Parsed<()> {
    scanner.eat("<?xml");
    let offset = scanner.offset();
    let Some(version) = pseudo_attribute(scanner, "version")? else { return Err((ErrorKind::Syntax, offset)) };
    if version != "1.0" {
        return Err((ErrorKind::Version, offset));
    }
    let offset = scanner.offset();
    if let Some(encoding) = pseudo_attribute(scanner, "encoding")?
        && !encoding.eq_ignore_ascii_case("UTF-8")
    {
        return Err((ErrorKind::Encoding, offset));
    }
    let offset = scanner.offset();
    if let Some(standalone) = pseudo_attribute(scanner, "standalone")?
        && !matches!(standalone, "yes" | "no")
    {
        return Err((ErrorKind::Syntax, offset));
    }
    scanner.skip_space();
    if scanner.eat("?>") { Ok(()) } else { Err(scanner.unexpected()) }
}

fn pseudo_attribute<'s>(scanner: &mut Scanner<'s>, name: &str) -> Parsed<Option<&'s str>> {
    let before = scanner.offset();
    let had_space = scanner.skip_space();
    if !scanner.starts_with(name) {
        scanner.back_to(before);
        return Ok(None);
    }
    if !had_space {
        return Err(scanner.unexpected());
    }
    scanner.eat(name);
    scanner.equals()?;
    let quote = scanner.quote()?;
    let start = scanner.offset();
    scanner.skip_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    let value = scanner.slice(start, scanner.offset());
    if scanner.peek() != Some(quote) {
        return Err(scanner.unexpected());
    }
    scanner.advance(1);
    Ok(Some(value))
}

pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
