//! Redis stops, is cut off, goes silent or is full: nothing is accepted twice, and the store heals by itself.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use saml_state::contract::{replay_cache, request_store, session_store};
use saml_state::{Inserted, ReplayCache, ReplayKey, RequestStore, StoreError};
use saml_state_redis::RedisStore;

use crate::proxy::{Proxy, Way};
use crate::server::{DURABLE, Server, browser, healed, insert, request, second, settings};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_after_a_kill_and_the_store_heals_by_itself() {
    let Some(mut server) = Server::durable().await else { return };
    replay_cache::a_key_outlives_a_restart(server.emptied().await, restarted(&mut server)).await.unwrap();
    request_store::requests_outlive_a_restart(server.emptied().await, restarted(&mut server)).await.unwrap();
    session_store::sessions_outlive_a_restart(server.emptied().await, restarted(&mut server)).await.unwrap();
}

fn restarted(server: &mut Server) -> impl AsyncFnOnce(RedisStore) -> RedisStore {
    async |store| {
        server.kill();
        server.start_again().await;
        healed(&store).await;
        store
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_insert_that_was_acknowledged_is_lost_by_a_kill_in_the_middle_of_many() {
    let Some(mut server) = Server::durable().await else { return };
    let store = server.store().await;
    let (sender, mut acknowledged) = tokio::sync::mpsc::unbounded_channel();
    let mut inserting = tokio::task::JoinSet::new();
    for portal in 0..16 {
        let (store, sender) = (store.clone(), sender.clone());
        inserting.spawn(async move {
            for number in (portal..).step_by(16) {
                match insert(&store, number).await {
                    Ok(Inserted::First) => sender.send(number).unwrap(),
                    Ok(Inserted::Replayed) => panic!("{number} was never inserted"),
                    Err(error) => return assert_eq!(error, StoreError::Unavailable),
                }
            }
        });
    }
    drop(sender);
    let mut first = BTreeSet::new();
    while first.len() < 500 {
        first.insert(acknowledged.recv().await.unwrap());
    }
    server.kill();
    while let Some(number) = acknowledged.recv().await {
        first.insert(number);
    }
    inserting.join_all().await;

    server.start_again().await;
    healed(&store).await;
    for number in first {
        assert_eq!(insert(&store, number).await, Ok(Inserted::Replayed), "{number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_is_down_answers_nothing() {
    let Some(mut server) = Server::durable().await else { return };
    let store = server.store().await;
    server.kill();
    replay_cache::nothing_is_first_while_the_engine_is_down(&store).await.unwrap();
    request_store::nothing_is_answered_while_the_engine_is_down(&store).await.unwrap();
    session_store::nothing_is_answered_while_the_engine_is_down(&store).await.unwrap();
    let refused = RedisStore::connect(server.settings()).await.unwrap_err();
    assert_eq!(refused.code(), "redis_connect");

    // The first call that is made after it is back is answered: nobody has to find out that it is.
    server.start_again().await;
    assert_eq!(store.take(&browser(1), "_1", second(0)).await, Ok(None));
}

#[tokio::test(flavor = "multi_thread")]
async fn wherever_an_insert_is_cut_off_it_is_first_once_at_most() {
    let Some((_server, proxy, store)) = behind_a_proxy().await else { return };
    let _ = insert(&store, 0).await.unwrap();
    let [sent, answered] = lengths(&proxy, async || assert_eq!(insert(&store, 1).await, Ok(Inserted::First))).await;
    assert!(sent > 200 && answered > 10, "{sent} and {answered}");

    let mut number = 1000;
    for (way, length) in [(Way::ToRedis, sent), (Way::ToPortal, answered)] {
        for bytes in 0..length {
            number += 1;
            proxy.cut_after(way, bytes);
            assert_eq!(insert(&store, number).await, Err(StoreError::Unavailable), "{way:?}, {bytes}");
            let again = insert_when_healed(&store, number).await;
            // What Redis never got whole it did not run, and what it answered it did.
            let expected = if way == Way::ToRedis { Inserted::First } else { Inserted::Replayed };
            assert_eq!(again, expected, "{way:?}, {bytes}");
            assert_eq!(insert(&store, number).await, Ok(Inserted::Replayed));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wherever_a_taking_is_cut_off_the_request_is_taken_once_at_most() {
    let Some((_server, proxy, store)) = behind_a_proxy().await else { return };
    let remembered = async || {
        let taken = request(1);
        while store.remember(&browser(1), taken.clone(), second(0)).await == Err(StoreError::Unavailable) {}
        taken.id
    };
    let id = remembered().await;
    assert!(store.take(&browser(1), id.as_str(), second(1)).await.unwrap().is_some());
    remembered().await;
    let take = async || assert!(store.take(&browser(1), id.as_str(), second(1)).await.unwrap().is_some());
    let [sent, answered] = lengths(&proxy, take).await;

    for (way, length) in [(Way::ToRedis, sent), (Way::ToPortal, answered)] {
        for bytes in (0..length).step_by(7) {
            remembered().await;
            proxy.cut_after(way, bytes);
            let cut = store.take(&browser(1), id.as_str(), second(1)).await;
            assert_eq!(cut, Err(StoreError::Unavailable), "{way:?}, {bytes}");
            healed(&store).await;
            let again = store.take(&browser(1), id.as_str(), second(1)).await.unwrap();
            assert_eq!(again.is_some(), way == Way::ToRedis, "{way:?}, {bytes}");
        }
    }
}

/// A store whose way to Redis can be cut; what Redis keeps when it stops does not matter here, and costs time.
async fn behind_a_proxy() -> Option<(Server, Proxy, RedisStore)> {
    let server = Server::start(&[]).await?;
    let proxy = Proxy::to(server.port("--port")).await;
    let store = RedisStore::connect(settings(&proxy.url()).danger_accept_loss_at_restart()).await.unwrap();
    Some((server, proxy, store))
}

async fn lengths(proxy: &Proxy, call: impl AsyncFn()) -> [usize; 2] {
    let ways = [Way::ToRedis, Way::ToPortal];
    let before = ways.map(|way| proxy.passed(way));
    call().await;
    let after = ways.map(|way| proxy.passed(way));
    [after[0] - before[0], after[1] - before[1]]
}

async fn insert_when_healed(store: &RedisStore, number: usize) -> Inserted {
    healed(store).await;
    insert(store, number).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_while_nobody_calls_costs_no_login() {
    let Some((_server, proxy, store)) = behind_a_proxy().await else { return };
    assert_eq!(insert(&store, 1).await, Ok(Inserted::First));
    proxy.hang_up().await;
    assert_eq!(insert(&store, 2).await, Ok(Inserted::First));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_goes_silent_is_left_for_another() {
    let Some(server) = Server::durable().await else { return };
    let proxy = Proxy::to(server.port("--port")).await;
    let settings = settings(&proxy.url()).with_timeout(Duration::from_secs(2));
    let store = RedisStore::connect(settings).await.unwrap();
    assert_eq!(insert(&store, 1).await, Ok(Inserted::First));

    proxy.swallow();
    assert_eq!(insert(&store, 1).await, Err(StoreError::Unavailable));
    healed(&store).await;
    assert_eq!(insert(&store, 1).await, Ok(Inserted::Replayed));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_calls_that_find_redis_back_share_one_connection() {
    let Some(mut server) = Server::durable().await else { return };
    let store = Arc::new(server.store().await);
    server.kill();
    assert_eq!(insert(&store, 0).await, Err(StoreError::Unavailable));
    server.start_again().await;
    let before = connections(&server).await;
    let mut calls = tokio::task::JoinSet::new();
    for number in 1..100 {
        let store = Arc::clone(&store);
        calls.spawn(async move { insert(&store, number).await });
    }
    assert!(calls.join_all().await.iter().all(|answer| *answer == Ok(Inserted::First)));
    // One is ours, and one that which asks.
    assert_eq!(connections(&server).await - before, 2);
}

async fn connections(server: &Server) -> usize {
    let info: String = server.told("INFO stats").await;
    let line = info.lines().find_map(|line| line.strip_prefix("total_connections_received:")).unwrap();
    line.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_redis_refuses_rather_than_forgets() {
    let Some(server) = Server::durable().await else { return };
    let store = server.store().await;
    assert_eq!(insert(&store, 1).await, Ok(Inserted::First));
    server.told::<String>("CONFIG SET maxmemory 1").await;
    assert_eq!(insert(&store, 2).await, Err(StoreError::Unavailable));
    let remembered = store.remember(&browser(1), request(1), second(0)).await;
    assert_eq!(remembered, Err(StoreError::Unavailable));

    server.told::<String>("CONFIG SET maxmemory 0").await;
    assert_eq!(insert(&store, 1).await, Ok(Inserted::Replayed));
    assert_eq!(insert(&store, 2).await, Ok(Inserted::First));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_comes_back_with_other_settings_is_not_used() {
    let Some(mut server) = Server::start(DURABLE).await else { return };
    let store = server.store().await;
    server.kill();
    server.replace("always", "everysec");
    server.start_again().await;
    let key = ReplayKey::new("https://idp.example", "_1").unwrap();
    for _ in 0..3 {
        assert_eq!(store.insert(&key, second(300), second(0)).await, Err(StoreError::Unavailable));
    }
    server.told::<String>("CONFIG SET appendfsync always").await;
    healed(&store).await;
}
