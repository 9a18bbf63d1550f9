//! The duties of the stores as test functions: each store's tests call every one of them with an empty store.
//!
//! Their time is of October 2024, whatever a clock says, and goes back by four minutes at most: a store may refuse
//! more. One that compares times with a clock of its own must be told to accept the difference.
//!
//! A breach panics with what was expected; a store that fails otherwise returns its error. The functions that race take
//! a closure that runs [`Contender`]s at the same time, on whatever executor the store needs:
//!
//! ```
//! use std::sync::Arc;
//!
//! use saml_state::contract::{Contender, replay_cache};
//! use saml_state::memory::MemoryReplayCache;
//! use saml_state::StoreError;
//!
//! async fn in_parallel(contenders: Vec<Contender>) -> Vec<Result<bool, StoreError>> {
//!     let mut tasks = tokio::task::JoinSet::new();
//!     for contender in contenders {
//!         tasks.spawn(contender);
//!     }
//!     tasks.join_all().await
//! }
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), StoreError> {
//! replay_cache::a_key_is_first_once(&MemoryReplayCache::new(100)).await?;
//! replay_cache::one_of_100_parallel_inserts_is_first(Arc::new(MemoryReplayCache::new(100)), in_parallel).await
//! # }
//! ```

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use chrono::{DateTime, TimeDelta, Utc};

use crate::StoreError;

pub mod replay_cache;
pub mod request_store;
pub mod session_store;

/// One of several calls that race for the same thing; its output tells whether it won.
pub struct Contender(Pin<Box<dyn Future<Output = Result<bool, StoreError>> + Send>>);

impl Contender {
    fn new(call: impl Future<Output = Result<bool, StoreError>> + Send + 'static) -> Contender {
        Contender(Box::pin(call))
    }
}

impl Future for Contender {
    type Output = Result<bool, StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl fmt::Debug for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contender").finish_non_exhaustive()
    }
}

fn winners(results: Vec<Result<bool, StoreError>>) -> Result<usize, StoreError> {
    assert_eq!(results.len(), CONTENDERS, "every contender has to be run");
    results.into_iter().try_fold(0, |winners, won| Ok(winners + usize::from(won?)))
}

/// Returns the time so many seconds after the start of the test.
fn second(second: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(second)
}

/// Returns the same time by a clock that was set back.
fn set_back(second: i64) -> DateTime<Utc> {
    self::second(second - 4 * 60)
}

// ATT-113.
const CONTENDERS: usize = 100;

// One race alone seldom shows a store that looks first and changes later.
const ROUNDS: u8 = 20;
