//! What other programs wrote, of which the dossier tells: the list of components, the report of attacks.

use std::path::Path;

use saml_xml::{Document, Element, ParseOptions};
use serde_json::Value;

use super::canonical::digest;
use crate::failure::Failure;
use crate::files::read;

/// What a list of components says: CycloneDX JSON.
pub(super) struct Sbom {
    pub(super) file: String,
    pub(super) sha256: String,
    pub(super) version: String,
    pub(super) of: Option<String>,
    pub(super) components: usize,
    pub(super) without_licence: Vec<String>,
}

impl Sbom {
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = read(path)?;
        let refused = |said: &str| Failure::usage(format!("{}: expected CycloneDX JSON, found {said}", path.display()));
        let json: Value = serde_json::from_slice(&bytes).map_err(|error| refused(&error.to_string()))?;
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        if text(json.get("bomFormat")).as_deref() != Some("CycloneDX") {
            return Err(refused("other JSON"));
        }
        let none = || refused("no list of components");
        let components = json.get("components").and_then(Value::as_array).ok_or_else(none)?;
        let has_licence = |component: &&Value| {
            component.get("licenses").and_then(Value::as_array).is_some_and(|licences| !licences.is_empty())
        };
        let without = components.iter().filter(|component| !has_licence(component));
        let of = json.get("metadata").and_then(|metadata| metadata.get("component"));
        let named = |component: &Value| {
            let (name, version) = (text(component.get("name"))?, text(component.get("version")).unwrap_or_default());
            Some(format!("{name} {version}").trim_end().to_owned())
        };
        Ok(Self {
            file: name(path),
            sha256: digest(&bytes),
            version: text(json.get("specVersion")).unwrap_or_default(),
            of: of.and_then(named),
            components: components.len(),
            without_licence: without.filter_map(named).collect(),
        })
    }
}

/// What a JUnit report says.
pub(super) struct Attacks {
    pub(super) file: String,
    pub(super) sha256: String,
    pub(super) refused: usize,
    pub(super) let_in: Vec<String>,
    pub(super) errors: usize,
    pub(super) skipped: usize,
}

impl Attacks {
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = read(path)?;
        let refused = |said: &str| Failure::usage(format!("{}: expected a JUnit report, found {said}", path.display()));
        let document =
            Document::parse(&bytes, &ParseOptions::metadata()).map_err(|error| refused(&error.to_string()))?;
        let root = document.root();
        let suites: Vec<Element<'_>> = match root.local_name() {
            "testsuites" => root.children().collect(),
            "testsuite" => vec![root],
            other => return Err(refused(&format!("the element {other}"))),
        };
        let mut found =
            Self { file: name(path), sha256: digest(&bytes), refused: 0, let_in: Vec::new(), errors: 0, skipped: 0 };
        let cases = suites.iter().flat_map(|suite| suite.children()).filter(|case| case.local_name() == "testcase");
        for case in cases {
            let has = |name: &str| case.children().any(|child| child.local_name() == name);
            if has("failure") {
                let text = |name| case.attribute(name).unwrap_or_default();
                found.let_in.push(format!("{} {}", text("classname"), text("name")));
            } else if has("error") {
                found.errors += 1;
            } else if has("skipped") {
                found.skipped += 1;
            } else {
                found.refused += 1;
            }
        }
        if found.refused + found.let_in.len() + found.errors + found.skipped == 0 {
            return Err(refused("no test case"));
        }
        Ok(found)
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
