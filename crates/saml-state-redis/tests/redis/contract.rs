//! Each clause of the contract, with one portal and with several that race.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, Utc};
use saml_state::contract::{Contender, replay_cache, request_store, session_store};
use saml_state::{
    BrowserBinding, Inserted, KeyedDigest, PendingRequest, ReplayCache, ReplayKey, RequestStore, SessionId,
    SessionStore, SessionSubject, StoreError,
};
use saml_state_redis::RedisStore;

use crate::server::Server;

async fn in_parallel(contenders: Vec<Contender>) -> Vec<Result<bool, StoreError>> {
    let mut tasks = tokio::task::JoinSet::new();
    for contender in contenders {
        tasks.spawn(contender);
    }
    tasks.join_all().await
}

/// Several portals, each with a connection of its own, that take calls in turn.
struct Portals {
    stores: Vec<RedisStore>,
    turn: AtomicUsize,
}

impl Portals {
    async fn at(server: &Server) -> Arc<Self> {
        let mut stores = vec![server.emptied().await];
        for _ in 0..3 {
            stores.push(server.store().await);
        }
        Arc::new(Self { stores, turn: AtomicUsize::new(0) })
    }

    fn next(&self) -> &RedisStore {
        &self.stores[self.turn.fetch_add(1, Ordering::Relaxed) % self.stores.len()]
    }
}

impl ReplayCache for Portals {
    async fn insert(&self, key: &ReplayKey, until: DateTime<Utc>, now: DateTime<Utc>) -> Result<Inserted, StoreError> {
        self.next().insert(key, until, now).await
    }
}

impl RequestStore for Portals {
    async fn remember(
        &self,
        browser: &BrowserBinding,
        request: PendingRequest,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.next().remember(browser, request, now).await
    }

    async fn find(
        &self,
        browser: &BrowserBinding,
        id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<PendingRequest>, StoreError> {
        self.next().find(browser, id, now).await
    }

    async fn take(
        &self,
        browser: &BrowserBinding,
        id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<PendingRequest>, StoreError> {
        self.next().take(browser, id, now).await
    }
}

impl SessionStore<String> for Portals {
    async fn create(
        &self,
        random: [u8; 32],
        session: String,
        subject: Option<SessionSubject>,
        end: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<SessionId, StoreError> {
        self.next().create(random, session, subject, end, now).await
    }

    async fn read(&self, id: &SessionId, now: DateTime<Utc>) -> Result<Option<String>, StoreError> {
        self.next().read(id, now).await
    }

    async fn remove(&self, id: &SessionId, now: DateTime<Utc>) -> Result<Option<String>, StoreError> {
        self.next().remove(id, now).await
    }

    async fn remove_of_subject(
        &self,
        name: &KeyedDigest,
        indexes: &[KeyedDigest],
        now: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        SessionStore::<String>::remove_of_subject(self.next(), name, indexes, now).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_duties_of_a_replay_cache_are_kept() {
    let Some(server) = Server::durable().await else { return };
    replay_cache::a_key_is_first_once(&server.emptied().await).await.unwrap();
    replay_cache::a_key_may_be_first_again_after_its_end(&server.emptied().await).await.unwrap();
    replay_cache::a_replay_does_not_move_the_end(&server.emptied().await).await.unwrap();
    replay_cache::a_clock_that_goes_back_opens_no_replay(&server.emptied().await).await.unwrap();
    replay_cache::keys_are_compared_byte_for_byte(&server.emptied().await).await.unwrap();
    replay_cache::the_longest_keys_are_told_apart(&server.emptied().await).await.unwrap();
    replay_cache::a_key_lives_to_its_last_nanosecond(&server.emptied().await).await.unwrap();
    let store = Portals::at(&server).await;
    replay_cache::one_of_100_parallel_inserts_is_first(store, in_parallel).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_duties_of_a_request_store_are_kept() {
    let Some(server) = Server::durable().await else { return };
    request_store::a_request_is_taken_as_it_was_remembered(&server.emptied().await).await.unwrap();
    request_store::a_request_is_taken_once(&server.emptied().await).await.unwrap();
    request_store::finding_does_not_take(&server.emptied().await).await.unwrap();
    request_store::another_browser_gets_nothing(&server.emptied().await).await.unwrap();
    request_store::a_request_ends_after_15_minutes(&server.emptied().await).await.unwrap();
    request_store::a_later_request_does_not_prolong_an_earlier_one(&server.emptied().await).await.unwrap();
    request_store::an_issue_time_to_come_does_not_prolong(&server.emptied().await).await.unwrap();
    request_store::a_clock_that_goes_back_revives_nothing(&server.emptied().await).await.unwrap();
    request_store::a_request_that_ended_is_refused(&server.emptied().await).await.unwrap();
    request_store::a_browser_has_several_requests(&server.emptied().await).await.unwrap();
    request_store::the_eleventh_request_drops_the_first_of_its_browser(&server.emptied().await).await.unwrap();
    request_store::requests_that_ended_take_no_place(&server.emptied().await).await.unwrap();
    request_store::an_id_in_use_is_refused(&server.emptied().await).await.unwrap();
    request_store::ids_are_compared_byte_for_byte(&server.emptied().await).await.unwrap();
    request_store::an_oversize_id_is_of_no_request(&server.emptied().await).await.unwrap();
    let store = Portals::at(&server).await;
    request_store::one_of_100_parallel_takers_gets_the_request(store, in_parallel).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_duties_of_a_session_store_are_kept() {
    let Some(server) = Server::durable().await else { return };
    session_store::a_session_is_read_under_its_own_id(&server.emptied().await).await.unwrap();
    session_store::an_idle_session_ends_after_15_minutes(&server.emptied().await).await.unwrap();
    session_store::use_keeps_a_session(&server.emptied().await).await.unwrap();
    session_store::use_does_not_keep_a_session_past_its_absolute_end(&server.emptied().await).await.unwrap();
    session_store::a_session_that_ended_is_refused(&server.emptied().await).await.unwrap();
    session_store::a_clock_that_goes_back_revives_and_prolongs_nothing(&server.emptied().await).await.unwrap();
    session_store::a_removed_session_is_gone(&server.emptied().await).await.unwrap();
    session_store::removing_a_session_that_ended_returns_nothing(&server.emptied().await).await.unwrap();
    session_store::a_logout_ends_the_sessions_that_it_names(&server.emptied().await).await.unwrap();
    session_store::a_logout_without_session_index_ends_all_of_that_name_alone(&server.emptied().await).await.unwrap();
    session_store::a_logout_counts_living_sessions_alone(&server.emptied().await).await.unwrap();
    session_store::a_large_session_is_read_whole(&server.emptied().await).await.unwrap();
    session_store::an_id_in_use_is_refused(&server.emptied().await).await.unwrap();
    let store = Portals::at(&server).await;
    session_store::one_of_100_parallel_removals_gets_the_session(store, in_parallel).await.unwrap();
}
