//! `cargo xtask fuzz`: runs every fuzz target for some seconds.

use std::ffi::OsString;
use std::process::Command;

use crate::prerequisites;
use crate::process::{
    Failure, asks_for_help, check, help, refuse_arguments, run as run_command, say, shown, succeeds, workspace_root,
};

/// Runs each target in turn, or says what is missing.
pub(crate) fn run(arguments: &[OsString]) -> Result<(), Failure> {
    if asks_for_help(arguments) {
        help(HELP);
        return Ok(());
    }
    let seconds = seconds(arguments)?;
    if !workspace_root().join("fuzz/Cargo.toml").is_file() {
        say("not run: fuzzing, because there is no fuzz/Cargo.toml");
        return Ok(());
    }
    if !succeeds(&mut nightly(&["--version"])) {
        say("not run: fuzzing, because the nightly toolchain is missing (rustup install nightly)");
        return Ok(());
    }
    if !succeeds(&mut nightly(&["fuzz", "--version"])) {
        say("not run: fuzzing, because cargo-fuzz is missing (cargo install cargo-fuzz --locked)");
        return Ok(());
    }
    prerequisites::ensure(&[prerequisites::BUILD, prerequisites::FUZZ]);
    for target in targets()? {
        let mut command = nightly(&["fuzz", "run", &target]);
        command.args(inputs(&target)?);
        command.args(["--", &format!("-max_total_time={seconds}")]);
        run_command(&mut command)?;
    }
    Ok(())
}

fn seconds(arguments: &[OsString]) -> Result<u32, Failure> {
    match arguments {
        [flag, value, rest @ ..] if flag == "--seconds" => {
            refuse_arguments("fuzz", rest)?;
            // libFuzzer takes 0 for "without end".
            value.to_str().and_then(|value| value.parse().ok()).filter(|seconds| *seconds > 0).ok_or_else(|| {
                Failure::usage(format!("--seconds takes a whole number from 1, not `{}`", value.display()))
            })
        }
        [flag] if flag == "--seconds" => {
            Err(Failure::usage("--seconds takes a whole number, as in `cargo xtask fuzz --seconds 60`"))
        }
        other => refuse_arguments("fuzz", other).map(|()| DEFAULT_SECONDS),
    }
}

fn targets() -> Result<Vec<String>, Failure> {
    let mut command = nightly(&["fuzz", "list"]);
    let shown = shown(&command);
    let output = command.output().map_err(|error| Failure::new(format!("`{shown}` could not be started: {error}")))?;
    check(&shown, output.status)?;
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}

/// Returns the directories to begin with, where the target has seeds: what is found new goes into the first.
fn inputs(target: &str) -> Result<Vec<String>, Failure> {
    let seeds = format!("fuzz/seeds/{target}");
    if !workspace_root().join(&seeds).is_dir() {
        return Ok(Vec::new());
    }
    let found = format!("fuzz/corpus/{target}");
    std::fs::create_dir_all(workspace_root().join(&found))
        .map_err(|error| Failure::new(format!("{found} could not be made: {error}")))?;
    Ok(vec![found, seeds])
}

fn nightly(arguments: &[&str]) -> Command {
    let mut command = Command::new("rustup");
    command
        .args(["run", "nightly", "cargo"])
        .args(arguments)
        .current_dir(workspace_root())
        // Set by the cargo that runs this program; they would lead back to its toolchain.
        .env_remove("CARGO")
        .env_remove("RUSTUP_TOOLCHAIN");
    command
}

const DEFAULT_SECONDS: u32 = 10;

pub(crate) const HELP: &str = "\
Runs every fuzz target for some seconds

Usage: cargo xtask fuzz [--seconds N]

Needs the nightly toolchain and cargo-fuzz; says so where one is missing. Ends with
an error as soon as a target finds an input that breaks its property.

Options:
  --seconds N   How long each target runs [default: 10]

Example:
  cargo xtask fuzz --seconds 60
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_runs_for_as_long_as_asked() {
        assert_eq!(seconds(&[]).unwrap(), 10);
        assert_eq!(seconds(&["--seconds".into(), "60".into()]).unwrap(), 60);
    }

    #[test]
    fn a_time_without_end_is_a_usage_error() {
        let failure = seconds(&["--seconds".into(), "0".into()]).unwrap_err();
        assert_eq!(failure.code, 2);
        assert_eq!(failure.message, "--seconds takes a whole number from 1, not `0`");
    }

    #[test]
    fn a_missing_number_is_a_usage_error() {
        assert_eq!(seconds(&["--seconds".into()]).unwrap_err().code, 2);
    }
}
