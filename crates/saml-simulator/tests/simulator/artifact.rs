//! What goes to the portal by HTTP-Artifact, and what the back channel says of it.

use axum::http::StatusCode;
use saml_bindings::{Artifact, decode_artifact, soap_body, soap_envelope};
use saml_metadata::{IndexedEndpoint, Metadata, ServiceProviderMetadata};
use saml_protocol::{
    ArtifactResolve, ArtifactResponse, AssertionConsumerService, AuthnRequest, Binding, Response, status_codes,
};
use saml_simulator::{AnswerSettings, ConfigError, RegisteredServiceProvider, Routers, SimulatorConfig, routers};
use saml_xml::{Document, ParseOptions, Writer};
use saml_xml_security::{AlgorithmPolicy, SignOptions, SigningKey, VerifiedElement, sign, verify};

use crate::browser::{Browser, LOG_IN, Page};
use crate::portal::{
    ARTIFACT_ACS, BASE_URL, BROKER_KEY, PORTAL, PORTAL_KEY, REQUEST_ID, config, key, now, redirect, request,
    service_provider,
};

const BACK_CHANNEL: &str = "https://localhost:8443";
const RESOLUTION: &str = "https://localhost:8443/broker/sp/saml/artifact";
const OTHER: &str = "https://other.example.nl/saml/metadata";

/// A portal that asks by Redirect for an answer by artifact, and the back channel that it resolves it over.
struct Parties {
    browser: Browser,
    back_channel: Browser,
    other_key: SigningKey,
}

impl Parties {
    fn new() -> Self {
        let other_key = key("other.example.nl");
        let other = ServiceProviderMetadata::new(
            "_1",
            OTHER,
            vec![other_key.verifying_key().clone()],
            vec![IndexedEndpoint {
                index: 0,
                is_default: None,
                binding: Binding::HttpPost,
                location: "https://other.example.nl/saml/acs".to_owned(),
            }],
        );
        let other = Metadata::parse_unverified(other.write().unwrap().as_bytes()).unwrap().service_provider().unwrap();
        let portals = [service_provider(None), other].map(RegisteredServiceProvider::new).to_vec();
        let config = SimulatorConfig::new(BASE_URL, BROKER_KEY.clone(), portals, now).unwrap();
        let Routers { browser, back_channel, .. } = routers(config.with_artifact_resolution(BACK_CHANNEL).unwrap());
        Self { browser: Browser::at(browser), back_channel: Browser::at(back_channel), other_key }
    }

    /// Logs in, and returns the artifact that the browser comes back with.
    async fn log_in(&self) -> Artifact {
        let service = AssertionConsumerService::Index(1);
        let request = AuthnRequest { assertion_consumer_service: service, ..request() };
        let page = self.browser.get(&redirect(&request, Some("b3f0"), Some(&PORTAL_KEY))).await;
        let page = self.browser.submit(&page, LOG_IN, "900026236", "loa3").await;
        assert_eq!(page.status, StatusCode::SEE_OTHER);
        let query = page.header("location").strip_prefix(&format!("{ARTIFACT_ACS}?")).unwrap();
        let message = decode_artifact(query.as_bytes()).unwrap();
        assert_eq!(message.relay_state(), Some("b3f0"));
        message.artifact().clone()
    }

    async fn resolve(&self, question: &ArtifactResolve<'_>, key: &SigningKey) -> Page {
        let mut writer = Writer::new();
        question.write(&mut writer);
        let signed = sign(&writer.finish().unwrap(), key, &SignOptions::default()).unwrap();
        self.back_channel.post_xml("/broker/sp/saml/artifact", soap_envelope(&signed).unwrap()).await
    }
}

fn question(artifact: &str) -> ArtifactResolve<'_> {
    ArtifactResolve { id: "_resolve", issue_instant: now(), destination: Some(RESOLUTION), issuer: PORTAL, artifact }
}

/// Verifies the `ArtifactResponse` of an answer, and returns what was signed.
fn verified(page: &Page) -> VerifiedElement {
    assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/xml; charset=utf-8"));
    let options = ParseOptions::message();
    let document = Document::parse(page.html.as_bytes(), &options).unwrap();
    let keys = [BROKER_KEY.verifying_key().clone()];
    verify(soap_body(&document).unwrap(), &keys, &AlgorithmPolicy::modern(), &options).unwrap()
}

#[tokio::test]
async fn an_artifact_is_resolved_once() {
    let parties = Parties::new();
    let artifact = parties.log_in().await.to_base64();

    let first = verified(&parties.resolve(&question(&artifact), &PORTAL_KEY).await);
    let answer = ArtifactResponse::read(first.root()).unwrap();
    assert!(answer.status.is_success());
    assert_eq!(
        (answer.in_response_to, answer.issuer),
        (Some("_resolve"), Some("http://127.0.0.1:8081/broker/sp/saml"))
    );
    let (response, _) = Response::read(answer.message.unwrap()).unwrap();
    assert_eq!((response.in_response_to, response.destination), (Some(REQUEST_ID), Some(ARTIFACT_ACS)));

    let second = verified(&parties.resolve(&question(&artifact), &PORTAL_KEY).await);
    let answer = ArtifactResponse::read(second.root()).unwrap();
    assert!(answer.status.is_success());
    assert!(answer.message.is_none());
}

#[tokio::test]
async fn an_artifact_of_another_is_denied_and_stays_good() {
    let parties = Parties::new();
    let artifact = parties.log_in().await.to_base64();

    let theirs = ArtifactResolve { issuer: OTHER, ..question(&artifact) };
    let denied = verified(&parties.resolve(&theirs, &parties.other_key).await);
    let answer = ArtifactResponse::read(denied.root()).unwrap();
    assert_eq!(
        (answer.status.code, answer.status.second_level),
        (status_codes::REQUESTER, Some(status_codes::REQUEST_DENIED))
    );
    assert!(answer.message.is_none());

    let ours = verified(&parties.resolve(&question(&artifact), &PORTAL_KEY).await);
    assert!(ArtifactResponse::read(ours.root()).unwrap().message.is_some());
}

#[tokio::test]
async fn a_question_that_is_not_signed_by_its_sender_is_refused() {
    let parties = Parties::new();
    let artifact = parties.log_in().await.to_base64();

    refused(&parties.resolve(&question(&artifact), &parties.other_key).await, "signature_invalid");
    let elsewhere = ArtifactResolve { destination: Some("https://localhost:8443/"), ..question(&artifact) };
    refused(&parties.resolve(&elsewhere, &PORTAL_KEY).await, "destination");
    let unknown = ArtifactResolve { issuer: "https://unknown.example.nl", ..question(&artifact) };
    refused(&parties.resolve(&unknown, &PORTAL_KEY).await, "service_provider_unknown");
    let foreign = Artifact::new("https://idp.example/saml", 0, [7; 20]).to_base64();
    refused(&parties.resolve(&question(&foreign), &PORTAL_KEY).await, "binding_artifact_source");

    let good = verified(&parties.resolve(&question(&artifact), &PORTAL_KEY).await);
    assert!(ArtifactResponse::read(good.root()).unwrap().message.is_some());
}

#[track_caller]
fn refused(page: &Page, code: &str) {
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    let document = Document::parse(page.html.as_bytes(), &ParseOptions::message()).unwrap();
    assert_eq!(soap_body(&document).unwrap_err().code(), "binding_soap_fault");
    assert!(page.log.contains(&format!("code=\"{code}\"")), "{}", page.log);
}

#[tokio::test]
async fn a_browser_finds_no_back_channel() {
    let page = Parties::new().browser.post_xml("/broker/sp/saml/artifact", String::new()).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
}

#[test]
fn the_metadata_names_the_back_channel_where_there_is_one() {
    let without = config(AnswerSettings::default());
    let with = without.clone().with_artifact_resolution(BACK_CHANNEL).unwrap();
    let named = |config: &SimulatorConfig| {
        let metadata = Metadata::parse_unverified(config.metadata().as_bytes()).unwrap().identity_provider().unwrap();
        metadata.artifact_resolution().iter().map(|endpoint| endpoint.location.clone()).collect::<Vec<_>>()
    };
    assert_eq!(named(&without), Vec::<String>::new());
    assert_eq!(named(&with), [RESOLUTION]);

    let error = without.with_artifact_resolution("https://localhost:8443/saml").unwrap_err();
    assert_eq!(error, ConfigError::BaseUrl { found: "https://localhost:8443/saml".to_owned() });
}
