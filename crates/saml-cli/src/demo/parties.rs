use axum::Router;
use chrono::{DateTime, TimeDelta, Utc};
use saml_authn_request::AuthnRequestSettings;
use saml_axum::{Language, SamlPortal, Settings};
use saml_digid::{Environment, LevelOfAssurance, Profile, SIMULATOR};
use saml_metadata::{IdentityProvider, IndexedEndpoint, Metadata, ServiceProviderMetadata};
use saml_protocol::Binding;
use saml_simulator::{RegisteredServiceProvider, SimulatorConfig};
use saml_sp::{Configuration, RequestBinding, ServiceProvider};
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};
use saml_xml_security::{AlgorithmPolicy, SigningKey, VerifyingKey};

use super::pages;
use crate::failure::Failure;

/// The portal and the broker, who know each other's metadata.
pub(crate) struct Parties {
    pub(crate) portal: Router,
    pub(crate) broker: Router,
}

impl Parties {
    /// Makes both with fresh keys. Each knows the other by signed metadata, checked with a key that it knew before.
    pub(crate) fn introduce(
        portal_url: &str,
        broker_url: &str,
        level: LevelOfAssurance,
        language: Language,
    ) -> Result<Self, Failure> {
        let now = Utc::now();
        let portal_key = fresh_key("portal", now)?;
        let portal_metadata = portal_metadata(portal_url, &portal_key)?;

        let registered = verified(&portal_metadata, portal_key.verifying_key())?;
        let registered = RegisteredServiceProvider::new(registered.service_provider().map_err(Failure::new)?);
        let broker = SimulatorConfig::new(broker_url, fresh_key("broker", now)?, vec![registered], Utc::now)
            .map_err(Failure::new)?;
        let known = verified(broker.metadata(), broker.verifying_key())?;
        let known = known.identity_provider().map_err(Failure::new)?;

        let configuration = configuration(portal_url, portal_key, known, level, language)?;
        let service_provider =
            ServiceProvider::new(configuration, MemoryRequestStore::new(USERS), MemoryReplayCache::new(USERS));
        let settings = Settings::new(portal_url, ORGANISATION, &portal_metadata).map_err(Failure::new)?;
        let portal = SamlPortal::new(service_provider, MemorySessionStore::new(USERS), settings);
        let pages = pages::Portal { organisation: ORGANISATION, level, language };
        Ok(Self { portal: portal.router(pages.routes()), broker: saml_simulator::router(broker) })
    }
}

fn configuration(
    portal_url: &str,
    key: SigningKey,
    broker: IdentityProvider,
    level: LevelOfAssurance,
    language: Language,
) -> Result<Configuration, Failure> {
    let settings = AuthnRequestSettings::signicat(&entity_id(portal_url), &consumer(portal_url))
        .with_requested_level(level.authn_context_class())
        .with_language(language.code())
        .with_provider_name(ORGANISATION);
    // Each login is held to the level that it asked for; the floor lets the start page offer all of them.
    let profile = Profile::signicat_broker(Environment::PreProduction, LevelOfAssurance::Basic, [SIMULATOR.to_owned()])
        .map_err(Failure::new)?;
    Configuration::new(settings, key, broker, profile, RequestBinding::Redirect).map_err(Failure::new)
}

fn portal_metadata(portal_url: &str, key: &SigningKey) -> Result<String, Failure> {
    let consumer = IndexedEndpoint {
        index: 0,
        is_default: Some(true),
        binding: Binding::HttpPost,
        location: consumer(portal_url),
    };
    let keys = vec![key.verifying_key().clone()];
    let metadata = ServiceProviderMetadata::new("_metadata", &entity_id(portal_url), keys, vec![consumer]);
    metadata.sign(key).map_err(Failure::new)
}

fn verified(file: &str, pinned: &VerifyingKey) -> Result<Metadata, Failure> {
    let pinned = std::slice::from_ref(pinned);
    Metadata::verify(file.as_bytes(), pinned, &AlgorithmPolicy::rsa()).map_err(Failure::new)
}

fn fresh_key(name: &str, now: DateTime<Utc>) -> Result<SigningKey, Failure> {
    let (not_before, not_after) = (now - TimeDelta::hours(1), now + TimeDelta::days(30));
    SigningKey::generate_self_signed(2048, name, not_before.timestamp(), not_after.timestamp()).map_err(Failure::new)
}

fn entity_id(portal_url: &str) -> String {
    format!("{portal_url}/saml/metadata")
}

fn consumer(portal_url: &str) -> String {
    format!("{portal_url}/saml/acs")
}

const ORGANISATION: &str = "Gemeente Voorbeeld";
/// More than a demonstration has.
const USERS: usize = 1000;
