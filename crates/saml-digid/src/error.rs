use thiserror::Error;

/// A profile that must not be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A production profile that would let a test login in.
    #[error("expected authorities of production only, found {found}: remove it, or use the pre-production environment")]
    TestAuthority {
        /// The entity ID of the test authority.
        found: String,
    },
    /// A profile of Stelsel Toegang that names no service, so that an answer for another service would do as well.
    #[error("expected the UUID of the service in the service catalogue, found none")]
    NoService,
    /// A broker profile that names no authority, so that nobody could log in.
    #[error("expected at least one authority that may authenticate, such as {example}, found none")]
    NoAuthority {
        /// An entity ID that is often meant.
        example: &'static str,
    },
}

impl ConfigError {
    /// Returns the stable word for logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoAuthority { .. } => "config_no_authority",
            Self::NoService => "config_no_service",
            Self::TestAuthority { .. } => "config_test_authority",
        }
    }
}
