//! A portal and the simulated broker in one process: a login, and a logout that begins at either of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{Request, StatusCode};
use axum::routing::get;
use chrono::{DateTime, Utc};
use saml_authn_request::AuthnRequestSettings;
use saml_axum::{LoggedIn, SamlPortal, Settings};
use saml_digid::{Environment, LevelOfAssurance, Profile, SIMULATOR};
use saml_metadata::{Endpoint, IndexedEndpoint, Metadata, ServiceProviderMetadata};
use saml_protocol::Binding;
use saml_simulator::{RegisteredServiceProvider, SimulatorConfig, router};
use saml_sp::{Configuration, RequestBinding, ServiceProvider, SingleLogout};
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};
use saml_xml_security::SigningKey;
use tower::ServiceExt;

const PORTAL: &str = "https://portal.example";
const BROKER: &str = "http://127.0.0.1:8081";
const SESSIONS: &str = "http://127.0.0.1:8081/broker/authn/simulator/sessions";
const BSN: &str = "900026236";

#[tokio::test]
async fn a_logout_that_begins_at_the_portal_ends_both_sessions() {
    for answered_by in [Binding::HttpPost, Binding::HttpRedirect] {
        let mut browser = Browser::with_parties(Some(answered_by));
        browser.log_in().await;
        assert_eq!(browser.sessions_at_broker().await, 1);

        let page = browser.submit_to(&format!("{PORTAL}/saml/logout"), &[]).await;
        assert!(!browser.is_logged_in().await, "it has ended here before the broker knows of it");
        assert_eq!(browser.sessions_at_broker().await, 1);
        let mut page = browser.submit(&page, "SAMLRequest").await;
        if answered_by == Binding::HttpPost {
            page = browser.submit(&page, "SAMLResponse").await;
        }
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.html.contains("U bent overal uitgelogd."), "{}", page.html);
        assert_eq!(browser.sessions_at_broker().await, 0);
        assert!(!browser.urls.contains(BSN));
    }
}

#[tokio::test]
async fn a_logout_that_begins_at_the_broker_ends_both_sessions() {
    let mut citizen = Browser::with_parties(Some(Binding::HttpPost));
    citizen.log_in().await;
    let page = citizen.get(SESSIONS).await;
    assert!(!page.html.contains(BSN));

    let fields = [("handle", page.value("handle")), ("lang", "nl".to_owned())];
    let page = citizen.submit_to(SESSIONS, &fields).await;
    let page = citizen.submit(&page, "SAMLRequest").await;
    assert!(!citizen.is_logged_in().await);
    let page = citizen.submit(&page, "SAMLResponse").await;
    assert!(page.html.contains("De dienst heeft de sessie beëindigd."), "{}", page.html);
    assert_eq!(citizen.sessions_at_broker().await, 0);
    assert!(!citizen.urls.contains(BSN));
}

#[tokio::test]
async fn a_logout_at_the_broker_ends_the_session_that_it_is_about_and_no_other() {
    let mut citizen = Browser::with_parties(Some(Binding::HttpPost));
    citizen.log_in().await;
    let mut other = citizen.another();
    other.log_in().await;
    assert_eq!(citizen.sessions_at_broker().await, 2);

    let page = citizen.get(SESSIONS).await;
    let fields = [("handle", page.value("handle")), ("lang", "nl".to_owned())];
    let page = citizen.submit_to(SESSIONS, &fields).await;
    citizen.submit(&page, "SAMLRequest").await;
    let both = [citizen.is_logged_in().await, other.is_logged_in().await];
    assert_eq!(both.into_iter().filter(|is_logged_in| *is_logged_in).count(), 1);
}

#[tokio::test]
async fn a_portal_without_single_logout_ends_its_own_session() {
    let mut browser = Browser::with_parties(None);
    browser.log_in().await;
    let page = browser.submit_to(&format!("{PORTAL}/saml/logout"), &[]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!browser.is_logged_in().await);
    assert_eq!(browser.sessions_at_broker().await, 1);
}

/// A browser between the two: it keeps cookies, and follows redirects.
struct Browser {
    portal: Router,
    broker: Router,
    cookies: BTreeMap<String, String>,
    /// Every URL that it was at.
    urls: String,
}

struct Page {
    status: StatusCode,
    html: String,
}

impl Browser {
    /// Makes a portal and a broker that know each other; answers to a logout come to the portal by `answered_by`, if at
    /// all.
    fn with_parties(answered_by: Option<Binding>) -> Self {
        let [portal_key, broker_key] =
            ["portal", "broker"].map(|name| SigningKey::generate_self_signed(2048, name, 0, 4_000_000_000).unwrap());
        let (entity_id, consumer) = (format!("{PORTAL}/saml/metadata"), format!("{PORTAL}/saml/acs"));
        let slo = format!("{PORTAL}/saml/slo");
        let service =
            IndexedEndpoint { index: 0, is_default: None, binding: Binding::HttpPost, location: consumer.clone() };
        let keys = vec![portal_key.verifying_key().clone()];
        let metadata = ServiceProviderMetadata {
            single_logout: answered_by.map(|binding| Endpoint { binding, location: slo.clone() }).into_iter().collect(),
            ..ServiceProviderMetadata::new("_m", &entity_id, keys, vec![service])
        };
        let metadata = metadata.sign(&portal_key).unwrap();
        let registered = Metadata::parse_unverified(metadata.as_bytes()).unwrap().service_provider().unwrap();
        let broker =
            SimulatorConfig::new(BROKER, broker_key, vec![RegisteredServiceProvider::new(registered)], now).unwrap();

        let known = Metadata::parse_unverified(broker.metadata().as_bytes()).unwrap().identity_provider().unwrap();
        let floor = LevelOfAssurance::Middle;
        let profile = Profile::signicat_broker(Environment::PreProduction, floor, [SIMULATOR.to_owned()]).unwrap();
        let settings = AuthnRequestSettings::signicat(&entity_id, &consumer);
        let mut configuration =
            Configuration::new(settings, portal_key, known, profile, RequestBinding::Redirect).unwrap();
        if answered_by.is_some() {
            configuration = configuration.with_single_logout(SingleLogout::new(&slo).unwrap());
        }
        let service_provider =
            ServiceProvider::new(configuration, MemoryRequestStore::new(10), MemoryReplayCache::new(10));
        let settings = Settings::new(PORTAL, "Gemeente Voorbeeld", &metadata).unwrap().with_clock(now);
        let pages = Router::new()
            .route("/", get(async || "start"))
            .route("/permits", get(async |LoggedIn(session): LoggedIn| session.identity.masked().to_string()));
        let portal = SamlPortal::new(service_provider, MemorySessionStore::new(10), settings).router(pages);
        Self { portal, broker: router(broker), cookies: BTreeMap::new(), urls: String::new() }
    }

    /// Returns another browser at the same parties.
    fn another(&self) -> Self {
        let (portal, broker) = (self.portal.clone(), self.broker.clone());
        Self { portal, broker, cookies: BTreeMap::new(), urls: String::new() }
    }

    async fn log_in(&mut self) {
        let page = self.get(&format!("{PORTAL}/saml/login?level=substantial&return_to=/permits")).await;
        let fields = [
            ("handle", page.value("handle")),
            ("lang", "nl".to_owned()),
            ("bsn", BSN.to_owned()),
            ("loa", "loa3".to_owned()),
        ];
        let login = format!("{BROKER}/broker/authn/simulator/authenticate/digid");
        let page = self.submit_to(&login, &fields).await;
        let page = self.submit(&page, "SAMLResponse").await;
        assert_eq!((page.status, page.html.as_str()), (StatusCode::OK, "90*****36"));
    }

    async fn is_logged_in(&mut self) -> bool {
        self.get(&format!("{PORTAL}/permits")).await.html == "90*****36"
    }

    async fn sessions_at_broker(&mut self) -> usize {
        self.get(SESSIONS).await.html.matches("name=\"handle\"").count()
    }

    /// Posts the form of a page that carries a message in `parameter`.
    async fn submit(&mut self, page: &Page, parameter: &str) -> Page {
        assert_eq!(page.status, StatusCode::OK, "{}", page.html);
        let action = page.html.split(" action=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let mut fields = vec![(parameter, page.value(parameter))];
        if page.html.contains("name=\"RelayState\"") {
            fields.push(("RelayState", page.value("RelayState")));
        }
        self.submit_to(&action, &fields).await
    }

    async fn submit_to(&mut self, url: &str, fields: &[(&str, String)]) -> Page {
        let escaped = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let pairs: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        let request = Request::post(url).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(url, request.body(Body::from(pairs.join("&"))).unwrap()).await
    }

    async fn get(&mut self, url: &str) -> Page {
        self.send(url, Request::get(url).body(Body::empty()).unwrap()).await
    }

    async fn send(&mut self, url: &str, mut request: Request<Body>) -> Page {
        let mut url = url.to_owned();
        loop {
            self.urls.push_str(&url);
            let is_portal = url.starts_with(PORTAL);
            let server = if is_portal { &self.portal } else { &self.broker };
            if is_portal {
                let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
                request.headers_mut().insert(COOKIE, pairs.join("; ").parse().unwrap());
            }
            let response = server.clone().oneshot(request).await.unwrap();
            for cookie in response.headers().get_all(SET_COOKIE) {
                let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
                if rest.contains("Max-Age=0") {
                    self.cookies.remove(name);
                } else {
                    self.cookies.insert(name.to_owned(), rest.split(';').next().unwrap().to_owned());
                }
            }
            let Some(location) = response.headers().get(LOCATION).map(|value| value.to_str().unwrap().to_owned())
            else {
                let status = response.status();
                let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
                return Page { status, html: String::from_utf8(body.to_vec()).unwrap() };
            };
            let origin = if is_portal { PORTAL } else { BROKER };
            url = if location.starts_with('/') { format!("{origin}{location}") } else { location };
            request = Request::get(&url).body(Body::empty()).unwrap();
        }
    }
}

impl Page {
    /// Returns the value of the first field with this name.
    fn value(&self, name: &str) -> String {
        let rest =
            self.html.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_else(|| panic!("{}", self.html));
        rest.split('"').next().unwrap().replace("&#43;", "+").replace("&#61;", "=").replace("&#47;", "/")
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_445_600, 0).unwrap()
}
