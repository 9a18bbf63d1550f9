use axum::http::StatusCode;
use saml_sp::RequestBinding;

use crate::answers::{BSN, login};
use crate::browser::{Browser, request_id};
use crate::portal::{portal, router, settings};

#[tokio::test]
async fn a_citizen_who_logs_in_reaches_the_page_that_was_asked_for() {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login?level=substantial&return_to=/permits&lang=nl").await;

    let answer = browser.post(&portal, "/saml/acs", &login(&id)).await;

    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/permits"));
    let page = browser.get(&portal, "/permits").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.starts_with("bsn 90*****36 substantial "), "{}", page.text);
}

#[tokio::test]
async fn a_request_can_travel_in_a_form_that_needs_no_script() {
    let (portal, mut browser) = (router(RequestBinding::Post, settings()), Browser::default());

    let page = browser.get(&portal, "/saml/login?return_to=/permits").await;

    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text
            .contains("<form id=\"saml-post\" method=\"post\" action=\"https://broker.example/broker/sp/saml/login\">")
    );
    assert!(page.text.contains("<button type=\"submit\">Doorgaan</button>"));
    assert!(page.text.contains("<script src=\"/saml/post.js\" defer></script>"));
    let id = request_id(page.field("SAMLRequest").as_bytes());
    let answer = browser.post(&portal, "/saml/acs", &login(&id)).await;
    assert_eq!(answer.location(), "/permits");
}

#[tokio::test]
async fn two_tabs_of_one_browser_can_log_in() {
    let (portal, mut browser) = (portal(), Browser::default());
    let one = browser.begin(&portal, "/saml/login?return_to=/one").await;
    let two = browser.begin(&portal, "/saml/login?return_to=/two").await;

    assert_eq!(browser.post(&portal, "/saml/acs", &login(&one)).await.location(), "/one");
    assert_eq!(browser.post(&portal, "/saml/acs", &login(&two)).await.location(), "/two");
}

#[tokio::test]
async fn no_number_is_in_a_url_a_header_or_the_debug_form_of_a_session() {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login?return_to=/debug").await;

    browser.post(&portal, "/saml/acs", &login(&id)).await;
    let page = browser.get(&portal, "/debug").await;

    assert!(page.text.contains("Bsn(redacted)"), "{}", page.text);
    assert!(!page.text.contains(BSN));
    assert!(!browser.seen.contains(BSN));
}
