use super::Parsed;
use crate::characters::{is_char, is_ncname_char, is_ncname_start, is_space};
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

    pub(super) fn starts_with(&self, token: &str) -> bool {
        self.rest().starts_with(token.as_bytes())
    }

    pub(super) fn eat(&mut self, token: &str) -> bool {
        let found = self.starts_with(token);
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
        self.skip_while(is_space);
        self.offset != start
    }

    pub(super) fn skip_while(&mut self, belongs: impl Fn(u8) -> bool) {
        let rest = self.rest();
        self.offset += rest.iter().position(|byte| !belongs(*byte)).unwrap_or(rest.len());
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

    /// Reads an `NCName` and returns where it starts and ends.
    pub(super) fn ncname(&mut self) -> Parsed<(usize, usize)> {
        let start = self.offset;
        if !self.peek().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80) {
            return Err(if self.peek().is_none() { self.unexpected() } else { (ErrorKind::BadName, start) });
        }
        self.skip_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || byte >= 0x80);
        let name = self.slice(start, self.offset);
        if !name.is_ascii() {
            let mut characters = name.chars();
            if !characters.next().is_some_and(is_ncname_start) || !characters.all(is_ncname_char) {
                return Err((ErrorKind::BadName, start));
            }
        }
        Ok((start, self.offset))
    }

    /// Skips character data up to `<`, `&` or a carriage return; refuses `]]>` and forbidden characters.
    pub(super) fn text_run(&mut self) -> Parsed<Stop> {
        loop {
            self.skip_while(|byte| {
                !matches!(byte, b'<' | b'&' | b']' | 0xEF | ..=0x1F) || matches!(byte, b'\n' | b'\t')
            });
            match self.peek() {
                None => return Ok(Stop::End),
                Some(b'<') => return Ok(Stop::Delimiter),
                Some(b'&') => return Ok(Stop::Reference),
                Some(b'\r') => return Ok(Stop::WhiteSpace),
                Some(b']') if self.starts_with("]]>") => return Err((ErrorKind::DelimiterInContent, self.offset)),
                Some(b']') => self.advance(1),
                Some(_) => self.character()?,
            }
        }
    }

    /// Skips the value of an attribute up to `quote`, `&` or white space other than a space; refuses `<`.
    pub(super) fn value_run(&mut self, quote: u8) -> Parsed<Stop> {
        loop {
            self.skip_while(|byte| !matches!(byte, b'<' | b'&' | b'"' | b'\'' | 0xEF | ..=0x1F));
            match self.peek() {
                None => return Ok(Stop::End),
                Some(b'<') => return Err((ErrorKind::Syntax, self.offset)),
                Some(b'&') => return Ok(Stop::Reference),
                Some(b'\r' | b'\n' | b'\t') => return Ok(Stop::WhiteSpace),
                Some(byte) if byte == quote => return Ok(Stop::Delimiter),
                Some(b'"' | b'\'') => self.advance(1),
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
                Some(b']') if self.starts_with("]]>") => return Ok(Stop::Delimiter),
                Some(b']') => self.advance(1),
                Some(_) => self.character()?,
            }
        }
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
        let character = match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => match (name.strip_prefix("#x"), name.strip_prefix('#')) {
                (Some(digits), _) => number(digits, 16).ok_or(bad)?,
                (None, Some(digits)) => number(digits, 10).ok_or(bad)?,
                (None, None) => return Err(bad),
            },
        };
        if is_char(character) { Ok(character) } else { Err((ErrorKind::ForbiddenCharacter, start)) }
    }

    /// Skips a carriage return with the newline behind it, which together are one line end (XML 1.0 2.11).
    pub(super) fn line_end(&mut self) {
        if !self.eat("\r\n") {
            self.advance(1);
        }
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

    fn rest(&self) -> &'s [u8] {
        self.source.as_bytes().get(self.offset..).unwrap_or_default()
    }
}
