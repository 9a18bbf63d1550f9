//! `cargo xtask demo`: starts the demo of the program `saml`.

use std::ffi::OsString;

use crate::prerequisites;
use crate::process::{Failure, become_command, cargo, say, shown, workspace_root};

/// Builds the program and becomes it.
pub(crate) fn run(arguments: &[OsString]) -> Result<(), Failure> {
    prerequisites::ensure(&[prerequisites::BUILD]);
    let mut command = cargo(["run"]);
    command.args(cargo_arguments(arguments));
    // Paths among the arguments are the caller's, so its directory stays.
    if let Ok(directory) = std::env::current_dir() {
        command.current_dir(directory);
    }
    say(&format!("$ {}", shown(&command)));
    become_command(command)
}

/// Returns what cargo gets: how to build is read in front of the two dashes, the rest goes to `saml demo`.
fn cargo_arguments(arguments: &[OsString]) -> Vec<OsString> {
    let (release, arguments) = match arguments.split_first() {
        Some((first, rest)) if first == "--release" => (true, rest),
        _ => (false, arguments),
    };
    let arguments = match arguments.split_first() {
        Some((first, rest)) if first == "--" => rest,
        _ => arguments,
    };
    let mut all: Vec<OsString> = vec![
        "--manifest-path".into(),
        workspace_root().join("Cargo.toml").into(),
        "--package".into(),
        "saml-cli".into(),
        "--bin".into(),
        "saml".into(),
    ];
    if release {
        all.push("--release".into());
    }
    all.extend(["--".into(), "demo".into()]);
    all.extend_from_slice(arguments);
    all
}

pub(crate) const HELP: &str = "\
Builds and starts a portal and a broker on this machine, and prints the URL

Usage: cargo xtask demo [--release] [--] [ARGS]

ARGS go to `saml demo`; `cargo xtask demo -- --help` lists them. What the program
writes to stdout is all that stdout holds; everything else goes to stderr.

Options:
  --release   Builds with optimisation: a slower build, a faster program

Example:
  cargo xtask demo -- --once
";

#[cfg(test)]
mod tests {
    use super::*;

    fn after_the_program(arguments: &[&str]) -> Vec<OsString> {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        cargo_arguments(&arguments).into_iter().skip_while(|argument| argument != "--").skip(1).collect()
    }

    #[test]
    fn arguments_reach_the_program_with_and_without_two_dashes() {
        assert_eq!(after_the_program(&["--", "--once"]), ["demo", "--once"]);
        assert_eq!(after_the_program(&["--once"]), ["demo", "--once"]);
    }

    #[test]
    fn release_is_for_cargo_and_after_two_dashes_for_the_program() {
        assert_eq!(after_the_program(&["--release", "--", "--once"]), ["demo", "--once"]);
        assert!(cargo_arguments(&["--release".into()]).contains(&"--release".into()));
        assert_eq!(after_the_program(&["--", "--release"]), ["demo", "--release"]);
    }
}
