//! `cargo xtask fuzz`: runs the fuzz targets for some seconds each.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use crate::process::{
    Failure, cargo, check, ensure_installed, run as run_command, say, shown, succeeds, workspace_root,
};
use crate::{arguments, prerequisites};

/// Runs the targets, or says what is missing.
pub(crate) fn run(arguments: &[OsString]) -> Result<(), Failure> {
    let options = Options::read(arguments)?;
    prerequisites::ensure(&[prerequisites::BUILD, prerequisites::FUZZ]);
    match missing() {
        Some(reason) => say(&format!("not run: fuzzing, because {reason}")),
        None => run_targets(&options)?,
    }
    Ok(())
}

/// What to run, and for how long.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) seconds: u32,
    /// How many targets run side by side.
    pub(crate) jobs: u32,
    /// The one target to run; `None` for all.
    pub(crate) target: Option<String>,
}

/// Says what fuzzing lacks; cargo-fuzz is installed where the nightly toolchain is there to use it.
pub(crate) fn missing() -> Option<String> {
    if !workspace_root().join("fuzz/Cargo.toml").is_file() {
        return Some("there is no fuzz/Cargo.toml".to_owned());
    }
    if !succeeds(&mut nightly(&["--version"])) {
        return Some("the nightly toolchain is missing (rustup install nightly)".to_owned());
    }
    ensure_installed("cargo-fuzz", CARGO_FUZZ_VERSION).err().map(|failure| failure.message)
}

/// Writes the seeds, builds the targets, runs them, and closes with a table.
pub(crate) fn run_targets(options: &Options) -> Result<(), Failure> {
    let mut all = targets()?;
    let absent = prerequisites::absent(prerequisites::SECOND_OPINION);
    if !absent.is_empty() {
        say(&format!("not run: {SECOND_OPINION}, because {} is missing", absent.join(", ")));
        all.retain(|target| target != SECOND_OPINION);
    }
    let chosen: VecDeque<String> = match &options.target {
        None => all.into(),
        Some(target) if all.contains(target) => [target.clone()].into(),
        Some(target) => {
            return Err(Failure::usage(format!("there is no target `{target}`; there are {}", all.join(", "))));
        }
    };
    let seeds = ["run", "--locked", "--manifest-path", "fuzz/Cargo.toml", "--example", "seeds", "--", FORGED];
    run_command(&mut cargo(seeds))?;
    let start = Instant::now();
    if chosen.iter().any(|target| target != SECOND_OPINION) {
        run_command(&mut nightly(&["fuzz", "build", "--sanitizer", "none"]))?;
    }
    if chosen.iter().any(|target| target == SECOND_OPINION) {
        run_command(
            nightly(&["fuzz", "build", "--sanitizer", "none"]).args(own_features(SECOND_OPINION)).arg(SECOND_OPINION),
        )?;
    }
    say(&format!("built in {} s", start.elapsed().as_secs()));

    let waiting = Mutex::new(chosen);
    let results = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..options.jobs {
            scope.spawn(|| {
                loop {
                    // The lock is given back before the target runs.
                    let next = lock(&waiting).pop_front();
                    let Some(target) = next else { break };
                    let result = run_target(&target, options.seconds);
                    if let Ok(Run { finding: Some(finding), .. }) = &result {
                        say(&format!("\n== {target} found an input\n{finding}\n"));
                    }
                    lock(&results).push((target, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by(|(one, _), (other, _)| one.cmp(other));

    let mut findings = Vec::new();
    say(&format!("{:<20} {:>10} {:>9} {:>8}", "target", "runs", "coverage", "seconds"));
    for (target, result) in results {
        let run = result?;
        let verdict = if run.finding.is_some() { "  FINDING" } else { "" };
        say(&format!("{target:<20} {:>10} {:>9} {:>8}{verdict}", run.runs, run.coverage, run.seconds));
        if run.finding.is_some() {
            findings.push(target);
        }
    }
    if findings.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("{} found an input that breaks its property, see above", findings.join(", "))))
}

/// The features that a target is built with; the others are not to wait for libxmlsec1.
fn own_features(target: &str) -> &'static [&'static str] {
    if target == SECOND_OPINION { &["--features", "xmlsec"] } else { &[] }
}

/// What a target did, as libFuzzer tells it.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    runs: String,
    coverage: String,
    seconds: u64,
    /// Where the input lies, what it does, and how to do it again.
    finding: Option<String>,
}

/// Runs one target; that it found an input is no error here, so that the others still run.
fn run_target(target: &str, seconds: u32) -> Result<Run, Failure> {
    let mut command = nightly(&["fuzz", "run", "--sanitizer", "none"]);
    command.args(own_features(target)).arg(target).args(inputs(target)?).args([
        "--".to_owned(),
        format!("-max_total_time={seconds}"),
        format!("-max_len={}", longest(target)),
        // By the clock on the wall, on machines that may be busy.
        "-timeout=30".to_owned(),
        "-rss_limit_mb=1024".to_owned(),
        "-dict=fuzz/saml.dict".to_owned(),
        "-print_final_stats=1".to_owned(),
    ]);
    if target == SECOND_OPINION {
        // libxmlsec1 writes the reason of each refusal to standard error.
        command.arg("-close_fd_mask=2");
    }
    let start = Instant::now();
    let shown = shown(&command);
    let output = command.output().map_err(|error| Failure::new(format!("`{shown}` could not be started: {error}")))?;
    let said = String::from_utf8_lossy(&output.stderr);
    Ok(read_run(target, &said, output.status.success(), start.elapsed().as_secs()))
}

/// Reads what libFuzzer said on standard error.
fn read_run(target: &str, said: &str, success: bool, seconds: u64) -> Run {
    let last = |before: &str| {
        let rest = said.lines().rev().find_map(|line| line.split_once(before).map(|(_, rest)| rest))?;
        rest.split_whitespace().next()
    };
    let finding = || {
        let input = last("Test unit written to ");
        let again = input.map_or_else(String::new, |input| {
            let features: String = own_features(target).iter().map(|word| format!("{word} ")).collect();
            format!("\ninput: {input}\nagain: cargo +nightly fuzz run --sanitizer none {features}{target} {input}")
        });
        let from = said.lines().position(|line| line.contains("panicked at") || line.contains("ERROR: libFuzzer"));
        let (from, most) = from.map_or_else(|| (said.lines().count().saturating_sub(20), 20), |from| (from, 12));
        let cause: Vec<String> =
            said.lines().skip(from).take(most).map(|line| line.chars().take(400).collect()).collect();
        format!("{}{again}", cause.join("\n"))
    };
    Run {
        runs: last("stat::number_of_executed_units:").unwrap_or("-").to_owned(),
        coverage: last(" cov: ").unwrap_or("-").to_owned(),
        seconds,
        finding: (!success).then(finding),
    }
}

/// Returns the size of the largest input: what the door has to do with, so that the fuzzer does not waste its time.
fn longest(target: &str) -> u32 {
    match target {
        "date_time" => 64,
        "forged_message" | "name_id" => 256,
        "redirect_decode" => 4096,
        // libxml2's own output is put together from pieces, which its bindings read one by one as UTF-8.
        "canonicalize" => 8192,
        _ => 16_384,
    }
}

impl Options {
    fn read(arguments: &[OsString]) -> Result<Self, Failure> {
        let mut options = Self { seconds: DEFAULT_SECONDS, jobs: 1, target: None };
        let mut rest = arguments.iter();
        while let Some(flag) = rest.next() {
            let mut value = || arguments::value("fuzz", flag, &mut rest);
            match flag.to_str() {
                Some("--target") => options.target = Some(value()?.to_string_lossy().into_owned()),
                Some("--jobs") => options.jobs = arguments::number(flag, value()?)?,
                Some("--seconds") => options.seconds = arguments::number(flag, value()?)?,
                _ => return Err(arguments::unknown("fuzz", flag)),
            }
        }
        Ok(options)
    }
}

/// Asks cargo-fuzz which targets there are.
fn targets() -> Result<Vec<String>, Failure> {
    let mut command = nightly(&["fuzz", "list"]);
    let shown = shown(&command);
    let output = command.output().map_err(|error| Failure::new(format!("`{shown}` could not be started: {error}")))?;
    check(&shown, output.status)?;
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}

/// Returns the directories to begin with: what is found new goes into the first.
fn inputs(target: &str) -> Result<Vec<String>, Failure> {
    let found = format!("fuzz/corpus/{target}");
    std::fs::create_dir_all(workspace_root().join(&found))
        .map_err(|error| Failure::new(format!("{found} could not be made: {error}")))?;
    let made: &[&str] = match target {
        "canonicalize" | "xml_parse_agrees" => {
            &["fixtures/responses", "fixtures/metadata", "fixtures/requests", "fuzz/seeds/xml_parse_agrees"]
        }
        "decrypt" => &["fuzz/corpus/forge/response"],
        "logout_receive" => &["fuzz/corpus/forge/logout"],
        "metadata_parse" | "metadata_stream" => &["fixtures/metadata", "fuzz/corpus/forge/metadata"],
        "post_decode" => &["fuzz/corpus/forge/form"],
        "redirect_decode" => &["fuzz/corpus/forge/redirect"],
        "response_read" => &["fixtures/responses", "fixtures/requests"],
        "response_validate" => &["fixtures/responses", "fuzz/corpus/forge/response", "fuzz/corpus/forge/soap"],
        "soap_decode" => &["fuzz/corpus/forge/soap", "fuzz/seeds/response_validate"],
        _ => &[],
    };
    let own = format!("fuzz/seeds/{target}");
    let given = [own.as_str()].into_iter().chain(made.iter().copied());
    let given = given.filter(|folder| workspace_root().join(folder).is_dir()).map(str::to_owned);
    Ok([found].into_iter().chain(given).collect())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns a cargo of the nightly toolchain, whose compiler can instrument what it builds.
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

/// The target that also needs libxmlsec1.
const SECOND_OPINION: &str = "second_opinion";
const DEFAULT_SECONDS: u32 = 10;
const CARGO_FUZZ_VERSION: &str = "0.13.2";
/// Where the messages of the forge go.
const FORGED: &str = "fuzz/corpus/forge";

pub(crate) const HELP: &str = "\
Runs the fuzz targets for some seconds each

Usage: cargo xtask fuzz [--seconds N] [--target NAME] [--jobs N]

Writes seeds with the forge, builds with debug assertions, and prints for each target
how many inputs ran and how much code they reached. An input that breaks a property
ends with exit code 1; where it lies and how to run it again is said.
Needs the nightly toolchain; says so where it is missing.

Options:
  --seconds N     How long each target runs [default: 10]
  --target NAME   The one target to run [default: all]
  --jobs N        How many targets run side by side [default: 1]

Example:
  cargo xtask fuzz --seconds 60 --jobs 2
";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Options, Failure> {
        Options::read(&arguments.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn a_target_runs_for_as_long_as_asked() {
        assert_eq!(read(&[]).unwrap(), Options { seconds: 10, jobs: 1, target: None });
        let asked = read(&["--target", "decrypt", "--jobs", "2", "--seconds", "60"]).unwrap();
        assert_eq!(asked, Options { seconds: 60, jobs: 2, target: Some("decrypt".to_owned()) });
    }

    #[test]
    fn a_time_without_end_is_a_usage_error() {
        let failure = read(&["--seconds", "0"]).unwrap_err();
        assert_eq!(failure.code, 2);
        assert_eq!(failure.message, "--seconds takes a whole number from 1, not `0`");
    }

    #[test]
    fn a_missing_value_is_a_usage_error() {
        for flag in ["--seconds", "--jobs", "--target"] {
            assert_eq!(read(&[flag]).unwrap_err().code, 2, "{flag}");
        }
    }

    #[test]
    fn a_finding_says_where_the_input_lies_and_how_to_run_it_again() {
        let said = "#7\tNEW    cov: 12 ft: 3\nthread panicked at a.rs:1:2:\nleft is not right\n\
                    Test unit written to fuzz/artifacts/decrypt/crash-1\nstat::number_of_executed_units: 8\n";
        let run = read_run("decrypt", said, false, 3);
        assert_eq!((run.runs.as_str(), run.coverage.as_str(), run.seconds), ("8", "12", 3));
        let finding = run.finding.unwrap();
        assert!(finding.starts_with("thread panicked at a.rs:1:2:\nleft is not right\n"), "{finding}");
        assert!(
            finding.ends_with("cargo +nightly fuzz run --sanitizer none decrypt fuzz/artifacts/decrypt/crash-1"),
            "{finding}"
        );
        assert_eq!(read_run("decrypt", said, true, 3).finding, None);
    }
}
