//! The portal and a simulator of DigiD, with the back channel between them over mutual TLS.

use std::sync::LazyLock;
use std::time::Duration;

use axum::Router;
use axum::http::{Method, StatusCode};
use chrono::{TimeDelta, Utc};
use pkioverheid::{Certificate, Generation, TestHierarchy, TestLeaf};
use saml_authn_request::AuthnRequestSettings;
use saml_backchannel::BackChannel;
use saml_digid::{LevelOfAssurance, Profile, texts};
use saml_metadata::{IdentityProvider, Metadata, ServiceProviderMetadata};
use saml_simulator::{
    AnswerSettings, BackChannelListener, RegisteredServiceProvider, Routers, SimulatorConfig, routers,
};
use saml_sp::{Configuration, RequestBinding, ServiceProvider};
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};
use saml_xml_security::{AlgorithmPolicy, SigningKey};
use tokio::net::TcpListener;

use crate::browser::{Browser, Page};
use crate::log;
use crate::portal::{BROKER, BROKER_KEY, PORTAL, PORTAL_KEY, acs, entity_id, now, router_with, settings, wait};

pub(crate) static AUTHORITY: LazyLock<Authority> = LazyLock::new(Authority::new);
static OTHER_AUTHORITY: LazyLock<Authority> = LazyLock::new(Authority::new);
static NEXT_KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate_self_signed(2048, "next.example", 0, 4_000_000_000).unwrap());

/// Who both sides get their certificates from.
pub(crate) struct Authority {
    pub(crate) root: Vec<u8>,
    pub(crate) portal: Identity,
    pub(crate) broker: Identity,
}

/// A private key and its certificates, in PEM form.
pub(crate) struct Identity {
    pub(crate) private_key: Vec<u8>,
    pub(crate) chain: Vec<u8>,
}

impl Authority {
    fn new() -> Self {
        // The certificates of TLS are held against the clock of the system.
        let hierarchy = TestHierarchy::new(Generation::G4, Utc::now()).unwrap();
        Self {
            root: hierarchy.authorities().last().unwrap().to_pem().unwrap(),
            portal: Identity::issue(&hierarchy, "portal.example"),
            broker: Identity::issue(&hierarchy, "localhost"),
        }
    }
}

impl Identity {
    fn issue(hierarchy: &TestHierarchy, host: &str) -> Self {
        let leaf = TestLeaf { host_names: &[host], ..TestLeaf::new("00000009999999999004", Utc::now()) };
        let pair = hierarchy.issue(&leaf).unwrap();
        let chain = std::iter::once(pair.certificate()).chain(pair.issuers());
        let chain: Vec<Vec<u8>> = chain.map(Certificate::to_pem).collect::<Result<_, _>>().unwrap();
        Self { private_key: pair.private_key().to_pem().unwrap(), chain: chain.concat() }
    }
}

/// What can be different about the two.
struct Setup {
    /// The root that the portal holds the broker to.
    root: &'static Authority,
    /// What the portal shows.
    client: Option<&'static Authority>,
    patience: Duration,
    /// Whether the portal read the metadata after the next key was announced.
    knows_next_key: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self { root: &AUTHORITY, client: Some(&AUTHORITY), patience: Duration::from_secs(60), knows_next_key: true }
    }
}

struct World {
    portal: Router,
    broker: Router,
    control: Router,
    browser: Browser,
}

impl World {
    async fn new(setup: Setup) -> Self {
        let tcp = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let origin = format!("https://localhost:{}", tcp.local_addr().unwrap().port());
        let Identity { private_key, chain } = &AUTHORITY.broker;
        let listener = BackChannelListener::new(tcp, private_key, chain, &AUTHORITY.root).unwrap();

        let keys = vec![PORTAL_KEY.verifying_key().clone()];
        let file = ServiceProviderMetadata::digid("_m", &entity_id(), keys.clone(), &acs()).sign(&PORTAL_KEY).unwrap();
        let metadata = Metadata::verify(file.as_bytes(), &keys, &AlgorithmPolicy::rsa()).unwrap();
        let registered = RegisteredServiceProvider {
            metadata: metadata.service_provider().unwrap(),
            answers: AnswerSettings::digid(&format!("{BROKER}/broker/sp/saml")),
        };
        let before = SimulatorConfig::new(BROKER, BROKER_KEY.clone(), vec![registered], now).unwrap();
        let before = before.with_artifact_resolution(&origin).unwrap();
        let after = before.clone().with_next_key(NEXT_KEY.clone()).unwrap();
        let known = identity_provider(if setup.knows_next_key { &after } else { &before });

        let mut back_channel = BackChannel::new(&setup.root.root).unwrap();
        if let Some(Authority { portal, .. }) = setup.client {
            back_channel = back_channel.with_client_certificate(&portal.private_key, &portal.chain).unwrap();
        }
        let back_channel = back_channel.with_timeouts(Duration::from_secs(60), setup.patience);
        let portal =
            router_with(digid(known), MemorySessionStore::new(100), settings().with_back_channel(back_channel));
        let Routers { browser: broker, back_channel, control, .. } = routers(after);
        tokio::spawn(async { axum::serve(listener, back_channel).await });
        Self { portal, broker, control, browser: Browser::default() }
    }

    /// Logs in at the broker with a script besides, and returns where the browser is sent with the artifact.
    async fn artifact(&mut self, script: &str) -> String {
        let outcome = r#""outcome": {"log_in": {"bsn": "900026236", "level": "substantial"}}"#;
        self.artifact_of(&format!("{{{outcome}{script}}}")).await
    }

    async fn artifact_of(&mut self, script: &str) -> String {
        let json = Some("application/json");
        let answer = Browser::default().send(&self.control, Method::PUT, "/next-login", json, script.to_owned()).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text);
        let page = self.browser.get(&self.portal, "/saml/login?return_to=/permits").await;
        let path = page.location().strip_prefix(BROKER).unwrap();
        let page = Browser::default().get(&self.broker, path).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
        page.location().strip_prefix(PORTAL).unwrap().to_owned()
    }

    async fn log_in(&mut self, script: &str) -> Page {
        let url = self.artifact(script).await;
        self.browser.get(&self.portal, &url).await
    }

    #[track_caller]
    fn refused(&self, page: &Page, status: StatusCode, code: &str) {
        let log = log::taken();
        assert!(log.contains(&format!("login refused code=\"{code}\"")), "{log}");
        assert_eq!(page.status, status);
        assert!(page.text.contains(texts::ERROR_NL));
    }
}

fn identity_provider(config: &SimulatorConfig) -> IdentityProvider {
    let pinned = [config.verifying_key().clone()];
    let metadata = Metadata::verify(config.metadata().as_bytes(), &pinned, &AlgorithmPolicy::rsa()).unwrap();
    metadata.identity_provider().unwrap()
}

fn digid(identity_provider: IdentityProvider) -> ServiceProvider<MemoryRequestStore, MemoryReplayCache> {
    let configuration = Configuration::new(
        AuthnRequestSettings::digid(&entity_id(), 0, &acs()),
        PORTAL_KEY.clone(),
        identity_provider,
        Profile::digid(LevelOfAssurance::Middle),
        RequestBinding::Redirect,
    );
    ServiceProvider::new(configuration.unwrap(), MemoryRequestStore::new(100), MemoryReplayCache::new(100))
}

#[tokio::test]
async fn a_citizen_logs_in_by_artifact() {
    let mut world = World::new(Setup::default()).await;

    assert_eq!(world.log_in("").await.location(), "/permits");
    let page = world.browser.get(&world.portal, "/permits").await;
    assert!(page.text.starts_with("bsn 90*****36 substantial "), "{}", page.text);
    assert!(!world.browser.seen.contains("900026236") && !log::taken().contains("900026236"));
}

#[tokio::test]
async fn an_artifact_that_is_not_resolved_is_told_under_the_reference_of_the_page() {
    let mut good = World::new(Setup::default()).await;
    good.log_in("").await;
    let events = log::audited();
    assert!(events.iter().all(|event| !event.starts_with("artifact not resolved")), "{events:?}");
    assert!(events.last().unwrap().starts_with("login finished "), "{events:?}");

    let mut world = World::new(Setup { client: None, ..Setup::default() }).await;
    let page = world.log_in("").await;
    let code = "backchannel_client_certificate";
    let reference = Some(page.reference());
    let events = log::audited_with_references();
    let told =
        ["artifact not resolved", "login refused"].map(|name| (format!("{name} code=\"{code}\""), reference.clone()));
    assert_eq!(events[events.len() - 2..], told);
}

#[tokio::test]
async fn a_citizen_who_cancels_is_told_so_by_artifact() {
    let mut world = World::new(Setup::default()).await;

    let url = world.artifact_of(r#"{"outcome": "cancel"}"#).await;
    let page = world.browser.get(&world.portal, &url).await;
    assert_eq!(page.location(), "/permits?login=cancelled");
}

#[tokio::test]
async fn a_portal_without_a_client_certificate_is_not_answered() {
    let mut world = World::new(Setup { client: None, ..Setup::default() }).await;
    let page = world.log_in("").await;
    world.refused(&page, StatusCode::SERVICE_UNAVAILABLE, "backchannel_client_certificate");
}

#[tokio::test]
async fn a_portal_with_a_client_certificate_of_another_root_is_not_answered() {
    let mut world = World::new(Setup { client: Some(&OTHER_AUTHORITY), ..Setup::default() }).await;
    let page = world.log_in("").await;
    world.refused(&page, StatusCode::SERVICE_UNAVAILABLE, "backchannel_client_certificate");
}

#[tokio::test]
async fn a_broker_with_a_certificate_of_another_root_is_not_asked() {
    let mut world = World::new(Setup { root: &OTHER_AUTHORITY, ..Setup::default() }).await;
    let page = world.log_in("").await;
    world.refused(&page, StatusCode::SERVICE_UNAVAILABLE, "backchannel_server_root");
}

#[tokio::test]
async fn an_artifact_is_good_for_one_login() {
    let mut world = World::new(Setup::default()).await;
    let url = world.artifact("").await;

    assert_eq!(world.browser.get(&world.portal, &url).await.location(), "/permits");
    assert_eq!(log::taken().matches("simulator resolved an artifact").count(), 1);
    let page = world.browser.get(&world.portal, &url).await;
    let log = log::taken();
    assert!(log.contains("login refused code=\"pending_request\"") && !log.contains("resolved"), "{log}");
    // The browser has the session of that login, and is sent on.
    assert_eq!(world.browser.get(&world.portal, page.location()).await.location(), "/permits");
}

#[tokio::test]
async fn an_artifact_in_another_browser_is_not_asked_for_and_stays_good_for_its_own() {
    let mut world = World::new(Setup::default()).await;
    let url = world.artifact("").await;
    let mut other = Browser::default();
    assert_eq!(other.get(&world.portal, &url).await.status, StatusCode::FORBIDDEN);
    other.begin(&world.portal, "/saml/login").await;

    let answer = other.get(&world.portal, &url).await;
    let page = other.get(&world.portal, answer.location()).await;

    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.text.contains("Ga verder in de browser waar u bent begonnen"));
    let log = log::taken();
    assert_eq!(log.matches("login refused code=\"pending_request\"").count(), 2);
    assert!(!log.contains("simulator resolved an artifact"), "{log}");
    assert_eq!(world.browser.get(&world.portal, &url).await.location(), "/permits");
    assert_eq!(other.get(&world.portal, "/permits").await.location(), "/");
}

#[tokio::test]
async fn an_artifact_is_used_up_by_an_attempt_that_failed() {
    let mut world = World::new(Setup { client: None, ..Setup::default() }).await;
    let url = world.artifact("").await;

    let page = world.browser.get(&world.portal, &url).await;
    world.refused(&page, StatusCode::SERVICE_UNAVAILABLE, "backchannel_client_certificate");
    let page = world.browser.get(&world.portal, &url).await;
    assert!(log::taken().contains("login refused code=\"artifact_replayed\""));
    assert_eq!(world.browser.get(&world.portal, page.location()).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_artifact_that_is_no_longer_known_logs_nobody_in() {
    let mut world = World::new(Setup::default()).await;
    let page = world.log_in(r#", "artifact": "expired""#).await;
    world.refused(&page, StatusCode::FORBIDDEN, "artifact_resolved");
}

#[tokio::test]
async fn an_artifact_that_comes_after_a_quarter_of_an_hour_is_not_asked_for() {
    let mut world = World::new(Setup::default()).await;
    let url = world.artifact("").await;
    wait(TimeDelta::minutes(1));
    assert_eq!(world.browser.get(&world.portal, &url).await.location(), "/permits");

    let url = world.artifact("").await;
    wait(TimeDelta::minutes(15));
    log::taken();
    let page = world.browser.get(&world.portal, &url).await;
    let log = log::taken();
    assert!(log.contains("login refused code=\"pending_request\"") && !log.contains("resolved"), "{log}");
    assert_eq!(world.browser.get(&world.portal, page.location()).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_answer_to_another_question_logs_nobody_in() {
    let mut world = World::new(Setup::default()).await;
    let page = world.log_in(r#", "artifact": "answers_another""#).await;
    world.refused(&page, StatusCode::FORBIDDEN, "artifact_in_response_to");
}

#[tokio::test]
async fn a_late_answer_is_waited_for_as_long_as_the_portal_has_patience() {
    let mut world = World::new(Setup::default()).await;
    assert_eq!(world.log_in(r#", "resolve_delay_ms": 100"#).await.location(), "/permits");

    let mut world = World::new(Setup { patience: Duration::from_secs(1), ..Setup::default() }).await;
    let page = world.log_in(r#", "resolve_delay_ms": 60000"#).await;
    world.refused(&page, StatusCode::SERVICE_UNAVAILABLE, "backchannel_timeout");
}

#[tokio::test]
async fn the_next_key_is_good_for_who_read_it_in_the_metadata() {
    let mut world = World::new(Setup::default()).await;
    assert_eq!(world.log_in(r#", "key": "next""#).await.location(), "/permits");

    let mut world = World::new(Setup { knows_next_key: false, ..Setup::default() }).await;
    let page = world.log_in(r#", "key": "next""#).await;
    world.refused(&page, StatusCode::FORBIDDEN, "signature_invalid");
}

#[tokio::test]
async fn a_clock_that_is_a_little_ahead_is_taken_and_one_that_is_far_ahead_is_not() {
    let mut world = World::new(Setup::default()).await;
    assert_eq!(world.log_in(r#", "clock_offset_seconds": 10"#).await.location(), "/permits");
    let page = world.log_in(r#", "clock_offset_seconds": 600"#).await;
    world.refused(&page, StatusCode::FORBIDDEN, "artifact_issue_instant");
}
