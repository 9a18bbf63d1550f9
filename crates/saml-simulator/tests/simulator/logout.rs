//! Logging out at the simulator.

use axum::http::StatusCode;
use saml_bindings::{MessageParameter, PostForm, Received, decode_redirect};
use saml_metadata::{Endpoint, IndexedEndpoint, Metadata, ServiceProviderMetadata};
use saml_protocol::{Binding, LogoutRequest, LogoutResponse, NameId, Status, status_codes};
use saml_simulator::{RegisteredServiceProvider, SimulatorConfig, router};
use saml_xml::{Document, ParseOptions, Writer};
use saml_xml_security::{SignOptions, SigningKey, sign};

use crate::browser::{Browser, LOG_IN, Page};
use crate::portal::{ACS, BASE_URL, BROKER_KEY, PORTAL, PORTAL_KEY, key, now, redirect, request, verified};

const SLO: &str = "https://portal.example.nl/saml/slo";
const LOGOUT: &str = "http://127.0.0.1:8081/broker/sp/saml/logout";
const LOGOUT_PATH: &str = "/broker/sp/saml/logout";
const SESSIONS: &str = "/broker/authn/simulator/sessions";

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
    log_out_of(browser, issuer, key, None, Vec::new()).await
}

async fn log_out_of(
    browser: &Browser,
    issuer: &str,
    key: Option<&SigningKey>,
    qualifier: Option<&str>,
    session_indexes: Vec<&str>,
) -> Page {
    let format = qualifier.map(|_| "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified");
    let name_id = NameId { value: "s00000000:900026236", format, name_qualifier: qualifier, sp_name_qualifier: None };
    let request = LogoutRequest {
        id: "_logout",
        issue_instant: now(),
        destination: Some(LOGOUT),
        reason: None,
        not_on_or_after: None,
        issuer,
        name_id,
        session_indexes,
    };
    let mut writer = Writer::new();
    request.write(&mut writer);
    let mut xml = writer.finish().unwrap();
    if let Some(key) = key {
        xml = sign(&xml, key, &SignOptions::default()).unwrap();
    }
    let form = PostForm::new(LOGOUT, MessageParameter::SamlRequest, &xml, None).unwrap();
    let fields = [("SAMLRequest".to_owned(), form.message_base64().to_owned())];
    browser.post(LOGOUT_PATH, &fields).await
}

/// Logs somebody in, and returns the session index of the answer.
async fn log_in(browser: &Browser) -> String {
    let page = browser.get(&redirect(&request(), None, Some(&PORTAL_KEY))).await;
    let answer = browser.submit(&page, LOG_IN, "900026236", "loa3").await.answer();
    answer.split("SessionIndex=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// Returns how many are logged in, by the page that says so.
async fn logged_in(browser: &Browser) -> usize {
    let page = browser.get(SESSIONS).await;
    assert!(!page.html.contains("900026236"), "whose session it is, the page does not say");
    page.html.matches("name=\"handle\"").count()
}

/// Presses the button of the first session.
async fn end_first(browser: &Browser) -> Page {
    let page = browser.get(SESSIONS).await;
    let fields = ["handle", "lang"].map(|name| (name.to_owned(), page.value_of(name).unwrap()));
    browser.post(SESSIONS, &fields).await
}

fn response_to(id: &str, status: Status<'_>, key: &SigningKey) -> Vec<(String, String)> {
    let response = LogoutResponse {
        id: "_response",
        issue_instant: now(),
        in_response_to: Some(id),
        destination: Some(LOGOUT),
        issuer: PORTAL,
        status,
    };
    let mut writer = Writer::new();
    response.write(&mut writer);
    let xml = sign(&writer.finish().unwrap(), key, &SignOptions::default()).unwrap();
    let form = PostForm::new(LOGOUT, MessageParameter::SamlResponse, &xml, None).unwrap();
    vec![("SAMLResponse".to_owned(), form.message_base64().to_owned())]
}

#[tokio::test]
async fn a_request_ends_the_login_that_it_names_whole() {
    let browser = browser(endpoint(Binding::HttpPost));
    let (first, second) = (log_in(&browser).await, log_in(&browser).await);
    assert_ne!(first, second);
    assert_eq!(logged_in(&browser).await, 2);

    // Without format and qualifier it is another name, and the user stays logged in.
    log_out_of(&browser, PORTAL, Some(&PORTAL_KEY), None, vec![]).await;
    assert_eq!(logged_in(&browser).await, 2);
    log_out_of(&browser, PORTAL, Some(&PORTAL_KEY), Some("simulator"), vec![&first]).await;
    assert_eq!(logged_in(&browser).await, 1);
    log_out_of(&browser, PORTAL, Some(&PORTAL_KEY), Some("simulator"), vec![]).await;
    assert_eq!(logged_in(&browser).await, 0);
}

#[tokio::test]
async fn a_logout_that_begins_here_asks_the_service_provider() {
    let browser = browser(endpoint(Binding::HttpPost));
    log_in(&browser).await;
    for (status, text) in [
        (Status::success(), "De dienst heeft de sessie beëindigd."),
        (
            Status { code: status_codes::RESPONDER, second_level: Some(status_codes::PARTIAL_LOGOUT), message: None },
            "De dienst heeft niet alle sessies beëindigd.",
        ),
    ] {
        let page = end_first(&browser).await;
        assert!(page.html.contains(&format!("action=\"{SLO}\"")), "{}", page.html);
        assert!(!page.log.contains("900026236"));
        let message = page.value_of("SAMLRequest").unwrap().replace("&#43;", "+").replace("&#61;", "=");
        let received = Received::detect(message.replace("&#47;", "/").as_bytes()).unwrap();
        let asked = verified(std::str::from_utf8(received.xml()).unwrap());
        let asked = LogoutRequest::read(asked.root(), &[]).unwrap();
        assert_eq!((asked.name_id.value, asked.name_id.name_qualifier), ("s00000000:900026236", Some("simulator")));
        assert_eq!((asked.session_indexes.len(), asked.destination), (1, Some(SLO)));

        let forged = response_to(asked.id, status, &key("other.example.nl"));
        browser.post(LOGOUT_PATH, &forged).await.assert_refused("signature_invalid");
        let answer = response_to(asked.id, status, &PORTAL_KEY);
        let page = browser.post(LOGOUT_PATH, &answer).await;
        assert!(page.html.contains(text), "{}", page.html);
        browser.post(LOGOUT_PATH, &answer).await.assert_refused("login_unknown");
        log_in(&browser).await;
    }
}

#[tokio::test]
async fn a_login_ends_once_and_only_where_the_service_provider_can_be_asked() {
    let reachable = browser(endpoint(Binding::HttpPost));
    log_in(&reachable).await;
    let handle = reachable.get(SESSIONS).await.value_of("handle").unwrap();
    let fields = [("handle".to_owned(), handle), ("lang".to_owned(), "nl".to_owned())];
    assert_eq!(reachable.post(SESSIONS, &fields).await.status, StatusCode::OK);
    reachable.post(SESSIONS, &fields).await.assert_refused("login_unknown");

    // Not by HTTP-Redirect: a NameID must not stand in a URL.
    let by_redirect = browser(endpoint(Binding::HttpRedirect));
    log_in(&by_redirect).await;
    end_first(&by_redirect).await.assert_refused("single_logout_service");
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
