//! `saml doctor`: what is missing before a portal goes to production.

mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Args;
use pkioverheid::{Generation, PinnedRoots};
use saml_config::environment_name;
use saml_doctor::{BUILT_IN, Finding, Network, Outcome, Report, Subject, examine, observe, probe_portal};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::config::{EnvironmentArgument, read_file, subjects};
use crate::failure::Failure;
use crate::output::{moment, say, tell};
use crate::values::time;

/// Look at everything before a portal goes to production with DigiD, and say how to mend what is wrong
///
/// Reads the configuration file and the keys, certificates, metadata and logs that it names, and judges them by the ten
/// steps to production. Nothing is asked of the network unless --online or --portal says so, and nothing is written.
///
/// Each check ends as ok; as a problem, which will fail or be refused; as a warning, which works and may not be meant
/// so; as human, which only a person can do; or as not looked at, with what it needs.
///
/// Exit status: 0 without a problem, whatever the warnings and the tasks for people; 1 with a problem; 2 wrong usage or
/// a file that cannot be read.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// The configuration file
    #[arg(long, value_name = "saml.toml")]
    config: PathBuf,

    /// The environment to look at; both when absent
    #[arg(long, value_enum)]
    environment: Option<EnvironmentArgument>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    /// Look over the network too: TLS, headers and metadata of the portal and its partner, and the clock
    #[arg(long)]
    online: bool,

    /// Post a forged message to this portal, which must refuse it: the one of the file, or one on this machine
    #[arg(long, value_name = "URL", requires = "environment")]
    portal: Option<String>,

    /// The moment to judge at, such as 2026-01-31T12:00:00Z; now when absent
    #[arg(long, value_name = "RFC3339", value_parser = time)]
    at: Option<DateTime<Utc>>,

    /// Take this root for one of PKIoverheid: a generation and the SHA-256 of a test root. For preproduction alone
    #[arg(long, value_name = "g1|g4=SHA256", requires = "environment", value_parser = root)]
    danger_test_root: Vec<(Generation, String)>,
}

/// Runs the command: 0 without a problem, 1 with one, 2 for wrong usage or an unreadable file.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let ended = reports(arguments).and_then(|reports| {
        say(&if arguments.json { format!("{:#}", json(&reports)) } else { table::text(&reports) })?;
        Ok(reports.iter().any(|report| report.count(Outcome::Problem) > 0))
    });
    match ended {
        Ok(false) => ExitCode::SUCCESS,
        Ok(true) => ExitCode::FAILURE,
        Err(failure) => {
            tell(&format!("saml doctor: {failure}"));
            failure.exit_code()
        }
    }
}

fn reports(arguments: &Arguments) -> Result<Vec<Report>, Failure> {
    let config = read_file(&arguments.config)?;
    let roots = roots(arguments)?;
    let at = arguments.at.unwrap_or_else(Utc::now);
    let subjects = subjects(&config, &arguments.config, arguments.environment, at)?;
    let runtime = Runtime::new().map_err(Failure::new)?;
    let with_roots = subjects.into_iter().map(|subject| subject.danger_with_roots(roots.clone()));
    with_roots.map(|subject| runtime.block_on(report(subject, arguments))).collect()
}

/// Looks at one environment, over the network too where that is asked for.
async fn report(mut subject: Subject<'_>, arguments: &Arguments) -> Result<Report, Failure> {
    let network = Network::new(Utc::now);
    if arguments.online {
        let seen = observe(&subject, &network).await;
        subject = subject.with_observations(seen);
    }
    if let Some(url) = &arguments.portal {
        if !subject.is_ours(url) {
            return Err(Failure::usage(format!(
                "expected with --portal the host of portal.base_url, or this machine, found {url}: only test what is yours"
            )));
        }
        let answer = probe_portal(&subject, &network, url).await;
        subject = subject.with_portal(answer);
    }
    Ok(examine(&subject))
}

/// Returns the roots that are built in, and those for tests.
fn roots(arguments: &Arguments) -> Result<PinnedRoots, Failure> {
    if !arguments.danger_test_root.is_empty() && arguments.environment != Some(EnvironmentArgument::Preproduction) {
        return Err(Failure::usage("--danger-test-root goes with --environment preproduction: citizens are no test"));
    }
    let mut roots = PinnedRoots::pkioverheid();
    for (generation, sha256) in &arguments.danger_test_root {
        roots = roots.and(*generation, sha256).map_err(Failure::usage)?;
    }
    Ok(roots)
}

fn json(reports: &[Report]) -> Value {
    let each = |report: &Report| {
        let name = environment_name(report.environment);
        report.findings.iter().map(|finding| check(name, finding)).collect::<Vec<_>>()
    };
    let summary = |report: &Report| {
        let counts = Outcome::ALL.map(|outcome| (outcome.as_str().to_owned(), json!(report.count(outcome))));
        let counts: serde_json::Map<String, Value> = counts.into_iter().collect();
        json!({ "environment": environment_name(report.environment), "at": moment(report.at), "outcomes": counts })
    };
    json!({
        "checks": reports.iter().flat_map(each).collect::<Vec<_>>(),
        "summary": reports.iter().map(summary).collect::<Vec<_>>(),
        "built_in": BUILT_IN,
    })
}

fn check(environment: &str, finding: &Finding) -> Value {
    let check = finding.check;
    json!({
        "environment": environment,
        "step": check.step.number(),
        "code": check.code,
        "title": check.title,
        "outcome": finding.outcome.as_str(),
        "found": finding.found,
        "mend": finding.mend,
        "why": check.why,
        "source": check.source,
    })
}

/// Reads a generation of PKIoverheid with the SHA-256 of a root.
fn root(text: &str) -> Result<(Generation, String), String> {
    let generation = |name| match name {
        "g1" => Some(Generation::G1),
        "g4" => Some(Generation::G4),
        _ => None,
    };
    let found = text.split_once('=').and_then(|(name, sha256)| Some((generation(name)?, sha256.to_owned())));
    found.ok_or_else(|| "expected g1 or g4 and = before the SHA-256 of the root".to_owned())
}

const EXAMPLE: &str = "Examples:
  saml doctor --config saml.toml
  saml doctor --config saml.toml --environment production --online --json
  saml doctor --config saml.toml --environment preproduction --portal http://127.0.0.1:8080";
