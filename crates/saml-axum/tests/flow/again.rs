//! What comes a second time: a double click, the back button, a page that is loaded anew; and two tabs at once.

use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use saml_axum::Session;
use saml_forge::Failure;
use saml_sp::{RequestBinding, ServiceProvider};
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};
use saml_state::{
    BrowserBinding, KeyedDigest, PendingRequest, RequestStore, SessionId, SessionStore, SessionSubject, StoreError,
};
use tokio::sync::Barrier;

use crate::answers::{Fields, failure, login};
use crate::browser::Browser;
use crate::log;
use crate::portal::{configuration, portal, router_with, service_provider, settings, wait};

#[tokio::test]
async fn the_same_form_twice_logs_in_once_and_the_second_goes_where_the_first_went() {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login?return_to=/permits").await;
    let form = login(&id);
    assert_eq!(browser.post_from_elsewhere(&portal, "/saml/acs", &form).await.location(), "/permits");
    let session = browser.cookies["__Host-saml-session"].clone();

    let again = browser.post_from_elsewhere(&portal, "/saml/acs", &form).await;

    assert_eq!(
        (again.status, again.location()),
        (StatusCode::SEE_OTHER, format!("/saml/continue?request={id}").as_str())
    );
    assert_eq!(again.cookies(), Vec::<&str>::new());
    let on = browser.get(&portal, again.location()).await;
    assert_eq!((on.status, on.location()), (StatusCode::SEE_OTHER, "/permits"));
    assert_eq!(browser.cookies["__Host-saml-session"], session);
    assert_eq!(browser.get(&portal, "/permits").await.status, StatusCode::OK);
    let log = log::taken();
    assert_eq!(log.matches("login finished").count(), 1);
    assert_eq!(log.matches("login refused code=\"pending_request\"").count(), 1);
}

#[tokio::test]
async fn of_the_same_form_twice_at_once_one_logs_in_and_the_other_goes_where_it_went() {
    let store = Together { requests: MemoryRequestStore::new(100), both_found: Barrier::new(2) };
    let service_provider =
        ServiceProvider::new(configuration(RequestBinding::Redirect), store, MemoryReplayCache::new(100));
    let portal = router_with(service_provider, MemorySessionStore::new(100), settings());
    let mut browser = Browser::default();
    let id = browser.begin(&portal, "/saml/login?return_to=/permits").await;
    let form = login(&id);
    let mut second = Browser::default();
    second.cookies = browser.cookies.clone();

    let (one, other) = tokio::join!(
        browser.post_from_elsewhere(&portal, "/saml/acs", &form),
        second.post_from_elsewhere(&portal, "/saml/acs", &form)
    );

    let places = [one.location(), other.location()];
    let continuation = format!("/saml/continue?request={id}");
    assert!(places.contains(&"/permits") && places.contains(&continuation.as_str()), "{places:?}");
    let log = log::taken();
    assert_eq!(log.matches("login finished").count(), 1);
    assert_eq!(log.matches("login refused code=\"request_once\"").count(), 1);
    // It is one browser: whichever answer it shows, it keeps the cookies of both.
    browser.cookies.append(&mut second.cookies);
    assert_eq!(browser.get(&portal, &continuation).await.location(), "/permits");
    assert_eq!(browser.get(&portal, "/permits").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_same_form_after_logging_out_leads_to_a_page_with_a_way_on() {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login?return_to=/permits").await;
    let form = login(&id);
    browser.post_from_elsewhere(&portal, "/saml/acs", &form).await;
    browser.post(&portal, "/saml/logout", &Fields::none()).await;

    let again = browser.post_from_elsewhere(&portal, "/saml/acs", &form).await;
    let page = browser.get(&portal, again.location()).await;

    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.text.contains("of u bent hiermee al een keer ingelogd."), "{}", page.text);
    assert!(page.text.contains("<a href=\"/\">Naar de startpagina</a>"));
    assert_eq!(browser.get(&portal, "/permits").await.location(), "/");
}

#[tokio::test]
async fn the_same_form_after_a_later_login_leads_to_no_page_of_that() {
    let (portal, mut browser) = (portal(), Browser::default());
    let first = browser.begin(&portal, "/saml/login?return_to=/one").await;
    let form = login(&first);
    browser.post_from_elsewhere(&portal, "/saml/acs", &form).await;
    let second = browser.begin(&portal, "/saml/login?return_to=/two").await;
    browser.post_from_elsewhere(&portal, "/saml/acs", &login(&second)).await;

    let again = browser.post_from_elsewhere(&portal, "/saml/acs", &form).await;

    assert_eq!(browser.get(&portal, again.location()).await.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.get(&portal, "/permits").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_same_form_when_the_session_is_too_old_opens_none() {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login?return_to=/permits").await;
    let form = login(&id);
    browser.post_from_elsewhere(&portal, "/saml/acs", &form).await;

    wait(TimeDelta::minutes(15));

    let again = browser.post_from_elsewhere(&portal, "/saml/acs", &form).await;
    assert_eq!(browser.get(&portal, again.location()).await.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.get(&portal, "/permits").await.location(), "/");
}

#[tokio::test]
async fn a_cancelled_login_that_is_posted_again_leads_to_a_page_with_a_way_on() {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login").await;
    let form = failure(&id, Failure::cancelled());
    browser.post_from_elsewhere(&portal, "/saml/acs", &form).await;

    let again = browser.post_from_elsewhere(&portal, "/saml/acs", &form).await;

    assert_eq!(browser.get(&portal, again.location()).await.status, StatusCode::FORBIDDEN);
    assert!(log::taken().contains("login refused code=\"pending_request\""));
}

#[tokio::test]
async fn two_tabs_finish_in_either_order_each_where_it_was_going() {
    for last_first in [false, true] {
        let (portal, mut browser) = (portal(), Browser::default());
        let mut tabs = Vec::new();
        for path in ["/one", "/two"] {
            tabs.push((path, browser.begin(&portal, &format!("/saml/login?return_to={path}")).await));
        }
        if last_first {
            tabs.reverse();
        }
        for (path, id) in tabs {
            assert_eq!(browser.post_from_elsewhere(&portal, "/saml/acs", &login(&id)).await.location(), path);
        }
        assert_eq!(browser.get(&portal, "/permits").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn who_comes_back_to_where_answers_are_taken_is_sent_to_the_start_page() {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login").await;
    browser.post_from_elsewhere(&portal, "/saml/acs", &login(&id)).await;

    for url in ["/saml/acs", "/saml/acs?SAMLResponse=AAAA", "/saml/acs?tab=2"] {
        let page = browser.get(&portal, url).await;
        assert_eq!((page.status, page.location(), page.cookies().len()), (StatusCode::SEE_OTHER, "/", 0), "{url}");
    }
    assert_eq!(browser.get(&portal, "/permits").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_link_to_go_on_leads_nowhere_without_the_session_of_that_login() {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login?return_to=/permits").await;
    browser.post_from_elsewhere(&portal, "/saml/acs", &login(&id)).await;

    for query in ["", "?", "?request=", "?request=_other", "?request=https://evil.example", &format!("?request={id}a")]
    {
        let page = browser.get(&portal, &format!("/saml/continue{query}")).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{query}");
        assert!(!page.text.contains("evil") && !page.headers.contains_key("location"), "{query}");
    }
    let url = format!("/saml/continue?request={id}");
    assert_eq!(browser.get(&portal, &url).await.location(), "/permits");
    assert_eq!(Browser::default().get(&portal, &url).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_carries_an_answer_and_what_follows_it_is_kept_by_no_cache() {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login").await;
    let form = login(&id);
    let mut pages = Vec::new();
    for _ in 0..2 {
        pages.push(browser.post_from_elsewhere(&portal, "/saml/acs", &form).await);
    }
    pages.push(browser.get(&portal, &format!("/saml/continue?request={id}")).await);
    pages.push(browser.get(&portal, "/saml/acs").await);

    for page in pages {
        assert_eq!((page.status, page.header("cache-control")), (StatusCode::SEE_OTHER, "no-store"));
    }
}

#[tokio::test]
async fn a_session_store_that_is_down_sends_nobody_on_and_keeps_the_session() {
    let portal = router_with(service_provider(RequestBinding::Redirect, 100), Down, settings());
    let mut browser = Browser::default();
    browser.cookies.insert("__Host-saml-session".to_owned(), "5a".repeat(32));

    let page = browser.get(&portal, "/saml/continue?request=_a").await;

    assert_eq!((page.status, page.cookies().len()), (StatusCode::SERVICE_UNAVAILABLE, 0));
    assert!(log::taken().contains("code=\"store_unavailable\""));
}

/// A store in which two answers to a request both find it before either takes it.
struct Together {
    requests: MemoryRequestStore,
    both_found: Barrier,
}

impl RequestStore for Together {
    async fn remember(
        &self,
        browser: &BrowserBinding,
        request: PendingRequest,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.requests.remember(browser, request, now).await
    }

    async fn find(
        &self,
        browser: &BrowserBinding,
        request_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<PendingRequest>, StoreError> {
        let found = self.requests.find(browser, request_id, now).await;
        self.both_found.wait().await;
        found
    }

    async fn take(
        &self,
        browser: &BrowserBinding,
        request_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<PendingRequest>, StoreError> {
        self.requests.take(browser, request_id, now).await
    }
}

/// A session store that is down.
pub(crate) struct Down;

impl SessionStore<Session> for Down {
    async fn create(
        &self,
        _random: [u8; 32],
        _session: Session,
        _subject: Option<SessionSubject>,
        _absolute_end: DateTime<Utc>,
        _now: DateTime<Utc>,
    ) -> Result<SessionId, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn read(&self, _id: &SessionId, _now: DateTime<Utc>) -> Result<Option<Session>, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn remove(&self, _id: &SessionId, _now: DateTime<Utc>) -> Result<Option<Session>, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn remove_of_subject(
        &self,
        _name: &KeyedDigest,
        _session_indexes: &[KeyedDigest],
        _now: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        Err(StoreError::Unavailable)
    }
}
