//! Servers of Redis that a test starts, and what the tests put into them.

use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use saml_state::{
    BrowserBinding, Inserted, PendingRequest, RelayState, ReplayCache, ReplayKey, RequestId, ReturnPath, StoreError,
};
use saml_state_redis::{RedisSettings, RedisStore};
use saml_xml_security::SealingKeys;

/// A Redis of our own: in a folder of its own, on a socket there and on a port, ended with the test by its own process.
pub(crate) struct Server {
    pub(crate) folder: PathBuf,
    arguments: Vec<String>,
    process: Child,
}

pub(crate) const DURABLE: &[&str] = &["--appendonly", "yes", "--appendfsync", "always"];

/// Stands for a port that is free.
pub(crate) const FREE: &str = "free port";

impl Server {
    /// Starts one; `None`, and a line that says so, where redis-server is not installed.
    pub(crate) async fn start(arguments: &[&str]) -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("saml-redis-{}-{number}", std::process::id()));
        let arguments = [&["--port", FREE], arguments].concat();
        // Another may have taken the port between the asking and the using.
        for _ in 0..5 {
            std::fs::create_dir_all(&folder).unwrap();
            let arguments: Vec<String> = arguments
                .iter()
                .map(|text| if *text == FREE { free_port().to_string() } else { (*text).to_owned() })
                .collect();
            let Ok(process) = spawn(&folder, &arguments) else {
                let said = "not run: a test with Redis, because redis-server is not installed";
                writeln!(std::io::stderr(), "{said}").expect("standard error");
                std::fs::remove_dir_all(&folder).unwrap();
                return None;
            };
            let mut server = Self { folder: folder.clone(), arguments, process };
            if server.is_ready().await {
                return Some(server);
            }
        }
        panic!("a Redis that does not start");
    }

    /// Starts one that keeps everything.
    pub(crate) async fn durable() -> Option<Self> {
        Self::start(DURABLE).await
    }

    pub(crate) fn url(&self) -> String {
        format!("redis+unix://{}", self.folder.join("redis.sock").display())
    }

    /// Returns the port that stands behind an option, as it was started with.
    pub(crate) fn port(&self, option: &str) -> u16 {
        let at = self.arguments.iter().position(|argument| argument == option).unwrap();
        self.arguments[at + 1].parse().unwrap()
    }

    pub(crate) fn tcp_url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port("--port"))
    }

    /// Waits until it answers; `false` where it ended instead.
    async fn is_ready(&mut self) -> bool {
        let (client, since) = (redis::Client::open(self.url()).unwrap(), Instant::now());
        while self.process.try_wait().unwrap().is_none() {
            if let Ok(mut connection) = client.get_multiplexed_async_connection().await {
                match redis::cmd("PING").query_async::<String>(&mut connection).await {
                    Ok(_) => return true,
                    // It is up, and wants a password.
                    Err(error) if error.code() == Some("NOAUTH") => return true,
                    Err(_) => {}
                }
            }
            assert!(since.elapsed() < PATIENCE, "a Redis that does not get ready");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        false
    }

    /// Ends it with SIGKILL, in the middle of whatever it does.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Changes an argument that it is started again with.
    pub(crate) fn replace(&mut self, argument: &str, by: &str) {
        for found in self.arguments.iter_mut().filter(|found| *found == argument) {
            by.clone_into(found);
        }
    }

    pub(crate) async fn start_again(&mut self) {
        self.process = spawn(&self.folder, &self.arguments).unwrap();
        assert!(self.is_ready().await, "a Redis that does not start again");
    }

    pub(crate) async fn store(&self) -> RedisStore {
        RedisStore::connect(self.settings()).await.unwrap()
    }

    pub(crate) fn settings(&self) -> RedisSettings {
        settings(&self.url())
    }

    pub(crate) async fn raw(&self) -> redis::aio::MultiplexedConnection {
        redis::Client::open(self.url()).unwrap().get_multiplexed_async_connection().await.unwrap()
    }

    /// Has it run a command, and returns what it answers.
    pub(crate) async fn told<T: redis::FromRedisValue>(&self, command: &str) -> T {
        let mut words = command.split(' ');
        let mut asked = redis::cmd(words.next().unwrap());
        words.for_each(|word| _ = asked.arg(word));
        asked.query_async(&mut self.raw().await).await.unwrap()
    }

    /// Empties it, so that the next clause of the contract begins anew.
    pub(crate) async fn emptied(&self) -> RedisStore {
        self.told::<String>("FLUSHALL").await;
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

fn spawn(folder: &Path, arguments: &[String]) -> std::io::Result<Child> {
    Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--save", "", "--unixsocket"])
        .arg(folder.join("redis.sock"))
        .arg("--dir")
        .arg(folder)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// Settings for the times of [`second`], which are those of no clock.
pub(crate) fn settings(url: &str) -> RedisSettings {
    by_the_clock(url).danger_accept_clock_difference(ANY_DIFFERENCE)
}

/// Settings with the patience of a machine that does much else.
pub(crate) fn by_the_clock(url: &str) -> RedisSettings {
    RedisSettings::new(url, SealingKeys::new([7; 32]).unwrap(), [8; 32]).with_timeout(Duration::from_secs(15))
}

/// Waits until something holds that others bring about.
pub(crate) async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let since = Instant::now();
    while !holds().await {
        assert!(since.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until a store works again, as it does by itself.
pub(crate) async fn healed(store: &RedisStore) {
    let probe = ReplayKey::new("https://probe.example", "_1").unwrap();
    until("a store that heals", async || store.insert(&probe, second(300), second(0)).await.is_ok()).await;
}

pub(crate) fn second(second: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(second)
}

pub(crate) fn browser(number: u8) -> BrowserBinding {
    BrowserBinding::from_random([number; 32])
}

pub(crate) fn request(number: u8) -> PendingRequest {
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

/// Inserts the assertion of a number.
pub(crate) async fn insert(store: &RedisStore, number: usize) -> Result<Inserted, StoreError> {
    let key = ReplayKey::new("https://idp.example/metadata", &format!("_{number}")).unwrap();
    store.insert(&key, second(300), second(0)).await
}

/// A century.
pub(crate) const ANY_DIFFERENCE: Duration = Duration::from_hours(100 * 366 * 24);

const PATIENCE: Duration = Duration::from_secs(30);
