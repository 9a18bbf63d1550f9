//! Every entry of the catalogue is tried here, or `fixtures/exceptions.toml` says why not.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use saml_forge::attack;
use saml_tests::{fixtures, say};

#[test]
fn every_entry_of_the_catalogue_is_tried_or_excepted() {
    let (tried, excepted) = (tried(), ids(&exceptions()));
    let all: BTreeSet<String> = (1..=ENTRIES).map(|number| format!("ATT-{number:03}")).collect();
    let either: BTreeSet<String> = tried.union(&excepted).cloned().collect();
    assert_eq!(either, all);
    let both: Vec<&String> = tried.intersection(&excepted).collect();
    assert!(both.is_empty(), "tried and excepted: {both:?}");
}

#[test]
fn every_attack_of_the_forge_has_a_test() {
    let tried = tried();
    let missing: Vec<&str> = attack::all().map(|attack| attack.id).filter(|id| !tried.contains(*id)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_exception_says_why_and_names_tests_that_exist() {
    let exceptions = exceptions();
    assert_eq!(ids(&exceptions).len(), exceptions.len(), "an entry stands twice");
    for exception in &exceptions {
        let id = exception["id"].as_str().unwrap();
        assert!(!exception["reason"].as_str().unwrap().is_empty(), "{id}");
        let tests = exception.get("tested_in").map_or(&[][..], |tests| tests.as_array().unwrap());
        let answers = [exception.get("not_built"), exception.get("where")].into_iter().flatten();
        let answers: Vec<&str> = answers.map(|answer| answer.as_str().unwrap()).collect();
        assert!(tests.len() + answers.len() > 0, "{id} says neither where it is tested nor what is missing");
        for test in tests {
            let (file, name) = test.as_str().unwrap().split_once("::").unwrap();
            let source = std::fs::read_to_string(fixtures().join("..").join(file))
                .unwrap_or_else(|error| panic!("{file}: {error}"));
            assert!(source.contains(&format!("fn {name}(")), "{id}: {file} has no test {name}");
        }
        let answer = if answers.is_empty() { "tested elsewhere".to_owned() } else { answers.join("; ") };
        say(&format!("{id}: {answer}"));
    }
}

fn exceptions() -> Vec<toml::Table> {
    let file: toml::Table = std::fs::read_to_string(fixtures().join("exceptions.toml")).unwrap().parse().unwrap();
    file["attack"].as_array().unwrap().iter().map(|exception| exception.as_table().unwrap().clone()).collect()
}

fn ids(exceptions: &[toml::Table]) -> BTreeSet<String> {
    exceptions.iter().map(|exception| exception["id"].as_str().unwrap().to_owned()).collect()
}

/// Reads the entries that have a test out of the names of the tests.
fn tried() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/attacks");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.flat_map(|file: PathBuf| tests_in(&std::fs::read_to_string(file).unwrap())).collect()
}

fn tests_in(source: &str) -> Vec<String> {
    let lines = source.lines().map(str::trim);
    let names = lines.filter_map(|line| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        line.strip_prefix("fn ").unwrap_or(line).strip_prefix("att_")
    });
    names.map(|name| format!("ATT-{}", &name[..3])).collect()
}

/// How many entries the catalogue has.
const ENTRIES: u32 = 212;
