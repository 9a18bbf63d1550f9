use thiserror::Error;

/// Says why a logout message could not be made. One that came in is refused with the error of `saml-response`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The message could not be put into its binding.
    #[error("{0}")]
    Binding(#[from] saml_bindings::Error),
    /// The message could not be signed.
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
            Self::Signature(error) => error.code(),
            Self::Write(_) => "logout_write",
        }
    }
}
