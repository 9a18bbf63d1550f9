//! Requests that the browsers carry themselves: what opens, where, how often and how long.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use saml_forge::{Failure, Outcome as Answered};
use saml_sp::{LoginOptions, Outcome, SealedRequestStore, ServiceProvider};
use saml_state::contract::request_store as contract;
use saml_state::memory::MemoryReplayCache;
use saml_state::{BrowserBinding, PendingRequest, ReplayCache, ReplayKey, RequestStore, ReturnPath, StoreError};
use saml_xml_security::SealingKeys;

use crate::portal::{
    PORTAL, accepted, after, answer, answer_at, begin, browser, login, now, permits, portal_with, post, posted,
    refused, request_id,
};

type Store = SealedRequestStore<Cache>;
type Portal = ServiceProvider<Store, Cache>;

/// A replay cache that several nodes share.
type Cache = Arc<MemoryReplayCache>;

fn new_cache() -> Cache {
    Arc::new(MemoryReplayCache::new(1000))
}

fn keys(key: u8) -> SealingKeys {
    SealingKeys::new([key; 32]).unwrap()
}

/// Returns a node of the portal, which shares nothing with another but the key and the cache.
fn node(keys: SealingKeys, cache: &Cache) -> Portal {
    portal_with(SealedRequestStore::new(keys, PORTAL, Arc::clone(cache)), Arc::clone(cache))
}

/// Returns the browser as another node sees it.
fn reloaded(browser: &BrowserBinding) -> BrowserBinding {
    BrowserBinding::parse(&browser.expose()).unwrap()
}

/// Returns the browser with something else to carry.
fn carrying(number: u8, text: &str) -> BrowserBinding {
    let browser = browser(number);
    browser.carry(text).unwrap();
    browser
}

#[tokio::test]
async fn an_answer_at_another_node_logs_in() {
    let cache = new_cache();
    let browser = browser(1);
    let id = begin(&node(keys(7), &cache), &browser).await;

    let browser = reloaded(&browser);
    let authentication = accepted(post(&node(keys(7), &cache), &browser, &answer(&id, login())).await);
    assert_eq!((authentication.return_to(), authentication.request_id().as_str()), (&permits(), id.as_str()));
    assert_eq!(browser.carried(), "");
}

#[tokio::test]
async fn a_copy_of_the_cookie_is_good_for_no_second_login_at_any_node() {
    let cache = new_cache();
    let browser = browser(1);
    let id = begin(&node(keys(7), &cache), &browser).await;
    let (copy, xml) = (reloaded(&browser), answer(&id, login()));

    accepted(post(&node(keys(7), &cache), &browser, &xml).await);

    for xml in [xml.clone(), answer(&id, login())] {
        let refusal = refused(post(&node(keys(7), &cache), &reloaded(&copy), &xml).await, "request_once");
        assert_eq!(refusal.outcome(), Outcome::NotOpen);
        assert_eq!(refusal.request_id().map(|id| id.as_str()), Some(id.as_str()));
    }
    refused(post(&node(keys(7), &cache), &browser, &xml).await, "pending_request");
    // What is refused is what the cache knows: another cache is another portal.
    accepted(post(&node(keys(7), &new_cache()), &copy, &xml).await);
}

#[tokio::test]
async fn a_login_that_was_cancelled_is_used_up_at_every_node() {
    let cache = new_cache();
    let browser = browser(1);
    let id = begin(&node(keys(7), &cache), &browser).await;
    let copy = reloaded(&browser);

    let cancelled = answer(&id, Answered::Failure(Failure::cancelled()));
    refused(post(&node(keys(7), &cache), &browser, &cancelled).await, "status_authn_failed");
    refused(post(&node(keys(7), &cache), &copy, &answer(&id, login())).await, "request_once");
}

#[tokio::test]
async fn an_answer_in_another_browser_uses_nothing_up() {
    let portal = node(keys(7), &new_cache());
    let (ours, other) = (browser(1), browser(2));
    let id = begin(&portal, &ours).await;
    begin(&portal, &other).await;
    let xml = answer(&id, login());

    refused(post(&portal, &other, &xml).await, "pending_request");
    accepted(post(&portal, &ours, &xml).await);
}

#[tokio::test]
async fn what_another_browser_carries_does_not_open() {
    let portal = node(keys(7), &new_cache());
    let ours = browser(1);
    let id = begin(&portal, &ours).await;
    let xml = answer(&id, login());

    refused(post(&portal, &carrying(2, &ours.carried()), &xml).await, "store_seal_broken");
    accepted(post(&portal, &carrying(1, &ours.carried()), &xml).await);
}

#[tokio::test]
async fn what_another_service_provider_sealed_does_not_open() {
    let cache = new_cache();
    let (ours, other) = (node(keys(7), &cache), "https://other.example/saml/metadata");
    let theirs = portal_with(SealedRequestStore::new(keys(7), other, Arc::clone(&cache)), Arc::clone(&cache));
    let browser = browser(1);
    let id = begin(&theirs, &browser).await;

    refused(post(&ours, &browser, &answer(&id, login())).await, "store_seal_broken");
    accepted(post(&theirs, &browser, &answer(&id, login())).await);
}

#[tokio::test]
async fn no_changed_character_opens() {
    let portal = node(keys(7), &new_cache());
    let ours = browser(1);
    let id = begin(&portal, &ours).await;
    let (carried, xml) = (ours.carried(), answer(&id, login()));

    for position in 0..carried.len() {
        let mut changed = carried.clone().into_bytes();
        changed[position] = if changed[position] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        refused(post(&portal, &carrying(1, &changed), &xml).await, "store_seal_broken");
    }
    for cut in [1, carried.len() / 2, carried.len() - 1] {
        refused(post(&portal, &carrying(1, carried.get(..cut).unwrap()), &xml).await, "store_seal_broken");
    }
    accepted(post(&portal, &carrying(1, &carried), &xml).await);
}

#[tokio::test]
async fn a_request_ends_after_a_quarter_of_an_hour_whatever_the_browser_keeps() {
    let portal = node(keys(7), &new_cache());
    let browser = browser(1);
    let id = begin(&portal, &browser).await;
    let copy = reloaded(&browser);
    let at = |seconds| (posted(&answer_at(&id, login(), after(seconds))), after(seconds));

    let (body, then) = at(15 * 60);
    refused(portal.assertion_consumer_service(Some(&browser), &body, then).await, "pending_request");
    assert_eq!(browser.carried(), "");
    let (body, then) = at(15 * 60 - 1);
    accepted(portal.assertion_consumer_service(Some(&copy), &body, then).await);
}

#[tokio::test]
async fn a_used_request_stays_used_at_a_node_whose_clock_is_behind() {
    let cache = new_cache();
    let browser = browser(1);
    let id = begin(&node(keys(7), &cache), &browser).await;
    let copy = reloaded(&browser);
    accepted(post(&node(keys(7), &cache), &browser, &answer(&id, login())).await);

    // By the clock of another node the request has ended long ago.
    let other = ReplayKey::new(PORTAL, "_other").unwrap();
    let _ = cache.insert(&other, after(3600), after(15 * 60 + 299)).await.unwrap();
    let behind = after(15 * 60 - 1);
    let body = posted(&answer_at(&id, login(), behind));
    refused(node(keys(7), &cache).assertion_consumer_service(Some(&copy), &body, behind).await, "request_once");
}

#[tokio::test]
async fn keys_can_be_changed_while_logins_are_under_way() {
    let cache = new_cache();
    let (old, both, new) = (keys(7), keys(8).and_opens_with([7; 32]).unwrap(), keys(8));
    let before = browser(1);
    let id = begin(&node(old.clone(), &cache), &before).await;
    let xml = answer(&id, login());

    refused(post(&node(new.clone(), &cache), &reloaded(&before), &xml).await, "store_seal_broken");
    accepted(post(&node(both.clone(), &cache), &before, &xml).await);
    let after = browser(2);
    let id = begin(&node(both, &cache), &after).await;
    refused(post(&node(old, &cache), &reloaded(&after), &answer(&id, login())).await, "store_seal_broken");
    accepted(post(&node(new, &cache), &after, &answer(&id, login())).await);
}

#[tokio::test]
async fn who_carries_what_does_not_open_can_begin_anew() {
    let portal = node(keys(7), &new_cache());
    let browser = carrying(1, "c2VhbGVk");

    let id = begin(&portal, &browser).await;
    accepted(post(&portal, &browser, &answer(&id, login())).await);
}

#[tokio::test]
async fn a_cache_that_cannot_say_logs_nobody_in_and_uses_nothing_up() {
    let browser = browser(1);
    let id = begin(&node(keys(7), &new_cache()), &browser).await;

    let refusal = refused(
        post(&node(keys(7), &Arc::new(MemoryReplayCache::new(0))), &browser, &answer(&id, login())).await,
        "store_full",
    );
    assert_eq!(refusal.outcome(), Outcome::Failed);
    accepted(post(&node(keys(7), &new_cache()), &browser, &answer(&id, login())).await);
}

#[tokio::test]
async fn a_request_that_takes_more_room_than_a_cookie_has_is_not_sent() {
    let portal = node(keys(7), &new_cache());
    let browser = browser(1);
    // In JSON the sign takes two bytes.
    let path = |signs: usize| ReturnPath::parse(&format!("/{}", "\"".repeat(signs))).unwrap();

    assert!(portal.login(&browser, &LoginOptions::default(), path(1200), now()).await.is_ok());
    let before = browser.carried();
    let error = portal.login(&browser, &LoginOptions::default(), path(1999), now()).await.unwrap_err();
    assert_eq!(error.code(), "store_too_large");
    assert_eq!(browser.carried(), before);
}

#[tokio::test]
async fn tabs_finish_in_any_order_and_the_cookie_stays_within_its_bounds() {
    let portal = node(keys(7), &new_cache());
    let browser = browser(1);
    let mut ids = Vec::new();
    for _ in 0..12 {
        ids.push(begin(&portal, &browser).await);
        assert!(browser.carried().len() <= BrowserBinding::CARRIED_LIMIT);
    }

    for dropped in &ids[..2] {
        refused(post(&portal, &browser, &answer(dropped, login())).await, "pending_request");
    }
    for kept in [11, 3, 7, 2, 4, 10, 5, 9, 6, 8] {
        accepted(post(&portal, &browser, &answer(&ids[kept], login())).await);
    }
    assert_eq!(browser.carried(), "");
}

#[tokio::test]
async fn a_large_request_drops_the_first_ones_and_never_the_last() {
    let portal = node(keys(7), &new_cache());
    let browser = browser(1);
    let long = ReturnPath::parse(&format!("/{}", "a".repeat(1999))).unwrap();
    let mut ids = Vec::new();
    for path in [permits(), permits(), long.clone(), permits()] {
        let start = portal.login(&browser, &LoginOptions::default(), path, now()).await.unwrap();
        ids.push(request_id(&start));
    }

    refused(post(&portal, &browser, &answer(&ids[0], login())).await, "pending_request");
    let authentication = accepted(post(&portal, &browser, &answer(&ids[2], login())).await);
    assert_eq!(authentication.return_to(), &long);
    accepted(post(&portal, &browser, &answer(&ids[3], login())).await);
}

#[tokio::test]
async fn what_the_browser_carries_shows_nothing() {
    let portal = node(keys(7), &new_cache());
    let browser = browser(1);
    let id = begin(&portal, &browser).await;

    let sealed = URL_SAFE_NO_PAD.decode(browser.carried()).unwrap();
    for text in [id.as_str(), PORTAL, "permits", "broker.example"] {
        assert!(!sealed.windows(text.len()).any(|window| window == text.as_bytes()), "{text}");
    }
    assert_eq!(format!("{browser:?}"), "BrowserBinding(redacted)");
}

/// Browsers that keep their cookies from call to call, as the contract wants of a store.
struct Browsers {
    store: Store,
    cookies: Mutex<BTreeMap<[u8; 32], String>>,
}

impl Browsers {
    fn new() -> Self {
        Self { store: SealedRequestStore::new(keys(7), PORTAL, new_cache()), cookies: Mutex::default() }
    }

    fn sent(&self, browser: &BrowserBinding) -> BrowserBinding {
        let cookies = self.cookies.lock().unwrap();
        cookies.get(&browser.bytes()).map_or_else(|| browser.clone(), |cookie| BrowserBinding::parse(cookie).unwrap())
    }

    fn set(&self, browser: &BrowserBinding) {
        self.cookies.lock().unwrap().insert(browser.bytes(), browser.expose());
    }
}

impl RequestStore for Browsers {
    async fn remember(
        &self,
        browser: &BrowserBinding,
        request: PendingRequest,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let browser = self.sent(browser);
        let remembered = self.store.remember(&browser, request, now).await;
        self.set(&browser);
        remembered
    }

    async fn find(
        &self,
        browser: &BrowserBinding,
        request_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<PendingRequest>, StoreError> {
        let browser = self.sent(browser);
        let found = self.store.find(&browser, request_id, now).await;
        self.set(&browser);
        found
    }

    async fn take(
        &self,
        browser: &BrowserBinding,
        request_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<PendingRequest>, StoreError> {
        let browser = self.sent(browser);
        let taken = self.store.take(&browser, request_id, now).await;
        self.set(&browser);
        taken
    }
}

#[tokio::test]
async fn a_store_that_browsers_carry_keeps_the_contract() {
    contract::a_request_is_taken_as_it_was_remembered(&Browsers::new()).await.unwrap();
    contract::a_request_is_taken_once(&Browsers::new()).await.unwrap();
    contract::finding_does_not_take(&Browsers::new()).await.unwrap();
    contract::another_browser_gets_nothing(&Browsers::new()).await.unwrap();
    contract::a_request_ends_after_15_minutes(&Browsers::new()).await.unwrap();
    contract::a_later_request_does_not_prolong_an_earlier_one(&Browsers::new()).await.unwrap();
    contract::an_issue_time_to_come_does_not_prolong(&Browsers::new()).await.unwrap();
    contract::a_clock_that_goes_back_revives_nothing(&Browsers::new()).await.unwrap();
    contract::a_request_that_ended_is_refused(&Browsers::new()).await.unwrap();
    contract::a_browser_has_several_requests(&Browsers::new()).await.unwrap();
    contract::the_eleventh_request_drops_the_first_of_its_browser(&Browsers::new()).await.unwrap();
    contract::requests_that_ended_take_no_place(&Browsers::new()).await.unwrap();
    contract::an_id_in_use_is_refused(&Browsers::new()).await.unwrap();
    contract::ids_are_compared_byte_for_byte(&Browsers::new()).await.unwrap();
    contract::an_oversize_id_is_of_no_request(&Browsers::new()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_copies_at_two_nodes_at_once_one_logs_in() {
    let cache = new_cache();
    let nodes = [0, 1].map(|_| Arc::new(node(keys(7), &cache)));
    let browser = browser(1);
    let id = begin(&*nodes[0], &browser).await;
    let mut posts = tokio::task::JoinSet::new();
    for number in 0..50 {
        let (node, copy) = (Arc::clone(&nodes[number % 2]), reloaded(&browser));
        // Each with an assertion of its own, so that the request alone decides.
        let body = posted(&answer(&id, login()));
        posts.spawn(async move { node.assertion_consumer_service(Some(&copy), &body, now()).await.verdict.is_ok() });
    }

    let logins = posts.join_all().await.into_iter().filter(|logged_in| *logged_in).count();
    assert_eq!(logins, 1);
}
