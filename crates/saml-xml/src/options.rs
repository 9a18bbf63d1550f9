/// What [`Document::parse`](crate::Document::parse) accepts beyond the fixed rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseOptions {
    /// Whether a comment is an error.
    pub comments: Comments,
    /// The budgets that end the parse of a hostile document.
    pub limits: Limits,
}

impl ParseOptions {
    /// Returns the rules for protocol messages and for what was signed: comments are an error (ATT-004).
    #[must_use]
    pub const fn message() -> Self {
        Self { comments: Comments::Refused, limits: Limits::message() }
    }

    /// Returns the rules for metadata of one entity: comments are allowed, and the document may be larger.
    #[must_use]
    pub const fn metadata() -> Self {
        Self { comments: Comments::Dropped, limits: Limits::metadata() }
    }
}

/// Whether comments may stand in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comments {
    /// Comments are read over; the text around one is one piece of text.
    Dropped,
    /// A comment is an error.
    Refused,
}

/// The budgets of one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest document, in bytes; at most 1 GiB is honoured, and 512 MiB for a child that is read in
    /// [`Parts`](crate::Parts).
    pub bytes: usize,
    /// The deepest element, the root being 1.
    pub depth: usize,
    /// The most elements, pieces of text, attributes and namespace declarations in a document.
    pub nodes: usize,
    /// The most attributes on one element, namespace declarations not counted.
    pub attributes: usize,
    /// The most namespace declarations in scope of one element, shadowed ones counted.
    pub namespaces: usize,
}

impl Limits {
    /// Returns the budgets for a protocol message.
    ///
    /// The largest real answers are about 60 KB (a hundred attributes) and 15 elements deep, with at most 8 attributes
    /// on an element, 10 namespaces in scope and 1,500 nodes; the budgets are a multiple of that. The budget for nodes
    /// keeps the worst megabyte at a few milliseconds (ATT-017, ATT-084).
    #[must_use]
    pub const fn message() -> Self {
        Self { bytes: 1 << 20, depth: 64, nodes: 12_000, attributes: 24, namespaces: 24 }
    }

    /// Returns the budgets for the metadata of one entity, or of a small federation.
    #[must_use]
    pub const fn metadata() -> Self {
        Self { bytes: 8 << 20, depth: 64, nodes: 400_000, attributes: 32, namespaces: 32 }
    }
}
