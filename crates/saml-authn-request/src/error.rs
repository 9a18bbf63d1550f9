use thiserror::Error;

/// Says why a request could not be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The request could not be put into its binding.
    #[error("{0}")]
    Binding(#[from] saml_bindings::Error),
    /// A value that must say something is empty.
    #[error("expected a value for {field}, found an empty one")]
    Empty {
        /// The element or attribute that the value is for.
        field: &'static str,
    },
    /// The request could not be signed.
    #[error("{0}")]
    Signature(#[from] saml_xml_security::Error),
    /// A value holds a character that XML does not allow.
    #[error("{0}")]
    Write(#[from] saml_xml::WriteError),
}

impl Error {
    /// Returns the stable word for logs and metrics; that of the inner error for binding and signature.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Binding(error) => error.code(),
            Self::Empty { .. } => "authn_request_empty",
            Self::Signature(error) => error.code(),
            Self::Write(_) => "authn_request_write",
        }
    }
}
