//! Logins: those that succeed, that fail in each way there is, that come twice, elsewhere, or while a store is down.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use chrono::{DateTime, Utc};
use saml_axum::Session;
use saml_forge::Failure;
use saml_sp::SealedRequestStore;
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};
use saml_state::{
    BrowserBinding, Inserted, KeyedDigest, PendingRequest, ReplayCache, ReplayKey, RequestStore, SessionId,
    SessionStore, SessionSubject, StoreError,
};
use saml_xml_security::SealingKeys;

use crate::browser::{Browser, form};
use crate::needles::{ATTRIBUTE, BSN, FORGED, NAME_ID, NO_BSN, REPRESENTED};
use crate::portal::{ENTITY_ID, Portal, failed, logged_in, login, login_as, representative};
use crate::witness::{is_clean, note};

#[tokio::test]
async fn a_login_that_succeeds_tells_nobody_who_it_was() {
    let (portal, mut browser) = (Portal::new(), Browser::default());
    let mut finished = Vec::new();
    for (login, shown) in [
        (login(), format!("{BSN} nobody {BSN} {ATTRIBUTE}")),
        (representative(), format!("{REPRESENTED} {BSN} {REPRESENTED} {ATTRIBUTE} {BSN}")),
    ] {
        let id = browser.begin(&portal.router, "/saml/login?level=substantial&return_to=/shows").await;
        let form = logged_in(&id, login);
        assert_eq!(browser.post(&portal.router, "/saml/acs", form.clone()).await.location(), "/shows");
        // Each secret is there, so that it could leak.
        assert_eq!(browser.shown(&portal.router, "/shows").await.text, shown);
        browser.get(&portal.router, "/masks").await;
        assert!(browser.get(&portal.router, "/debug").await.text.contains("redacted"));
        finished.push(form);
    }
    portal.note_numbers();
    is_clean("a login that succeeds");

    for form in finished {
        let again = browser.post(&portal.router, "/saml/acs", form.clone()).await;
        browser.get(&portal.router, again.location()).await;
        Browser::default().post(&portal.router, "/saml/acs", form).await;
    }
    portal.note_numbers();
    is_clean("an answer that comes again, and to another browser");
}

#[tokio::test]
async fn a_login_that_fails_tells_nobody_who_it_was() {
    let (portal, mut browser) = (Portal::new(), Browser::default());
    for failure in [Failure::cancelled(), Failure::request_denied(), Failure::no_authn_context()] {
        let id = browser.begin(&portal.router, "/saml/login?return_to=/shows").await;
        let failure = Failure { message: Some(format!("{BSN} {ATTRIBUTE}")), ..failure };
        browser.post(&portal.router, "/saml/acs", failed(&id, failure)).await;
        is_clean("a status that names somebody");
    }
    let too_low = {
        let mut login = login();
        login.class_ref = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport".to_owned();
        login
    };
    let other_authority = {
        let mut login = login();
        login.authority = format!("https://idp.example/{BSN}");
        login
    };
    let for_nobody = {
        let mut login = login();
        login.attributes[0].values = vec![FORGED.to_owned()];
        login
    };
    let unknown_level = {
        let mut login = login();
        login.class_ref = format!("urn:{BSN}");
        login
    };
    for login in [
        login_as(&format!("s00000001:{BSN}")),
        login_as(&format!("s00000000:{NO_BSN}")),
        login_as(NO_BSN),
        login_as(NAME_ID),
        too_low,
        for_nobody,
        other_authority,
        unknown_level,
    ] {
        let id = browser.begin(&portal.router, "/saml/login?level=substantial&return_to=/shows").await;
        let page = browser.post(&portal.router, "/saml/acs", logged_in(&id, login)).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        portal.note_numbers();
        is_clean("a login that is refused");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_quoted_nowhere() {
    let (portal, mut browser) = (Portal::new(), Browser::default());
    let id = browser.begin(&portal.router, "/saml/login").await;
    let good = logged_in(&id, login());
    let too_large = form("SAMLResponse", format!("<a>{BSN}{}</a>", "A".repeat(3_000_000)).as_bytes());
    for body in [
        too_large,
        format!("{good}&{good}"),
        format!("{good}{BSN}"),
        format!("SAMLResponse={BSN}"),
        format!("SAMLart={BSN}&{good}"),
        format!("{BSN}={BSN}"),
        form("SAMLResponse", format!("<a {BSN}=\"{BSN}\">").as_bytes()),
        form("SAMLResponse", format!("<n{BSN}/>").as_bytes()),
        form("SAMLResponse", format!("<!DOCTYPE a{BSN}><a/>").as_bytes()),
    ] {
        browser.post(&portal.router, "/saml/acs", body).await;
        portal.note_numbers();
        is_clean("a body that cannot be read");
    }
    let page = browser.send(&portal.router, Method::POST, "/saml/acs", &format!("text/{BSN}"), good.into_bytes()).await;
    note("the page", page.text);
    for url in [
        format!("/saml/acs?SAMLart={BSN}"),
        format!("/saml/acs?{BSN}"),
        format!("/saml/login?level={BSN}"),
        format!("/saml/login?return_to={BSN}"),
        format!("/saml/continue?request=_{BSN}"),
        format!("/saml/slo?SAMLRequest={BSN}"),
    ] {
        browser.get(&portal.router, &url).await;
    }
    portal.note_numbers();
    is_clean("a URL that says nothing");
}

#[tokio::test]
async fn a_store_that_is_down_quotes_nobody() {
    for down in 0..3 {
        let (requests, replays) = (MemoryRequestStore::new(100), MemoryReplayCache::new(usize::from(down != 0) * 100));
        let portal = if down == 1 {
            Portal::with(requests, Down, MemorySessionStore::new(100))
        } else if down == 2 {
            Portal::with(requests, replays, Down)
        } else {
            Portal::with(requests, replays, MemorySessionStore::new(100))
        };
        let mut browser = Browser::default();
        let id = browser.begin(&portal.router, "/saml/login").await;
        browser.cookies.insert("__Host-saml-session".to_owned(), "5a".repeat(32));
        let page = browser.post(&portal.router, "/saml/acs", logged_in(&id, representative())).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        browser.get(&portal.router, "/masks").await;
        browser.post(&portal.router, "/saml/logout", "").await;
        portal.note_numbers();
        is_clean("a store that is down");
    }
}

#[tokio::test]
async fn requests_that_the_browser_carries_have_nobody_in_them() {
    let used = Arc::new(MemoryReplayCache::new(100));
    let requests = SealedRequestStore::new(SealingKeys::new([7; 32]).unwrap(), ENTITY_ID, Arc::clone(&used));
    let portal = Portal::with(requests, used, MemorySessionStore::new(100));
    let mut browser = Browser::default();
    let id = browser.begin(&portal.router, "/saml/login?return_to=/shows").await;
    let carried = browser.cookies["__Host-saml-browser"].clone();
    note("the cookie", &carried);
    browser.post(&portal.router, "/saml/acs", logged_in(&id, login())).await;
    assert_eq!(browser.shown(&portal.router, "/shows").await.status, StatusCode::OK);
    browser.cookies.insert("__Host-saml-browser".to_owned(), format!("{carried}A"));
    browser.post(&portal.router, "/saml/acs", logged_in(&id, login())).await;
    portal.note_numbers();
    is_clean("requests that the browser carries");
}

/// A store that is down.
struct Down;

impl RequestStore for Down {
    async fn remember(&self, _: &BrowserBinding, _: PendingRequest, _: DateTime<Utc>) -> Result<(), StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn find(&self, _: &BrowserBinding, _: &str, _: DateTime<Utc>) -> Result<Option<PendingRequest>, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn take(&self, _: &BrowserBinding, _: &str, _: DateTime<Utc>) -> Result<Option<PendingRequest>, StoreError> {
        Err(StoreError::Unavailable)
    }
}

impl ReplayCache for Down {
    async fn insert(&self, _: &ReplayKey, _: DateTime<Utc>, _: DateTime<Utc>) -> Result<Inserted, StoreError> {
        Err(StoreError::Unavailable)
    }
}

impl SessionStore<Session> for Down {
    async fn create(
        &self,
        _: [u8; 32],
        _: Session,
        _: Option<SessionSubject>,
        _: DateTime<Utc>,
        _: DateTime<Utc>,
    ) -> Result<SessionId, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn read(&self, _: &SessionId, _: DateTime<Utc>) -> Result<Option<Session>, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn remove(&self, _: &SessionId, _: DateTime<Utc>) -> Result<Option<Session>, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn remove_of_subject(
        &self,
        _: &KeyedDigest,
        _: &[KeyedDigest],
        _: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        Err(StoreError::Unavailable)
    }
}
