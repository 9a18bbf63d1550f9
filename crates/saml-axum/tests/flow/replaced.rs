use std::sync::LazyLock;

use axum::Router;
use axum::http::StatusCode;
use saml_axum::SamlPortal;
use saml_bindings::Received;
use saml_forge::SignicatPaths;
use saml_metadata::{Endpoint, IdentityProviderMetadata, Metadata};
use saml_protocol::Binding;
use saml_sp::RequestBinding;
use saml_state::memory::MemorySessionStore;
use saml_xml::{Document, ParseOptions};
use saml_xml_security::{AlgorithmPolicy, SigningKey, verify};

use crate::answers::login;
use crate::browser::{Browser, Page, request_id};
use crate::portal::{BROKER, BROKER_KEY, PORTAL_KEY, broker, pages, service_provider, settings};

static OLD_KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate_self_signed(2048, "broker.example", 0, 4_000_000_000).unwrap());

#[tokio::test]
async fn new_metadata_is_taken_into_use_while_people_log_in() {
    let service_provider = service_provider(RequestBinding::Redirect, 10);
    let before = service_provider.with_identity_provider(broker(BROKER, SignicatPaths::Broker, &OLD_KEY)).unwrap();
    let portal = SamlPortal::new(before, MemorySessionStore::new(10), settings());
    let (router, mut browser): (Router, _) = (portal.router(pages()), Browser::default());
    let id = browser.begin(&router, "/saml/login?return_to=/permits").await;
    assert_eq!(browser.post(&router, "/saml/acs", &login(&id)).await.status, StatusCode::FORBIDDEN);

    portal.replace_identity_provider(broker(BROKER, SignicatPaths::Broker, &BROKER_KEY)).unwrap();
    let id = browser.begin(&router, "/saml/login?return_to=/permits").await;
    assert_eq!(browser.post(&router, "/saml/acs", &login(&id)).await.location(), "/permits");
    assert_eq!(browser.get(&router, "/permits").await.status, StatusCode::OK);
}

#[tokio::test]
async fn metadata_that_cannot_take_its_place_leaves_the_present_in_use() {
    let service_provider = service_provider(RequestBinding::Redirect, 10);
    let portal = SamlPortal::new(service_provider, MemorySessionStore::new(10), settings());
    let other = broker("https://other.example", SignicatPaths::Broker, &BROKER_KEY);
    assert_eq!(portal.replace_identity_provider(other).unwrap_err().code(), "config_other_identity_provider");

    let (router, mut browser) = (portal.router(pages()), Browser::default());
    let id = browser.begin(&router, "/saml/login?return_to=/permits").await;
    assert_eq!(browser.post(&router, "/saml/acs", &login(&id)).await.location(), "/permits");
}

#[tokio::test]
async fn forms_may_end_up_where_the_new_metadata_sends_them() {
    let service_provider = service_provider(RequestBinding::Redirect, 10);
    let portal = SamlPortal::new(service_provider, MemorySessionStore::new(10), settings());
    let router = portal.router(pages());
    let (entity_id, keys) = (format!("{BROKER}/broker/sp/saml"), vec![BROKER_KEY.verifying_key().clone()]);
    let location = "https://login.example/sso".to_owned();
    let elsewhere = vec![Endpoint { binding: Binding::HttpRedirect, location }];
    let file = IdentityProviderMetadata::new("_1", &entity_id, keys, elsewhere).write().unwrap();
    let elsewhere = Metadata::parse_unverified(file.as_bytes()).unwrap().identity_provider().unwrap();

    let mut policies = Vec::new();
    for replaces in [false, true] {
        if replaces {
            portal.replace_identity_provider(elsewhere.clone()).unwrap();
        }
        let page = Browser::default().get(&router, "/").await;
        policies.push(page.header("content-security-policy").to_owned());
    }
    assert!(policies[0].ends_with("form-action 'self' https://broker.example"), "{policies:?}");
    assert!(policies[1].ends_with("form-action 'self' https://login.example"), "{policies:?}");
}

#[tokio::test]
async fn another_key_of_ours_signs_at_once_and_stands_in_the_metadata_that_came_with_it() {
    let portal = SamlPortal::new(service_provider(RequestBinding::Post, 10), MemorySessionStore::new(10), settings());
    let (router, mut browser): (Router, _) = (portal.router(pages()), Browser::default());
    let begun = browser.get(&router, "/saml/login?return_to=/permits").await;
    assert!(is_signed_by(&begun, &PORTAL_KEY) && !is_signed_by(&begun, &OLD_KEY));

    portal.replace_key(OLD_KEY.clone(), "<md:EntityDescriptor ID=\"_next\"/>");
    assert_eq!(browser.get(&router, "/saml/metadata").await.text, "<md:EntityDescriptor ID=\"_next\"/>");
    let next = browser.get(&router, "/saml/login?return_to=/permits").await;
    assert!(is_signed_by(&next, &OLD_KEY) && !is_signed_by(&next, &PORTAL_KEY));

    // What began with the former key ends after it.
    let id = request_id(begun.field("SAMLRequest").as_bytes());
    assert_eq!(browser.post(&router, "/saml/acs", &login(&id)).await.location(), "/permits");
}

/// Tells whether a key signed the request in a page that posts it.
fn is_signed_by(page: &Page, key: &SigningKey) -> bool {
    let options = ParseOptions::message();
    let received = Received::detect(page.field("SAMLRequest").as_bytes()).unwrap();
    let document = Document::parse(received.xml(), &options).unwrap();
    let keys = [key.verifying_key().clone()];
    verify(document.root(), &keys, &AlgorithmPolicy::modern(), &options).is_ok()
}
