//! `saml portal`: a portal that runs by its configuration file.

mod health;
mod keeper;

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;

use axum::Router;
use chrono::{DateTime, Utc};
use clap::Args;
use saml_axum::{Language, PrometheusMetrics, SamlPortal, Session, Settings};
use saml_config::{ErrorText, PartnerProfile};
use saml_digid::texts;
use saml_sp::ServiceProvider;
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};
use saml_state::{ReplayCache, RequestStore, ReturnPath, SessionStore};
use saml_state_redis::RedisStore;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::filter::LevelFilter;

use crate::config::{ConfigArguments, Configured};
use crate::demo::pages;
use crate::failure::Failure;
use crate::metadata::fetch::Job;
use crate::output::{say, tell};
use crate::values::language;
use health::Health;
use keeper::Keeper;

/// Run a portal by its configuration file
///
/// A place to start from: it logs people in, shows who they are, and logs them out. Put a server in front of it that
/// ends TLS, takes the host of base_url, and limits how often one address may begin a login; it listens on this machine
/// alone unless
/// --listen says otherwise. Pending requests, used assertions and sessions are kept where the table state says: with
/// redis there may be several of it, and it may be started anew while people are logged in. With memory, a restart ends
/// all sessions and every login that is under way.
///
/// The file, and the keys and certificates that it names, are read at the start: after a change, restart.
///
/// While it runs, it fetches the metadata of the identity provider where that has a URL, and takes the next key into
/// use when its moment comes. GET /health answers 200, or 503 when nobody can log in because metadata or a certificate
/// has expired.
///
/// Exit status: 0 at its end, 1 when a server fails, 2 for a file or setting that will not do.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,

    /// The address to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,

    /// The address to serve numbers for Prometheus on, at GET /metrics; without it there are none
    #[arg(long, value_name = "ADDRESS:PORT")]
    metrics: Option<SocketAddr>,

    /// Language of the pages at first: nl or en
    #[arg(long, value_name = "LANGUAGE", default_value = "nl", value_parser = language)]
    lang: Language,
}

/// Runs the command: 0 at its end, 1 when a server fails, 2 for a file or setting that will not do.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let ended = match Runtime::new() {
        Ok(runtime) => runtime.block_on(start(arguments)),
        Err(error) => Err(Failure::new(format!("no runtime: {error}"))),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tell(&format!("saml portal: {failure}"));
            failure.exit_code()
        }
    }
}

/// Makes the stores that the file names, and serves.
async fn start(arguments: &Arguments) -> Result<(), Failure> {
    let expected =
        || Failure::usage("expected --config with the configuration file, found none: make one with saml init");
    let configured = arguments.config.read()?.ok_or_else(expected)?;
    let log = tracing_subscriber::fmt().with_max_level(LevelFilter::INFO).with_writer(io::stderr).with_target(false);
    // Made once for the whole process; a test may have made it before.
    let _ = log.try_init();
    match configured.parts().redis_settings().map_err(Failure::usage)? {
        Some(settings) => {
            let store = RedisStore::connect(settings);
            let store = store.await.map_err(|error| Failure::usage(format!("state: {error}")))?;
            serve(arguments, configured, store.clone(), store.clone(), store).await
        }
        None => {
            let (requests, replays) = (MemoryRequestStore::new(PENDING), MemoryReplayCache::new(PENDING));
            serve(arguments, configured, requests, replays, MemorySessionStore::new(SESSIONS)).await
        }
    }
}

/// Serves the portal until it is told to end: Ctrl-C, or SIGTERM.
async fn serve<R, C, S>(
    arguments: &Arguments,
    configured: Configured,
    requests: R,
    replays: C,
    sessions: S,
) -> Result<(), Failure>
where
    R: RequestStore + 'static,
    C: ReplayCache + 'static,
    S: SessionStore<Session> + 'static,
{
    let metrics = arguments.metrics.map(|address| (address, PrometheusMetrics::new()));
    let numbers = metrics.as_ref().map(|(_, numbers)| numbers.clone());
    let (router, mut keeper) =
        assemble(configured, arguments.lang, Utc::now(), numbers, (requests, replays, sessions))?;
    let listener = listen(arguments.listen, "--listen").await?;
    let address = listener.local_addr().map_err(Failure::new)?;
    say(&format!("Portal: http://{address}/ (browsers reach it at {}/)", keeper.base_url()))?;
    if let Some((address, numbers)) = metrics {
        let listener = listen(address, "--metrics").await?;
        let address = listener.local_addr().map_err(Failure::new)?;
        say(&format!("Numbers: http://{address}/metrics"))?;
        // It ends with the process; without it the portal goes on.
        tokio::spawn(async move { axum::serve(listener, numbers.router()).await });
    }
    let mut terminated = signal(SignalKind::terminate()).map_err(Failure::new)?;
    let ended = async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated.recv() => {}
        }
    };
    let keeping = tokio::spawn(async move { keeper.run().await });
    let served = axum::serve(listener, router).with_graceful_shutdown(ended).await;
    keeping.abort();
    served.map_err(Failure::new)
}

async fn listen(address: SocketAddr, option: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::usage(format!("{address} cannot be listened on ({error}): choose another with {option}"))
    })
}

/// Puts the portal together in memory, for the answers that need no session: nothing listens, and nothing is kept
/// fresh.
pub(crate) fn in_memory(configured: Configured, now: DateTime<Utc>) -> Result<Router, Failure> {
    let stores = (MemoryRequestStore::new(FEW), MemoryReplayCache::new(FEW), MemorySessionStore::new(FEW));
    let assembled = assemble(configured, Language::Dutch, now, None, stores);
    assembled.map(|(router, _)| router)
}

/// Puts the portal together, and what keeps it fresh.
fn assemble<R, C, S>(
    configured: Configured,
    language: Language,
    now: DateTime<Utc>,
    numbers: Option<PrometheusMetrics>,
    (requests, replays, sessions): (R, C, S),
) -> Result<(Router, Keeper<R, C, S>), Failure>
where
    R: RequestStore + 'static,
    C: ReplayCache + 'static,
    S: SessionStore<Session> + 'static,
{
    let parts = configured.parts();
    let deployment = parts.deployment();
    let configuration = parts.configuration(now).map_err(Failure::usage)?;
    let schedule = parts.key_schedule().map_err(Failure::usage)?;
    let metadata = parts.metadata_of(&schedule, now).map_err(Failure::usage)?;
    let settings = settings(&configured, &metadata)?;
    let settings = match numbers {
        Some(numbers) => settings.with_prometheus(numbers),
        None => settings,
    };
    let health = Health::new(configuration.identity_provider(), &schedule);
    let portal = SamlPortal::new(ServiceProvider::new(configuration, requests, replays), sessions, settings);
    let pages = pages::Portal {
        organisation: deployment.portal.organisation.clone(),
        // It asks for what the file says.
        level: None,
        demonstration: false,
        with_digid: deployment.profile != PartnerProfile::WebSso,
        language,
        is_https: deployment.portal.base_url.starts_with("https:"),
    };
    let router = portal.router(pages.routes().merge(health.routes()));
    let has_url = deployment.identity_provider.metadata_url.is_some();
    let fetch = if has_url { Some(Job::configured(&configured, None)?) } else { None };
    Ok((router, Keeper::new(portal, configured, schedule, fetch, health, now)))
}

/// Returns what the pages and routes of the portal are like.
fn settings(configured: &Configured, metadata: &str) -> Result<Settings, Failure> {
    let parts = configured.parts();
    let portal = &parts.deployment().portal;
    let refused = |error: saml_axum::ConfigError| Failure::usage(format!("portal: {}: {error}", error.code()));
    let start_page =
        ReturnPath::parse(&portal.start_page).map_err(|error| Failure::usage(format!("portal.start_page: {error}")))?;
    let mut settings = Settings::new(&portal.base_url, &portal.organisation, metadata)
        .map_err(refused)?
        .with_start_page(start_page)
        .with_dutch_error_text(match portal.error_text {
            ErrorText::Checklist7 => texts::ERROR_CHECKLIST_7_NL,
            _ => texts::ERROR_NL,
        });
    for target in &portal.form_targets {
        settings = settings.with_form_target(target).map_err(refused)?;
    }
    Ok(match parts.back_channel().map_err(Failure::usage)? {
        Some(back_channel) => settings.with_back_channel(back_channel),
        None => settings,
    })
}

/// As many as begin a login, or finish one, within a quarter of an hour; beyond it logins are refused.
const PENDING: usize = 100_000;
/// As many as are logged in at a time.
const SESSIONS: usize = 100_000;
/// Enough to be asked a few times.
const FEW: usize = 8;

const EXAMPLE: &str = "Examples:
  saml portal --config saml.toml --environment preproduction
  saml portal --config /etc/saml/saml.toml --environment production --listen 127.0.0.1:3000 \\
      --metrics 127.0.0.1:9464";
