use std::path::PathBuf;

use serde::Deserialize;

use crate::secret::Secret;

/// Where pending requests, used assertions and sessions are kept: `[*.state]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct State {
    /// `memory`, for a portal of one process that may forget at a restart, or `redis`; `memory` unless set.
    #[serde(default)]
    pub store: Store,
    /// The URL of Redis, with a password where it has one; for `redis`.
    pub url: Option<Secret>,
    /// The root certificates that may vouch for a Redis over TLS; for `redis`.
    pub roots: Option<PathBuf>,
    /// The keys that values are sealed with, 64 hexadecimal digits each: the first seals, all open; for `redis`.
    #[serde(default)]
    pub sealing_keys: Vec<Secret>,
    /// The key of the digests that name entries, 64 hexadecimal digits; for `redis`.
    pub digest_key: Option<Secret>,
    /// The name that every key in Redis begins with; `saml` unless set. For `redis`.
    pub name: Option<String>,
    /// How many replicas must have an assertion before it counts; `0` unless set. For `redis`.
    #[serde(default)]
    pub replicas: usize,
}

/// The kinds of stores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Store {
    /// In this process.
    #[default]
    Memory,
    /// On Redis, for several portals.
    Redis,
}
