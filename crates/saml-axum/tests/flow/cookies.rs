//! The cookies of a login, as they are set: which answers bring them, and how large they get.

use axum::Router;
use saml_authn_request::AuthnRequestSettings;
use saml_axum::{SamlPortal, Settings};
use saml_digid::{LevelOfAssurance, Profile};
use saml_forge::{Failure, SignicatPaths};
use saml_sp::{Configuration, RequestBinding, ServiceProvider};
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};

use crate::answers::{failure, login};
use crate::browser::{Browser, Page};
use crate::portal::{
    BROKER, BROKER_KEY, METADATA, PORTAL_KEY, acs, broker, entity_id, now, pages, portal, router, settings, st_saml,
};

#[tokio::test]
async fn by_https_a_form_of_the_broker_brings_the_cookie_of_the_login_and_not_that_of_the_session() {
    let (portal, mut browser) = (portal(), Browser::default());

    let page = browser.get(&portal, "/saml/login").await;
    assert_eq!(
        masked(&page),
        [
            "__Host-saml-browser=*; Path=/; HttpOnly; Secure; SameSite=None; Max-Age=900",
            "__Host-saml-language=nl; Path=/; HttpOnly; Secure; SameSite=None; Max-Age=900",
        ]
    );
    let id = browser.begin(&portal, "/saml/login").await;
    let page = browser.post_from_elsewhere(&portal, "/saml/acs", &login(&id)).await;
    assert_eq!(masked(&page), ["__Host-saml-session=*; Path=/; HttpOnly; Secure; SameSite=Lax"]);
}

#[tokio::test]
async fn where_answers_come_by_redirect_alone_no_form_of_another_site_brings_a_cookie() {
    let expected = [
        "__Host-saml-browser=*; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=900",
        "__Host-saml-language=nl; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=900",
    ];
    for portal in [digid(settings()), st_saml()] {
        let page = Browser::default().get(&portal, "/saml/login").await;
        assert_eq!(masked(&page), expected);
    }
}

#[tokio::test]
async fn by_http_on_the_machine_itself_no_cookie_has_what_browsers_refuse_there() {
    let settings = || Settings::new("http://127.0.0.1:8080", "Voorbeeld", METADATA).unwrap().with_clock(now);
    let expected = [
        "saml-browser=*; Path=/; HttpOnly; SameSite=Lax; Max-Age=900",
        "saml-language=nl; Path=/; HttpOnly; SameSite=Lax; Max-Age=900",
    ];
    for portal in [router(RequestBinding::Redirect, settings()), digid(settings())] {
        let page = Browser::default().get(&portal, "/saml/login").await;
        assert_eq!(masked(&page), expected);
    }
    let (portal, mut browser) = (router(RequestBinding::Redirect, settings()), Browser::default());
    let id = browser.begin(&portal, "/saml/login").await;
    let page = browser.post(&portal, "/saml/acs", &login(&id)).await;
    assert_eq!(masked(&page), ["saml-session=*; Path=/; HttpOnly; SameSite=Lax"]);
}

#[tokio::test]
async fn a_login_that_failed_makes_the_browser_forget_its_session_and_nothing_else() {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login").await;

    let page = browser.post_from_elsewhere(&portal, "/saml/acs", &failure(&id, Failure::request_denied())).await;
    assert_eq!(page.cookies(), ["__Host-saml-session=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0"]);
}

#[tokio::test]
async fn the_cookie_of_the_login_does_not_grow_with_the_logins_that_are_begun() {
    let (portal, mut browser) = (portal(), Browser::default());
    browser.begin(&portal, "/saml/login").await;
    let first = browser.cookies.clone();
    for _ in 0..20 {
        browser.begin(&portal, "/saml/login?return_to=/permits").await;
    }
    assert_eq!(browser.cookies, first);
    assert_eq!(first["__Host-saml-browser"].len(), 64);
}

#[tokio::test]
async fn no_page_and_no_url_shows_the_cookie_of_the_login() {
    let (portal, mut browser) = (router(RequestBinding::Post, settings()), Browser::default());
    let start = browser.get(&portal, "/saml/login").await;
    let secret = browser.cookies["__Host-saml-browser"].clone();
    let refused = browser.get(&portal, "/saml/continue?request=_a").await;

    assert!(!start.text.contains(&secret) && !refused.text.contains(&secret));
    assert!(!start.header("content-security-policy").contains(&secret));
}

/// Returns a portal at DigiD itself.
fn digid(settings: Settings) -> Router {
    let configuration = Configuration::new(
        AuthnRequestSettings::digid(&entity_id(), 0, &acs()),
        PORTAL_KEY.clone(),
        broker(BROKER, SignicatPaths::Broker, &BROKER_KEY),
        Profile::digid(LevelOfAssurance::Middle),
        RequestBinding::Redirect,
    );
    let service_provider =
        ServiceProvider::new(configuration.unwrap(), MemoryRequestStore::new(100), MemoryReplayCache::new(100));
    SamlPortal::new(service_provider, MemorySessionStore::new(100), settings).router(pages())
}

/// Returns the cookies as they are set, with an asterisk for each secret of 64 digits.
fn masked(page: &Page) -> Vec<String> {
    let mask = |cookie: &&str| {
        let (name, rest) = cookie.split_once('=').unwrap();
        let (value, attributes) = rest.split_once(';').unwrap();
        let is_secret = value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
        format!("{name}={};{attributes}", if is_secret { "*" } else { value })
    };
    page.cookies().iter().map(mask).collect()
}
