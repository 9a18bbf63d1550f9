use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::error::Error;
use crate::identity_provider::IdentityProvider;
use crate::metadata_source::{MetadataCopy, MetadataSource, later};

/// Keeps the metadata of one identity provider fresh: when to fetch again, what to believe, and how it went.
///
/// It fetches nothing itself. Whoever does says what came of it: [`received`](Self::received),
/// [`not_modified`](Self::not_modified) or [`failed`](Self::failed). **Invariant:** only a file that
/// [`MetadataSource::judge`] believes takes the place of the last good copy; after every failure that stays, and is
/// used until the end of its own validity.
///
/// When to fetch: after a success, at the earliest of the interval, the `cacheDuration`, and half of the time that the
/// copy is still valid; after failures, from one minute on, twice as long each time, up to the interval. Never sooner
/// than after a minute, so that no `cacheDuration` makes a storm (ATT-186).
///
/// ```
/// use std::time::Duration;
///
/// use chrono::DateTime;
/// use saml_metadata::{Endpoint, Error, IdentityProviderMetadata, MetadataRefresh, MetadataSource};
/// use saml_protocol::Binding;
/// use saml_xml_security::SigningKey;
///
/// let key = SigningKey::generate_self_signed(2048, "broker.example.nl", 0, 4_000_000_000)?;
/// let login = vec![Endpoint { binding: Binding::HttpPost, location: "https://broker.example.nl/login".to_owned() }];
/// let keys = vec![key.verifying_key().clone()];
/// let file = IdentityProviderMetadata::new("_1", "https://broker.example.nl", keys.clone(), login).sign(&key)?;
///
/// let source = MetadataSource::new("https://broker.example.nl", keys)?;
/// let mut refresh = MetadataRefresh::new(source, Duration::from_secs(6 * 3600));
/// let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default();
/// assert!(refresh.is_due(now));
/// assert!(refresh.received(file.as_bytes(), now)?);
/// assert!(!refresh.is_due(now));
///
/// let changed = file.replace("/login", "/elsewhere");
/// assert_eq!(refresh.received(changed.as_bytes(), now).unwrap_err().code(), "signature_digest_mismatch");
/// assert!(refresh.identity_provider().is_some());
/// assert_eq!(refresh.status(now).failure.map(|failure| failure.code), Some("signature_digest_mismatch".to_owned()));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MetadataRefresh {
    source: MetadataSource,
    interval: Duration,
    last_good: Option<MetadataCopy>,
    /// When the source last gave the last good copy, or said that it still has it.
    confirmed_at: Option<DateTime<Utc>>,
    /// When to fetch; at once where it is not known.
    next_at: Option<DateTime<Utc>>,
    failure: Option<RefreshFailure>,
}

/// How it goes, for an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefreshStatus {
    /// How long ago the source last confirmed the copy in use; `None` without a copy.
    pub age: Option<Duration>,
    /// Until when that is valid, where it says so.
    pub valid_until: Option<DateTime<Utc>>,
    /// Whether that has expired, and nothing may be verified with it any more.
    pub is_expired: bool,
    /// When it is fetched again; `None` for at once.
    pub next_at: Option<DateTime<Utc>>,
    /// Why it is not newer; `None` when the last attempt succeeded, or before the first.
    pub failure: Option<RefreshFailure>,
}

/// Why the last attempts failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefreshFailure {
    /// When the last one did.
    pub at: DateTime<Utc>,
    /// How many failed since the last success.
    pub attempts: u32,
    /// The stable word of the last reason.
    pub code: String,
    /// The last reason.
    pub reason: String,
}

impl MetadataRefresh {
    /// Starts without a copy; a file is due at once. Once a day is the least for a broker whose keys may change
    /// unannounced.
    #[must_use]
    pub const fn new(source: MetadataSource, interval: Duration) -> Self {
        Self { source, interval, last_good: None, confirmed_at: None, next_at: None, failure: None }
    }

    /// Starts with a copy that was kept, which the source confirmed at that time; a fresh one is still due at once.
    ///
    /// # Errors
    /// As [`MetadataSource::restore`].
    pub fn with_copy(self, bytes: &[u8], confirmed_at: DateTime<Utc>) -> Result<Self, Error> {
        let last_good = Some(self.source.restore(bytes)?);
        Ok(Self { last_good, confirmed_at: Some(confirmed_at), ..self })
    }

    /// Tells whether it is time to fetch.
    #[must_use]
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.next_at.is_none_or(|next_at| now >= next_at)
    }

    /// Takes in a file that was fetched, and tells whether the copy in use has changed: then it is time to keep it.
    ///
    /// # Errors
    /// As [`MetadataSource::judge`]; counted as a failure, with the last good copy in its place.
    pub fn received(&mut self, bytes: &[u8], now: DateTime<Utc>) -> Result<bool, Error> {
        match self.source.judge(bytes, self.last_good.as_ref(), now) {
            Ok(copy) => {
                let has_changed = self.last_good.as_ref() != Some(&copy);
                self.confirm(copy, now);
                Ok(has_changed)
            }
            Err(error) => {
                self.failed(error.code(), &error.to_string(), now);
                Err(error)
            }
        }
    }

    /// Takes in that the source still has the copy in use (RFC 9110 15.4.5).
    ///
    /// # Errors
    /// [`Error::Expired`] when that is not valid any more, [`Error::Validity`], [`Error::ElementMissing`] when there is
    /// none; counted as a failure.
    pub fn not_modified(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        let confirmed = match &self.last_good {
            Some(copy) => self.source.check_validity(copy, now).map(|()| copy.clone()),
            None => Err(Error::ElementMissing { element: "EntityDescriptor" }),
        };
        match confirmed {
            Ok(copy) => {
                self.confirm(copy, now);
                Ok(())
            }
            Err(error) => {
                self.failed(error.code(), &error.to_string(), now);
                Err(error)
            }
        }
    }

    /// Takes in that no file came, and why.
    pub fn failed(&mut self, code: &str, reason: &str, now: DateTime<Utc>) {
        let attempts = self.failure.as_ref().map_or(0, |failure| failure.attempts).saturating_add(1);
        let wait = 2_u32.checked_pow(attempts - 1).map_or(self.interval, |factor| SHORTEST.saturating_mul(factor));
        self.next_at = Some(later(now, wait.min(self.interval).max(SHORTEST)));
        self.failure = Some(RefreshFailure { at: now, attempts, code: code.to_owned(), reason: reason.to_owned() });
    }

    /// Returns the identity provider of the last good copy, which may have expired: check that whenever it is used,
    /// with [`check_valid`](crate::Role::check_valid).
    #[must_use]
    pub fn identity_provider(&self) -> Option<&IdentityProvider> {
        self.last_good.as_ref().map(MetadataCopy::identity_provider)
    }

    /// Returns how it goes.
    #[must_use]
    pub fn status(&self, now: DateTime<Utc>) -> RefreshStatus {
        let provider = self.identity_provider();
        RefreshStatus {
            age: self.confirmed_at.map(|at| (now - at).to_std().unwrap_or_default()),
            valid_until: provider.and_then(|provider| provider.valid_until()),
            is_expired: provider.is_some_and(|provider| provider.check_valid(now).is_err()),
            next_at: self.next_at,
            failure: self.failure.clone(),
        }
    }

    fn confirm(&mut self, copy: MetadataCopy, now: DateTime<Utc>) {
        let valid = copy.identity_provider().valid_until().map(|until| (until - now).to_std().unwrap_or_default() / 2);
        let wait = [copy.cache_duration(), valid].into_iter().flatten().fold(self.interval, Duration::min);
        self.next_at = Some(later(now, wait.max(SHORTEST)));
        self.confirmed_at = Some(now);
        self.last_good = Some(copy);
        self.failure = None;
    }
}

/// Between two attempts.
const SHORTEST: Duration = Duration::from_secs(60);
