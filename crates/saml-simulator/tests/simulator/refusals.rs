//! What ends in the broker's page, so that the portal hears nothing.

use axum::http::StatusCode;
use saml_protocol::{AssertionConsumerService, AuthnRequest, Binding, Comparison, RequestedAuthnContext};
use saml_simulator::{AnswerSettings, ConfigError, RegisteredServiceProvider, SimulatorConfig, router};

use crate::browser::{Browser, LOG_IN};
use crate::portal::{
    ACS, ARTIFACT_ACS, BASE_URL, BROKER_KEY, PORTAL_KEY, SUBSTANTIAL, key, now, post, redirect, request,
    service_provider,
};

#[tokio::test]
async fn unsigned_request_is_refused() {
    let browser = Browser::new();
    browser.get(&redirect(&request(), None, None)).await.assert_refused("binding_signature_missing");
    browser.post("/broker/sp/saml/login", &post(&request(), None)).await.assert_refused("signature_missing");
}

#[tokio::test]
async fn request_signed_by_another_key_is_refused() {
    let browser = Browser::new();
    let other = key("portal.example.nl");
    browser.get(&redirect(&request(), None, Some(&other))).await.assert_refused("signature_invalid");
    browser.post("/broker/sp/saml/login", &post(&request(), Some(&other))).await.assert_refused("signature_invalid");
}

#[tokio::test]
async fn relay_state_that_was_changed_after_signing_is_refused() {
    let browser = Browser::new();
    let path = redirect(&request(), Some("b3f0"), Some(&PORTAL_KEY));
    assert_eq!(browser.get(&path).await.status, StatusCode::OK);
    browser.get(&path.replace("b3f0", "b3f1")).await.assert_refused("signature_invalid");
}

#[tokio::test]
async fn request_of_an_unknown_service_provider_is_refused() {
    refused(AuthnRequest { issuer: "https://elsewhere.example.nl", ..request() }, "service_provider_unknown").await;
}

#[tokio::test]
async fn service_provider_whose_metadata_has_ended_is_refused() {
    for (valid_until, refusal) in [(now() + chrono::TimeDelta::seconds(1), None), (now(), Some("metadata_expired"))] {
        let portal = RegisteredServiceProvider::new(service_provider(Some(valid_until)));
        let config = SimulatorConfig::new(BASE_URL, BROKER_KEY.clone(), vec![portal], now).unwrap();
        let page = Browser::at(router(config)).get(&redirect(&request(), None, Some(&PORTAL_KEY))).await;
        match refusal {
            None => assert_eq!(page.status, StatusCode::OK),
            Some(code) => page.assert_refused(code),
        }
    }
}

#[tokio::test]
async fn consumer_service_must_be_registered_for_http_post() {
    let url = |url, binding| AssertionConsumerService::Url { url, binding };
    for service in [
        AssertionConsumerService::Default,
        AssertionConsumerService::Index(0),
        url(ACS, None),
        url(ACS, Some(Binding::HttpPost)),
    ] {
        accepted(AuthnRequest { assertion_consumer_service: service, ..request() }).await;
    }
    for service in [
        AssertionConsumerService::Index(1),
        AssertionConsumerService::Index(2),
        url("https://portal.example.nl/saml/acs/", None),
        url("https://elsewhere.example.nl/saml/acs", None),
        url(ARTIFACT_ACS, Some(Binding::HttpArtifact)),
        url(ACS, Some(Binding::HttpArtifact)),
    ] {
        refused(AuthnRequest { assertion_consumer_service: service, ..request() }, "assertion_consumer_service").await;
    }
}

#[tokio::test]
async fn request_for_another_destination_is_refused() {
    refused(AuthnRequest { destination: Some("https://elsewhere.example.nl/login"), ..request() }, "destination").await;
    refused(AuthnRequest { destination: None, ..request() }, "destination").await;
}

#[tokio::test]
async fn scoping_must_list_digid_or_the_simulator() {
    for scoping in [vec![], vec!["digid"], vec!["simulator"], vec!["idin", "digid"]] {
        accepted(AuthnRequest { scoping, ..request() }).await;
    }
    refused(AuthnRequest { scoping: vec!["idin"], ..request() }, "scoping").await;
}

#[tokio::test]
async fn level_must_be_one_that_is_known() {
    let asking = |class_ref| RequestedAuthnContext { comparison: Comparison::Minimum, class_refs: vec![class_ref] };
    accepted(AuthnRequest { requested_authn_context: None, ..request() }).await;
    let etoegang = asking("urn:etoegang:core:assurance-class:loa3");
    accepted(AuthnRequest { requested_authn_context: Some(etoegang), ..request() }).await;
    let unknown = asking("urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified");
    refused(AuthnRequest { requested_authn_context: Some(unknown), ..request() }, "level_unknown").await;
}

#[tokio::test]
async fn level_below_the_one_asked_for_ends_in_a_page() {
    let context = RequestedAuthnContext { comparison: Comparison::Minimum, class_refs: vec![SUBSTANTIAL] };
    let request = AuthnRequest { requested_authn_context: Some(context), ..request() };
    let browser = Browser::new();
    for (level, refusal) in [("loa3", None), ("loa2plus", Some("level_too_low"))] {
        let page = browser.get(&redirect(&request, None, Some(&PORTAL_KEY))).await;
        let page = browser.submit(&page, LOG_IN, "900026236", level).await;
        match refusal {
            None => assert_eq!(page.status, StatusCode::OK),
            Some(code) => page.assert_refused(code),
        }
    }
}

#[tokio::test]
async fn login_is_answered_once() {
    let browser = Browser::new();
    let page = browser.get(&redirect(&request(), None, Some(&PORTAL_KEY))).await;
    assert_eq!(browser.submit(&page, LOG_IN, "900026236", "loa3").await.status, StatusCode::OK);
    browser.submit(&page, LOG_IN, "900026236", "loa3").await.assert_refused("login_unknown");
    browser.submit(&page, &format!("{LOG_IN}/cancel"), "", "").await.assert_refused("login_unknown");
}

#[tokio::test]
async fn page_that_is_opened_by_itself_is_refused() {
    let browser = Browser::new();
    browser.post(LOG_IN, &[]).await.assert_refused("form");
    browser.get("/broker/sp/saml/login").await.assert_refused("binding_parameter_missing");
    let page = browser.get(&format!("{LOG_IN}?handle=00000000000000000000000000000000")).await;
    page.assert_refused("login_unknown");
}

#[test]
fn configuration_that_would_be_ambiguous_is_refused() {
    let make = |base_url, portals| SimulatorConfig::new(base_url, BROKER_KEY.clone(), portals, now).map(drop);
    let portal = || RegisteredServiceProvider { metadata: service_provider(None), answers: AnswerSettings::default() };
    assert_eq!(make(BASE_URL, vec![portal()]), Ok(()));
    let twice = ConfigError::DuplicateServiceProvider { entity_id: crate::portal::PORTAL.to_owned() };
    assert_eq!(make(BASE_URL, vec![portal(), portal()]), Err(twice));
    for base_url in ["http://127.0.0.1:8081/", "http://127.0.0.1/path", "ftp://127.0.0.1", ""] {
        assert_eq!(make(base_url, vec![]), Err(ConfigError::BaseUrl { found: base_url.to_owned() }));
    }
    assert_eq!(make("http://broker.example.nl", vec![]).unwrap_err().code(), "metadata_location");
}

async fn accepted(request: AuthnRequest<'_>) {
    let page = Browser::new().get(&redirect(&request, None, Some(&PORTAL_KEY))).await;
    assert_eq!(page.status, StatusCode::OK, "{request:?}");
    let page = Browser::new().post("/broker/sp/saml/login", &post(&request, Some(&PORTAL_KEY))).await;
    assert_eq!(page.status, StatusCode::OK, "{request:?}");
}

async fn refused(request: AuthnRequest<'_>, code: &str) {
    Browser::new().get(&redirect(&request, None, Some(&PORTAL_KEY))).await.assert_refused(code);
    Browser::new().post("/broker/sp/saml/login", &post(&request, Some(&PORTAL_KEY))).await.assert_refused(code);
}
