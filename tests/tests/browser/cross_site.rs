//! A portal and a broker that are different sites to the browser, with the cookies of `https`.
//!
//! Chromium takes `__Host-` and `Secure` from `localhost` without TLS, and `127.0.0.1` is another site.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use axum::Router;
use axum::extract::RawQuery;
use axum::response::{Html, Redirect};
use axum::routing::get;
use chrono::Utc;
use saml_authn_request::AuthnRequestSettings;
use saml_axum::{LoggedIn, SamlPortal, Settings};
use saml_backchannel::BackChannel;
use saml_bindings::{Artifact, MessageParameter, decode_redirect};
use saml_digid::{Environment, LevelOfAssurance, Profile, SIMULATOR};
use saml_metadata::{IndexedEndpoint, Metadata, ServiceProviderMetadata};
use saml_protocol::Binding;
use saml_simulator::{AnswerSettings, RegisteredServiceProvider, SimulatorConfig, routers};
use saml_sp::{Configuration, RequestBinding, SealedRequestStore, ServiceProvider};
use saml_state::RequestStore;
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};
use saml_tests::escaped;
use saml_xml_security::{AlgorithmPolicy, SealingKeys, SigningKey};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// Both sites; they end when this is dropped.
pub(crate) struct Sites {
    _runtime: Runtime,
    pub(crate) portal: String,
    pub(crate) broker: String,
}

/// Which cookies the portal sets, by the scheme of the base URL that it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookies {
    Http,
    Https,
}

impl Sites {
    /// Returns a portal that is answered by POST, with its requests in memory.
    pub(crate) fn by_post(cookies: Cookies) -> Self {
        Self::start(cookies, Answers::Post, MemoryRequestStore::new(100))
    }

    /// Returns a portal that is answered by POST, with its requests in the cookies of the browsers.
    pub(crate) fn by_post_sealed() -> Self {
        let keys = SealingKeys::new([7; 32]).unwrap();
        let requests = SealedRequestStore::new(keys, ENTITY_ID, MemoryReplayCache::new(100));
        Self::start(Cookies::Https, Answers::Post, requests)
    }

    /// Returns a portal that is answered by artifact, in a redirect.
    pub(crate) fn by_artifact() -> Self {
        Self::start(Cookies::Https, Answers::Artifact, MemoryRequestStore::new(100))
    }

    fn start<R: RequestStore + 'static>(cookies: Cookies, answers: Answers, requests: R) -> Self {
        let runtime = Runtime::new().unwrap();
        let listen = || runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let (portal_listener, broker_listener) = (listen(), listen());
        let port = |listener: &TcpListener| listener.local_addr().unwrap().port();
        let portal = format!("http://localhost:{}", port(&portal_listener));
        let broker = format!("http://127.0.0.1:{}", port(&broker_listener));
        let (portal_router, broker_router) = parties(&portal, &broker, cookies, answers, requests);
        runtime.spawn(async { axum::serve(portal_listener, portal_router).await });
        runtime.spawn(async { axum::serve(broker_listener, broker_router).await });
        Self { _runtime: runtime, portal, broker }
    }

    /// Returns a page of the broker's site that sends an artifact for the request in `url`, by a link and by a form.
    pub(crate) fn elsewhere(&self, url: &str) -> String {
        let (_, query) = url.split_once('?').unwrap();
        let request = decode_redirect(query, MessageParameter::SamlRequest).unwrap();
        let artifact = Artifact::new(&format!("{}/broker/sp/saml", self.broker), 9, [7; 20]);
        let url = artifact.url("/elsewhere", request.relay_state());
        format!("{}{url}", self.broker)
    }

    /// Returns a page of the broker's site with a form that posts this answer.
    pub(crate) fn form(&self, message_base64: &str) -> String {
        format!("{}/elsewhere?SAMLResponse={}", self.broker, escaped(message_base64))
    }
}

/// How the broker answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answers {
    Artifact,
    Post,
}

fn parties<R: RequestStore + 'static>(
    portal: &str,
    broker: &str,
    cookies: Cookies,
    answers: Answers,
    requests: R,
) -> (Router, Router) {
    let (key, broker_key) = (key("portal"), key("broker"));
    let consumer = format!("{portal}/saml/acs");
    let binding = Binding::HttpPost;
    let endpoint = IndexedEndpoint { index: 0, is_default: Some(true), binding, location: consumer.clone() };
    let keys = vec![key.verifying_key().clone()];
    let metadata = ServiceProviderMetadata::new("_m", ENTITY_ID, keys.clone(), vec![endpoint]).sign(&key).unwrap();
    let registered = RegisteredServiceProvider {
        metadata: Metadata::verify(metadata.as_bytes(), &keys, &AlgorithmPolicy::rsa())
            .unwrap()
            .service_provider()
            .unwrap(),
        answers: AnswerSettings::default(),
    };
    let simulator = SimulatorConfig::new(broker, broker_key.clone(), vec![registered], Utc::now).unwrap();
    let pinned = [broker_key.verifying_key().clone()];
    let known = Metadata::verify(simulator.metadata().as_bytes(), &pinned, &AlgorithmPolicy::rsa()).unwrap();

    let level = LevelOfAssurance::Middle;
    let (settings, profile) = match answers {
        Answers::Artifact => (AuthnRequestSettings::digid(ENTITY_ID, 0, &consumer), Profile::digid(level)),
        Answers::Post => {
            let authorities = [SIMULATOR.to_owned()];
            let profile = Profile::signicat_broker(Environment::PreProduction, level, authorities).unwrap();
            (AuthnRequestSettings::signicat(ENTITY_ID, &consumer), profile)
        }
    };
    let known = known.identity_provider().unwrap();
    let configuration = Configuration::new(settings, key, known, profile, RequestBinding::Redirect).unwrap();
    let base_url = match cookies {
        Cookies::Http => portal.to_owned(),
        Cookies::Https => portal.replacen("http:", "https:", 1),
    };
    // Nobody is asked over it here.
    let back_channel = BackChannel::new(&broker_key.verifying_key().certificate_pem().unwrap()).unwrap();
    let settings = Settings::new(&base_url, "Gemeente Voorbeeld", &metadata).unwrap().with_back_channel(back_channel);
    let service_provider = ServiceProvider::new(configuration, requests, MemoryReplayCache::new(100));
    let saml = SamlPortal::new(service_provider, MemorySessionStore::new(100), settings);
    let pages = Router::new().route("/", get(page)).route("/one", get(page)).route("/two", get(page));
    let to = format!("{portal}/saml/acs");
    let elsewhere = move |RawQuery(query): RawQuery| async move { elsewhere(&to, &query.unwrap_or_default()) };
    let to = consumer;
    let redirect =
        move |RawQuery(query): RawQuery| async move { Redirect::to(&format!("{to}?{}", query.unwrap_or_default())) };
    let broker = routers(simulator).browser;
    let broker = broker.route("/elsewhere", get(elsewhere)).route("/elsewhere/redirect", get(redirect));
    (saml.router(pages), broker)
}

async fn page(logged_in: Option<LoggedIn>) -> Html<String> {
    let who = logged_in.map_or_else(|| "nobody".to_owned(), |LoggedIn(session)| session.identity.masked());
    Html(format!("<!doctype html><title>Portal</title><h1>Portal</h1><p id=\"who\">{who}</p>"))
}

fn elsewhere(consumer: &str, query: &str) -> Html<String> {
    let mut fields = String::new();
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        let value = value.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
        let _ = write!(fields, "<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
    }
    Html(format!(
        "<!doctype html><title>Elsewhere</title><a href=\"/elsewhere/redirect?{}\">redirect</a>\
         <form method=\"post\" action=\"{consumer}\">{fields}<button>post</button></form>",
        query.replace('&', "&amp;")
    ))
}

fn key(name: &str) -> SigningKey {
    SigningKey::generate_self_signed(2048, name, 0, 4_000_000_000).unwrap()
}

const ENTITY_ID: &str = "https://portal.example/saml/metadata";
