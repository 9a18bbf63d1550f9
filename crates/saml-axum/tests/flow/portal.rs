//! The portal under test, and its clock.

use std::cell::Cell;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::RawQuery;
use axum::routing::{get, post};
use chrono::{DateTime, TimeDelta, Utc};
use saml_authn_request::AuthnRequestSettings;
use saml_axum::{LoggedIn, SamlPortal, Session, Settings, is_cancelled};
use saml_digid::{Environment, LevelOfAssurance, Profile, SIMULATOR};
use saml_forge::{SignicatPaths, signicat_metadata};
use saml_metadata::{IdentityProvider, Metadata};
use saml_sp::{Configuration, RequestBinding, ServiceProvider};
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};
use saml_state::{ReplayCache, RequestStore, SessionStore};
use saml_xml_security::{AlgorithmPolicy, SigningKey};

use crate::log;

pub(crate) const PORTAL: &str = "https://portal.example";
pub(crate) const BROKER: &str = "https://broker.example";
pub(crate) const METADATA: &str = "<md:EntityDescriptor/>";

pub(crate) static BROKER_KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate_self_signed(2048, "broker.example", 0, 4_000_000_000).unwrap());

pub(crate) static PORTAL_KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate_self_signed(2048, "portal.example", 0, 4_000_000_000).unwrap());

thread_local! {
    // Each test has a thread, and so a time, of its own.
    static ELAPSED: Cell<TimeDelta> = const { Cell::new(TimeDelta::zero()) };
}

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + ELAPSED.get()
}

pub(crate) fn wait(time: TimeDelta) {
    ELAPSED.set(ELAPSED.get() + time);
}

/// Returns the portal as it usually is.
pub(crate) fn portal() -> Router {
    router(RequestBinding::Redirect, settings())
}

pub(crate) fn settings() -> Settings {
    Settings::new(PORTAL, "Gemeente Voorbeeld", METADATA).unwrap().with_clock(now)
}

pub(crate) fn router(binding: RequestBinding, settings: Settings) -> Router {
    router_with(service_provider(binding, 100), MemorySessionStore::new(100), settings)
}

pub(crate) fn service_provider(
    binding: RequestBinding,
    capacity: usize,
) -> ServiceProvider<MemoryRequestStore, MemoryReplayCache> {
    ServiceProvider::new(configuration(binding), MemoryRequestStore::new(capacity), MemoryReplayCache::new(100))
}

pub(crate) fn configuration(binding: RequestBinding) -> Configuration {
    let profile =
        Profile::signicat_broker(Environment::PreProduction, LevelOfAssurance::Middle, [SIMULATOR.to_owned()]).unwrap();
    Configuration::new(
        AuthnRequestSettings::signicat(&entity_id(), &acs()),
        PORTAL_KEY.clone(),
        broker(BROKER, SignicatPaths::Broker, &BROKER_KEY),
        profile,
        binding,
    )
    .unwrap()
}

/// Returns a portal at Stelsel Toegang.
pub(crate) fn st_saml() -> Router {
    let environment = Environment::PreProduction;
    let authorities = [environment.digid_ad().to_owned()];
    let service = "375b1cb1-14b7-42e9-a534-16cc4d8997b0";
    let configuration = Configuration::new(
        AuthnRequestSettings::st_saml(&entity_id(), 0, &acs(), 0),
        PORTAL_KEY.clone(),
        broker(BROKER, SignicatPaths::Broker, &BROKER_KEY),
        Profile::st_saml(environment, LevelOfAssurance::Middle, service, authorities).unwrap(),
        RequestBinding::Post,
    );
    let portal =
        ServiceProvider::new(configuration.unwrap(), MemoryRequestStore::new(100), MemoryReplayCache::new(100));
    router_with(portal, MemorySessionStore::new(100), settings())
}

/// Returns the broker at a base URL, with one key.
pub(crate) fn broker(base: &str, paths: SignicatPaths, key: &SigningKey) -> IdentityProvider {
    let keys = vec![key.verifying_key().clone()];
    let file = signicat_metadata("_m", base, paths, keys.clone(), None).sign(key).unwrap();
    let metadata = Metadata::verify(file.as_bytes(), &keys, &AlgorithmPolicy::rsa()).unwrap();
    metadata.identity_provider().unwrap()
}

pub(crate) fn router_with<R, C, S>(service_provider: ServiceProvider<R, C>, sessions: S, settings: Settings) -> Router
where
    R: RequestStore + 'static,
    C: ReplayCache + 'static,
    S: SessionStore<Session> + 'static,
{
    SamlPortal::new(service_provider, sessions, settings).router(pages())
}

pub(crate) fn pages() -> Router {
    log::keep();
    Router::new()
        .route("/", get(start))
        .route("/permits", get(permits))
        .route("/permits", post(permits))
        .route("/debug", get(debug))
}

pub(crate) fn entity_id() -> String {
    format!("{PORTAL}/saml")
}

pub(crate) fn acs() -> String {
    format!("{PORTAL}/saml/acs")
}

async fn start(logged_in: Option<LoggedIn>, RawQuery(query): RawQuery) -> String {
    format!("logged in: {}, cancelled: {}", logged_in.is_some(), is_cancelled(query.as_deref()))
}

async fn permits(LoggedIn(session): LoggedIn) -> String {
    let level = session.level.map_or("none", LevelOfAssurance::name);
    format!("{} {} {level} {}", session.identity.kind(), session.identity.masked(), session.checks.len())
}

async fn debug(LoggedIn(session): LoggedIn) -> String {
    format!("{session:?}")
}
