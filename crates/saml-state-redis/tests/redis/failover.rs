//! A replica takes over: what can be lost then, and what cannot.

use std::time::Duration;

use saml_state::{Inserted, KeyedDigest, ReplayCache, ReplayKey, SessionId, SessionStore, SessionSubject, StoreError};
use saml_state_redis::RedisStore;

use crate::server::{DURABLE, Server, insert, second, until};

/// A master and a replica that has caught up with it.
async fn pair() -> Option<(Server, Server)> {
    let (master, replica) = (Server::durable().await?, Server::durable().await?);
    follow(&replica, &master).await;
    Some((master, replica))
}

async fn follow(replica: &Server, master: &Server) {
    replica.told::<String>(&format!("REPLICAOF 127.0.0.1 {}", master.port("--port"))).await;
    let is_up = async || replica.told::<String>("INFO replication").await.contains("master_link_status:up");
    until("a replica that follows", is_up).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_replicas_were_waited_for_outlives_a_failover() {
    let Some((mut master, replica)) = pair().await else { return };
    let store = RedisStore::connect(master.settings().with_replicas(1)).await.unwrap();
    assert_eq!(insert(&store, 1).await, Ok(Inserted::First));
    let subject = |byte| SessionSubject { name: KeyedDigest::from_bytes([byte; 32]), session_index: None };
    let mut sessions = Vec::new();
    for byte in [1, 2] {
        let text = format!("session {byte}");
        sessions.push(store.create([byte; 32], text, Some(subject(byte)), second(3600), second(0)).await.unwrap());
    }
    assert!(SessionStore::<String>::remove(&store, &sessions[0], second(1)).await.unwrap().is_some());
    let ended = SessionStore::<String>::remove_of_subject(&store, &subject(2).name, &[], second(1)).await;
    assert_eq!(ended, Ok(1));

    master.kill();
    replica.told::<String>("REPLICAOF NO ONE").await;
    let store = replica.store().await;
    assert_eq!(insert(&store, 1).await, Ok(Inserted::Replayed));
    for id in &sessions {
        assert_eq!(SessionStore::<String>::read(&store, id, second(2)).await, Ok(None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_replica_was_waited_for_can_be_lost_by_a_failover() {
    let Some((mut master, mut replica)) = pair().await else { return };
    let store = master.store().await;
    replica.kill();
    assert_eq!(insert(&store, 1).await, Ok(Inserted::First));

    master.kill();
    replica.start_again().await;
    // So that it does not wait for one that is gone; it has none of it in its own file.
    replica.told::<String>("REPLICAOF NO ONE").await;
    assert_eq!(insert(&replica.store().await, 1).await, Ok(Inserted::First));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_too_few_replicas_know_is_refused_and_counts_as_used() {
    let Some((master, mut replica)) = pair().await else { return };
    let store = RedisStore::connect(master.settings().with_replicas(1)).await.unwrap();
    let session = async |store: &RedisStore, byte| {
        store.create([byte; 32], "session".to_owned(), None, second(3600), second(0)).await.unwrap()
    };
    let (one, other) = (session(&store, 1).await, session(&store, 2).await);
    assert_eq!(insert(&store, 1).await, Ok(Inserted::First));
    assert!(SessionStore::<String>::remove(&store, &one, second(1)).await.unwrap().is_some());

    replica.kill();
    let settings = master.settings().with_replicas(1).with_timeout(Duration::from_secs(2));
    let store = RedisStore::connect(settings).await.unwrap();
    assert_eq!(insert(&store, 2).await, Err(StoreError::Unavailable));
    assert_eq!(insert(&store, 2).await, Ok(Inserted::Replayed));
    let [key, then] = ["_key", "_then"].map(|id| ReplayKey::new("https://idp.example/metadata", id).unwrap());
    let insert_both = async || store.insert_then((&key, second(300)), (&then, second(300)), second(0)).await;
    assert_eq!(insert_both().await, Err(StoreError::Unavailable));
    assert_eq!(insert_both().await, Ok(None));
    // It ended here; but a failover could bring it back, and nobody must be told that it ended.
    let removed = SessionStore::<String>::remove(&store, &other, second(1)).await;
    assert_eq!(removed, Err(StoreError::Unavailable));
    assert_eq!(SessionStore::<String>::read(&store, &other, second(1)).await, Ok(None));
    // What writes nothing that must stay does not wait.
    session(&store, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_is_refused_and_so_is_a_master_that_becomes_one() {
    let Some((master, replica)) = pair().await else { return };
    assert_eq!(RedisStore::connect(replica.settings()).await.unwrap_err().code(), "redis_replica");

    let store = RedisStore::connect(master.settings().with_replicas(1)).await.unwrap();
    assert_eq!(insert(&store, 1).await, Ok(Inserted::First));
    replica.told::<String>("REPLICAOF NO ONE").await;
    follow(&master, &replica).await;
    for _ in 0..2 {
        assert_eq!(insert(&store, 2).await, Err(StoreError::Unavailable));
        let read = SessionStore::<String>::read(&store, &SessionId::from_random([1; 32]), second(1)).await;
        assert_eq!(read, Err(StoreError::Unavailable));
    }

    master.told::<String>("REPLICAOF NO ONE").await;
    assert_eq!(insert(&store, 1).await, Ok(Inserted::Replayed));
}

#[tokio::test(flavor = "multi_thread")]
async fn several_masters_that_know_nothing_of_each_other_are_refused() {
    let Some(one) = Server::start(DURABLE).await else { return };
    let other = Server::durable().await.unwrap();
    let both = one.settings().with_node(&other.url());
    assert_eq!(RedisStore::connect(both).await.unwrap_err().code(), "redis_no_cluster");
}
