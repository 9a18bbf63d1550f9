//! The portal and the broker of the demo, introduced to each other.

use axum::Router;
use chrono::{DateTime, TimeDelta, Utc};
use clap::ValueEnum;
use saml_authn_request::{AssertionConsumerServiceChoice, AuthnRequestSettings};
use saml_axum::{Language, SamlPortal, Settings};
use saml_digid::{Environment, LevelOfAssurance, Profile, SIMULATOR};
use saml_metadata::{CatalogueService, Endpoint, IdentityProvider, IndexedEndpoint, Metadata, ServiceProviderMetadata};
use saml_protocol::Binding;
use saml_simulator::{AnswerSettings, RegisteredServiceProvider, Routers, SimulatorConfig, StSamlSettings};
use saml_sp::{Configuration, RequestBinding, ServiceProvider, SingleLogout};
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};
use saml_xml_security::{AlgorithmPolicy, DecryptionKey, SigningKey, VerifyingKey};

use super::back_channel::PortalEnd;
use super::pages;
use crate::failure::Failure;

/// The portal and the broker, who know each other's metadata.
pub(crate) struct Parties {
    pub(crate) portal: Router,
    pub(crate) broker: Routers,
}

/// What the broker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BrokerKind {
    /// The Signicat broker with DigiD behind it
    SignicatBroker,
    /// DigiD itself, 3.x
    Digid,
    /// Stelsel Toegang with DigiD behind it
    StSaml,
}

/// What the parties are.
#[derive(Clone, Copy)]
pub(crate) struct Setup<'a> {
    pub(crate) portal_url: &'a str,
    pub(crate) broker_url: &'a str,
    pub(crate) broker: BrokerKind,
    pub(crate) level: LevelOfAssurance,
    pub(crate) language: Language,
}

/// The keys of the portal.
struct PortalKeys {
    signing: SigningKey,
    encryption: SigningKey,
}

impl Parties {
    /// Makes both with fresh keys. Each knows the other by signed metadata, checked with a key that it knew before.
    ///
    /// With a back channel the broker answers by HTTP-Artifact, else by HTTP-POST.
    pub(crate) fn introduce(setup: &Setup<'_>, portal_end: Option<PortalEnd>) -> Result<Self, Failure> {
        let now = Utc::now();
        let keys = PortalKeys { signing: fresh_key("portal", now)?, encryption: fresh_key("portal-encryption", now)? };
        let binding = if portal_end.is_some() { Binding::HttpArtifact } else { Binding::HttpPost };
        let portal_metadata = setup.portal_metadata(binding, &keys, now)?;

        let registered = verified(&portal_metadata, keys.signing.verifying_key())?;
        let registered = RegisteredServiceProvider {
            metadata: registered.service_provider().map_err(Failure::new)?,
            answers: setup.answers(&keys),
        };
        let next_key = fresh_key("broker-next", now)?;
        let mut broker = SimulatorConfig::new(setup.broker_url, fresh_key("broker", now)?, vec![registered], Utc::now)
            .and_then(|broker| broker.with_next_key(next_key))
            .map_err(Failure::new)?;
        let mut settings = Settings::new(setup.portal_url, ORGANISATION, &portal_metadata).map_err(Failure::new)?;
        if let Some(end) = portal_end {
            broker = broker.with_artifact_resolution(&end.broker_url).map_err(Failure::new)?;
            settings = settings.with_back_channel(end.back_channel);
        }
        let known = verified(broker.metadata(), broker.verifying_key())?;
        let known = known.identity_provider().map_err(Failure::new)?;

        let configuration = setup.configuration(binding, keys, known)?;
        let service_provider =
            ServiceProvider::new(configuration, MemoryRequestStore::new(USERS), MemoryReplayCache::new(USERS));
        let portal = SamlPortal::new(service_provider, MemorySessionStore::new(USERS), settings);
        // ST-SAML 1.0, AuthnRequest: the level is that of the service catalogue.
        let level = (setup.broker != BrokerKind::StSaml).then_some(setup.level);
        let pages = pages::Portal {
            organisation: ORGANISATION.to_owned(),
            level,
            demonstration: true,
            with_digid: true,
            language: setup.language,
            is_https: false,
        };
        Ok(Self { portal: portal.router(pages.routes()), broker: saml_simulator::routers(broker) })
    }
}

impl Setup<'_> {
    /// Returns what the portal is.
    fn configuration(
        &self,
        binding: Binding,
        keys: PortalKeys,
        broker: IdentityProvider,
    ) -> Result<Configuration, Failure> {
        let (entity_id, consumer) = (self.entity_id(), self.consumer());
        let level = self.level.authn_context_class();
        // Each login is held to the level that it asked for; the floor lets the start page offer all of them.
        let floor = LevelOfAssurance::Basic;
        let (settings, profile, request) = match self.broker {
            BrokerKind::Digid => {
                let settings = AuthnRequestSettings::digid(&entity_id, 0, &consumer).with_requested_level(level);
                (settings, Ok(Profile::digid(floor)), RequestBinding::Redirect)
            }
            BrokerKind::StSaml => {
                let authorities = [Environment::PreProduction.digid_ad().to_owned()];
                let profile = Profile::st_saml(Environment::PreProduction, self.level, SERVICE, authorities);
                (AuthnRequestSettings::st_saml(&entity_id, 0, &consumer, 0), profile, RequestBinding::Post)
            }
            BrokerKind::SignicatBroker => {
                let choice = AssertionConsumerServiceChoice::Url { binding: Some(binding) };
                let settings = AuthnRequestSettings::signicat(&entity_id, &consumer)
                    .with_assertion_consumer_service(choice)
                    .with_requested_level(level)
                    .with_language(self.language.code());
                let authorities = [SIMULATOR.to_owned()];
                let profile = Profile::signicat_broker(Environment::PreProduction, floor, authorities);
                (settings, profile, RequestBinding::Redirect)
            }
        };
        let settings = settings.with_provider_name(ORGANISATION);
        let single_logout = SingleLogout::new(&self.single_logout()).map_err(Failure::new)?;
        let decryption = keys.encryption.private_key_pem().and_then(|pem| DecryptionKey::from_pem(&pem));
        Configuration::new(settings, keys.signing, broker, profile.map_err(Failure::new)?, request)
            .map(|configuration| decryption.map(|key| configuration.with_decryption_keys(vec![key])))
            .map_err(Failure::new)?
            .map(|configuration| configuration.with_single_logout(single_logout))
            .map_err(Failure::new)
    }

    /// Returns how the broker answers this portal.
    fn answers(&self, keys: &PortalKeys) -> AnswerSettings {
        match self.broker {
            // The entity ID that the simulator gives itself.
            BrokerKind::Digid => AnswerSettings::digid(&format!("{}/broker/sp/saml", self.broker_url)),
            BrokerKind::StSaml => AnswerSettings::st_saml(
                Environment::PreProduction.digid_ad(),
                StSamlSettings {
                    service: SERVICE.to_owned(),
                    recipients: vec![(self.entity_id(), keys.encryption.verifying_key().clone())],
                    mandate: None,
                },
            ),
            BrokerKind::SignicatBroker => AnswerSettings::default(),
        }
    }

    /// Writes the metadata of the portal, in the form of its partner.
    fn portal_metadata(&self, binding: Binding, keys: &PortalKeys, now: DateTime<Utc>) -> Result<String, Failure> {
        let (entity_id, location) = (self.entity_id(), self.consumer());
        let signing = vec![keys.signing.verifying_key().clone()];
        let mut metadata = match self.broker {
            BrokerKind::Digid => ServiceProviderMetadata::digid("_metadata", &entity_id, signing, &location),
            BrokerKind::StSaml => ServiceProviderMetadata::stelsel_toegang(
                "_metadata",
                &entity_id,
                now + TimeDelta::days(30),
                signing,
                vec![keys.encryption.verifying_key().clone()],
                &[&location],
                &[CatalogueService { uuid: SERVICE.to_owned(), name: ORGANISATION.to_owned() }],
            ),
            BrokerKind::SignicatBroker => {
                let consumer = IndexedEndpoint { index: 0, is_default: Some(true), binding, location };
                ServiceProviderMetadata::new("_metadata", &entity_id, signing, vec![consumer])
            }
        };
        // DigiD SAML 3.7 answers a logout by HTTP-Redirect, ST-SAML 1.0 by HTTP-POST.
        let binding = if self.broker == BrokerKind::Digid { Binding::HttpRedirect } else { Binding::HttpPost };
        metadata.single_logout = vec![Endpoint { binding, location: self.single_logout() }];
        metadata.sign(&keys.signing).map_err(Failure::new)
    }

    fn entity_id(&self) -> String {
        format!("{}/saml/metadata", self.portal_url)
    }

    fn single_logout(&self) -> String {
        format!("{}/saml/slo", self.portal_url)
    }

    fn consumer(&self) -> String {
        format!("{}/saml/acs", self.portal_url)
    }
}

/// Reads metadata, once the signature of a key held that is known already.
pub(super) fn verified(file: &str, pinned: &VerifyingKey) -> Result<Metadata, Failure> {
    let pinned = std::slice::from_ref(pinned);
    Metadata::verify(file.as_bytes(), pinned, &AlgorithmPolicy::rsa()).map_err(Failure::new)
}

/// Makes a key with a certificate of its own.
pub(super) fn fresh_key(name: &str, now: DateTime<Utc>) -> Result<SigningKey, Failure> {
    // Longer than the portal warns of.
    let (not_before, not_after) = (now - TimeDelta::hours(1), now + TimeDelta::days(90));
    SigningKey::generate_self_signed(2048, name, not_before.timestamp(), not_after.timestamp()).map_err(Failure::new)
}

const ORGANISATION: &str = "Gemeente Voorbeeld";
/// More than a demonstration has.
const USERS: usize = 1000;
/// A UUID such as the service catalogue gives.
const SERVICE: &str = "375b1cb1-14b7-42e9-a534-16cc4d8997b0";
