use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use saml_digid::{LevelOfAssurance, texts};
use saml_forge::Failure;
use saml_sp::RequestBinding;
use saml_state::memory::MemorySessionStore;

use crate::answers::{Fields, failure, login, login_answer, login_at, unsolicited};
use crate::browser::Browser;
use crate::log;
use crate::portal::{portal, router, router_with, service_provider, settings, wait};

#[tokio::test]
async fn an_answer_in_another_browser_logs_nobody_in() {
    let (portal, mut browser, mut other) = (portal(), Browser::default(), Browser::default());
    let id = browser.begin(&portal, "/saml/login?return_to=/permits").await;
    other.begin(&portal, "/saml/login").await;

    let answer = other.post_from_elsewhere(&portal, "/saml/acs", &login(&id)).await;
    let page = other.get(&portal, answer.location()).await;

    assert_eq!((answer.status, answer.cookies().len()), (StatusCode::SEE_OTHER, 0));
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.text.contains("Ga verder in de browser waar u bent begonnen"));
    assert!(page.text.contains("lang=\"en\""));
    assert!(log::taken().contains("login refused code=\"pending_request\""));
    assert_eq!(other.get(&portal, "/permits").await.location(), "/");
    // The browser that asked can still finish.
    assert_eq!(browser.post(&portal, "/saml/acs", &login(&id)).await.location(), "/permits");
}

#[tokio::test]
async fn the_very_answer_that_came_to_another_browser_first_logs_in_where_it_was_asked_for() {
    let (portal, mut browser, mut other) = (portal(), Browser::default(), Browser::default());
    let id = browser.begin(&portal, "/saml/login?return_to=/permits").await;
    other.begin(&portal, "/saml/login").await;
    let form = login(&id);

    other.post_from_elsewhere(&portal, "/saml/acs", &form).await;
    Browser::default().post_from_elsewhere(&portal, "/saml/acs", &form).await;

    assert_eq!(browser.post_from_elsewhere(&portal, "/saml/acs", &form).await.location(), "/permits");
    assert_eq!(other.get(&portal, "/permits").await.location(), "/");
}

#[tokio::test]
async fn an_answer_in_another_browser_does_not_lead_to_the_session_that_is_there() {
    let (portal, mut browser, mut other) = (portal(), Browser::default(), Browser::default());
    let earlier = other.begin(&portal, "/saml/login?return_to=/permits").await;
    other.post_from_elsewhere(&portal, "/saml/acs", &login(&earlier)).await;
    let id = browser.begin(&portal, "/saml/login?return_to=/permits").await;

    let answer = other.post_from_elsewhere(&portal, "/saml/acs", &login(&id)).await;
    let page = other.get(&portal, answer.location()).await;

    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.text.contains("Ga verder in de browser waar u bent begonnen"));
    assert_eq!(other.get(&portal, "/permits").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_is_refused_in_every_browser() {
    let (portal, mut browser) = (portal(), Browser::default());
    let unsolicited = || unsolicited(&login_answer("_unused"));

    let page = browser.post_from_elsewhere(&portal, "/saml/acs", &unsolicited()).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    let log = log::taken();
    assert!(log.contains("code=\"pending_request\"") && log.contains("without the cookie of a login"), "{log}");

    let id = browser.begin(&portal, "/saml/login?return_to=/permits").await;
    let page = browser.post_from_elsewhere(&portal, "/saml/acs", &unsolicited()).await;
    assert_eq!((page.status, page.cookies().len()), (StatusCode::FORBIDDEN, 0));
    let log = log::taken();
    assert!(log.contains("code=\"pending_request\"") && log.contains("a response that answers no request"), "{log}");

    browser.post_from_elsewhere(&portal, "/saml/acs", &login(&id)).await;
    browser.post_from_elsewhere(&portal, "/saml/acs", &unsolicited()).await;
    assert!(log::taken().contains("code=\"pending_request\""));
    assert_eq!(browser.get(&portal, "/permits").await.status, StatusCode::OK);
}

#[tokio::test]
async fn nothing_that_another_site_lets_a_browser_post_logs_anybody_out() {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login?return_to=/permits").await;
    let form = login(&id);
    browser.post_from_elsewhere(&portal, "/saml/acs", &form).await;

    for body in [Fields::none(), Fields::new("SAMLResponse", "AAAA"), Fields::new("SAMLart", "AAAA"), form] {
        let page = browser.post_from_elsewhere(&portal, "/saml/acs", &body).await;
        assert_eq!(page.cookies(), Vec::<&str>::new());
    }
    let page = browser.send(&portal, Method::POST, "/saml/acs", Some("text/plain"), String::new()).await;
    assert_eq!(page.cookies(), Vec::<&str>::new());
    assert_eq!(browser.get(&portal, "/permits").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_answer_without_the_cookie_of_a_login_logs_nobody_in() {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login").await;

    let page = Browser::default().post(&portal, "/saml/acs", &login(&id)).await;

    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.text.contains("Ga verder in de browser waar u bent begonnen"));
    assert!(!page.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn an_answer_is_accepted_once() {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login?return_to=/permits").await;
    let form = login(&id);
    assert_eq!(browser.post(&portal, "/saml/acs", &form).await.location(), "/permits");

    browser.cookies.remove("__Host-saml-session");
    let again = browser.post(&portal, "/saml/acs", &form).await;

    assert_eq!(browser.get(&portal, again.location()).await.status, StatusCode::FORBIDDEN);
    assert!(!browser.cookies.contains_key("__Host-saml-session"));
}

#[tokio::test]
async fn an_answer_after_a_quarter_of_an_hour_is_refused() {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login").await;

    wait(TimeDelta::minutes(15));

    let answer = browser.post(&portal, "/saml/acs", &login(&id)).await;
    assert_eq!(browser.get(&portal, answer.location()).await.status, StatusCode::FORBIDDEN);
    assert!(log::taken().contains("code=\"pending_request\""));
}

#[tokio::test]
async fn a_cancelled_login_goes_back_to_where_it_began_and_says_so() {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login?return_to=/%3Ftab%3D2").await;

    let answer = browser.post(&portal, "/saml/acs", &failure(&id, Failure::cancelled())).await;

    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/?tab=2&login=cancelled"));
    let page = browser.get(&portal, answer.location()).await;
    assert_eq!(page.text, "logged in: false, cancelled: true");
}

#[tokio::test]
async fn a_login_that_was_cancelled_on_the_way_to_a_closed_page_says_so_on_the_start_page() {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login?return_to=/permits").await;

    let answer = browser.post(&portal, "/saml/acs", &failure(&id, Failure::cancelled())).await;

    assert_eq!(answer.location(), "/permits?login=cancelled");
    assert_eq!(browser.get(&portal, answer.location()).await.location(), "/?login=cancelled");
    assert_eq!(browser.get(&portal, "/permits").await.location(), "/");
}

#[tokio::test]
async fn the_message_of_a_cancelled_login_is_gone_after_the_next() {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login?return_to=/%3Flogin%3Dcancelled%26tab%3D2").await;

    assert_eq!(browser.post(&portal, "/saml/acs", &login(&id)).await.location(), "/?tab=2");
}

#[tokio::test]
async fn a_failed_login_shows_the_fixed_text_and_ends_the_session() {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login?return_to=/permits").await;
    browser.post(&portal, "/saml/acs", &login(&id)).await;
    let session = browser.cookies["__Host-saml-session"].clone();
    let id = browser.begin(&portal, "/saml/login").await;

    let page = browser.post(&portal, "/saml/acs", &failure(&id, Failure::request_denied())).await;

    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.text.contains(&format!("<p>{}</p>", texts::ERROR_NL)), "{}", page.text);
    assert!(!browser.cookies.contains_key("__Host-saml-session"));
    browser.cookies.insert("__Host-saml-session".to_owned(), session);
    assert_eq!(browser.get(&portal, "/permits").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_error_text_is_in_the_language_that_the_login_began_in() {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login?lang=en").await;

    let page = browser.post(&portal, "/saml/acs", &failure(&id, Failure::no_authn_context())).await;

    assert!(page.text.contains("<html lang=\"en\">"));
    assert!(page.text.contains(&format!("<p>{}</p>", texts::ERROR_EN)), "{}", page.text);
}

#[tokio::test]
async fn the_dutch_error_text_can_be_that_of_the_older_checklist() {
    let settings = settings().with_dutch_error_text(texts::ERROR_CHECKLIST_7_NL);
    let (portal, mut browser) = (router(RequestBinding::Redirect, settings), Browser::default());
    let id = browser.begin(&portal, "/saml/login").await;

    let page = browser.post(&portal, "/saml/acs", &failure(&id, Failure::request_denied())).await;

    assert!(page.text.contains(&format!("<p>{}</p>", texts::ERROR_CHECKLIST_7_NL)), "{}", page.text);
}

#[tokio::test]
async fn a_level_under_the_one_asked_for_fails() {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login?level=substantial").await;

    let page = browser.post(&portal, "/saml/acs", &login_at(&id, LevelOfAssurance::Middle)).await;

    assert_eq!(page.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_form_of_another_content_type_is_refused() {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login").await;

    let body = login(&id).encoded();
    let page = browser.send(&portal, Method::POST, "/saml/acs", Some("text/plain"), body).await;

    assert_eq!(page.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(page.text.contains(texts::ERROR_NL));
}

#[tokio::test]
async fn a_form_of_more_than_two_mebibytes_is_refused() {
    let page =
        Browser::default().post(&portal(), "/saml/acs", &Fields::new("SAMLResponse", &"A".repeat(700_000))).await;

    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_request_store_that_is_full_is_our_fault() {
    let portal = router_with(service_provider(RequestBinding::Redirect, 0), MemorySessionStore::new(100), settings());

    let page = Browser::default().get(&portal, "/saml/login").await;

    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text.contains(texts::ERROR_NL));
}

#[tokio::test]
async fn a_session_store_that_is_full_logs_nobody_in() {
    let portal = router_with(service_provider(RequestBinding::Redirect, 100), MemorySessionStore::new(0), settings());
    let mut browser = Browser::default();
    let id = browser.begin(&portal, "/saml/login").await;

    let page = browser.post(&portal, "/saml/acs", &login(&id)).await;

    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!browser.cookies.contains_key("__Host-saml-session"));
}
