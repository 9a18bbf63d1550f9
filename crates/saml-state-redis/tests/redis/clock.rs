//! The clocks of portals and that of Redis: how far they may differ, and what that has to do with what Redis forgets.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use redis::AsyncCommands;
use saml_state::{Inserted, ReplayCache, ReplayKey, StoreError};
use saml_state_redis::{RedisSettings, RedisStore};

use crate::log;
use crate::server::{Server, by_the_clock};

/// Inserts an assertion by a clock that is so far ahead of that of Redis; it ends a minute later by the same clock.
async fn insert_by(store: &RedisStore, id: &str, ahead: TimeDelta) -> Result<Inserted, StoreError> {
    let (key, now) = (ReplayKey::new("https://idp.example", id).unwrap(), Utc::now() + ahead);
    store.insert(&key, now + TimeDelta::minutes(1), now).await
}

// On one thread, so that its log is that of the store.
#[tokio::test]
async fn a_clock_that_differs_from_that_of_redis_by_more_than_five_minutes_is_refused() {
    let Some(server) = Server::durable().await else { return };
    let store = RedisStore::connect(by_the_clock(&server.url())).await.unwrap();
    let (codes, _guard) = log::codes();

    for (seconds, code) in [(310, "redis_clock_ahead"), (-310, "redis_clock_behind")] {
        assert_eq!(insert_by(&store, "_1", TimeDelta::seconds(seconds)).await, Err(StoreError::Unavailable));
        assert_eq!(std::mem::take(&mut *codes.lock().unwrap()), [code]);
    }
    // Nothing was kept of it, and nothing has ended by it.
    for (id, seconds) in [("_1", -290), ("_2", 290)] {
        assert_eq!(insert_by(&store, id, TimeDelta::seconds(seconds)).await, Ok(Inserted::First));
    }
    assert!(codes.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_greater_difference_of_clocks_is_taken_where_that_is_said() {
    let Some(server) = Server::durable().await else { return };
    let settings = by_the_clock(&server.url()).danger_accept_clock_difference(Duration::from_mins(10));
    let store = RedisStore::connect(settings).await.unwrap();
    let (codes, _guard) = log::codes();

    assert_eq!(insert_by(&store, "_1", TimeDelta::seconds(-310)).await, Ok(Inserted::First));
    assert_eq!(insert_by(&store, "_2", TimeDelta::seconds(-610)).await, Err(StoreError::Unavailable));
    assert_eq!(*codes.lock().unwrap(), ["redis_clock_behind"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_used_is_kept_until_each_clock_that_is_taken_has_come_to_its_end() {
    let Some(server) = Server::durable().await else { return };
    let settings = || by_the_clock(&server.url());
    let wider = settings().danger_accept_clock_difference(Duration::from_mins(20)).with_name("wider");
    let cases: [(RedisSettings, i64, &str); 2] = [(settings(), 5, "{saml}:replay:*"), (wider, 20, "{wider}:replay:*")];
    for (settings, difference, pattern) in cases {
        let store = RedisStore::connect(settings).await.unwrap();
        // The worst there is: who used it is ahead of Redis by all but the difference.
        let ahead = TimeDelta::minutes(difference) - TimeDelta::seconds(10);
        assert_eq!(insert_by(&store, "_1", ahead).await, Ok(Inserted::First));
        let ends_in = ahead + TimeDelta::minutes(1);

        let mut raw = server.raw().await;
        let keys: Vec<String> = raw.keys(pattern).await.unwrap();
        let [key] = &keys[..] else { panic!("one assertion") };
        let freed_in = TimeDelta::milliseconds(raw.pttl(key).await.unwrap());
        // Then who is behind by the difference reads that time less the difference.
        assert!(freed_in - TimeDelta::minutes(difference) >= ends_in, "freed in {freed_in}, ends in {ends_in}");
    }
}
