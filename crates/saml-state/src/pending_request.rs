use chrono::{DateTime, TimeDelta, Utc};

use crate::{RelayState, RequestId, ReturnPath};

/// A request that was sent and whose response has not come in yet.
///
/// It holds everything that the response has to agree with, so that none of it has to be taken from the response. It
/// holds no personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingRequest {
    /// The ID of the request, which the response names in `InResponseTo`.
    pub id: RequestId,
    /// When the request was made.
    pub issued_at: DateTime<Utc>,
    /// The entity ID of the identity provider that it went to; only that one may answer.
    pub identity_provider: String,
    /// The URL that the response has to come in at.
    pub assertion_consumer_service: String,
    /// The URI of the level that was asked for, as sent in `AuthnContextClassRef`.
    pub requested_level: Option<String>,
    /// Whether the user had to be asked for credentials anew; if so, an old `AuthnInstant` is refused.
    pub force_authn: bool,
    /// Where the browser goes after the login.
    pub return_to: ReturnPath,
    /// What travels with the request and comes back with the response.
    pub relay_state: RelayState,
}

impl PendingRequest {
    /// How long a response may take (DigiD SAML 3.7: an artifact lives at most 15 minutes).
    pub const LIFETIME: TimeDelta = TimeDelta::minutes(15);

    /// How many requests of one browser can be pending at once, one for each of its tabs.
    pub const PER_BROWSER: usize = 10;

    /// Returns the end of the request's life, when it is remembered at `now`.
    ///
    /// It is [`LIFETIME`](PendingRequest::LIFETIME) after `issued_at`, or after `now` where that is earlier: an
    /// `issued_at` to come does not prolong it.
    #[must_use]
    pub fn ends_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.issued_at.min(now).checked_add_signed(PendingRequest::LIFETIME).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}
