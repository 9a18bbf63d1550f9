use chrono::{DateTime, Utc};
use saml_bindings::{MessageParameter, decode_post};
use saml_response::{Check, Error, Expectation, ReceivedResponse, Trace, TrustedSender, ValidAssertion};
use saml_state::{BrowserBinding, Inserted, PendingRequest, ReplayCache, ReplayKey, RequestStore};

use crate::authentication::Authentication;
use crate::configuration::ServiceProvider;
use crate::refusal::Refusal;

/// What came of an answer: the verdict, and the trace of the checks that led to it.
#[derive(Debug)]
pub struct Received {
    /// Who logged in, or why nobody did.
    pub verdict: Result<Authentication, Refusal>,
    /// The checks in the order of the road, without personal data.
    pub trace: Trace,
}

impl<R: RequestStore, C: ReplayCache> ServiceProvider<R, C> {
    /// Consumes the form that an identity provider let the browser post.
    ///
    /// `browser` is what the cookie of this browser says; without it nothing can match, and nobody is logged in: a
    /// response is accepted only by the browser that asked for it (ATT-111, ATT-170). The relay state that comes back
    /// decides nothing: the request is found by its ID, and where to go on stands with it (ATT-167).
    pub async fn assertion_consumer_service(
        &self,
        browser: Option<&BrowserBinding>,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Received {
        let mut trace = Trace::new();
        let verdict = match posted(body, &mut trace) {
            Ok(received) => self.consume(browser, received, now, &mut trace).await,
            Err(refusal) => Err(refusal),
        };
        Received { verdict, trace }
    }

    /// Walks the road from a message that came in to a login.
    pub(crate) async fn consume(
        &self,
        browser: Option<&BrowserBinding>,
        received: ReceivedResponse,
        now: DateTime<Utc>,
        trace: &mut Trace,
    ) -> Result<Authentication, Refusal> {
        let (browser, request) = self.pending_request(browser, received.in_response_to(), now, trace).await?;
        let refused = |refusal: Refusal| refusal.of(Some(request.id.as_str())).begun_at(&request.return_to);

        let assertion = match self.decide(received, &request, now, trace) {
            Ok(assertion) => assertion,
            Err(error) => {
                // An answer that says that the login ended is the end of this request. Where only assertions are signed
                // nobody vouches for it: then the ID protects the request, which only this browser and the partner
                // know. Whoever knows it can end the login, and let nobody in; the user begins anew.
                if error.code().starts_with("status_") {
                    self.requests
                        .take(browser, request.id.as_str(), now)
                        .await
                        .map_err(Refusal::new)
                        .map_err(refused)?;
                }
                return Err(refused(Refusal::new(error)));
            }
        };
        let subject = tracing::debug_span!("subject")
            .in_scope(|| self.configuration.profile.subject(&assertion, trace))
            .map_err(Refusal::new)
            .map_err(refused)?;
        self.use_once(browser, &request, &assertion, now, trace).await.map_err(refused)?;
        let PendingRequest { id, issued_at, return_to, .. } = request;
        Ok(Authentication { subject, assertion, request_id: id, requested_at: issued_at, return_to })
    }

    /// Finds the request that is said to be answered, among those of this browser.
    pub(crate) async fn pending_request<'b>(
        &self,
        browser: Option<&'b BrowserBinding>,
        request_id: Option<&str>,
        now: DateTime<Utc>,
        trace: &mut Trace,
    ) -> Result<(&'b BrowserBinding, PendingRequest), Refusal> {
        let expected = || "a request that this browser sent and that is still open";
        let request = match (browser, request_id) {
            (Some(browser), Some(id)) => {
                let found = self.requests.find(browser, id, now).await.map_err(Refusal::new)?;
                found.map(|request| (browser, request))
            }
            _ => None,
        };
        match request {
            Some(found) => {
                trace.pass(&PENDING_REQUEST, expected, || "one");
                Ok(found)
            }
            None => {
                let found = match (browser, request_id) {
                    (None, _) => "a browser without the cookie of a login",
                    (_, None) => "a response that answers no request",
                    _ => "a request that this browser did not send, or that is used or too old",
                };
                let error = trace.fail(&PENDING_REQUEST, PENDING_REQUEST.code, expected(), found.to_owned());
                Err(Refusal::new(error).of(request_id))
            }
        }
    }

    /// Walks the part of the road that needs no store.
    fn decide(
        &self,
        received: ReceivedResponse,
        request: &PendingRequest,
        now: DateTime<Utc>,
        trace: &mut Trace,
    ) -> Result<ValidAssertion, Error> {
        let configuration = &self.configuration;
        let sender = self.trusted_sender(now, trace)?;
        let policy = configuration.profile.response();
        let expectation = Expectation { request, entity_id: configuration.settings.issuer(), now };
        let received = received.decrypt_with(&configuration.decryption_keys, configuration.settings.recipient());
        let authentic = tracing::debug_span!("verify").in_scope(|| received.authenticate(&sender, policy, trace))?;
        tracing::debug_span!("validate").in_scope(|| authentic.validate(&expectation, trace))
    }

    /// Returns the one partner, whose metadata is still valid; the issuer of a message is compared with it, not
    /// believed.
    pub(crate) fn trusted_sender(&self, now: DateTime<Utc>, trace: &mut Trace) -> Result<TrustedSender<'_>, Error> {
        let identity_provider = &self.configuration.identity_provider;
        identity_provider
            .check_valid(now)
            .map_err(|error| trace.fail(&METADATA, error.code(), "metadata that is still valid", error.to_string()))?;
        Ok(TrustedSender { entity_id: identity_provider.entity_id(), keys: identity_provider.signing_keys() })
    }

    /// Consumes the request and records the assertion, each once; whichever fails, nobody is logged in.
    async fn use_once(
        &self,
        browser: &BrowserBinding,
        request: &PendingRequest,
        assertion: &ValidAssertion,
        now: DateTime<Utc>,
        trace: &mut Trace,
    ) -> Result<(), Refusal> {
        let expected = || "an assertion never seen before";
        let key = ReplayKey::new(assertion.issuer(), assertion.id())
            .map_err(|error| Refusal::new(trace.fail(&REPLAY, REPLAY.code, expected(), error.to_string())))?;
        let record = (&*self.replays, &key, assertion.replay_until());
        let used =
            self.requests.take_recording(browser, request.id.as_str(), record, now).await.map_err(Refusal::new)?;
        let taken = || if used.is_some() { "taken" } else { "already taken" };
        trace
            .check(&REQUEST_ONCE, used.is_some(), || "a request taken for the first time", taken)
            .map_err(Refusal::new)?;
        let first = used == Some(Inserted::First);
        let seen = || if first { "a new one" } else { "one seen before" };
        trace.check(&REPLAY, first, expected, seen).map_err(Refusal::new)
    }
}

fn posted(body: &[u8], trace: &mut Trace) -> Result<ReceivedResponse, Refusal> {
    let _span = tracing::debug_span!("parse").entered();
    let message = decode_post(body, MessageParameter::SamlResponse).map_err(Refusal::new)?;
    ReceivedResponse::parse(message.xml(), trace).map_err(Refusal::new)
}

pub(crate) static PENDING_REQUEST: Check =
    Check { code: "pending_request", clause: "SAML Profiles 4.1.4.3; SAML Core 3.2.2" };
static METADATA: Check = Check { code: "metadata_valid", clause: "SAML Metadata 2.3.2, validUntil" };
static REQUEST_ONCE: Check = Check { code: "request_once", clause: "SAML Profiles 4.1.4.5" };
static REPLAY: Check = Check { code: "assertion_replayed", clause: "SAML Profiles 4.1.4.5" };
