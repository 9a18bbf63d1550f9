use chrono::{DateTime, Utc};

use crate::{BrowserBinding, Inserted, PendingRequest, ReplayCache, ReplayKey, StoreError};

/// Remembers the requests that were sent, each under the browser that asked for it.
///
/// **Duty:** a response is accepted at most once, only while its request lives, and only in the browser in which the
/// request was made (ATT-111). For one request, of any number of calls of [`take`](RequestStore::take) at the same
/// time, in any number of processes, one returns it; so finding and deleting must be one step of the underlying engine.
///
/// A request lives until [`PendingRequest::ends_at`]. Request IDs are compared byte for byte.
pub trait RequestStore: Send + Sync {
    /// Remembers a request under a browser.
    ///
    /// When the browser has [`PendingRequest::PER_BROWSER`] requests pending, the first remembered of these is dropped;
    /// another browser's request is never dropped for room (ATT-117).
    ///
    /// # Errors
    ///
    /// [`StoreError::Full`] when there is no room, [`StoreError::Duplicate`] when this browser has a request pending
    /// with the same ID, [`StoreError::AlreadyEnded`] when the request would not live, [`StoreError::Unavailable`].
    /// Nothing was remembered then and the request must not be sent.
    fn remember(
        &self,
        browser: &BrowserBinding,
        request: PendingRequest,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Finds a living request of this browser, and leaves it where it is.
    ///
    /// For choosing identity provider and policy before a signature is checked: `request_id` comes from bytes that
    /// nobody vouches for yet. What is found must be [taken](RequestStore::take) before the login counts.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`].
    fn find(
        &self,
        browser: &BrowserBinding,
        request_id: &str,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Option<PendingRequest>, StoreError>> + Send;

    /// Takes a living request of this browser: returns it and deletes it in one step.
    ///
    /// `None` says that this browser has no such request, whether it never had, it ended, or another call took it; the
    /// login is to be refused.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`]; the login is to be refused then too.
    fn take(
        &self,
        browser: &BrowserBinding,
        request_id: &str,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Option<PendingRequest>, StoreError>> + Send;

    /// Takes a living request of this browser, and when this call took it records the assertion that answers it in
    /// `replays`, until `keep_until`. `None` says that there was nothing to take, as [`take`](RequestStore::take) does.
    ///
    /// Whoever comes second leaves the assertion alone, so that of two who bring the same answer at once the first is
    /// not refused for the other's sake.
    ///
    /// # Errors
    ///
    /// Those of [`take`](RequestStore::take) and [`ReplayCache::insert`]; the login is to be refused, and the request
    /// may be gone.
    fn take_recording<C: ReplayCache>(
        &self,
        browser: &BrowserBinding,
        request_id: &str,
        (replays, assertion, keep_until): (&C, &ReplayKey, DateTime<Utc>),
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Option<Inserted>, StoreError>> + Send {
        async move {
            match self.take(browser, request_id, now).await? {
                Some(_) => replays.insert(assertion, keep_until, now).await.map(Some),
                None => Ok(None),
            }
        }
    }
}
