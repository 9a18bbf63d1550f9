use thiserror::Error;

/// A logout message that cannot be written or sent.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// A destination that no message may be sent to, or a message that is too long.
    #[error("{0}")]
    Binding(#[from] saml_bindings::Error),
    /// A key that cannot sign.
    #[error("{0}")]
    Signature(#[from] saml_xml_security::Error),
    /// A text that XML cannot hold.
    #[error("{0}")]
    Write(#[from] saml_xml::WriteError),
}

impl Error {
    /// Returns the stable word for logs, that of the inner error for binding and signature.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Binding(error) => error.code(),
            Self::Signature(error) => error.code(),
            Self::Write(_) => "logout_write",
        }
    }
}
