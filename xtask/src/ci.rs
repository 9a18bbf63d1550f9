//! `cargo xtask ci`: the gate that every change goes through.

use std::ffi::OsString;
use std::time::{Duration, Instant};

use crate::process::{Failure, cargo, ensure_installed, run as run_command, say};
use crate::{api, arguments, bench, fuzz, interop, prerequisites, soak, test};

/// Runs the steps in order, stops at the first that fails, and closes with a table.
pub(crate) fn run(arguments: &[OsString]) -> Result<(), Failure> {
    arguments::refuse_all("ci", arguments)?;
    prerequisites::ensure(&[
        prerequisites::BUILD,
        prerequisites::TEST,
        prerequisites::FUZZ,
        prerequisites::SECOND_OPINION,
    ]);
    let mut table = Vec::new();
    let mut result = Ok(());
    let mut tests = None;
    for step in STEPS {
        say(&format!("\n== {}: {}", step.name, step.proves));
        let start = Instant::now();
        let outcome = (step.run)();
        let took = start.elapsed();
        let said = match &outcome {
            Ok(Outcome::Passed) => "passed".to_owned(),
            Ok(Outcome::Tested(totals)) => format!("passed: {totals}"),
            Ok(Outcome::NotRun(reason)) => format!("not run: {reason}"),
            Err(failure) => format!("FAILED: {}", failure.message),
        };
        say(&format!("== {} took {}: {said}", step.name, in_seconds(took)));
        table.push(row(step.name, &in_seconds(took), &said));
        match outcome {
            Ok(Outcome::Tested(totals)) => tests = Some(totals),
            Ok(Outcome::Passed | Outcome::NotRun(_)) => {}
            Err(failure) => {
                result = Err(Failure {
                    message: format!("step {} failed: {}", step.name, failure.message),
                    code: failure.code,
                });
                break;
            }
        }
    }
    say("");
    table.iter().for_each(|line| say(line));
    if let Some(totals) = tests {
        totals.say();
    }
    result
}

/// One part of the gate.
struct Step {
    name: &'static str,
    /// What is known once it has passed.
    proves: &'static str,
    run: fn() -> Result<Outcome, Failure>,
}

/// How a step ended that found nothing wrong.
enum Outcome {
    Passed,
    /// It passed, and so many tests ran.
    Tested(test::Totals),
    /// The machine lacks something that cannot be installed, for the reason given: no failure of the project.
    NotRun(String),
}

/// Changes nothing: a difference is shown and fails.
fn format() -> Result<Outcome, Failure> {
    run_command(&mut cargo(["fmt", "--all", "--check"]))?;
    // A workspace of its own.
    run_command(&mut cargo(["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"]))?;
    Ok(Outcome::Passed)
}

/// Lints every target of the workspace, and each way to build `saml-axum`; a warning fails.
fn clippy() -> Result<Outcome, Failure> {
    run_command(&mut cargo(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))?;
    // The tests of the workspace turn both exporters on; whoever wants one of them or none gets that built as well.
    for features in ["", "opentelemetry", "prometheus"] {
        let exporters =
            ["clippy", "--package", "saml-axum", "--locked", "--features", features, "--", "-D", "warnings"];
        run_command(&mut cargo(exporters))?;
    }
    Ok(Outcome::Passed)
}

/// Together, crates borrow each other's features of foreign crates; whoever takes one alone has its own.
fn alone() -> Result<Outcome, Failure> {
    for name in api::libraries()? {
        run_command(&mut cargo(["check", "--locked", "--quiet", "--lib", "--package", &name]))?;
    }
    for (name, feature) in FEATURES {
        run_command(&mut cargo(["check", "--locked", "--quiet", "--lib", "--package", name, "--features", feature]))?;
    }
    Ok(Outcome::Passed)
}

/// Runs every test of the workspace, with the corpus of others' messages where there is one.
fn tests() -> Result<Outcome, Failure> {
    test::run_all().map(Outcome::Tested)
}

/// Builds and tests the feature `xmlsec`, with which libxmlsec1 judges each message as well.
fn second_opinion() -> Result<Outcome, Failure> {
    let absent = prerequisites::absent(prerequisites::SECOND_OPINION);
    if !absent.is_empty() {
        return Ok(Outcome::NotRun(format!("{} missing", absent.join(", "))));
    }
    let features = ["--locked", "--features", "saml-xml-security/xmlsec,saml-tests/xmlsec"];
    let tested = ["-p", "saml-xml-security", "-p", "saml-tests"];
    // Only there does the feature change a line; the others pass it on.
    let clippy = ["clippy", "--all-targets", "--locked", "-p", "saml-xml-security", "--features", "xmlsec"];
    run_command(cargo(clippy).args(["--", "-D", "warnings"]))?;
    let mut test = cargo(["test", "--lib", "--test", "verify", "--test", "attacks"]);
    run_command(test.args(features).args(tested))?;
    // The program is only built: what it does with a message is what the tests above are about.
    run_command(&mut cargo(["check", "--locked", "-p", "saml-cli", "--features", "xmlsec"]))?;
    Ok(Outcome::Passed)
}

/// Builds the pages of rustdoc; a link that leads nowhere fails.
fn documentation() -> Result<Outcome, Failure> {
    let mut command = cargo(["doc", "--workspace", "--no-deps", "--locked"]);
    run_command(command.env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(Outcome::Passed)
}

/// Compares the public items of each crate with `tests/api/`: a change that others see is made on purpose.
fn interfaces() -> Result<Outcome, Failure> {
    if let Some(reason) = api::missing() {
        return Ok(Outcome::NotRun(reason));
    }
    api::compare()?;
    Ok(Outcome::Passed)
}

/// Holds foreign crates to `deny.toml`; advisories need a network, and are not asked for.
fn deny() -> Result<Outcome, Failure> {
    if let Err(failure) = ensure_installed("cargo-deny", CARGO_DENY_VERSION) {
        return Ok(Outcome::NotRun(failure.message));
    }
    run_command(&mut cargo(["deny", "--locked", "check", "bans", "licenses", "sources"]))?;
    Ok(Outcome::Passed)
}

/// Gives each fuzz target a short time; a longer one is for `cargo xtask fuzz`.
fn fuzz_targets() -> Result<Outcome, Failure> {
    if let Some(reason) = fuzz::missing() {
        return Ok(Outcome::NotRun(reason));
    }
    fuzz::run_targets(&fuzz::Options { seconds: FUZZ_SECONDS, jobs: 2, target: None })?;
    Ok(Outcome::Passed)
}

/// Runs each case of the bench a few times: what ends otherwise than it must fails.
fn bench_cases() -> Result<Outcome, Failure> {
    bench::short()?;
    Ok(Outcome::Passed)
}

/// Logs in while Redis and portals are killed.
fn logins_in_outages() -> Result<Outcome, Failure> {
    if let Some(reason) = soak::missing() {
        return Ok(Outcome::NotRun(reason));
    }
    soak::short(SOAK_SECONDS)?;
    Ok(Outcome::Passed)
}

/// Logs in and out at other implementations.
fn others() -> Result<Outcome, Failure> {
    Ok(match interop::run_cases(&interop::Options::default())? {
        interop::Outcome::Passed => Outcome::Passed,
        interop::Outcome::NotRun(reason) => Outcome::NotRun(reason),
    })
}

fn row(name: &str, took: &str, said: &str) -> String {
    format!("{name:<8} {took:>9}  {said}")
}

fn in_seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

/// Long enough to run all seeds through every target.
const FUZZ_SECONDS: u32 = 20;
/// Long enough to kill Redis and a portal more than once.
const SOAK_SECONDS: u32 = 30;
const CARGO_DENY_VERSION: &str = "0.20.2";
/// The features of our crates but `xmlsec`, which has a step of its own.
const FEATURES: [(&str, &str); 1] = [("saml-state", "contract")];

const STEPS: &[Step] = &[
    Step { name: "fmt", proves: "the code is formatted", run: format },
    Step { name: "clippy", proves: "no lint has anything to say", run: clippy },
    Step { name: "alone", proves: "each crate builds without the others' features, and with its own", run: alone },
    Step { name: "test", proves: "every test passes", run: tests },
    Step { name: "xmlsec", proves: "libxmlsec1 agrees, where its opinion is asked", run: second_opinion },
    Step { name: "doc", proves: "the documentation builds and its links lead somewhere", run: documentation },
    Step { name: "api", proves: "what the crates offer to others is as tests/api/ says", run: interfaces },
    Step { name: "deny", proves: "licences, origins and users of foreign crates are as deny.toml says", run: deny },
    Step { name: "bench", proves: "every case of the bench ends as it must; time fails nothing", run: bench_cases },
    Step { name: "soak", proves: "no login is lost or accepted twice, whatever is killed", run: logins_in_outages },
    Step { name: "interop", proves: "other implementations get the expected verdicts, live", run: others },
    Step { name: "fuzz", proves: "no fuzz target finds an input that breaks its property", run: fuzz_targets },
];

pub(crate) const HELP: &str = "\
Runs the gate that every change goes through

Usage: cargo xtask ci

Its steps are fmt, clippy, alone, test, xmlsec, doc, api, deny, bench, soak, interop and fuzz.
Stops at the first step that fails, with its exit code. Installs cargo-deny, cargo-public-api,
cargo-fuzz, SimpleSAMLphp and pysaml2 when they are missing; where that fails, without the
nightly toolchain, or where libxmlsec1's headers or libclang cannot be had, the step is
reported as not run. The soak takes 30 s, without redis-server it is not run. Each fuzz target
runs for 20 s.

Example:
  cargo xtask ci
";
