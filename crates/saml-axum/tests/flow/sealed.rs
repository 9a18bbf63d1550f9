//! A portal of several nodes without a request store: the browsers carry their requests themselves.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use saml_digid::texts;
use saml_sp::{RequestBinding, SealedRequestStore, ServiceProvider};
use saml_state::memory::{MemoryReplayCache, MemorySessionStore};
use saml_xml_security::SealingKeys;

use crate::answers::login;
use crate::browser::Browser;
use crate::log;
use crate::portal::{configuration, entity_id, router_with, settings};

/// A replay cache that several nodes share.
type Cache = Arc<MemoryReplayCache>;

fn new_cache() -> Cache {
    Arc::new(MemoryReplayCache::new(100))
}

fn node(key: u8, cache: &Cache) -> Router {
    let keys = SealingKeys::new([key; 32]).unwrap();
    let requests = SealedRequestStore::new(keys, &entity_id(), Arc::clone(cache));
    let service_provider = ServiceProvider::new(configuration(RequestBinding::Redirect), requests, Arc::clone(cache));
    router_with(service_provider, MemorySessionStore::new(100), settings())
}

#[tokio::test]
async fn a_login_begins_at_one_node_and_ends_at_another() {
    let cache = new_cache();
    let (one, other, mut browser) = (node(7, &cache), node(7, &cache), Browser::default());
    let id = browser.begin(&one, "/saml/login?return_to=/permits").await;

    let answer = browser.post_from_elsewhere(&other, "/saml/acs", &login(&id)).await;

    assert_eq!(answer.location(), "/permits");
    assert_eq!(browser.get(&other, "/permits").await.status, StatusCode::OK);
    // The request is gone from the cookie, and the secret stays for other tabs.
    assert_eq!(browser.cookies["__Host-saml-browser"].len(), 64);
    let cookie = answer.cookies()[1];
    let (_, attributes) = cookie.split_once(';').unwrap();
    assert!(cookie.starts_with("__Host-saml-browser="), "{cookie}");
    assert_eq!(attributes, " Path=/; HttpOnly; Secure; SameSite=None; Max-Age=900");
}

#[tokio::test]
async fn a_copy_of_the_cookie_logs_nobody_in_at_another_node_and_ends_no_session() {
    let cache = new_cache();
    let (one, other, mut browser, mut thief) =
        (node(7, &cache), node(7, &cache), Browser::default(), Browser::default());
    let id = browser.begin(&one, "/saml/login?return_to=/permits").await;
    thief.cookies = browser.cookies.clone();
    let form = login(&id);
    browser.post_from_elsewhere(&one, "/saml/acs", &form).await;
    log::taken();

    let answer = thief.post_from_elsewhere(&other, "/saml/acs", &form).await;
    let page = thief.get(&other, answer.location()).await;

    assert!(log::taken().contains("login refused code=\"request_once\""));
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(!thief.cookies.contains_key("__Host-saml-session"));
    // In the browser itself the second of a double click brings the old cookie too, and is sent on.
    browser.cookies.insert("__Host-saml-browser".to_owned(), thief.cookies["__Host-saml-browser"].clone());
    let again = browser.post_from_elsewhere(&one, "/saml/acs", &form).await;
    assert_eq!(browser.get(&one, again.location()).await.location(), "/permits");
}

#[tokio::test]
async fn a_cookie_of_a_node_with_another_key_is_our_fault_and_the_next_login_writes_it_anew() {
    let cache = new_cache();
    let (one, other, mut browser) = (node(7, &cache), node(8, &cache), Browser::default());
    let id = browser.begin(&one, "/saml/login").await;

    let page = browser.post_from_elsewhere(&other, "/saml/acs", &login(&id)).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text.contains(texts::ERROR_NL));
    assert!(log::taken().contains("login refused code=\"store_seal_broken\""));

    let id = browser.begin(&other, "/saml/login?return_to=/permits").await;
    assert_eq!(browser.post_from_elsewhere(&other, "/saml/acs", &login(&id)).await.location(), "/permits");
}

#[tokio::test]
async fn a_cookie_that_is_too_large_or_no_cookie_of_ours_is_not_read() {
    let (portal, mut browser) = (node(7, &new_cache()), Browser::default());
    let id = browser.begin(&portal, "/saml/login").await;
    let good = browser.cookies["__Host-saml-browser"].clone();
    let (secret, _) = good.split_once('.').unwrap();

    for bad in [format!("{good}.a"), format!("{secret}."), format!("{secret}.{}", "A".repeat(3901)), "a".repeat(64)] {
        browser.cookies.insert("__Host-saml-browser".to_owned(), bad);
        browser.post_from_elsewhere(&portal, "/saml/acs", &login(&id)).await;
        let log = log::taken();
        assert!(!log.contains("login finished") && log.contains("login refused code=\"pending_request\""), "{log}");
    }
    browser.cookies.insert("__Host-saml-browser".to_owned(), good);
    assert_eq!(browser.post_from_elsewhere(&portal, "/saml/acs", &login(&id)).await.location(), "/");
}

#[tokio::test]
async fn the_cookie_stays_one_that_browsers_take_however_many_logins_are_begun() {
    let (portal, mut browser) = (node(7, &new_cache()), Browser::default());
    let long = "a".repeat(500);
    for number in 0..20 {
        let page = browser.get(&portal, &format!("/saml/login?return_to=/{number}/{long}")).await;
        assert!(page.cookies()[0].len() <= 4096, "{}", page.cookies()[0].len());
    }
    let id = browser.begin(&portal, "/saml/login?return_to=/permits").await;
    assert_eq!(browser.post_from_elsewhere(&portal, "/saml/acs", &login(&id)).await.location(), "/permits");
}

#[tokio::test]
async fn a_link_to_a_page_that_no_cookie_can_hold_begins_no_login_and_ends_no_session() {
    let (portal, mut browser) = (node(7, &new_cache()), Browser::default());
    let id = browser.begin(&portal, "/saml/login?return_to=/permits").await;
    browser.post_from_elsewhere(&portal, "/saml/acs", &login(&id)).await;
    let quotes = "%22".repeat(1999);

    let page = browser.get(&portal, &format!("/saml/login?return_to=/{quotes}")).await;

    assert_eq!((page.status, page.cookies().len()), (StatusCode::SERVICE_UNAVAILABLE, 0));
    assert!(log::taken().contains("login not begun code=\"store_too_large\""));
    assert_eq!(browser.get(&portal, "/permits").await.status, StatusCode::OK);
}
