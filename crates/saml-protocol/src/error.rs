use thiserror::Error;

/// A message that does not follow the schema of SAML 2.0.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// An attribute that must be there is not.
    #[error("expected attribute {attribute} on {element}, found none")]
    AttributeMissing {
        /// The element.
        element: String,
        /// The attribute.
        attribute: &'static str,
    },
    /// A condition that this crate does not know, which makes the assertion's validity indeterminate (SAML Core
    /// 2.5.1.1).
    #[error("expected a condition that is understood, found {found}")]
    ConditionUnknown {
        /// The element found.
        found: String,
    },
    /// A time that is not an `xs:dateTime` in UTC.
    #[error("expected a time such as 2026-01-31T12:00:00Z in {place}, found something else")]
    DateTime {
        /// The attribute.
        place: &'static str,
    },
    /// An element that must be there is not.
    #[error("expected {expected} in {parent}, found {found}")]
    ElementMissing {
        /// The element that was read.
        parent: String,
        /// What should stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// An element stands where the schema has none, or stands there too often (ATT-021, ATT-031).
    #[error("expected no {found} in {parent} here")]
    ElementUnexpected {
        /// The element that was read.
        parent: String,
        /// What stands there.
        found: String,
    },
    /// Another message than the one expected here (ATT-149).
    #[error("expected {expected}, found {found}")]
    MessageType {
        /// The message expected.
        expected: &'static str,
        /// The root element found.
        found: String,
    },
    /// Character data between elements.
    #[error("expected elements only in {parent}, found text")]
    TextUnexpected {
        /// The element that was read.
        parent: String,
    },
    /// A value that does not fit its attribute.
    #[error("expected {expected} in {attribute}, found something else")]
    Value {
        /// The attribute.
        attribute: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A version other than 2.0 (ATT-146).
    #[error("expected Version 2.0, found {found}")]
    Version {
        /// The version found.
        found: String,
    },
    /// Something encrypted that was not opened.
    #[error("expected a plain element, found {found}")]
    Encrypted {
        /// The element found.
        found: String,
    },
    /// An element whose text is not plain text.
    #[error("{0}")]
    Xml(#[from] saml_xml::Error),
}

impl Error {
    /// Returns the stable word for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AttributeMissing { .. } => "attribute_missing",
            Self::ConditionUnknown { .. } => "condition_unknown",
            Self::DateTime { .. } => "date_time",
            Self::ElementMissing { .. } => "element_missing",
            Self::ElementUnexpected { .. } => "element_unexpected",
            Self::Encrypted { .. } => "encrypted",
            Self::MessageType { .. } => "message_type",
            Self::TextUnexpected { .. } => "text_unexpected",
            Self::Value { .. } => "attribute_value",
            Self::Version { .. } => "version",
            Self::Xml(error) => error.code(),
        }
    }
}
