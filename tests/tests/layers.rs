//! Each crate depends only on crates of a lower layer, and what is below the layer of IO has no runtime.
//!
//! The order of the layers is the order in which a message is understood. An edge upwards, or sideways,
//! would let a check depend on what is decided after it.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "what cannot be read fails the test")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

#[test]
fn every_crate_depends_only_on_crates_of_a_lower_layer() {
    assert_eq!(violations(&our_crates()), Vec::<String>::new());
}

#[test]
fn every_crate_inherits_the_lints_of_the_workspace() {
    for package in our_crates() {
        let manifest = std::fs::read_to_string(&package.manifest).unwrap();
        assert!(inherits_lints(&manifest), "{}", package.manifest.display());
    }
}

#[test]
fn an_edge_to_a_higher_layer_is_reported() {
    let graph = [package("saml-xml", &["saml-response"])];
    assert_eq!(violations(&graph), ["saml-xml (L0) must not depend on saml-response (L4)"]);
}

#[test]
fn an_edge_within_a_layer_is_reported() {
    let graph = [package("saml-metadata", &["saml-bindings"])];
    assert_eq!(violations(&graph), ["saml-metadata (L3) must not depend on saml-bindings (L3)"]);
}

#[test]
fn an_edge_to_a_lower_layer_is_not_reported() {
    let graph = [package("saml-response", &["saml-xml", "saml-metadata", "thiserror"])];
    assert_eq!(violations(&graph), Vec::<String>::new());
}

#[test]
fn a_crate_without_a_layer_is_reported() {
    let graph = [package("saml-core", &[])];
    assert_eq!(violations(&graph), ["saml-core has no layer: give it one in LAYERS"]);
}

#[test]
fn a_crate_of_ours_without_a_layer_is_reported_where_it_is_used() {
    let graph = [package("saml-response", &["saml-tests"])];
    assert_eq!(violations(&graph), ["saml-response (L4) must not depend on saml-tests, which has no layer"]);
}

#[test]
fn a_runtime_below_the_layer_of_io_is_reported_and_above_it_is_not() {
    let graph = [package("saml-response", &["tokio"]), package("saml-axum", &["tokio"])];
    assert_eq!(violations(&graph), ["saml-response (L4) must not depend on tokio, which is for L5 and higher"]);
}

#[test]
fn a_manifest_without_the_lints_of_the_workspace_is_recognised() {
    assert!(inherits_lints("[lints]\nworkspace = true\n"));
    assert!(!inherits_lints("[lints.rust]\nunsafe_code = \"allow\"\n"));
    assert!(!inherits_lints("[lints]\n\n[dependencies.serde]\nworkspace = true\n"));
}

struct Package {
    name: String,
    manifest: PathBuf,
    /// The names of normal and build dependencies; tests may look upwards.
    dependencies: Vec<String>,
}

fn package(name: &str, dependencies: &[&str]) -> Package {
    Package {
        name: name.to_owned(),
        manifest: PathBuf::new(),
        dependencies: dependencies.iter().copied().map(str::to_owned).collect(),
    }
}

fn violations(packages: &[Package]) -> Vec<String> {
    let layers: BTreeMap<&str, usize> =
        LAYERS.iter().enumerate().flat_map(|(layer, names)| names.iter().map(move |name| (*name, layer))).collect();
    let mut found = Vec::new();
    for Package { name, dependencies, .. } in packages {
        let Some(layer) = layers.get(name.as_str()) else {
            found.push(format!("{name} has no layer: give it one in LAYERS"));
            continue;
        };
        for dependency in dependencies {
            let us = format!("{name} (L{layer}) must not depend on {dependency}");
            match layers.get(dependency.as_str()) {
                Some(theirs) if theirs >= layer => found.push(format!("{us} (L{theirs})")),
                Some(_) => {}
                None if dependency.starts_with("saml-") => {
                    found.push(format!("{us}, which has no layer"));
                }
                None if *layer < LAYER_OF_IO && RUNTIMES.contains(&dependency.as_str()) => {
                    found.push(format!("{us}, which is for L{LAYER_OF_IO} and higher"));
                }
                None => {}
            }
        }
    }
    found
}

fn inherits_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim);
    lines.any(|line| line == "[lints]") && lines.next() == Some("workspace = true")
}

/// Reads the packages below `crates/` as cargo itself understands them.
fn our_crates() -> Vec<Package> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let crates = root.join("crates");
    let packages: Vec<Package> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| Package {
            name: text(&package["name"]),
            manifest: PathBuf::from(text(&package["manifest_path"])),
            dependencies: package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|dependency| dependency["kind"] != "dev")
                .map(|dependency| text(&dependency["name"]))
                .collect(),
        })
        .filter(|package| package.manifest.starts_with(&crates))
        .collect();
    let directories =
        std::fs::read_dir(&crates).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_dir()).count();
    assert_eq!(packages.len(), directories, "each directory of crates/ is one package");
    packages
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Layer 0 first. A crate that is planned has its place already.
const LAYERS: &[&[&str]] = &[
    &["saml-name-id", "saml-xml"],
    &["saml-xml-security", "pkioverheid"],
    &["saml-protocol"],
    &["saml-metadata", "saml-bindings", "saml-state"],
    &["saml-authn-request", "saml-response"],
    // The forge makes what the simulator sends, so it stands below it.
    &["saml-digid", "saml-backchannel", "saml-browser", "saml-forge", "saml-logout", "saml-pkcs11", "saml-state-redis"],
    &["saml-sp"],
    &["saml-axum", "saml-config", "saml-simulator"],
    &["saml-doctor"],
    &["saml-cli"],
];

/// Below this layer time, keys, policy and messages are arguments.
const LAYER_OF_IO: usize = 5;

const RUNTIMES: &[&str] = &["axum", "hyper", "reqwest", "tokio"];
