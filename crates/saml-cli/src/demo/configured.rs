//! `saml demo --config`: the broker alone, as the partner of a portal of one's own.

use std::path::{Path, PathBuf};

use chrono::Utc;
use saml_config::{AnswerBinding, PartnerProfile, Parts, SectorCodeForm};
use saml_digid::{Environment, LevelOfAssurance};
use saml_metadata::Metadata;
use saml_simulator::{AnswerSettings, NameIdForm, RegisteredServiceProvider, SimulatorConfig};
use saml_xml_security::{AlgorithmPolicy, SigningKey};
use tokio::task::JoinSet;

use super::listen::{base_url, listen};
use super::parties::{fresh_key, verified};
use super::{Arguments, BROKER_PORT, log, once, serve};
use crate::config::Configured;
use crate::failure::Failure;
use crate::files::{create, read, replace};
use crate::output::say;

/// Starts the broker alone, as the partner of the portal in a configuration file.
pub(super) async fn start(arguments: &Arguments, configured: &Configured) -> Result<(), Failure> {
    let parts = configured.parts();
    require_suitable(&parts)?;
    let broker = listen(arguments.broker_port.unwrap_or(BROKER_PORT), "--broker-port").await?;
    let control = match arguments.control_port {
        Some(port) => Some(listen(port, "--control-port").await?),
        None => None,
    };
    let broker_url = base_url(&broker)?;
    let files = Files::of(configured)?;
    let simulator = simulator(&parts, &broker_url, files.key()?)?;
    files.write(&simulator)?;

    log(arguments.once);
    let routers = saml_simulator::routers(simulator);
    let control_url = control.as_ref().map(base_url).transpose()?;
    let mut servers = JoinSet::new();
    serve(&mut servers, broker, routers.browser);
    if let Some(listener) = control {
        serve(&mut servers, listener, routers.control);
    }
    let portal_url = parts.deployment().portal.base_url.trim_end_matches('/');
    if arguments.once {
        let deployment = parts.deployment();
        let level = LevelOfAssurance::from(deployment.login.level);
        return say(&once::log_in(portal_url, level, arguments.lang, deployment.portal.single_logout).await?);
    }
    say(&format!("Broker: {broker_url}/ (plays the partner of {portal_url}/)"))?;
    if let Some(url) = control_url {
        say(&format!("Control: {url}/next-login"))?;
    }
    say(&format!("Its metadata: {}", files.metadata.display()))?;
    say("Start the portal with saml portal and the same --config. Ctrl-C ends the broker.")?;
    tokio::select! {
        ended = tokio::signal::ctrl_c() => ended.map_err(Failure::new),
        _ = servers.join_next() => Err(Failure::new("a server ended by itself")),
    }
}

/// Refuses to be the partner of what the simulator cannot, or must not, be the partner of.
fn require_suitable(parts: &Parts<'_>) -> Result<(), Failure> {
    let profile = parts.deployment().profile;
    if parts.environment() == Environment::Production {
        return Err(Failure::usage(
            "expected the environment preproduction, found production: this broker lets anybody in",
        ));
    }
    if !matches!(profile, PartnerProfile::SignicatBroker | PartnerProfile::WebSso) {
        return Err(Failure::usage(format!(
            "expected the profile signicat-broker or web-sso, found {0}: for that, saml demo --profile {0} shows both sides",
            profile.as_str()
        )));
    }
    if parts.answer_binding() != AnswerBinding::Post {
        return Err(Failure::usage(
            "expected portal.binding = \"post\", found artifact: for that, saml demo --binding artifact shows both sides",
        ));
    }
    Ok(())
}

/// Makes the broker, which knows the portal by the metadata that the portal will publish.
fn simulator(parts: &Parts<'_>, url: &str, key: SigningKey) -> Result<SimulatorConfig, Failure> {
    let now = Utc::now();
    let schedule = parts.key_schedule().map_err(Failure::usage)?;
    let file = parts.metadata_of(&schedule, now).map_err(Failure::usage)?;
    let metadata = verified(&file, schedule.signs_metadata(now).verifying_key())?;
    let login = &parts.deployment().login;
    let usual = AnswerSettings::default();
    let answers = AnswerSettings {
        // The first that the portal lets in, so that the file stays as it is.
        authority: login.authorities.first().cloned().unwrap_or(usual.authority),
        name_id: match login.sector_code {
            SectorCodeForm::Stripped => NameIdForm::Stripped,
            _ => usual.name_id,
        },
        ..usual
    };
    let registered =
        RegisteredServiceProvider { metadata: metadata.service_provider().map_err(Failure::new)?, answers };
    let next_key = fresh_key("broker-next", now)?;
    SimulatorConfig::new(url, key, vec![registered], Utc::now)
        .and_then(|broker| broker.with_next_key(next_key))
        .map_err(Failure::new)
}

/// Says that a file of somebody else stands where ours would.
fn in_the_way(path: &Path) -> Failure {
    let path = path.display();
    Failure::usage(format!(
        "{path} is there already, and is not of this broker: move it away, or use another configuration file"
    ))
}

/// The files in which the portal looks for its partner, and the key that says whether they are ours.
struct Files {
    metadata: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
}

impl Files {
    fn of(configured: &Configured) -> Result<Self, Failure> {
        let parts = configured.parts();
        let table = &parts.deployment().identity_provider;
        let [certificate] = table.trust_keys.as_slice() else {
            return Err(Failure::usage(
                "expected one file in identity_provider.trust_keys, to write the broker's certificate to",
            ));
        };
        let metadata = configured.path(&table.metadata);
        let key = metadata.with_extension("simulator.key.pem");
        Ok(Self { certificate: configured.path(certificate), key, metadata })
    }

    /// Returns the key of the last time, or a fresh one where no file would be overwritten.
    fn key(&self) -> Result<SigningKey, Failure> {
        if self.key.exists() {
            let key = SigningKey::from_pem(&read(&self.key)?, &read(&self.certificate)?)
                .map_err(|error| Failure::usage(format!("{}: {error}", self.key.display())))?;
            let ours = [key.verifying_key().clone()];
            let is_ours = |file: Vec<u8>| Metadata::verify(&file, &ours, &AlgorithmPolicy::rsa()).is_ok();
            let fits = !self.metadata.exists() || is_ours(read(&self.metadata)?);
            return if fits { Ok(key) } else { Err(in_the_way(&self.metadata)) };
        }
        if let Some(path) = [&self.metadata, &self.certificate].into_iter().find(|path| path.exists()) {
            return Err(in_the_way(path));
        }
        let key = fresh_key("broker", Utc::now())?;
        create(&self.key, &key.private_key_pem().map_err(Failure::new)?, true)?;
        create(&self.certificate, &key.verifying_key().certificate_pem().map_err(Failure::new)?, false)?;
        Ok(key)
    }

    fn write(&self, simulator: &SimulatorConfig) -> Result<(), Failure> {
        replace(&self.metadata, simulator.metadata().as_bytes())
    }
}
