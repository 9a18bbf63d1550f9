use super::Parsed;
use crate::characters::{is_char, is_ncname_char, is_ncname_start, is_space, plain_run};
use crate::document::{NONE, Name};
use crate::error::ErrorKind;

/// A cursor over the source text that knows the small tokens of XML.
pub(super) struct Scanner<'s> {
    source: &'s str,
    offset: usize,
}

/// Why a run of plain characters ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// At `<`, or at the quote that was asked for.
    Delimiter,
    /// At the end of the source.
    End,
    /// At `&`.
    Reference,
    /// At white space that normalisation changes.
    WhiteSpace,
}

impl<'s> Scanner<'s> {
    pub(super) const fn new(source: &'s str) -> Self {
        Self { source, offset: 0 }
    }

    pub(super) const fn offset(&self) -> usize {
        self.offset
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.byte_at(0)
    }

    pub(super) fn byte_at(&self, ahead: usize) -> Option<u8> {
        self.source.as_bytes().get(self.offset + ahead).copied()
    }

    pub(super) fn advance(&mut self, bytes: usize) {
        self.offset += bytes;
    }

    pub(super) fn back_to(&mut self, offset: usize) {
        self.offset = offset;
    }

    pub(super) fn slice(&self, start: usize, end: usize) -> &'s str {
        self.source.get(start..end).unwrap_or_default()
    }

    #[inline]
    pub(super) fn starts_with(&self, token: &str) -> bool {
        self.rest().starts_with(token.as_bytes())
    }

    #[inline]
    pub(super) fn eat(&mut self, token: &str) -> bool {
        self.eat_bytes(token.as_bytes())
    }

    #[inline]
    pub(super) fn eat_bytes(&mut self, token: &[u8]) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.advance(token.len());
        }
        found
    }

    /// Returns the error for a byte that fits no production here.
    pub(super) fn unexpected(&self) -> (ErrorKind, usize) {
        let kind = if self.peek().is_none() { ErrorKind::UnexpectedEnd } else { ErrorKind::Syntax };
        (kind, self.offset)
    }

    /// Skips white space, and tells whether there was any.
    pub(super) fn skip_space(&mut self) -> bool {
        let start = self.offset;
        while self.peek().is_some_and(is_space) {
            self.advance(1);
        }
        self.offset != start
    }

    pub(super) fn skip_while(&mut self, belongs: impl Fn(u8) -> bool) {
        self.offset += plain_run(self.rest(), belongs);
    }

    /// Moves behind the plain bytes here: those from the space on, without the three that are named and without 0xEF,
    /// with which `U+FFFE` and `U+FFFF` start.
    ///
    /// Eight bytes are looked at together, as names, values and texts are longer than a few bytes.
    #[inline]
    fn skip_plain(&mut self, stops: [u8; 3]) {
        let [first, second, third] = stops.map(|byte| u64::from(byte) * EACH);
        while let Some(chunk) = self.rest().first_chunk::<8>() {
            let word = u64::from_le_bytes(*chunk);
            let named = zero_in(word ^ first) | zero_in(word ^ second) | zero_in(word ^ third);
            let found = (named | zero_in(word ^ (0xEF * EACH)) | below_space_in(word)) & HIGH;
            if found != 0 {
                self.offset += found.trailing_zeros() as usize / 8;
                return;
            }
            self.offset += 8;
        }
        let plain = |byte: &u8| *byte >= b' ' && *byte != 0xEF && !stops.contains(byte);
        self.offset += self.rest().iter().take_while(|byte| plain(byte)).count();
    }

    /// Reads `=` with white space around it (XML 1.0 production 25).
    pub(super) fn equals(&mut self) -> Parsed<()> {
        self.skip_space();
        if !self.eat("=") {
            return Err(self.unexpected());
        }
        self.skip_space();
        Ok(())
    }

    /// Reads the quote that opens a value.
    pub(super) fn quote(&mut self) -> Parsed<u8> {
        match self.peek() {
            Some(quote @ (b'"' | b'\'')) => {
                self.advance(1);
                Ok(quote)
            }
            _ => Err(self.unexpected()),
        }
    }

    /// Reads a `QName` (Namespaces in XML production 7).
    #[inline]
    pub(super) fn qualified_name(&mut self) -> Parsed<Name> {
        let start = self.offset;
        self.ncname()?;
        if self.peek() != Some(b':') {
            return Ok(Name { start: index(start), local: index(start), end: index(self.offset) });
        }
        self.advance(1);
        let local = self.offset;
        self.ncname()?;
        if self.peek() == Some(b':') {
            return Err((ErrorKind::BadName, start));
        }
        Ok(Name { start: index(start), local: index(local), end: index(self.offset) })
    }

    /// Skips an `NCName` (Namespaces in XML production 4).
    #[inline]
    fn ncname(&mut self) -> Parsed<()> {
        match self.peek() {
            Some(b'A'..=b'Z' | b'a'..=b'z' | b'_') => self.skip_name(),
            Some(0x80..) => {}
            Some(_) => return Err((ErrorKind::BadName, self.offset)),
            None => return Err(self.unexpected()),
        }
        if matches!(self.peek(), Some(0x80..)) { self.rest_of_ncname() } else { Ok(()) }
    }

    /// Skips an `NCName` from its first character beyond ASCII on.
    #[cold]
    fn rest_of_ncname(&mut self) -> Parsed<()> {
        let start = self.offset;
        let before = self.source.get(..start).and_then(|before| before.chars().next_back());
        let mut is_first = !before.is_some_and(is_ncname_char);
        for character in self.source.get(start..).unwrap_or_default().chars() {
            let belongs = if is_first { is_ncname_start(character) } else { is_ncname_char(character) };
            if !belongs && !character.is_ascii() {
                return Err((ErrorKind::BadName, start));
            }
            if !belongs {
                break;
            }
            is_first = false;
            self.advance(character.len_utf8());
        }
        Ok(())
    }

    /// Skips the ASCII bytes that may stand in a name.
    #[inline]
    fn skip_name(&mut self) {
        let in_name = |byte: &&u8| NAME_BYTES.get(usize::from(**byte)).copied().unwrap_or_default();
        self.offset += self.rest().iter().take_while(in_name).count();
    }

    /// Skips character data up to `<`, `&` or a carriage return; refuses `]]>` and forbidden characters.
    pub(super) fn text_run(&mut self) -> Parsed<Stop> {
        loop {
            self.skip_plain([b'<', b'&', b']']);
            match self.peek() {
                None => return Ok(Stop::End),
                Some(b'<') => return Ok(Stop::Delimiter),
                Some(b'\n' | b'\t') => self.advance(1),
                Some(b'&') => return Ok(Stop::Reference),
                Some(b'\r') => return Ok(Stop::WhiteSpace),
                Some(b']') => {
                    if self.brackets() {
                        return Err((ErrorKind::DelimiterInContent, self.offset));
                    }
                }
                Some(_) => self.character()?,
            }
        }
    }

    /// Skips the value of an attribute up to `quote`, `&` or white space other than a space; refuses `<`.
    pub(super) fn value_run(&mut self, quote: u8) -> Parsed<Stop> {
        loop {
            self.skip_plain([b'<', b'&', quote]);
            match self.peek() {
                None => return Ok(Stop::End),
                Some(b'<') => return Err((ErrorKind::Syntax, self.offset)),
                Some(b'&') => return Ok(Stop::Reference),
                Some(b'\r' | b'\n' | b'\t') => return Ok(Stop::WhiteSpace),
                Some(byte) if byte == quote => return Ok(Stop::Delimiter),
                Some(_) => self.character()?,
            }
        }
    }

    /// Skips a CDATA section up to its `]]>` or a carriage return.
    pub(super) fn cdata_run(&mut self) -> Parsed<Stop> {
        loop {
            self.skip_while(|byte| !matches!(byte, b']' | 0xEF | ..=0x1F) || matches!(byte, b'\n' | b'\t'));
            match self.peek() {
                None => return Ok(Stop::End),
                Some(b'\r') => return Ok(Stop::WhiteSpace),
                Some(b']') => {
                    if self.brackets() {
                        return Ok(Stop::Delimiter);
                    }
                }
                Some(_) => self.character()?,
            }
        }
    }

    /// Skips closing brackets, up to the `]]>` that may end them; tells whether there is one.
    fn brackets(&mut self) -> bool {
        let start = self.offset;
        self.skip_while(|byte| byte == b']');
        let ends = self.peek() == Some(b'>') && self.offset - start >= 2;
        if ends {
            self.offset -= 2;
        }
        ends
    }

    /// Skips the content of a comment and its `-->`.
    pub(super) fn comment_content(&mut self) -> Parsed<()> {
        loop {
            self.skip_while(|byte| !matches!(byte, b'-' | 0xEF | ..=0x1F) || matches!(byte, b'\n' | b'\t' | b'\r'));
            match self.peek() {
                None => return Err(self.unexpected()),
                Some(b'-') if self.eat("-->") => return Ok(()),
                Some(b'-') if self.starts_with("--") => return Err((ErrorKind::DelimiterInContent, self.offset)),
                Some(b'-') => self.advance(1),
                Some(_) => self.character()?,
            }
        }
    }

    /// Reads a reference and returns the character it stands for (XML 1.0 productions 66 and 68).
    pub(super) fn reference(&mut self) -> Parsed<char> {
        for (reference, character) in PREDEFINED {
            if self.eat(reference) {
                return Ok(character);
            }
        }
        let start = self.offset;
        let bad = (ErrorKind::BadReference, start);
        self.advance(1);
        // The longest reference to a character has ten characters: `&#1114111;`, leading zeros aside.
        let length = self.rest().iter().take(12).position(|byte| *byte == b';').ok_or(bad)?;
        let name = self.slice(self.offset, self.offset + length);
        self.advance(length + 1);
        let number = |digits: &str, radix| {
            let plain = digits.chars().all(|digit| digit.is_digit(radix));
            plain.then(|| u32::from_str_radix(digits, radix).ok()).flatten().and_then(char::from_u32)
        };
        let character = match (name.strip_prefix("#x"), name.strip_prefix('#')) {
            (Some(digits), _) => number(digits, 16).ok_or(bad)?,
            (None, Some(digits)) => number(digits, 10).ok_or(bad)?,
            (None, None) => return Err(bad),
        };
        if is_char(character) { Ok(character) } else { Err((ErrorKind::ForbiddenCharacter, start)) }
    }

    /// Skips the white space here that `is_run` holds for, and returns the number of characters that it stands for: a
    /// carriage return with the newline behind it is one line end (XML 1.0 2.11).
    pub(super) fn white_space(&mut self, is_run: impl Fn(u8) -> bool) -> usize {
        let start = self.offset;
        self.skip_while(is_run);
        let run = self.source.as_bytes().get(start..self.offset).unwrap_or_default();
        let pairs =
            run.iter().zip(run.iter().skip(1)).map(|(left, right)| usize::from(*left == b'\r' && *right == b'\n'));
        run.len() - pairs.sum::<usize>()
    }

    /// Skips one character that is allowed in XML.
    fn character(&mut self) -> Parsed<()> {
        match self.source.get(self.offset..).and_then(|rest| rest.chars().next()) {
            Some(character) if is_char(character) => {
                self.advance(character.len_utf8());
                Ok(())
            }
            _ => Err((ErrorKind::ForbiddenCharacter, self.offset)),
        }
    }

    #[inline]
    fn rest(&self) -> &'s [u8] {
        self.source.as_bytes().get(self.offset..).unwrap_or_default()
    }
}

/// Narrows an offset or a table length; both are below the 1 GiB that the parser accepts.
pub(super) fn index(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(NONE)
}

/// Sets the high bit of the first byte that is zero; bits behind it mean nothing.
const fn zero_in(word: u64) -> u64 {
    word.wrapping_sub(EACH) & !word
}

/// Sets the high bit of the first byte that is less than a space; bits behind it mean nothing.
const fn below_space_in(word: u64) -> u64 {
    word.wrapping_sub(b' ' as u64 * EACH) & !word
}

/// The entities that need no declaration (XML 1.0 4.6).
const PREDEFINED: [(&str, char); 5] = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&apos;", '\'')];
/// Which bytes are ASCII and may stand in a name: one look each, as most names are short.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses an index too high")]
const NAME_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 0x80 {
        table[byte] = is_ncname_char(byte as u8 as char);
        byte += 1;
    }
    table
};
/// The lowest bit of each byte.
const EACH: u64 = u64::MAX / 255;
/// The highest bit of each byte.
const HIGH: u64 = EACH << 7;
