//! `saml explain --config`: it takes the keys that the portal takes, in the forms that issuers send them.

use std::path::{Path, PathBuf};
use std::process::Output;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml_tests::fixtures;
use saml_xml_security::{ContentCipher, VerifyingKey, encrypt};

use crate::{place, refused, run};

/// Writes a configuration file with the portal's key for decryption at `key`, and an answer with its assertion
/// encrypted to it.
fn configured(name: &str, key: &str) -> (PathBuf, String) {
    let place = place(name);
    let fixtures = fixtures().canonicalize().unwrap();
    let keys = fixtures.join("keys");
    for (from, to) in [
        ("service-provider.key.pem", "service-provider.key.der"),
        ("broker-signing.key.pem", "broker.key.der"),
        ("broker-signing.crt.pem", "broker.cer"),
    ] {
        std::fs::write(place.join(to), der(&keys.join(from))).unwrap();
    }
    let table = format!("[[preproduction.keys.decryption]]\nkey = \"{key}.key.der\"\ncertificate = \"PLACE\"\n");
    let certificate = if key == "broker" { "broker-signing" } else { key };
    let certificate = keys.join(format!("{certificate}.crt.pem"));
    let table = table.replace("PLACE", certificate.to_str().unwrap());
    let text = std::fs::read_to_string(fixtures.join("short.toml")).unwrap();
    let text = text.replace("[\"keys/broker-signing.crt.pem\"]", "[\"broker.cer\"]");
    let text = ["metadata", "keys"].iter().fold(text, |text, folder| {
        text.replace(&format!("\"{folder}/"), &format!("\"{}/", fixtures.join(folder).display()))
    });
    let config = place.join("saml.toml");
    std::fs::write(&config, format!("{text}\n{table}")).unwrap();

    let xml = std::fs::read_to_string(fixtures.join("responses/response-assertion-signed.xml")).unwrap();
    let (before, rest) = xml.split_once("<saml:Assertion ").unwrap();
    let (inside, after) = rest.split_once("</saml:Assertion>").unwrap();
    let assertion = format!("<saml:Assertion {inside}</saml:Assertion>");
    let recipient = std::fs::read(keys.join("service-provider.crt.pem")).unwrap();
    let recipient = VerifyingKey::from_certificate_pem(&recipient).unwrap();
    let data = encrypt(assertion.as_bytes(), &recipient, ContentCipher::Aes256Gcm).unwrap();
    (config, format!("{before}<saml:EncryptedAssertion>{data}</saml:EncryptedAssertion>{after}"))
}

/// Returns what a file in PEM form holds.
fn der(path: &Path) -> Vec<u8> {
    let text = std::fs::read_to_string(path).unwrap();
    STANDARD.decode(text.lines().filter(|line| !line.starts_with("-----")).collect::<String>()).unwrap()
}

fn explain(config: &Path, message: &str, more: &[&str]) -> Output {
    let file = config.with_file_name("message.xml");
    std::fs::write(&file, message).unwrap();
    let usual = ["explain", "--config", config.to_str().unwrap(), "--at", "2026-03-02T10:00:45Z"];
    let usual = [&usual[..], &["--request-id", "_0f3b6c1d9a7e4285b1c0d3e6f9a2b5c8"]].concat();
    run(&[&usual, more, &[file.to_str().unwrap()]].concat())
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn keys_and_certificates_in_der_form_are_taken_from_the_file() {
    let (config, message) = configured("explain-der", "service-provider");
    let accepted = explain(&config, &message, &[]);
    assert_eq!(accepted.status.code(), Some(0), "{}{}", said(&accepted), String::from_utf8_lossy(&accepted.stderr));
    assert!(said(&accepted).contains("ok    partner: https://broker.pre.example.nl/broker/sp/saml"));

    let (config, message) = configured("explain-other", "broker");
    let rejected = explain(&config, &message, &[]);
    assert_eq!(rejected.status.code(), Some(1), "{}", String::from_utf8_lossy(&rejected.stderr));
    let said = said(&rejected);
    assert!(said.starts_with("rejected: decryption_failed\n"), "{said}");
    assert!(
        said.contains("fix: None of the 1 keys given in keys.decryption of the configuration file opens it"),
        "{said}"
    );
}

#[test]
fn an_option_goes_before_the_keys_of_the_file() {
    let (config, message) = configured("explain-option", "broker");
    let key = |name: &str| fixtures().join(format!("keys/{name}")).to_str().unwrap().to_owned();
    let decrypt = |name: &str| explain(&config, &message, &["--decrypt", &key(name)]);
    assert_eq!(decrypt("service-provider.key.pem").status.code(), Some(0));
    let rejected = said(&decrypt("broker-signing-next.key.pem"));
    assert!(rejected.starts_with("rejected: decryption_failed\n"), "{rejected}");
    assert!(rejected.contains("None of the 1 keys given with --decrypt opens it"), "{rejected}");

    let trust = |name: &str| {
        explain(&config, &message, &["--trust-key", &key(name), "--decrypt", &key("service-provider.key.pem")])
    };
    assert_eq!(trust("broker-signing.crt.pem").status.code(), Some(0));
    assert!(said(&trust("service-provider.crt.pem")).starts_with("rejected: signature_invalid\n"));
}

#[test]
fn a_key_of_the_file_that_cannot_be_read_is_named_with_its_path() {
    let (config, message) = configured("explain-unreadable", "service-provider");
    std::fs::write(config.with_file_name("service-provider.key.der"), "no key").unwrap();
    assert!(refused(&explain(&config, &message, &[])).contains("preproduction.keys.decryption[0].key: "));
}

#[test]
fn the_metadata_is_believed_as_the_portal_believes_it() {
    let (config, message) = configured("explain-source", "service-provider");
    let text = std::fs::read_to_string(&config).unwrap();
    let pinned = fixtures().canonicalize().unwrap().join("keys/service-provider.crt.pem");
    let another = text.replace("[\"broker.cer\"]", &format!("[{pinned:?}]"));
    let judged = |text: &str| {
        std::fs::write(&config, text).unwrap();
        explain(&config, &message, &[])
    };
    let followed = another.replace("trust_keys", "follow_keys = true\ntrust_keys");
    assert_eq!(judged(&followed).status.code(), Some(0));
    let rejected = said(&judged(&another));
    assert!(rejected.starts_with("rejected: signature_invalid\n"), "{rejected}");
    let none = judged(&text.replace("[\"broker.cer\"]", "[]"));
    assert!(refused(&none).contains("preproduction.identity_provider.trust_keys"));
}
