//! The files below `fixtures/` are what the forge makes of the keys there.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::catalogue::Keys;

#[path = "../examples/fixtures/catalogue.rs"]
mod catalogue;

#[test]
fn every_fixture_comes_out_the_same_again() {
    for fixture in catalogue::fixtures(&keys()).unwrap() {
        let committed = std::fs::read_to_string(folder().join(fixture.path)).unwrap();
        assert!(committed == fixture.content, "{} is not what the forge makes of it", fixture.path);
    }
}

#[test]
fn there_is_no_message_and_no_metadata_that_the_forge_did_not_make() {
    let made: BTreeSet<String> =
        catalogue::fixtures(&keys()).unwrap().into_iter().map(|fixture| fixture.path.to_owned()).collect();
    let mut found = BTreeSet::new();
    for folder_name in ["metadata", "requests", "responses"] {
        for entry in std::fs::read_dir(folder().join(folder_name)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            found.insert(format!("{folder_name}/{name}"));
        }
    }
    assert_eq!(found, made);
}

#[test]
fn readme_names_every_fixture() {
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    for fixture in catalogue::fixtures(&keys()).unwrap() {
        let name = fixture.path.rsplit('/').next().unwrap();
        assert!(readme.contains(&format!("`{name}`")), "README.md does not name {name}");
    }
}

fn keys() -> Keys {
    Keys::read(&folder().join("keys")).unwrap()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}
