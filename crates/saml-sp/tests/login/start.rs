//! How a login begins.

use saml_authn_request::AuthnRequestSettings;
use saml_bindings::{MessageParameter, decode_redirect};
use saml_digid::{LevelOfAssurance, Profile};
use saml_metadata::IdentityProvider;
use saml_sp::{Configuration, Dispatch, LoginOptions, RequestBinding, ServiceProvider};
use saml_state::RequestStore;
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore};
use saml_xml_security::AlgorithmPolicy;

use crate::portal::{
    ACS, BROKER, BROKER_KEY, PORTAL, PORTAL_KEY, after, broker, browser, configuration, now, permits, request_id,
    request_xml,
};
use crate::stores::Shared;

fn portal(binding: RequestBinding, requests: Shared) -> ServiceProvider<Shared, MemoryReplayCache> {
    ServiceProvider::new(configuration(broker(None), binding), requests, MemoryReplayCache::new(100))
}

#[tokio::test]
async fn a_login_by_redirect_is_signed_and_remembered_for_its_browser_only() {
    let store = Shared::new();
    let portal = portal(RequestBinding::Redirect, store.clone());
    let start = portal.login(&browser(1), &LoginOptions::default(), permits(), now()).await.unwrap();

    let Dispatch::Redirect(url) = &start else { panic!("expected a redirect") };
    let query = url.strip_prefix(&format!("{BROKER}/login?")).unwrap();
    let message = decode_redirect(query, MessageParameter::SamlRequest).unwrap();
    let keys = [PORTAL_KEY.verifying_key().clone()];
    message.verify(&keys, &AlgorithmPolicy::rsa()).unwrap();

    let id = request_id(&start);
    let pending = store.find(&browser(1), &id, now()).await.unwrap().unwrap();
    assert_eq!(pending.identity_provider, BROKER);
    assert_eq!(pending.assertion_consumer_service, ACS);
    assert_eq!(pending.requested_level.as_deref(), Some(LevelOfAssurance::Middle.authn_context_class()));
    assert_eq!((pending.issued_at, pending.force_authn, &pending.return_to), (now(), true, &permits()));
    assert_eq!(message.relay_state(), Some(pending.relay_state.as_str()));
    assert_eq!(store.find(&browser(2), &id, now()).await.unwrap(), None);
}

#[tokio::test]
async fn a_login_by_post_is_signed_and_remembered_for_its_browser_only() {
    let store = Shared::new();
    let portal = portal(RequestBinding::Post, store.clone());
    let start = portal.login(&browser(1), &LoginOptions::default(), permits(), now()).await.unwrap();

    let Dispatch::Form(form) = &start else { panic!("expected a form") };
    assert_eq!(form.action(), format!("{BROKER}/login"));
    assert!(request_xml(&start).contains("<ds:SignatureValue>"));
    let id = request_id(&start);
    let pending = store.find(&browser(1), &id, now()).await.unwrap().unwrap();
    assert_eq!(form.relay_state(), Some(pending.relay_state.as_str()));
    assert_eq!(store.find(&browser(2), &id, now()).await.unwrap(), None);
}

#[tokio::test]
async fn no_two_requests_have_the_same_identifiers() {
    let portal = portal(RequestBinding::Redirect, Shared::new());
    let mut starts = Vec::new();
    for _ in 0..5 {
        let start = portal.login(&browser(1), &LoginOptions::default(), permits(), now()).await.unwrap();
        let Dispatch::Redirect(url) = &start else { panic!("expected a redirect") };
        let (_, rest) = url.split_once("RelayState=").unwrap();
        starts.push((request_id(&start), rest.split_once('&').unwrap().0.to_owned()));
    }

    for (place, (id, relay_state)) in starts.iter().enumerate() {
        assert!(starts.iter().skip(place + 1).all(|other| other.0 != *id && other.1 != *relay_state));
        // 160 bits (SAML Core 1.3.4). What comes back beside an artifact tells which request it answers.
        assert_eq!(*id, format!("_{relay_state}"));
        assert_eq!((id.len(), relay_state.len()), (41, 40));
    }
}

#[tokio::test]
async fn a_login_may_ask_for_a_higher_level() {
    let store = Shared::new();
    let portal = portal(RequestBinding::Redirect, store.clone());
    let high = LevelOfAssurance::High.authn_context_class();
    let options = LoginOptions::default().with_level(high);
    let start = portal.login(&browser(1), &options, permits(), now()).await.unwrap();

    assert!(request_xml(&start).contains(high));
    let pending = store.find(&browser(1), &request_id(&start), now()).await.unwrap().unwrap();
    assert_eq!(pending.requested_level.as_deref(), Some(high));
}

#[tokio::test]
async fn metadata_that_has_expired_begins_no_login() {
    let configuration = configuration(broker(Some(after(60))), RequestBinding::Redirect);
    let portal = ServiceProvider::new(configuration, MemoryRequestStore::new(1), MemoryReplayCache::new(1));
    let login = |at| {
        let portal = &portal;
        async move { portal.login(&browser(1), &LoginOptions::default(), permits(), at).await }
    };

    assert!(login(after(59)).await.is_ok());
    assert_eq!(login(after(60)).await.unwrap_err().code(), "metadata_expired");
}

#[tokio::test]
async fn a_full_store_begins_no_login() {
    let configuration = configuration(broker(None), RequestBinding::Redirect);
    let portal = ServiceProvider::new(configuration, MemoryRequestStore::new(1), MemoryReplayCache::new(1));

    assert!(portal.login(&browser(1), &LoginOptions::default(), permits(), now()).await.is_ok());
    let error = portal.login(&browser(2), &LoginOptions::default(), permits(), now()).await.unwrap_err();
    assert_eq!(error.code(), "store_full");
}

#[test]
fn an_identity_provider_without_an_endpoint_for_the_binding_makes_no_portal() {
    let keys = vec![BROKER_KEY.verifying_key().clone()];
    let error = Configuration::new(
        AuthnRequestSettings::signicat(PORTAL, ACS),
        PORTAL_KEY.clone(),
        IdentityProvider::from_keys(BROKER, keys).unwrap(),
        Profile::web_sso(),
        RequestBinding::Post,
    )
    .unwrap_err();

    assert_eq!(error.code(), "config_no_endpoint");
    assert!(error.to_string().contains(BROKER));
}
