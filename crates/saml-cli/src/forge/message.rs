//! What the forged messages say, and with which keys they are made.

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use saml_digid::{LevelOfAssurance, Profile, SIMULATOR};
use saml_forge::{Answer, Answered, Attribute, GoodMessage, Identifiers, Keys, Login, Outcome};
use saml_xml_security::{DecryptionKey, SigningKey, VerifyingKey, random_bytes};

use crate::explain::ProfileArgument;
use crate::failure::Failure;
use crate::files::read;

/// What the messages say of whoever logs in.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct MessageArguments {
    /// What kind of partner the messages play [default: signicat-broker]
    #[arg(long, value_enum)]
    pub(crate) profile: Option<ProfileArgument>,

    /// Who logs in by a good message [default: s00000000:900026236, with web-sso genuine.example.nl]
    #[arg(long, value_name = "TEXT")]
    pub(crate) name_id: Option<String>,

    /// Whom the attacker wants to be [default: s00000000:123456782, with web-sso forged.example.nl]
    #[arg(long, value_name = "TEXT")]
    pub(crate) forged_name_id: Option<String>,

    /// Format of the NameID [default: that of SAML 1.1 which is called unspecified]
    #[arg(long, value_name = "URI")]
    pub(crate) name_id_format: Option<String>,

    /// The level that was asked for: basic, middle, substantial, high, or the URI of a class
    /// [default: substantial, with web-sso none]
    #[arg(long, value_name = "LEVEL")]
    pub(crate) level: Option<String>,

    /// Who authenticated the user behind the issuer [default: simulator behind a broker, else the issuer]
    #[arg(long, value_name = "URI")]
    pub(crate) authority: Option<String>,

    /// An attribute of who logs in; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = attribute)]
    pub(crate) attribute: Vec<(String, String)>,

    /// The login was asked for with ForceAuthn, so that an old one must be refused
    #[arg(long)]
    pub(crate) force_authn: bool,

    /// Certificate that messages are encrypted with; the target must have its key
    #[arg(long, value_name = "CERT.pem")]
    pub(crate) encrypt_to: Option<PathBuf>,
}

/// What the two partners are called.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) issuer: String,
    pub(crate) entity_id: String,
    pub(crate) acs: String,
}

impl Names {
    /// Names that nobody has.
    pub(crate) fn examples() -> Self {
        Self {
            issuer: "https://broker.example.nl/broker/sp/saml".to_owned(),
            entity_id: "https://portal.example.nl/saml/metadata".to_owned(),
            acs: "https://portal.example.nl/saml/acs".to_owned(),
        }
    }
}

/// Makes good messages, each with identifiers of its own.
pub(crate) struct Template {
    pub(crate) names: Names,
    pub(crate) keys: Keys,
    /// The key that belongs to [`Keys::recipient`], where it is ours.
    pub(crate) decryption: Option<DecryptionKey>,
    pub(crate) recipient_key: Option<SigningKey>,
    pub(crate) profile: ProfileArgument,
    pub(crate) level: Option<String>,
    pub(crate) authority: String,
    pub(crate) forged_name_id: String,
    login: Login,
}

impl Template {
    /// Makes the keys that are not given, and fills in what the arguments leave open.
    pub(crate) fn of_our_own(
        arguments: &MessageArguments,
        names: Names,
        identity_provider: Option<SigningKey>,
        now: DateTime<Utc>,
    ) -> Result<Self, Failure> {
        let profile = arguments.profile.unwrap_or(ProfileArgument::SignicatBroker);
        if profile == ProfileArgument::StSaml {
            let expected =
                "expected signicat-broker, digid or web-sso: no attack is made in the shape of Stelsel Toegang";
            return Err(Failure::usage(format!("--profile: {expected}")));
        }
        let plain = profile == ProfileArgument::WebSso;
        let identity_provider = identity_provider.map_or_else(|| fresh_key("identity-provider", now), Ok)?;
        let attacker = fresh_key("identity-provider", now)?;
        let (recipient, recipient_key) = match &arguments.encrypt_to {
            Some(path) => (certificate(path)?, None),
            None => {
                let key = fresh_key("service-provider", now)?;
                (key.verifying_key().clone(), Some(key))
            }
        };
        let pem = recipient_key.as_ref().map(SigningKey::private_key_pem).transpose().map_err(Failure::new)?;
        let decryption = pem.map(|pem| DecryptionKey::from_pem(&pem)).transpose().map_err(Failure::new)?;
        let level = level(arguments.level.as_deref()).or_else(|| (!plain).then(|| SUBSTANTIAL.to_owned()));
        let authority = arguments.authority.clone().unwrap_or_else(|| match profile {
            ProfileArgument::SignicatBroker => SIMULATOR.to_owned(),
            ProfileArgument::Digid | ProfileArgument::StSaml | ProfileArgument::WebSso => names.issuer.clone(),
        });
        let either = |given: &Option<String>, digid: &str, other: &str| {
            given.clone().unwrap_or_else(|| if plain { other } else { digid }.to_owned())
        };
        let name_id = either(&arguments.name_id, "s00000000:900026236", "genuine.example.nl");
        let forged_name_id = either(&arguments.forged_name_id, "s00000000:123456782", "forged.example.nl");
        let mut login = Login::new(&name_id, &authority, level.as_deref().unwrap_or(PASSWORD));
        login.attributes = arguments.attribute.iter().map(|(name, value)| Attribute::new(name, value)).collect();
        if let Some(format) = &arguments.name_id_format {
            login.name_id_format.clone_from(format);
        }
        let keys = Keys { identity_provider, attacker, recipient };
        Ok(Self { names, keys, decryption, recipient_key, profile, level, authority, forged_name_id, login })
    }

    /// Makes a good message that answers `request_id` now.
    pub(crate) fn good(&self, request_id: &str, now: DateTime<Utc>) -> Result<GoodMessage, Failure> {
        let request = Answered {
            request_id: request_id.to_owned(),
            service_provider: self.names.entity_id.clone(),
            assertion_consumer_service: self.names.acs.clone(),
        };
        let identifiers = Identifiers::from_random(random_bytes().map_err(Failure::new)?);
        let outcome = Outcome::Login(self.login.clone());
        let answer = Answer::signicat(&self.names.issuer, request, identifiers, now, outcome);
        GoodMessage::new(&answer, self.keys.clone(), &self.forged_name_id)
            .map_err(|error| Failure::usage(format!("no good message can be made: {error}")))
    }

    /// Returns the rules that our own validator judges by.
    pub(crate) fn rules(&self) -> Result<Profile, Failure> {
        self.profile.profile(LevelOfAssurance::Basic, "", [self.authority.clone()]).map_err(Failure::usage)
    }
}

/// Reads a key and its certificate.
pub(crate) fn signing_key(key: &Path, certificate: &Path) -> Result<SigningKey, Failure> {
    let (private, public) = (read(key)?, read(certificate)?);
    SigningKey::from_pem(&private, &public).map_err(|error| {
        Failure::usage(format!("{} with {}: {error}; both are PEM files", key.display(), certificate.display()))
    })
}

fn certificate(path: &Path) -> Result<VerifyingKey, Failure> {
    VerifyingKey::from_certificate_pem(&read(path)?)
        .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

/// The attacker's key carries the name of the genuine one: a name proves nothing.
fn fresh_key(name: &str, now: DateTime<Utc>) -> Result<SigningKey, Failure> {
    let (not_before, not_after) = (now - TimeDelta::hours(1), now + TimeDelta::days(365));
    SigningKey::generate_self_signed(2048, name, not_before.timestamp(), not_after.timestamp()).map_err(Failure::new)
}

fn level(given: Option<&str>) -> Option<String> {
    let given = given?;
    let known = LevelOfAssurance::from_name(given).map(LevelOfAssurance::authn_context_class);
    Some(known.unwrap_or(given).to_owned())
}

fn attribute(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE, found no =")?;
    Ok((name.to_owned(), value.to_owned()))
}

const SUBSTANTIAL: &str = LevelOfAssurance::Substantial.authn_context_class();
const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
