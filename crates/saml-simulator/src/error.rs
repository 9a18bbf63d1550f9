use thiserror::Error;

/// A configuration that a simulator cannot be made of.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A base URL that is no plain origin.
    #[error("expected a base URL such as http://127.0.0.1:8081, without a path, found {found}")]
    BaseUrl {
        /// The base URL found.
        found: String,
    },
    /// The same service provider twice: which settings hold for it would be chance.
    #[error("expected each service provider once, found {entity_id} twice")]
    DuplicateServiceProvider {
        /// Its entity ID.
        entity_id: String,
    },
    /// Keys or certificates that no back channel can be served with.
    #[error("expected a private key, its certificate chain and roots for clients in PEM form, found others")]
    Tls,
    /// The simulator's metadata could not be written or signed.
    #[error("{0}")]
    Metadata(#[from] saml_metadata::Error),
}

impl ConfigError {
    /// Returns the stable word for logs; that of the inner error for metadata.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BaseUrl { .. } => "config_base_url",
            Self::DuplicateServiceProvider { .. } => "config_duplicate_service_provider",
            Self::Metadata(error) => error.code(),
            Self::Tls => "config_tls",
        }
    }
}
