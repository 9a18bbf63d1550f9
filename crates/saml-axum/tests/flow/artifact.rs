use axum::Router;
use axum::http::{Method, StatusCode};
use saml_axum::Settings;
use saml_backchannel::BackChannel;
use saml_bindings::Artifact;
use saml_digid::texts;
use saml_sp::RequestBinding;

use crate::answers::{Fields, login};
use crate::browser::Browser;
use crate::log;
use crate::portal::{BROKER_KEY, portal, router, settings};

fn with_back_channel() -> Router {
    let root = BROKER_KEY.verifying_key().certificate_pem().unwrap();
    let settings: Settings = settings().with_back_channel(BackChannel::new(&root).unwrap());
    router(RequestBinding::Redirect, settings)
}

/// An artifact of somebody else, which is refused before anything is asked, with nothing beside it.
fn bare() -> Fields {
    Fields::new("SAMLart", &Artifact::new("https://other.example/saml", 0, [7; 20]).to_base64())
}

/// The same with the relay state of a request.
fn artifact(request_id: &str) -> Fields {
    bare().and("RelayState", request_id.strip_prefix('_').unwrap())
}

fn url(fields: &Fields) -> String {
    format!("/saml/acs?{}", fields.encoded())
}

#[tokio::test]
async fn an_artifact_is_taken_by_get_and_by_post() {
    let (portal, mut browser) = (with_back_channel(), Browser::default());
    let id = browser.begin(&portal, "/saml/login").await;

    let page = browser.get(&portal, &url(&artifact(&id))).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.text.contains(texts::ERROR_NL));
    assert!(log::taken().contains("code=\"binding_artifact_source\""));
    let page = browser.post(&portal, "/saml/acs", &artifact(&id)).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(log::taken().contains("code=\"binding_artifact_source\""));
}

#[tokio::test]
async fn an_artifact_without_the_relay_state_of_an_open_login_ends_no_session() {
    let (portal, mut browser) = (with_back_channel(), Browser::default());
    let id = browser.begin(&portal, "/saml/login?return_to=/permits").await;
    assert_eq!(browser.post(&portal, "/saml/acs", &login(&id)).await.location(), "/permits");
    let id = browser.begin(&portal, "/saml/login").await;
    log::taken();

    let page = browser.get(&portal, &url(&bare())).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.text.contains("Ga verder in de browser waar u bent begonnen"));
    assert!(log::taken().contains("login refused code=\"pending_request\""));
    assert_eq!(browser.get(&portal, "/permits").await.status, StatusCode::OK);

    // With it, this is a login of this browser that failed, and that ends the session (Logius T6).
    browser.get(&portal, &url(&artifact(&id))).await;
    assert!(log::taken().contains("login refused code=\"binding_artifact_source\""));
    assert_eq!(browser.get(&portal, "/permits").await.location(), "/");
}

#[tokio::test]
async fn without_a_back_channel_an_artifact_is_refused() {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login").await;

    let page = browser.get(&portal, &url(&artifact(&id))).await;
    assert_eq!(page.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(page.text.contains(texts::ERROR_NL) && page.text.contains("href=\"/\""));
    assert!(log::taken().contains("code=\"artifact_not_taken\""));
    assert_eq!(browser.post(&portal, "/saml/acs", &artifact(&id)).await.status, StatusCode::FORBIDDEN);
    assert!(log::taken().contains("code=\"binding_parameter_unexpected\""));
}

#[tokio::test]
async fn who_only_looks_does_not_use_the_artifact_up() {
    let (portal, mut browser) = (with_back_channel(), Browser::default());
    let id = browser.begin(&portal, "/saml/login").await;

    let page = browser.send(&portal, Method::HEAD, &url(&artifact(&id)), None, String::new()).await;
    assert_eq!(page.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(log::taken().matches("login refused").count(), 0);
}

#[tokio::test]
async fn with_a_back_channel_a_response_is_still_taken_by_post() {
    let (portal, mut browser) = (with_back_channel(), Browser::default());
    let id = browser.begin(&portal, "/saml/login?return_to=/permits").await;

    assert_eq!(browser.post(&portal, "/saml/acs", &login(&id)).await.location(), "/permits");
}
