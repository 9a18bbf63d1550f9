//! The command `saml explain`: what it reads, what it prints, how it exits.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

mod fix;
mod page;
mod recording;

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml_tests::{escaped, fixtures, read, saml};
use saml_xml_security::{ContentCipher, SignOptions, SigningKey, VerifyingKey, encrypt, sign};

const ACS: &str = "https://portal.example.nl/saml/acs";
const REQUEST_ID: &str = "_0f3b6c1d9a7e4285b1c0d3e6f9a2b5c8";
const AT: &str = "2026-03-02T10:00:45Z";
const BSN: &str = "900026236";

fn good() -> PathBuf {
    fixtures().join("responses/response-assertion-signed.xml")
}

/// The command with everything but metadata and message.
fn explain() -> Command {
    let mut command = saml();
    command.args(["explain", "--profile", "signicat-broker", "--entity-id", "https://portal.example.nl/saml/metadata"]);
    command.args(["--acs", ACS, "--request-id", REQUEST_ID, "--at", AT, "--level", "substantial"]);
    command.args(["--allow-authority", "https://was-preprod1.digid.nl/saml/idp/metadata"]);
    command
}

fn explain_with_metadata(name: &str) -> Command {
    let mut command = explain();
    command.arg("--metadata").arg(fixtures().join("metadata").join(name));
    command
}

fn explain_good() -> Command {
    explain_with_metadata("broker-preproduction.xml")
}

fn with_input(mut command: Command, input: &[u8]) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn an_accepted_message_is_described_without_showing_whom_it_is_about() {
    let output = explain_good().arg("--json").arg(good()).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let report = json(&output);
    assert_eq!(report["verdict"], "accepted");
    assert_eq!(report["code"], serde_json::Value::Null);
    assert_eq!(report["level"], "substantial");
    assert_eq!(report["name_id"]["kind"], "bsn");
    assert_eq!(report["name_id"]["value"], "90*****36");
    assert!(report["checks"].as_array().unwrap().len() > 20);
    assert!(!String::from_utf8_lossy(&output.stdout).contains(BSN));

    let shown = json(&explain_good().args(["--json", "--show-identity"]).arg(good()).output().unwrap());
    assert!(shown["name_id"]["value"].as_str().unwrap().contains(BSN));
}

/// A message without its signature, signed again with the key of the broker.
fn signed_anew(xml: &str) -> String {
    let key = |name: &str| read(&fixtures().join("keys").join(name));
    let signer = SigningKey::from_pem(&key("broker-signing.key.pem"), &key("broker-signing.crt.pem")).unwrap();
    let (before, rest) = xml.split_once("<ds:Signature ").unwrap();
    let (_, after) = rest.split_once("</ds:Signature>").unwrap();
    let assertion = format!("{before}{after}");
    let (head, rest) = assertion.split_once("<saml:Assertion ").unwrap();
    let (inside, tail) = rest.split_once("</saml:Assertion>").unwrap();
    let signed = sign(&format!("<saml:Assertion {inside}</saml:Assertion>"), &signer, &SignOptions::default()).unwrap();
    format!("{head}{signed}{tail}")
}

/// The good message with its NameID encrypted, signed anew.
fn with_encrypted_name_id() -> String {
    let xml = String::from_utf8(read(&good())).unwrap();
    let (before, rest) = xml.split_once("<saml:NameID ").unwrap();
    let (inside, after) = rest.split_once("</saml:NameID>").unwrap();
    let name_id = format!("<saml:NameID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" {inside}</saml:NameID>");
    let certificate = read(&fixtures().join("keys/service-provider.crt.pem"));
    let recipient = VerifyingKey::from_certificate_pem(&certificate).unwrap();
    let data = encrypt(name_id.as_bytes(), &recipient, ContentCipher::Aes256Cbc).unwrap();
    signed_anew(&format!("{before}<saml:EncryptedID>{data}</saml:EncryptedID>{after}"))
}

#[test]
fn an_encrypted_identifier_is_shown_with_our_key_and_masked_like_a_plain_one() {
    let message = with_encrypted_name_id();
    let without = with_input(explain_good(), message.as_bytes());
    assert_eq!(without.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&without.stdout).contains("expected a plain element, found EncryptedID"));

    let mut command = explain_good();
    command.arg("--json").arg("--decrypt").arg(fixtures().join("keys/service-provider.key.pem"));
    let output = with_input(command, message.as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    let report = json(&output);
    assert_eq!(report["name_id"]["value"], "90*****36");
    let checks = report["checks"].as_array().unwrap();
    assert!(checks.iter().any(|check| check["code"] == "decryption" && check["verdict"] == "passed"));
    assert!(!String::from_utf8_lossy(&output.stdout).contains(BSN));
}

#[test]
fn every_form_of_a_message_is_read() {
    let xml = read(&good());
    let base64 = STANDARD.encode(&xml);
    for input in
        [xml, base64.clone().into_bytes(), format!("SAMLResponse={}&RelayState=x", escaped(&base64)).into_bytes()]
    {
        let output = with_input(explain_good(), &input);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let output = with_input(
        {
            let mut command = explain_good();
            command.arg("-");
            command
        },
        base64.as_bytes(),
    );
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_rejected_message_names_what_was_expected_and_found() {
    let output = explain_good().args(["--acs", "https://other.example.nl/acs"]).arg(good()).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "an option that stands twice is a mistake");

    let mut command = saml();
    command.args(["explain", "--profile", "signicat-broker", "--entity-id", "https://other.example.nl", "--acs", ACS]);
    command.args(["--request-id", REQUEST_ID, "--at", AT, "--allow-authority"]);
    command.args(["https://was-preprod1.digid.nl/saml/idp/metadata", "--metadata"]);
    command.arg(fixtures().join("metadata/broker-preproduction.xml")).arg(good());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("rejected: audience_restriction\n"), "{text}");
    assert!(text.contains("expected  https://other.example.nl\n"), "{text}");
    assert!(text.contains("found     https://portal.example.nl/saml/metadata\n"), "{text}");
}

#[test]
fn malformed_xml_is_rejected_with_its_place() {
    let output = with_input(
        {
            let mut command = explain_good();
            command.arg("--json");
            command
        },
        b"<!DOCTYPE a><a/>",
    );
    assert_eq!(output.status.code(), Some(1));
    let report = json(&output);
    assert_eq!(report["code"], "xml_document_type");
    let last = report["checks"].as_array().unwrap().last().unwrap().clone();
    assert!(last["found"].as_str().unwrap().contains("line 1, column 1 (byte 0)"), "{last}");
}

#[test]
fn the_signature_of_metadata_is_checked_with_a_trust_key() {
    let code = |key: &str| {
        let mut command = explain_good();
        command.arg("--json").arg("--trust-key").arg(fixtures().join("keys").join(key)).arg(good());
        json(&command.output().unwrap())["code"].as_str().map(str::to_owned)
    };
    assert_eq!(code("broker-signing.crt.pem"), None);
    assert_eq!(code("service-provider.crt.pem").as_deref(), Some("signature_invalid"));
}

#[test]
fn a_trust_key_serves_where_there_is_no_metadata() {
    let code = |key: &str| {
        let mut command = explain();
        command.arg("--json").arg("--trust-key").arg(fixtures().join("keys").join(key)).arg(good());
        json(&command.output().unwrap())["code"].as_str().map(str::to_owned)
    };
    assert_eq!(code("broker-signing.crt.pem"), None);
    assert_eq!(code("service-provider.crt.pem").as_deref(), Some("signature_invalid"));
}

#[test]
fn expired_metadata_rejects_at_the_given_time() {
    let output = explain_with_metadata("broker-expired.xml").arg("--json").arg(good()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(json(&output)["code"], "metadata_expired");
}

/// Exit status 2, nothing on standard output, and the given words in one line on standard error.
fn assert_usage(output: &Output, words: &[&str]) {
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(output.stdout.is_empty());
    for word in words {
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let missing = explain_good().arg("no-such-file.xml").output().unwrap();
    assert_usage(&missing, &["no-such-file.xml"]);
    assert_usage(&with_input(explain_good(), b"!!! no message !!!"), &["standard input: expected XML"]);
    assert_usage(&with_input(explain_good(), b" \n"), &["expected a message, found nothing"]);
    assert_usage(&with_input(explain_good(), b"<!DOCTYPE HTML><html></html>"), &["found a web page", "HAR file"]);
    let wrong_file = explain_with_metadata("broker-as-digid-service.xml").arg(good()).output().unwrap();
    assert_usage(&wrong_file, &["metadata", "service-provider", "/broker/authn/digid"]);
    let no_key = explain().arg("--trust-key").arg(good()).arg(good()).output().unwrap();
    assert_usage(&no_key, &["certificate"]);
    assert_usage(&explain().arg(good()).output().unwrap(), &["--trust-key"]);
    let no_time = explain_good().args(["--request-at", "yesterday"]).arg(good()).output().unwrap();
    assert_usage(&no_time, &["2026-01-31T12:00:00Z"]);
}

/// What the guide says to type is typed, from the top of the repository.
#[test]
fn the_command_of_the_guide_accepts() {
    let top = fixtures().join("..");
    let guide = String::from_utf8(read(&top.join("crates/saml-axum/src/guide/explain.md"))).unwrap();
    let (_, command) = guide.split_once("cargo run --quiet --bin saml -- ").unwrap();
    let (command, _) = command.split_once("```").unwrap();
    let arguments: Vec<&str> = command.split_whitespace().filter(|word| *word != "\\").collect();
    let output = saml().args(&arguments).current_dir(&top).output().unwrap();
    assert!(output.stdout.starts_with(b"accepted\n"), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(output.status.code(), Some(0));
}
