//! What the documents say of the project is so.

#![expect(clippy::unwrap_used, reason = "what cannot be read fails the test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

#[test]
fn crate_map_of_the_readme_lists_exactly_the_directories_of_crates() {
    let directories: BTreeSet<String> = std::fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert_eq!(crate_map(&read("README.md")), directories);
}

#[test]
fn every_xtask_command_of_the_readme_exists() {
    let output = cargo(&["xtask", "--help"]);
    let known = listed_commands(&output);
    let named = xtask_commands(&read("README.md"));
    assert!(named.contains("demo") && named.contains("test"));
    assert!(named.is_subset(&known), "README.md names {named:?}, and the help lists {known:?}");
}

#[test]
fn relative_links_of_the_documents_lead_to_files() {
    let mut broken = Vec::new();
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        for target in relative_links(&text) {
            if !document.parent().unwrap().join(&target).exists() {
                broken.push(format!("{}: {target}", document.display()));
            }
        }
    }
    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn every_foreign_dependency_has_its_reason_in_deny_toml() {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--no-deps", "--offline", "--format-version", "1"])).unwrap();
    let used: BTreeSet<String> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|package| package["dependencies"].as_array().unwrap())
        .filter(|dependency| dependency["path"].is_null())
        .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
        .collect();
    let reasons = reasons(&read("deny.toml"));
    let without: Vec<&String> = used.difference(&reasons).collect();
    assert!(without.is_empty(), "deny.toml lacks `# NAME: why. Licence; upkeep.` for {without:?}");
}

#[test]
fn a_crate_is_read_from_its_row_of_the_map_only() {
    let text = "See [saml-sp](crates/saml-sp).\n\n| [`saml-xml`](crates/saml-xml) | parses |\n";
    assert_eq!(crate_map(text), BTreeSet::from(["saml-xml".to_owned()]));
}

#[test]
fn links_are_found_without_their_fragment_and_outside_of_code() {
    let text = "[a](b.md#c) [d](#e) [f](https://example.org/)\n```\n[g](h.md)\n```\n`[i](j.md)` [k](l.md)\n";
    assert_eq!(relative_links(text), ["b.md", "l.md"]);
}

#[test]
fn commands_are_read_from_the_text() {
    let text = "`cargo xtask demo -- --once` and `cargo xtask test`, each with cargo xtask demo --help";
    assert_eq!(xtask_commands(text), BTreeSet::from(["demo".to_owned(), "test".to_owned()]));
}

#[test]
fn a_reason_is_a_comment_that_starts_with_the_name() {
    let text = "# serde_json: JSON output. MIT; active.\n# Why each one is here:\nopenssl: no\n";
    assert_eq!(reasons(text), BTreeSet::from(["serde_json".to_owned()]));
}

fn crate_map(readme: &str) -> BTreeSet<String> {
    readme
        .lines()
        .filter(|line| line.starts_with("| [`"))
        .filter_map(|line| line.split_once("](crates/")?.1.split_once(')'))
        .map(|(name, _)| name.trim_end_matches('/').to_owned())
        .collect()
}

fn xtask_commands(text: &str) -> BTreeSet<String> {
    text.split("cargo xtask ")
        .skip(1)
        .map(|rest| rest.chars().take_while(char::is_ascii_alphanumeric).collect())
        .filter(|name: &String| !name.is_empty())
        .collect()
}

/// Reads the names from the part of a help text headed `Commands:`.
fn listed_commands(help: &str) -> BTreeSet<String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

fn relative_links(text: &str) -> Vec<String> {
    let mut in_block = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if !in_block {
            // Every second piece between backticks is code.
            let prose: String = line.split('`').step_by(2).collect();
            for rest in prose.split("](").skip(1) {
                let target = rest.split([')', '#', ' ']).next().unwrap_or_default();
                if !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:") {
                    found.push(target.to_owned());
                }
            }
        }
    }
    found
}

fn reasons(deny: &str) -> BTreeSet<String> {
    deny.lines()
        .filter_map(|line| line.strip_prefix("# ")?.split_once(": "))
        .map(|(name, _)| name)
        .filter(|name| !name.contains(' '))
        .map(str::to_owned)
        .collect()
}

/// Lists the Markdown files at the top and below `crates/`.
fn documents() -> Vec<PathBuf> {
    let mut documents = Vec::new();
    let mut directories = vec![root().join("crates")];
    for entry in std::fs::read_dir(root()).unwrap() {
        documents.push(entry.unwrap().path());
    }
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else {
                documents.push(path);
            }
        }
    }
    documents.retain(|path| path.is_file() && path.extension().is_some_and(|extension| extension == "md"));
    documents
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}
