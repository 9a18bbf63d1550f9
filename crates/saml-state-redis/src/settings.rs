use std::fmt;
use std::time::Duration;

use redis::{ClientTlsConfig, TlsCertificates};
use saml_xml_security::SealingKeys;

/// Where Redis is, and what is kept there under which keys.
#[derive(Clone)]
pub struct RedisSettings {
    pub(crate) nodes: Vec<String>,
    pub(crate) roots: Option<Vec<u8>>,
    pub(crate) client: Option<ClientTlsConfig>,
    pub(crate) sealing_keys: SealingKeys,
    pub(crate) digest_key: [u8; 32],
    pub(crate) name: String,
    pub(crate) replicas: usize,
    pub(crate) timeout: Duration,
    pub(crate) clock_difference: Duration,
    pub(crate) durability: Durability,
    pub(crate) may_be_plain: bool,
}

/// What Redis has to keep when it stops.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    Everything,
    AllButTheLastSecond,
    Nothing,
}

impl RedisSettings {
    /// Takes the URL, such as `rediss://user:password@host:6379/0` or `redis+unix:///run/redis.sock`, the keys that
    /// seal what is kept, and 32 random bytes for the digests that name the keys in Redis. All portals that share it
    /// have the same.
    ///
    /// `redis://` is for a Redis on this very machine; one that is elsewhere is reached by `rediss://`, which is TLS,
    /// with the roots that [`with_roots`](Self::with_roots) pins.
    #[must_use]
    pub fn new(url: &str, sealing_keys: SealingKeys, digest_key: [u8; 32]) -> Self {
        Self {
            nodes: vec![url.to_owned()],
            roots: None,
            client: None,
            sealing_keys,
            digest_key,
            name: "saml".to_owned(),
            replicas: 0,
            timeout: Duration::from_secs(1),
            clock_difference: Duration::from_mins(5),
            durability: Durability::Everything,
            may_be_plain: false,
        }
    }

    /// Adds another node of a Redis Cluster, to be asked when those before it cannot be reached.
    ///
    /// The node that has the keys is found by any of them, and is found again after a failover. With several nodes each
    /// must be of a cluster: masters that know nothing of each other would each accept an assertion once.
    #[must_use]
    pub fn with_node(mut self, url: &str) -> Self {
        self.nodes.push(url.to_owned());
        self
    }

    /// Pins the roots, one or more in PEM form, that the certificate of Redis must come from; nothing else is trusted.
    #[must_use]
    pub fn with_roots(self, pem: &[u8]) -> Self {
        Self { roots: Some(pem.to_owned()), ..self }
    }

    /// Sets the certificate by which a Redis with `tls-auth-clients` knows us, and its key as PKCS#8, both in PEM form.
    #[must_use]
    pub fn with_client_certificate(self, certificate: &[u8], key: &[u8]) -> Self {
        let client = ClientTlsConfig { client_cert: certificate.to_owned(), client_key: key.to_owned() };
        Self { client: Some(client), ..self }
    }

    /// Sets the name that every key begins with, in braces; `saml` unless set. Different services have different ones.
    ///
    /// Refused when connecting: an empty name, or one with a brace in it, as the nodes of a cluster then share the keys
    /// out.
    #[must_use]
    pub fn with_name(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// Counts an assertion as new, and a session as ended, only when so many replicas know it too.
    ///
    /// When they do not know it in time the login is refused, and the assertion counts as used. Set it to the number of
    /// all replicas that can take over: then a failover brings back neither an assertion nor a session.
    #[must_use]
    pub fn with_replicas(self, replicas: usize) -> Self {
        Self { replicas, ..self }
    }

    /// Sets how long connecting may take, and how long an answer; a second each unless set. Replicas have half of it.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Takes portals whose clocks differ from that of Redis by up to `difference`; by five minutes unless set.
    ///
    /// What was used is then kept longer by twice as much, so that it stays used. But a portal that is ahead ends the
    /// requests and sessions of all others, and they cannot use an assertion before their clocks are there too. It is
    /// for tests whose clock is not that of the machine.
    #[must_use]
    pub fn danger_accept_clock_difference(self, difference: Duration) -> Self {
        Self { clock_difference: difference, ..self }
    }

    /// Takes a Redis with `appendfsync everysec`: what it acknowledged in the last second or two before it, or its
    /// machine, crashed is accepted once more.
    #[must_use]
    pub fn danger_accept_loss_of_the_last_second(self) -> Self {
        Self { durability: Durability::AllButTheLastSecond, ..self }
    }

    /// Takes a Redis that starts empty after it stopped: every assertion that is still valid is then accepted once
    /// more.
    #[must_use]
    pub fn danger_accept_loss_at_restart(self) -> Self {
        Self { durability: Durability::Nothing, ..self }
    }

    /// Takes a Redis on another machine without TLS: who is on the network between reads its password, and can answer
    /// in its place that an assertion is new or that nobody has that session. What is kept stays sealed.
    #[must_use]
    pub fn danger_accept_plain_tcp(self) -> Self {
        Self { may_be_plain: true, ..self }
    }

    /// Tells whether there is a root at all: without any, those of the operating system would be trusted.
    pub(crate) fn has_roots(&self) -> bool {
        let roots = self.roots.as_deref().and_then(|pem| std::str::from_utf8(pem).ok());
        roots.is_some_and(|roots| roots.contains("-----BEGIN CERTIFICATE-----"))
    }

    /// Returns what TLS trusts, and what it shows of us.
    pub(crate) fn certificates(&self) -> TlsCertificates {
        TlsCertificates { client_tls: self.client.clone(), root_cert: self.roots.clone() }
    }

    /// Tells whether the name makes all keys one hash tag, which ends at the first brace and must not be empty.
    pub(crate) fn has_hash_tag(&self) -> bool {
        !self.name.is_empty() && !self.name.contains(['{', '}'])
    }

    /// Returns the key that holds the latest time that any portal told, so that no clock brings back what has ended.
    pub(crate) fn clock_key(&self) -> String {
        format!("{{{}}}:clock", self.name)
    }
}

impl fmt::Debug for RedisSettings {
    /// Leaves out the URLs, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisSettings")
            .field("name", &self.name)
            .field("replicas", &self.replicas)
            .finish_non_exhaustive()
    }
}
