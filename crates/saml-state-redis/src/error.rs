use thiserror::Error as ThisError;

/// Says why a Redis cannot be used.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// It cannot be reached, or refuses us; the URL is not repeated, for it may hold a password.
    #[error("expected a Redis that can be reached, found that it cannot")]
    Connect(#[source] redis::RedisError),
    /// It forgets what is in use when its memory is full, which makes room for a replay (ATT-116).
    #[error(
        "expected maxmemory-policy noeviction, found {found}: an entry that is evicted is a replay that is accepted"
    )]
    Eviction {
        /// The policy.
        found: String,
    },
    /// It forgets everything at a restart, which is time for a replay (ATT-114).
    #[error("expected appendonly yes, found no: a Redis that starts empty accepts replays")]
    NotDurable,
}

impl Error {
    /// Returns the stable word for logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Connect(_) => "redis_connect",
            Self::Eviction { .. } => "redis_eviction",
            Self::NotDurable => "redis_not_durable",
        }
    }
}
