//! Pending requests, replay protection and sessions that several portals share, on Redis 7.
//!
//! The door in is [`RedisStore`], which is a [`RequestStore`](saml_state::RequestStore), a
//! [`ReplayCache`](saml_state::ReplayCache) and, for every [`KeptSession`](saml_state::KeptSession), a
//! [`SessionStore`](saml_state::SessionStore). Each call is one script and one round trip, and what it looks at and
//! changes is one step of Redis, so that of any number of portals one takes a request and one sees an assertion first
//! (ATT-113). The calls of a process share a connection.
//!
//! **Invariant:** it fails closed. Whatever goes wrong is
//! [`StoreError::Unavailable`](saml_state::StoreError::Unavailable), and the reason stands in the log under
//! `saml_state_redis`. It heals by itself when Redis is back.
//!
//! **Invariant:** a request or a session is sealed with a key that Redis does not have, for its very place; the names
//! of keys are digests.
//!
//! ```no_run
//! use saml_state_redis::{RedisSettings, RedisStore};
//! use saml_xml_security::SealingKeys;
//!
//! # async fn example(sealing_key: [u8; 32], digest_key: [u8; 32]) -> Result<(), Box<dyn std::error::Error>> {
//! let keys = SealingKeys::new(sealing_key)?;
//! let settings = RedisSettings::new("rediss://portal:password@redis.example.nl:6379", keys, digest_key)
//!     .with_roots(&std::fs::read("redis-roots.pem")?)
//!     .with_replicas(1);
//! let store = RedisStore::connect(settings).await?;
//! # let _ = store;
//! # Ok(())
//! # }
//! ```
//!
//! The store and its clones take the places of the three memory stores. In `saml.toml` of `saml-config` that is
//! `[*.state]`. To change the key that seals without ending a session, see
//! [`SealingKeys::and_opens_with`](saml_xml_security::SealingKeys::and_opens_with).
//!
//! A login waits for Redis once when it begins and four times when it ends: to find the request, to take it, to record
//! the assertion, to open the session. With `SealedRequestStore` of `saml-sp` the browsers carry their requests,
//! sealed, and it waits twice in all.
//!
//! # How Redis has to be set up
//!
//! A connection is used only after Redis said that it is so; where it is not, [`Error`] or the log says which setting
//! is wrong.
//!
//! | `redis.conf` | why | accepts less |
//! |---|---|---|
//! | `maxmemory-policy noeviction` | an assertion that is evicted can be replayed; a full Redis refuses logins (ATT-116) | nothing |
//! | `appendonly yes` | a Redis that starts empty has forgotten every assertion (ATT-114) | [`danger_accept_loss_at_restart`](RedisSettings::danger_accept_loss_at_restart) |
//! | `appendfsync always`, `no-appendfsync-on-rewrite no` | `everysec` forgets a second or two of what it acknowledged | [`danger_accept_loss_of_the_last_second`](RedisSettings::danger_accept_loss_of_the_last_second), for `appendfsync` |
//! | TLS, with [`with_roots`](RedisSettings::with_roots) | others on the network read the password and answer for Redis; not needed on one machine | [`danger_accept_plain_tcp`](RedisSettings::danger_accept_plain_tcp) |
//!
//! The clocks of the portals may differ from that of Redis by less than five minutes; a call by another clock is
//! refused, and the log says `redis_clock_ahead` or `redis_clock_behind`.
//!
//! A user with exactly these rights can do everything here (`{saml}` is the [name](RedisSettings::with_name), with its
//! braces):
//!
//! ```text
//! ACL SETUSER portal on >password ~{saml}:* resetchannels -@all +evalsha +script|load +exists +info +config|get +wait
//!     +time +get +set +del +pexpire +pttl +hget +hset +hdel +hmget +hgetall +sadd +srem +smembers
//! ```
//!
//! # What can be lost
//!
//! When Redis stops or is killed: nothing. When a replica takes over it may lack what its master acknowledged last:
//! requests and sessions that were made (their users begin anew), but also assertions that were used and sessions that
//! were ended. With [`with_replicas`](RedisSettings::with_replicas), set to the number of all replicas that can take
//! over, a login and a logout count only when these know of them; a replica that is down then means that nobody logs
//! in. Never let a replica take over while its master still answers portals: two masters accept an assertion once each.
//!
//! All keys have one hash tag, so that a Redis Cluster keeps them on one node, and a script has all it needs: a login
//! is five of the 100,000 calls that a node takes a second. The store finds that node by any other, and follows when
//! another takes over; while the cluster hands that one slot to another node it refuses. With TLS the nodes must name
//! each other as their certificates do (`cluster-preferred-endpoint-type hostname`).

mod call;
mod error;
mod kept_request;
mod line;
mod node;
mod replay_cache;
mod request_store;
mod scripts;
mod session_store;
mod settings;
mod store;

pub use error::Error;
pub use settings::RedisSettings;
pub use store::RedisStore;

/// The code of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
