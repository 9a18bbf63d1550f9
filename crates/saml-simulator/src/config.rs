use chrono::{DateTime, Utc};
use saml_digid::{LevelOfAssurance, SIMULATOR};
use saml_forge::{Signed, SignicatPaths};
use saml_metadata::{Endpoint, IdentityProviderMetadata, IndexedEndpoint, ServiceProvider};
use saml_protocol::Binding;
use saml_xml_security::{SigningKey, VerifyingKey};

use crate::error::ConfigError;
use crate::origin::origin;
use crate::script::KeyChoice;
use crate::st_saml::StSamlSettings;

/// What a simulator is: where it is, what it signs with, whom it knows.
#[derive(Clone, Debug)]
pub struct SimulatorConfig {
    pub(crate) key: SigningKey,
    pub(crate) next_key: Option<SigningKey>,
    pub(crate) service_providers: Vec<RegisteredServiceProvider>,
    pub(crate) clock: fn() -> DateTime<Utc>,
    pub(crate) entity_id: String,
    pub(crate) login_url: String,
    pub(crate) logout_url: String,
    /// Where artifacts are resolved; answers by HTTP-Artifact are not given without.
    pub(crate) artifact_resolution: Option<String>,
    metadata: String,
}

/// A service provider that the simulator knows, and what it sends to it.
#[derive(Clone, Debug)]
pub struct RegisteredServiceProvider {
    /// Its keys and its URLs.
    pub metadata: ServiceProvider,
    /// What its answers look like.
    pub answers: AnswerSettings,
}

/// What answers look like: settings of the broker, some of them in its dashboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerSettings {
    /// Who is said to have authenticated the user.
    pub authority: String,
    /// Whether the attributes `nin` and `idpId` are sent.
    pub attributes: bool,
    /// In which words the level of assurance is said.
    pub levels: LevelVocabulary,
    /// Whether the BSN has its sector code before it.
    pub name_id: NameIdForm,
    /// Where it is set, answers have the shape of Stelsel Toegang instead: of the other settings, `authority` and
    /// `signed` count.
    pub st_saml: Option<StSamlSettings>,
    /// What of an answer is signed. A failure has no assertion: of it, the `Response` is signed in any case.
    pub signed: Signed,
}

/// The words in which a level of assurance is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LevelVocabulary {
    /// The classes of DigiD, `urn:oasis:names:tc:SAML:2.0:ac:classes:…`.
    Digid,
    /// The classes of eToegang, `urn:etoegang:core:assurance-class:…`.
    Etoegang,
}

/// How the BSN stands in the NameID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameIdForm {
    /// `s00000000:` and nine digits, as DigiD sends it.
    SectorCode,
    /// Nine digits: "Strip sector code from nameID" is on.
    Stripped,
}

impl SimulatorConfig {
    /// Makes a configuration, and the metadata of the simulator with it.
    ///
    /// `base_url` is the origin that the simulator is served at: `http` on the machine itself, else `https`. Its entity
    /// ID is `base_url` and `/broker/sp/saml`.
    ///
    /// # Errors
    /// [`ConfigError::BaseUrl`], [`ConfigError::DuplicateServiceProvider`], or [`ConfigError::Metadata`] for a URL that
    /// no message may be sent to or a key that cannot sign with RSA.
    pub fn new(
        base_url: &str,
        key: SigningKey,
        service_providers: Vec<RegisteredServiceProvider>,
        clock: fn() -> DateTime<Utc>,
    ) -> Result<Self, ConfigError> {
        if origin(base_url) != Some(base_url) {
            return Err(ConfigError::BaseUrl { found: base_url.to_owned() });
        }
        for (place, provider) in service_providers.iter().enumerate() {
            let entity_id = provider.metadata.entity_id();
            if service_providers.iter().skip(place + 1).any(|other| other.metadata.entity_id() == entity_id) {
                return Err(ConfigError::DuplicateServiceProvider { entity_id: entity_id.to_owned() });
            }
        }
        let entity_id = format!("{base_url}{}", SignicatPaths::Broker.root());
        let (login_url, logout_url) = (format!("{entity_id}/login"), format!("{entity_id}/logout"));
        let metadata = String::new();
        let (artifact_resolution, next_key) = (None, None);
        Self {
            key,
            next_key,
            service_providers,
            clock,
            entity_id,
            login_url,
            logout_url,
            artifact_resolution,
            metadata,
        }
        .with_metadata()
    }

    /// Lets the simulator answer by HTTP-Artifact too, where a service provider has such an assertion consumer service.
    ///
    /// `base_url` is the origin that [`Routers::back_channel`](crate::Routers) is served at, `https` with a certificate for its
    /// host.
    ///
    /// # Errors
    /// [`ConfigError::BaseUrl`], [`ConfigError::Metadata`].
    pub fn with_artifact_resolution(mut self, base_url: &str) -> Result<Self, ConfigError> {
        if origin(base_url) != Some(base_url) {
            return Err(ConfigError::BaseUrl { found: base_url.to_owned() });
        }
        self.artifact_resolution = Some(format!("{base_url}{ARTIFACT_RESOLUTION_PATH}"));
        self.with_metadata()
    }

    /// Announces in the metadata a second key, which the simulator changes to: a login signs with it where its script
    /// says so.
    ///
    /// # Errors
    /// [`ConfigError::Metadata`] for a key that cannot sign with RSA.
    pub fn with_next_key(self, key: SigningKey) -> Result<Self, ConfigError> {
        Self { next_key: Some(key), ..self }.with_metadata()
    }

    /// Writes the metadata anew.
    fn with_metadata(self) -> Result<Self, ConfigError> {
        let endpoints = [Binding::HttpRedirect, Binding::HttpPost]
            .map(|binding| Endpoint { binding, location: self.login_url.clone() })
            .to_vec();
        let id = format!("_metadata-{}", self.key.verifying_key().sha256_fingerprint());
        let keys = std::iter::once(&self.key).chain(&self.next_key);
        let keys = keys.map(|key| key.verifying_key().clone()).collect();
        let mut metadata = IdentityProviderMetadata::new(&id, &self.entity_id, keys, endpoints);
        // Not by HTTP-Redirect: a NameID must not stand in a URL.
        metadata.single_logout = vec![Endpoint { binding: Binding::HttpPost, location: self.logout_url.clone() }];
        metadata.artifact_resolution.extend(self.artifact_resolution.iter().map(|location| IndexedEndpoint {
            index: ARTIFACT_RESOLUTION_INDEX,
            is_default: Some(true),
            binding: Binding::Soap,
            location: location.clone(),
        }));
        Ok(Self { metadata: metadata.sign(&self.key)?, ..self })
    }

    /// Returns the key that an answer is signed with.
    pub(crate) fn signing_key(&self, choice: KeyChoice) -> &SigningKey {
        match (choice, &self.next_key) {
            (KeyChoice::Next, Some(next)) => next,
            _ => &self.key,
        }
    }

    /// Returns the entity ID of the simulator.
    #[must_use]
    pub fn entity_id(&self) -> &str {
        &self.entity_id
    }

    /// Returns the signed metadata of the simulator, as it is served.
    #[must_use]
    pub fn metadata(&self) -> &str {
        &self.metadata
    }

    /// Returns the key that a portal knows the simulator by.
    #[must_use]
    pub const fn verifying_key(&self) -> &VerifyingKey {
        self.key.verifying_key()
    }
}

impl RegisteredServiceProvider {
    /// Registers a service provider with the default settings.
    #[must_use]
    pub fn new(metadata: ServiceProvider) -> Self {
        Self { metadata, answers: AnswerSettings::default() }
    }
}

impl Default for AnswerSettings {
    /// Returns the settings of the Signicat broker: authority `simulator`, sector code and attributes sent, classes of
    /// DigiD, both parts signed.
    fn default() -> Self {
        Self {
            authority: SIMULATOR.to_owned(),
            attributes: true,
            levels: LevelVocabulary::Digid,
            name_id: NameIdForm::SectorCode,
            st_saml: None,
            signed: Signed::Both,
        }
    }
}

impl AnswerSettings {
    /// Returns the settings of DigiD itself (DigiD SAML 3.7): no broker, so that `authority` is its own entity ID, no
    /// attributes, and the assertion signed, within an `ArtifactResponse` that is.
    #[must_use]
    pub fn digid(authority: &str) -> Self {
        Self { authority: authority.to_owned(), attributes: false, signed: Signed::Assertion, ..Self::default() }
    }

    /// Returns the settings of the routing service of Stelsel Toegang, with `authority` as the one who authenticated.
    #[must_use]
    pub fn st_saml(authority: &str, settings: StSamlSettings) -> Self {
        Self { st_saml: Some(settings), ..Self::digid(authority) }
    }
}

impl LevelVocabulary {
    pub(crate) const fn class(self, level: LevelOfAssurance) -> &'static str {
        match self {
            Self::Digid => level.authn_context_class(),
            Self::Etoegang => level.etoegang_class(),
        }
    }
}

pub(crate) const ARTIFACT_RESOLUTION_INDEX: u16 = 0;
pub(crate) const ARTIFACT_RESOLUTION_PATH: &str = "/broker/sp/saml/artifact";
