//! The options of `saml explain`.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use saml_digid::{ConfigError, DIGID_AD_PRODUCTION, DIGID_PRODUCTION, Environment, LevelOfAssurance, Profile};

use crate::config::ConfigArguments;
use crate::values::time;

/// Explain why a SAML message is accepted or rejected.
///
/// Reads one message: XML, base64, a redirect URL, a posted form, or a SOAP envelope with an ArtifactResponse; or what
/// a browser recorded, a HAR file or an export of SAML-tracer, and finds the messages in it. Prints every check with
/// what was expected and what was found, and what is likely to mend it.
///
/// With --config the options about us and the partner come from the configuration file, each that is not given.
///
/// Exit status: 0 accepted, 1 rejected, 2 wrong usage or input that cannot be read.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE, mut_arg("config", |config| config.help(CONFIG)))]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) config: ConfigArguments,

    /// What kind of partner sent the message
    #[arg(long, value_enum)]
    pub(crate) profile: ProfileArgument,

    /// Metadata of the identity provider; the file is trusted as configuration is
    #[arg(long, value_name = "IDP.xml")]
    pub(crate) metadata: Option<PathBuf>,

    /// Certificate (PEM) that signs the metadata, or the messages where there is no metadata; may be repeated
    #[arg(long, value_name = "CERT.pem", required_unless_present = "metadata")]
    pub(crate) trust_key: Vec<PathBuf>,

    /// Our entity ID, which must be among the audiences
    #[arg(long, value_name = "URI")]
    pub(crate) entity_id: String,

    /// The URL of our assertion consumer service; a recording with the AuthnRequest in it tells it too
    #[arg(long, value_name = "URL")]
    pub(crate) acs: Option<String>,

    /// The ID of the AuthnRequest that must be answered; a recording with the AuthnRequest in it tells it too
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<String>,

    /// The moment to judge at, such as 2026-01-31T12:00:00Z; a recording with times in it tells it too
    #[arg(long, value_name = "RFC3339", value_parser = time)]
    pub(crate) at: Option<DateTime<Utc>>,

    /// When the AuthnRequest was sent, with ForceAuthn: older answers and older logins are then rejected
    #[arg(long, value_name = "RFC3339", value_parser = time)]
    pub(crate) request_at: Option<DateTime<Utc>>,

    /// The level that was asked for: basic, middle, substantial, high, or the URI of a class
    #[arg(long, value_name = "LEVEL")]
    pub(crate) level: Option<String>,

    /// An identity provider behind the broker or the routing service that may authenticate, besides DigiD's production;
    /// may be repeated
    #[arg(long, value_name = "URI")]
    pub(crate) allow_authority: Vec<String>,

    /// The UUID of our service in the service catalogue, for the profile st-saml
    #[arg(long, value_name = "UUID", required_if_eq("profile", "st-saml"))]
    pub(crate) service: Option<String>,

    /// Private key (PEM) to decrypt with; may be repeated
    #[arg(long, value_name = "KEY.pem")]
    pub(crate) decrypt: Vec<PathBuf>,

    /// Which message of a recording to explain, by its number in the list; the only response when absent
    #[arg(long, value_name = "N")]
    pub(crate) message: Option<usize>,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,

    /// Write a page for a browser: the message, shaded by which signature covers it, with the checks beside it
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,

    /// Show the NameID, the attributes and what else may tell who it is in full: personal data
    #[arg(long)]
    pub(crate) show_identity: bool,

    /// The file with the message or the recording; standard input when absent or `-`
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

/// The profiles by their names on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileArgument {
    /// DigiD itself, SAML 3.x
    Digid,
    /// The Signicat broker with DigiD behind it
    SignicatBroker,
    /// The routing service of Stelsel Toegang with DigiD behind it: ST-SAML, CombiConnect, TVS
    StSaml,
    /// Plain SAML 2.0 Web Browser SSO with any identity provider
    WebSso,
}

impl ProfileArgument {
    /// Returns the profile, to judge or to show with; test authorities may be named, as nobody is let in by it.
    pub(crate) fn profile(
        self,
        floor: LevelOfAssurance,
        service: &str,
        authorities: impl IntoIterator<Item = String>,
    ) -> Result<Profile, ConfigError> {
        match self {
            Self::Digid => Ok(Profile::digid(floor)),
            Self::WebSso => Ok(Profile::web_sso()),
            Self::SignicatBroker => Profile::signicat_broker(Environment::PreProduction, floor, authorities),
            Self::StSaml => Profile::st_saml(Environment::PreProduction, floor, service, authorities),
        }
    }

    /// Returns the authorities that may be behind a partner: DigiD's production, by the name that it has there, and
    /// `more`.
    pub(crate) fn authorities(self, more: &[String]) -> impl Iterator<Item = String> {
        let digid = match self {
            Self::StSaml => DIGID_AD_PRODUCTION,
            Self::Digid | Self::SignicatBroker | Self::WebSso => DIGID_PRODUCTION,
        };
        [digid.to_owned()].into_iter().chain(more.iter().cloned())
    }
}

const CONFIG: &str = "The configuration file; --profile, --service and --allow-authority are then refused";

const EXAMPLE: &str = "Examples:
  saml explain --profile signicat-broker --metadata broker.xml --trust-key broker.pem \\
    --entity-id https://portal.example.nl/saml --acs https://portal.example.nl/saml/acs \\
    --request-id _1f0c --at 2026-01-31T12:00:30Z --level substantial response.xml
  saml explain --profile signicat-broker --metadata broker.xml --entity-id https://portal.example.nl/saml \\
    --html explained.html login.har
  saml explain --config saml.toml --request-id _1f0c --at 2026-01-31T12:00:30Z response.xml";
