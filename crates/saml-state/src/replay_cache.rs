use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::{Error, StoreError};

/// Remembers which assertions were accepted, for as long as they could be accepted again.
///
/// **Duty:** an assertion is accepted at most once (ATT-112). For one key, of any number of inserts at the same time,
/// in any number of processes, one is [`Inserted::First`]; so looking and inserting must be one step of the underlying
/// engine (ATT-113). A living key is never dropped for room: a flood must not make room for a replay (ATT-116).
///
/// Call it after the signature and the times were checked, so that only the identity provider can fill it. Of an
/// artifact nothing can be checked before: for each login one is recorded, so limit how many logins one address may
/// begin.
pub trait ReplayCache: Send + Sync {
    /// Inserts a key that lives while the time is before `keep_until`, and tells whether it was there.
    ///
    /// `keep_until` is the end of the assertion's validity plus the clock skew that is allowed. A key that was there
    /// keeps the end that it had.
    ///
    /// # Errors
    ///
    /// [`StoreError::Full`] when there is no room, [`StoreError::AlreadyEnded`] when the key would not live,
    /// [`StoreError::Unavailable`]. The login is to be refused.
    fn insert(
        &self,
        key: &ReplayKey,
        keep_until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Inserted, StoreError>> + Send;

    /// Inserts `key`, and when that was not there `then` as well; `None` says that `key` was there, and that `then` was
    /// left alone.
    ///
    /// Each is with the time that it lives until. Without a body of its own this is two inserts in that order, which is
    /// as safe; a store elsewhere does it in one step, and is waited for once.
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert), of either; the login is to be refused, and `key` may have been inserted.
    fn insert_then(
        &self,
        key: (&ReplayKey, DateTime<Utc>),
        then: (&ReplayKey, DateTime<Utc>),
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Option<Inserted>, StoreError>> + Send {
        async move {
            match self.insert(key.0, key.1, now).await? {
                Inserted::First => self.insert(then.0, then.1, now).await.map(Some),
                Inserted::Replayed => Ok(None),
            }
        }
    }
}

/// One cache that several parts of a process share.
impl<C: ReplayCache> ReplayCache for Arc<C> {
    fn insert(
        &self,
        key: &ReplayKey,
        keep_until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Inserted, StoreError>> + Send {
        C::insert(self, key, keep_until, now)
    }

    fn insert_then(
        &self,
        key: (&ReplayKey, DateTime<Utc>),
        then: (&ReplayKey, DateTime<Utc>),
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Option<Inserted>, StoreError>> + Send {
        C::insert_then(self, key, then, now)
    }
}

/// Tells whether a key was inserted for the first time.
#[must_use = "a replayed assertion must end the login"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// The key was not there.
    First,
    /// The key was there and still lives: this is a replay.
    Replayed,
}

/// What tells one assertion from every other: who issued it and its ID, both as read from what the signature covers.
///
/// Nothing that an attacker can rewrite belongs in it, such as the raw message or the ID of an unsigned response
/// (ATT-115). Two are compared byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplayKey {
    issuer: String,
    assertion_id: String,
}

impl ReplayKey {
    /// Makes the key of an assertion.
    ///
    /// # Errors
    ///
    /// [`Error::ReplayKeyEmpty`] and [`Error::ReplayKeyTooLong`], when either part is empty or longer than 1024 bytes.
    ///
    /// ```
    /// use saml_state::{Error, ReplayKey};
    ///
    /// assert_eq!(ReplayKey::new("https://idp.example/metadata", "_9f3c")?.assertion_id(), "_9f3c");
    /// assert_eq!(ReplayKey::new("https://idp.example/metadata", ""), Err(Error::ReplayKeyEmpty));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn new(issuer: &str, assertion_id: &str) -> Result<ReplayKey, Error> {
        let found = issuer.len().max(assertion_id.len());
        if issuer.is_empty() || assertion_id.is_empty() {
            Err(Error::ReplayKeyEmpty)
        } else if found > LIMIT {
            Err(Error::ReplayKeyTooLong { found })
        } else {
            Ok(ReplayKey { issuer: issuer.to_owned(), assertion_id: assertion_id.to_owned() })
        }
    }

    /// Returns the entity ID of the issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the ID of the assertion.
    #[must_use]
    pub fn assertion_id(&self) -> &str {
        &self.assertion_id
    }
}

// SAML Core 8.3.6: an entity ID has at most 1024 characters; for IDs the same, of our own making.
const LIMIT: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_more_than_1024_bytes_is_rejected() {
        let (longest, too_long) = ("a".repeat(1024), "a".repeat(1025));

        assert!(ReplayKey::new(&longest, &longest).is_ok());
        assert_eq!(ReplayKey::new(&too_long, "a"), Err(Error::ReplayKeyTooLong { found: 1025 }));
        assert_eq!(ReplayKey::new("a", &too_long), Err(Error::ReplayKeyTooLong { found: 1025 }));
    }

    #[test]
    fn a_key_without_issuer_or_id_is_rejected() {
        assert_eq!(ReplayKey::new("", "a"), Err(Error::ReplayKeyEmpty));
        assert_eq!(ReplayKey::new("a", ""), Err(Error::ReplayKeyEmpty));
    }
}
