//! How often a login goes to Redis, as Redis itself tells it.

use std::time::Duration;

use saml_state::{KeyedDigest, ReplayCache, ReplayKey, RequestStore, SessionStore, SessionSubject};
use saml_state_redis::RedisStore;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::UnixStream;

use crate::server::{Server, browser, insert, request, second};

/// What clients send to Redis; what its scripts do there is not among it.
struct Monitor {
    lines: Lines<BufReader<UnixStream>>,
}

impl Monitor {
    async fn of(server: &Server) -> Self {
        let mut stream = UnixStream::connect(server.folder.join("redis.sock")).await.unwrap();
        stream.write_all(b"MONITOR\r\n").await.unwrap();
        let mut lines = BufReader::new(stream).lines();
        assert_eq!(lines.next_line().await.unwrap().unwrap(), "+OK");
        Self { lines }
    }

    /// Returns the names of the commands that came since the last time.
    async fn commands(&mut self, server: &Server) -> Vec<String> {
        server.told::<String>("ECHO mark").await;
        let mut commands = Vec::new();
        loop {
            let line = self.lines.next_line().await.unwrap().unwrap();
            let name = line.split('"').nth(1).unwrap_or_default().to_lowercase();
            match name.as_str() {
                "echo" => return commands,
                // What the connection says first that asks for the mark.
                "client" | "hello" => {}
                _ if line.contains(" lua]") => {}
                _ => commands.push(name),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_call_is_one_command_and_so_one_round_trip() {
    let Some(server) = Server::durable().await else { return };
    let store = server.store().await;
    // Redis gets to know the scripts.
    each_call(&store, 1, async || {}).await;
    let monitor = tokio::sync::Mutex::new(Monitor::of(&server).await);
    let mut calls = 0;
    each_call(&store, 2, async || {
        assert_eq!(monitor.lock().await.commands(&server).await, ["evalsha"]);
        calls += 1;
    })
    .await;
    assert_eq!(calls, 9);
}

/// Makes each call that a store has, and says so after each.
async fn each_call(store: &RedisStore, number: u8, mut made: impl AsyncFnMut()) {
    let (browser, id) = (browser(number), request(number).id);
    store.remember(&browser, request(number), second(0)).await.unwrap();
    made().await;
    assert!(store.find(&browser, id.as_str(), second(1)).await.unwrap().is_some());
    made().await;
    assert!(store.take(&browser, id.as_str(), second(1)).await.unwrap().is_some());
    made().await;
    let key = ReplayKey::new("https://idp.example", &format!("_{number}")).unwrap();
    let _ = store.insert(&key, second(300), second(1)).await.unwrap();
    made().await;
    let [key, then] =
        ["key", "then"].map(|name| ReplayKey::new("https://idp.example", &format!("_{name}_{number}")).unwrap());
    let _ = store.insert_then((&key, second(300)), (&then, second(300)), second(1)).await.unwrap();
    made().await;
    let subject = SessionSubject { name: KeyedDigest::from_bytes([number; 32]), session_index: None };
    let session = "session".to_owned();
    let id = store.create([number; 32], session, Some(subject), second(3600), second(1)).await.unwrap();
    made().await;
    assert!(SessionStore::<String>::read(store, &id, second(2)).await.unwrap().is_some());
    made().await;
    assert!(SessionStore::<String>::remove(store, &id, second(2)).await.unwrap().is_some());
    made().await;
    SessionStore::<String>::remove_of_subject(store, &subject.name, &[], second(2)).await.unwrap();
    made().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_redis_forgot_is_sent_again() {
    let Some(server) = Server::durable().await else { return };
    let store = server.store().await;
    let _ = insert(&store, 1).await.unwrap();
    server.told::<String>("SCRIPT FLUSH").await;
    let mut monitor = Monitor::of(&server).await;
    let _ = insert(&store, 2).await.unwrap();
    assert_eq!(monitor.commands(&server).await, ["evalsha", "script", "evalsha"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_for_replicas_is_sent_along_with_what_is_waited_for() {
    let Some(server) = Server::durable().await else { return };
    let settings = server.settings().with_replicas(1).with_timeout(Duration::from_secs(2));
    let store = RedisStore::connect(settings).await.unwrap();
    let _ = insert(&store, 1).await;
    let mut monitor = Monitor::of(&server).await;
    // There is no replica; what matters here is that nothing was awaited between the two.
    let _ = insert(&store, 2).await;
    assert_eq!(monitor.commands(&server).await, ["evalsha", "wait"]);
}
