//! The duties of a [`ReplayCache`].

use std::sync::Arc;

use chrono::TimeDelta;

use super::{CONTENDERS, Contender, ROUNDS, second, set_back, winners};
use crate::{Inserted, ReplayCache, ReplayKey, StoreError};

/// A key is first once, and replayed ever after while it lives (ATT-112).
pub async fn a_key_is_first_once(cache: &impl ReplayCache) -> Result<(), StoreError> {
    let key = key(ISSUER, "_1");

    assert_eq!(cache.insert(&key, second(300), second(0)).await?, Inserted::First);
    assert_eq!(cache.insert(&key, second(300), second(0)).await?, Inserted::Replayed);
    assert_eq!(cache.insert(&key, second(300), second(299)).await?, Inserted::Replayed);
    Ok(())
}

/// Of 100 inserts of a key at the same time, one is first (ATT-113).
pub async fn one_of_100_parallel_inserts_is_first<C: ReplayCache + 'static>(
    cache: Arc<C>,
    in_parallel: impl AsyncFn(Vec<Contender>) -> Vec<Result<bool, StoreError>>,
) -> Result<(), StoreError> {
    for round in 0..ROUNDS {
        let key = key(ISSUER, &format!("_{round}"));
        let inserter = |_| {
            let (cache, key) = (Arc::clone(&cache), key.clone());
            Contender::new(async move { Ok(cache.insert(&key, second(300), second(0)).await? == Inserted::First) })
        };

        assert_eq!(winners(in_parallel((0..CONTENDERS).map(inserter).collect()).await)?, 1);
    }
    Ok(())
}

/// The second of two keys is inserted with the first and not without it, and a replay of either is told.
pub async fn the_second_of_two_keys_needs_the_first(cache: &impl ReplayCache) -> Result<(), StoreError> {
    let [one, other, third] = ["_1", "_2", "_3"].map(|id| key(ISSUER, id));
    let end = second(300);

    assert_eq!(cache.insert_then((&one, end), (&other, end), second(0)).await?, Some(Inserted::First));
    assert_eq!(cache.insert_then((&one, end), (&third, end), second(0)).await?, None);
    assert_eq!(cache.insert(&third, end, second(0)).await?, Inserted::First, "it was left alone");
    let fourth = key(ISSUER, "_4");
    assert_eq!(cache.insert_then((&fourth, end), (&other, end), second(0)).await?, Some(Inserted::Replayed));
    assert_eq!(cache.insert(&fourth, end, second(0)).await?, Inserted::Replayed);
    let fifth = key(ISSUER, "_5");
    let ended = cache.insert_then((&fifth, end), (&key(ISSUER, "_6"), second(9)), second(10)).await;
    assert_eq!(ended, Err(StoreError::AlreadyEnded { end: second(9), now: second(10) }));
    Ok(())
}

/// Of 100 who insert two keys at the same time one inserts both, and no other is told that the second was replayed.
pub async fn one_of_100_parallel_inserts_has_both<C: ReplayCache + 'static>(
    cache: Arc<C>,
    in_parallel: impl AsyncFn(Vec<Contender>) -> Vec<Result<bool, StoreError>>,
) -> Result<(), StoreError> {
    for round in 0..ROUNDS {
        let (one, other) = (key(ISSUER, &format!("_{round}")), key(ISSUER, &format!("_{round}_then")));
        let inserter = |_| {
            let (cache, one, other) = (Arc::clone(&cache), one.clone(), other.clone());
            Contender::new(async move {
                let inserted = cache.insert_then((&one, second(300)), (&other, second(300)), second(0)).await?;
                assert_ne!(inserted, Some(Inserted::Replayed));
                Ok(inserted.is_some())
            })
        };

        assert_eq!(winners(in_parallel((0..CONTENDERS).map(inserter).collect()).await)?, 1);
    }
    Ok(())
}

/// A key that ended may be first again, for its assertion ended too.
pub async fn a_key_may_be_first_again_after_its_end(cache: &impl ReplayCache) -> Result<(), StoreError> {
    let key = key(ISSUER, "_1");

    assert_eq!(cache.insert(&key, second(300), second(0)).await?, Inserted::First);
    assert_eq!(cache.insert(&key, second(600), second(300)).await?, Inserted::First);
    assert_eq!(cache.insert(&key, second(600), second(300)).await?, Inserted::Replayed);
    Ok(())
}

/// A key lives to its end however finely that is given, also in an engine that counts time more coarsely.
pub async fn a_key_lives_to_its_last_nanosecond(cache: &impl ReplayCache) -> Result<(), StoreError> {
    let end = second(300) + TimeDelta::nanoseconds(900);
    let just_before = end - TimeDelta::nanoseconds(1);
    let key = key(ISSUER, "_1");

    assert_eq!(cache.insert(&key, end, second(0)).await?, Inserted::First);
    assert_eq!(cache.insert(&key, end, just_before).await?, Inserted::Replayed);
    assert_eq!(cache.insert(&key, end + TimeDelta::seconds(1), just_before).await?, Inserted::Replayed);
    Ok(())
}

/// A replay with another end does not change when the key ends.
pub async fn a_replay_does_not_move_the_end(cache: &impl ReplayCache) -> Result<(), StoreError> {
    let key = key(ISSUER, "_1");

    assert_eq!(cache.insert(&key, second(300), second(0)).await?, Inserted::First);
    assert_eq!(cache.insert(&key, second(200), second(1)).await?, Inserted::Replayed);
    assert_eq!(cache.insert(&key, second(900), second(299)).await?, Inserted::Replayed);
    assert_eq!(cache.insert(&key, second(900), second(300)).await?, Inserted::First);
    Ok(())
}

/// A key whose end has come is refused, also when the clock went back since the store knew that.
///
/// Otherwise an assertion whose key was dropped at its end would be accepted a second time.
pub async fn a_clock_that_goes_back_opens_no_replay(cache: &impl ReplayCache) -> Result<(), StoreError> {
    let ended = Err(StoreError::AlreadyEnded { end: second(300), now: second(300) });
    assert_eq!(cache.insert(&key(ISSUER, "_1"), second(300), second(0)).await?, Inserted::First);
    assert_eq!(cache.insert(&key(ISSUER, "_2"), second(300), second(300)).await, ended);

    assert_eq!(cache.insert(&key(ISSUER, "_1"), second(300), set_back(300)).await, ended);
    Ok(())
}

/// Keys that differ in a single byte, or only in where issuer and ID meet, are different (ATT-115).
pub async fn keys_are_compared_byte_for_byte(cache: &impl ReplayCache) -> Result<(), StoreError> {
    let keys = [
        key("https://idp.example/metadata", "_a"),
        key("https://idp.example/metadata", "_A"),
        key("https://idp.example/metadata", "_a "),
        key("https://idp.example/metadata", " _a"),
        key("https://idp.example/metadata", "_a\n"),
        key("https://idp.example/metadata", "_a\0"),
        key("https://IDP.example/metadata", "_a"),
        key("https://idp.example/metadata ", "_a"),
        key("https://idp.example/metadata ", " _a"),
        key("https://idp.example/metadata/", "_a"),
        key("https://idp.example/metadata_", "a"),
        key("https://idp.example/metadat", "a_a"),
        key("https://idp.example/metadata:_a", "_a"),
        key("https://idp.example/metadata", "_a:_a"),
    ];

    for key in &keys {
        assert_eq!(cache.insert(key, second(300), second(0)).await?, Inserted::First, "{key:?}");
    }
    for key in &keys {
        assert_eq!(cache.insert(key, second(300), second(0)).await?, Inserted::Replayed, "{key:?}");
    }
    Ok(())
}

/// The longest key that can be made is kept whole.
pub async fn the_longest_keys_are_told_apart(cache: &impl ReplayCache) -> Result<(), StoreError> {
    let long = |last| key(&"i".repeat(1024), &format!("{}{last}", "a".repeat(1023)));

    assert_eq!(cache.insert(&long('a'), second(300), second(0)).await?, Inserted::First);
    assert_eq!(cache.insert(&long('b'), second(300), second(0)).await?, Inserted::First);
    assert_eq!(cache.insert(&long('a'), second(300), second(0)).await?, Inserted::Replayed);
    Ok(())
}

/// A cache that holds as many keys as it may refuses another, and drops none until it ends (ATT-116).
///
/// For caches that are bounded; `capacity` is how many keys this one may hold.
pub async fn a_full_cache_refuses(cache: &impl ReplayCache, capacity: usize) -> Result<(), StoreError> {
    let keys: Vec<_> = (0..capacity).map(|number| key(ISSUER, &format!("_{number}"))).collect();
    let another = key(ISSUER, "_another");
    for key in &keys {
        assert_eq!(cache.insert(key, second(300), second(0)).await?, Inserted::First);
    }

    assert_eq!(cache.insert(&another, second(600), second(299)).await, Err(StoreError::Full { capacity }));
    for key in &keys {
        assert_eq!(cache.insert(key, second(300), second(299)).await?, Inserted::Replayed);
    }
    assert_eq!(cache.insert(&another, second(600), second(300)).await?, Inserted::First);
    Ok(())
}

/// A key is still there after everything that keeps it stopped and started again; `restarted` does that (ATT-114).
///
/// For caches that outlive a process.
pub async fn a_key_outlives_a_restart<C: ReplayCache>(
    cache: C,
    restarted: impl AsyncFnOnce(C) -> C,
) -> Result<(), StoreError> {
    let key = key(ISSUER, "_1");
    assert_eq!(cache.insert(&key, second(300), second(0)).await?, Inserted::First);

    let cache = restarted(cache).await;
    assert_eq!(cache.insert(&key, second(300), second(1)).await?, Inserted::Replayed);
    Ok(())
}

/// A cache whose engine is down says so of a key that it never saw: it must not be taken for the first.
///
/// For caches on another machine; this one is down already.
pub async fn nothing_is_first_while_the_engine_is_down(cache: &impl ReplayCache) -> Result<(), StoreError> {
    let inserted = cache.insert(&key(ISSUER, "_never_seen"), second(300), second(0)).await;
    assert_eq!(inserted, Err(StoreError::Unavailable));
    Ok(())
}

#[expect(clippy::expect_used, reason = "the parts are constants")]
fn key(issuer: &str, assertion_id: &str) -> ReplayKey {
    ReplayKey::new(issuer, assertion_id).expect("parts of allowed length")
}

const ISSUER: &str = "https://idp.example/metadata";
