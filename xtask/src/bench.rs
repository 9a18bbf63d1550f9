//! `cargo xtask bench`: measures the whole road, and prints what it costs.

mod peers;

use std::ffi::OsString;

use crate::process::{Failure, cargo, run as run_command};
use crate::{arguments, prerequisites};

/// Builds the measuring program with optimisation and lets it measure.
pub(crate) fn run(arguments: &[OsString]) -> Result<(), Failure> {
    let options = Options::read(arguments)?;
    prerequisites::ensure(&[prerequisites::BUILD]);
    let mut command = cargo(["run", "--release", "--locked", "--quiet", "--package", "saml-bench", "--"]);
    match options.what {
        What::Cases => {}
        What::Instructions { write } => {
            prerequisites::ensure(&[prerequisites::INSTRUCTIONS]);
            command.args(["instructions", INSTRUCTIONS]).args(write.then_some("--write"));
            return run_command(&mut command);
        }
        What::Scale => return run_command(command.arg("scale")),
        What::Http => {
            prerequisites::ensure(&[prerequisites::REDIS]);
            if options.without_peers {
                command.args(["http", "--no-peers"]);
            } else {
                prerequisites::ensure(&[prerequisites::HTTP_PEERS]);
                command.arg("http");
            }
            return run_command(command.args(options.passed_on));
        }
    }
    let mut peers = Vec::new();
    if !options.without_peers {
        prerequisites::ensure(&[prerequisites::PEERS]);
        peers = peers::make_ready()?;
    }
    command.arg("run").args(options.passed_on);
    for peer in peers {
        command.args(["--peer", &format!("{}={}", peer.name, peer.command.join(BETWEEN_ARGUMENTS))]);
    }
    run_command(&mut command)
}

/// Measures ourselves for a short time and compares instruction counts, for the gate.
///
/// That every case still ends as it must, and every login over HTTP, can fail; time and counts are only said.
pub(crate) fn short() -> Result<(), Failure> {
    let mut command = cargo(["run", "--release", "--locked", "--quiet", "--package", "saml-bench", "--", "run"]);
    run_command(command.args(["--rounds", "1", "--seconds-per-case", "0.02"]))?;
    run(&["--http", "--no-peers", "--seconds-per-case", "0.5"].map(OsString::from))?;
    run(&[OsString::from("--instructions")])
}

#[derive(Debug, Default)]
struct Options {
    /// What the measuring program understands by itself.
    passed_on: Vec<OsString>,
    without_peers: bool,
    what: What,
}

/// What is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum What {
    /// The time of one message, case by case.
    #[default]
    Cases,
    /// Complete logins over loopback.
    Http,
    /// Instructions, which do not depend on what else the machine does.
    Instructions {
        /// Whether they become what later counts are compared with.
        write: bool,
    },
    /// How time grows with the message.
    Scale,
}

impl Options {
    /// Chooses what is measured; a second choice is refused, not dropped.
    fn measure(&mut self, what: What) -> Result<(), Failure> {
        let same = matches!((self.what, what), (What::Instructions { .. }, What::Instructions { .. }));
        if self.what != What::Cases && self.what != what && !same {
            return Err(Failure::usage("expected one of `--http`, `--scale` and `--instructions`, found two"));
        }
        self.what = what;
        Ok(())
    }

    fn read(arguments: &[OsString]) -> Result<Self, Failure> {
        let mut options = Self::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match argument.to_str() {
                Some("--no-peers") => options.without_peers = true,
                Some("--http") => options.measure(What::Http)?,
                Some("--scale") => options.measure(What::Scale)?,
                Some("--instructions") => {
                    let write = options.what == What::Instructions { write: true };
                    options.measure(What::Instructions { write })?;
                }
                Some("--write") => options.measure(What::Instructions { write: true })?,
                Some("--json") => options.passed_on.push(argument.clone()),
                Some(flag @ ("--case" | "--seconds-per-case")) => {
                    let value = arguments::value("bench", argument, &mut rest)?;
                    let seconds = value.to_str().and_then(|value| value.parse::<f64>().ok());
                    if flag == "--seconds-per-case" && !seconds.is_some_and(|seconds| seconds > 0.0) {
                        // The measuring program would say so after minutes of building.
                        let found = value.display();
                        return Err(Failure::usage(format!("{flag} takes a number above 0, not `{found}`")));
                    }
                    options.passed_on.extend([argument.clone(), value.to_owned()]);
                }
                _ => return Err(arguments::unknown("bench", argument)),
            }
        }
        let has_others = options.without_peers || !options.passed_on.is_empty();
        if has_others && matches!(options.what, What::Instructions { .. } | What::Scale) {
            return Err(Failure::usage("`--scale` and `--instructions` measure all they can: leave other options out"));
        }
        if options.what == What::Http && options.passed_on.iter().any(|argument| argument == "--case") {
            return Err(Failure::usage("`--http` measures logins and has no cases: leave --case out"));
        }
        Ok(options)
    }
}

const INSTRUCTIONS: &str = "bench/instructions.tsv";
/// ASCII's unit separator, which stands in no path.
const BETWEEN_ARGUMENTS: &str = "\u{1f}";

pub(crate) const HELP: &str = "\
Measures the whole road of a message, beside the least that it can cost and others

Usage: cargo xtask bench [--no-peers] [--json] [--case NAME] [--seconds-per-case N]
       cargo xtask bench --http [--no-peers] [--json] [--seconds-per-case N]
       cargo xtask bench --scale
       cargo xtask bench --instructions [--write]

Times are of one thread on the processor, the median of 11 rounds in which all take
turns. `limit` is what OpenSSL alone takes for the same message: base64, each byte
looked at once, hashing, RSA. Peers are other implementations that install from
public registries; what cannot be installed is said in one line. Nothing fails on time; what
takes longer than it may is said on stderr.

Options:
  --no-peers             Leaves other implementations out
  --json                 One row a line: case, impl, us, ratio_to_limit, peak_kb
  --case NAME            Only this case; may be repeated
  --seconds-per-case N   How long each case is measured in all, 60 at most [default: 2]
  --http                 Complete logins a second over loopback, with memory and with Redis, one
                         after the other and eight at a time, beside Shibboleth SP and
                         mod_auth_mellon on Apache, which take the same posted response
                         [--seconds-per-case: 5 by default]
  --scale                How time grows with the message, and what a second thread brings
  --instructions         Counts instructions by callgrind, and warns of more than 5 % over
                         bench/instructions.tsv
  --write                Writes the counts into that file instead

With the peers of --http comes Apache, whose own service Debian may start as well.

Example:
  cargo xtask bench --no-peers --case signed-assertion
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_measuring_program_understands_is_passed_on() {
        let options = Options::read(&["--json", "--no-peers", "--case", "large"].map(OsString::from)).unwrap();
        assert!(options.without_peers);
        assert_eq!(options.passed_on, ["--json", "--case", "large"]);
    }

    #[test]
    fn instructions_are_written_only_where_that_is_asked_for() {
        let what = |arguments: &[&str]| {
            let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            Options::read(&arguments).unwrap().what
        };
        assert_eq!(what(&["--instructions"]), What::Instructions { write: false });
        assert_eq!(what(&["--instructions", "--write"]), What::Instructions { write: true });
        assert_eq!(what(&["--write", "--instructions"]), What::Instructions { write: true });
    }

    #[test]
    fn logins_over_http_are_measured_where_that_is_asked_for() {
        let options = Options::read(&["--http", "--json", "--no-peers"].map(OsString::from)).unwrap();
        assert_eq!(options.what, What::Http);
        assert_eq!(options.passed_on, ["--json"]);
        let failure = Options::read(&["--case", "large", "--http"].map(OsString::from)).unwrap_err();
        assert_eq!(failure.code, 2);
    }

    #[test]
    fn a_missing_value_is_a_usage_error() {
        let failure = Options::read(&["--case".into()]).unwrap_err();
        assert_eq!(failure.code, 2);
        assert!(failure.message.starts_with("--case takes a value"), "{}", failure.message);
    }

    #[test]
    fn a_time_that_is_no_number_is_a_usage_error() {
        assert!(Options::read(&["--seconds-per-case", "0.02"].map(OsString::from)).is_ok());
        for wrong in ["0", "-1", "two", "NaN"] {
            let failure = Options::read(&["--seconds-per-case", wrong].map(OsString::from)).unwrap_err();
            let expected = format!("--seconds-per-case takes a number above 0, not `{wrong}`");
            assert_eq!((failure.code, failure.message), (2, expected));
        }
    }

    #[test]
    fn an_option_that_would_change_nothing_is_a_usage_error() {
        for alone in ["--scale", "--instructions"] {
            assert!(Options::read(&[alone.into()]).is_ok());
            for other in ["--json", "--no-peers", "--http"] {
                let failure = Options::read(&[alone, other].map(OsString::from)).unwrap_err();
                assert_eq!(failure.code, 2, "{alone} {other}");
            }
        }
    }
}
