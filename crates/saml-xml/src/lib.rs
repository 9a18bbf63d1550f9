//! One strict XML parser for SAML, exclusive canonicalisation, and a writer that cannot emit unescaped text.
//!
//! The door in is [`Document::parse`]: bytes become a read-only, namespace-aware tree, or an [`Error`] that names the
//! byte offset, line and column. The tree is the XML 1.0 subset that SAML uses: UTF-8, no document type declaration, no
//! processing instructions, no entities but the five predefined ones and character references.
//!
//! **Invariant:** no other crate of this workspace looks at the bytes of a message. What one reader sees, all see: line
//! ends and attribute values are normalised once, `CDATA` is plain text, comments (where they are allowed at all) are
//! gone, and neighbouring pieces of text are one piece.
//!
//! What is too large to be held is read with [`Parts`]: the same parser, a few children of the root at a time.
//!
//! **Absent on purpose:** a resolver, an XPath engine, a way to change a tree, and a way to open a file or a
//! connection.
//!
//! ```
//! use saml_xml::{Document, ParseOptions};
//!
//! let document = Document::parse(b"<a:b xmlns:a='urn:x' c='&lt;'>text</a:b>", &ParseOptions::message())?;
//! let root = document.root();
//! assert!(root.is("urn:x", "b"));
//! assert_eq!(root.attribute("c"), Some("<"));
//! assert_eq!(root.text()?, "text");
//! # Ok::<(), saml_xml::Error>(())
//! ```

mod canonicalize;
mod characters;
mod document;
mod error;
mod escape;
mod options;
mod parse;
mod parts;
mod writer;

pub use canonicalize::{Canonicalization, canonicalize};
pub use document::{Attribute, Document, Element, ElementId};
pub use error::{Error, ErrorKind, PartError, Position};
pub use options::{Comments, Limits, ParseOptions};
pub use parts::{Part, Parts};
pub use writer::{WriteError, Writer};

/// The code of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
