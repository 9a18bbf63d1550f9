//! Pending requests, replay protection and sessions that several portals share, on Redis 7.
//!
//! The door in is [`RedisStore`], which is a [`RequestStore`](saml_state::RequestStore), a
//! [`ReplayCache`](saml_state::ReplayCache) and, for every [`KeptSession`], a [`SessionStore`](saml_state::SessionStore). Each call is one script and one round trip, and what it looks at and changes is
//! one step of Redis, so that of any number of portals one takes a request and one sees an assertion first (ATT-113).
//!
//! **Invariant:** it fails closed. Whatever goes wrong is [`StoreError::Unavailable`](saml_state::StoreError::Unavailable), and
//! the reason stands in the log under `saml_state_redis`.
//!
//! **Invariant:** a request or a session is sealed with a key that Redis does not have, for its very place; the names of keys are digests.
//!
//! What can be lost: when the machine of a Redis with `appendonly yes` stops, the last second of what it acknowledged; with
//! `appendfsync always` nothing. A replica that takes over may lack what its master acknowledged last; with
//! [`RedisSettings::with_replicas`] an assertion counts as new only once so many replicas have it.
//!
//! All keys have one hash tag, so that a cluster keeps them on one node: a login is a few of Redis's 100,000 calls a second.
//!
//! ```no_run
//! use saml_state_redis::{RedisSettings, RedisStore};
//! use saml_xml_security::SealingKeys;
//!
//! # async fn example(sealing_key: [u8; 32]) -> Result<(), Box<dyn std::error::Error>> {
//! let settings = RedisSettings::new("redis://127.0.0.1:6379", SealingKeys::new(sealing_key)?, sealing_key);
//! let store = RedisStore::connect(settings).await?;
//! # let _ = store;
//! # Ok(())
//! # }
//! ```

mod error;
mod kept_request;
mod replay_cache;
mod request_store;
mod scripts;
mod session_store;
mod settings;
mod store;

pub use error::Error;
pub use session_store::KeptSession;
pub use settings::RedisSettings;
pub use store::RedisStore;
