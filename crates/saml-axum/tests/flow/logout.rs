//! Single logout, as a browser and the identity provider see it.

use std::sync::Arc;

use axum::Router;
use axum::http::{Method, StatusCode};
use saml_axum::{SamlPortal, Session};
use saml_bindings::{MessageParameter, PostForm, Received, encode_redirect, soap_envelope};
use saml_protocol::{LogoutRequest, LogoutResponse, NameId, Status, status_codes};
use saml_sp::{RequestBinding, SealedRequestStore, ServiceProvider, SingleLogout};
use saml_state::SessionStore;
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};
use saml_xml::{Document, ParseOptions, Writer};
use saml_xml_security::{AlgorithmPolicy, SealingKeys, SignOptions, SignatureAlgorithm, sign, verify};

use crate::answers::{BSN, Fields, login};
use crate::browser::{Browser, Page};
use crate::log;
use crate::portal::{BROKER, BROKER_KEY, PORTAL, PORTAL_KEY, configuration, entity_id, now, router_with, settings};

const SESSION: &str = "__Host-saml-session";

fn portal_with(single_logout: SingleLogout) -> Router {
    portal_with_store(single_logout, MemorySessionStore::new(100))
}

fn portal_with_store(single_logout: SingleLogout, sessions: impl SessionStore<Session> + 'static) -> Router {
    router_with(provider(single_logout), sessions, settings())
}

fn provider(single_logout: SingleLogout) -> ServiceProvider<MemoryRequestStore, MemoryReplayCache> {
    let configuration = configuration(RequestBinding::Redirect).with_single_logout(single_logout);
    ServiceProvider::new(configuration, MemoryRequestStore::new(100), MemoryReplayCache::new(100))
}

pub(crate) fn portal_on(sessions: impl SessionStore<Session> + 'static) -> Router {
    portal_with_store(SingleLogout::new(&slo()).unwrap(), sessions)
}

pub(crate) fn saml_portal() -> SamlPortal<MemoryRequestStore, MemoryReplayCache, MemorySessionStore<Session>> {
    let service_provider = provider(SingleLogout::new(&slo()).unwrap());
    SamlPortal::new(service_provider, MemorySessionStore::new(100), settings())
}

/// The form by which the identity provider asks that the sessions of the citizen end.
pub(crate) fn signed_request(id: &str) -> Fields {
    form(&signed(&request(id)), MessageParameter::SamlRequest)
}

fn portal() -> Router {
    portal_with(SingleLogout::new(&slo()).unwrap().with_soap(&format!("{}/soap", slo())))
}

fn slo() -> String {
    format!("{PORTAL}/saml/slo")
}

fn broker_slo() -> String {
    format!("{BROKER}/broker/sp/saml/logout")
}

async fn log_in(portal: &Router, browser: &mut Browser) {
    let id = browser.begin(portal, "/saml/login?return_to=/permits").await;
    browser.post(portal, "/saml/acs", &login(&id)).await;
    assert_eq!(browser.get(portal, "/permits").await.status, StatusCode::OK);
}

async fn logged_in() -> (Router, Browser) {
    let (portal, mut browser) = (portal(), Browser::default());
    log_in(&portal, &mut browser).await;
    (portal, browser)
}

/// The request in a page that posts it to the broker, verified.
fn request_in(page: &Page) -> Document {
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains(&format!("action=\"{}\"", broker_slo())), "{}", page.text);
    message_in(page, "SAMLRequest")
}

fn message_in(page: &Page, parameter: &str) -> Document {
    let received = Received::detect(page.field(parameter).as_bytes()).unwrap();
    let options = ParseOptions::message();
    let document = Document::parse(received.xml(), &options).unwrap();
    let keys = [PORTAL_KEY.verifying_key().clone()];
    verify(document.root(), &keys, &AlgorithmPolicy::modern(), &options).unwrap().into_document()
}

fn response(in_response_to: &str, code: &str, second_level: Option<&str>) -> String {
    let (destination, issuer) = (slo(), format!("{BROKER}/broker/sp/saml"));
    let response = LogoutResponse {
        id: "_response",
        issue_instant: now(),
        in_response_to: Some(in_response_to),
        destination: Some(&destination),
        issuer: &issuer,
        status: Status { code, second_level, message: None },
    };
    let mut writer = Writer::new();
    response.write(&mut writer);
    writer.finish().unwrap()
}

fn request(id: &str) -> String {
    let (destination, issuer) = (slo(), format!("{BROKER}/broker/sp/saml"));
    let value = format!("s00000000:{BSN}");
    let request = LogoutRequest {
        id,
        issue_instant: now(),
        destination: Some(&destination),
        reason: None,
        not_on_or_after: None,
        issuer: &issuer,
        name_id: NameId {
            value: &value,
            format: Some("urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"),
            name_qualifier: Some(saml_digid::SIMULATOR),
            sp_name_qualifier: None,
        },
        session_indexes: Vec::new(),
    };
    let mut writer = Writer::new();
    request.write(&mut writer);
    writer.finish().unwrap()
}

fn signed(xml: &str) -> String {
    sign(xml, &BROKER_KEY, &SignOptions::default()).unwrap()
}

fn form(xml: &str, parameter: MessageParameter) -> Fields {
    Fields::new(parameter.name(), PostForm::new(&slo(), parameter, xml, None).unwrap().message_base64())
}

fn url(xml: &str, parameter: MessageParameter, relay_state: &str) -> String {
    let signer = Some((&*BROKER_KEY, SignatureAlgorithm::RsaSha256));
    let url = encode_redirect(&slo(), parameter, xml, Some(relay_state), signer).unwrap();
    url.strip_prefix(PORTAL).unwrap().to_owned()
}

#[tokio::test]
async fn logging_out_ends_the_session_here_before_the_identity_provider_is_told() {
    let (portal, mut browser) = logged_in().await;
    let session = browser.cookies[SESSION].clone();

    let page = browser.post(&portal, "/saml/logout", &Fields::none()).await;

    let request = request_in(&page);
    assert_eq!(request.root().local_name(), "LogoutRequest");
    assert!(!browser.cookies.contains_key(SESSION));
    // Whatever becomes of the request: it is over here.
    browser.cookies.insert(SESSION.to_owned(), session);
    assert_eq!(browser.get(&portal, "/permits").await.status, StatusCode::SEE_OTHER);
    assert!(page.header("content-security-policy").contains(BROKER));
    assert!(!browser.seen.contains(BSN) && !log::taken().contains(BSN));
}

#[tokio::test]
async fn a_logout_that_the_browser_carries_finishes_once() {
    let single_logout = SingleLogout::new(&slo()).unwrap();
    let configuration = configuration(RequestBinding::Redirect).with_single_logout(single_logout);
    let seen = Arc::new(MemoryReplayCache::new(100));
    let requests = SealedRequestStore::new(SealingKeys::new([7; 32]).unwrap(), &entity_id(), Arc::clone(&seen));
    let portal =
        router_with(ServiceProvider::new(configuration, requests, seen), MemorySessionStore::new(100), settings());
    let mut browser = Browser::default();
    log_in(&portal, &mut browser).await;

    let request = request_in(&browser.post(&portal, "/saml/logout", &Fields::none()).await);
    let xml = response(request.root().attribute("ID").unwrap(), status_codes::SUCCESS, None);
    let answer = form(&signed(&xml), MessageParameter::SamlResponse);
    let cookie = browser.cookies["__Host-saml-logout"].clone();
    assert!(cookie.len() > 64);
    let page = browser.post_from_elsewhere(&portal, "/saml/slo", &answer).await;

    assert!(page.text.contains("U bent overal uitgelogd."), "{}", page.text);
    log::taken();
    browser.cookies.insert("__Host-saml-logout".to_owned(), cookie);
    assert_eq!(browser.post(&portal, "/saml/slo", &answer).await.status, StatusCode::FORBIDDEN);
    assert!(log::taken().contains("logout refused code=\"request_once\""));
}

#[tokio::test]
async fn each_outcome_of_a_logout_has_a_page_of_its_own() {
    for (outcome, code, second_level, said, not_said) in [
        ("complete", status_codes::SUCCESS, None, "U bent overal uitgelogd.", "misschien"),
        (
            "partial",
            status_codes::RESPONDER,
            Some(status_codes::PARTIAL_LOGOUT),
            "of bij een andere organisatie",
            "overal",
        ),
        (
            "failed",
            status_codes::RESPONDER,
            Some(status_codes::REQUEST_DENIED),
            "Bij DigiD bent u misschien nog ingelogd",
            "overal",
        ),
    ] {
        let (portal, mut browser) = logged_in().await;
        log::taken();
        let request = request_in(&browser.post(&portal, "/saml/logout", &Fields::none()).await);
        let id = request.root().attribute("ID").unwrap();

        let xml = response(id, code, second_level);
        let page = browser.get(&portal, &url(&xml, MessageParameter::SamlResponse, "https://evil.example/")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains(said) && !page.text.contains(not_said), "{}", page.text);
        assert!(page.text.contains("href=\"/\"") && !page.text.contains("evil.example"));
        assert!(!browser.cookies.contains_key("__Host-saml-logout"));

        let started = r#"logout started began="here""#.to_owned();
        assert_eq!(log::audited(), [started, format!("logout finished began=\"here\" outcome=\"{outcome}\"")]);

        let again = browser.post(&portal, "/saml/slo", &form(&signed(&xml), MessageParameter::SamlResponse)).await;
        assert_eq!(again.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn an_answer_by_post_comes_back_to_the_browser_that_asked() {
    let (portal, mut browser) = logged_in().await;
    let request = request_in(&browser.post(&portal, "/saml/logout", &Fields::none()).await);
    let xml = response(request.root().attribute("ID").unwrap(), status_codes::SUCCESS, None);
    let answer = form(&signed(&xml), MessageParameter::SamlResponse);

    let elsewhere = Browser::default().post(&portal, "/saml/slo", &answer).await;
    assert_eq!(elsewhere.status, StatusCode::FORBIDDEN);
    let page = browser.post(&portal, "/saml/slo", &answer).await;
    assert!(page.text.contains("U bent overal uitgelogd."), "{}", page.text);
}

#[tokio::test]
async fn a_request_of_the_identity_provider_ends_the_session_in_whichever_browser_it_is() {
    let (portal, mut citizen) = logged_in().await;
    let mut other = Browser::default();

    let page = other.post(&portal, "/saml/slo", &form(&signed(&request("_1")), MessageParameter::SamlRequest)).await;
    assert!(page.text.contains(&format!("action=\"{}\"", broker_slo())), "{}", page.text);
    // Nobody was logged in in that browser.
    assert!(page.text.contains("U gaat verder met uitloggen.") && !page.text.contains("U bent hier uitgelogd"));
    let answer = message_in(&page, "SAMLResponse");
    let answer = LogoutResponse::read(answer.root()).unwrap();
    assert_eq!((answer.in_response_to, answer.status), (Some("_1"), Status::success()));
    assert_eq!(citizen.get(&portal, "/permits").await.status, StatusCode::SEE_OTHER);

    log_in(&portal, &mut citizen).await;
    let page = other.get(&portal, &url(&request("_2"), MessageParameter::SamlRequest, "b3f0")).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert!(page.location().starts_with(&broker_slo()) && page.location().contains("RelayState=b3f0"));
    assert_eq!(citizen.get(&portal, "/permits").await.status, StatusCode::SEE_OTHER);
    let log = log::taken();
    assert!(
        log.contains("logout finished began=\"identity_provider\" outcome=\"complete\" sessions=1")
            && !log.contains(BSN),
        "{log}"
    );
}

#[tokio::test]
async fn a_message_that_is_refused_ends_nothing_and_says_one_sentence() {
    let (portal, mut browser) = logged_in().await;
    let unsigned = form(&request("_1"), MessageParameter::SamlRequest);
    let page = browser.post(&portal, "/saml/slo", &unsigned).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.text.contains("Wij weten niet of u bent uitgelogd"));
    assert!(!page.text.contains("signature") && !page.text.contains(BSN));
    let reference = page.reference();
    let log = log::taken();
    let line = log.lines().find(|line| line.contains(&reference)).unwrap();
    assert!(line.contains("code=\"signature_missing\"") && !log.contains(BSN), "{line}");

    let nothing = browser.get(&portal, "/saml/slo").await;
    assert_eq!(nothing.status, StatusCode::FORBIDDEN);
    let text = browser.send(&portal, Method::POST, "/saml/slo", Some("text/plain"), unsigned.encoded()).await;
    assert_eq!(text.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let head = browser.send(&portal, Method::HEAD, "/saml/slo", None, String::new()).await;
    assert_eq!(head.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(browser.get(&portal, "/permits").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_request_over_soap_is_answered_over_soap() {
    let (portal, mut citizen) = logged_in().await;
    let mut broker = Browser::default();
    let xml = request("_1").replace(&format!("Destination=\"{}\"", slo()), "");
    let send = async |broker: &mut Browser, kind: &str, xml: &str| {
        let envelope = soap_envelope(xml).unwrap();
        broker.send(&portal, Method::POST, "/saml/slo/soap", Some(kind), envelope).await
    };

    log::taken();
    for (kind, xml, status, told) in [
        (
            "text/xml",
            xml.clone(),
            StatusCode::INTERNAL_SERVER_ERROR,
            concat!(
                r#"logout refused code="signature_missing" "#,
                r#"expected="a signature by a key of the partner, over this message" "#,
                r#"found="expected a signature on the element, found none" "#,
                r#"clause="SAML Profiles 4.4.4.1, 4.4.4.2; SAML Bindings 3.4.4.1""#,
            ),
        ),
        (
            "application/xml",
            signed(&xml),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            r#"logout refused code="soap_content_type""#,
        ),
    ] {
        let refused = send(&mut broker, kind, &xml).await;
        assert_eq!((refused.status, refused.header("content-type")), (status, "text/xml; charset=utf-8"));
        assert!(refused.text.contains("<soap:Fault>") && !refused.text.contains("signature"));
        assert_eq!(log::audited(), [told]);
    }
    assert_eq!(citizen.get(&portal, "/permits").await.status, StatusCode::OK);

    let answer = send(&mut broker, "text/xml; charset=utf-8", &signed(&xml)).await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "text/xml; charset=utf-8"));
    assert!(answer.text.contains("LogoutResponse") && answer.text.contains(status_codes::SUCCESS));
    assert_eq!(citizen.get(&portal, "/permits").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_is_not_configured_is_not_there() {
    let (plain, without_soap) = (crate::portal::portal(), portal_with(SingleLogout::new(&slo()).unwrap()));
    let mut browser = Browser::default();
    assert_eq!(browser.get(&plain, "/saml/slo").await.status, StatusCode::NOT_FOUND);
    for portal in [plain, without_soap] {
        let page = browser.send(&portal, Method::POST, "/saml/slo/soap", Some("text/xml"), String::new()).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn who_is_not_logged_in_has_nothing_to_log_out_of() {
    let page = Browser::default().post(&portal(), "/saml/logout", &Fields::none()).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/"));
    assert!(!page.headers.contains_key("set-cookie"));
}
