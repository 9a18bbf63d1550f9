use std::fmt;
use std::time::Duration;

use saml_xml_security::SealingKeys;

/// Where Redis is, and what is kept there under which keys.
#[derive(Clone)]
pub struct RedisSettings {
    pub(crate) url: String,
    pub(crate) sealing_keys: SealingKeys,
    pub(crate) digest_key: [u8; 32],
    pub(crate) name: String,
    pub(crate) replicas: usize,
    pub(crate) timeout: Duration,
    pub(crate) may_forget: bool,
}

impl RedisSettings {
    /// Takes the URL, such as `redis://user:password@host:6379/0` or `redis+unix:///run/redis.sock`, the keys that seal what is
    /// kept, and 32 random bytes for the digests that name the keys in Redis. All portals that share it have the same.
    #[must_use]
    pub fn new(url: &str, sealing_keys: SealingKeys, digest_key: [u8; 32]) -> Self {
        Self {
            url: url.to_owned(),
            sealing_keys,
            digest_key,
            name: "saml".to_owned(),
            replicas: 0,
            timeout: Duration::from_secs(1),
            may_forget: false,
        }
    }

    /// Sets the name that every key begins with, in braces; `saml` unless set. Different services have different ones.
    #[must_use]
    pub fn with_name(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// Counts an assertion as new only when so many replicas have it too, at the cost of a second round trip.
    ///
    /// When they do not have it in time the login is refused, and the assertion counts as used.
    #[must_use]
    pub fn with_replicas(self, replicas: usize) -> Self {
        Self { replicas, ..self }
    }

    /// Sets how long a connection, an answer, and a replica may take; a second unless set.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Takes a Redis that starts empty after it stopped: every assertion that is still valid is then accepted once more.
    #[must_use]
    pub fn danger_accept_loss_at_restart(self) -> Self {
        Self { may_forget: true, ..self }
    }
}

impl fmt::Debug for RedisSettings {
    /// Leaves out the URL, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisSettings")
            .field("name", &self.name)
            .field("replicas", &self.replicas)
            .finish_non_exhaustive()
    }
}
