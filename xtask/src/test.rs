//! `cargo xtask test`: runs every test of the workspace.

use std::ffi::OsString;
use std::fmt;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::process::Stdio;
use std::thread;

use crate::process::{self, Failure, built_program, cargo, check, say, shown, workspace_root};
use crate::{arguments, prerequisites};

/// Looks after the prerequisites, runs every test and says how many there were.
pub(crate) fn run(arguments: &[OsString]) -> Result<(), Failure> {
    arguments::refuse_all("test", arguments)?;
    prerequisites::ensure(&[prerequisites::BUILD, prerequisites::TEST]);
    run_all()?.say();
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
    let pipes = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().map_err(not_started)?;
    let (output, errors) = (child.stdout.take(), child.stderr.take());
    let mut totals = thread::scope(|scope| {
        let errors = errors.map(|errors| scope.spawn(|| pass_on(errors, std::io::stderr())));
        let mut totals = output.map_or_else(Totals::default, |output| pass_on(output, std::io::stdout()));
        let said = errors.and_then(|errors| errors.join().ok()).unwrap_or_default();
        totals.not_run.extend(said.not_run);
        totals
    });
    totals.not_run.sort();
    totals.not_run.dedup();
    let status = child.wait().map_err(not_started)?;
    check(&shown, status)
        .map_err(|failure| Failure { message: format!("{} ({totals})", failure.message), code: failure.code })?;
    Ok(totals)
}

/// Passes on what the tests print, line by line, and counts what it says.
fn pass_on(from: impl Read, mut to: impl Write) -> Totals {
    let (mut from, mut totals, mut line) = (BufReader::new(from), Totals::default(), Vec::new());
    while from.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        totals.add(&String::from_utf8_lossy(&line));
        // A reader of ours that went away is no reason to stop the tests.
        let _ = to.write_all(&line);
        line.clear();
    }
    totals
}

/// How many tests ran, over all test programs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    passed: u64,
    failed: u64,
    ignored: u64,
    /// What tests did not do, each in a line of theirs, and why.
    not_run: Vec<String>,
}

impl Totals {
    /// Says what did not run, and last how many tests did, alone on a line that a machine reads.
    pub(crate) fn say(&self) {
        self.not_run.iter().for_each(|line| say(line));
        say(&self.to_string());
    }

    /// Adds what a line of a test program says: the last one, and those about what is not run.
    fn add(&mut self, line: &str) {
        if let Some(start) = line.find("not run: ") {
            self.not_run.extend(line.get(start..).map(|line| line.trim_end().to_owned()));
        }
        // What runs in a process of its own passes or fails as the test that starts it.
        if line.contains(" ... ignored") && !line.contains(" ... ignored, run by ") {
            self.ignored += 1;
        }
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
                _ => {}
            }
        }
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { passed, failed, ignored, .. } = self;
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
what they did not run; that is said again at the end.

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
        totals.add("test a_slow_one ... ignored\n");
        totals.add("test a_part_of_another ... ignored, run by another\n");
        assert_eq!(totals.to_string(), "15 passed, 2 failed, 1 skipped");
    }

    #[test]
    fn what_is_not_run_is_told_again_at_the_end() {
        let said = &b"test one ... ok\n\nnot run: 1 case of two, because it is not there\ntest three ... ok\n"[..];
        let mut passed_on = Vec::new();
        let totals = pass_on(said, &mut passed_on);
        assert_eq!(passed_on, said);
        assert_eq!(totals.not_run, ["not run: 1 case of two, because it is not there"]);
    }
}
