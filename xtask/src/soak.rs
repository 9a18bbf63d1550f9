//! `cargo xtask soak`: logs in at several portals that share one Redis, and kills Redis and portals meanwhile.

use std::ffi::OsString;
use std::process::Command;

use crate::process::{Failure, become_command, cargo, run as run_command, say, shown};
use crate::{arguments, prerequisites};

/// Builds the program with optimisation and becomes it, so that Ctrl-C reaches it.
pub(crate) fn run(arguments: &[OsString]) -> Result<(), Failure> {
    let passed_on = read(arguments)?;
    prerequisites::ensure(&[prerequisites::BUILD]);
    match missing() {
        // Already said in a line of its own.
        Some(_) => Ok(()),
        None => {
            let command = soak(&passed_on);
            say(&format!("$ {}", shown(&command)));
            become_command(command)
        }
    }
}

/// Soaks for so many seconds, for the gate.
pub(crate) fn short(seconds: u32) -> Result<(), Failure> {
    run_command(&mut soak(&["--seconds".into(), seconds.to_string().into()]))
}

/// Returns why there can be no soak, after it was tried to mend that.
pub(crate) fn missing() -> Option<String> {
    prerequisites::ensure(&[prerequisites::REDIS]);
    let absent = prerequisites::absent(prerequisites::REDIS);
    (!absent.is_empty()).then(|| format!("{} missing", absent.join(", ")))
}

/// Returns the command that builds the measuring program with optimisation and lets it soak.
fn soak(arguments: &[OsString]) -> Command {
    let mut command = cargo(["run", "--release", "--locked", "--quiet", "--package", "saml-bench", "--", "soak"]);
    command.args(arguments);
    command
}

/// Returns the arguments once each is one that there is, with a number in its bounds.
fn read(arguments: &[OsString]) -> Result<Vec<OsString>, Failure> {
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let bounds = match argument.to_str() {
            Some("--json") => continue,
            Some("--seconds") => 10..=86_400,
            Some("--nodes") => 2..=8,
            Some("--parallel") => 1..=256,
            _ => return Err(arguments::unknown("soak", argument)),
        };
        let value = rest.next().and_then(|value| value.to_str()).unwrap_or_default();
        if !value.parse().is_ok_and(|number: u32| bounds.contains(&number)) {
            return Err(Failure::usage(format!(
                "expected {} from {} to {}, found `{value}`",
                argument.display(),
                bounds.start(),
                bounds.end()
            )));
        }
    }
    Ok(arguments.to_vec())
}

pub(crate) const HELP: &str = "\
Logs in at several portals that share one Redis, and kills Redis and portals meanwhile

Usage: cargo xtask soak [--seconds N] [--nodes N] [--parallel N] [--json]

Starts Redis, the portals and a broker on free ports of this machine. Each login begins
at one portal and is answered at another; each answer that let somebody in is posted at
all of them again, with its cookies and from another browser, and every eighth is posted
everywhere at once. An eighth of the time after the last one, 30 s at most, Redis or a portal
is killed with SIGKILL and started again; answers are posted while the store is down, and
those that were used before once more when it is back.

Prints a table, or with --json one object, to stdout. Exit code 1 when something is not 0
that must be: replays accepted, sessions mixed up, sessions or requests lost, logins let in
while the store was down, refusals that no log explains, logins of which nobody knows what
became, and kills that were not healed from within a minute. Ctrl-C ends it early, with the
table.

Options:
  --seconds N    How long, 10 at least [default: 60]
  --nodes N      How many portals, 2 to 8 [default: 2]
  --parallel N   How many logins at a time [default: 8 for each processor]
  --json         One object of JSON

Example:
  cargo xtask soak --seconds 600 --nodes 2
";

#[cfg(test)]
mod tests {
    use super::*;

    fn read_words(words: &[&str]) -> Result<Vec<OsString>, Failure> {
        read(&words.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn what_the_program_understands_is_passed_on() {
        let words = ["--seconds", "30", "--nodes", "3", "--json"];
        assert_eq!(read_words(&words).unwrap(), words);
    }

    #[test]
    fn a_number_that_is_missing_or_out_of_bounds_is_a_usage_error() {
        let failure = read_words(&["--nodes", "1"]).unwrap_err();
        assert_eq!((failure.code, failure.message.as_str()), (2, "expected --nodes from 2 to 8, found `1`"));
        assert_eq!(read_words(&["--seconds"]).unwrap_err().message, "expected --seconds from 10 to 86400, found ``");
    }

    #[test]
    fn the_gate_passes_what_a_person_may() {
        let command = soak(&["--seconds".into(), "30".into()]);
        assert!(shown(&command).ends_with("--package saml-bench -- soak --seconds 30"));
    }
}
