use std::io::{ErrorKind as ReadErrorKind, Read};

use crate::document::{Document, Element};
use crate::error::{ErrorKind, PartError};
use crate::options::ParseOptions;
use crate::parse::{self, BYTE_ORDER_MARK, Parsed};

/// A document that is read a few children of its root at a time, for one that is too large to be held.
///
/// The rules are those of [`Document::parse`]. The [`Limits`](crate::Limits) hold for each child of the root, with what
/// stands between it and the child before; the memory that is used is a small multiple of their `bytes`. The document
/// as a whole may be of any size.
///
/// What the parts say is known to be well-formed when [`next_part`](Self::next_part) has returned `None`, not before.
///
/// ```
/// use saml_xml::{ParseOptions, Parts};
///
/// let mut parts = Parts::new(&b"<a xmlns='urn:x'><b/> <b>text</b></a>"[..], ParseOptions::metadata())?;
/// assert!(parts.head().root().is("urn:x", "a"));
/// let mut children = 0;
/// while let Some(part) = parts.next_part()? {
///     children += part.root().children().filter(|child| child.is("urn:x", "b")).count();
/// }
/// assert_eq!(children, 2);
/// # Ok::<(), saml_xml::PartError>(())
/// ```
pub struct Parts<R> {
    input: R,
    options: ParseOptions,
    /// The start tag of the root, and behind it what was read and is not yet parsed.
    buffer: Vec<u8>,
    /// How many bytes of the buffer are of the start tag.
    head_length: usize,
    /// How many bytes of the buffer hold something.
    filled: usize,
    /// Where the bytes behind the start tag stand in the document.
    offset: u64,
    is_at_end: bool,
    is_root_open: bool,
    head: Document,
    /// The last part; its tables are used again.
    part: Document,
}

/// A few children of the root.
#[derive(Clone, Copy, Debug)]
pub struct Part<'p> {
    head: &'p Document,
    document: &'p Document,
    /// The start tag of the root stands before the children in the part, and in the document somewhere before that.
    moved: u64,
}

impl<'p> Part<'p> {
    /// Returns the root of the whole document, with those of its children that are in this part.
    ///
    /// There is at least one child element, except in the last part.
    #[must_use]
    pub fn root(&self) -> Element<'p> {
        self.document.root()
    }

    /// Returns the values of the attributes `local_name` without a namespace in this part, the root's own not among
    /// them.
    pub fn attribute_values<'n>(&self, local_name: &'n str) -> impl Iterator<Item = &'p str> + use<'p, 'n> {
        let document = self.document;
        let of_root = self.root().attributes().count();
        let named =
            document.attributes.iter().skip(of_root).filter(move |attribute| {
                !attribute.name.has_prefix() && document.local_name(attribute.name) == local_name
            });
        named.map(|attribute| document.span(attribute.value))
    }

    /// Returns the root without any children.
    #[must_use]
    pub fn head(&self) -> Element<'p> {
        self.head.root()
    }

    /// Returns where a descendant of the root starts in the document, in bytes, a byte order mark counted.
    #[must_use]
    pub fn offset(&self, descendant: Element<'p>) -> u64 {
        self.moved + descendant.source_range().start as u64
    }
}

impl<R: Read> Parts<R> {
    /// Reads up to the end of the root's start tag.
    ///
    /// # Errors
    /// [`PartError`] when the source fails, or with the first thing that is refused.
    pub fn new(input: R, options: ParseOptions) -> Result<Self, PartError> {
        let mut parts = Self {
            input,
            options,
            buffer: Vec::new(),
            head_length: 0,
            filled: 0,
            offset: 0,
            is_at_end: false,
            is_root_open: true,
            head: Document::empty(),
            part: Document::empty(),
        };
        let prolog = parts.attempt(|text, options, _| {
            // A byte order mark is no character of the document.
            let skipped = if text.as_bytes().starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
            let moved = |(kind, offset)| (kind, offset + skipped);
            let prolog = parse::prolog(text.get(skipped..).unwrap_or_default(), options).map_err(moved)?;
            Ok(parse::Prolog { start: prolog.start + skipped, end: prolog.end + skipped, ..prolog })
        })?;
        parts.buffer.copy_within(prolog.start..parts.filled, 0);
        parts.filled -= prolog.start;
        parts.head_length = prolog.end - prolog.start;
        parts.offset = prolog.end as u64;
        parts.is_root_open = prolog.is_open;
        let tag =
            parts.buffer.get(..parts.head_length).and_then(|tag| std::str::from_utf8(tag).ok()).unwrap_or_default();
        parts.head = parse::children(tag, &parts.options, Document::empty()).0;
        Ok(parts)
    }

    /// Returns the root without its children; it ends with its start tag.
    #[must_use]
    pub const fn head(&self) -> &Document {
        &self.head
    }

    /// Ends the reading, and returns what [`head`](Self::head) does.
    #[must_use]
    pub fn into_head(self) -> Document {
        self.head
    }

    /// Returns the next children of the root, or `None` when the document has ended as it must.
    ///
    /// # Errors
    /// [`PartError`] when the source fails, or with the first thing that is refused; [`ErrorKind::TooLarge`] for a
    /// child that has more bytes than the limit.
    pub fn next_part(&mut self) -> Result<Option<Part<'_>>, PartError> {
        if self.is_root_open {
            let moved = self.offset - self.head_length as u64;
            let whole = self.attempt(|text, options, part| {
                let (document, whole) = parse::children(text, options, std::mem::replace(part, Document::empty()));
                *part = document;
                whole
            })?;
            self.drop_until(whole.end);
            self.is_root_open = !whole.is_closed;
            return Ok(Some(Part { head: &self.head, document: &self.part, moved }));
        }
        // The start tag is not needed any more.
        self.buffer.copy_within(self.head_length..self.filled, 0);
        self.filled -= self.head_length;
        self.head_length = 0;
        loop {
            self.fill(1)?;
            if self.filled == 0 {
                return Ok(None);
            }
            let whole = self.attempt(|text, options, _| parse::trailing(text, options))?;
            self.drop_until(whole);
        }
    }

    /// Lets `step` read what is at hand, and more each time that there is nothing whole in it.
    ///
    /// What looks wrong may only be cut short. So an error counts when there is no more to be read, or no room for it.
    fn attempt<T>(&mut self, step: impl Fn(&str, &ParseOptions, &mut Document) -> Parsed<T>) -> Result<T, PartError> {
        let most = self.options.limits.bytes.clamp(1, MOST_BYTES);
        let mut room = (most / 8).max(1);
        loop {
            self.fill(room)?;
            let bytes = self.buffer.get(..self.filled).unwrap_or_default();
            let (text, cut) = match std::str::from_utf8(bytes) {
                Ok(text) => (text, None),
                Err(error) => {
                    let text = bytes.get(..error.valid_up_to()).and_then(|valid| std::str::from_utf8(valid).ok());
                    (text.unwrap_or_default(), Some(error))
                }
            };
            let (kind, place) = match step(text, &self.options, &mut self.part) {
                Ok(found) => return Ok(found),
                Err(error) => error,
            };
            if self.is_at_end || room == most {
                let at = |place: usize| (self.offset + place as u64).saturating_sub(self.head_length as u64);
                return Err(match cut {
                    Some(error) if self.is_at_end || error.error_len().is_some() => {
                        PartError::Xml { kind: ErrorKind::Encoding, offset: at(error.valid_up_to()) }
                    }
                    _ if kind == ErrorKind::UnexpectedEnd && !self.is_at_end => {
                        PartError::Xml { kind: ErrorKind::TooLarge, offset: self.offset }
                    }
                    _ => PartError::Xml { kind, offset: at(place) },
                });
            }
            room = (room * 2).min(most);
        }
    }

    /// Reads until there are `room` bytes behind the start tag, or until the input ends.
    fn fill(&mut self, room: usize) -> Result<(), PartError> {
        let end = self.head_length + room;
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        while !self.is_at_end && self.filled < end {
            let space = self.buffer.get_mut(self.filled..end).unwrap_or_default();
            match self.input.read(space) {
                Ok(0) => self.is_at_end = true,
                // A reader that says it read more than there is room for is not believed.
                Ok(read) => self.filled = (self.filled + read).min(end),
                Err(error) if error.kind() == ReadErrorKind::Interrupted => {}
                Err(error) => return Err(PartError::Read(error.kind())),
            }
        }
        Ok(())
    }

    /// Drops what stands between the start tag and `end`.
    fn drop_until(&mut self, end: usize) {
        let end = end.clamp(self.head_length, self.filled);
        self.buffer.copy_within(end..self.filled, self.head_length);
        self.offset += (end - self.head_length) as u64;
        self.filled -= end - self.head_length;
    }
}

/// Offsets in a part are kept in 31 bits.
const MOST_BYTES: usize = 1 << 29;
