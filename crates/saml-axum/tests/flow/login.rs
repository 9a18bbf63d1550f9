use axum::http::StatusCode;
use saml_bindings::Received;

use crate::browser::Browser;
use crate::portal::{METADATA, portal, st_saml};

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
