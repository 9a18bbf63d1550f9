//! A login whose answer comes by artifact: what is asked, how often, and what the answer must be.

use std::sync::Mutex;

use saml_backchannel::{ArtifactRequest, Error, ResolveArtifact};
use saml_bindings::{Artifact, soap_envelope};
use saml_forge::{Failure, Outcome as Answered};
use saml_sp::{Outcome, Received, ServiceProvider};
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore};
use saml_state::{BrowserBinding, RequestId};
use saml_xml_security::{SignOptions, sign};

use crate::portal::{
    BROKER, BROKER_KEY, PORTAL, accepted, after, answer, begin, broker, browser, configuration, login, now, permits,
    portal, refused,
};

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

/// The broker at the other end of the back channel.
struct BackChannel {
    /// The message that the artifact stands for; no answer at all without.
    message: Option<String>,
    status: &'static str,
    /// The question that it says to answer; the one that was asked, where none is named.
    in_response_to: Option<&'static str>,
    asked: Mutex<Vec<String>>,
}

impl BackChannel {
    fn with(message: &str) -> Self {
        Self { message: Some(message.to_owned()), ..Self::silent() }
    }

    fn silent() -> Self {
        Self { message: None, status: SUCCESS, in_response_to: None, asked: Mutex::default() }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl ResolveArtifact for BackChannel {
    async fn resolve(&self, request: &ArtifactRequest<'_>) -> Result<Vec<u8>, Error> {
        assert_eq!((request.issuer, request.now), (PORTAL, now()));
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

async fn send(
    portal: &Portal,
    back_channel: &BackChannel,
    browser: Option<&BrowserBinding>,
    artifact: &Artifact,
) -> Received {
    send_with(portal, back_channel, browser, artifact, None).await
}

async fn send_with(
    portal: &Portal,
    back_channel: &BackChannel,
    browser: Option<&BrowserBinding>,
    artifact: &Artifact,
    relay_state: Option<&str>,
) -> Received {
    let escaped = artifact.to_base64().replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let relay_state = relay_state.map(|relay_state| format!("&RelayState={relay_state}")).unwrap_or_default();
    let query = format!("SAMLart={escaped}{relay_state}");
    portal.artifact_consumer_service(back_channel, browser, query.as_bytes(), now()).await
}

#[tokio::test]
async fn an_artifact_logs_in_the_browser_that_asked() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;
    let back_channel = BackChannel::with(&answer(&id, login()));

    let authentication = accepted(send(&portal, &back_channel, Some(&browser(1)), &artifact(1)).await);
    assert_eq!(authentication.return_to(), &permits());
    assert_eq!(back_channel.asked(), ["https://broker.example/broker/sp/saml/ars"]);
}

#[tokio::test]
async fn an_artifact_in_another_browser_logs_nobody_in() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;
    let back_channel = BackChannel::with(&answer(&id, login()));

    refused(send(&portal, &back_channel, Some(&browser(2)), &artifact(1)).await, "pending_request");
    refused(send(&portal, &back_channel, None, &artifact(2)).await, "pending_request");
    // Without the cookie of a login nothing is asked; with one, the message alone says whose it is.
    assert_eq!(back_channel.asked().len(), 1);
}

#[tokio::test]
async fn an_artifact_whose_relay_state_came_back_is_not_asked_for_in_another_browser_and_stays_good() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;
    let others = begin(&portal, &browser(2)).await;
    let back_channel = BackChannel::with(&answer(&id, login()));
    let (ours, theirs) = (id.strip_prefix('_'), others.strip_prefix('_'));

    for wrong in [ours, Some("b3f0"), Some("https://evil.example/")] {
        let refusal =
            refused(send_with(&portal, &back_channel, Some(&browser(2)), &artifact(1), wrong).await, "pending_request");
        assert_eq!((refusal.outcome(), refusal.return_to()), (Outcome::NotOpen, None));
    }
    refused(send_with(&portal, &back_channel, None, &artifact(1), ours).await, "pending_request");
    assert!(back_channel.asked().is_empty());

    accepted(send_with(&portal, &back_channel, Some(&browser(1)), &artifact(1), ours).await);
    // The relay state grants nothing: with that of a request of its own a browser gets no message for another.
    refused(send_with(&portal, &back_channel, Some(&browser(2)), &artifact(2), theirs).await, "pending_request");
    assert_eq!(back_channel.asked().len(), 2);
}

#[tokio::test]
async fn an_artifact_beside_an_empty_relay_state_is_asked_for() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;
    let back_channel = BackChannel::with(&answer(&id, login()));

    accepted(send_with(&portal, &back_channel, Some(&browser(1)), &artifact(1), Some("")).await);
}

#[tokio::test]
async fn an_artifact_that_cannot_be_fetched_tells_where_its_login_began() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;
    let received =
        send_with(&portal, &BackChannel::silent(), Some(&browser(1)), &artifact(1), id.strip_prefix('_')).await;

    let refusal = refused(received, "backchannel_timeout");
    assert_eq!(refusal.return_to(), Some(&permits()));
    assert_eq!(refusal.request_id().map(RequestId::as_str), Some(id.as_str()));
}

#[tokio::test]
async fn an_artifact_is_asked_for_once_even_when_no_answer_came() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;

    let silent = BackChannel::silent();
    let refusal = refused(send(&portal, &silent, Some(&browser(1)), &artifact(1)).await, "backchannel_timeout");
    assert_eq!(refusal.outcome(), Outcome::Failed);
    let back_channel = BackChannel::with(&answer(&id, login()));
    refused(send(&portal, &back_channel, Some(&browser(1)), &artifact(1)).await, "artifact_replayed");
    assert_eq!((silent.asked().len(), back_channel.asked().len()), (1, 0));

    accepted(send(&portal, &back_channel, Some(&browser(1)), &artifact(2)).await);
}

#[tokio::test]
async fn an_artifact_of_another_sender_or_endpoint_is_not_asked_for() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;
    let back_channel = BackChannel::with(&answer(&id, login()));

    let elsewhere = Artifact::new("https://other.example/saml", 0, [1; 20]);
    refused(send(&portal, &back_channel, Some(&browser(1)), &elsewhere).await, "binding_artifact_source");
    let unknown = Artifact::new(BROKER, 1, [1; 20]);
    refused(send(&portal, &back_channel, Some(&browser(1)), &unknown).await, "artifact_endpoint");
    assert!(back_channel.asked().is_empty());
}

#[tokio::test]
async fn an_endpoint_out_of_metadata_that_has_expired_is_not_asked() {
    let configuration = configuration(broker(Some(after(0))), saml_sp::RequestBinding::Redirect);
    let portal = ServiceProvider::new(configuration, MemoryRequestStore::new(9), MemoryReplayCache::new(9));
    let back_channel = BackChannel::silent();

    refused(send(&portal, &back_channel, Some(&browser(1)), &artifact(1)).await, "metadata_expired");
    assert!(back_channel.asked().is_empty());
}

#[tokio::test]
async fn an_answer_to_another_question_logs_nobody_in() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;
    let back_channel = BackChannel { in_response_to: Some("_other"), ..BackChannel::with(&answer(&id, login())) };

    refused(send(&portal, &back_channel, Some(&browser(1)), &artifact(1)).await, "artifact_in_response_to");
}

#[tokio::test]
async fn an_artifact_that_is_unknown_or_too_old_says_so() {
    let portal = portal();
    begin(&portal, &browser(1)).await;

    let old = BackChannel::with("");
    refused(send(&portal, &old, Some(&browser(1)), &artifact(1)).await, "artifact_resolved");
    let unknown = BackChannel { status: "urn:oasis:names:tc:SAML:2.0:status:Requester", ..BackChannel::with("") };
    refused(send(&portal, &unknown, Some(&browser(1)), &artifact(2)).await, "status_requester");
}

#[tokio::test]
async fn a_login_that_was_cancelled_ends_its_request() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;
    let back_channel = BackChannel::with(&answer(&id, Answered::Failure(Failure::cancelled())));

    let refusal = refused(send(&portal, &back_channel, Some(&browser(1)), &artifact(1)).await, "status_authn_failed");
    assert_eq!((refusal.outcome(), refusal.return_to()), (Outcome::Cancelled, Some(&permits())));
    let again = BackChannel::with(&answer(&id, login()));
    refused(send(&portal, &again, Some(&browser(1)), &artifact(2)).await, "pending_request");
}
