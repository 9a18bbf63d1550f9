//! Each audit event with its very fields, and the twin that differs in one thing and has not that event.

use axum::Router;
use axum::http::{Method, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use saml_authn_request::AuthnRequestSettings;
use saml_axum::{SamlPortal, Session};
use saml_digid::{Environment, LevelOfAssurance, Profile, SIMULATOR};
use saml_forge::{Failure, SignicatPaths};
use saml_metadata::{Endpoint, IdentityProviderMetadata, Metadata};
use saml_protocol::Binding;
use saml_sp::{Configuration, RequestBinding, ServiceProvider};
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};
use saml_state::{KeyedDigest, SessionId, SessionStore, SessionSubject, StoreError};
use saml_xml_security::SigningKey;

use crate::again::Down;
use crate::answers::{Fields, failure, login};
use crate::browser::Browser;
use crate::log::{audited, audited_with_references, keep, taken};
use crate::portal::{
    BROKER, BROKER_KEY, acs, broker, entity_id, now, pages, portal, router_with, service_provider, settings, wait,
};

const STARTED: &str = r#"login started profile="signicat-broker""#;

#[tokio::test]
async fn a_login_that_starts_and_finishes_is_told_with_level_authority_profile_time_and_checks() {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login?level=substantial&return_to=/permits").await;
    assert_eq!(audited(), [r#"login started level="substantial" profile="signicat-broker""#]);

    wait(TimeDelta::milliseconds(41_500));
    browser.post(&portal, "/saml/acs", &login(&id)).await;

    let events = audited();
    let page = browser.get(&portal, "/permits").await;
    let checks = page.text.split(' ').next_back().unwrap();
    let finished = format!(
        "login finished level=\"substantial\" sector=\"bsn\" authority=\"{SIMULATOR}\" profile=\"signicat-broker\" \
         duration_ms=41500 checks={checks}"
    );
    assert_eq!(events, [finished]);
}

#[tokio::test]
async fn a_login_without_a_level_starts_without_one_and_one_that_cannot_be_started_is_an_error() {
    let (good, full) =
        (portal(), router_with(service_provider(RequestBinding::Redirect, 0), MemorySessionStore::new(1), settings()));

    Browser::default().get(&good, "/saml/login").await;
    assert_eq!(audited(), [STARTED]);
    let page = Browser::default().get(&full, "/saml/login").await;

    let event = (r#"login not begun code="store_full""#.to_owned(), Some(page.reference()));
    assert_eq!(audited_with_references(), [event]);
    Browser::default().get(&good, "/saml/login?level=none").await;
    assert_eq!(audited(), Vec::<String>::new());
}

#[tokio::test]
async fn a_login_that_is_cancelled_is_no_login_that_is_refused() {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login").await;
    browser.post(&portal, "/saml/acs", &failure(&id, Failure::cancelled())).await;
    assert_eq!(audited(), [STARTED, r#"login cancelled code="status_authn_failed" profile="signicat-broker""#]);

    let id = browser.begin(&portal, "/saml/login").await;
    let page = browser.post(&portal, "/saml/acs", &failure(&id, Failure::request_denied())).await;

    let found = "urn:oasis:names:tc:SAML:2.0:status:Responder / urn:oasis:names:tc:SAML:2.0:status:RequestDenied";
    let why = format!(r#"expected="urn:oasis:names:tc:SAML:2.0:status:Success" found="{found}""#);
    let refused = format!(r#"login refused code="status_request_denied" {why} clause="SAML Core 3.2.2.2""#);
    assert_eq!(audited_with_references(), [(STARTED.to_owned(), None), (refused, Some(page.reference()))]);
}

#[tokio::test]
async fn what_could_not_be_read_is_refused_by_no_clause() {
    let page = Browser::default().send(&portal(), Method::POST, "/saml/acs", Some("text/plain"), String::new()).await;

    let event = (r#"login refused code="binding_content_type""#.to_owned(), Some(page.reference()));
    assert_eq!(audited_with_references(), [event]);
}

#[tokio::test]
async fn a_session_that_ends_at_an_error_is_told_under_the_reference_of_the_page() {
    for was_logged_in in [true, false] {
        let (portal, mut browser) = (portal(), Browser::default());
        if was_logged_in {
            let id = browser.begin(&portal, "/saml/login").await;
            browser.post(&portal, "/saml/acs", &login(&id)).await;
        }
        let id = browser.begin(&portal, "/saml/login").await;
        taken();

        let page = browser.post(&portal, "/saml/acs", &failure(&id, Failure::request_denied())).await;

        let events = audited_with_references();
        assert!(events[0].0.starts_with("login refused"), "{events:?}");
        let ended = ("session ended".to_owned(), Some(page.reference()));
        assert_eq!(events[1..], *(if was_logged_in { vec![ended] } else { Vec::new() }));
        assert_eq!(events[0].1, Some(page.reference()));
    }
}

#[tokio::test]
async fn a_session_store_that_is_down_is_told_wherever_it_is_asked() {
    let portal = router_with(service_provider(RequestBinding::Redirect, 100), Down, settings());
    let mut browser = Browser::default();
    let id = browser.begin(&portal, "/saml/login").await;
    taken();
    let page = browser.post(&portal, "/saml/acs", &login(&id)).await;
    let event = (r#"session not opened code="store_unavailable""#.to_owned(), Some(page.reference()));
    assert_eq!(audited_with_references(), [event]);

    browser.cookies.insert("__Host-saml-session".to_owned(), "5a".repeat(32));
    browser.get(&portal, "/permits").await;
    assert_eq!(audited_with_references(), [(r#"session not read code="store_unavailable""#.to_owned(), None)]);
    let id = browser.begin(&portal, "/saml/login").await;
    taken();
    let page = browser.post(&portal, "/saml/acs", &failure(&id, Failure::request_denied())).await;
    let events = audited_with_references();
    assert_eq!(events[1], (r#"session not ended code="store_unavailable""#.to_owned(), Some(page.reference())));
    assert_eq!(events[0].1, Some(page.reference()));
    browser.cookies.insert("__Host-saml-session".to_owned(), "5a".repeat(32));
    let page = browser.get(&portal, "/saml/continue?request=_1").await;
    let event = (r#"session not read code="store_unavailable""#.to_owned(), Some(page.reference()));
    assert_eq!(audited_with_references(), [event]);
    let page = browser.post(&portal, "/saml/logout", &Fields::none()).await;
    let event = (r#"session not ended code="store_unavailable""#.to_owned(), Some(page.reference()));
    assert_eq!(audited_with_references(), [event]);
}

#[tokio::test]
async fn a_logout_that_ends_nothing_is_not_told() {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login").await;
    browser.post(&portal, "/saml/acs", &login(&id)).await;
    let session = browser.cookies["__Host-saml-session"].clone();
    taken();

    browser.post(&portal, "/saml/logout", &Fields::none()).await;
    assert_eq!(audited(), [r#"logout finished began="here" outcome="here""#]);
    browser.cookies.insert("__Host-saml-session".to_owned(), session);
    browser.post(&portal, "/saml/logout", &Fields::none()).await;
    assert_eq!(audited(), Vec::<String>::new());
}

/// A portal whose certificate is good for so many days, and that of the broker for long.
fn expiring_in(time: TimeDelta) -> (Router, String) {
    let end = (now() + time).timestamp();
    let key = SigningKey::generate_self_signed(2048, "portal.example", 0, end).unwrap();
    let sha256 = key.verifying_key().sha256_fingerprint().to_owned();
    let profile =
        Profile::signicat_broker(Environment::PreProduction, LevelOfAssurance::Middle, [SIMULATOR.to_owned()]).unwrap();
    let configuration = Configuration::new(
        AuthnRequestSettings::signicat(&entity_id(), &acs()),
        key,
        broker(BROKER, SignicatPaths::Broker, &BROKER_KEY),
        profile,
        RequestBinding::Redirect,
    );
    let service_provider =
        ServiceProvider::new(configuration.unwrap(), MemoryRequestStore::new(10), MemoryReplayCache::new(10));
    (router_with(service_provider, MemorySessionStore::new(10), settings()), sha256)
}

#[tokio::test]
async fn a_certificate_is_told_of_from_60_days_on_at_the_start_and_then_once_a_day() {
    keep();
    let _ = expiring_in(TimeDelta::days(60) + TimeDelta::seconds(1));
    assert_eq!(audited(), Vec::<String>::new());

    let (portal, sha256) = expiring_in(TimeDelta::days(60));
    let told = |days: i64| format!("certificate expiring days_left={days} role=\"signing\" sha256=\"{sha256}\"");
    assert_eq!(audited(), [told(60)]);

    wait(TimeDelta::hours(23));
    Browser::default().get(&portal, "/saml/login").await;
    assert_eq!(audited(), [STARTED]);
    wait(TimeDelta::hours(1));
    for events in [vec![STARTED.to_owned(), told(59)], vec![STARTED.to_owned()]] {
        Browser::default().get(&portal, "/saml/login").await;
        assert_eq!(audited(), events);
    }
    wait(TimeDelta::days(60));
    Browser::default().get(&portal, "/saml/login").await;
    assert_eq!(audited(), [STARTED.to_owned(), told(-1)]);
}

#[tokio::test]
async fn metadata_that_is_replaced_is_told_with_the_keys_that_are_trusted_now() {
    keep();
    let portal = SamlPortal::new(
        service_provider(RequestBinding::Redirect, 10),
        MemorySessionStore::<Session>::new(10),
        settings(),
    );
    let sha256 = BROKER_KEY.verifying_key().sha256_fingerprint();

    portal.replace_identity_provider(broker(BROKER, SignicatPaths::Broker, &BROKER_KEY)).unwrap();
    assert_eq!(audited(), [format!("metadata replaced entity_id=\"{BROKER}/broker/sp/saml\" keys=[\"{sha256}\"]")]);
    portal.replace_identity_provider(broker("https://other.example", SignicatPaths::Broker, &BROKER_KEY)).unwrap_err();
    assert_eq!(audited(), [r#"metadata not replaced code="config_other_identity_provider""#]);
}

#[tokio::test]
async fn a_logout_by_the_identity_provider_that_the_store_cannot_finish_is_partial() {
    for (is_down, told) in [
        (false, r#"logout finished began="identity_provider" outcome="complete" sessions=1"#),
        (true, r#"logout finished began="identity_provider" outcome="partial" code="store_unavailable""#),
    ] {
        let store = DownForLogout { store: MemorySessionStore::new(10), is_down };
        let (portal, mut browser) = (crate::logout::portal_on(store), Browser::default());
        let id = browser.begin(&portal, "/saml/login").await;
        browser.post(&portal, "/saml/acs", &login(&id)).await;
        taken();

        let page = Browser::default().post(&portal, "/saml/slo", &crate::logout::signed_request("_1")).await;

        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.text.contains("U bent hier uitgelogd"), "{}", page.text);
        assert_eq!(audited(), [told]);
    }
}

#[tokio::test]
async fn a_logout_message_that_comes_again_is_refused_by_its_clause() {
    let portal = crate::logout::portal_on(MemorySessionStore::new(10));
    let (mut browser, message) = (Browser::default(), crate::logout::signed_request("_1"));
    browser.post(&portal, "/saml/slo", &message).await;
    assert_eq!(audited(), [r#"logout finished began="identity_provider" outcome="complete" sessions=0"#]);

    let page = browser.post(&portal, "/saml/slo", &message).await;
    let why = r#"expected="a request never seen before" found="one seen before""#;
    let refused =
        format!(r#"logout refused code="logout_replayed" {why} clause="SAML Core 3.7.3; SAML Bindings 3.4.5.1""#);
    assert_eq!(audited_with_references(), [(refused, Some(page.reference()))]);
    let page = browser.send(&portal, Method::POST, "/saml/slo", Some("text/plain"), String::new()).await;
    let refused = r#"logout refused code="binding_content_type""#;
    assert_eq!(audited_with_references(), [(refused.to_owned(), Some(page.reference()))]);
}

#[tokio::test]
async fn a_logout_that_the_identity_provider_cannot_be_told_of_has_failed_there() {
    let keys = vec![BROKER_KEY.verifying_key().clone()];
    let login_at = vec![Endpoint { binding: Binding::HttpRedirect, location: format!("{BROKER}/login") }];
    let file =
        IdentityProviderMetadata::new("_1", &format!("{BROKER}/broker/sp/saml"), keys, login_at).write().unwrap();
    let without = Metadata::parse_unverified(file.as_bytes()).unwrap().identity_provider().unwrap();
    for (can_be_told, told) in [
        (true, r#"logout started began="here""#),
        (false, r#"logout finished began="here" outcome="failed" code="logout_no_endpoint""#),
    ] {
        let portal = crate::logout::saml_portal();
        if !can_be_told {
            portal.replace_identity_provider(without.clone()).unwrap();
        }
        let (portal, mut browser) = (portal.router(pages()), Browser::default());
        let id = browser.begin(&portal, "/saml/login").await;
        browser.post(&portal, "/saml/acs", &login(&id)).await;
        taken();

        browser.post(&portal, "/saml/logout", &Fields::none()).await;

        assert_eq!(audited(), [told]);
    }
}

/// A store that a logout of the identity provider cannot reach.
struct DownForLogout {
    store: MemorySessionStore<Session>,
    is_down: bool,
}

impl SessionStore<Session> for DownForLogout {
    async fn create(
        &self,
        random: [u8; 32],
        session: Session,
        subject: Option<SessionSubject>,
        absolute_end: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<SessionId, StoreError> {
        self.store.create(random, session, subject, absolute_end, now).await
    }

    async fn read(&self, id: &SessionId, now: DateTime<Utc>) -> Result<Option<Session>, StoreError> {
        self.store.read(id, now).await
    }

    async fn remove(&self, id: &SessionId, now: DateTime<Utc>) -> Result<Option<Session>, StoreError> {
        self.store.remove(id, now).await
    }

    async fn remove_of_subject(
        &self,
        name: &KeyedDigest,
        session_indexes: &[KeyedDigest],
        now: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        if self.is_down {
            return Err(StoreError::Unavailable);
        }
        self.store.remove_of_subject(name, session_indexes, now).await
    }
}
