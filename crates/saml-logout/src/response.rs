use chrono::{DateTime, Utc};
use saml_bindings::MessageParameter;
use saml_protocol::{Binding, LogoutResponse, Status, status_codes};
use saml_response::{Error, Trace, TrustedSender};
use saml_state::PendingRequest;

use crate::arrival::{Arrival, Signed};
use crate::checks;
use crate::policy::LogoutPolicy;

/// A `LogoutResponse` that arrived and is well-formed. Nothing in it is known to be true.
#[derive(Debug)]
pub struct ReceivedLogoutResponse {
    arrival: Arrival,
}

/// A `LogoutResponse` whose signature held. Whether it answers our request is still to be checked by
/// [`validate`](Self::validate).
#[derive(Debug)]
pub struct AuthenticLogoutResponse<'p> {
    signed: Signed,
    policy: &'p LogoutPolicy,
}

/// A `LogoutResponse` that every check let through: an answer to the request that was open, whichever way the logout
/// went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidLogoutResponse {
    outcome: LogoutOutcome,
}

/// How a logout went at the other side (SAML Core 3.7.3.2). There is no way to take one for another (ATT-179).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoutOutcome {
    /// Every session of the user has ended.
    Complete,
    /// The user may still be logged in at others.
    Partial,
    /// The other side did not end the session; the user may have stopped it.
    Failed,
}

impl LogoutOutcome {
    /// Returns the word for logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Failed => "failed",
        }
    }

    /// Reads the outcome out of a status: `PartialLogout` below whichever code is partial, and only `Success` is a
    /// success.
    fn of(status: &Status<'_>) -> Self {
        match status.second_level {
            Some(status_codes::PARTIAL_LOGOUT) => Self::Partial,
            _ if status.is_success() => Self::Complete,
            _ => Self::Failed,
        }
    }
}

impl ReceivedLogoutResponse {
    /// Takes the response out of the query of a URL, as it comes by HTTP-Redirect.
    ///
    /// # Errors
    /// An [`Error`] with the code of the binding or XML error, `duplicate_id` or `message_type`.
    pub fn from_redirect(query: &str, trace: &mut Trace) -> Result<Self, Error> {
        let arrival = Arrival::redirect(query, MessageParameter::SamlResponse, LOGOUT_RESPONSE, trace)?;
        Ok(Self { arrival })
    }

    /// Takes the response out of the body of a form, as it comes by HTTP-POST.
    ///
    /// # Errors
    /// As [`from_redirect`](Self::from_redirect).
    pub fn from_post(body: &[u8], trace: &mut Trace) -> Result<Self, Error> {
        let arrival = Arrival::post(body, MessageParameter::SamlResponse, LOGOUT_RESPONSE, trace)?;
        Ok(Self { arrival })
    }

    /// Takes the response out of a SOAP envelope, as it comes from server to server.
    ///
    /// # Errors
    /// As [`from_redirect`](Self::from_redirect).
    pub fn from_soap(envelope: &[u8], trace: &mut Trace) -> Result<Self, Error> {
        Ok(Self { arrival: Arrival::soap(envelope, LOGOUT_RESPONSE, trace)? })
    }

    /// Returns who says to have sent this: to find a partner by, not to believe.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.arrival.issuer()
    }

    /// Returns the request that this says to answer: to find an open request by, not to believe.
    #[must_use]
    pub fn in_response_to(&self) -> Option<&str> {
        self.arrival.message().attribute("InResponseTo")
    }

    /// Verifies the signature of the message, or of the query that brought it, and keeps what it covers.
    ///
    /// # Errors
    /// An [`Error`] with the code of the signature error: no message without a signature passes (ATT-177, ATT-180).
    pub fn authenticate<'p>(
        self,
        sender: &TrustedSender<'_>,
        policy: &'p LogoutPolicy,
        trace: &mut Trace,
    ) -> Result<AuthenticLogoutResponse<'p>, Error> {
        let danger = policy.accepts_rsa_sha1_redirect_response && self.arrival.binding() == Binding::HttpRedirect;
        Ok(AuthenticLogoutResponse { signed: self.arrival.verify(sender, &policy.algorithms, danger, trace)?, policy })
    }
}

impl AuthenticLogoutResponse<'_> {
    /// Checks that the response is by the one who was asked, answers `request`, is for `endpoint`, and of this moment.
    ///
    /// # Errors
    /// An [`Error`] with the code of the first check that failed. A logout that did not succeed is no error: it is told
    /// by [`ValidLogoutResponse::outcome`].
    pub fn validate(
        self,
        request: &PendingRequest,
        endpoint: &str,
        now: DateTime<Utc>,
        trace: &mut Trace,
    ) -> Result<ValidLogoutResponse, Error> {
        let root = self.signed.document.root();
        let response = checks::schema(trace, "a LogoutResponse", LogoutResponse::read(root))?;
        checks::issuer(response.issuer, &self.signed.sender, trace)?;
        let asked = request.identity_provider.as_str();
        trace.check(
            &checks::RESPONDER,
            response.issuer == asked,
            || asked.to_owned(),
            || response.issuer.to_owned(),
        )?;
        let (expected, found) = (request.id.as_str(), response.in_response_to);
        let or_nothing = || found.unwrap_or("nothing").to_owned();
        trace.check(&checks::IN_RESPONSE_TO, found == Some(expected), || expected.to_owned(), or_nothing)?;
        checks::destination(response.destination, endpoint, self.signed.binding, trace)?;
        let window = checks::Window { now, skew: self.policy.clock_skew.as_delta() };
        window.issue_instant(response.issue_instant, request.issued_at, trace)?;
        let outcome = LogoutOutcome::of(&response.status);
        let code = response.status.code.to_owned();
        let said = || response.status.second_level.map_or_else(|| code.clone(), |second| format!("{code} / {second}"));
        trace.pass(&checks::STATUS, || "how the logout went", said);
        Ok(ValidLogoutResponse { outcome })
    }
}

impl ValidLogoutResponse {
    /// Returns how the logout went at the other side.
    #[must_use]
    pub const fn outcome(&self) -> LogoutOutcome {
        self.outcome
    }
}

const LOGOUT_RESPONSE: &str = "LogoutResponse";
