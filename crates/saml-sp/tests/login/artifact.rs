//! A login whose answer comes by artifact: what is asked, how often, and what the answer must be.

use std::sync::Mutex;

use chrono::{DateTime, Utc};
use saml_backchannel::{ArtifactRequest, Error, ResolveArtifact};
use saml_bindings::{Artifact, soap_envelope};
use saml_forge::{Failure, Outcome as Answered};
use saml_sp::{Outcome, Received, RequestBinding, ServiceProvider};
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore};
use saml_state::{BrowserBinding, PendingRequest, RequestId};
use saml_xml_security::{SignOptions, sign};

use crate::portal::{
    BROKER, BROKER_KEY, PORTAL, accepted, after, answer, begin, broker, browser, configuration, login, now, permits,
    portal, portal_with, refused,
};

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

/// The broker at the other end of the back channel.
struct BackChannel {
    /// The message that the artifact stands for; no answer at all without.
    message: Option<String>,
    status: &'static str,
    /// The question that it says to answer; the one that was asked, where none is named.
    in_response_to: Option<&'static str>,
    /// When it is asked.
    now: DateTime<Utc>,
    asked: Mutex<Vec<String>>,
}

impl BackChannel {
    fn with(message: &str) -> Self {
        Self { message: Some(message.to_owned()), ..Self::silent() }
    }

    fn silent() -> Self {
        Self { message: None, status: SUCCESS, in_response_to: None, now: now(), asked: Mutex::default() }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl ResolveArtifact for BackChannel {
    async fn resolve(&self, request: &ArtifactRequest<'_>) -> Result<Vec<u8>, Error> {
        assert_eq!((request.issuer, request.now), (PORTAL, self.now));
        self.asked.lock().unwrap().push(request.endpoint.to_owned());
        let message = self.message.as_ref().ok_or(Error::Timeout { seconds: 10 })?;
        let in_response_to = self.in_response_to.unwrap_or(request.id);
        let answer = format!(
            "<samlp:ArtifactResponse xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_artifact_response\" \
             Version=\"2.0\" IssueInstant=\"2026-03-01T12:00:00Z\" InResponseTo=\"{in_response_to}\">\
             <saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{BROKER}</saml:Issuer>\
             <samlp:Status><samlp:StatusCode Value=\"{}\"/></samlp:Status>{message}</samlp:ArtifactResponse>",
            self.status
        );
        let signed = sign(&answer, &BROKER_KEY, &SignOptions::default())?;
        Ok(soap_envelope(&signed)?.into_bytes())
    }
}

type Portal = ServiceProvider<MemoryRequestStore, MemoryReplayCache>;

fn artifact(number: u8) -> Artifact {
    Artifact::new(BROKER, 0, [number; 20])
}

/// Brings an artifact back with the relay state of a request, as the broker sends it.
async fn send(
    portal: &Portal,
    back_channel: &BackChannel,
    browser: Option<&BrowserBinding>,
    artifact: &Artifact,
    request_id: &str,
) -> Received {
    send_at(portal, back_channel, browser, artifact, request_id.strip_prefix('_'), now()).await
}

async fn send_at(
    portal: &Portal,
    back_channel: &BackChannel,
    browser: Option<&BrowserBinding>,
    artifact: &Artifact,
    relay_state: Option<&str>,
    at: DateTime<Utc>,
) -> Received {
    let escaped = artifact.to_base64().replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let relay_state = relay_state.map(|relay_state| format!("&RelayState={relay_state}")).unwrap_or_default();
    let query = format!("SAMLart={escaped}{relay_state}");
    portal.artifact_consumer_service(back_channel, browser, query.as_bytes(), at).await
}

#[tokio::test]
async fn an_artifact_logs_in_the_browser_that_asked() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;
    let back_channel = BackChannel::with(&answer(&id, login()));

    let authentication = accepted(send(&portal, &back_channel, Some(&browser(1)), &artifact(1), &id).await);
    assert_eq!(authentication.return_to(), &permits());
    assert_eq!(back_channel.asked(), ["https://broker.example/broker/sp/saml/ars"]);
}

#[tokio::test]
async fn an_artifact_in_another_browser_logs_nobody_in() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;
    let others = begin(&portal, &browser(2)).await;
    let back_channel = BackChannel::with(&answer(&id, login()));

    for wrong in [id.as_str(), "_b3f0", "_https://evil.example/"] {
        let refusal =
            refused(send(&portal, &back_channel, Some(&browser(2)), &artifact(1), wrong).await, "pending_request");
        assert_eq!((refusal.outcome(), refusal.return_to()), (Outcome::NotOpen, None));
    }
    refused(send(&portal, &back_channel, None, &artifact(1), &id).await, "pending_request");
    assert!(back_channel.asked().is_empty());

    accepted(send(&portal, &back_channel, Some(&browser(1)), &artifact(1), &id).await);
    // The relay state grants nothing: with that of a request of its own a browser gets no message for another.
    refused(send(&portal, &back_channel, Some(&browser(2)), &artifact(2), &others).await, "pending_request");
    assert_eq!(back_channel.asked().len(), 2);
}

#[tokio::test]
async fn an_artifact_without_the_relay_state_that_was_sent_is_not_asked_for() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;
    let back_channel = BackChannel::with(&answer(&id, login()));
    let send =
        async |relay_state| send_at(&portal, &back_channel, Some(&browser(1)), &artifact(1), relay_state, now()).await;

    for without in [None, Some("")] {
        let refusal = refused(send(without).await, "pending_request");
        assert!(refusal.to_string().contains("an artifact without the relay state that was sent"), "{refusal}");
        assert_eq!((refusal.outcome(), refusal.return_to()), (Outcome::NotOpen, None));
    }
    assert!(back_channel.asked().is_empty());
    accepted(send(id.strip_prefix('_')).await);
}

#[tokio::test]
async fn artifacts_that_somebody_makes_up_take_one_place_and_one_question_a_login() {
    let replays = MemoryReplayCache::new(3);
    let portal = portal_with(MemoryRequestStore::new(100), replays);
    let id = begin(&portal, &browser(1)).await;
    let silent = BackChannel::silent();

    refused(send(&portal, &silent, Some(&browser(1)), &artifact(0), &id).await, "backchannel_timeout");
    for number in 1..10 {
        refused(send(&portal, &silent, Some(&browser(1)), &artifact(number), &id).await, "artifact_replayed");
    }
    assert_eq!(silent.asked().len(), 1);

    // There is a place for the artifact of another login, and one for its assertion.
    let id = begin(&portal, &browser(2)).await;
    let back_channel = BackChannel::with(&answer(&id, login()));
    accepted(send(&portal, &back_channel, Some(&browser(2)), &artifact(10), &id).await);
}

#[tokio::test]
async fn a_request_knows_that_its_artifact_was_asked_for_until_it_ends() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;
    let silent = BackChannel::silent();
    refused(send(&portal, &silent, Some(&browser(1)), &artifact(1), &id).await, "backchannel_timeout");

    let lifetime = PendingRequest::LIFETIME.num_seconds();
    for (seconds, code) in [(lifetime - 1, "artifact_replayed"), (lifetime, "pending_request")] {
        let relay_state = id.strip_prefix('_');
        let received = send_at(&portal, &silent, Some(&browser(1)), &artifact(2), relay_state, after(seconds)).await;
        refused(received, code);
    }
}

#[tokio::test]
async fn an_artifact_that_cannot_be_fetched_tells_where_its_login_began() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;
    let received = send(&portal, &BackChannel::silent(), Some(&browser(1)), &artifact(1), &id).await;

    let refusal = refused(received, "backchannel_timeout");
    assert_eq!(refusal.return_to(), Some(&permits()));
    assert_eq!(refusal.request_id().map(RequestId::as_str), Some(id.as_str()));
}

#[tokio::test]
async fn an_artifact_is_asked_for_once_even_when_no_answer_came() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;

    let silent = BackChannel::silent();
    let refusal = refused(send(&portal, &silent, Some(&browser(1)), &artifact(1), &id).await, "backchannel_timeout");
    assert_eq!(refusal.outcome(), Outcome::Failed);
    let back_channel = BackChannel::with(&answer(&id, login()));
    let received = send(&portal, &back_channel, Some(&browser(1)), &artifact(1), &id).await;
    let refusal = refused(received, "artifact_replayed");
    assert_eq!((refusal.outcome(), refusal.request_id().map(RequestId::as_str)), (Outcome::NotOpen, Some(id.as_str())));
    assert_eq!((silent.asked().len(), back_channel.asked().len()), (1, 0));

    let id = begin(&portal, &browser(1)).await;
    let back_channel = BackChannel::with(&answer(&id, login()));
    accepted(send(&portal, &back_channel, Some(&browser(1)), &artifact(2), &id).await);
}

#[tokio::test]
async fn an_artifact_of_another_sender_or_endpoint_is_not_asked_for() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;
    let back_channel = BackChannel::with(&answer(&id, login()));

    let elsewhere = Artifact::new("https://other.example/saml", 0, [1; 20]);
    refused(send(&portal, &back_channel, Some(&browser(1)), &elsewhere, &id).await, "binding_artifact_source");
    let unknown = Artifact::new(BROKER, 1, [1; 20]);
    refused(send(&portal, &back_channel, Some(&browser(1)), &unknown, &id).await, "artifact_endpoint");
    assert!(back_channel.asked().is_empty());
}

#[tokio::test]
async fn an_endpoint_out_of_metadata_that_has_expired_is_not_asked() {
    for (valid_until, code, questions) in [(after(61), "backchannel_timeout", 1), (after(60), "metadata_expired", 0)] {
        let configuration = configuration(broker(Some(valid_until)), RequestBinding::Redirect);
        let portal = ServiceProvider::new(configuration, MemoryRequestStore::new(9), MemoryReplayCache::new(9));
        let id = begin(&portal, &browser(1)).await;
        let back_channel = BackChannel { now: after(60), ..BackChannel::silent() };
        let relay_state = id.strip_prefix('_');
        let received = send_at(&portal, &back_channel, Some(&browser(1)), &artifact(1), relay_state, after(60)).await;
        refused(received, code);
        assert_eq!(back_channel.asked().len(), questions);
    }
}

#[tokio::test]
async fn an_answer_to_another_question_logs_nobody_in() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;
    let back_channel = BackChannel { in_response_to: Some("_other"), ..BackChannel::with(&answer(&id, login())) };

    refused(send(&portal, &back_channel, Some(&browser(1)), &artifact(1), &id).await, "artifact_in_response_to");
}

#[tokio::test]
async fn an_artifact_that_is_unknown_or_too_old_says_so() {
    let portal = portal();
    let old = BackChannel::with("");
    let unknown = BackChannel { status: "urn:oasis:names:tc:SAML:2.0:status:Requester", ..BackChannel::with("") };
    for (back_channel, code) in [(old, "artifact_resolved"), (unknown, "status_requester")] {
        let id = begin(&portal, &browser(1)).await;
        let refusal = refused(send(&portal, &back_channel, Some(&browser(1)), &artifact(1), &id).await, code);
        assert_eq!(refusal.return_to(), Some(&permits()));
    }
}

#[tokio::test]
async fn a_login_that_was_cancelled_ends_its_request() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;
    let back_channel = BackChannel::with(&answer(&id, Answered::Failure(Failure::cancelled())));

    let received = send(&portal, &back_channel, Some(&browser(1)), &artifact(1), &id).await;
    let refusal = refused(received, "status_authn_failed");
    assert_eq!((refusal.outcome(), refusal.return_to()), (Outcome::Cancelled, Some(&permits())));
    let again = BackChannel::with(&answer(&id, login()));
    refused(send(&portal, &again, Some(&browser(1)), &artifact(2), &id).await, "pending_request");
    assert!(again.asked().is_empty());
}
