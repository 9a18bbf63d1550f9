use thiserror::Error as ThisError;

/// Says why a token cannot be used.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// No one private key that signs, of that name.
    #[error("expected one RSA private key labelled {label:?} that signs, found {found}")]
    Key {
        /// The label that was looked for.
        label: String,
        /// How many there were.
        found: usize,
    },
    /// The PIN is wrong, or the token is locked.
    #[error("expected the PIN of token {label:?}, found one that it refuses")]
    Pin {
        /// The label of the token.
        label: String,
    },
    /// No one token of that name.
    #[error("expected one token labelled {label:?}, found {found}; the module has {others:?}")]
    Token {
        /// The label that was looked for.
        label: String,
        /// How many there were.
        found: usize,
        /// The labels of all tokens.
        others: Vec<String>,
    },
    /// The module cannot be loaded, or failed.
    #[error("expected a PKCS#11 module that works, found that it failed to {operation}")]
    Module {
        /// What was tried.
        operation: &'static str,
        /// What the module said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// Returns the stable word for logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Key { .. } => "pkcs11_key",
            Self::Pin { .. } => "pkcs11_pin",
            Self::Token { .. } => "pkcs11_token",
            Self::Module { .. } => "pkcs11_module",
        }
    }
}
