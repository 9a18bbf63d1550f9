//! `saml dossier`: what the forms of Logius and the auditor ask for, filled from the configuration and from test
//! results.

mod attachments;
mod canonical;
mod document;
mod norms;
mod probe;
mod report;
mod sheet;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Args;
use saml_config::{ConfigFile, Deployment, Parts, environment_name};
use saml_doctor::{Report, Subject, examine};
use saml_metadata::{Metadata, ServiceProvider};
use tokio::runtime::Runtime;

use crate::certificates::Looked;
use crate::config::{Configured, EnvironmentArgument, folder, read_file};
use crate::failure::Failure;
use crate::files::replace;
use crate::output::{say, tell};
use crate::values::time;
use attachments::{Attacks, Sbom};
use probe::Probed;

/// Write what Logius and the auditor of the DigiD assessment ask for, in Dutch
///
/// Writes a data sheet for the Aanvraagformulier and the Wijzigingsformulier, with what the configuration lacks marked;
/// and for each of the 21 norms of the assessment what this software can show, and what the organisation itself must
/// show. Both as Markdown and as a page (HTML) that needs nothing else and can be printed; beside them the
/// configuration in the form that its hash is of. It is evidence for an auditor, and no certificate.
///
/// Reads the configuration file and what it names; asks nothing of the network. Files of an earlier time are replaced;
/// those of another environment are not.
///
/// Exit status: 0 written, 2 wrong usage or a file that cannot be read or written.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// The configuration file
    #[arg(long, value_name = "saml.toml")]
    config: PathBuf,

    /// The environment in the configuration file; may be left out where that has one only
    #[arg(long, value_enum)]
    environment: Option<EnvironmentArgument>,

    /// The directory to write into
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// What the program is made of: CycloneDX JSON, as `cargo xtask dist` writes it beside the program
    #[arg(long, value_name = "FILE")]
    sbom: Option<PathBuf>,

    /// What came of attacks: the JUnit report of `saml forge run`
    #[arg(long, value_name = "report.xml")]
    attacks: Option<PathBuf>,

    /// The moment to judge at, such as 2026-01-31T12:00:00Z; now when absent
    #[arg(long, value_name = "RFC3339", value_parser = time)]
    at: Option<DateTime<Utc>>,
}

/// Everything that the dossier is written from.
struct Evidence<'a> {
    at: DateTime<Utc>,
    parts: Parts<'a>,
    /// The configuration in the form that its hash is of.
    canonical: String,
    /// What Logius knows the broker by.
    broker: Option<Result<ServiceProvider, String>>,
    looked: Looked,
    doctor: Report,
    /// What a portal that runs by this file answers, or why there is none.
    probed: Result<Probed, String>,
    sbom: Option<Sbom>,
    attacks: Option<Attacks>,
}

impl<'a> Evidence<'a> {
    fn deployment(&self) -> &'a Deployment {
        self.parts.deployment()
    }

    /// Returns the environment as it is called in the file.
    fn name(&self) -> &'static str {
        environment_name(self.parts.environment())
    }
}

/// Runs the command: 0 when everything is written, 2 when something stands in the way.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match write(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tell(&format!("saml dossier: {failure}"));
            failure.exit_code()
        }
    }
}

fn write(arguments: &Arguments) -> Result<(), Failure> {
    let path = arguments.config.as_path();
    let config = read_file(path)?;
    let configured = Configured::read(path, arguments.environment)?;
    let evidence = gather(arguments, &config, &configured)?;
    let sheet = sheet::document(&evidence);
    let report = report::document(&evidence)?;
    let out = arguments.out.as_path();
    require_no_other_environment(out, evidence.name())?;
    std::fs::create_dir_all(out).map_err(|error| Failure::usage(format!("{}: {error}", out.display())))?;
    for (name, document) in [("aansluitgegevens", &sheet), ("dossier", &report)] {
        put(out, &format!("{name}.md"), &document.markdown())?;
        put(out, &format!("{name}.html"), &document.html()?)?;
    }
    put(out, CANONICAL, &evidence.canonical)?;
    let missing = sheet.missing();
    let left = if missing == 0 { "complete".to_owned() } else { format!("{missing} missing, marked in it") };
    say(&format!("{}: aansluitgegevens (.md, .html; {left}), dossier (.md, .html), {CANONICAL}", out.display()))
}

/// Keeps the dossier of one environment from replacing that of another.
fn require_no_other_environment(out: &Path, name: &str) -> Result<(), Failure> {
    let Ok(kept) = std::fs::read_to_string(out.join(CANONICAL)) else { return Ok(()) };
    if kept.lines().any(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'))) {
        return Ok(());
    }
    let out = out.display();
    Err(Failure::usage(format!("{out}: expected the dossier of {name}, found another's: choose another --out")))
}

fn put(out: &Path, name: &str, text: &str) -> Result<(), Failure> {
    replace(&out.join(name), text.as_bytes())
}

/// Reads and asks everything that the dossier tells of.
fn gather<'a>(
    arguments: &'a Arguments,
    config: &'a ConfigFile,
    configured: &'a Configured,
) -> Result<Evidence<'a>, Failure> {
    let path = arguments.config.as_path();
    let at = arguments.at.unwrap_or_else(Utc::now);
    let parts = configured.parts();
    let none = || Failure::usage(format!("{}: the environment is not there", path.display()));
    let subject = Subject::new(config, parts.environment(), folder(path), at).ok_or_else(none)?;
    let runtime = Runtime::new().map_err(Failure::new)?;
    Ok(Evidence {
        at,
        canonical: canonical::text(path, &parts)?,
        broker: parts.deployment().signicat.as_ref().and_then(|table| table.digid_metadata.as_deref()).map(|file| {
            let said = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
            let bytes = std::fs::read(configured.path(file)).map_err(|error| said(&error))?;
            let metadata = Metadata::parse_unverified(&bytes).and_then(|metadata| metadata.service_provider());
            metadata.map_err(|error| said(&error))
        }),
        looked: Looked::at(&subject, path, at),
        doctor: examine(&subject),
        probed: runtime.block_on(probe::probe(configured, at)),
        sbom: arguments.sbom.as_deref().map(Sbom::read).transpose()?,
        attacks: arguments.attacks.as_deref().map(Attacks::read).transpose()?,
        parts,
    })
}

/// The file with the configuration in the form that its hash is of.
const CANONICAL: &str = "configuratie.txt";

const EXAMPLE: &str = "Example:
  saml forge run --junit attacks.xml --target http://127.0.0.1:8080/saml/acs --expect-reject ...
  saml dossier --config saml.toml --environment production --out dossier --attacks attacks.xml --sbom saml.cdx.json";
