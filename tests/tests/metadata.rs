//! The command `saml metadata`: what it shows, what it refuses, how it exits.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::process::Output;

use saml_tests::{fixtures, saml};
use serde_json::Value;

fn file(name: &str) -> PathBuf {
    fixtures().join("metadata").join(name)
}

fn metadata(command: &str, files: &[&str], more: &[&str]) -> Output {
    saml().args(["metadata", command]).args(more).args(files.iter().map(|name| file(name))).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Verifies a file with the broker's key, with more arguments.
fn verify(name: &str, more: &[&str]) -> Output {
    verify_by("broker-signing", name, more)
}

fn verify_by(key: &str, name: &str, more: &[&str]) -> Output {
    let key = fixtures().join(format!("keys/{key}.crt.pem"));
    let trusted = ["--trust-key", key.to_str().unwrap(), "--at", "2026-03-02T10:00:00Z"];
    metadata("verify", &[name], &[&trusted[..], more].concat())
}

#[test]
fn what_a_file_says_is_shown_role_by_role() {
    let output = metadata("show", &["broker-preproduction.xml"], &[]);
    assert_eq!(output.status.code(), Some(0));
    for part in [
        "entity_id: https://",
        "signed: yes\n",
        "identity_provider.signing_key: SHA-256 ",
        "identity_provider.single_sign_on: HTTP-",
    ] {
        assert!(text(&output).contains(part), "{part} is not in {}", text(&output));
    }
    let ours = text(&metadata("show", &["service-provider.xml"], &[]));
    assert!(ours.contains("service_provider.assertion_consumer_service: HTTP-"), "{ours}");
    assert!(!ours.contains("identity_provider"), "{ours}");
    let facts: Value =
        serde_json::from_slice(&metadata("show", &["service-provider.xml"], &["--json"]).stdout).unwrap();
    assert_eq!(facts[0]["name"], "entity_id");
}

#[test]
fn what_is_signed_by_a_trusted_key_and_valid_is_verified() {
    let output = verify("broker-preproduction.xml", &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).starts_with("verified\n  entity_id: "), "{}", text(&output));
}

#[test]
fn what_breaks_one_rule_is_refused_with_its_code() {
    for (output, code) in [
        (verify_by("service-provider", "broker-preproduction.xml", &[]), "signature_invalid"),
        (verify("broker-preproduction.xml", &["--entity-id", "https://other.example.nl"]), "metadata_entity_mismatch"),
        (verify("broker-expired.xml", &[]), "metadata_expired"),
    ] {
        assert_eq!(output.status.code(), Some(1), "{}", text(&output));
        assert!(text(&output).starts_with(&format!("refused: {code}\n")), "{code}: {}", text(&output));
    }
    let output = verify("broker-expired.xml", &["--json"]);
    let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&verdict["verdict"], &verdict["code"]), (&"refused".into(), &"metadata_expired".into()));
}

#[test]
fn two_files_that_differ_are_shown_side_by_side_and_exit_with_one() {
    let output = metadata("diff", &["broker-preproduction.xml", "broker-two-keys.xml"], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output).lines().any(|line| line.starts_with("+ identity_provider.signing_key: ")),
        "{}",
        text(&output)
    );
    let same = metadata("diff", &["broker-preproduction.xml", "broker-preproduction.xml"], &[]);
    assert_eq!((same.status.code(), text(&same).trim()), (Some(0), ""));
}

#[test]
fn a_file_that_is_no_metadata_or_is_not_there_is_named_with_the_reason() {
    for (name, reason) in [("../responses/response-assertion-signed.xml", "message_type"), ("absent.xml", "absent.xml")]
    {
        let output = metadata("show", &[name], &[]);
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.starts_with("saml metadata: ") && said.contains(reason), "{said}");
    }
}
