use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use saml_xml_security::{AlgorithmPolicy, VerifyingKey, sha256};

use crate::aggregate::Aggregate;
use crate::error::{Error, moment, shorten};
use crate::identity_provider::IdentityProvider;
use crate::metadata::Metadata;
use crate::stamps::Stamps;

/// Whom the metadata of one identity provider must be of, and which keys may sign it.
///
/// The file may come from anywhere, such as a URL or a metadata query, and may be an aggregate that the entity stands
/// in: only this says whether it is believed.
#[derive(Clone, Debug)]
pub struct MetadataSource {
    entity_id: String,
    keys: Vec<VerifyingKey>,
    follows_keys: bool,
    longest_validity: Option<Duration>,
}

/// Metadata of an identity provider that was believed, and what later versions are compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataCopy {
    identity_provider: IdentityProvider,
    stamps: Stamps,
    cache_duration: Option<Duration>,
    sha256: [u8; 32],
}

impl MetadataSource {
    /// Expects metadata of `entity_id`, signed by one of `keys`, which came by another way than the file.
    ///
    /// # Errors
    /// [`Error::NoSigningKey`] without keys: what comes over the network is not believed unsigned (ATT-182).
    pub fn new(entity_id: &str, keys: Vec<VerifyingKey>) -> Result<Self, Error> {
        if keys.is_empty() {
            return Err(Error::NoSigningKey { entity_id: shorten(entity_id), skipped: 0 });
        }
        Ok(Self { entity_id: entity_id.to_owned(), keys, follows_keys: false, longest_validity: None })
    }

    /// Lets the keys of the last good copy sign the next one as well, besides the pinned ones, for as long as that copy
    /// is valid.
    ///
    /// For an identity provider that signs its own metadata with the key of its messages, such as the Signicat broker:
    /// a version signed by the old key brings the new one. Not for a federation or a metadata query, where an entity
    /// could then speak for itself without its operator. A pinned key stays trusted until it is taken out.
    #[must_use]
    pub fn following_keys(self) -> Self {
        Self { follows_keys: true, ..self }
    }

    /// Wants the metadata to say until when it is valid, and no longer than this from now (ATT-185).
    #[must_use]
    pub fn with_longest_validity(self, longest: Duration) -> Self {
        Self { longest_validity: Some(longest), ..self }
    }

    /// Decides whether a file that was fetched may take the place of `last_good`, the present copy.
    ///
    /// Checked in this order: the signature, by a key that is pinned or, where keys are
    /// [followed](Self::following_keys), in a last good copy that is still valid; the entity ID, or that the aggregate
    /// has it; that it has a usable role of identity provider; until when aggregate, entity and role are valid; that
    /// the file is not older than the last good copy, as [`Stamps::require_not_before`] tells. The same bytes as last
    /// time are only checked for validity.
    ///
    /// # Errors
    /// The [`Error`] of the first rule that is broken: the last good copy then stays.
    pub fn judge(
        &self,
        bytes: &[u8],
        last_good: Option<&MetadataCopy>,
        now: DateTime<Utc>,
    ) -> Result<MetadataCopy, Error> {
        if let Some(same) = last_good.filter(|copy| copy.sha256 == sha256(bytes)) {
            self.check_validity(same, now)?;
            return Ok(same.clone());
        }
        // What has expired vouches for nothing, not for what comes after it either.
        let vouches = |copy: &&MetadataCopy| self.follows_keys && copy.identity_provider.check_valid(now).is_ok();
        let followed = last_good.filter(vouches).map(|copy| copy.identity_provider.signing_keys());
        let copy = self.copy(bytes, followed.unwrap_or_default())?;
        self.check_validity(&copy, now)?;
        last_good.map_or(Ok(()), |last_good| copy.stamps.require_not_before(&last_good.stamps))?;
        Ok(copy)
    }

    /// Reads a copy that was believed before, from where only we write.
    ///
    /// Its signature is verified again, by a pinned key or, where keys are [followed](Self::following_keys), by one of
    /// its own: the key that was pinned at the beginning may be gone, so that it is as trusted as the place it lay. It
    /// may have expired meanwhile: then it still tells what later versions must not be older than.
    ///
    /// # Errors
    /// The [`Error`] of the first rule that is broken.
    pub fn restore(&self, bytes: &[u8]) -> Result<MetadataCopy, Error> {
        let own = if self.follows_keys { Metadata::parse_unverified(bytes) } else { Err(Error::Aggregate) };
        match own {
            Err(Error::Aggregate) => self.copy(bytes, &[]),
            metadata => self.copy(bytes, metadata?.identity_provider()?.signing_keys()),
        }
    }

    /// Verifies `bytes` by a pinned key; where they are the entity's own, by one of `followed` too: a key of one entity
    /// does not speak for an aggregate.
    fn copy(&self, bytes: &[u8], followed: &[VerifyingKey]) -> Result<MetadataCopy, Error> {
        let keys = [&self.keys, followed].concat();
        let (metadata, stamps, cache_duration) = match Metadata::verify(bytes, &keys, &AlgorithmPolicy::modern()) {
            Err(Error::Aggregate) => {
                let aggregate = Aggregate::verify(bytes, &self.keys, &AlgorithmPolicy::modern())?;
                let metadata = aggregate.read(&self.entity_id, bytes)?;
                (metadata, *aggregate.stamps(), aggregate.cache_duration())
            }
            metadata => {
                let metadata = metadata?;
                let (stamps, cache_duration) = (*metadata.stamps(), metadata.cache_duration());
                (metadata, stamps, cache_duration)
            }
        };
        metadata.require_entity_id(&self.entity_id)?;
        let identity_provider = metadata.identity_provider()?;
        Ok(MetadataCopy { identity_provider, stamps, cache_duration, sha256: sha256(bytes) })
    }

    pub(crate) fn check_validity(&self, copy: &MetadataCopy, now: DateTime<Utc>) -> Result<(), Error> {
        copy.identity_provider.check_valid(now)?;
        let valid_until = copy.identity_provider.valid_until();
        let latest = self.longest_validity.map(|longest| later(now, longest));
        match latest {
            Some(latest) if valid_until.is_none_or(|until| until > latest) => {
                Err(Error::Validity { latest, found: moment(valid_until) })
            }
            _ => Ok(()),
        }
    }
}

impl MetadataCopy {
    /// Returns the identity provider.
    #[must_use]
    pub const fn identity_provider(&self) -> &IdentityProvider {
        &self.identity_provider
    }

    /// Returns the moments by which this version is told from an older one.
    #[must_use]
    pub const fn stamps(&self) -> &Stamps {
        &self.stamps
    }

    /// Returns how long the copy may be used before it is fetched again, where it says so.
    #[must_use]
    pub const fn cache_duration(&self) -> Option<Duration> {
        self.cache_duration
    }
}

/// Returns the moment that is `duration` after `at`; the end of time where there is none.
pub(crate) fn later(at: DateTime<Utc>, duration: Duration) -> DateTime<Utc> {
    let moment = TimeDelta::from_std(duration).ok().and_then(|duration| at.checked_add_signed(duration));
    moment.unwrap_or(DateTime::<Utc>::MAX_UTC)
}
