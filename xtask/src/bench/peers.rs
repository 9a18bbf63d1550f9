//! Other implementations, built or installed below the target directory: no part of the workspace, and none is needed.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::process::{Failure, beside_ours, cargo, say, succeeds, workspace_root};

/// An implementation that could be made ready: its name, and the command that starts it.
pub(crate) struct Ready {
    pub(crate) name: &'static str,
    pub(crate) command: Vec<String>,
}

/// Makes every peer ready; says in one line each which cannot be, and why.
pub(crate) fn make_ready() -> Result<Vec<Ready>, Failure> {
    let place = beside_ours("bench-peers")?;
    let mut ready = Vec::new();
    for peer in PEERS {
        say(&format!("making the peer {} ready", peer.name));
        match peer.make_ready(&place) {
            Ok(command) => ready.push(Ready { name: peer.name, command }),
            Err(reason) => say(&format!("not run: {}, because {reason}", peer.name)),
        }
    }
    Ok(ready)
}

/// An implementation to compare with.
struct Peer {
    name: &'static str,
    kind: Kind,
}

/// Where a peer comes from, and so how it is made ready.
enum Kind {
    /// A crate in a workspace of its own: its directory, the feature to build with, the argument to start with.
    Crate { directory: &'static str, feature: Option<&'static str>, argument: Option<&'static str> },
    /// A package of npm.
    Npm,
    /// A package of PyPI.
    Pypi,
    /// A package of the system with a module of this name.
    SystemPython(&'static str),
}

impl Peer {
    /// Builds or installs it below `place`, and returns the command that starts it; else why it cannot be had.
    fn make_ready(&self, place: &Path) -> Result<Vec<String>, String> {
        let sources = |directory: &str| workspace_root().join("bench/peers").join(directory);
        match self.kind {
            Kind::Crate { directory, feature, argument } => {
                let target = place.join(feature.map_or_else(|| directory.to_owned(), |f| format!("{directory}-{f}")));
                let mut command = cargo(["build", "--release", "--quiet", "--manifest-path"]);
                command.arg(sources(directory).join("Cargo.toml")).arg("--target-dir").arg(&target);
                command.args(feature.map(|feature| format!("--features={feature}")));
                finish(&mut command, "it does not build")?;
                let program = target.join("release").join(format!("peer-{directory}"));
                Ok(std::iter::once(shown(&program)).chain(argument.map(str::to_owned)).collect())
            }
            Kind::Npm => {
                let (source, directory) = (sources(self.name), place.join(self.name));
                copy(&source.join("package.json"), &directory.join("package.json"))?;
                let mut install = Command::new("npm");
                install.args(["install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]);
                finish(install.current_dir(&directory), "npm does not install it")?;
                let modules = format!("NODE_PATH={}", shown(&directory.join("node_modules")));
                Ok(vec!["env".to_owned(), modules, "node".to_owned(), shown(&source.join("peer.cjs"))])
            }
            Kind::Pypi => {
                let (source, directory) = (sources(self.name), place.join(self.name));
                let python = directory.join("bin/python");
                if !python.is_file() {
                    let mut environment = Command::new("python3");
                    finish(environment.args(["-m", "venv"]).arg(&directory), "there is no python3 with venv")?;
                }
                let mut install = Command::new(&python);
                install.args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(source.join("requirements.txt"));
                finish(&mut install, "pip does not install it")?;
                Ok(vec![shown(&python), shown(&source.join("peer.py"))])
            }
            Kind::SystemPython(module) => {
                // The system's packages belong to the system's Python, which another may hide on the path.
                let is_there = |python: &&str| succeeds(Command::new(python).args(["-c", &format!("import {module}")]));
                let python = ["/usr/bin/python3", "python3"].into_iter().find(is_there);
                let python = python.ok_or_else(|| format!("python3 has no module {module}"))?;
                Ok(vec![python.to_owned(), shown(&sources(self.name).join("peer.py"))])
            }
        }
    }
}

/// Runs a command whose output nobody needs unless it fails.
fn finish(command: &mut Command, otherwise: &str) -> Result<(), String> {
    let output = command
        .env_remove("CARGO_TARGET_DIR")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{otherwise}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let reason = text.lines().find(|line| line.starts_with("error")).or_else(|| text.lines().last());
    Err(format!("{otherwise}: {}", reason.unwrap_or("it does not say why").trim()))
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let directory = to.parent().unwrap_or(to);
    std::fs::create_dir_all(directory)
        .and_then(|()| std::fs::copy(from, to))
        .map(drop)
        .map_err(|error| format!("{} could not be written: {error}", to.display()))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

const fn of_cargo(name: &'static str, directory: &'static str) -> Peer {
    Peer { name, kind: Kind::Crate { directory, feature: None, argument: None } }
}

const PEERS: &[Peer] = &[
    Peer { name: "samael", kind: Kind::Crate { directory: "samael", feature: None, argument: Some("normal") } },
    Peer {
        name: "samael-pre-digest",
        kind: Kind::Crate { directory: "samael", feature: None, argument: Some("pre-digest") },
    },
    of_cargo("xmlsec", "xmlsec"),
    Peer {
        name: "bergshamra-rustcrypto",
        kind: Kind::Crate { directory: "bergshamra", feature: Some("rustcrypto"), argument: None },
    },
    Peer {
        name: "bergshamra-aws-lc",
        kind: Kind::Crate { directory: "bergshamra", feature: Some("aws-lc"), argument: None },
    },
    of_cargo("saml", "saml"),
    of_cargo("saml-rs", "saml-rs"),
    of_cargo("xml-sec", "xml-sec"),
    Peer { name: "python3-saml", kind: Kind::Pypi },
    Peer { name: "node-saml", kind: Kind::Npm },
    Peer { name: "lasso", kind: Kind::SystemPython("lasso") },
];
