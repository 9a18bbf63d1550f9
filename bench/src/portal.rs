//! A portal as an application makes one of `saml-axum`, in a process of its own: the same for every load.

use std::net::Ipv4Addr;
use std::path::Path;

use axum::Router;
use axum::http::header::COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum::serve::ListenerExt;
use chrono::{DateTime, Utc};
use saml_axum::{LoggedIn, SamlPortal, Session, Settings};
use saml_name_id::Identity;
use saml_sp::{Configuration, RequestBinding, ServiceProvider, SingleLogout};
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};
use saml_state::{KeyedDigest, SessionId, SessionStore, SessionSubject, StoreError};
use saml_state_redis::{RedisSettings, RedisStore};
use saml_xml_security::{SealingKeys, keyed_digest};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tracing_subscriber::filter::LevelFilter;

use crate::Result;
use crate::report::print;
use crate::world::{PORTAL_ORIGIN, World};

/// Serves until standard input ends: `store` is `memory`, or the URL of a Redis. Says `ready` when it listens.
///
/// Keys that the nodes share beside those of `directory` are in the environment, where no list of processes shows them.
pub(crate) fn serve(directory: &Path, port: &str, store: &str) -> Result<()> {
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::INFO)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false)
        .init();
    std::thread::spawn(|| {
        // However the driver ends, its end of the pipe closes.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0)
    });
    let address = (Ipv4Addr::LOCALHOST, port.parse()?);
    Runtime::new()?.block_on(async {
        let (world, secrets) = (World::open(directory), Secrets::from_environment()?);
        let router = match store {
            "memory" => in_memory(&world, &secrets)?,
            url => on_redis(&world, &secrets, url).await?,
        };
        let listener = TcpListener::bind(address).await?;
        print("ready")?;
        // A connection that is gone cannot be made quicker.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        Ok(axum::serve(listener, router).await?)
    })
}

/// The keys of what the nodes share.
#[derive(Clone)]
pub(crate) struct Secrets {
    sealing: [u8; 32],
    digest: [u8; 32],
}

impl Secrets {
    pub(crate) fn random() -> Result<Self> {
        Ok(Self { sealing: saml_xml_security::random_bytes()?, digest: saml_xml_security::random_bytes()? })
    }

    fn from_environment() -> Result<Self> {
        let text = std::env::var(VARIABLE).map_err(|_| format!("expected 128 hexadecimal digits in {VARIABLE}"))?;
        // A session ID is the same: 32 bytes in hexadecimal digits.
        let (sealing, digest) = text.split_at_checked(64).ok_or("expected 128 hexadecimal digits")?;
        Ok(Self { sealing: SessionId::parse(sealing)?.bytes(), digest: SessionId::parse(digest)?.bytes() })
    }

    /// Returns the variable that a portal reads them from.
    pub(crate) fn variable(&self) -> (&'static str, String) {
        let [sealing, digest] = [self.sealing, self.digest].map(|key| SessionId::from_random(key).expose());
        (VARIABLE, format!("{sealing}{digest}"))
    }

    /// Returns what the page shows of who is logged in: nobody makes a number of it, and two numbers are never the same.
    pub(crate) fn shown(&self, bsn: &str) -> Result<String> {
        let digest = keyed_digest(&self.digest, bsn.as_bytes())?;
        Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

fn configuration(world: &World, secrets: &Secrets) -> Result<Configuration> {
    let single_logout = SingleLogout::new(&format!("{PORTAL_ORIGIN}/saml/slo"))?.with_digest_key(secrets.digest);
    Ok(world.configuration(RequestBinding::Redirect)?.with_single_logout(single_logout))
}

fn settings(world: &World) -> Result<Settings> {
    Ok(Settings::new(PORTAL_ORIGIN, "Gemeente Voorbeeld", &world.portal_metadata()?)?)
}

fn in_memory(world: &World, secrets: &Secrets) -> Result<Router> {
    let (requests, replays) = (MemoryRequestStore::new(PLACES), MemoryReplayCache::new(PLACES));
    let service_provider = ServiceProvider::new(configuration(world, secrets)?, requests, replays);
    let secrets = secrets.clone();
    let page = get(async move |LoggedIn(session): LoggedIn| {
        secrets.shown(number(&session)).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
    });
    let portal = SamlPortal::new(service_provider, MemorySessionStore::new(PLACES), settings(world)?);
    Ok(portal.router(Router::new().route(PAGE, page)))
}

async fn on_redis(world: &World, secrets: &Secrets, url: &str) -> Result<Router> {
    let redis = RedisSettings::new(url, SealingKeys::new(secrets.sealing)?, secrets.digest);
    let store = RedisStore::connect(redis).await?;
    let service_provider = ServiceProvider::new(configuration(world, secrets)?, store.clone(), store.clone());
    let (sessions, secrets) = (Numbers(store), secrets.clone());
    let portal = SamlPortal::new(service_provider, sessions.clone(), settings(world)?);
    let page = get(async move |headers: HeaderMap| {
        let number = sessions.number(&headers).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
        let number = number.ok_or(StatusCode::UNAUTHORIZED)?;
        secrets.shown(&number).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
    });
    Ok(portal.router(Router::new().route(PAGE, page)))
}

/// The sessions in Redis: of each the number, as a [`Session`] cannot be read back from bytes. So the page asks here.
#[derive(Clone)]
struct Numbers(RedisStore);

impl Numbers {
    async fn number(&self, headers: &HeaderMap) -> std::result::Result<Option<String>, StoreError> {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
        let mut values =
            cookies.flat_map(|cookies| cookies.split("; ")).filter_map(|pair| pair.strip_prefix(SESSION_COOKIE));
        match values.next().and_then(|value| SessionId::parse(value).ok()) {
            Some(id) => SessionStore::<String>::read(&self.0, &id, Utc::now()).await,
            None => Ok(None),
        }
    }
}

impl SessionStore<Session> for Numbers {
    async fn create(
        &self,
        random: [u8; 32],
        session: Session,
        subject: Option<SessionSubject>,
        absolute_end: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> std::result::Result<SessionId, StoreError> {
        self.0.create(random, number(&session).to_owned(), subject, absolute_end, now).await
    }

    async fn read(&self, _: &SessionId, _: DateTime<Utc>) -> std::result::Result<Option<Session>, StoreError> {
        Ok(None)
    }

    async fn remove(&self, id: &SessionId, now: DateTime<Utc>) -> std::result::Result<Option<Session>, StoreError> {
        SessionStore::<String>::remove(&self.0, id, now).await.map(|_| None)
    }

    async fn remove_of_subject(
        &self,
        name: &KeyedDigest,
        session_indexes: &[KeyedDigest],
        now: DateTime<Utc>,
    ) -> std::result::Result<usize, StoreError> {
        SessionStore::<String>::remove_of_subject(&self.0, name, session_indexes, now).await
    }
}

fn number(session: &Session) -> &str {
    match &session.identity {
        Identity::Bsn(bsn) => bsn.expose(),
        _ => "",
    }
}

/// The page that shows who is logged in.
pub(crate) const PAGE: &str = "/session";
const SESSION_COOKIE: &str = "__Host-saml-session=";
const VARIABLE: &str = "SAML_BENCH_SECRETS";
/// More than any load has in the memory of one process.
const PLACES: usize = 1 << 20;
