//! The same parse, of a document of which only a part is at hand.

use super::scanner::Scanner;
use super::tree::TreeBuilder;
use super::{Parsed, before_root, comment, content};
use crate::document::Document;
use crate::error::ErrorKind;
use crate::options::ParseOptions;

/// Where the start tag of the root stands.
#[derive(Clone, Copy)]
pub(crate) struct Prolog {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The root is no empty-element tag.
    pub(crate) is_open: bool,
}

/// Reads what stands before the root, and its start tag.
pub(crate) fn prolog(source: &str, options: &ParseOptions) -> Parsed<Prolog> {
    let mut scanner = Scanner::new(source);
    before_root(&mut scanner, options.comments)?;
    let start = scanner.offset();
    let mut tree = TreeBuilder::reusing(Document::empty(), source, options.limits);
    tree.start_tag(&mut scanner)?;
    Ok(Prolog { start, end: scanner.offset(), is_open: tree.is_open() })
}

/// How far the children of a root could be read.
#[derive(Clone, Copy)]
pub(crate) struct Whole {
    /// Behind the last child that is whole, or behind the end tag of the root.
    pub(crate) end: usize,
    /// The end tag of the root was read.
    pub(crate) is_closed: bool,
}

/// Reads the start tag of the root, with which `source` starts, and the children behind it that are whole.
///
/// An error is for when there is none. One further on comes again when the source starts with what it is in.
pub(crate) fn children(source: &str, options: &ParseOptions, spare: Document) -> (Document, Parsed<Whole>) {
    let mut scanner = Scanner::new(source);
    let mut tree = TreeBuilder::reusing(spare, source, options.limits);
    if let Err(error) = tree.start_tag(&mut scanner) {
        return (tree.finish(), Err(error));
    }
    let first = scanner.offset();
    let mut mark = tree.mark(first);
    while tree.is_open() {
        if let Err(error) = content(&mut scanner, &mut tree, options.comments) {
            let end = mark.offset;
            let document = tree.cut(&mark);
            return (document, if end > first { Ok(Whole { end, is_closed: false }) } else { Err(error) });
        }
        if tree.has_whole_child(&mark) {
            mark = tree.mark(scanner.offset());
        }
    }
    let end = scanner.offset();
    (tree.finish(), Ok(Whole { end, is_closed: true }))
}

/// Reads the white space and the comments behind the root, as far as they are whole, and returns how far that is.
///
/// An error is for when nothing is.
pub(crate) fn trailing(source: &str, options: &ParseOptions) -> Parsed<usize> {
    let mut scanner = Scanner::new(source);
    loop {
        scanner.skip_space();
        let whole = scanner.offset();
        let read = match (scanner.peek(), scanner.byte_at(1)) {
            (Some(b'<'), Some(b'!' | b'?')) => comment(&mut scanner, options.comments),
            (Some(_), _) => Err((ErrorKind::TrailingContent, whole)),
            (None, _) => Err(scanner.unexpected()),
        };
        match read {
            Ok(()) => {}
            Err(_) if whole > 0 => return Ok(whole),
            Err(error) => return Err(error),
        }
    }
}
