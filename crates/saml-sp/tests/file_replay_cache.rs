//! The example of a store of one's own keeps the contract of the stores.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../examples/file_replay_cache.rs"]
mod example;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use example::FileReplayCache;
use saml_state::contract::{Contender, replay_cache as contract};
use saml_state::{Inserted, ReplayCache, ReplayKey, StoreError};

#[tokio::test]
async fn the_example_keeps_the_contract() {
    contract::a_key_is_first_once(&cache("first", 100)).await.unwrap();
    contract::a_key_may_be_first_again_after_its_end(&cache("again", 100)).await.unwrap();
    contract::a_key_lives_to_its_last_nanosecond(&cache("nanosecond", 100)).await.unwrap();
    contract::the_second_of_two_keys_needs_the_first(&cache("two", 100)).await.unwrap();
    contract::a_replay_does_not_move_the_end(&cache("end", 100)).await.unwrap();
    contract::a_clock_that_goes_back_opens_no_replay(&cache("clock", 100)).await.unwrap();
    contract::keys_are_compared_byte_for_byte(&cache("bytes", 100)).await.unwrap();
    contract::the_longest_keys_are_told_apart(&cache("longest", 100)).await.unwrap();
    contract::a_full_cache_refuses(&cache("full", 3), 3).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_100_inserts_at_the_same_time_one_is_first() {
    async fn in_parallel(contenders: Vec<Contender>) -> Vec<Result<bool, StoreError>> {
        let mut tasks = tokio::task::JoinSet::new();
        for contender in contenders {
            tasks.spawn(contender);
        }
        tasks.join_all().await
    }
    contract::one_of_100_parallel_inserts_is_first(Arc::new(cache("parallel", 100)), in_parallel).await.unwrap();
    contract::one_of_100_parallel_inserts_has_both(Arc::new(cache("both", 100)), in_parallel).await.unwrap();
}

#[tokio::test]
async fn a_key_outlives_a_restart() {
    let restarted = async |cache| {
        drop(cache);
        FileReplayCache::open(&path("outlives"), 100).unwrap()
    };
    contract::a_key_outlives_a_restart(cache("outlives", 100), restarted).await.unwrap();
}

#[tokio::test]
async fn a_restart_forgets_neither_a_key_nor_the_time() {
    let before = cache("restart", 100);
    let (key, ended) = (key("_1"), key("_0"));
    assert_eq!(before.insert(&ended, second(10), second(0)).await, Ok(Inserted::First));
    assert_eq!(before.insert(&key, second(300), second(20)).await, Ok(Inserted::First));
    drop(before);

    let after = FileReplayCache::open(&path("restart"), 100).unwrap();
    assert_eq!(after.insert(&key, second(300), second(21)).await, Ok(Inserted::Replayed));
    let refused = Err(StoreError::AlreadyEnded { end: second(10), now: second(21) });
    assert_eq!(after.insert(&ended, second(10), second(0)).await, refused);
    drop(after);

    let cleaned = std::fs::read_to_string(path("restart")).unwrap();
    assert_eq!(cleaned.lines().count(), 2, "the time, and the key that lives: {cleaned}");
}

#[tokio::test]
async fn a_write_that_was_cut_off_is_dropped_and_another_file_is_refused() {
    let before = cache("torn", 100);
    assert_eq!(before.insert(&key("_1"), second(300), second(0)).await, Ok(Inserted::First));
    drop(before);
    let mut file = std::fs::OpenOptions::new().append(true).open(path("torn")).unwrap();
    file.write_all(b"2024-10-04T00:00").unwrap();
    drop(file);
    let after = FileReplayCache::open(&path("torn"), 100).unwrap();
    assert_eq!(after.insert(&key("_1"), second(300), second(1)).await, Ok(Inserted::Replayed));
    drop(after);

    std::fs::write(path("torn"), "something else\n").unwrap();
    assert_eq!(FileReplayCache::open(&path("torn"), 100).err().unwrap().kind(), std::io::ErrorKind::InvalidData);
}

#[tokio::test]
async fn a_first_write_that_was_cut_off_spoils_nothing_that_is_written_after_it() {
    drop(cache("first-torn", 100));
    std::fs::write(path("first-torn"), "2024-10-04T00:00").unwrap();
    let after = FileReplayCache::open(&path("first-torn"), 100).unwrap();
    assert_eq!(after.insert(&key("_1"), second(300), second(0)).await, Ok(Inserted::First));
    drop(after);

    let again = FileReplayCache::open(&path("first-torn"), 100).unwrap();
    assert_eq!(again.insert(&key("_1"), second(300), second(1)).await, Ok(Inserted::Replayed));
}

#[test]
fn a_second_process_cannot_open_the_file() {
    let first = cache("locked", 100);
    assert!(FileReplayCache::open(&path("locked"), 100).is_err());
    drop(first);
    assert!(FileReplayCache::open(&path("locked"), 100).is_ok());
}

#[test]
fn a_second_process_cannot_open_the_file_that_took_the_place_of_the_first() {
    let first = cache("renamed", 100);
    let other = path("renamed").with_extension("other");
    std::fs::copy(path("renamed"), &other).unwrap();
    std::fs::rename(other, path("renamed")).unwrap();
    let refused = FileReplayCache::open(&path("renamed"), 100).err().map(|error| error.kind());
    assert_eq!(refused, Some(std::io::ErrorKind::WouldBlock));
    drop(first);
    assert!(FileReplayCache::open(&path("renamed"), 100).is_ok());
}

#[test]
fn the_example_runs() {
    example::main().unwrap();
}

/// Opens a cache without keys.
fn cache(name: &str, capacity: usize) -> FileReplayCache {
    let path = path(name);
    if path.exists() {
        std::fs::remove_file(&path).unwrap();
    }
    FileReplayCache::open(&path, capacity).unwrap()
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("replay-cache-{name}"))
}

fn key(id: &str) -> ReplayKey {
    ReplayKey::new("https://idp.example/saml", id).unwrap()
}

fn second(second: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(second)
}
