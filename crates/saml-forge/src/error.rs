use thiserror::Error;

/// A message that could not be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// A message that lacks the part that is to be changed.
    #[error("expected {path} in the good message, found none")]
    Part {
        /// Where it should stand, from the root down.
        path: String,
    },
    /// A message that binds `saml` or `samlp` to a namespace that is not SAML's.
    #[error("expected the prefixes saml and samlp for the namespaces of SAML alone, found another use of one")]
    Prefix,
    /// A message that could not be put into its binding.
    #[error("{0}")]
    Binding(#[from] saml_bindings::Error),
    /// The message could not be signed.
    #[error("{0}")]
    Signature(#[from] saml_xml_security::Error),
    /// A value that XML cannot hold.
    #[error("message cannot be written: {0}")]
    Write(#[from] saml_xml::WriteError),
    /// What was written could not be read again.
    #[error("{0}")]
    Xml(#[from] saml_xml::Error),
}

impl Error {
    /// Returns the stable word for logs; that of the inner error for a signature or XML.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Binding(error) => error.code(),
            Self::Part { .. } => "forge_part",
            Self::Prefix => "forge_prefix",
            Self::Signature(error) => error.code(),
            Self::Write(_) => "forge_write",
            Self::Xml(error) => error.code(),
        }
    }
}
