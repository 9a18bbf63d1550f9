use chrono::{DateTime, TimeDelta, Utc};
use saml_backchannel::{ArtifactRequest, ResolveArtifact};
use saml_bindings::{Artifact, decode_artifact};
use saml_protocol::Binding;
use saml_response::{Check, ReceivedResponse, SentArtifactResolve, Trace, TrustedSender};
use saml_state::{BrowserBinding, Inserted, ReplayCache, ReplayKey, RequestId, RequestStore};
use saml_xml_security::random_bytes;

use crate::configuration::ServiceProvider;
use crate::receive::{METADATA, PENDING_REQUEST, Received};
use crate::refusal::Refusal;

impl<R: RequestStore, C: ReplayCache> ServiceProvider<R, C> {
    /// Consumes the artifact that an identity provider sent the browser back with: `query` is the query of the URL, or the
    /// body of a form.
    ///
    /// The message is fetched with `back_channel` from the `ArtifactResolutionService` that the artifact names by its index in
    /// the identity provider's metadata. An artifact is asked for once, whether or not an answer comes (ATT-161), and not at all
    /// in another browser than the one that it is for: the relay state that must come back with it (SAML Bindings 3.6.3) says
    /// which request it answers. Where none came back, the message itself does, after it was fetched. From there on the road is
    /// that of [`assertion_consumer_service`](Self::assertion_consumer_service).
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
        // The relay state grants nothing. An artifact in the wrong browser stays good for the one that it is for.
        let said = message.relay_state().filter(|said| !said.is_empty()).map(|relay_state| format!("_{relay_state}"));
        let request = match (browser, &said) {
            (Some(_), None) => None,
            _ => Some(self.pending_request(browser, said.as_deref(), now, trace).await?.1),
        };
        let fetched = self.fetch_artifact(back_channel, message.artifact(), now, trace).await;
        fetched.map_err(|refusal| match &request {
            Some(request) => refusal.of(Some(request.id.as_str())).begun_at(&request.return_to),
            None => refusal,
        })
    }

    async fn fetch_artifact(
        &self,
        back_channel: &impl ResolveArtifact,
        artifact: &Artifact,
        now: DateTime<Utc>,
        trace: &mut Trace,
    ) -> Result<ReceivedResponse, Refusal> {
        let endpoint = self.artifact_endpoint(artifact, now, trace)?;
        self.use_artifact_once(artifact, now, trace).await?;
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
        // Without a Response there is no request to find; why there is none, the message around it says, once it is verified.
        let identity_provider = &configuration.identity_provider;
        let sender = TrustedSender { entity_id: identity_provider.entity_id(), keys: identity_provider.signing_keys() };
        let refused = received.authenticate(&sender, configuration.profile.response(), trace).err();
        let (expected, found) = ("a response to a request of this browser", "a response that answers no request");
        let no_request = |trace: &mut Trace| trace.fail(&PENDING_REQUEST, PENDING_REQUEST.code, expected, found);
        Err(Refusal::new(refused.unwrap_or_else(|| no_request(trace))))
    }

    /// Finds where the artifact is resolved: an endpoint of the identity provider that we sent the browser to (ATT-160).
    fn artifact_endpoint(&self, artifact: &Artifact, now: DateTime<Utc>, trace: &mut Trace) -> Result<&str, Refusal> {
        let identity_provider = &self.configuration.identity_provider;
        artifact.require_source(identity_provider.entity_id()).map_err(Refusal::new)?;
        let expected = "metadata that is still valid";
        identity_provider
            .check_valid(now)
            .map_err(|error| Refusal::new(trace.fail(&METADATA, error.code(), expected, error.to_string())))?;
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

    /// Records the artifact before anything is asked, so that of several attempts at the same time one asks.
    async fn use_artifact_once(
        &self,
        artifact: &Artifact,
        now: DateTime<Utc>,
        trace: &mut Trace,
    ) -> Result<(), Refusal> {
        let expected = || "an artifact never seen before";
        // In base64 it ends in `=`, which no ID of an assertion does.
        let key = ReplayKey::new(self.configuration.identity_provider.entity_id(), &artifact.to_base64()).map_err(
            |error| Refusal::new(trace.fail(&ARTIFACT_ONCE, ARTIFACT_ONCE.code, expected(), error.to_string())),
        )?;
        let inserted = self.replays.insert(&key, now + ARTIFACT_LIFETIME, now).await.map_err(Refusal::new)?;
        let first = inserted == Inserted::First;
        let seen = || if first { "a new one" } else { "one seen before" };
        trace.check(&ARTIFACT_ONCE, first, expected, seen).map_err(Refusal::new)
    }
}

static ARTIFACT_ENDPOINT: Check = Check { code: "artifact_endpoint", clause: "SAML Bindings 3.6.4.2, EndpointIndex" };
static ARTIFACT_ONCE: Check = Check { code: "artifact_replayed", clause: "SAML Bindings 3.6.5.2" };

/// DigiD SAML 3.7: an artifact is good for 15 minutes at most; after that its sender knows it no more.
const ARTIFACT_LIFETIME: TimeDelta = TimeDelta::minutes(15);
