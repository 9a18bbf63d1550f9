//! `saml forge list` and `saml forge write`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;

use saml_forge::attack;
use saml_tests::{fixtures, saml};
use serde_json::Value;

fn forge(arguments: &[&str]) -> Output {
    saml().arg("forge").args(arguments).output().unwrap()
}

/// A folder for one test, which is not there yet.
fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    if path.exists() {
        std::fs::remove_dir_all(&path).unwrap();
    }
    path
}

fn index(folder: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("index.json")).unwrap()).unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_list_has_every_attack_with_its_codes() {
    let output = forge(&["list", "--json"]);
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    let listed: BTreeSet<&str> = list.as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap()).collect();
    assert_eq!(listed, attack::all().map(|attack| attack.id).collect());
    let entry = list.as_array().unwrap().iter().find(|entry| entry["id"] == "ATT-024").unwrap();
    assert_eq!(entry["variants"], 4);
    assert_eq!(entry["codes"], serde_json::json!(["element_unexpected", "element_missing"]));

    let table = text(&forge(&["list"]).stdout);
    assert!(table.contains("ATT-024") && table.contains("by HTTP-POST"), "{table}");
}

#[test]
fn every_message_is_written_with_its_good_twin_and_its_code() {
    let out = folder("written");
    let output = forge(&["write", "--out", out.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));

    let index = index(&out);
    let messages = index["messages"].as_array().unwrap();
    assert!(messages.len() > 1_000, "{}", messages.len());
    for message in messages {
        let content = |key: &str| std::fs::read(out.join(message[key].as_str().unwrap())).unwrap();
        assert_ne!(content("file"), content("good_twin"), "{message}");
    }
    let files: BTreeSet<&str> = messages.iter().map(|message| message["file"].as_str().unwrap()).collect();
    assert_eq!(files.len(), messages.len());
    assert!(files.contains("ATT-024-forged_first.xml"));
    let wrapped = messages.iter().find(|message| message["file"] == "ATT-024-forged_first.xml").unwrap();
    assert_eq!(
        (&wrapped["expected"], &wrapped["good_twin"]),
        (&"element_unexpected".into(), &"good-assertion.xml".into())
    );
    assert_eq!(index["not_written"].as_array().unwrap().len(), 0);
    assert!(out.join("identity-provider.key.pem").exists() && out.join("recipient.key.pem").exists());
}

#[test]
fn a_folder_with_files_is_not_written_to() {
    let out = folder("full");
    std::fs::create_dir_all(&out).unwrap();
    std::fs::write(out.join("mine"), "x").unwrap();
    let output = forge(&["write", "--out", out.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("expected --out to name a new or an empty folder"));
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 1);
}

#[test]
fn a_captured_message_is_signed_anew_and_what_it_cannot_carry_is_named() {
    let (fixtures, out) = (fixtures(), folder("captured"));
    let good = std::fs::read_to_string(fixtures.join("responses/response-assertion-signed.xml")).unwrap();
    let (start, rest) = good.split_once("<saml:AuthenticatingAuthority>").unwrap();
    let (_, end) = rest.split_once("</saml:AuthenticatingAuthority>").unwrap();
    // As another program would write it: other prefixes, in base64, and without what a broker adds.
    let other = format!("{start}{end}").replace("saml:", "a:").replace("xmlns:saml=", "xmlns:a=").replace("samlp", "p");
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, other);
    let from = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("captured.b64");
    std::fs::write(&from, encoded).unwrap();
    let key = |kind: &str| fixtures.join(format!("keys/broker-signing-next.{kind}.pem"));
    let mut command = saml();
    command.args(["forge", "write", "--profile", "web-sso", "--from"]).arg(&from).arg("--out").arg(&out);
    let output = command.arg("--key").arg(key("key")).arg("--cert").arg(key("crt")).output().unwrap();

    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "");
    let said = text(&output.stdout);
    assert!(said.contains("not written, 2 attacks:") && said.contains("ATT-142"), "{said}");
    let index = index(&out);
    assert_eq!(index["in_response_to"], "_0f3b6c1d9a7e4285b1c0d3e6f9a2b5c8");
    assert_eq!(index["not_written"].as_array().unwrap().len(), 2);
    let code = |file: &str| {
        let messages = index["messages"].as_array().unwrap();
        messages.iter().find(|message| message["file"] == file).unwrap()["expected"].as_str().unwrap().to_owned()
    };
    assert_eq!(code("ATT-024-forged_first.xml"), "element_unexpected");
    // A BSN is nothing to an identity provider that is no broker of DigiD.
    assert_eq!(code("ATT-203-eleven_test.xml"), "harmless");
    assert!(!out.join("identity-provider.key.pem").exists());
}

#[test]
fn what_is_no_response_with_an_assertion_is_refused_with_what_was_expected() {
    let (fixtures, out) = (fixtures(), folder("refused"));
    let key = |kind: &str| fixtures.join(format!("keys/broker-signing.{kind}.pem"));
    let mut command = saml();
    command.args(["forge", "write", "--from"]).arg(fixtures.join("responses/response-cancelled.xml"));
    command.arg("--key").arg(key("key")).arg("--cert").arg(key("crt")).arg("--out").arg(&out);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let told = text(&output.stderr);
    assert!(told.contains("expected a Response with an Assertion that is not encrypted"), "{told}");
    assert!(!out.exists());
}

#[test]
fn every_help_has_an_example() {
    for command in ["list", "write", "run"] {
        let help = text(&forge(&[command, "--help"]).stdout);
        assert!(help.contains("Example") && help.contains(&format!("saml forge {command}")), "{help}");
    }
}
