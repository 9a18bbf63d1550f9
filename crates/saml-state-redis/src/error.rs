use std::error::Error as StdError;

use redis::{ErrorKind, RedisError, ServerErrorKind};
use thiserror::Error as ThisError;

/// What the connection said. Its type is no part of the interface.
type Cause = Box<dyn StdError + Send + Sync>;

/// Says why a Redis cannot be used. The URL is never repeated, for it may hold a password.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// It refuses the user or the password, or wants one.
    #[error("expected a user and a password that Redis takes, found that it refuses them")]
    Authentication(#[source] Cause),
    /// The certificates or the key for TLS cannot be read.
    #[error("expected roots, a certificate and a PKCS#8 key in PEM form, found others")]
    Certificates(#[source] Cause),
    /// It cannot be reached, or its certificate does not come from a pinned root and bear its name.
    #[error("expected a Redis that can be reached, found that it cannot")]
    Connect(#[source] Cause),
    /// It forgets what is in use when its memory is full, which makes room for a replay (ATT-116).
    #[error(
        "expected maxmemory-policy noeviction, found {found}: an entry that is evicted is a replay that is accepted"
    )]
    Eviction {
        /// The policy.
        found: String,
    },
    /// A name that makes no hash tag, without which the nodes of a cluster share the keys out, and each call fails.
    #[error(
        "expected a name of at least one character and without braces, found {found:?}: set another with with_name"
    )]
    Name {
        /// The name.
        found: String,
    },
    /// Several nodes were named, and this one is of no cluster: nobody sees to it that only one of them takes writes.
    #[error("expected cluster-enabled yes, because several nodes are named, found no")]
    NoCluster,
    /// A `rediss` URL without roots: nothing is trusted that was not named.
    #[error("expected the roots of the certificate of Redis, found none: name them with with_roots")]
    NoRoots,
    /// It can lose what it acknowledged when it stops, which is time for a replay (ATT-114).
    #[error("expected {setting} {expected}, found {found}: a Redis that forgets what it acknowledged accepts replays")]
    NotDurable {
        /// The name in `redis.conf`.
        setting: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// A way over a network that anybody on it can read and answer in the place of Redis.
    #[error("expected rediss, a socket, or Redis on this machine, found a host that is reached in the clear")]
    NotEncrypted,
    /// A URL that ends in `#insecure`, which takes any certificate.
    #[error("expected a certificate that is verified, found #insecure in the URL")]
    NotVerified,
    /// The user may not run what the store runs.
    #[error("expected a user who may run the commands of the store, found one who may not: see the docs for its ACL")]
    Permission(#[source] Cause),
    /// It follows another, and takes no writes.
    #[error("expected a master, found a replica")]
    Replica,
}

impl Error {
    /// Returns the stable word for logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Authentication(_) => "redis_authentication",
            Self::Certificates(_) => "redis_certificates",
            Self::Connect(_) => "redis_connect",
            Self::Eviction { .. } => "redis_eviction",
            Self::Name { .. } => "redis_name",
            Self::NoCluster => "redis_no_cluster",
            Self::NoRoots => "redis_no_roots",
            Self::NotDurable { .. } => "redis_not_durable",
            Self::NotEncrypted => "redis_not_encrypted",
            Self::NotVerified => "redis_not_verified",
            Self::Permission(_) => "redis_permission",
            Self::Replica => "redis_replica",
        }
    }

    /// Tells a refusal by Redis from a connection that failed.
    pub(crate) fn of(error: RedisError) -> Self {
        match (error.kind(), error.code()) {
            (ErrorKind::AuthenticationFailed, _) | (_, Some("NOAUTH" | "WRONGPASS")) => {
                Self::Authentication(error.into())
            }
            (ErrorKind::Server(ServerErrorKind::NoPerm), _) => Self::Permission(error.into()),
            _ => Self::Connect(error.into()),
        }
    }

    /// A node that does not answer.
    pub(crate) fn connect(error: impl Into<RedisError>) -> Self {
        Self::Connect(error.into().into())
    }
}
