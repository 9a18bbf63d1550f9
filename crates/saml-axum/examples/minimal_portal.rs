//! A portal where citizens log in, and a broker to try it with, in one process.
//!
//! `cargo run -p saml-axum --example minimal_portal`, then open the URL that it prints. Two arguments choose other
//! ports.

use std::error::Error;

use axum::Router;
use axum::extract::RawQuery;
use axum::response::Html;
use axum::routing::get;
use chrono::{TimeDelta, Utc};
use saml_axum::saml_authn_request::AuthnRequestSettings;
use saml_axum::saml_digid::{Environment, LevelOfAssurance, Profile, SIMULATOR};
use saml_axum::saml_metadata::{IndexedEndpoint, Metadata, ServiceProviderMetadata};
use saml_axum::saml_protocol::Binding;
use saml_axum::saml_sp::{Configuration, RequestBinding, ServiceProvider};
use saml_axum::saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};
use saml_axum::saml_xml_security::{AlgorithmPolicy, SigningKey};
use saml_axum::{LoggedIn, SamlPortal, Settings, is_cancelled};
use saml_simulator::{RegisteredServiceProvider, SimulatorConfig};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Without a subscriber nothing is logged, and nobody learns why a login was refused.
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();

    let mut ports = std::env::args().skip(1);
    let portal = listen(ports.next(), "8080").await?;
    let broker = listen(ports.next(), "8081").await?;
    let portal_url = format!("http://{}", portal.local_addr()?);
    let broker_url = format!("http://{}", broker.local_addr()?);

    // Who we are. The key signs our requests; the metadata is what the other side registers.
    let entity_id = format!("{portal_url}/saml/metadata");
    let consumer = format!("{portal_url}/saml/acs");
    let key = fresh_key("portal")?;
    let metadata = our_metadata(&entity_id, &consumer, &key)?;

    // Whom we trust: the broker, by metadata that is checked with a key that we had before.
    let simulator = simulator(&broker_url, &metadata, &key)?;
    let pinned = [simulator.verifying_key().clone()];
    let trusted = Metadata::verify(simulator.metadata().as_bytes(), &pinned, &AlgorithmPolicy::rsa())?;

    // What an answer must be like. Outside of a trial, the authority is DigiD alone: `Environment::digid`.
    let profile =
        Profile::signicat_broker(Environment::PreProduction, LevelOfAssurance::Middle, [SIMULATOR.to_owned()])?;
    let configuration = Configuration::new(
        AuthnRequestSettings::signicat(&entity_id, &consumer),
        key,
        trusted.identity_provider()?,
        profile,
        RequestBinding::Redirect,
    )?;

    let service_provider =
        ServiceProvider::new(configuration, MemoryRequestStore::new(USERS), MemoryReplayCache::new(USERS));
    let settings = Settings::new(&portal_url, ORGANISATION, &metadata)?;
    let pages = Router::new().route("/", get(start)).route("/permits", get(permits));
    let routes = SamlPortal::new(service_provider, MemorySessionStore::new(USERS), settings).router(pages);

    tokio::spawn(async { axum::serve(broker, saml_simulator::router(simulator)).await });
    say(&format!("Open {portal_url}/"));
    axum::serve(portal, routes).await?;
    Ok(())
}

/// The start page, which everybody sees.
async fn start(logged_in: Option<LoggedIn>, RawQuery(query): RawQuery) -> Html<String> {
    let message =
        if is_cancelled(query.as_deref()) { "<p role=\"status\">You have cancelled logging in.</p>" } else { "" };
    let choice = match logged_in {
        Some(_) => {
            "<p><a href=\"/permits\">Your permits</a></p>\
             <form method=\"post\" action=\"/saml/logout\"><button>Log out</button></form>"
        }
        None => {
            "<p><a href=\"/saml/login?level=substantial&amp;return_to=/permits&amp;lang=en\">Log in with DigiD</a></p>"
        }
    };
    page("Welcome", &format!("{message}{choice}"))
}

/// A page for who is logged in; others are sent to the start page.
async fn permits(LoggedIn(session): LoggedIn) -> Html<String> {
    // `session.identity` holds the BSN. Here is shown what may be shown.
    let (who, level) = (session.identity.masked(), session.level.map_or("unknown", LevelOfAssurance::name));
    let text = format!("<p>You are {who}, at level {level}.</p><p><a href=\"/\">To the start page</a></p>");
    page("Your permits", &text)
}

/// Puts a page together. A portal uses templates, which escape what others have written.
fn page(title: &str, text: &str) -> Html<String> {
    Html(format!(
        "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title} - {ORGANISATION}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"stylesheet\" href=\"/saml/style.css\">\
         <header class=\"masthead\"><p class=\"organisation\">{ORGANISATION}</p></header>\
         <main><h1>{title}</h1>{text}</main></html>"
    ))
}

fn our_metadata(entity_id: &str, consumer: &str, key: &SigningKey) -> Result<String, Box<dyn Error>> {
    let consumer =
        IndexedEndpoint { index: 0, is_default: Some(true), binding: Binding::HttpPost, location: consumer.to_owned() };
    let keys = vec![key.verifying_key().clone()];
    Ok(ServiceProviderMetadata::new("_metadata", entity_id, keys, vec![consumer]).sign(key)?)
}

/// The broker of the trial. It lets anybody be anybody, and calls itself `simulator` as the authority.
fn simulator(url: &str, portal: &str, portal_key: &SigningKey) -> Result<SimulatorConfig, Box<dyn Error>> {
    let pinned = [portal_key.verifying_key().clone()];
    let portal = Metadata::verify(portal.as_bytes(), &pinned, &AlgorithmPolicy::rsa())?;
    let registered = RegisteredServiceProvider::new(portal.service_provider()?);
    Ok(SimulatorConfig::new(url, fresh_key("broker")?, vec![registered], Utc::now)?)
}

/// A key for the trial. A portal reads its own: `SigningKey::from_pem`.
fn fresh_key(name: &str) -> Result<SigningKey, Box<dyn Error>> {
    let now = Utc::now();
    let (from, to) = (now - TimeDelta::hours(1), now + TimeDelta::days(90));
    Ok(SigningKey::generate_self_signed(2048, name, from.timestamp(), to.timestamp())?)
}

async fn listen(port: Option<String>, usual: &str) -> Result<TcpListener, Box<dyn Error>> {
    let port: u16 = port.as_deref().unwrap_or(usual).parse()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await;
    Ok(listener.map_err(|error| format!("port {port}: {error}; give two others, as in `cargo run -- 9080 9081`"))?)
}

#[allow(clippy::print_stdout, reason = "its user reads it")]
fn say(line: &str) {
    println!("{line}");
}

const ORGANISATION: &str = "Gemeente Voorbeeld";
/// How many citizens fit in the memory of this process; several processes share stores such as `saml-state-redis`.
const USERS: usize = 10_000;
