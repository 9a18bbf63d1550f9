use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use saml_state::{
    BrowserBinding, Inserted, PendingRequest, RelayState, ReplayCache, ReplayKey, RequestId, RequestStore, ReturnPath,
    StoreError,
};
use saml_xml_security::SealingKeys;
use serde::{Deserialize, Serialize};

/// A [`RequestStore`] that keeps nothing: each browser carries its own pending requests in its cookie, sealed.
///
/// So to begin a login takes no place anywhere, however many begin (ATT-117), and the answer may come in at any process
/// that has the same sealing keys and shares `used`, which is to be the [`ReplayCache`] for assertions too. There the
/// ID of a request is inserted when it is taken, which makes it good for one login in all processes; when the cache
/// cannot say, nobody is logged in.
///
/// A browser carries at most [`PendingRequest::PER_BROWSER`] requests in [`BrowserBinding::CARRIED_LIMIT`] bytes, and
/// drops the first of them for another. What it carries is sealed for its own secret and for `entity_id`, so that it
/// opens in no other browser and at no other service provider, and each request has its end inside.
///
/// The caller sets the cookie anew after each call wherever [`BrowserBinding::expose`] has changed, as `saml-axum`
/// does.
///
/// Refused: what was changed, moved, or sealed with a key that is not in use ([`StoreError::SealBroken`]), and a
/// request that takes more room than a cookie has, as by a long page to return to ([`StoreError::TooLarge`]).
///
/// # What a store on the server does better
/// - **A copy stays good.** Who copies the cookies of a browser can finish its login in another, as with any cookie.
///   But here a request cannot be withdrawn before its end either: what the browser dropped, or was told to forget, a
///   copy still has, until the request is used or 15 minutes old.
/// - **The cache is the only memory.** One that forgets, as when it is restarted without having written everything
///   down, forgets which requests were used and which assertions were seen, both.
/// - **Nothing remembers the time.** A process whose clock goes back takes a request that had ended for a living one.
///   One that was used stays used as long as its clock is less than five minutes behind that of the cache.
/// - **Tabs that ask at the very same moment** write one cookie: the last one counts, and a login that another began
///   has to be begun again.
/// - The cookie has up to 4 KiB, which servers and proxies on the way must take in a header.
///
/// ```
/// use std::sync::Arc;
///
/// use saml_sp::SealedRequestStore;
/// use saml_state::memory::MemoryReplayCache;
/// use saml_xml_security::SealingKeys;
///
/// // Processes that share the keys share the cache too: there it is one on Redis.
/// let (keys, seen) = (SealingKeys::new([7; 32])?, Arc::new(MemoryReplayCache::new(100_000)));
/// let requests = SealedRequestStore::new(keys, "https://portal.example/saml", Arc::clone(&seen));
/// // Then `ServiceProvider::new(configuration, requests, seen)`.
/// assert_eq!(format!("{requests:?}"), "SealedRequestStore { entity_id: \"https://portal.example/saml\", .. }");
/// # Ok::<(), saml_xml_security::Error>(())
/// ```
pub struct SealedRequestStore<C> {
    keys: SealingKeys,
    entity_id: String,
    used: C,
}

impl<C> SealedRequestStore<C> {
    /// Puts a store together: the keys that seal, our entity ID, and where the IDs of used requests are remembered.
    ///
    /// To change the key, see [`SealingKeys::and_opens_with`]; a former key is of no use 15 minutes after the last
    /// process sealed with it.
    #[must_use]
    pub fn new(keys: SealingKeys, entity_id: &str, used: C) -> Self {
        Self { keys, entity_id: entity_id.to_owned(), used }
    }

    /// Opens the requests that this browser carries, and lets it drop those that have ended.
    fn open(&self, browser: &BrowserBinding, now: DateTime<Utc>) -> Result<Vec<Carried>, StoreError> {
        let text = browser.carried();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let sealed = URL_SAFE_NO_PAD.decode(text).map_err(|_| StoreError::SealBroken)?;
        let json = self.keys.open(&sealed, &self.place(browser)).map_err(|_| StoreError::SealBroken)?;
        let fields: Vec<Fields> = serde_json::from_slice(&json).map_err(|_| StoreError::SealBroken)?;
        let list: Option<Vec<Carried>> = fields.into_iter().map(Fields::read).collect();
        let mut list = list.ok_or(StoreError::SealBroken)?;
        let before = list.len();
        list.retain(|carried| carried.end > now);
        if list.len() < before {
            self.carry(browser, &list)?;
        }
        Ok(list)
    }

    /// Lets the browser carry these instead.
    fn carry(&self, browser: &BrowserBinding, list: &[Carried]) -> Result<(), StoreError> {
        let text = self.seal(browser, list)?;
        browser
            .carry(&text)
            .map_err(|_| StoreError::TooLarge { limit: BrowserBinding::CARRIED_LIMIT, found: text.len() })
    }

    /// Looks what there is to take, and what is left when it is taken.
    fn take_out(
        &self,
        browser: &BrowserBinding,
        request_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Taken>, StoreError> {
        let mut rest = self.open(browser, now)?;
        let Some(position) = rest.iter().position(|carried| carried.answers_to(request_id)) else {
            return Ok(None);
        };
        let Carried { end, request } = rest.remove(position);
        // The issuer is ourselves, so that no ID of an assertion is ever the same key.
        let key = ReplayKey::new(&self.entity_id, request_id).map_err(|_| StoreError::Unavailable)?;
        let keep_until = end.checked_add_signed(CLOCKS_DIFFER).ok_or(StoreError::Unavailable)?;
        Ok(Some(Taken { request, key, keep_until, rest }))
    }

    fn seal(&self, browser: &BrowserBinding, list: &[Carried]) -> Result<String, StoreError> {
        if list.is_empty() {
            return Ok(String::new());
        }
        let fields: Vec<Fields> = list.iter().map(Fields::from).collect();
        let json = serde_json::to_vec(&fields).map_err(|_| StoreError::Unavailable)?;
        let sealed = self.keys.seal(&json, &self.place(browser)).map_err(|_| StoreError::Unavailable)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    fn place(&self, browser: &BrowserBinding) -> Vec<u8> {
        // The secret has a fixed length, so that no two places are the same octets.
        [PLACE, self.entity_id.as_bytes(), &browser.bytes()].concat()
    }
}

impl<C: ReplayCache> RequestStore for SealedRequestStore<C> {
    async fn remember(
        &self,
        browser: &BrowserBinding,
        request: PendingRequest,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let end = request.ends_at(now);
        if end <= now {
            return Err(StoreError::AlreadyEnded { end, now });
        }
        // What does not open can never be finished; it must not keep this browser from beginning anew.
        let mut list = self.open(browser, now).unwrap_or_default();
        if list.iter().any(|carried| carried.answers_to(request.id.as_str())) {
            return Err(StoreError::Duplicate);
        }
        list.push(Carried { end, request });
        while list.len() > PendingRequest::PER_BROWSER
            || (list.len() > 1 && self.seal(browser, &list)?.len() > BrowserBinding::CARRIED_LIMIT)
        {
            list.remove(0);
        }
        self.carry(browser, &list)
    }

    async fn find(
        &self,
        browser: &BrowserBinding,
        request_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<PendingRequest>, StoreError> {
        let found = self.open(browser, now)?.into_iter().find(|carried| carried.answers_to(request_id));
        Ok(found.map(|carried| carried.request))
    }

    async fn take(
        &self,
        browser: &BrowserBinding,
        request_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<PendingRequest>, StoreError> {
        let Some(Taken { request, key, keep_until, rest }) = self.take_out(browser, request_id, now)? else {
            return Ok(None);
        };
        let inserted = self.used.insert(&key, keep_until, now).await?;
        self.carry(browser, &rest)?;
        Ok((inserted == Inserted::First).then_some(request))
    }

    /// Records both in `replays`, which is to be the cache that this store was made with, so that it is waited for
    /// once.
    async fn take_recording<R: ReplayCache>(
        &self,
        browser: &BrowserBinding,
        request_id: &str,
        (replays, assertion, assertion_until): (&R, &ReplayKey, DateTime<Utc>),
        now: DateTime<Utc>,
    ) -> Result<Option<Inserted>, StoreError> {
        let Some(Taken { key, keep_until, rest, .. }) = self.take_out(browser, request_id, now)? else {
            return Ok(None);
        };
        let inserted = replays.insert_then((&key, keep_until), (assertion, assertion_until), now).await?;
        self.carry(browser, &rest)?;
        Ok(inserted)
    }
}

impl<C> fmt::Debug for SealedRequestStore<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedRequestStore").field("entity_id", &self.entity_id).finish_non_exhaustive()
    }
}

/// A request that is about to be taken: the key by which it is known to be used, until when, and what the browser still
/// carries.
struct Taken {
    request: PendingRequest,
    key: ReplayKey,
    keep_until: DateTime<Utc>,
    rest: Vec<Carried>,
}

/// A request that a browser carries, and its end.
struct Carried {
    end: DateTime<Utc>,
    request: PendingRequest,
}

impl Carried {
    fn answers_to(&self, request_id: &str) -> bool {
        self.request.id.as_str() == request_id
    }
}

/// A request as it is sealed: its fields without their names, as a cookie is small.
#[derive(Serialize, Deserialize)]
struct Fields(String, Moment, Moment, String, String, Option<String>, bool, String, String);

/// Seconds since 1970, and nanoseconds.
#[derive(Serialize, Deserialize)]
struct Moment(i64, u32);

impl From<&Carried> for Fields {
    fn from(Carried { end, request }: &Carried) -> Self {
        Self(
            request.id.as_str().to_owned(),
            Moment::from(*end),
            Moment::from(request.issued_at),
            request.identity_provider.clone(),
            request.assertion_consumer_service.clone(),
            request.requested_level.clone(),
            request.force_authn,
            request.return_to.as_str().to_owned(),
            request.relay_state.as_str().to_owned(),
        )
    }
}

impl Fields {
    fn read(self) -> Option<Carried> {
        let Self(id, end, issued_at, identity_provider, consumer, requested_level, force_authn, return_to, relay_state) =
            self;
        let request = PendingRequest {
            id: RequestId::parse(&id).ok()?,
            issued_at: issued_at.read()?,
            identity_provider,
            assertion_consumer_service: consumer,
            requested_level,
            force_authn,
            return_to: ReturnPath::parse(&return_to).ok()?,
            relay_state: RelayState::parse(&relay_state).ok()?,
        };
        Some(Carried { end: end.read()?, request })
    }
}

impl From<DateTime<Utc>> for Moment {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time.timestamp(), time.timestamp_subsec_nanos())
    }
}

impl Moment {
    fn read(self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(self.0, self.1)
    }
}

/// What the seal is for; another form of what is inside gets another name.
const PLACE: &[u8] = b"pending requests of a browser, 1: ";

/// How far behind the clock of another process may be that still takes a used request for a living one.
pub(crate) const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(5);
