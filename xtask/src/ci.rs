//! `cargo xtask ci`: the gate that every change goes through.

use std::ffi::OsString;
use std::time::{Duration, Instant};

use crate::process::{Failure, asks_for_help, cargo, help, refuse_arguments, run as run_command, say, succeeds};
use crate::{api, bench, fuzz, interop, prerequisites, soak, test};

/// Runs the steps in order, stops at the first that fails, and closes with a table.
pub(crate) fn run(arguments: &[OsString]) -> Result<(), Failure> {
    if asks_for_help(arguments) {
        help(HELP);
        return Ok(());
    }
    refuse_arguments("ci", arguments)?;
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
        say(&totals.to_string());
    }
    result
}

struct Step {
    name: &'static str,
    proves: &'static str,
    run: fn() -> Result<Outcome, Failure>,
}

enum Outcome {
    Passed,
    Tested(test::Totals),
    NotRun(String),
}

fn format() -> Result<Outcome, Failure> {
    run_command(&mut cargo(["fmt", "--all", "--check"]))?;
    Ok(Outcome::Passed)
}

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

fn tests() -> Result<Outcome, Failure> {
    test::run_all().map(Outcome::Tested)
}

fn second_opinion() -> Result<Outcome, Failure> {
    let absent = prerequisites::absent(prerequisites::SECOND_OPINION);
    if !absent.is_empty() {
        return Ok(Outcome::NotRun(format!("{} missing", absent.join(", "))));
    }
    let features = ["--locked", "--features", "saml-xml-security/xmlsec,saml-tests/xmlsec"];
    let tested = ["-p", "saml-xml-security", "-p", "saml-tests"];
    let mut clippy = cargo(["clippy", "--all-targets"]);
    run_command(clippy.args(features).args(tested).args(["--", "-D", "warnings"]))?;
    let mut test = cargo(["test", "--lib", "--test", "verify", "--test", "attacks"]);
    run_command(test.args(features).args(tested))?;
    // The program is only built: what it does with a message is what the tests above are about.
    run_command(&mut cargo(["check", "--locked", "-p", "saml-cli", "--features", "xmlsec"]))?;
    Ok(Outcome::Passed)
}

fn documentation() -> Result<Outcome, Failure> {
    let mut command = cargo(["doc", "--workspace", "--no-deps", "--locked"]);
    run_command(command.env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(Outcome::Passed)
}

fn interfaces() -> Result<Outcome, Failure> {
    if let Some(reason) = api::missing() {
        return Ok(Outcome::NotRun(reason));
    }
    api::compare()?;
    Ok(Outcome::Passed)
}

fn deny() -> Result<Outcome, Failure> {
    if !succeeds(&mut cargo(["deny", "--version"])) {
        say("cargo-deny is missing; installing it takes some minutes");
        let mut install = cargo(["install", "cargo-deny", "--locked", "--version", CARGO_DENY_VERSION]);
        if let Err(failure) = run_command(&mut install) {
            return Ok(Outcome::NotRun(format!("cargo-deny could not be installed: {}", failure.message)));
        }
    }
    run_command(&mut cargo(["deny", "--locked", "check", "bans", "licenses", "sources"]))?;
    Ok(Outcome::Passed)
}

fn fuzz_targets() -> Result<Outcome, Failure> {
    if let Some(reason) = fuzz::missing() {
        return Ok(Outcome::NotRun(reason));
    }
    fuzz::run_targets(&fuzz::Options { seconds: FUZZ_SECONDS, jobs: 2, target: None })?;
    Ok(Outcome::Passed)
}

fn bench_cases() -> Result<Outcome, Failure> {
    bench::short()?;
    Ok(Outcome::Passed)
}

fn logins_in_outages() -> Result<Outcome, Failure> {
    if let Some(reason) = soak::missing() {
        return Ok(Outcome::NotRun(reason));
    }
    soak::short(SOAK_SECONDS)?;
    Ok(Outcome::Passed)
}

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
Runs the whole gate: fmt, clippy, alone, test, xmlsec, doc, api, deny, bench, soak, interop, fuzz

Usage: cargo xtask ci

Stops at the first step that fails, with its exit code. Installs cargo-deny and
cargo-public-api when they are missing, and cargo-fuzz, SimpleSAMLphp and pysaml2; where that fails, without the nightly
toolchain, or where libxmlsec1's headers or libclang cannot be had, the step is reported
as not run. The soak takes 30 s, without redis-server it is not run. Each fuzz target runs
for 20 s.

Example:
  cargo xtask ci
";
