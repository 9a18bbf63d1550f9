use chrono::{DateTime, SecondsFormat, Utc};
use saml_xml_security::{SigningKey, VerifyingKey};
use thiserror::Error as ThisError;

/// The keys that we sign with over time: the current one, and perhaps a next one with its day.
///
/// Says which certificates stand in our metadata, which key signs messages, and which signs the metadata itself. The
/// answers change by themselves when their moment comes, so that nobody needs to be awake for it.
///
/// ```
/// use chrono::DateTime;
/// use saml_metadata::{KeySchedule, NextKey, Published};
/// use saml_xml_security::SigningKey;
///
/// let [current, next] = ["2026", "2027"].map(|name| SigningKey::generate_self_signed(2048, name, 0, 4_000_000_000));
/// let (current, next) = (current?, next?);
/// let day = DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default();
/// let (before, after) = (day - chrono::TimeDelta::seconds(1), day);
///
/// let plan = NextKey { key: next.clone(), signs_from: day, published: Published::Next };
/// let schedule = KeySchedule::new(current.clone()).with_next(plan)?;
/// assert_eq!(schedule.published(before), [next.verifying_key().clone()]);
/// assert_eq!(schedule.signs(before).verifying_key(), current.verifying_key());
/// assert_eq!(schedule.signs(after).verifying_key(), next.verifying_key());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct KeySchedule {
    current: SigningKey,
    next: Option<NextKey>,
}

/// The key that comes after the current one.
#[derive(Clone, Debug)]
pub struct NextKey {
    /// The key.
    pub key: SigningKey,
    /// The first moment at which it signs; the current one does until then.
    pub signs_from: DateTime<Utc>,
    /// Which of the two stand in the metadata until then.
    pub published: Published,
}

/// Which certificates stand in our metadata around a change of keys.
///
/// Afterwards it is the next one alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// The current one until the next one signs: for a side that registers one key, and changes at an agreed moment.
    Current,
    /// The next one at once: for a side that keeps the current one itself, and refuses a file with two.
    Next,
    /// Both from the start until this moment, not before the next one signs, so that a side that reads late still knows
    /// who signed. The one that signs at the time stands first: some sides take the second for that of TLS (ST-SAML).
    Both {
        /// The first moment at which the current one is no longer published.
        until: DateTime<Utc>,
    },
}

/// Keys and moments that make no schedule.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum KeyScheduleError {
    /// The current key is withdrawn while it still signs.
    #[error("expected both keys to be published until {} at least, found {}", time(*signs_from), time(*until))]
    Overlap {
        /// When the next key begins to sign.
        signs_from: DateTime<Utc>,
        /// When the current key is withdrawn.
        until: DateTime<Utc>,
    },
    /// The next key is the current one.
    #[error("expected another certificate as the next one, found the current one")]
    SameKey,
    /// A certificate does not hold at the change, so that for some time nothing valid would sign.
    #[error("expected the {which} certificate to hold at {}, found one that does not", time(*signs_from))]
    Validity {
        /// `current` or `next`.
        which: &'static str,
        /// When the next key begins to sign.
        signs_from: DateTime<Utc>,
    },
}

impl KeyScheduleError {
    /// Returns the stable word for logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Overlap { .. } => "key_schedule_overlap",
            Self::SameKey => "key_schedule_same_key",
            Self::Validity { .. } => "key_schedule_validity",
        }
    }
}

impl KeySchedule {
    /// Starts with one key, for as long as it lasts.
    #[must_use]
    pub const fn new(current: SigningKey) -> Self {
        Self { current, next: None }
    }

    /// Adds the key that comes next.
    ///
    /// # Errors
    /// [`KeyScheduleError::SameKey`]; [`KeyScheduleError::Validity`] when a certificate does not hold at the change:
    /// the current one in the second before, the next one from then on; [`KeyScheduleError::Overlap`].
    pub fn with_next(self, next: NextKey) -> Result<Self, KeyScheduleError> {
        let signs_from = next.signs_from;
        if self.current.verifying_key() == next.key.verifying_key() {
            return Err(KeyScheduleError::SameKey);
        }
        let change = signs_from.timestamp();
        for (which, key, moment) in [("current", &self.current, change.saturating_sub(1)), ("next", &next.key, change)]
        {
            let (first, last) = key.verifying_key().validity();
            if !(first..=last).contains(&moment) {
                return Err(KeyScheduleError::Validity { which, signs_from });
            }
        }
        match next.published {
            Published::Both { until } if until < signs_from => Err(KeyScheduleError::Overlap { signs_from, until }),
            _ => Ok(Self { next: Some(next), ..self }),
        }
    }

    /// Returns the key that signs messages at a moment.
    #[must_use]
    pub fn signs(&self, at: DateTime<Utc>) -> &SigningKey {
        match &self.next {
            Some(next) if at >= next.signs_from => &next.key,
            _ => &self.current,
        }
    }

    /// Returns the certificates that stand in our metadata at a moment, that of [`signs`](Self::signs) first where it
    /// is among them.
    #[must_use]
    pub fn published(&self, at: DateTime<Utc>) -> Vec<VerifyingKey> {
        self.published_keys(at).into_iter().map(|key| key.verifying_key().clone()).collect()
    }

    /// Returns the key that signs our metadata at a moment: the first of those that it publishes (DigiD SAML 3.7,
    /// metadata of the service provider: signed with the key that stands in it).
    #[must_use]
    pub fn signs_metadata(&self, at: DateTime<Utc>) -> &SigningKey {
        self.published_keys(at).first().copied().unwrap_or(&self.current)
    }

    fn published_keys(&self, at: DateTime<Utc>) -> Vec<&SigningKey> {
        let Some(next) = &self.next else { return vec![&self.current] };
        let has_changed = at >= next.signs_from;
        match next.published {
            Published::Current if !has_changed => vec![&self.current],
            Published::Both { .. } if !has_changed => vec![&self.current, &next.key],
            Published::Both { until } if at < until => vec![&next.key, &self.current],
            _ => vec![&next.key],
        }
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
