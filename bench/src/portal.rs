//! A portal as an application makes one of `saml-axum`, in a process of its own: the same for every load.

use std::net::Ipv4Addr;
use std::path::Path;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use axum::serve::ListenerExt;
use saml_axum::{LoggedIn, SamlPortal, Session, Settings};
use saml_name_id::Identity;
use saml_sp::{Configuration, RequestBinding, SealedRequestStore, ServiceProvider, SingleLogout};
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};
use saml_state::{ReplayCache, RequestStore, SessionId, SessionStore};
use saml_state_redis::{RedisSettings, RedisStore};
use saml_xml_security::{SealingKeys, keyed_digest};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tracing_subscriber::filter::LevelFilter;

use crate::Result;
use crate::report::print;
use crate::world::{PORTAL, PORTAL_ORIGIN, World};

/// Serves until standard input ends: `store` is `memory`, or the URL of a Redis, after `sealed+` where the browsers
/// carry their requests. Says `ready` when it listens.
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
            url => match url.strip_prefix(SEALED) {
                Some(url) => sealed_on_redis(&world, &secrets, url).await?,
                None => on_redis(&world, &secrets, url).await?,
            },
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

    /// Returns what the page shows of who is logged in: nobody makes a number of it, and two numbers are never the
    /// same.
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
    let stores = (MemoryRequestStore::new(PLACES), MemoryReplayCache::new(PLACES));
    portal(world, secrets, stores, MemorySessionStore::new(PLACES))
}

async fn on_redis(world: &World, secrets: &Secrets, url: &str) -> Result<Router> {
    let store = connect(secrets, url).await?;
    portal(world, secrets, (store.clone(), store.clone()), store)
}

async fn sealed_on_redis(world: &World, secrets: &Secrets, url: &str) -> Result<Router> {
    let store = connect(secrets, url).await?;
    let requests = SealedRequestStore::new(SealingKeys::new(secrets.sealing)?, PORTAL, store.clone());
    portal(world, secrets, (requests, store.clone()), store)
}

async fn connect(secrets: &Secrets, url: &str) -> Result<RedisStore> {
    let settings = RedisSettings::new(url, SealingKeys::new(secrets.sealing)?, secrets.digest);
    Ok(RedisStore::connect(settings).await?)
}

fn portal<R, C, S>(world: &World, secrets: &Secrets, (requests, replays): (R, C), sessions: S) -> Result<Router>
where
    R: RequestStore + 'static,
    C: ReplayCache + 'static,
    S: SessionStore<Session> + 'static,
{
    let service_provider = ServiceProvider::new(configuration(world, secrets)?, requests, replays);
    let secrets = secrets.clone();
    let page = get(async move |LoggedIn(session): LoggedIn| {
        secrets.shown(number(&session)).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
    });
    let portal = SamlPortal::new(service_provider, sessions, settings(world)?);
    Ok(portal.router(Router::new().route(PAGE, page)))
}

fn number(session: &Session) -> &str {
    match &session.identity {
        Identity::Bsn(bsn) => bsn.expose(),
        _ => "",
    }
}

/// The page that shows who is logged in.
pub(crate) const PAGE: &str = "/session";
/// Before the URL of a Redis: the browsers carry their requests themselves.
pub(crate) const SEALED: &str = "sealed+";
const VARIABLE: &str = "SAML_BENCH_SECRETS";
/// More than any load has in the memory of one process.
const PLACES: usize = 1 << 20;
