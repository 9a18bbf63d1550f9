use thiserror::Error;

/// Settings that cannot make a portal.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A base URL under which cookies cannot be kept from others.
    #[error("expected a base URL with https, or with http on the machine itself, found {found}")]
    BaseUrl {
        /// The URL.
        found: String,
    },
    /// A text that is no origin, such as `https://broker.example`.
    #[error("expected an origin of scheme, host and port, found {found}")]
    Origin {
        /// The text.
        found: String,
    },
}

impl ConfigError {
    /// Returns the stable word for logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BaseUrl { .. } => "config_base_url",
            Self::Origin { .. } => "config_origin",
        }
    }
}
