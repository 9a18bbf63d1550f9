//! The contract of the stores, held against a Redis that is started for it; what goes wrong with Redis refuses.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use redis::AsyncCommands;
use saml_state::contract::{Contender, replay_cache, request_store, session_store};
use saml_state::{
    BrowserBinding, Inserted, KeyedDigest, PendingRequest, RelayState, ReplayCache, ReplayKey, RequestId, RequestStore,
    ReturnPath, SessionStore, SessionSubject, StoreError,
};
use saml_state_redis::{Error, RedisSettings, RedisStore};
use saml_xml_security::SealingKeys;

/// A Redis of our own: on a socket in a folder of its own, ended with the test by its own process.
struct Server {
    folder: PathBuf,
    arguments: Vec<&'static str>,
    process: Child,
}

const DURABLE: &[&str] = &["--appendonly", "yes", "--appendfsync", "always"];

impl Server {
    /// Starts one; `None`, and a line that says so, where redis-server is not installed.
    async fn start(arguments: &[&'static str]) -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("saml-redis-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let Ok(process) = spawn(&folder, arguments) else {
            let said = "not run: a test with Redis, because redis-server is not installed";
            writeln!(std::io::stderr(), "{said}").expect("standard error");
            std::fs::remove_dir_all(&folder).unwrap();
            return None;
        };
        let server = Self { folder, arguments: arguments.to_vec(), process };
        server.ready().await;
        Some(server)
    }

    fn url(&self) -> String {
        format!("redis+unix://{}", self.folder.join("redis.sock").display())
    }

    async fn ready(&self) {
        let (client, since) = (redis::Client::open(self.url()).unwrap(), Instant::now());
        loop {
            if let Ok(mut connection) = client.get_multiplexed_async_connection().await
                && redis::cmd("PING").query_async::<String>(&mut connection).await.is_ok()
            {
                return;
            }
            assert!(since.elapsed() < Duration::from_secs(20), "a Redis that does not get ready");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Ends it with SIGKILL, in the middle of whatever it does.
    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    async fn start_again(&mut self) {
        self.process = spawn(&self.folder, &self.arguments).unwrap();
        self.ready().await;
    }

    async fn store(&self) -> RedisStore {
        RedisStore::connect(self.settings()).await.unwrap()
    }

    fn settings(&self) -> RedisSettings {
        RedisSettings::new(&self.url(), SealingKeys::new([7; 32]).unwrap(), [8; 32])
    }

    async fn raw(&self) -> redis::aio::MultiplexedConnection {
        redis::Client::open(self.url()).unwrap().get_multiplexed_async_connection().await.unwrap()
    }

    /// Empties it, so that the next clause of the contract begins anew.
    async fn emptied(&self) -> RedisStore {
        redis::cmd("FLUSHALL").query_async::<String>(&mut self.raw().await).await.unwrap();
        self.store().await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn spawn(folder: &PathBuf, arguments: &[&str]) -> std::io::Result<Child> {
    Command::new("redis-server")
        .args(["--port", "0", "--save", "", "--unixsocket"])
        .arg(folder.join("redis.sock"))
        .arg("--dir")
        .arg(folder)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

async fn in_parallel(contenders: Vec<Contender>) -> Vec<Result<bool, StoreError>> {
    let mut tasks = tokio::task::JoinSet::new();
    for contender in contenders {
        tasks.spawn(contender);
    }
    tasks.join_all().await
}

fn second(second: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(second)
}

fn request(number: u8) -> PendingRequest {
    PendingRequest {
        id: RequestId::from_random([number; 20]),
        issued_at: second(0) + TimeDelta::nanoseconds(123_456_789),
        identity_provider: "https://idp.example/metadata".to_owned(),
        assertion_consumer_service: "https://sp.example/acs".to_owned(),
        requested_level: Some("level".to_owned()),
        force_authn: true,
        return_to: ReturnPath::parse("/permits/42").unwrap(),
        relay_state: RelayState::from_random([number; 20]),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_duties_of_a_replay_cache_are_kept() {
    let Some(server) = Server::start(DURABLE).await else { return };
    replay_cache::a_key_is_first_once(&server.emptied().await).await.unwrap();
    replay_cache::a_key_may_be_first_again_after_its_end(&server.emptied().await).await.unwrap();
    replay_cache::a_replay_does_not_move_the_end(&server.emptied().await).await.unwrap();
    replay_cache::a_clock_that_goes_back_opens_no_replay(&server.emptied().await).await.unwrap();
    replay_cache::keys_are_compared_byte_for_byte(&server.emptied().await).await.unwrap();
    replay_cache::the_longest_keys_are_told_apart(&server.emptied().await).await.unwrap();
    let store = Arc::new(server.emptied().await);
    replay_cache::one_of_100_parallel_inserts_is_first(store, in_parallel).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_duties_of_a_request_store_are_kept() {
    let Some(server) = Server::start(DURABLE).await else { return };
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
    let store = Arc::new(server.emptied().await);
    request_store::one_of_100_parallel_takers_gets_the_request(store, in_parallel).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_duties_of_a_session_store_are_kept() {
    let Some(server) = Server::start(DURABLE).await else { return };
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
    session_store::an_id_in_use_is_refused(&server.emptied().await).await.unwrap();
    let store = Arc::new(server.emptied().await);
    session_store::one_of_100_parallel_removals_gets_the_session(store, in_parallel).await.unwrap();
}

/// Waits until a store works again, as it does by itself.
async fn healed(store: &RedisStore) {
    let (probe, since) = (ReplayKey::new("https://probe.example", "_1").unwrap(), Instant::now());
    while store.insert(&probe, second(300), second(0)).await.is_err() {
        assert!(since.elapsed() < Duration::from_secs(20), "a connection that does not heal");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_after_a_kill_and_the_store_heals_by_itself() {
    let Some(mut server) = Server::start(DURABLE).await else { return };
    let store = server.store().await;
    let restarted = async |store: RedisStore| {
        server.kill();
        server.start_again().await;
        healed(&store).await;
        store
    };
    replay_cache::a_key_outlives_a_restart(store, restarted).await.unwrap();

    let store = server.emptied().await;
    let restarted = async |store: RedisStore| {
        server.kill();
        server.start_again().await;
        healed(&store).await;
        store
    };
    request_store::requests_outlive_a_restart(store, restarted).await.unwrap();

    let store = server.emptied().await;
    let restarted = async |store: RedisStore| {
        server.kill();
        server.start_again().await;
        healed(&store).await;
        store
    };
    session_store::sessions_outlive_a_restart(store, restarted).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_is_down_answers_nothing() {
    let Some(mut server) = Server::start(DURABLE).await else { return };
    let store = server.store().await;
    server.kill();
    replay_cache::nothing_is_first_while_the_engine_is_down(&store).await.unwrap();
    request_store::nothing_is_answered_while_the_engine_is_down(&store).await.unwrap();
    session_store::nothing_is_answered_while_the_engine_is_down(&store).await.unwrap();
    let refused = RedisStore::connect(server.settings()).await.unwrap_err();
    assert_eq!(refused.code(), "redis_connect");

    server.start_again().await;
    healed(&store).await;
    assert_eq!(store.take(&BrowserBinding::from_random([1; 32]), "_1", second(0)).await, Ok(None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_forgets_is_refused() {
    let evicting = [DURABLE, &["--maxmemory-policy", "allkeys-lru"]].concat();
    let Some(server) = Server::start(&evicting).await else { return };
    assert!(matches!(
        RedisStore::connect(server.settings()).await,
        Err(Error::Eviction { found }) if found == "allkeys-lru"
    ));

    let server = Server::start(&["--appendonly", "no"]).await.unwrap();
    assert_eq!(RedisStore::connect(server.settings()).await.unwrap_err().code(), "redis_not_durable");
    assert!(RedisStore::connect(server.settings().danger_accept_loss_at_restart()).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_ahead_ends_nothing() {
    let Some(server) = Server::start(DURABLE).await else { return };
    let store = server.store().await;
    let key = ReplayKey::new("https://idp.example", "_1").unwrap();
    let now = Utc::now();
    let ahead = now + TimeDelta::minutes(6);
    assert_eq!(store.insert(&key, ahead + TimeDelta::minutes(1), ahead).await, Err(StoreError::Unavailable));
    assert_eq!(store.insert(&key, now + TimeDelta::minutes(5), now).await, Ok(Inserted::First));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_that_too_few_replicas_have_is_refused_and_used() {
    let Some(server) = Server::start(DURABLE).await else { return };
    let settings = server.settings().with_replicas(1).with_timeout(Duration::from_millis(200));
    let store = RedisStore::connect(settings).await.unwrap();
    let key = ReplayKey::new("https://idp.example", "_1").unwrap();
    assert_eq!(store.insert(&key, second(300), second(0)).await, Err(StoreError::Unavailable));
    assert_eq!(store.insert(&key, second(300), second(0)).await, Ok(Inserted::Replayed));
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_can_neither_read_a_request_nor_move_it() {
    let Some(server) = Server::start(DURABLE).await else { return };
    let store = server.store().await;
    let [owner, other] = [1, 2].map(|number| BrowserBinding::from_random([number; 32]));
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
    assert_eq!(store.take(&owner, request(1).id.as_str(), second(1)).await, Ok(Some(request(1))));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_redis_keeps_of_a_session_names_anybody() {
    let Some(server) = Server::start(DURABLE).await else { return };
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
async fn a_request_outlives_a_change_of_the_sealing_key() {
    let Some(server) = Server::start(DURABLE).await else { return };
    let browser = BrowserBinding::from_random([1; 32]);
    server.store().await.remember(&browser, request(1), second(0)).await.unwrap();
    let id = request(1).id;
    let with = async |keys| RedisStore::connect(RedisSettings::new(&server.url(), keys, [8; 32])).await.unwrap();

    let next = with(SealingKeys::new([9; 32]).unwrap()).await;
    assert_eq!(next.find(&browser, id.as_str(), second(1)).await, Err(StoreError::Unavailable));
    let next = with(SealingKeys::new([9; 32]).unwrap().and_opens_with([7; 32]).unwrap()).await;
    assert_eq!(next.find(&browser, id.as_str(), second(1)).await, Ok(Some(request(1))));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_call_is_one_round_trip() {
    let Some(server) = Server::start(DURABLE).await else { return };
    let (store, browser) = (server.store().await, BrowserBinding::from_random([1; 32]));
    let key = ReplayKey::new("https://idp.example", "_1").unwrap();
    let id = request(1).id;
    let round = async || {
        let _ = store.remember(&browser, request(1), second(0)).await;
        store.find(&browser, id.as_str(), second(1)).await.unwrap();
        store.take(&browser, id.as_str(), second(1)).await.unwrap();
        let _ = store.insert(&key, second(300), second(1)).await.unwrap();
    };
    // Redis gets to know the scripts.
    round().await;
    let before = processed(&mut server.raw().await).await;
    round().await;
    let after = processed(&mut server.raw().await).await;
    // Besides the four: what a connection of this test says first, and INFO itself.
    let own = processed(&mut server.raw().await).await - after;
    assert_eq!(after - before, 4 + own);
}

/// Returns how many commands clients have sent; those within a script are not among them.
async fn processed(connection: &mut redis::aio::MultiplexedConnection) -> u64 {
    let info: String = redis::cmd("INFO").arg("commandstats").query_async(connection).await.unwrap();
    let calls = |name: &str| {
        let line = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(":calls="));
        line.and_then(|line| line.split(',').next()?.parse::<u64>().ok()).unwrap_or(0)
    };
    ["cmdstat_evalsha", "cmdstat_script|load", "cmdstat_eval", "cmdstat_wait", "cmdstat_info"].map(calls).iter().sum()
}
