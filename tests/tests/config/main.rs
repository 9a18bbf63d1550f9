//! The configuration file: the full example, the file that `saml init` writes, the commands that take it, and a login
//! at a portal that runs by it.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

mod explain;
mod init;
mod keys;
mod running;

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use keys::keys_not_in;
use saml_config::{ConfigFile, Parts};
use saml_digid::Environment;
use saml_metadata::Metadata;
use saml_tests::{fixtures, saml};
use toml::Table;

/// An empty directory for one test.
pub(crate) fn place(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("config-{name}"));
    let _ = std::fs::remove_dir_all(&place);
    std::fs::create_dir_all(&place).unwrap();
    place
}

pub(crate) fn run(arguments: &[&str]) -> Output {
    saml().args(arguments).stdin(Stdio::null()).output().unwrap()
}

pub(crate) fn init(out: &Path, more: &[&str]) -> Output {
    let usual = ["init", "--organisation", "Gemeente Voorbeeld", "--out", out.to_str().unwrap()];
    run(&[&usual, more].concat())
}

pub(crate) fn succeeded(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Returns what a command said that ended with 2, which must be one line.
pub(crate) fn refused(output: &Output) -> String {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
    said
}

/// What `saml init` needs to know for a broker.
pub(crate) const BROKER: [&str; 4] = ["--base-url", "https://portal.example.nl", "--domain", "login.example.nl"];

#[test]
fn the_example_can_be_read_has_every_key_and_nothing_that_cannot_be_together() {
    let text = std::fs::read_to_string(fixtures().join("saml.toml")).unwrap();
    let file = ConfigFile::parse(&text).unwrap();
    for (environment, deployment) in file.deployments() {
        assert_eq!(Parts::new(deployment, environment, fixtures()).conflicts(), []);
    }
    // A key is missing where neither environment has it.
    let file: Table = text.parse().unwrap();
    let only = |environment: &str| Table::from_iter([(environment.to_owned(), file[environment].clone())]);
    let [before, live] = ["preproduction", "production"].map(|environment| keys_not_in(&only(environment)));
    let missing: Vec<&String> =
        before.intersection(&live).filter(|key| !NOT_TOGETHER.contains(&key.as_str())).collect();
    assert_eq!(missing, Vec::<&String>::new());
    // The search finds what is missing.
    let cut = text.replace("website = \"https://www.example.nl\"\n", "").parse().unwrap();
    assert!(keys_not_in(&cut).contains("registration.website"));
}

/// The other environment.
const NOT_TOGETHER: [&str; 2] = ["preproduction", "production"];

#[test]
fn the_file_of_the_guide_can_be_read_and_has_nothing_that_cannot_be_together() {
    let guide = fixtures().join("../crates/saml-axum/src/guide/operate.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let text = guide.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let file = ConfigFile::parse(text).unwrap();
    let deployment = file.preproduction.unwrap();
    assert_eq!(Parts::new(&deployment, Environment::PreProduction, ".").conflicts(), []);
}

#[test]
fn metadata_and_explain_take_their_settings_from_the_file() {
    let config = place("commands").join("saml.toml");
    let text = std::fs::read_to_string(fixtures().join("short.toml")).unwrap();
    let text = ["metadata", "keys"].iter().fold(text, |text, folder| {
        let whole = fixtures().canonicalize().unwrap().join(folder);
        text.replace(&format!("\"{folder}/"), &format!("\"{}/", whole.display()))
    });
    std::fs::write(&config, &text).unwrap();
    let config = config.to_str().unwrap();

    let metadata = succeeded(&run(&["metadata", "new", "--config", config, "--at", "2026-03-02T10:00:00Z"]));
    let metadata = Metadata::parse_unverified(metadata.as_bytes()).unwrap();
    assert_eq!(metadata.entity_id(), "https://portal.example.nl/saml/metadata");

    let response = fixtures().join("responses/response-assertion-signed.xml");
    let explain = |more: &[&str]| {
        let usual = ["explain", "--config", config, "--request-id", "_0f3b6c1d9a7e4285b1c0d3e6f9a2b5c8", "--at"];
        run(&[&usual, more, &[response.to_str().unwrap()]].concat())
    };
    let accepted = explain(&["2026-03-02T10:00:45Z"]);
    assert_eq!(accepted.status.code(), Some(0), "{}", String::from_utf8_lossy(&accepted.stdout));
    assert_eq!(explain(&["2026-03-02T11:00:00Z"]).status.code(), Some(1));
    // An option goes before the file.
    assert_eq!(explain(&["2026-03-02T10:00:45Z", "--entity-id", "https://other.example.nl"]).status.code(), Some(1));
    // What no option says, the file says.
    std::fs::write(config, text.replace("level = ", "sector_code = \"stripped\"\nlevel = ")).unwrap();
    assert_eq!(explain(&["2026-03-02T10:00:45Z"]).status.code(), Some(1));
    assert!(
        refused(&explain(&["2026-03-02T10:00:45Z", "--profile", "digid"]))
            .contains("--profile is in the configuration")
    );

    let said = refused(&run(&["metadata", "fetch", "--config", config]));
    assert!(said.contains("expected identity_provider.metadata_url and roots"), "{said}");
    let said = refused(&run(&["metadata", "new", "--config", config, "--environment", "production"]));
    assert!(said.contains("expected the table [production], found none"), "{said}");
}
