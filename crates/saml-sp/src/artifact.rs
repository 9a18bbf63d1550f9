use chrono::{DateTime, Utc};
use saml_backchannel::{ArtifactRequest, ResolveArtifact};
use saml_bindings::{Artifact, decode_artifact};
use saml_protocol::Binding;
use saml_response::{Check, ReceivedResponse, SentArtifactResolve, Trace};
use saml_state::{BrowserBinding, Inserted, PendingRequest, ReplayCache, ReplayKey, RequestId, RequestStore};
use saml_xml_security::random_bytes;

use crate::configuration::ServiceProvider;
use crate::receive::{PENDING_REQUEST, Received};
use crate::refusal::Refusal;
use crate::sealed_request_store::CLOCKS_DIFFER;

impl<R: RequestStore, C: ReplayCache> ServiceProvider<R, C> {
    /// Consumes the artifact that an identity provider sent the browser back with: `query` is the query of the URL, or
    /// the body of a form.
    ///
    /// The message is fetched with `back_channel` from the `ArtifactResolutionService` that the artifact names by its
    /// index in the identity provider's metadata. The relay state that was sent must come back with it (SAML Bindings
    /// 3.6.3), and says which request of this browser it answers: without it, or in another browser, nothing is asked.
    /// Of each request one artifact is asked for, once, whether or not an answer comes (ATT-161). From there on the
    /// road is that of [`assertion_consumer_service`](Self::assertion_consumer_service).
    pub async fn artifact_consumer_service(
        &self,
        back_channel: &impl ResolveArtifact,
        browser: Option<&BrowserBinding>,
        query: &[u8],
        now: DateTime<Utc>,
    ) -> Received {
        let mut trace = Trace::new();
        let verdict = match self.fetch(back_channel, browser, query, now, &mut trace).await {
            Ok(received) => self.consume(browser, received, now, &mut trace).await,
            Err(refusal) => Err(refusal),
        };
        Received { verdict, trace }
    }

    async fn fetch(
        &self,
        back_channel: &impl ResolveArtifact,
        browser: Option<&BrowserBinding>,
        query: &[u8],
        now: DateTime<Utc>,
        trace: &mut Trace,
    ) -> Result<ReceivedResponse, Refusal> {
        let message = decode_artifact(query).map_err(Refusal::new)?;
        let Some(relay_state) = message.relay_state().filter(|relay_state| !relay_state.is_empty()) else {
            let (expected, found) =
                ("the relay state that was sent", "an artifact without the relay state that was sent");
            return Err(Refusal::new(trace.fail(&PENDING_REQUEST, PENDING_REQUEST.code, expected, found)));
        };
        // It grants nothing. Anybody can make up an artifact: only for an open login of this browser is one worth a
        // question. And one in the wrong browser stays good for the one that it is for.
        let id = format!("_{relay_state}");
        let (_, request) = self.pending_request(browser, Some(&id), now, trace).await?;
        let fetched = self.fetch_artifact(back_channel, message.artifact(), &request, now, trace).await;
        fetched.map_err(|refusal| refusal.of(Some(request.id.as_str())).begun_at(&request.return_to))
    }

    async fn fetch_artifact(
        &self,
        back_channel: &impl ResolveArtifact,
        artifact: &Artifact,
        pending: &PendingRequest,
        now: DateTime<Utc>,
        trace: &mut Trace,
    ) -> Result<ReceivedResponse, Refusal> {
        let sender = self.trusted_sender(now, trace).map_err(Refusal::new)?;
        let endpoint = self.artifact_endpoint(artifact, trace)?;
        self.use_artifact_once(pending, now, trace).await?;
        let random = random_bytes().map_err(saml_backchannel::Error::from).map_err(Refusal::new)?;
        let id = RequestId::from_random(random);
        let configuration = &self.configuration;
        let request = ArtifactRequest {
            endpoint,
            id: id.as_str(),
            issuer: configuration.settings.issuer(),
            artifact,
            key: &configuration.key,
            now,
        };
        let xml = back_channel.resolve(&request).await.map_err(Refusal::new)?;
        let sent = SentArtifactResolve { id: request.id, issued_at: now };
        let received = tracing::debug_span!("parse")
            .in_scope(|| ReceivedResponse::parse_soap(&xml, &sent, trace))
            .map_err(Refusal::new)?;
        if received.in_response_to().is_some() {
            return Ok(received);
        }
        // Without a Response there is no request to find; why there is none, the message around it says, once it is
        // verified.
        let refused = received.authenticate(&sender, configuration.profile.response(), trace).err();
        let (expected, found) = ("a response to a request of this browser", "a response that answers no request");
        let no_request = |trace: &mut Trace| trace.fail(&PENDING_REQUEST, PENDING_REQUEST.code, expected, found);
        Err(Refusal::new(refused.unwrap_or_else(|| no_request(trace))))
    }

    /// Finds where the artifact is resolved: an endpoint of the identity provider that we sent the browser to
    /// (ATT-160).
    fn artifact_endpoint(&self, artifact: &Artifact, trace: &mut Trace) -> Result<&str, Refusal> {
        let identity_provider = &self.configuration.identity_provider;
        artifact.require_source(identity_provider.entity_id()).map_err(Refusal::new)?;
        let index = artifact.endpoint_index();
        let endpoint = identity_provider
            .artifact_resolution()
            .iter()
            .find(|endpoint| endpoint.index == index && endpoint.binding == Binding::Soap);
        match endpoint {
            Some(endpoint) => {
                let found = || format!("index {index}");
                trace.pass(&ARTIFACT_ENDPOINT, || "an ArtifactResolutionService of the metadata", found);
                Ok(&endpoint.location)
            }
            None => {
                let expected = "an ArtifactResolutionService of the metadata";
                let found = format!("index {index}, which it has not");
                Err(Refusal::new(trace.fail(&ARTIFACT_ENDPOINT, ARTIFACT_ENDPOINT.code, expected, found)))
            }
        }
    }

    /// Records before anything is asked that an artifact came for this request, so that of several attempts at the same
    /// time one asks.
    ///
    /// What is recorded is the request, not the artifact, of which anybody can make up any number: a login takes one
    /// place.
    async fn use_artifact_once(
        &self,
        pending: &PendingRequest,
        now: DateTime<Utc>,
        trace: &mut Trace,
    ) -> Result<(), Refusal> {
        let expected = || "the first artifact for this request";
        // With a space in it, which no ID of an assertion has.
        let id = format!("artifact for {}", pending.id.as_str());
        let key = ReplayKey::new(self.configuration.identity_provider.entity_id(), &id).map_err(|error| {
            Refusal::new(trace.fail(&ARTIFACT_ONCE, ARTIFACT_ONCE.code, expected(), error.to_string()))
        })?;
        // For as long as the request can be pending by the clock of any process.
        let end = pending.ends_at(pending.issued_at);
        let keep_until = end.checked_add_signed(CLOCKS_DIFFER).unwrap_or(end);
        let inserted = self.replays.insert(&key, keep_until, now).await.map_err(Refusal::new)?;
        let first = inserted == Inserted::First;
        let seen = || if first { "the first" } else { "another came before" };
        trace.check(&ARTIFACT_ONCE, first, expected, seen).map_err(Refusal::new)
    }
}

static ARTIFACT_ENDPOINT: Check = Check { code: "artifact_endpoint", clause: "SAML Bindings 3.6.4.2, EndpointIndex" };
static ARTIFACT_ONCE: Check = Check { code: "artifact_replayed", clause: "SAML Bindings 3.6.5.2" };
