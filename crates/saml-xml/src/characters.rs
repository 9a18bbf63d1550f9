//! The character classes of XML 1.0 (fifth edition) and Namespaces in XML 1.0.

/// Tells whether `c` is a `Char` (XML 1.0 production 2).
pub(crate) const fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

/// Tells whether `byte` is white space (XML 1.0 production 3).
pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Tells whether `c` may start an `NCName`: a `NameStartChar` (XML 1.0 production 4) that is not a colon.
pub(crate) const fn is_ncname_start(c: char) -> bool {
    matches!(c, 'A'..='Z' | 'a'..='z' | '_'
        | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}' | '\u{370}'..='\u{37D}'
        | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}'
        | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

/// Tells whether `c` may stand in an `NCName` after its first character (XML 1.0 production 4a without the colon).
pub(crate) const fn is_ncname_char(c: char) -> bool {
    is_ncname_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// Tells whether `name` is an absolute URI as far as its scheme goes: `ALPHA *(ALPHA / DIGIT / "+" / "-" / ".") ":"`.
///
/// A relative namespace name makes canonicalisers fail or disagree (ATT-078).
pub(crate) fn has_scheme(name: &str) -> bool {
    name.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    })
}

/// Returns how many bytes at the start of `bytes` are `plain`.
pub(crate) fn plain_run(bytes: &[u8], plain: impl Fn(u8) -> bool) -> usize {
    // Runs are short or long: what goes on behind the first bytes is looked at in chunks, without a branch for each
    // byte.
    let end = |bytes: &[u8]| bytes.iter().position(|byte| !plain(*byte));
    let (head, tail) = bytes.split_at(bytes.len().min(8));
    if let Some(end) = end(head) {
        return end;
    }
    let start = head.len() + plain_chunks::<32>(tail, &plain);
    let start = start + plain_chunks::<8>(bytes.get(start..).unwrap_or_default(), &plain);
    let rest = bytes.get(start..).unwrap_or_default();
    start + end(rest).unwrap_or(rest.len())
}

/// Returns how many bytes at the start of `bytes` stand in chunks of `N` that are `plain` as a whole.
pub(crate) fn plain_chunks<const N: usize>(bytes: &[u8], plain: impl Fn(u8) -> bool) -> usize {
    let is_plain = |chunk: &&[u8; N]| chunk.iter().fold(true, |all, byte| all & plain(*byte));
    bytes.as_chunks().0.iter().take_while(is_plain).count() * N
}
