//! `cargo xtask interop`: logs in and out, live, at identity providers of others.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::arguments;
use crate::prerequisites::{self, Prerequisite};
use crate::process::{Failure, beside_ours, built_program, cargo, run as run_command, say, workspace_root};

/// Installs the peers and runs every case with each.
pub(crate) fn run(arguments: &[OsString]) -> Result<(), Failure> {
    let options = Options::read(arguments)?;
    prerequisites::ensure(&[prerequisites::BUILD]);
    match run_cases(&options)? {
        // Already said in a line of its own.
        Outcome::NotRun(_) | Outcome::Passed => Ok(()),
    }
}

/// What came of the cases, where none of them failed.
pub(crate) enum Outcome {
    Passed,
    /// Some peer could not be had: which, and why.
    NotRun(String),
}

/// Runs the cases of the peers that can be had; a peer that cannot be had is no failure.
pub(crate) fn run_cases(options: &Options) -> Result<Outcome, Failure> {
    let mut program: Vec<OsString> = Vec::new();
    let mut tests = Vec::new();
    let mut absent = Vec::new();
    for peer in &options.peers {
        match peer.install() {
            Ok(Installed::IdentityProvider(arguments)) => program.extend(arguments),
            Ok(Installed::Tests(command)) => tests.push(command),
            Err(reason) => {
                let line = format!("{}, because {reason}", peer.name());
                say(&format!("not run: the cases of {line}"));
                absent.push(line);
            }
        }
    }
    if !program.is_empty() {
        // With the whole workspace selected, features are those of the test run, so nothing is built twice.
        run_command(&mut cargo(["build", "--workspace", "--example", "interop", "--locked"]))?;
        let mut command = Command::new(built_program("examples/interop")?);
        command.args(program);
        if options.json {
            command.arg("--json");
        }
        run_command(&mut command)?;
    }
    for mut command in tests {
        run_command(&mut command)?;
    }
    Ok(if absent.is_empty() { Outcome::Passed } else { Outcome::NotRun(absent.join("; ")) })
}

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    peers: Vec<Peer>,
    json: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { peers: Peer::ALL.to_vec(), json: false }
    }
}

impl Options {
    fn read(arguments: &[OsString]) -> Result<Self, Failure> {
        let mut options = Self::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match argument.to_str() {
                Some("--json") => options.json = true,
                Some("--peer") => {
                    let name = arguments::value("interop", argument, &mut rest)?.to_string_lossy();
                    let known = Peer::ALL.into_iter().find(|peer| peer.name() == name);
                    let unknown =
                        || Failure::usage(format!("expected --peer simplesamlphp, pysaml2 or samael, found `{name}`"));
                    options.peers = vec![known.ok_or_else(unknown)?];
                }
                _ => return Err(arguments::unknown("interop", argument)),
            }
        }
        Ok(options)
    }
}

/// An implementation that is not ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Peer {
    Pysaml2,
    Samael,
    SimpleSamlPhp,
}

/// How a peer that is there is tried.
enum Installed {
    /// By the program that logs in, with these arguments.
    IdentityProvider(Vec<OsString>),
    /// By tests that are linked with it.
    Tests(Command),
}

impl Peer {
    /// In the order in which they run.
    const ALL: [Self; 3] = [Self::SimpleSamlPhp, Self::Pysaml2, Self::Samael];

    const fn name(self) -> &'static str {
        match self {
            Self::Pysaml2 => "pysaml2",
            Self::Samael => "samael",
            Self::SimpleSamlPhp => "simplesamlphp",
        }
    }

    /// Returns what the system must have for it.
    const fn packages(self) -> &'static [Prerequisite] {
        match self {
            Self::Pysaml2 => prerequisites::PYSAML2,
            Self::Samael => prerequisites::SAMAEL,
            Self::SimpleSamlPhp => prerequisites::SIMPLESAMLPHP,
        }
    }

    /// Installs the peer, and returns how it is tried; else the reason why not.
    fn install(self) -> Result<Installed, String> {
        prerequisites::ensure(&[self.packages()]);
        let absent = prerequisites::absent(self.packages());
        if !absent.is_empty() {
            return Err(format!("{} missing", absent.join(", ")));
        }
        match self {
            Self::Pysaml2 => Ok(Installed::IdentityProvider(vec!["--pysaml2".into(), python_with_pysaml2()?.into()])),
            Self::Samael => tests_with_samael().map(Installed::Tests),
            Self::SimpleSamlPhp => Ok(Installed::IdentityProvider(vec!["--simplesamlphp".into()])),
        }
    }
}

/// Returns what runs the tests that stand in a workspace of their own, one after the other: libxmlsec1 has one state
/// for all.
fn tests_with_samael() -> Result<Command, String> {
    let target = beside_ours("interop-samael").map_err(|failure| failure.message)?;
    let fetched = cargo(["fetch", "--locked", "--manifest-path", SAMAEL_MANIFEST]).output();
    let fetched = fetched.map_err(|error| format!("cargo could not be started: {error}"))?;
    let said = String::from_utf8_lossy(&fetched.stderr);
    // Anything else than the network, such as a lock file that is out of date, is a failure of ours, and fails the
    // tests.
    let lacks_network =
        ["failed to download", "--offline was specified", "offline mode"].iter().any(|word| said.contains(word));
    if !fetched.status.success() && lacks_network {
        return Err(said.lines().last().unwrap_or("cargo fetch failed").trim().to_owned());
    }
    let mut command = cargo(["test", "--manifest-path", SAMAEL_MANIFEST, "--locked", "--target-dir"]);
    // Standard output has the verdicts of the other peers alone.
    command.arg(target).args(["--", "--test-threads", "1"]).stdout(Stdio::from(std::io::stderr()));
    Ok(command)
}

/// Returns a Python that has pysaml2 and what belongs to it, in the versions of `requirements.txt`; it lies below the
/// target directory, and is made where it is not there.
fn python_with_pysaml2() -> Result<PathBuf, String> {
    let folder = beside_ours("interop-pysaml2").map_err(|failure| failure.message)?;
    let python = folder.join("bin/python");
    let requirements = workspace_root().join("tests/interop/pysaml2/requirements.txt");
    if !python.is_file() {
        let mut make = Command::new("python3");
        run_command(make.args(["-m", "venv"]).arg(&folder)).map_err(|failure| failure.message)?;
    }
    run_command(&mut pip(&python, &requirements)).map_err(|failure| failure.message)?;
    Ok(python)
}

/// Installs what is missing, and needs no network when nothing is.
fn pip(python: &Path, requirements: &Path) -> Command {
    let mut command = Command::new(python);
    command.args(["-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--requirement"]).arg(requirements);
    command
}

const SAMAEL_MANIFEST: &str = "tests/samael/Cargo.toml";

pub(crate) const HELP: &str = "\
Logs in and out, live, at identity providers of others, and compares the verdicts

Usage: cargo xtask interop [--peer simplesamlphp|pysaml2|samael] [--json]

Installs SimpleSAMLphp from Debian's packages and pysaml2 from PyPI where they are
missing, starts them on free ports of this machine with keys of their own, and logs
in at a portal of ours: requests by redirect and by POST, answers by POST and by
artifact over mutual TLS, signed and encrypted in every way that the peer knows; and
logs out. Prints a table, or with --json one row a line, to stdout. Tests let the
messages of samael through us, and ours through samael. A peer that cannot be had is
said not to have run. Exit code 1 when a verdict is not the expected one.

With SimpleSAMLphp comes Apache, whose own service Debian may start as well.

Example:
  cargo xtask interop --peer pysaml2
";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Options, Failure> {
        Options::read(&arguments.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn all_peers_run_unless_one_is_named() {
        assert_eq!(read(&[]).unwrap().peers, [Peer::SimpleSamlPhp, Peer::Pysaml2, Peer::Samael]);
        let options = read(&["--peer", "pysaml2", "--json"]).unwrap();
        assert_eq!(options, Options { peers: vec![Peer::Pysaml2], json: true });
        assert_eq!(read(&["--peer", "pysaml2", "--peer", "samael"]).unwrap().peers, [Peer::Samael]);
    }

    #[test]
    fn an_unknown_peer_is_a_usage_error_that_names_the_known_ones() {
        let failure = read(&["--peer", "lasso"]).unwrap_err();
        assert_eq!(failure.code, 2);
        assert_eq!(failure.message, "expected --peer simplesamlphp, pysaml2 or samael, found `lasso`");
        assert_eq!(read(&["--peer"]).unwrap_err().code, 2);
    }
}
