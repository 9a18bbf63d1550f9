use chrono::{DateTime, Utc};
use saml_bindings::MessageParameter;
use saml_logout::{
    LogoutOutcome, NewLogoutResponse, ReceivedLogoutRequest, ReceivedLogoutResponse, ValidLogoutRequest,
};
use saml_protocol::{Binding, Status, status_codes};
use saml_response::{Check, Trace};
use saml_state::{
    BrowserBinding, Inserted, ReplayCache, ReplayKey, RequestId, RequestStore, ReturnPath, SessionStore, StoreError,
};
use saml_xml_security::random_bytes;

use crate::configuration::ServiceProvider;
use crate::dispatch::Dispatch;
use crate::receive::PENDING_REQUEST;
use crate::refusal::Refusal;
use crate::single_logout::{SingleLogout, by_browser};

/// A logout message as a browser brought it.
#[derive(Clone, Copy, Debug)]
pub enum Arrived<'a> {
    /// The body of a form.
    Form(&'a [u8]),
    /// The query of a URL, without the `?`.
    Query(&'a str),
}

/// What came of a logout message that a browser brought.
#[derive(Debug)]
pub enum Logout {
    /// The identity provider asked: the sessions have ended, and the browser is to bring the answer.
    Asked {
        /// The answer.
        answer: Dispatch,
        /// How many sessions ended; the error of a store that could not say, which the answer tells as a partial
        /// logout.
        ended: Result<usize, StoreError>,
    },
    /// The identity provider answered: how our logout went there. The session here had ended before.
    Finished {
        /// How it went.
        outcome: LogoutOutcome,
        /// Where the browser goes on, as it was remembered of the request.
        return_to: ReturnPath,
    },
}

/// The verdict on a logout message that a browser brought, and the trace of the checks that led to it.
#[derive(Debug)]
pub struct LogoutReceived {
    /// What came of it, or why nothing did.
    pub verdict: Result<Logout, Refusal>,
    /// The checks in the order of the road, without personal data.
    pub trace: Trace,
}

/// The answer to a logout request over SOAP.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SoapAnswer {
    /// The SOAP envelope, for an answer with status 200.
    pub envelope: String,
    /// How many sessions ended; the error of a store that could not say, which the answer tells as a partial logout.
    pub ended: Result<usize, StoreError>,
}

impl<R: RequestStore, C: ReplayCache> ServiceProvider<R, C> {
    /// Takes a logout message that a browser brought, by HTTP-POST or HTTP-Redirect.
    ///
    /// A request that the identity provider signed ends the sessions that it names, and no others, and is answered
    /// (ATT-175, ATT-176). An answer counts in the browser whose logout is under way, once; `browser` is what the
    /// cookie of that logout says (ATT-177). The relay state that comes back decides nothing (ATT-178).
    pub async fn single_logout_service<S: Send>(
        &self,
        sessions: &impl SessionStore<S>,
        browser: Option<&BrowserBinding>,
        arrived: Arrived<'_>,
        now: DateTime<Utc>,
    ) -> LogoutReceived {
        let mut trace = Trace::new();
        let text = match arrived {
            Arrived::Form(body) => body,
            Arrived::Query(query) => query.as_bytes(),
        };
        let verdict = match MessageParameter::carried(text) {
            Some(MessageParameter::SamlRequest) => self.asked(sessions, arrived, now, &mut trace).await,
            // Of anything else the decoder says what is wrong with it.
            _ => self.answered(browser, arrived, now, &mut trace).await,
        };
        LogoutReceived { verdict, trace }
    }

    /// Takes a logout request that the identity provider sent over SOAP, where [`SingleLogout::with_soap`] allows it.
    ///
    /// The signature of the message counts, whatever TLS says of the sender.
    ///
    /// # Errors
    /// A [`Refusal`], which the identity provider is to be told by a SOAP fault without a reason.
    pub async fn single_logout_soap<S: Send>(
        &self,
        sessions: &impl SessionStore<S>,
        envelope: &[u8],
        now: DateTime<Utc>,
    ) -> (Result<SoapAnswer, Refusal>, Trace) {
        let mut trace = Trace::new();
        let verdict = self.asked_over_soap(sessions, envelope, now, &mut trace).await;
        (verdict, trace)
    }

    async fn asked<S: Send>(
        &self,
        sessions: &impl SessionStore<S>,
        arrived: Arrived<'_>,
        now: DateTime<Utc>,
        trace: &mut Trace,
    ) -> Result<Logout, Refusal> {
        let single_logout = self.single_logout(trace)?;
        let received = match arrived {
            Arrived::Form(body) => ReceivedLogoutRequest::from_post(body, trace),
            Arrived::Query(query) => ReceivedLogoutRequest::from_redirect(query, trace),
        };
        let received = received.map_err(Refusal::new)?;
        let request = self.decide_logout(received, single_logout, single_logout.endpoint(), now, trace)?;
        let (status, ended) = self.end_sessions(sessions, &request, single_logout, now, trace).await?;

        let identity_provider = &self.configuration.identity_provider;
        let other = if request.binding() == Binding::HttpPost { Binding::HttpRedirect } else { Binding::HttpPost };
        let endpoint =
            by_browser([request.binding(), other], |binding| identity_provider.single_logout_answer_location(binding));
        let expected = "a SingleLogoutService with HTTP-POST or HTTP-Redirect in the metadata";
        let (binding, destination) = endpoint
            .ok_or_else(|| Refusal::new(trace.fail(&ANSWER_ENDPOINT, ANSWER_ENDPOINT.code, expected, "none")))?;
        let response = NewLogoutResponse {
            destination: Some(destination),
            relay_state: request.relay_state(),
            ..self.response(&request, status)
        };
        let answer = response
            .create(&self.new_id()?, now)
            .and_then(|response| Dispatch::of_logout(response, binding, &self.configuration.key))
            .map_err(Refusal::new)?;
        Ok(Logout::Asked { answer, ended })
    }

    async fn asked_over_soap<S: Send>(
        &self,
        sessions: &impl SessionStore<S>,
        envelope: &[u8],
        now: DateTime<Utc>,
        trace: &mut Trace,
    ) -> Result<SoapAnswer, Refusal> {
        let single_logout = self.single_logout(trace)?;
        let Some(endpoint) = single_logout.soap_endpoint() else {
            let (expected, found) = ("single logout over SOAP to be configured", "that it is not");
            return Err(Refusal::new(trace.fail(&CONFIGURED, CONFIGURED.code, expected, found)));
        };
        let received = ReceivedLogoutRequest::from_soap(envelope, trace).map_err(Refusal::new)?;
        let request = self.decide_logout(received, single_logout, endpoint, now, trace)?;
        let (status, ended) = self.end_sessions(sessions, &request, single_logout, now, trace).await?;
        let envelope = self
            .response(&request, status)
            .create(&self.new_id()?, now)
            .and_then(|response| response.soap(&self.configuration.key))
            .map_err(Refusal::new)?;
        Ok(SoapAnswer { envelope, ended })
    }

    async fn answered(
        &self,
        browser: Option<&BrowserBinding>,
        arrived: Arrived<'_>,
        now: DateTime<Utc>,
        trace: &mut Trace,
    ) -> Result<Logout, Refusal> {
        let single_logout = self.single_logout(trace)?;
        let received = match arrived {
            Arrived::Form(body) => ReceivedLogoutResponse::from_post(body, trace),
            Arrived::Query(query) => ReceivedLogoutResponse::from_redirect(query, trace),
        };
        let received = received.map_err(Refusal::new)?;
        let (expected, id) = ("a logout that this browser began and that is still open", received.in_response_to());
        let found = match (browser, id) {
            (Some(browser), Some(id)) => {
                let pending = self.requests.find(browser, id, now).await.map_err(Refusal::new)?;
                // A request to log in is of another endpoint.
                let pending = pending.filter(|pending| pending.assertion_consumer_service == single_logout.endpoint());
                pending.map(|pending| (browser, pending))
            }
            _ => None,
        };
        let Some((browser, pending)) = found else {
            let found = match (browser, id) {
                (None, _) => "a browser without the cookie of a logout",
                (_, None) => "a response that answers no request",
                _ => "a request that this browser did not send, or that is used or too old",
            };
            return Err(Refusal::new(trace.fail(&PENDING_REQUEST, PENDING_REQUEST.code, expected, found)));
        };
        trace.pass(&PENDING_REQUEST, || expected, || "one");
        let sender = self.trusted_sender(now, trace).map_err(Refusal::new)?;
        let response = received
            .authenticate(&sender, single_logout.policy(), trace)
            .and_then(|authentic| authentic.validate(&pending, single_logout.endpoint(), now, trace))
            .map_err(Refusal::new)?;
        let taken = self.requests.take(browser, pending.id.as_str(), now).await.map_err(Refusal::new)?.is_some();
        let used = || if taken { "taken" } else { "already taken" };
        trace.check(&LOGOUT_ONCE, taken, || "a request taken for the first time", used).map_err(Refusal::new)?;
        Ok(Logout::Finished { outcome: response.outcome(), return_to: pending.return_to })
    }

    /// Walks the part of the road of a request that needs no store.
    fn decide_logout(
        &self,
        received: ReceivedLogoutRequest,
        single_logout: &SingleLogout,
        endpoint: &str,
        now: DateTime<Utc>,
        trace: &mut Trace,
    ) -> Result<ValidLogoutRequest, Refusal> {
        let sender = self.trusted_sender(now, trace).map_err(Refusal::new)?;
        received
            .decrypt_with(&self.configuration.decryption_keys, self.configuration.settings.recipient())
            .authenticate(&sender, single_logout.policy(), trace)
            .and_then(|authentic| authentic.validate(endpoint, now, trace))
            .map_err(Refusal::new)
    }

    /// Ends the sessions that a request names, once for each request, and says how that went.
    ///
    /// Where nobody is logged in under that name, there is nothing left to end, which is a success.
    async fn end_sessions<S: Send>(
        &self,
        sessions: &impl SessionStore<S>,
        request: &ValidLogoutRequest,
        single_logout: &SingleLogout,
        now: DateTime<Utc>,
        trace: &mut Trace,
    ) -> Result<(Status<'static>, Result<usize, StoreError>), Refusal> {
        let expected = "a request never seen before";
        // With a space in it, which no ID of an assertion has.
        let key = ReplayKey::new(request.issuer(), &format!("LogoutRequest {}", request.id())).map_err(|error| {
            Refusal::new(trace.fail(&LOGOUT_REPLAYED, LOGOUT_REPLAYED.code, expected, error.to_string()))
        })?;
        let inserted = self.replays.insert(&key, request.replay_until(), now).await.map_err(Refusal::new)?;
        let first = inserted == Inserted::First;
        let seen = || if first { "a new one" } else { "one seen before" };
        trace.check(&LOGOUT_REPLAYED, first, || expected, seen).map_err(Refusal::new)?;

        let (issuer, us) = (request.issuer(), self.configuration.settings.issuer());
        let digests = || {
            let name = single_logout.name(issuer, us, request.name_id())?;
            let indexes = request.session_indexes().iter().map(|index| single_logout.session_index(issuer, index));
            Ok((name, indexes.collect::<Result<Vec<_>, _>>()?))
        };
        let (name, indexes) = digests().map_err(saml_logout::Error::Signature).map_err(Refusal::new)?;
        match sessions.remove_of_subject(&name, &indexes, now).await {
            Ok(ended) => {
                trace.pass(&SESSIONS_ENDED, || "the sessions of that name to end", || format!("{ended} ended"));
                Ok((Status::success(), Ok(ended)))
            }
            Err(error) => {
                // Some may still live: who asked must know, and the answer must get there. It is no refusal of the
                // request.
                trace.not_checked(&SESSIONS_ENDED, error.code());
                Ok((PARTIAL, Err(error)))
            }
        }
    }

    fn response<'a>(&'a self, request: &'a ValidLogoutRequest, status: Status<'a>) -> NewLogoutResponse<'a> {
        NewLogoutResponse {
            issuer: self.configuration.settings.issuer(),
            destination: None,
            in_response_to: request.id(),
            status,
            relay_state: None,
            algorithm: self.configuration.settings.signature_algorithm(),
        }
    }

    fn new_id(&self) -> Result<RequestId, Refusal> {
        random_bytes().map(RequestId::from_random).map_err(saml_logout::Error::Signature).map_err(Refusal::new)
    }

    fn single_logout(&self, trace: &mut Trace) -> Result<&SingleLogout, Refusal> {
        let (expected, found) = ("single logout to be configured", "that it is not");
        let refused = |trace: &mut Trace| Refusal::new(trace.fail(&CONFIGURED, CONFIGURED.code, expected, found));
        self.configuration.single_logout.as_ref().ok_or_else(|| refused(trace))
    }
}

/// SAML Core 3.7.3.2; the top-level code is the one that DigiD uses.
const PARTIAL: Status<'static> =
    Status { code: status_codes::RESPONDER, second_level: Some(status_codes::PARTIAL_LOGOUT), message: None };

static ANSWER_ENDPOINT: Check =
    Check { code: "logout_no_endpoint", clause: "SAML Metadata 2.4.2, SingleLogoutService" };
static CONFIGURED: Check = Check { code: "logout_not_configured", clause: "SAML Profiles 4.4" };
static LOGOUT_ONCE: Check = Check { code: "request_once", clause: "SAML Profiles 4.4.3.4" };
static LOGOUT_REPLAYED: Check = Check { code: "logout_replayed", clause: "SAML Core 3.7.3; SAML Bindings 3.4.5.1" };
static SESSIONS_ENDED: Check =
    Check { code: "sessions_ended", clause: "SAML Core 3.7.1, SessionIndex; SAML Profiles 4.4.3.3" };
