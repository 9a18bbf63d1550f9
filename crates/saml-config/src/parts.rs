mod conflicts;
mod keys;
mod our_metadata;
mod partner;
mod state;

use std::fmt::Display;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use saml_authn_request::{AssertionConsumerServiceChoice, AuthnRequestSettings};
use saml_digid::{ConfigError, Environment, LevelOfAssurance, Profile};
use saml_name_id::{NameIdRules, SectorCode};
use saml_protocol::Binding;
use saml_sp::{Configuration, RequestBinding};

use crate::deployment::{Deployment, PartnerProfile};
use crate::login::{RequestTravels, SectorCodeForm};
use crate::part_error::PartError;
use crate::portal::AnswerBinding;
use crate::secret::Secret;

/// The parts of a portal, made of a deployment and of the files and secrets that it names.
///
/// Each part is made by itself, so that what is wrong with one says nothing of the others;
/// [`configuration`](Self::configuration) makes them all. Values that cannot be together are errors there, and
/// [`conflicts`](Self::conflicts) lists all of them.
///
/// ```
/// use saml_config::{ConfigFile, Parts};
/// use saml_digid::Environment;
///
/// let file = r#"
///     [production]
///     profile = "digid"
///     [production.portal]
///     base_url = "https://portal.example.nl"
///     organisation = "Gemeente Voorbeeld"
///     binding = "post"
///     [production.login]
///     level = "substantial"
///     [production.identity_provider]
///     metadata = "digid.xml"
///     trust_keys = ["digid.crt.pem"]
///     [production.keys.signing]
///     key = "signing.key.pem"
///     certificate = "signing.crt.pem"
/// "#;
/// let deployment = ConfigFile::parse(file)?.production.ok_or("no production")?;
/// let parts = Parts::new(&deployment, Environment::Production, "/etc/saml");
/// assert_eq!(parts.profile()?.name().as_str(), "digid");
/// assert_eq!(
///     parts.conflicts()[0].to_string(),
///     "production.portal.binding: expected artifact with the profile digid, found post; take the key out"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Parts<'d> {
    deployment: &'d Deployment,
    environment: Environment,
    base: PathBuf,
}

impl<'d> Parts<'d> {
    /// Takes the deployment, the environment that it is of, and the directory that its paths are relative to.
    #[must_use]
    pub fn new(deployment: &'d Deployment, environment: Environment, base: impl Into<PathBuf>) -> Self {
        Self { deployment, environment, base: base.into() }
    }

    /// Returns the deployment.
    #[must_use]
    pub const fn deployment(&self) -> &'d Deployment {
        self.deployment
    }

    /// Returns the environment.
    #[must_use]
    pub const fn environment(&self) -> Environment {
        self.environment
    }

    /// Returns how answers come: as configured, or as the profile has it.
    #[must_use]
    pub fn answer_binding(&self) -> AnswerBinding {
        let usual = match self.deployment.profile {
            PartnerProfile::Digid | PartnerProfile::StSaml => AnswerBinding::Artifact,
            PartnerProfile::SignicatBroker | PartnerProfile::WebSso => AnswerBinding::Post,
        };
        self.deployment.portal.binding.unwrap_or(usual)
    }

    /// Returns how requests travel: as configured, or as the profile has it.
    #[must_use]
    pub fn request_binding(&self) -> RequestBinding {
        let usual = match self.deployment.profile {
            PartnerProfile::StSaml => RequestTravels::Post,
            PartnerProfile::Digid | PartnerProfile::SignicatBroker | PartnerProfile::WebSso => RequestTravels::Redirect,
        };
        match self.deployment.login.request_binding.unwrap_or(usual) {
            RequestTravels::Post => RequestBinding::Post,
            RequestTravels::Redirect => RequestBinding::Redirect,
        }
    }

    /// Returns what an answer must be like.
    ///
    /// # Errors
    /// [`PartError::Refused`] with the code of a [`ConfigError`]: no authority, one for tests in production, no
    /// service.
    pub fn profile(&self) -> Result<Profile, PartError> {
        let login = &self.deployment.login;
        let floor = LevelOfAssurance::from(login.level);
        let authorities = login.authorities.iter().cloned();
        let profile = match self.deployment.profile {
            PartnerProfile::Digid => Profile::digid(floor),
            PartnerProfile::WebSso => Profile::web_sso(),
            PartnerProfile::SignicatBroker => Profile::signicat_broker(self.environment, floor, authorities)
                .map_err(|error| self.refused_profile(&error))?
                .with_name_id(match login.sector_code {
                    SectorCodeForm::Required => NameIdRules::sectoral(&[SectorCode::Bsn]),
                    SectorCodeForm::Stripped => NameIdRules::stripped(SectorCode::Bsn),
                    SectorCodeForm::Optional => NameIdRules::sectoral_or_stripped(&[SectorCode::Bsn], SectorCode::Bsn),
                })
                .with_attributes(login.attribute_names.clone().into(), login.attributes.iter().cloned()),
            PartnerProfile::StSaml => {
                let service = login.service.as_deref().unwrap_or_default();
                Profile::st_saml(self.environment, floor, service, authorities)
                    .map_err(|error| self.refused_profile(&error))?
                    .with_attributes(login.attribute_names.clone().into(), login.attributes.iter().cloned())
            }
        };
        Ok(if login.representation { profile.with_representation() } else { profile })
    }

    /// Returns what a request asks for.
    #[must_use]
    pub fn request_settings(&self) -> AuthnRequestSettings {
        let Deployment { portal, login, .. } = self.deployment;
        let (entity_id, consumer) = (portal.entity_id(), portal.assertion_consumer_service());
        let level = LevelOfAssurance::from(login.level).authn_context_class();
        let binding = match self.answer_binding() {
            AnswerBinding::Artifact => Binding::HttpArtifact,
            AnswerBinding::Post => Binding::HttpPost,
        };
        let by_url = AssertionConsumerServiceChoice::Url { binding: Some(binding) };
        let settings = match self.deployment.profile {
            PartnerProfile::Digid => {
                AuthnRequestSettings::digid(&entity_id, FIRST, &consumer).with_requested_level(level)
            }
            // ST-SAML 1.0, AuthnRequest: the level is that of the service catalogue.
            PartnerProfile::StSaml => AuthnRequestSettings::st_saml(&entity_id, FIRST, &consumer, FIRST),
            PartnerProfile::SignicatBroker => {
                let scoping: Vec<&str> = login.scoping.iter().map(String::as_str).collect();
                AuthnRequestSettings::signicat(&entity_id, &consumer)
                    .with_assertion_consumer_service(by_url)
                    .with_scoping(&scoping)
                    .with_requested_level(level)
                    .with_language(&login.language)
            }
            PartnerProfile::WebSso => AuthnRequestSettings::signicat(&entity_id, &consumer)
                .with_assertion_consumer_service(by_url)
                .with_scoping(&[])
                .with_requested_level(level),
        };
        settings.with_provider_name(&portal.organisation).with_force_authn(login.force_authn)
    }

    /// Puts together what a service provider is, with the key that signs at `now`.
    ///
    /// # Errors
    /// The first of [`conflicts`](Self::conflicts), and those of each part.
    pub fn configuration(&self, now: DateTime<Utc>) -> Result<Configuration, PartError> {
        self.require_no_conflict()?;
        let profile = self.profile()?;
        let key = self.key_schedule()?.signs(now).clone();
        let identity_provider = self.identity_provider(now)?;
        let request_binding = self.request_binding();
        let configuration =
            Configuration::new(self.request_settings(), key, identity_provider, profile, request_binding)
                .map_err(|error| PartError::refused(self.key("login.request_binding"), error.code(), error))?
                .with_decryption_keys(self.decryption_keys()?);
        Ok(match self.single_logout()? {
            Some(single_logout) => configuration.with_single_logout(single_logout),
            None => configuration,
        })
    }

    fn require_no_conflict(&self) -> Result<(), PartError> {
        self.conflicts().into_iter().next().map_or(Ok(()), Err)
    }

    /// Says which key a profile was refused for.
    fn refused_profile(&self, error: &ConfigError) -> PartError {
        let key = if matches!(error, ConfigError::NoService) { "login.service" } else { "login.authorities" };
        PartError::refused(self.key(key), error.code(), error)
    }

    /// Returns the whole path of a key.
    fn key(&self, key: impl Display) -> String {
        format!("{}.{key}", environment_name(self.environment))
    }

    fn path(&self, path: &Path) -> PathBuf {
        self.base.join(path)
    }

    fn read(&self, key: impl Display, path: &Path) -> Result<Vec<u8>, PartError> {
        let path = self.path(path);
        let refused = |reason| PartError::File { key: self.key(key), path: path.clone(), reason };
        match std::fs::read(&path) {
            Ok(bytes) if bytes.is_empty() => Err(refused("an empty file".to_owned())),
            Ok(bytes) => Ok(bytes),
            Err(error) => Err(refused(error.to_string())),
        }
    }

    /// Reads the secret that the key `key` names, such as `state.url`.
    ///
    /// # Errors
    /// [`PartError::Secret`] or [`PartError::File`] for one that is not there, empty, or no text.
    pub fn secret(&self, key: &str, secret: &Secret) -> Result<String, PartError> {
        let refused = |expected: String, found| PartError::Secret { key: self.key(key), expected, found };
        match secret {
            Secret::Env(name) => {
                let expected = || format!("a text in the environment variable {name}");
                match std::env::var(name) {
                    Ok(value) if value.is_empty() => Err(refused(expected(), "an empty one")),
                    Ok(value) => Ok(value),
                    Err(std::env::VarError::NotPresent) => Err(refused(expected(), "none")),
                    Err(std::env::VarError::NotUnicode(_)) => Err(refused(expected(), "one that is no UTF-8")),
                }
            }
            Secret::File(path) => {
                let expected = || format!("a line of text in the file {}", self.path(path).display());
                let text = String::from_utf8(self.read(key, path)?);
                let text = text.map_err(|_| refused(expected(), "something that is no UTF-8"))?;
                let line = text.strip_suffix('\n').unwrap_or(&text);
                match line.strip_suffix('\r').unwrap_or(line) {
                    "" => Err(refused(expected(), "an empty one")),
                    line => Ok(line.to_owned()),
                }
            }
        }
    }
}

/// Returns the name of the table of an environment.
#[must_use]
pub const fn environment_name(environment: Environment) -> &'static str {
    match environment {
        Environment::PreProduction => "preproduction",
        Environment::Production => "production",
    }
}

/// The index of the one consumer service, and of the one service, in our metadata.
const FIRST: u16 = 0;
