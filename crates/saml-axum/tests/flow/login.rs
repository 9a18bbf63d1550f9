use axum::Router;
use axum::http::StatusCode;
use saml_authn_request::AuthnRequestSettings;
use saml_bindings::Received;
use saml_digid::{LevelOfAssurance, Profile};
use saml_forge::SignicatPaths;
use saml_sp::{Configuration, RequestBinding, ServiceProvider};
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};

use crate::browser::Browser;
use crate::portal::{
    BROKER, BROKER_KEY, METADATA, PORTAL_KEY, acs, broker, entity_id, portal, router_with, settings, st_saml,
};

#[tokio::test]
async fn what_is_asked_for_goes_to_the_broker() {
    let page = Browser::default().get(&portal(), "/saml/login?level=hoog&lang=en").await;

    let xml = String::from_utf8(Received::detect(page.location().as_bytes()).unwrap().xml().to_vec()).unwrap();
    assert!(xml.contains(">urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI<"), "{xml}");
    assert!(xml.contains("signicat:param:language") && xml.contains(">en<"), "{xml}");
    assert!(xml.contains("AssertionConsumerServiceURL=\"https://portal.example/saml/acs\""), "{xml}");
}

#[tokio::test]
async fn a_login_that_asks_for_nothing_in_particular_begins() {
    let page = Browser::default().get(&portal(), "/saml/login?level=&return_to=&lang=").await;

    assert_eq!(page.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_does_not_exist_is_refused() {
    let portal = portal();
    for query in [
        "level=highest",
        "lang=de",
        "return_to=https://evil.example",
        "return_to=//evil.example",
        "return_to=/%5Cevil.example",
        "return_to=/%0D%0ASet-Cookie:a",
        "return_to=/one&return_to=/two",
        "level=%FF",
    ] {
        let page = Browser::default().get(&portal, &format!("/saml/login?{query}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(!page.headers.contains_key("set-cookie") && !page.text.contains("evil"), "{query}");
    }
}

#[tokio::test]
async fn the_metadata_is_the_configured_one() {
    let page = Browser::default().get(&portal(), "/saml/metadata").await;

    assert_eq!((page.header("content-type"), page.text.as_str()), ("application/samlmetadata+xml", METADATA));
}

#[tokio::test]
async fn at_stelsel_toegang_no_level_is_asked_for() {
    let (portal, mut browser) = (st_saml(), Browser::default());
    assert_eq!(browser.get(&portal, "/saml/login").await.status, StatusCode::OK);
    assert_eq!(browser.get(&portal, "/saml/login?level=high").await.status, StatusCode::BAD_REQUEST);
}

/// No floor of a profile holds there: the class in the configuration is the one that must come back.
#[tokio::test]
async fn with_web_sso_no_link_asks_for_another_level_than_is_configured() {
    let asking = |requests: AuthnRequestSettings| {
        let broker = broker(BROKER, SignicatPaths::Broker, &BROKER_KEY);
        let profile = Profile::web_sso();
        let configuration =
            Configuration::new(requests, PORTAL_KEY.clone(), broker, profile, RequestBinding::Redirect).unwrap();
        let stores = (MemoryRequestStore::new(100), MemoryReplayCache::new(100));
        let service_provider = ServiceProvider::new(configuration, stores.0, stores.1);
        router_with(service_provider, MemorySessionStore::new(100), settings())
    };
    let any = AuthnRequestSettings::signicat(&entity_id(), &acs());
    let high = any.clone().with_requested_level(LevelOfAssurance::High.authn_context_class());
    let status = async |portal: &Router, url: &str| Browser::default().get(portal, url).await.status;

    let portal = asking(high);
    assert_eq!(status(&portal, "/saml/login").await, StatusCode::SEE_OTHER);
    assert_eq!(status(&portal, "/saml/login?level=high").await, StatusCode::SEE_OTHER);
    assert_eq!(status(&portal, "/saml/login?level=basic").await, StatusCode::BAD_REQUEST);
    assert_eq!(status(&asking(any), "/saml/login?level=basic").await, StatusCode::SEE_OTHER);
}
