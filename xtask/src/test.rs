//! `cargo xtask test`: runs every test of the workspace.

use std::ffi::OsString;
use std::fmt;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use crate::process::{self, Failure, built_program, cargo, check, say, shown, workspace_root};
use crate::{arguments, prerequisites};

/// Looks after the prerequisites, runs every test and says how many there were.
pub(crate) fn run(arguments: &[OsString]) -> Result<(), Failure> {
    arguments::refuse_all("test", arguments)?;
    prerequisites::ensure(&[prerequisites::BUILD, prerequisites::TEST]);
    let totals = run_all()?;
    say(&totals.to_string());
    Ok(())
}

/// Runs every test; the prerequisites have been looked after.
pub(crate) fn run_all() -> Result<Totals, Failure> {
    // With the whole workspace and its tests selected, features are those of the test run, so nothing is built twice.
    process::run(&mut cargo(["build", "--workspace", "--bin", "saml", "--tests", "--locked"]))?;
    let mut command = cargo(["test", "--workspace", "--locked"]);
    command.env("SAML_BIN", built_program("saml")?);
    if std::env::var_os("SAML_CORPUS").is_none() {
        let corpus = workspace_root().join("../shared/corpus");
        if let Ok(corpus) = corpus.canonicalize() {
            command.env("SAML_CORPUS", corpus);
        }
    }
    let shown = shown(&command);
    say(&format!("$ {shown}"));
    let not_started = |error: std::io::Error| Failure::new(format!("`{shown}` could not be run: {error}"));
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(not_started)?;
    let mut totals = Totals::default();
    if let Some(output) = child.stdout.take() {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while output.read_until(b'\n', &mut line).map_err(not_started)? > 0 {
            totals.add(&String::from_utf8_lossy(&line));
            // A reader of ours that went away is no reason to stop the tests.
            let _ = std::io::stdout().write_all(&line);
            line.clear();
        }
    }
    let status = child.wait().map_err(not_started)?;
    check(&shown, status)
        .map_err(|failure| Failure { message: format!("{} ({totals})", failure.message), code: failure.code })?;
    Ok(totals)
}

/// How many tests ran, over all test programs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Totals {
    /// Adds what a test program says in its last line.
    fn add(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else {
            return;
        };
        for part in result.split(['.', ';']) {
            let Some((number, what)) = part.trim().split_once(' ') else {
                continue;
            };
            let number: u64 = number.parse().unwrap_or(0);
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { passed, failed, ignored } = self;
        write!(formatter, "{passed} passed, {failed} failed")?;
        if *ignored > 0 {
            write!(formatter, ", {ignored} skipped")?;
        }
        Ok(())
    }
}

pub(crate) const HELP: &str = "\
Runs every test of the workspace

Usage: cargo xtask test

Builds the program `saml` and hands its path to the tests in SAML_BIN. The messages
of others that some tests read are looked for in SAML_CORPUS, then in
../shared/corpus. Where tools or messages are missing, the tests that need them say
what they did not run.

Example:
  cargo xtask test
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_several_test_programs_are_added_up() {
        let mut totals = Totals::default();
        totals.add("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n");
        totals
            .add("test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.50s\n");
        totals.add("test a_name_with_9_passed ... ok\n");
        assert_eq!(totals.to_string(), "15 passed, 2 failed, 1 skipped");
    }
}
