use std::fmt;

use thiserror::Error;

/// Where in a document something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Position {
    /// Bytes before it, a byte order mark counted.
    pub offset: usize,
    /// Line, the first being 1.
    pub line: usize,
    /// Column in characters, the first being 1.
    pub column: usize,
}

impl Position {
    pub(crate) fn of(bytes: &[u8], offset: usize) -> Self {
        let before = bytes.get(..offset).unwrap_or(bytes);
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let start_of_line = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        let in_line = before.get(start_of_line..).unwrap_or_default();
        // Continuation bytes of UTF-8 are 10xxxxxx; the others start a character.
        let column = 1 + in_line.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        Self { offset, line, column }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {} (byte {})", self.line, self.column, self.offset)
    }
}

/// A document that is not what this crate reads, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{kind} at {position}")]
#[non_exhaustive]
pub struct Error {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Where it is wrong.
    pub position: Position,
}

impl Error {
    /// Returns the stable word for logs and metrics, such as `xml_document_type`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }
}

/// A document that was read in parts and is not what this crate reads, or could not be read to its end.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PartError {
    /// The source of the bytes failed.
    #[error("document cannot be read to its end: {0}")]
    Read(std::io::ErrorKind),
    /// The document is refused.
    #[error("{kind} at byte {offset}")]
    Xml {
        /// What is wrong.
        kind: ErrorKind,
        /// Bytes before it, a byte order mark counted. Lines are not counted.
        offset: u64,
    },
}

impl PartError {
    /// Returns the stable word for logs and metrics, such as `xml_document_type`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Read(_) => "xml_read",
            Self::Xml { kind, .. } => kind.code(),
        }
    }
}

macro_rules! error_kinds {
    ($($(#[$doc:meta])* $name:ident, $code:literal, $message:literal;)*) => {
        /// What is wrong with a document.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[$doc])* #[error($message)] $name,)*
        }

        impl ErrorKind {
            /// Returns the stable word for logs and metrics.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

error_kinds! {
    /// `&` that starts no character reference and none of the five predefined entities (XML 1.0 4.1).
    BadReference, "xml_bad_reference", "expected a character reference or one of &lt; &gt; &amp; &quot; &apos;";
    /// A character outside the `Char` production, literal or by reference (XML 1.0 2.2).
    ForbiddenCharacter, "xml_forbidden_character", "character that XML 1.0 does not allow";
    /// A name that is not an `NCName`, or has more than one colon.
    BadName, "xml_bad_name", "expected an XML name with at most one colon";
    /// A child element where only character data may stand (ATT-007).
    ChildInText, "xml_child_in_text", "expected character data only, found a child element";
    /// A comment in a document whose options refuse comments (ATT-004).
    Comment, "xml_comment", "comments are not allowed here";
    /// `]]>` in character data, or `--` in a comment.
    DelimiterInContent, "xml_delimiter_in_content", "`]]>` in text or `--` in a comment";
    /// A document type declaration (ATT-001 to ATT-003).
    DocumentType, "xml_document_type", "document type declarations are refused";
    /// Two attributes of one element with the same expanded name, or two declarations of one prefix.
    DuplicateAttribute, "xml_duplicate_attribute", "attribute stands twice on one element";
    /// An encoding other than UTF-8, declared or found.
    Encoding, "xml_encoding", "expected UTF-8";
    /// An end tag that does not match the open element.
    MismatchedEnd, "xml_mismatched_end", "end tag does not match the open element";
    /// A namespace name that is not an absolute URI, or a reserved prefix or name bound otherwise.
    BadNamespace, "xml_bad_namespace", "namespace declaration is not allowed";
    /// A processing instruction (ATT-005).
    ProcessingInstruction, "xml_processing_instruction", "processing instructions are refused";
    /// A prefix or a namespace name longer than any real one (ATT-084).
    LongNamespace, "xml_long_namespace", "prefix or namespace name is longer than the limit";
    /// Markup that fits no production.
    Syntax, "xml_syntax", "markup is not well-formed";
    /// Too many attributes on one element.
    TooManyAttributes, "xml_too_many_attributes", "element has more attributes than the limit";
    /// Too many namespace declarations in scope.
    TooManyNamespaces, "xml_too_many_namespaces", "more namespaces in scope than the limit";
    /// Too many elements, pieces of text, attributes and namespace declarations.
    TooManyNodes, "xml_too_many_nodes", "document has more nodes than the limit";
    /// Elements nested too deep (ATT-016).
    TooDeep, "xml_too_deep", "elements are nested deeper than the limit";
    /// A document larger than the limit (ATT-018).
    TooLarge, "xml_too_large", "document is larger than the limit";
    /// Anything but white space after the root element (ATT-014).
    TrailingContent, "xml_trailing_content", "content after the root element";
    /// A prefix without a declaration in scope.
    UnboundPrefix, "xml_unbound_prefix", "prefix has no namespace declaration in scope";
    /// The document ends inside something.
    UnexpectedEnd, "xml_unexpected_end", "document ends too early";
    /// An XML version other than 1.0.
    Version, "xml_version", "expected XML version 1.0";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_counts_lines_and_characters() {
        let text = "a\nbé<x";
        assert_eq!(Position::of(text.as_bytes(), 5), Position { offset: 5, line: 2, column: 3 });
        assert_eq!(Position::of(b"", 0), Position { offset: 0, line: 1, column: 1 });
    }
}
