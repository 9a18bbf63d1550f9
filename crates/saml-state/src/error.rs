use chrono::{DateTime, Utc};

use crate::BrowserBinding;

/// Says why a text is not the value it was given for.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not a text that a browser can carry in its cookie for a store.
    #[error(
        "expected at most {} ASCII letters, digits, hyphens and underscores, found another text of {found} bytes",
        BrowserBinding::CARRIED_LIMIT
    )]
    CarriedMalformed {
        /// Its length in bytes.
        found: usize,
    },
    /// Not the handle that a browser's cookie holds.
    #[error("expected 64 lower-case hexadecimal digits, found another text of {found} bytes")]
    HandleMalformed {
        /// Its length in bytes.
        found: usize,
    },
    /// Not a relay state that this service provider makes.
    #[error("expected 1 to 80 ASCII letters, digits, hyphens and underscores, found another text of {found} bytes")]
    RelayStateMalformed {
        /// Its length in bytes.
        found: usize,
    },
    /// An issuer or assertion ID without text.
    #[error("expected an issuer and an assertion ID, found an empty one")]
    ReplayKeyEmpty,
    /// An issuer or assertion ID that is too long to keep.
    #[error("expected an issuer and an assertion ID of at most 1024 bytes each, found {found} bytes")]
    ReplayKeyTooLong {
        /// The length in bytes of the longer of the two.
        found: usize,
    },
    /// Not an ID that a request can have.
    #[error("expected an XML name of at most 1024 ASCII bytes, found another text of {found} bytes")]
    RequestIdMalformed {
        /// Its length in bytes.
        found: usize,
    },
    /// Not a path on this very host.
    #[error("expected a path that starts with a single slash, found another text of {found} bytes")]
    ReturnPathNotLocal {
        /// Its length in bytes.
        found: usize,
    },
}

impl Error {
    /// Returns the stable word for logs, metrics and test tables.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Error::CarriedMalformed { .. } => "carried_malformed",
            Error::HandleMalformed { .. } => "handle_malformed",
            Error::RelayStateMalformed { .. } => "relay_state_malformed",
            Error::ReplayKeyEmpty => "replay_key_empty",
            Error::ReplayKeyTooLong { .. } => "replay_key_too_long",
            Error::RequestIdMalformed { .. } => "request_id_malformed",
            Error::ReturnPathNotLocal { .. } => "return_path_not_local",
        }
    }
}

/// Says why a store did not do its duty; whoever gets it has to refuse the login.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// What was to be kept ends before the latest time that this store was told, as when a clock went back.
    #[error("expected an end after {now}, the latest time this store was told, found {end}")]
    AlreadyEnded {
        /// When it would end.
        end: DateTime<Utc>,
        /// The latest time that the store was told.
        now: DateTime<Utc>,
    },
    /// The random name of what was to be kept is in use: the source of randomness is broken.
    #[error("expected a name that is not in use, found one that is")]
    Duplicate,
    /// The store holds as much as it may.
    #[error("expected room in the store, found {capacity} entries in use of {capacity}")]
    Full {
        /// How many entries it may hold.
        capacity: usize,
    },
    /// What the browser carries for the store does not open: it was made with another key or for another browser or
    /// service provider, or somebody changed it.
    #[error("expected requests sealed for this browser and service provider with a key in use, found something else")]
    SealBroken,
    /// What is to be remembered takes more room than a cookie has.
    #[error("expected a request of at most {limit} bytes when sealed, found {found}")]
    TooLarge {
        /// How many bytes it may take.
        limit: usize,
        /// How many it takes.
        found: usize,
    },
    /// The store cannot be reached, or cannot be trusted any more.
    #[error("expected a store that works, found one that does not")]
    Unavailable,
}

impl StoreError {
    /// Returns the stable word for logs, metrics and test tables.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            StoreError::AlreadyEnded { .. } => "store_already_ended",
            StoreError::Duplicate => "store_duplicate",
            StoreError::Full { .. } => "store_full",
            StoreError::SealBroken => "store_seal_broken",
            StoreError::TooLarge { .. } => "store_too_large",
            StoreError::Unavailable => "store_unavailable",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_its_own_code() {
        let now = DateTime::UNIX_EPOCH;
        let codes = [
            Error::CarriedMalformed { found: 0 }.code(),
            Error::HandleMalformed { found: 0 }.code(),
            Error::RelayStateMalformed { found: 0 }.code(),
            Error::ReplayKeyEmpty.code(),
            Error::ReplayKeyTooLong { found: 1025 }.code(),
            Error::RequestIdMalformed { found: 0 }.code(),
            Error::ReturnPathNotLocal { found: 0 }.code(),
            StoreError::AlreadyEnded { end: now, now }.code(),
            StoreError::Duplicate.code(),
            StoreError::Full { capacity: 1 }.code(),
            StoreError::SealBroken.code(),
            StoreError::TooLarge { limit: 0, found: 1 }.code(),
            StoreError::Unavailable.code(),
        ];

        assert_eq!(
            codes,
            [
                "carried_malformed",
                "handle_malformed",
                "relay_state_malformed",
                "replay_key_empty",
                "replay_key_too_long",
                "request_id_malformed",
                "return_path_not_local",
                "store_already_ended",
                "store_duplicate",
                "store_full",
                "store_seal_broken",
                "store_too_large",
                "store_unavailable",
            ]
        );
    }
}
