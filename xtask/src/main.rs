//! The project's own commands: `cargo xtask demo | test | ci | api | bench | soak | fuzz | interop | mutants | dist`.
//!
//! **Invariant:** no dependencies, so that it builds before any system library is there and can say
//! what is missing. Everything it says itself goes to stderr; stdout belongs to the program it runs.

mod api;
mod bench;
mod ci;
mod demo;
mod dist;
mod fuzz;
mod interop;
mod mutants;
mod prerequisites;
mod process;
mod sbom;
mod soak;
mod test;

use std::ffi::OsString;
use std::process::ExitCode;

use process::{Failure, help, say};

fn main() -> ExitCode {
    if api::is_rustdoc() {
        return api::as_rustdoc();
    }
    let mut arguments = std::env::args_os().skip(1);
    let command = arguments.next();
    let rest: Vec<OsString> = arguments.collect();
    match dispatch(command.as_ref().and_then(|name| name.to_str()), &rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say(&format!("xtask: {}", failure.message));
            ExitCode::from(failure.code)
        }
    }
}

fn dispatch(command: Option<&str>, arguments: &[OsString]) -> Result<(), Failure> {
    match command {
        Some("demo") => demo::run(arguments),
        Some("test") => test::run(arguments),
        Some("ci") => ci::run(arguments),
        Some("api") => api::run(arguments),
        Some("bench") => bench::run(arguments),
        Some("soak") => soak::run(arguments),
        Some("fuzz") => fuzz::run(arguments),
        Some("interop") => interop::run(arguments),
        Some("mutants") => mutants::run(arguments),
        Some("dist") => dist::run(arguments),
        Some("help" | "--help" | "-h") => {
            help(HELP);
            Ok(())
        }
        Some(unknown) => Err(Failure::usage(format!(
            "unknown command `{unknown}`; known are demo, test, ci, api, bench, soak, fuzz, interop, mutants and dist (see `cargo xtask --help`)"
        ))),
        None => Err(Failure::usage(
            "no command given; known are demo, test, ci, api, bench, soak, fuzz, interop, mutants and dist (see `cargo xtask --help`)",
        )),
    }
}

const HELP: &str = "\
The project's own commands

Usage: cargo xtask <COMMAND> [ARGS]

Commands:
  demo     Builds and starts a portal and a broker on this machine, and prints the URL
  test     Runs every test of the workspace
  ci       Runs the whole gate: fmt, clippy, alone, test, xmlsec, doc, api, deny, bench, soak, interop, fuzz
  api      Compares what each crate offers to others with what is written down
  bench    Measures what a message costs, beside the least that it can cost
  soak     Logs in at several portals, and kills Redis and portals meanwhile
  fuzz     Runs the fuzz targets for some seconds each
  interop  Logs in and out, live, at identity providers of others, and compares the verdicts
  mutants  Breaks the code in small ways, and counts how often a test notices
  dist     Builds the program saml as it is handed out

`cargo xtask <COMMAND> --help` tells more about one of them.

Example:
  cargo xtask demo -- --once
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_command_is_a_usage_error_that_names_the_known_ones() {
        let failure = dispatch(Some("deploy"), &[]).unwrap_err();
        assert_eq!(failure.code, 2);
        assert!(failure.message.starts_with(
            "unknown command `deploy`; known are demo, test, ci, api, bench, soak, fuzz, interop, mutants and dist"
        ));
    }

    #[test]
    fn a_missing_command_is_a_usage_error() {
        assert_eq!(dispatch(None, &[]).unwrap_err().code, 2);
    }

    #[test]
    fn an_unknown_argument_of_a_command_is_a_usage_error() {
        for command in ["test", "ci", "api", "bench", "soak", "fuzz", "interop", "mutants", "dist"] {
            let failure = dispatch(Some(command), &["--nonsense".into()]).unwrap_err();
            assert_eq!(failure.code, 2, "{command}");
            assert!(failure.message.contains("`--nonsense`"), "{}", failure.message);
        }
    }

    #[test]
    fn help_of_every_command_shows_an_example() {
        for text in [
            HELP,
            demo::HELP,
            test::HELP,
            ci::HELP,
            api::HELP,
            bench::HELP,
            soak::HELP,
            fuzz::HELP,
            interop::HELP,
            mutants::HELP,
            dist::HELP,
        ] {
            assert!(text.contains("Example:\n  cargo xtask "), "{text}");
        }
    }
}
