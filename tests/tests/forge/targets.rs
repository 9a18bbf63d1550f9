//! Service providers to attack: our own portal, one that is naive, and one that lets nobody in.

use std::sync::mpsc::channel;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use chrono::Utc;
use saml_authn_request::{AuthnRequestSettings, LoginOptions};
use saml_axum::{LoggedIn, SamlPortal, Settings};
use saml_bindings::{MessageParameter, decode_post};
use saml_digid::{Environment, LevelOfAssurance, Profile, SIMULATOR};
use saml_forge::{SignicatPaths, signicat_metadata};
use saml_metadata::Metadata;
use saml_protocol::namespaces::ASSERTION;
use saml_sp::{Configuration, RequestBinding, ServiceProvider};
use saml_state::ReturnPath;
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};
use saml_tests::{fixtures, read};
use saml_xml::{Document, ParseOptions};
use saml_xml_security::{AlgorithmPolicy, SigningKey, verify};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// The entity ID of the identity provider that all targets trust.
pub(crate) const ISSUER: &str = "https://broker.example/broker/sp/saml";

/// Its key, of which the files are given to the command.
pub(crate) static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    let part = |kind: &str| read(&fixtures().join(format!("keys/broker-signing-next.{kind}.pem")));
    SigningKey::from_pem(&part("key"), &part("crt")).unwrap()
});

static OWN_KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate_self_signed(2048, "portal.example", 0, 4_000_000_000).unwrap());

/// Serves what `router` makes of the URL that it gets, until the tests end; returns that URL.
fn serve(router: impl FnOnce(&str) -> Router + Send + 'static) -> String {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        Runtime::new().unwrap().block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            let router = router(&url);
            sender.send(url).unwrap();
            axum::serve(listener, router).await.unwrap();
        });
    });
    receiver.recv().unwrap()
}

/// A portal as `saml-axum` makes it; `/session` is for who is logged in.
pub(crate) fn portal() -> String {
    serve(|url| {
        let keys = vec![KEY.verifying_key().clone()];
        let broker = signicat_metadata("_m", "https://broker.example", SignicatPaths::Broker, keys.clone(), None);
        let metadata = Metadata::verify(broker.sign(&KEY).unwrap().as_bytes(), &keys, &AlgorithmPolicy::rsa()).unwrap();
        let settings = AuthnRequestSettings::signicat(&format!("{url}/saml/metadata"), &format!("{url}/saml/acs"))
            .with_requested_level(LevelOfAssurance::Substantial.authn_context_class());
        let profile =
            Profile::signicat_broker(Environment::PreProduction, LevelOfAssurance::Middle, [SIMULATOR.to_owned()]);
        let (broker, binding) = (metadata.identity_provider().unwrap(), RequestBinding::Redirect);
        let configuration = Configuration::new(settings, OWN_KEY.clone(), broker, profile.unwrap(), binding).unwrap();
        let service_provider =
            ServiceProvider::new(configuration, MemoryRequestStore::new(LOGINS), MemoryReplayCache::new(LOGINS));
        let settings = Settings::new(url, "Gemeente Voorbeeld", "<md:EntityDescriptor/>").unwrap();
        let session = |LoggedIn(session): LoggedIn| async move { format!("logged in: {}", session.identity.masked()) };
        let pages = Router::new().route("/session", get(session));
        SamlPortal::new(service_provider, MemorySessionStore::new(LOGINS), settings).router(pages)
    })
}

/// A service provider that lets in whatever has a genuine signature over something, as whoever is named first.
pub(crate) fn naive() -> String {
    serve(|url| {
        let (settings, url) = (Arc::new(AuthnRequestSettings::signicat(url, &format!("{url}/acs"))), url.to_owned());
        let login = move || async move { Redirect::to(&request(&settings)) };
        Router::new()
            .route("/", get(|| async { Redirect::to("/login") }))
            .route("/login", get(login))
            .route("/acs", post(|body: Bytes| async move { greeted(&body) }))
            .route("/url", get(|| async { url }))
    })
}

/// Returns the URL of the identity provider with a new request.
fn request(settings: &AuthnRequestSettings) -> String {
    let random = [saml_xml_security::random_bytes().unwrap(), saml_xml_security::random_bytes().unwrap()];
    let path = ReturnPath::parse("/").unwrap();
    let made =
        settings.create("https://broker.example/login", ISSUER, &LoginOptions::default(), random, path, Utc::now());
    made.unwrap().0.redirect(&OWN_KEY).unwrap()
}

fn greeted(body: &[u8]) -> Response {
    match name_in(body) {
        Some(name) => format!("Hello {name}").into_response(),
        None => (StatusCode::FORBIDDEN, "Go away").into_response(),
    }
}

fn name_in(body: &[u8]) -> Option<String> {
    let options = ParseOptions::message();
    let message = decode_post(body, MessageParameter::SamlResponse).ok()?;
    let document = Document::parse(message.xml(), &options).ok()?;
    let keys = [KEY.verifying_key().clone()];
    document.elements().find(|element| verify(*element, &keys, &AlgorithmPolicy::rsa(), &options).is_ok())?;
    let name = document.elements().find(|element| element.is(ASSERTION, "NameID"))?;
    Some(name.text().ok()?.to_owned())
}

/// A service provider that refuses everything.
pub(crate) fn closed() -> String {
    serve(|url| {
        let settings = AuthnRequestSettings::signicat(url, &format!("{url}/acs"));
        let refuse = || async { (StatusCode::FORBIDDEN, "Go away") };
        Router::new()
            .route("/login", get(|| async move { Redirect::to(&request(&settings)) }))
            .route("/acs", post(refuse))
    })
}

/// A service provider that says the same to whatever is posted.
pub(crate) fn indifferent() -> String {
    serve(|url| {
        let settings = AuthnRequestSettings::signicat(url, &format!("{url}/acs"));
        let login = get(|| async move { Redirect::to(&request(&settings)) });
        Router::new().route("/login", login).route("/acs", post(|| async { "Hello" }))
    })
}

/// More than a round of attacks has.
const LOGINS: usize = 5_000;
