//! What stands in Redis: nothing that names anybody, and nothing that opens in another place.

use redis::AsyncCommands;
use saml_state::{KeyedDigest, RequestStore, SessionStore, SessionSubject, StoreError};
use saml_state_redis::{RedisSettings, RedisStore};
use saml_xml_security::SealingKeys;

use crate::server::{ANY_DIFFERENCE, Server, browser, request, second};

#[tokio::test(flavor = "multi_thread")]
async fn redis_can_neither_read_a_request_nor_move_it() {
    let Some(server) = Server::durable().await else { return };
    let store = server.store().await;
    let [owner, other] = [1, 2].map(browser);
    store.remember(&owner, request(1), second(0)).await.unwrap();
    let mut raw = server.raw().await;
    let keys: Vec<String> = raw.keys("*:requests:*").await.unwrap();
    let [key] = &keys[..] else { panic!("one browser") };
    assert!(!key.contains(&owner.expose()));
    let value: Vec<u8> = raw.hget(key, request(1).id.as_str()).await.unwrap();
    for secret in ["idp.example", "permits", request(1).relay_state.as_str()] {
        assert!(!value.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }

    // To another browser, where it would be somebody else's login.
    store.remember(&other, request(2), second(0)).await.unwrap();
    let keys: Vec<String> = raw.keys("*:requests:*").await.unwrap();
    let theirs = keys.iter().find(|found| *found != key).unwrap();
    let _: () = raw.hset(theirs, request(1).id.as_str(), &value).await.unwrap();
    assert_eq!(store.take(&other, request(1).id.as_str(), second(1)).await, Err(StoreError::Unavailable));
    // To another request of the same browser.
    let _: () = raw.hset(key, request(3).id.as_str(), &value).await.unwrap();
    assert_eq!(store.take(&owner, request(3).id.as_str(), second(1)).await, Err(StoreError::Unavailable));
    assert_eq!(store.take(&owner, request(1).id.as_str(), second(1)).await, Ok(Some(request(1))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_somebody_changed_or_moved_is_nobodys() {
    let Some(server) = Server::durable().await else { return };
    let store = server.store().await;
    let create = async |byte, session: &str| {
        store.create([byte; 32], session.to_owned(), None, second(3600), second(0)).await.unwrap()
    };
    let read = async |id| SessionStore::<String>::read(&store, id, second(1)).await;
    let mut raw = server.raw().await;
    let victim = create(1, "somebody").await;
    let keys: Vec<String> = raw.keys("*:session:*").await.unwrap();
    let [key] = &keys[..] else { panic!("one session") };
    let sealed: Vec<u8> = raw.hget(key, "session").await.unwrap();

    for position in [0, 4, 20, sealed.len() - 1] {
        let mut changed = sealed.clone();
        changed[position] ^= 1;
        let _: () = raw.hset(key, "session", &changed).await.unwrap();
        assert_eq!(read(&victim).await, Err(StoreError::Unavailable), "byte {position}");
    }
    let _: () = raw.hset(key, "session", &sealed).await.unwrap();
    assert_eq!(read(&victim).await, Ok(Some("somebody".to_owned())));

    let attacker = create(2, "somebody else").await;
    let keys: Vec<String> = raw.keys("*:session:*").await.unwrap();
    let theirs = keys.iter().find(|found| *found != key).unwrap();
    let _: () = raw.hset(theirs, "session", &sealed).await.unwrap();
    assert_eq!(read(&attacker).await, Err(StoreError::Unavailable));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_redis_keeps_of_a_session_names_anybody() {
    let Some(server) = Server::durable().await else { return };
    let store = server.store().await;
    let [name, index] = [1, 2].map(|byte| KeyedDigest::from_bytes([byte; 32]));
    let subject = SessionSubject { name, session_index: Some(index) };
    let session = "900000012".to_owned();
    let id = store.create([3; 32], session.clone(), Some(subject), second(3600), second(0)).await.unwrap();
    // All that was ever written stands in the file that is appended to.
    let mut appended = Vec::new();
    for entry in std::fs::read_dir(server.folder.join("appendonlydir")).unwrap() {
        appended.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    assert!(appended.windows(7).any(|window| window == b"session"));
    for secret in [session.as_bytes(), id.expose().as_bytes(), &[3; 32]] {
        assert!(!appended.windows(secret.len()).any(|window| window == secret));
    }
    assert_eq!(SessionStore::<String>::read(&store, &id, second(1)).await, Ok(Some(session)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_and_a_session_outlive_a_change_of_the_sealing_key() {
    let Some(server) = Server::durable().await else { return };
    let store = server.store().await;
    store.remember(&browser(1), request(1), second(0)).await.unwrap();
    let session = store.create([1; 32], "session".to_owned(), None, second(3600), second(0)).await.unwrap();
    let with = async |keys| {
        let settings = RedisSettings::new(&server.url(), keys, [8; 32]).danger_accept_clock_difference(ANY_DIFFERENCE);
        RedisStore::connect(settings).await.unwrap()
    };
    let find = async |store: &RedisStore| store.find(&browser(1), request(1).id.as_str(), second(1)).await;
    let read = async |store: &RedisStore| SessionStore::<String>::read(store, &session, second(1)).await;

    let without = with(SealingKeys::new([9; 32]).unwrap()).await;
    assert_eq!(find(&without).await, Err(StoreError::Unavailable));
    assert_eq!(read(&without).await, Err(StoreError::Unavailable));
    let next = with(SealingKeys::new([9; 32]).unwrap().and_opens_with([7; 32]).unwrap()).await;
    assert_eq!(find(&next).await, Ok(Some(request(1))));
    assert_eq!(read(&next).await, Ok(Some("session".to_owned())));

    // What it seals itself, it seals with the new key: who has not got it yet does not open that.
    next.remember(&browser(2), request(2), second(1)).await.unwrap();
    let found = store.find(&browser(2), request(2).id.as_str(), second(1)).await;
    assert_eq!(found, Err(StoreError::Unavailable));
}
