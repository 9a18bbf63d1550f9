//! What the tests in `tests/` share: where the corpus is, and how a message is judged.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a test fails by panicking"
)]

pub mod demo;
pub mod folder;
pub mod http;

/// The code of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[derive(Debug)]
pub struct Readme;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use chrono::{DateTime, Utc};
use saml_digid::Profile;
use saml_metadata::Metadata;
use saml_response::{Expectation, ReceivedResponse, Trace, TrustedSender, ValidAssertion};
use saml_state::{PendingRequest, RelayState, RequestId, ReturnPath};
use saml_xml_security::{AlgorithmPolicy, DecryptionKey, VerifyingKey};

/// Returns the corpus of others' messages: `SAML_CORPUS`, else `../shared/corpus` beside the checkout.
///
/// Where there is none, says how many cases of what are not run, and returns `None`.
#[must_use]
pub fn corpus(cases: usize, what: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let path = std::env::var_os("SAML_CORPUS").map_or_else(beside, PathBuf::from);
    if path.join("LABELS.tsv").is_file() {
        return Some(path);
    }
    not_run(cases, what, "there is no corpus; SAML_CORPUS can name one");
    None
}

/// Says on standard error, past the capture of the test runner, what is not run and why.
pub fn not_run(cases: usize, what: &str, why: &str) {
    let s = if cases == 1 { "" } else { "s" };
    say(&format!("not run: {cases} case{s} of {what}, because {why}"));
}

/// Says a line on standard error, past the capture of the test runner.
pub fn say(line: &str) {
    writeln!(std::io::stderr(), "{line}").expect("standard error");
}

/// Returns all files in a folder and in its folders, in a fixed order.
#[must_use]
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut entries: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    entries.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Writes base64 as it stands in a form or a query.
#[must_use]
pub fn escaped(base64: &str) -> String {
    base64.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

/// Everything that a message is judged by.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The profile.
    pub profile: Profile,
    /// The entity ID of the partner.
    pub partner: String,
    /// The keys of the partner.
    pub keys: Vec<VerifyingKey>,
    /// Our keys for what is encrypted to us.
    pub decryption_keys: Vec<DecryptionKey>,
    /// Our entity ID.
    pub entity_id: String,
    /// The URL of our assertion consumer service.
    pub acs: String,
    /// The request that must be answered.
    pub request_id: String,
    /// The level that was asked for.
    pub level: Option<String>,
    /// The time to judge at.
    pub at: DateTime<Utc>,
}

impl Setting {
    /// Judges a message and returns the code of the first failure.
    ///
    /// # Errors
    /// The code of the first check that failed.
    pub fn judge(&self, xml: &[u8], soap: bool) -> Result<ValidAssertion, &'static str> {
        let request = PendingRequest {
            id: RequestId::parse(&self.request_id).expect("a request ID"),
            issued_at: DateTime::UNIX_EPOCH,
            identity_provider: self.partner.clone(),
            assertion_consumer_service: self.acs.clone(),
            requested_level: self.level.clone(),
            force_authn: false,
            return_to: ReturnPath::parse("/").expect("a path"),
            relay_state: RelayState::from_random([0; 20]),
        };
        let policy = self.profile.response();
        let sender = TrustedSender { entity_id: &self.partner, keys: &self.keys };
        let expectation = Expectation { request: &request, entity_id: &self.entity_id, now: self.at };
        let trace = &mut Trace::new();
        let received = if soap {
            ReceivedResponse::danger_parse_soap_of_unknown_resolve(xml, trace)
        } else {
            ReceivedResponse::parse(xml, trace)
        };
        let road = || {
            let assertion = received?
                .decrypt_with(&self.decryption_keys, &self.entity_id)
                .authenticate(&sender, policy, trace)?
                .validate(&expectation, trace)?;
            self.profile.subject(&assertion, trace)?;
            Ok(assertion)
        };
        road().map_err(|error: saml_response::Error| error.code())
    }
}

/// Reads a file of the corpus or the fixtures.
#[must_use]
pub fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Reads a certificate.
#[must_use]
pub fn certificate(path: &Path) -> VerifyingKey {
    VerifyingKey::from_certificate_pem(&read(path)).expect("a certificate")
}

/// Reads the identity provider out of metadata, verified with `trusted` where that is given.
#[must_use]
pub fn identity_provider(path: &Path, trusted: Option<VerifyingKey>) -> (String, Vec<VerifyingKey>) {
    let metadata = match trusted {
        Some(key) => Metadata::verify(&read(path), &[key], &AlgorithmPolicy::modern()),
        None => Metadata::parse_unverified(&read(path)),
    };
    let provider = metadata.and_then(|metadata| metadata.identity_provider()).expect("an identity provider");
    (provider.entity_id().to_owned(), provider.signing_keys().to_vec())
}

/// Returns the command `saml`: the binary that `SAML_BIN` names, else one that is built now.
#[must_use]
pub fn saml() -> Command {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    Command::new(BINARY.get_or_init(|| std::env::var_os("SAML_BIN").map_or_else(build, PathBuf::from)))
}

/// Builds the binary and returns where cargo put it.
fn build() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "saml-cli", "--bin", "saml", "--message-format", "json"])
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo");
    let text = String::from_utf8(output.stdout).expect("JSON");
    let executable = text
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    executable.expect("the binary saml")
}

/// Returns the folder of the fixtures.
#[must_use]
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}
