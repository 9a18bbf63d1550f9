//! `cargo xtask api`: what each crate offers to others, compared with what is written down in `tests/api/`.
//!
//! rustdoc writes as JSON what it would write as pages, and cargo-public-api makes one line of each public item.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::arguments;
use crate::process::{
    Failure, beside_ours, cargo, check, ensure_installed, run as run_command, say, shown, workspace_root,
};

/// Compares, or with `--write` writes down.
pub(crate) fn run(arguments: &[OsString]) -> Result<(), Failure> {
    let write = match arguments {
        [] => false,
        [flag] if flag == "--write" => true,
        [first, ..] => return Err(arguments::unknown("api", first)),
    };
    if let Some(reason) = missing() {
        say(&format!("not run: {reason}"));
        return Ok(());
    }
    if write { write_down() } else { compare() }
}

/// Installs cargo-public-api where it is missing; says why that did not work.
pub(crate) fn missing() -> Option<String> {
    ensure_installed("cargo-public-api", CARGO_PUBLIC_API_VERSION).err().map(|failure| failure.message)
}

/// Compares each crate with its file, and shows every line that is in one of the two alone.
pub(crate) fn compare() -> Result<(), Failure> {
    let mut differ = Vec::new();
    for (name, found) in interfaces()? {
        let file = workspace_root().join(FOLDER).join(format!("{name}.txt"));
        let expected = std::fs::read_to_string(&file).unwrap_or_default();
        if expected != found {
            say(&format!("{name}:"));
            differences(&expected, &found).iter().for_each(|line| say(line));
            differ.push(name);
        }
    }
    if differ.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "the interface of {} is not as {FOLDER} says; where that is meant, `cargo xtask api --write` and a line in CHANGELOG.md",
        differ.join(", ")
    )))
}

/// Makes what is there now what later changes are compared with.
fn write_down() -> Result<(), Failure> {
    for (name, found) in interfaces()? {
        let file = format!("{FOLDER}/{name}.txt");
        std::fs::write(workspace_root().join(&file), found)
            .map_err(|error| Failure::new(format!("{file} could not be written: {error}")))?;
    }
    Ok(())
}

/// Returns each crate with its public items, one a line.
fn interfaces() -> Result<Vec<(String, String)>, Failure> {
    let ours = std::env::current_exe().map_err(|error| Failure::new(format!("this program is unknown: {error}")))?;
    let mut document = cargo(["doc", "--workspace", "--no-deps", "--lib", "--locked", "--quiet"]);
    document
        .args(NOT_FOR_OTHERS.iter().flat_map(|name| ["--exclude", name]))
        .env("RUSTDOCFLAGS", "-Z unstable-options --output-format json")
        .env("RUSTDOC", ours)
        .env(AS_RUSTDOC, "1");
    run_command(&mut document)?;
    let documentation = beside_ours("../doc")?;
    let listed = |name: String| {
        let json = documentation.join(format!("{}.json", name.replace('-', "_")));
        // Without what every type has by itself, and what is derived.
        let mut list = cargo(["public-api", "-sss", "--color", "never", "--rustdoc-json"]);
        list.arg(json);
        let shown = shown(&list);
        let output = list.output().map_err(|error| Failure::new(format!("`{shown}` could not be started: {error}")))?;
        check(&shown, output.status).map_err(|failure| {
            Failure::new(format!("{}: {}", failure.message, String::from_utf8_lossy(&output.stderr)))
        })?;
        Ok((name, String::from_utf8_lossy(&output.stdout).into_owned()))
    };
    libraries()?.into_iter().map(listed).collect()
}

/// Returns the crates below `crates/` that others can depend on.
pub(crate) fn libraries() -> Result<Vec<String>, Failure> {
    let unreadable = |error: std::io::Error| Failure::new(format!("crates/ could not be read: {error}"));
    let mut names = Vec::new();
    for entry in std::fs::read_dir(workspace_root().join("crates")).map_err(unreadable)? {
        let folder = entry.map_err(unreadable)?.path();
        if let Some(name) = folder.file_name().filter(|_| folder.join("src/lib.rs").is_file()) {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Returns the lines that are in one of the two alone, with a sign for which.
fn differences(expected: &str, found: &str) -> Vec<String> {
    let lines = |text: &'_ str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (expected, found) = (lines(expected), lines(found));
    let gone = expected.difference(&found).map(|line| format!("  - {line}"));
    gone.chain(found.difference(&expected).map(|line| format!("  + {line}"))).collect()
}

/// Tells whether cargo has started this program in the place of rustdoc.
pub(crate) fn is_rustdoc() -> bool {
    std::env::var_os(AS_RUSTDOC).is_some()
}

/// Is rustdoc with what is not stable in it.
///
/// Set for cargo as a whole, `RUSTC_BOOTSTRAP` would be seen by build scripts, and everything would be built anew.
pub(crate) fn as_rustdoc() -> ExitCode {
    let beside_cargo = std::env::var_os("CARGO").map(|cargo| Path::new(&cargo).with_file_name("rustdoc"));
    let rustdoc = beside_cargo.filter(|path| path.is_file()).unwrap_or_else(|| "rustdoc".into());
    let status = Command::new(rustdoc).args(std::env::args_os().skip(1)).env("RUSTC_BOOTSTRAP", "1").status();
    let code = status.ok().and_then(|status| status.code()).and_then(|code| u8::try_from(code).ok());
    ExitCode::from(code.unwrap_or(1))
}

const AS_RUSTDOC: &str = "SAML_XTASK_AS_RUSTDOC";
const FOLDER: &str = "tests/api";
/// It reads the JSON of the toolchain that rust-version names.
const CARGO_PUBLIC_API_VERSION: &str = "0.52.0";
const NOT_FOR_OTHERS: [&str; 4] = ["saml-bench", "saml-cli", "saml-tests", "xtask"];

pub(crate) const HELP: &str = "\
Compares what each crate offers to others with what is written down in tests/api/

Usage: cargo xtask api [--write]

Shows every public item that came or went, and ends with exit code 1 where there is one:
who uses the crates has to know of it. Installs cargo-public-api when it is missing, and
says so where that fails.

Options:
  --write  Write down what is there now

Example:
  cargo xtask api --write
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_that_came_and_one_that_went_are_shown() {
        let shown = differences("pub fn a()\npub fn b()\n", "pub fn b()\npub fn b() -> u8\n");
        assert_eq!(shown, ["  - pub fn a()", "  + pub fn b() -> u8"]);
        assert_eq!(differences("pub fn a()\n", "pub fn a()\n"), Vec::<String>::new());
    }

    #[test]
    fn each_library_is_written_down() {
        let written: BTreeSet<String> = std::fs::read_dir(workspace_root().join(FOLDER))
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(written, libraries().unwrap().into_iter().collect());
    }
}
