//! Stelsel Toegang: encrypted identifiers of two people, in answers that are fetched over mutual TLS.

use std::time::Duration;

use axum::Router;
use axum::http::{Method, StatusCode};
use chrono::{TimeDelta, Utc};
use pkioverheid::{Certificate, Generation, TestHierarchy, TestLeaf};
use saml_authn_request::AuthnRequestSettings;
use saml_backchannel::BackChannel;
use saml_bindings::Received;
use saml_digid::{Environment, LevelOfAssurance, Profile};
use saml_metadata::{CatalogueService, Metadata, ServiceProviderMetadata};
use saml_name_id::Bsn;
use saml_simulator::{
    AnswerSettings, BackChannelListener, Mandate, RegisteredServiceProvider, Routers, SimulatorConfig, StSamlSettings,
    routers,
};
use saml_sp::{Configuration, RequestBinding, ServiceProvider};
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};
use saml_xml_security::{AlgorithmPolicy, DecryptionKey, SigningKey};
use tokio::net::TcpListener;

use crate::browser::{Browser, form};
use crate::needles::{BSN, REPRESENTED};
use crate::portal::{ACS, BROKER, BROKER_KEY, ENTITY_ID, PORTAL_KEY, Portal, key, now, settings};
use crate::witness::{is_clean, leaks};

const SERVICE: &str = "375b1cb1-14b7-42e9-a534-16cc4d8997b0";
const MANDATE_SERVICE: &str = "urn:nl-eid-gdi:1.0:BVD:00000004003214345001:entities:9000";

struct World {
    portal: Portal,
    routing_service: Router,
    control: Router,
}

/// Returns a private key and its certificates, in PEM form.
fn identity(hierarchy: &TestHierarchy, host: &str) -> (Vec<u8>, Vec<u8>) {
    let leaf = TestLeaf { host_names: &[host], ..TestLeaf::new("00000009999999999004", Utc::now()) };
    let pair = hierarchy.issue(&leaf).unwrap();
    let chain = std::iter::once(pair.certificate()).chain(pair.issuers());
    let chain: Vec<Vec<u8>> = chain.map(Certificate::to_pem).collect::<Result<_, _>>().unwrap();
    (pair.private_key().to_pem().unwrap(), chain.concat())
}

impl World {
    /// The portal opens identifiers with `decryption`.
    async fn new(encryption: &SigningKey, decryption: &SigningKey) -> Self {
        let tcp = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let origin = format!("https://localhost:{}", tcp.local_addr().unwrap().port());
        // The certificates of TLS are held against the clock of the system.
        let hierarchy = TestHierarchy::new(Generation::G4, Utc::now()).unwrap();
        let root = hierarchy.authorities().last().unwrap().to_pem().unwrap();
        let ((their_key, their_chain), (our_key, our_chain)) =
            (identity(&hierarchy, "localhost"), identity(&hierarchy, "portal.example"));
        let listener = BackChannelListener::new(tcp, &their_key, &their_chain, &root).unwrap();

        let keys = vec![PORTAL_KEY.verifying_key().clone()];
        let file = ServiceProviderMetadata::stelsel_toegang(
            "_m",
            ENTITY_ID,
            now() + TimeDelta::days(30),
            keys.clone(),
            vec![encryption.verifying_key().clone()],
            &[ACS],
            &[CatalogueService { uuid: SERVICE.to_owned(), name: "Gemeente Voorbeeld".to_owned() }],
        );
        let file = file.sign(&PORTAL_KEY).unwrap();
        let metadata = Metadata::verify(file.as_bytes(), &keys, &AlgorithmPolicy::rsa()).unwrap();
        let authority = Environment::PreProduction.digid_ad();
        let mandate =
            Mandate { represented: Bsn::parse(REPRESENTED).unwrap(), mandate_service: MANDATE_SERVICE.to_owned() };
        let answers = StSamlSettings {
            service: SERVICE.to_owned(),
            recipients: vec![(ENTITY_ID.to_owned(), encryption.verifying_key().clone())],
            mandate: Some(mandate),
        };
        let registered = RegisteredServiceProvider {
            metadata: metadata.service_provider().unwrap(),
            answers: AnswerSettings::st_saml(authority, answers),
        };
        let simulator = SimulatorConfig::new(BROKER, BROKER_KEY.clone(), vec![registered], now).unwrap();
        let simulator = simulator.with_artifact_resolution(&origin).unwrap();
        let known = Metadata::parse_unverified(simulator.metadata().as_bytes()).unwrap().identity_provider().unwrap();

        let authorities = [authority.to_owned(), MANDATE_SERVICE.to_owned()];
        let profile = Profile::st_saml(Environment::PreProduction, LevelOfAssurance::Middle, SERVICE, authorities);
        let configuration = Configuration::new(
            AuthnRequestSettings::st_saml(ENTITY_ID, 0, ACS, 0),
            PORTAL_KEY.clone(),
            known,
            profile.unwrap().with_representation(),
            RequestBinding::Post,
        );
        let decryption = DecryptionKey::from_pem(&decryption.private_key_pem().unwrap()).unwrap();
        let configuration = configuration.unwrap().with_decryption_keys(vec![decryption]);
        let service_provider =
            ServiceProvider::new(configuration, MemoryRequestStore::new(100), MemoryReplayCache::new(100));
        let back_channel = BackChannel::new(&root).unwrap().with_client_certificate(&our_key, &our_chain).unwrap();
        let back_channel = back_channel.with_timeouts(Duration::from_secs(60), Duration::from_secs(60));
        let settings = settings().with_back_channel(back_channel);
        let portal = Portal::of(service_provider, MemorySessionStore::new(100), settings);
        let Routers { browser, back_channel, control, .. } = routers(simulator);
        tokio::spawn(async { axum::serve(listener, back_channel).await });
        Self { portal, routing_service: browser, control }
    }

    /// Logs in as the script says, and returns where the browser is sent with the artifact.
    async fn artifact(&self, browser: &mut Browser, script: &str) -> String {
        let (mut control, json) = (Browser::default(), "application/json");
        let answer = control.send(&self.control, Method::PUT, "/next-login", json, script.as_bytes().to_vec()).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text);
        let page = browser.get(&self.portal.router, "/saml/login?return_to=/shows").await;
        let value = |name: &str| {
            let value = page.text.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap();
            value.split('"').next().unwrap().replace("&#43;", "+").replace("&#61;", "=").replace("&#47;", "/")
        };
        let request = Received::detect(value("SAMLRequest").as_bytes()).unwrap();
        let body = format!("{}&RelayState={}", form("SAMLRequest", request.xml()), value("RelayState"));
        let action = page.text.split(" action=\"").nth(1).unwrap().split('"').next().unwrap();
        let path = action.strip_prefix(BROKER).unwrap();
        let page = Browser::default().post_for_other(&self.routing_service, path, body).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
        page.location().strip_prefix("https://portal.example").unwrap().to_owned()
    }
}

#[tokio::test]
async fn identifiers_that_came_encrypted_are_told_to_nobody() {
    let log_in = format!(r#""outcome": {{"log_in": {{"bsn": "{BSN}", "level": "substantial"}}}}"#);
    let encryption = key();
    let world = World::new(&encryption, &encryption).await;
    let mut browser = Browser::default();
    let url = world.artifact(&mut browser, &format!("{{{log_in}}}")).await;
    assert_eq!(browser.get(&world.portal.router, &url).await.location(), "/shows");
    let shown = browser.shown(&world.portal.router, "/shows").await.text;
    assert!(shown.starts_with(&format!("{REPRESENTED} {BSN}")), "{shown}");
    browser.get(&world.portal.router, "/debug").await;
    browser.get(&world.portal.router, &url).await;
    browser.post(&world.portal.router, "/saml/logout", "").await;
    world.portal.note_numbers();
    is_clean("a login with encrypted identifiers");

    for script in [
        format!(r#"{{{log_in}, "artifact": "expired"}}"#),
        format!(r#"{{{log_in}, "artifact": "answers_another"}}"#),
        format!(r#"{{{log_in}, "clock_offset_seconds": 3600}}"#),
        r#"{"outcome": "cancel"}"#.to_owned(),
        r#"{"outcome": "error"}"#.to_owned(),
    ] {
        let url = world.artifact(&mut browser, &script).await;
        Browser::default().get(&world.portal.router, &url).await;
        browser.get(&world.portal.router, &url).await;
        assert_eq!(browser.get(&world.portal.router, "/masks").await.status, StatusCode::SEE_OTHER);
        world.portal.note_numbers();
        is_clean(&script);
    }

    let world = World::new(&encryption, &key()).await;
    let url = world.artifact(&mut browser, &format!("{{{log_in}}}")).await;
    let page = browser.get(&world.portal.router, &url).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    world.portal.note_numbers();
    is_clean("identifiers that our key does not open");
    assert_eq!(leaks(), Vec::<String>::new());
}
