//! The portal, and the broker's answers.

use std::sync::LazyLock;

use axum::Router;
use axum::routing::get;
use chrono::{DateTime, Utc};
use saml_authn_request::AuthnRequestSettings;
use saml_axum::{LoggedIn, PrometheusMetrics, SamlPortal, Session, Settings};
use saml_digid::{AttributeNames, Environment, LevelOfAssurance, Profile, SIMULATOR};
use saml_forge::{Answer, Answered, Attribute, Failure, Identifiers, Login, Outcome, SignicatPaths, signicat_metadata};
use saml_metadata::{IdentityProvider, Metadata};
use saml_name_id::Identity;
use saml_sp::{Configuration, RequestBinding, ServiceProvider, SingleLogout};
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};
use saml_state::{ReplayCache, RequestStore, SessionStore};
use saml_xml_security::{DecryptionKey, SigningKey, random_bytes};

use crate::browser::form;
use crate::needles::{ATTRIBUTE, BSN, REPRESENTED};
use crate::witness::{keep, note};

pub(crate) const PORTAL: &str = "https://portal.example";
pub(crate) const BROKER: &str = "https://broker.example";
pub(crate) const ENTITY_ID: &str = "https://portal.example/saml";
pub(crate) const ACS: &str = "https://portal.example/saml/acs";
pub(crate) const SLO: &str = "https://portal.example/saml/slo";
pub(crate) const ISSUER: &str = "https://broker.example/broker/sp/saml";

pub(crate) static BROKER_KEY: LazyLock<SigningKey> = LazyLock::new(key);
pub(crate) static PORTAL_KEY: LazyLock<SigningKey> = LazyLock::new(key);

pub(crate) fn key() -> SigningKey {
    SigningKey::generate_self_signed(2048, "canary.example", 0, 4_000_000_000).unwrap()
}

pub(crate) fn now() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// A portal with the numbers that it is counted in.
pub(crate) struct Portal {
    pub(crate) router: Router,
    pub(crate) metrics: PrometheusMetrics,
}

impl Portal {
    /// With stores in memory.
    pub(crate) fn new() -> Self {
        Self::with(MemoryRequestStore::new(100), MemoryReplayCache::new(10_000), MemorySessionStore::new(10_000))
    }

    pub(crate) fn with<R, C, S>(requests: R, replays: C, sessions: S) -> Self
    where
        R: RequestStore + 'static,
        C: ReplayCache + 'static,
        S: SessionStore<Session> + 'static,
    {
        Self::of(ServiceProvider::new(configuration(), requests, replays), sessions, settings())
    }

    pub(crate) fn of<R, C, S>(service_provider: ServiceProvider<R, C>, sessions: S, settings: Settings) -> Self
    where
        R: RequestStore + 'static,
        C: ReplayCache + 'static,
        S: SessionStore<Session> + 'static,
    {
        keep();
        let metrics = PrometheusMetrics::new();
        let portal = SamlPortal::new(service_provider, sessions, settings.with_prometheus(metrics.clone()));
        let pages = Router::new()
            .route("/", get(async || "start"))
            .route("/shows", get(shows))
            .route("/masks", get(async |LoggedIn(session): LoggedIn| session.identity.masked().to_string()))
            .route("/debug", get(async |LoggedIn(session): LoggedIn| format!("{session:?} {session:#?}")));
        Self { router: portal.router(pages), metrics }
    }

    pub(crate) fn note_numbers(&self) {
        note("the numbers", self.metrics.text());
    }
}

/// Shows all that is known of who is logged in.
async fn shows(LoggedIn(session): LoggedIn) -> String {
    let number = match &session.identity {
        Identity::Bsn(bsn) => bsn.expose(),
        _ => "none",
    };
    let acting = session.acting.as_ref().map_or("nobody", |bsn| bsn.expose());
    let values: Vec<&str> =
        session.attributes.iter().flat_map(|attribute| attribute.expose()).map(String::as_str).collect();
    format!("{number} {acting} {}", values.join(" "))
}

pub(crate) fn settings() -> Settings {
    Settings::new(PORTAL, "Gemeente Voorbeeld", "<md:EntityDescriptor/>").unwrap().with_clock(now)
}

pub(crate) fn configuration() -> Configuration {
    let profile =
        Profile::signicat_broker(Environment::PreProduction, LevelOfAssurance::Middle, [SIMULATOR.to_owned()]).unwrap();
    let profile = profile.with_attributes(AttributeNames::default(), ["other".to_owned()]).with_representation();
    let settings = AuthnRequestSettings::signicat(ENTITY_ID, ACS);
    Configuration::new(settings, PORTAL_KEY.clone(), broker(), profile, RequestBinding::Redirect)
        .unwrap()
        .with_decryption_keys(vec![DecryptionKey::from_pem(&PORTAL_KEY.private_key_pem().unwrap()).unwrap()])
        .with_single_logout(SingleLogout::new(SLO).unwrap().with_soap(&format!("{SLO}/soap")))
}

pub(crate) fn broker() -> IdentityProvider {
    let keys = vec![BROKER_KEY.verifying_key().clone()];
    let file = signicat_metadata("_m", BROKER, SignicatPaths::Broker, keys, None).write().unwrap();
    Metadata::parse_unverified(file.as_bytes()).unwrap().identity_provider().unwrap()
}

/// A login with every secret that such a one has.
pub(crate) fn login() -> Login {
    login_as(&format!("s00000000:{BSN}"))
}

pub(crate) fn login_as(name_id: &str) -> Login {
    let mut login = Login::new(name_id, SIMULATOR, LevelOfAssurance::Substantial.authn_context_class());
    login.attributes = vec![Attribute::new("nin", BSN), Attribute::new("other", ATTRIBUTE)];
    login
}

/// The same for somebody who logs in for another.
pub(crate) fn representative() -> Login {
    let mut login = login_as(&format!("s00000000:{REPRESENTED}"));
    login.attributes[0] = Attribute::new("nin", REPRESENTED);
    login.attributes.push(Attribute::new("actingNin", BSN));
    login
}

pub(crate) fn logged_in(request_id: &str, login: Login) -> String {
    posted(&answer(request_id, Outcome::Login(login)))
}

pub(crate) fn failed(request_id: &str, failure: Failure) -> String {
    posted(&answer(request_id, Outcome::Failure(failure)))
}

pub(crate) fn posted(answer: &Answer) -> String {
    form("SAMLResponse", answer.write(&BROKER_KEY).unwrap().as_bytes())
}

pub(crate) fn answer(request_id: &str, outcome: Outcome) -> Answer {
    let request = Answered {
        request_id: request_id.to_owned(),
        service_provider: ENTITY_ID.to_owned(),
        assertion_consumer_service: ACS.to_owned(),
    };
    Answer::signicat(ISSUER, request, Identifiers::from_random(random_bytes().unwrap()), now(), outcome)
}
