//! Logging out here and at the broker.

use axum::Router;
use axum::http::StatusCode;
use saml_logout::LogoutAnswer;
use saml_protocol::{Status, status_codes};
use saml_sp::RequestBinding;
use saml_xml_security::SigningKey;

use crate::answers::{BSN, Fields, login};
use crate::browser::{Browser, request_id};
use crate::log;
use crate::portal::{BROKER, BROKER_KEY, PORTAL, now, portal, router, settings};

const EVERYWHERE: &str = "U bent overal uitgelogd.";
const PERHAPS: &str = "misschien nog ingelogd";

async fn logged_in() -> (Router, Browser) {
    let portal = router(RequestBinding::Redirect, settings().with_single_logout());
    let mut browser = Browser::default();
    let id = browser.begin(&portal, "/saml/login").await;
    browser.post(&portal, "/saml/acs", &login(&id)).await;
    assert_eq!(browser.get(&portal, "/permits").await.status, StatusCode::OK);
    (portal, browser)
}

/// Logs out, and returns the ID of the request that goes to the broker.
async fn asked(portal: &Router, browser: &mut Browser) -> String {
    let page = browser.post(portal, "/saml/logout", &Fields::none()).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(page.text.contains(&format!("action=\"{BROKER}/broker/sp/saml/logout\"")), "{}", page.text);
    let message = page.text.split("name=\"SAMLRequest\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let message = message.replace("&#43;", "+").replace("&#61;", "=").replace("&#47;", "/");
    request_id(message.as_bytes())
}

fn answer(status: Status<'_>, id: &str) -> LogoutAnswer {
    let (issuer, url) = (format!("{BROKER}/broker/sp/saml"), format!("{PORTAL}/saml/slo"));
    LogoutAnswer::new(status, id, &issuer, &url, [5; 20], now()).unwrap()
}

fn path(answer: LogoutAnswer, key: &SigningKey) -> String {
    answer.redirect(Some("https://evil.example/"), key).unwrap().strip_prefix(PORTAL).unwrap().to_owned()
}

#[tokio::test]
async fn the_session_here_ends_before_the_broker_is_asked() {
    let (portal, mut browser) = logged_in().await;
    let session = browser.cookies["__Host-saml-session"].clone();

    asked(&portal, &mut browser).await;

    assert!(!browser.cookies.contains_key("__Host-saml-session"));
    browser.cookies.insert("__Host-saml-session".to_owned(), session);
    assert_eq!(browser.get(&portal, "/permits").await.status, StatusCode::SEE_OTHER);
    assert!(!browser.seen.contains(BSN), "no number in a URL or header");
}

#[tokio::test]
async fn the_answer_says_whether_all_ended() {
    let partial =
        Status { code: status_codes::RESPONDER, second_level: Some(status_codes::PARTIAL_LOGOUT), message: None };
    for (status, text) in [(Status::success(), EVERYWHERE), (partial, PERHAPS)] {
        let (portal, mut browser) = logged_in().await;
        let id = asked(&portal, &mut browser).await;
        let page = browser.get(&portal, &path(answer(status, &id), &BROKER_KEY)).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains(text), "{}", page.text);
        assert!(!page.text.contains("evil.example"));
        assert!(!browser.cookies.contains_key("__Host-saml-logout"));
    }
}

#[tokio::test]
async fn the_answer_is_taken_by_post() {
    let (portal, mut browser) = logged_in().await;
    let id = asked(&portal, &mut browser).await;
    let form = answer(Status::success(), &id).post(None, &BROKER_KEY).unwrap();
    let page = browser.post(&portal, "/saml/slo", &Fields::new("SAMLResponse", form.message_base64())).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains(EVERYWHERE), "{}", page.text);
}

#[tokio::test]
async fn an_answer_that_is_forged_or_of_another_browser_is_refused() {
    let (portal, mut browser) = logged_in().await;
    let id = asked(&portal, &mut browser).await;
    let forger = SigningKey::generate_self_signed(2048, "forger", 0, 4_000_000_000).unwrap();
    for (browser, key, code) in
        [(&mut Browser::default(), &*BROKER_KEY, "in_response_to"), (&mut browser, &forger, "signature_invalid")]
    {
        log::taken();
        let page = browser.get(&portal, &path(answer(Status::success(), &id), key)).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(page.text.contains(PERHAPS), "{}", page.text);
        let log = log::taken();
        assert!(log.contains(&format!("answer to a logout refused code=\"{code}\"")), "{log}");
    }
    let page = browser.get(&portal, &path(answer(Status::success(), &id), &BROKER_KEY)).await;
    assert_eq!(page.status, StatusCode::OK);
}

#[tokio::test]
async fn without_single_logout_no_answer_is_taken() {
    assert_eq!(Browser::default().get(&portal(), "/saml/slo").await.status, StatusCode::NOT_FOUND);
}
