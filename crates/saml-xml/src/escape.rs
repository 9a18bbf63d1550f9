//! The one way in which text and attribute values are written, by the canonicaliser and by the writer.
//!
//! Canonical XML 1.0 section 2.3 fixes which characters are replaced. A writer that does the same survives line-end
//! and attribute-value normalisation at the reader (ATT-008).

use crate::characters::plain_run;

/// Tells whether [`push_text`] would write `text` otherwise than it is.
pub(crate) fn changes_text(text: &str) -> bool {
    plain_run(text.as_bytes(), |byte| !matches!(byte, b'&' | b'<' | b'>' | b'\r')) != text.len()
}

/// Appends character data: `&`, `<`, `>` and carriage return are replaced.
pub(crate) fn push_text(out: &mut Vec<u8>, text: &str) {
    push(out, text, |byte| match byte {
        b'&' => Some(b"&amp;"),
        b'<' => Some(b"&lt;"),
        b'>' => Some(b"&gt;"),
        b'\r' => Some(b"&#xD;"),
        _ => None,
    });
}

/// Appends the value of an attribute without its quotes: `&`, `<`, `"`, tab, newline and carriage return are replaced.
pub(crate) fn push_attribute(out: &mut Vec<u8>, value: &str) {
    push(out, value, |byte| match byte {
        b'&' => Some(b"&amp;"),
        b'<' => Some(b"&lt;"),
        b'"' => Some(b"&quot;"),
        b'\t' => Some(b"&#x9;"),
        b'\n' => Some(b"&#xA;"),
        b'\r' => Some(b"&#xD;"),
        _ => None,
    });
}

/// Appends a namespace declaration with a space before it; an empty prefix declares the default namespace.
pub(crate) fn push_declaration(out: &mut Vec<u8>, prefix: &str, uri: &str) {
    out.extend_from_slice(if prefix.is_empty() { b" xmlns" } else { b" xmlns:" });
    out.extend_from_slice(prefix.as_bytes());
    out.extend_from_slice(b"=\"");
    push_attribute(out, uri);
    out.push(b'"');
}

fn push(out: &mut Vec<u8>, text: &str, replacement: impl Fn(u8) -> Option<&'static [u8]>) {
    let mut rest = text.as_bytes();
    loop {
        let (plain, tail) = rest.split_at(plain_run(rest, |byte| replacement(byte).is_none()));
        out.extend_from_slice(plain);
        let Some((replaced, behind)) = tail.split_first() else { return };
        out.extend_from_slice(replacement(*replaced).unwrap_or_default());
        rest = behind;
    }
}
