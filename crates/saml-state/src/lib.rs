//! What a service provider remembers: requests it sent, assertions it consumed, sessions it opened.
//!
//! | trait | duty | answers |
//! |---|---|---|
//! | [`RequestStore`] | a response is accepted once, in the browser that asked for it | ATT-111, ATT-117 |
//! | [`ReplayCache`] | an assertion is accepted once | ATT-112, ATT-113, ATT-115, ATT-116 |
//! | [`SessionStore`] | a session ends when it is idle, too old, removed, or logged out by its identity provider | ATT-176 |
//!
//! The stores of [`memory`] serve one process and lose everything at a restart (ATT-114); a store that several
//! processes share implements the same traits and proves it with the functions of `contract` (feature `contract`).
//!
//! **Invariant:** nothing here reads a clock or a source of randomness; both are arguments. A clock that goes back is
//! taken to stand still: it revives nothing and prolongs nothing. No store drops what is still in use to make room for
//! another user's: a full store refuses.
//!
//! ```
//! use chrono::{TimeDelta, TimeZone, Utc};
//! use saml_state::memory::MemoryReplayCache;
//! use saml_state::{Inserted, ReplayCache, ReplayKey};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let now = Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).single().ok_or("no such time")?;
//! let cache = MemoryReplayCache::new(1000);
//! let key = ReplayKey::new("https://idp.example/metadata", "_9f3c")?;
//! let keep_until = now + TimeDelta::minutes(5);
//!
//! assert_eq!(cache.insert(&key, keep_until, now).await?, Inserted::First);
//! assert_eq!(cache.insert(&key, keep_until, now).await?, Inserted::Replayed);
//! # Ok(())
//! # }
//! ```

mod browser_binding;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
mod error;
mod handle;
mod kept_session;
pub mod memory;
mod pending_request;
mod relay_state;
mod replay_cache;
mod request_id;
mod request_store;
mod return_path;
mod session_store;
mod session_subject;

pub use browser_binding::BrowserBinding;
pub use error::{Error, StoreError};
pub use kept_session::KeptSession;
pub use pending_request::PendingRequest;
pub use relay_state::RelayState;
pub use replay_cache::{Inserted, ReplayCache, ReplayKey};
pub use request_id::RequestId;
pub use request_store::RequestStore;
pub use return_path::ReturnPath;
pub use session_store::{SessionId, SessionStore};
pub use session_subject::{KeyedDigest, SessionSubject};

/// The code of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
