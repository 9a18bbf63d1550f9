//! `saml metadata`: what a file of metadata says, whether it can be trusted, how two of them differ, and ours.

pub(crate) mod fetch;
mod new;
mod sign;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use saml_metadata::{Error, Fact, Metadata};
use saml_xml_security::{AlgorithmPolicy, SigningKey, VerifyingKey};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::files::{read, replace};
use crate::output::{say, tell};
use crate::values::time;
pub(crate) use new::Publish;

/// Read metadata: what it says, whether it can be trusted, what changed; make, sign and fetch it
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Show(Show),
    Verify(Verify),
    Diff(Diff),
    New(Box<new::New>),
    Sign(sign::Sign),
    Fetch(Box<fetch::Fetch>),
}

/// Show what a file of metadata says: roles, keys, endpoints, flags
///
/// Nothing is verified: this shows what the file says, whoever wrote it.
#[derive(Debug, Args)]
#[command(after_help = SHOW_EXAMPLE)]
pub(crate) struct Show {
    /// Print JSON
    #[arg(long)]
    json: bool,

    /// The file
    file: PathBuf,
}

/// Verify metadata: the signature, whose it is, until when, and that its roles can be used
///
/// Exit status: 0 verified, 1 refused, 2 wrong usage or a file that cannot be read.
#[derive(Debug, Args)]
#[command(after_help = VERIFY_EXAMPLE)]
pub(crate) struct Verify {
    /// Certificate (PEM) of a key that may sign the metadata, got by another way than the file; may be repeated
    #[arg(long, value_name = "CERT.pem", required = true)]
    trust_key: Vec<PathBuf>,

    /// The entity ID that the metadata must be of
    #[arg(long, value_name = "URI")]
    entity_id: Option<String>,

    /// The moment to judge at, such as 2026-01-31T12:00:00Z; now when absent
    #[arg(long, value_name = "RFC3339", value_parser = time)]
    at: Option<DateTime<Utc>>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    /// The file
    file: PathBuf,
}

/// Show what differs between two files, such as what is registered at the other side and what is published now
///
/// Nothing is verified. Exit status: 0 without a difference, 1 with one, 2 wrong usage or a file that cannot be read.
#[derive(Debug, Args)]
#[command(after_help = DIFF_EXAMPLE)]
pub(crate) struct Diff {
    /// Print JSON
    #[arg(long)]
    json: bool,

    /// The one file
    left: PathBuf,

    /// The other
    right: PathBuf,
}

/// Our private key with its certificate.
#[derive(Debug, Args)]
struct KeyPair {
    /// Our private key (PEM, without a pass phrase)
    #[arg(long, value_name = "KEY.pem")]
    key: PathBuf,

    /// Its certificate (PEM)
    #[arg(long, value_name = "CERT.pem")]
    cert: PathBuf,
}

/// Runs the command: 0 at its end, 1 when a file is refused or two differ, 2 for wrong usage or an unreadable file.
pub(crate) fn run(command: &Command) -> ExitCode {
    let ended = match command {
        Command::Show(arguments) => show(arguments),
        Command::Verify(arguments) => verify(arguments),
        Command::Diff(arguments) => diff(arguments),
        Command::New(arguments) => new::run(arguments),
        Command::Sign(arguments) => sign::run(arguments),
        Command::Fetch(arguments) => fetch::run(arguments),
    };
    ended.unwrap_or_else(|failure| {
        tell(&format!("saml metadata: {failure}"));
        failure.exit_code()
    })
}

fn show(arguments: &Show) -> Result<ExitCode, Failure> {
    let facts = read_facts(&arguments.file)?;
    if arguments.json {
        say(&format!("{:#}", listed(&facts)))?;
    } else {
        say(&facts.iter().map(|fact| line("", fact)).collect::<String>())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn diff(arguments: &Diff) -> Result<ExitCode, Failure> {
    let (left, right) = (read_facts(&arguments.left)?, read_facts(&arguments.right)?);
    let gone: Vec<&Fact> = left.iter().filter(|fact| !right.contains(fact)).collect();
    let new: Vec<&Fact> = right.iter().filter(|fact| !left.contains(fact)).collect();
    if arguments.json {
        let (gone, new) = (listed(gone.iter().copied()), listed(new.iter().copied()));
        say(&format!("{:#}", json!({ "only_left": gone, "only_right": new })))?;
    } else {
        let lines = gone.iter().map(|fact| line("- ", fact)).chain(new.iter().map(|fact| line("+ ", fact)));
        say(&lines.collect::<String>())?;
    }
    Ok(if gone.is_empty() && new.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

fn verify(arguments: &Verify) -> Result<ExitCode, Failure> {
    let bytes = read(&arguments.file)?;
    let keys = certificates(&arguments.trust_key)?;
    let at = arguments.at.unwrap_or_else(Utc::now);
    let verdict = verified(&bytes, &keys, arguments.entity_id.as_deref(), at);
    if let Some(failure) = verdict.as_ref().err().and_then(|error| no_xml(error, &arguments.file)) {
        return Err(failure);
    }
    let shown = match &verdict {
        Ok(facts) if arguments.json => format!("{:#}", json!({ "verdict": "verified", "facts": listed(facts) })),
        Ok(facts) => format!("verified\n{}", facts.iter().map(|fact| line("  ", fact)).collect::<String>()),
        Err(error) if arguments.json => {
            format!("{:#}", json!({ "verdict": "refused", "code": error.code(), "reason": error.to_string() }))
        }
        Err(error) => format!("refused: {}\n  {error}", error.code()),
    };
    say(&shown)?;
    Ok(if verdict.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

/// Returns what verified metadata says.
fn verified(
    bytes: &[u8],
    keys: &[VerifyingKey],
    entity_id: Option<&str>,
    at: DateTime<Utc>,
) -> Result<Vec<Fact>, Error> {
    let metadata = Metadata::verify(bytes, keys, &AlgorithmPolicy::modern())?;
    entity_id.map_or(Ok(()), |expected| metadata.require_entity_id(expected))?;
    // Both roles of one file are valid until the same moment.
    match metadata.identity_provider() {
        Ok(role) => role.check_valid(at)?,
        Err(_) => metadata.service_provider()?.check_valid(at)?,
    }
    metadata.facts()
}

/// Looks at a file of ours before it is published: it must be what we would believe of another.
fn require_readable(file: &str, keys: &[VerifyingKey]) -> Result<(), Error> {
    Metadata::verify(file.as_bytes(), keys, &AlgorithmPolicy::modern())?.facts().map(drop)
}

fn read_facts(path: &Path) -> Result<Vec<Fact>, Failure> {
    let unusable = |error: Error| Failure::usage(format!("{}: {}: {error}", path.display(), error.code()));
    Metadata::parse_unverified(&read(path)?).and_then(|metadata| metadata.facts()).map_err(unusable)
}

/// Lists facts as JSON.
fn listed<'f>(facts: impl IntoIterator<Item = &'f Fact>) -> Value {
    facts.into_iter().map(|Fact { name, value }| json!({ "name": name, "value": value })).collect()
}

/// Tells a file that is no XML at all, which nobody could verify or sign, from one that is refused.
fn no_xml(error: &Error, path: &Path) -> Option<Failure> {
    let is_none = ["xml_encoding", "xml_syntax", "xml_unexpected_end"].contains(&error.code());
    is_none.then(|| Failure::usage(format!("{}: {}: {error}", path.display(), error.code())))
}

/// Reads the certificates of keys that may sign.
fn certificates(paths: &[PathBuf]) -> Result<Vec<VerifyingKey>, Failure> {
    let read = |path: &PathBuf| {
        let key = VerifyingKey::from_certificate_pem(&read(path)?);
        key.map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
    };
    paths.iter().map(read).collect()
}

/// Reads our private key with its certificate.
fn signing_key(key: &Path, certificate: &Path) -> Result<SigningKey, Failure> {
    let pair = SigningKey::from_pem(&read(key)?, &read(certificate)?);
    pair.map_err(|error| Failure::usage(format!("{} with {}: {error}", key.display(), certificate.display())))
}

/// Writes a file whole or not at all, or to standard output.
fn write(path: Option<&Path>, text: &str) -> Result<(), Failure> {
    path.map_or_else(|| say(text), |path| replace(path, text.as_bytes()))
}

fn line(mark: &str, fact: &Fact) -> String {
    format!("{mark}{}: {}\n", fact.name, fact.value)
}

const REFUSED: u8 = 1;

const SHOW_EXAMPLE: &str = "Example:
  saml metadata show broker.xml";

const VERIFY_EXAMPLE: &str = "Example:
  saml metadata verify --trust-key broker.pem --entity-id https://broker.example.nl/saml broker.xml";

const DIFF_EXAMPLE: &str = "Example:
  saml metadata diff registered.xml published.xml";
