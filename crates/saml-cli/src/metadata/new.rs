//! `saml metadata new`: our metadata, for the other side to register.

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use saml_metadata::{
    Endpoint, IndexedEndpoint, KeyNameConvention, KeySchedule, NextKey, Published, ServiceProviderMetadata,
};
use saml_protocol::Binding;
use saml_xml_security::{VerifyingKey, random_bytes};

use super::{certificates, require_readable, signing_key, write};
use crate::config::ConfigArguments;
use crate::failure::Failure;
use crate::output::moment;
use crate::values::time;

/// Write the metadata of our service provider, signed, for the other side to register
///
/// Around a change of keys, say with --next-key which one comes, from when it signs, and which certificates the other
/// side wants to see until then. With --config all of that comes from the configuration file, and the metadata is what
/// a portal that runs by it would publish at that moment.
///
/// Exit status: 0 written, 2 wrong usage or a file that cannot be read.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct New {
    #[command(flatten)]
    config: ConfigArguments,

    /// Our entity ID
    #[arg(long, value_name = "URI", required_unless_present = "config", conflicts_with = "config")]
    entity_id: Option<String>,

    /// Where answers go, by which binding; may be repeated, the first is the default
    #[arg(long, value_name = "post|artifact=URL", required_unless_present = "config", conflicts_with = "config", value_parser = answers)]
    acs: Vec<(Binding, String)>,

    /// Where logout messages go, by which binding; may be repeated
    #[arg(long, value_name = "redirect|post|soap=URL", conflicts_with = "config", value_parser = logout)]
    slo: Vec<(Binding, String)>,

    /// Our private key (PEM, without a pass phrase)
    #[arg(long, value_name = "KEY.pem", required_unless_present = "config", conflicts_with = "config")]
    key: Option<PathBuf>,

    /// Its certificate (PEM)
    #[arg(long, value_name = "CERT.pem", required_unless_present = "config", conflicts_with = "config")]
    cert: Option<PathBuf>,

    /// The private key that comes next
    #[arg(long, value_name = "KEY.pem", conflicts_with = "config", requires_all = ["next_cert", "next_from", "publish"])]
    next_key: Option<PathBuf>,

    /// Its certificate
    #[arg(long, value_name = "CERT.pem", requires = "next_key")]
    next_cert: Option<PathBuf>,

    /// The first moment at which the next key signs, such as 2026-01-31T12:00:00Z
    #[arg(long, value_name = "RFC3339", requires = "next_key", value_parser = time)]
    next_from: Option<DateTime<Utc>>,

    /// Which certificates stand in the metadata until then; afterwards it is the next one
    #[arg(long, requires = "next_key")]
    publish: Option<Publish>,

    /// With --publish both: until when, not before the next key signs; --next-from when absent
    #[arg(long, value_name = "RFC3339", requires = "next_key", value_parser = time)]
    both_until: Option<DateTime<Utc>>,

    /// Certificate of a key that may be encrypted to; may be repeated. DigiD 3.x wants none
    #[arg(long, value_name = "CERT.pem", conflicts_with = "config")]
    encryption_cert: Vec<PathBuf>,

    /// A format of NameID that we take; may be repeated
    #[arg(long, value_name = "URI", conflicts_with = "config")]
    name_id_format: Vec<String>,

    /// What the KeyName of a key is: Signicat has the SHA-256 of the certificate, DigiD the SHA-1
    #[arg(long, default_value = "sha256", conflicts_with = "config")]
    key_name: KeyName,

    /// Until when the file is valid; DigiD 3.x wants it not said
    #[arg(long, value_name = "RFC3339", conflicts_with = "config", value_parser = time)]
    valid_until: Option<DateTime<Utc>>,

    /// The moment to write it for; now when absent
    #[arg(long, value_name = "RFC3339", value_parser = time)]
    at: Option<DateTime<Utc>>,

    /// Where to write it; standard output when absent
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Which certificates stand in the metadata until the next key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Publish {
    /// The present one: the change is at an agreed moment
    Current,
    /// The next one: the other side keeps the present one itself
    Next,
    /// Both
    Both,
}

impl Publish {
    /// Returns the word on the command line and in the configuration file.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Next => "next",
            Self::Both => "both",
        }
    }
}

/// What the `KeyName` of a key is.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum KeyName {
    Sha1,
    Sha256,
}

pub(super) fn run(arguments: &New) -> Result<ExitCode, Failure> {
    let at = arguments.at.unwrap_or_else(Utc::now);
    if let Some(configured) = arguments.config.read()? {
        let parts = configured.parts();
        let file = parts.metadata(at).map_err(Failure::usage)?;
        let published = parts.key_schedule().map_err(Failure::usage)?.published(at);
        return finish(arguments, &file, &published);
    }
    let schedule = schedule(arguments)?;
    let signer = schedule.signs_metadata(at);
    let (first, last) = schedule.signs(at).verifying_key().validity();
    // The next certificate may be published, and sign the file, before it begins.
    if !(first..=last).contains(&at.timestamp()) || at.timestamp() > signer.verifying_key().validity().1 {
        return Err(Failure::usage(format!(
            "expected certificates that hold at {}, found one that does not (--at says another moment)",
            moment(at)
        )));
    }
    if let Some(valid_until) = arguments.valid_until.filter(|until| *until <= at) {
        return Err(Failure::usage(format!(
            "expected --valid-until after {}, found {}",
            moment(at),
            moment(valid_until)
        )));
    }
    let published = schedule.published(at);
    let entity_id = arguments.entity_id.clone().unwrap_or_default();
    let metadata = ServiceProviderMetadata {
        valid_until: arguments.valid_until,
        encryption_keys: certificates(&arguments.encryption_cert)?,
        key_names: match arguments.key_name {
            KeyName::Sha1 => KeyNameConvention::Sha1,
            KeyName::Sha256 => KeyNameConvention::Sha256,
        },
        single_logout: endpoints(&arguments.slo),
        name_id_formats: arguments.name_id_format.clone(),
        ..ServiceProviderMetadata::new(&id()?, &entity_id, published.clone(), indexed(&arguments.acs))
    };
    let file = metadata.sign(signer).map_err(unusable)?;
    finish(arguments, &file, &published)
}

/// Reads the file as another would, and writes it.
fn finish(arguments: &New, file: &str, published: &[VerifyingKey]) -> Result<ExitCode, Failure> {
    require_readable(file, published).map_err(unusable)?;
    write(arguments.out.as_deref(), file)?;
    Ok(ExitCode::SUCCESS)
}

fn unusable(error: saml_metadata::Error) -> Failure {
    Failure::usage(format!("{}: {error}", error.code()))
}

/// Returns what signs when.
fn schedule(arguments: &New) -> Result<KeySchedule, Failure> {
    let (Some(key), Some(cert)) = (&arguments.key, &arguments.cert) else {
        return Err(Failure::usage("expected --key and --cert, or --config"));
    };
    let schedule = KeySchedule::new(signing_key(key, cert)?);
    let (Some(key), Some(certificate), Some(signs_from), Some(publish)) =
        (&arguments.next_key, &arguments.next_cert, arguments.next_from, arguments.publish)
    else {
        return Ok(schedule);
    };
    let published = match (publish, arguments.both_until) {
        (Publish::Both, until) => Published::Both { until: until.unwrap_or(signs_from) },
        (_, Some(_)) => return Err(Failure::usage("--both-until goes with --publish both")),
        (Publish::Current, None) => Published::Current,
        (Publish::Next, None) => Published::Next,
    };
    let next = NextKey { key: signing_key(key, certificate)?, signs_from, published };
    schedule.with_next(next).map_err(|error| Failure::usage(format!("{}: {error}", error.code())))
}

fn endpoints(endpoints: &[(Binding, String)]) -> Vec<Endpoint> {
    endpoints.iter().map(|(binding, location)| Endpoint { binding: *binding, location: location.clone() }).collect()
}

fn indexed(endpoints: &[(Binding, String)]) -> Vec<IndexedEndpoint> {
    let several = endpoints.len() > 1;
    let numbered = (0..).zip(endpoints);
    numbered
        .map(|(index, (binding, location))| IndexedEndpoint {
            index,
            // DigiD 3.x shows one service without it.
            is_default: (several && index == 0).then_some(true),
            binding: *binding,
            location: location.clone(),
        })
        .collect()
}

/// Makes an `ID` that no file had before.
fn id() -> Result<String, Failure> {
    let random = random_bytes::<16>().map_err(Failure::new)?;
    Ok(random.iter().fold("_".to_owned(), |id, byte| format!("{id}{byte:02x}")))
}

/// Reads where answers go.
fn answers(text: &str) -> Result<(Binding, String), String> {
    bound(text, &[("artifact", Binding::HttpArtifact), ("post", Binding::HttpPost)])
}

/// Reads where logout messages go.
fn logout(text: &str) -> Result<(Binding, String), String> {
    bound(text, &[("post", Binding::HttpPost), ("redirect", Binding::HttpRedirect), ("soap", Binding::Soap)])
}

/// Reads `BINDING=URL`.
fn bound(text: &str, bindings: &[(&str, Binding)]) -> Result<(Binding, String), String> {
    let found = text.split_once('=').and_then(|(name, location)| {
        let (_, binding) = bindings.iter().find(|(known, _)| *known == name)?;
        Some((*binding, location.to_owned()))
    });
    let names: Vec<&str> = bindings.iter().map(|(name, _)| *name).collect();
    found.ok_or_else(|| format!("expected {} and = before the URL", names.join(" or ")))
}

const EXAMPLE: &str = "Example, from the configuration file:
  saml metadata new --config saml.toml --environment production --out portal.xml
Example, for DigiD, with the next certificate in it:
  saml metadata new --entity-id https://portal.example.nl/saml/metadata --key-name sha1 \\
      --acs artifact=https://portal.example.nl/saml/acs --key 2026.key.pem --cert 2026.crt.pem \\
      --next-key 2027.key.pem --next-cert 2027.crt.pem --next-from 2027-06-30T22:00:00Z --publish next \\
      --out portal.xml";
