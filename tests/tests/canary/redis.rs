//! What Redis keeps of logins: each key and each value, as they are.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use redis::aio::MultiplexedConnection;
use saml_axum::Session;
use saml_name_id::Identity;
use saml_state::{KeyedDigest, SessionId, SessionStore, SessionSubject, StoreError};
use saml_state_redis::{RedisSettings, RedisStore};
use saml_tests::not_run;
use saml_xml_security::SealingKeys;

use crate::browser::Browser;
use crate::needles::{BSN, REPRESENTED};
use crate::portal::{Portal, logged_in, login, representative};
use crate::witness::{is_clean, leaks, note};

/// A Redis of our own: on a socket in a folder of its own, ended with the test by its own process.
struct Server {
    folder: PathBuf,
    process: Child,
}

impl Server {
    /// Starts one; `None`, and a line that says so, where redis-server is not installed.
    async fn start() -> Option<Self> {
        let folder = std::env::temp_dir().join(format!("saml-canary-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let Ok(process) = spawn(&folder) else {
            not_run(1, "the canary in Redis", "redis-server is not installed");
            std::fs::remove_dir_all(&folder).unwrap();
            return None;
        };
        let server = Self { folder, process };
        let since = Instant::now();
        while server.connection().await.is_none() {
            assert!(since.elapsed() < Duration::from_secs(20), "a Redis that does not get ready");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Some(server)
    }

    fn url(&self) -> String {
        format!("redis+unix://{}", self.folder.join("redis.sock").display())
    }

    async fn connection(&self) -> Option<MultiplexedConnection> {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.ok()?;
        redis::cmd("PING").query_async::<String>(&mut connection).await.ok().map(|_| connection)
    }

    async fn store(&self) -> RedisStore {
        // Here it is always the same moment.
        let settings = RedisSettings::new(&self.url(), SealingKeys::new([7; 32]).unwrap(), [8; 32])
            .danger_accept_clock_difference(Duration::from_hours(100 * 366 * 24));
        RedisStore::connect(settings).await.unwrap()
    }

    /// Writes down every key and value, and returns how many keys there are.
    async fn note_all(&self) -> usize {
        let mut connection = self.connection().await.unwrap();
        let keys: Vec<Vec<u8>> = redis::cmd("KEYS").arg("*").query_async(&mut connection).await.unwrap();
        for key in &keys {
            note("a key of Redis", key);
            let kind: String = redis::cmd("TYPE").arg(key).query_async(&mut connection).await.unwrap();
            let values: Vec<Vec<u8>> = match kind.as_str() {
                "string" => vec![redis::cmd("GET").arg(key).query_async(&mut connection).await.unwrap()],
                "hash" => redis::cmd("HGETALL").arg(key).query_async(&mut connection).await.unwrap(),
                "zset" => all_of("ZRANGE", key, &mut connection).await,
                "list" => all_of("LRANGE", key, &mut connection).await,
                "set" => redis::cmd("SMEMBERS").arg(key).query_async(&mut connection).await.unwrap(),
                other => panic!("{other} is new: read it here"),
            };
            values.iter().for_each(|value| note("a value of Redis", value));
        }
        keys.len()
    }
}

async fn all_of(command: &str, key: &[u8], connection: &mut MultiplexedConnection) -> Vec<Vec<u8>> {
    redis::cmd(command).arg(key).arg(0).arg(-1).query_async(connection).await.unwrap()
}

fn spawn(folder: &Path) -> std::io::Result<Child> {
    Command::new("redis-server")
        .args(["--port", "0", "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--unixsocket"])
        .arg(folder.join("redis.sock"))
        .arg("--dir")
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Keeps in Redis what is secret of a session, sealed as an application would, and the rest of it here.
struct Sessions {
    store: RedisStore,
    here: Mutex<HashMap<[u8; 32], Session>>,
}

fn secrets(session: &Session) -> String {
    let Identity::Bsn(bsn) = &session.identity else { panic!("a BSN") };
    let acting = session.acting.as_ref().map_or("", |bsn| bsn.expose());
    let values: Vec<&String> = session.attributes.iter().flat_map(|attribute| attribute.expose()).collect();
    format!("{} {acting} {values:?}", bsn.expose())
}

impl Sessions {
    fn checked(&self, id: &SessionId, kept: Option<String>) -> Option<Session> {
        let session = self.here.lock().unwrap().get(&id.bytes()).cloned();
        let session = session.filter(|_| kept.is_some())?;
        assert_eq!(kept, Some(secrets(&session)));
        Some(session)
    }
}

impl SessionStore<Session> for Sessions {
    async fn create(
        &self,
        random: [u8; 32],
        session: Session,
        subject: Option<SessionSubject>,
        absolute_end: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<SessionId, StoreError> {
        let id = self.store.create(random, secrets(&session), subject, absolute_end, now).await?;
        self.here.lock().unwrap().insert(id.bytes(), session);
        Ok(id)
    }

    async fn read(&self, id: &SessionId, now: DateTime<Utc>) -> Result<Option<Session>, StoreError> {
        let kept = self.store.read(id, now).await?;
        Ok(self.checked(id, kept))
    }

    async fn remove(&self, id: &SessionId, now: DateTime<Utc>) -> Result<Option<Session>, StoreError> {
        let kept = self.store.remove(id, now).await?;
        Ok(self.checked(id, kept))
    }

    async fn remove_of_subject(
        &self,
        name: &KeyedDigest,
        session_indexes: &[KeyedDigest],
        now: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        SessionStore::<String>::remove_of_subject(&self.store, name, session_indexes, now).await
    }
}

#[tokio::test]
async fn redis_keeps_nobody_in_a_form_that_can_be_read() {
    let Some(mut server) = Server::start().await else { return };
    let sessions = Sessions { store: server.store().await, here: Mutex::default() };
    let portal = Portal::with(server.store().await, server.store().await, sessions);
    let mut browsers = [Browser::default(), Browser::default()];
    for (browser, login) in browsers.iter_mut().zip([login(), representative()]) {
        browser.begin(&portal.router, "/saml/login?return_to=/masks").await;
        let id = browser.begin(&portal.router, "/saml/login?return_to=/shows").await;
        browser.post(&portal.router, "/saml/acs", logged_in(&id, login)).await;
    }
    assert!(browsers[0].shown(&portal.router, "/shows").await.text.starts_with(BSN));
    assert!(browsers[1].shown(&portal.router, "/shows").await.text.starts_with(REPRESENTED));
    let keys = server.note_all().await;
    assert!(keys >= 8, "{keys}");
    portal.note_numbers();
    is_clean("what Redis keeps");

    let mut connection = server.connection().await.unwrap();
    redis::cmd("SET").arg("leak").arg(BSN).query_async::<String>(&mut connection).await.unwrap();
    server.note_all().await;
    assert_eq!(leaks().len(), 1);

    server.process.kill().unwrap();
    server.process.wait().unwrap();
    browsers[0].get(&portal.router, "/masks").await;
    browsers[1].post(&portal.router, "/saml/logout", "").await;
    portal.note_numbers();
    is_clean("a Redis that is gone");
}
