//! Logging out at the simulator.

use axum::http::StatusCode;
use saml_bindings::{MessageParameter, PostForm, decode_redirect};
use saml_metadata::{Endpoint, IndexedEndpoint, Metadata, ServiceProviderMetadata};
use saml_protocol::{Binding, LogoutRequest, LogoutResponse, NameId};
use saml_simulator::{RegisteredServiceProvider, SimulatorConfig, router};
use saml_xml::{Document, ParseOptions, Writer};
use saml_xml_security::{SignOptions, SigningKey, sign};

use crate::browser::{Browser, Page};
use crate::portal::{ACS, BASE_URL, BROKER_KEY, PORTAL, PORTAL_KEY, key, now, verified};

const SLO: &str = "https://portal.example.nl/saml/slo";
const LOGOUT: &str = "http://127.0.0.1:8081/broker/sp/saml/logout";

/// Returns a browser at a simulator that knows a portal with these endpoints for logout.
fn browser(single_logout: Vec<Endpoint>) -> Browser {
    let consumer = IndexedEndpoint { index: 0, is_default: None, binding: Binding::HttpPost, location: ACS.to_owned() };
    let keys = vec![PORTAL_KEY.verifying_key().clone()];
    let metadata =
        ServiceProviderMetadata { single_logout, ..ServiceProviderMetadata::new("_1", PORTAL, keys, vec![consumer]) };
    let metadata = Metadata::parse_unverified(metadata.write().unwrap().as_bytes()).unwrap();
    let portal = RegisteredServiceProvider::new(metadata.service_provider().unwrap());
    Browser::at(router(SimulatorConfig::new(BASE_URL, BROKER_KEY.clone(), vec![portal], now).unwrap()))
}

fn endpoint(binding: Binding) -> Vec<Endpoint> {
    vec![Endpoint { binding, location: SLO.to_owned() }]
}

async fn log_out(browser: &Browser, issuer: &str, key: Option<&SigningKey>) -> Page {
    let name_id = NameId { value: "s00000000:900026236", format: None, name_qualifier: None, sp_name_qualifier: None };
    let request = LogoutRequest {
        id: "_logout",
        issue_instant: now(),
        destination: Some(LOGOUT),
        not_on_or_after: None,
        issuer,
        name_id,
        session_indexes: Vec::new(),
    };
    let mut writer = Writer::new();
    request.write(&mut writer);
    let mut xml = writer.finish().unwrap();
    if let Some(key) = key {
        xml = sign(&xml, key, &SignOptions::default()).unwrap();
    }
    let form = PostForm::new(LOGOUT, MessageParameter::SamlRequest, &xml, None).unwrap();
    let fields = [("SAMLRequest".to_owned(), form.message_base64().to_owned())];
    browser.post("/broker/sp/saml/logout", &fields).await
}

#[tokio::test]
async fn a_signed_request_is_answered_by_the_binding_of_the_metadata() {
    let page = log_out(&browser(endpoint(Binding::HttpPost)), PORTAL, Some(&PORTAL_KEY)).await;
    assert!(page.html.contains(&format!("action=\"{SLO}\"")), "{}", page.html);
    let verified = verified(&page.answer());
    let answer = LogoutResponse::read(verified.root()).unwrap();
    assert!(answer.status.is_success());
    assert_eq!((answer.in_response_to, answer.destination), (Some("_logout"), Some(SLO)));

    let page = log_out(&browser(endpoint(Binding::HttpRedirect)), PORTAL, Some(&PORTAL_KEY)).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let query = page.header("location").strip_prefix(&format!("{SLO}?")).unwrap();
    let message = decode_redirect(query, MessageParameter::SamlResponse).unwrap();
    message.verify(&[BROKER_KEY.verifying_key().clone()], &saml_xml_security::AlgorithmPolicy::modern()).unwrap();
    let document = Document::parse(message.xml(), &ParseOptions::message()).unwrap();
    assert!(LogoutResponse::read(document.root()).unwrap().status.is_success());
}

#[tokio::test]
async fn a_request_that_is_not_signed_by_its_sender_is_refused() {
    let browser = browser(endpoint(Binding::HttpPost));
    assert_eq!(log_out(&browser, PORTAL, Some(&PORTAL_KEY)).await.status, StatusCode::OK);
    log_out(&browser, PORTAL, None).await.assert_refused("signature_missing");
    log_out(&browser, PORTAL, Some(&key("other.example.nl"))).await.assert_refused("signature_invalid");
    log_out(&browser, "https://unknown.example.nl", Some(&PORTAL_KEY)).await.assert_refused("service_provider_unknown");
}

#[tokio::test]
async fn who_registered_no_place_for_the_answer_gets_none() {
    log_out(&browser(Vec::new()), PORTAL, Some(&PORTAL_KEY)).await.assert_refused("single_logout_service");
    log_out(&browser(endpoint(Binding::Soap)), PORTAL, Some(&PORTAL_KEY)).await.assert_refused("single_logout_service");
}
