//! The command `saml metadata`: what it shows, what it refuses, how it exits.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::process::Output;

use saml_metadata::{Endpoint, Error, IndexedEndpoint, KeyNameConvention, Metadata, ServiceProviderMetadata};
use saml_protocol::Binding;
use saml_tests::{certificate, fixtures, saml};
use saml_xml_security::{AlgorithmPolicy, VerifyingKey};
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
    let signed_by = format!("  signed_by: SHA-256 {}\n", public("broker-signing").sha256_fingerprint());
    assert!(text(&output).contains(&signed_by), "{}", text(&output));
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

const PORTAL: &str = "https://portal.example.nl/saml/metadata";
const ACS: &str = "https://portal.example.nl/saml/acs";

fn key_file(name: &str) -> String {
    fixtures().join("keys").join(name).to_str().unwrap().to_owned()
}

fn public(name: &str) -> VerifyingKey {
    certificate(&fixtures().join(format!("keys/{name}.crt.pem")))
}

/// Returns the options that name a key and its certificate.
fn pair(options: [&str; 2], name: &str) -> Vec<String> {
    let [key, certificate] = options.map(str::to_owned);
    vec![key, key_file(&format!("{name}.key.pem")), certificate, key_file(&format!("{name}.crt.pem"))]
}

fn ours() -> Vec<String> {
    pair(["--key", "--cert"], "service-provider")
}

fn run(command: &str, arguments: &[String], more: &[&str]) -> Output {
    saml().args(["metadata", command]).args(arguments).args(more).output().unwrap()
}

fn new(more: &[&str]) -> Output {
    let acs = format!("artifact={ACS}");
    let all = [&["--entity-id", PORTAL, "--acs", &acs, "--at", "2026-03-02T10:00:00Z"], more].concat();
    run("new", &ours(), &all)
}

fn verified(output: &Output, key: &VerifyingKey) -> Metadata {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    Metadata::verify(&output.stdout, std::slice::from_ref(key), &AlgorithmPolicy::modern()).unwrap()
}

fn fails(output: &Output, exit: i32, reason: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(exit), "{said}");
    assert!(said.contains(reason), "{reason} is not in {said}");
    assert!(output.stdout.is_empty());
}

/// Writes a file for one test.
fn written(name: &str, content: impl AsRef<[u8]>) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn new_metadata_says_what_was_asked_for_and_is_signed_with_the_key_in_it() {
    let logout = "redirect=https://portal.example.nl/saml/logout";
    let format = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
    let encryption = key_file("broker-signing.crt.pem");
    let output =
        new(&[["--slo", logout, "--name-id-format", format], ["--encryption-cert", &encryption, "--key-name", "sha1"]]
            .concat());
    let key = public("service-provider");
    let metadata = verified(&output, &key);
    assert_eq!((metadata.entity_id(), metadata.valid_until(), metadata.cache_duration()), (PORTAL, None, None));
    let role = metadata.service_provider().unwrap();
    let location = ACS.to_owned();
    let acs = IndexedEndpoint { index: 0, is_default: None, binding: Binding::HttpArtifact, location };
    assert_eq!(role.assertion_consumer_services(), [acs]);
    let location = "https://portal.example.nl/saml/logout".to_owned();
    assert_eq!(role.single_logout(), [Endpoint { binding: Binding::HttpRedirect, location }]);
    assert_eq!(role.name_id_formats(), [format]);
    assert_eq!(role.signing_key_names(), [Some(KeyNameConvention::Sha1.name(&key).to_owned())]);
    assert_eq!((role.signing_keys(), role.encryption_keys()), (&[key][..], &[public("broker-signing")][..]));
    assert!(role.authn_requests_signed() && role.want_assertions_signed());
}

#[test]
fn around_a_change_of_keys_new_metadata_has_the_ones_of_the_moment() {
    let (current, next) = (public("service-provider"), public("broker-signing-next"));
    let change = "2026-03-02T11:00:00Z";
    let key = pair(["--next-key", "--next-cert"], "broker-signing-next");
    let mut more: Vec<&str> = key.iter().map(String::as_str).collect();
    more.extend(["--next-from", change, "--publish"]);
    let keys = |publish: &[&str], signer| {
        let metadata = verified(&new(&[&more[..], publish].concat()), signer);
        metadata.service_provider().unwrap().signing_keys().to_vec()
    };
    let both = [current.clone(), next.clone()];
    assert_eq!(keys(&["both"], &current), both);
    assert_eq!(keys(&["both", "--both-until", "2026-04-01T00:00:00Z"], &current), both);
    assert_eq!(keys(&["current"], &current), both[..1]);
    assert_eq!(keys(&["next"], &next), both[1..]);
    fails(&new(&[&more[..], &["both", "--both-until", "2026-03-02T10:59:59Z"]].concat()), 2, "key_schedule_overlap");
    fails(&new(&[&more[..], &["next", "--both-until", change]].concat()), 2, "--publish both");
}

#[test]
fn metadata_that_nobody_could_use_is_not_made() {
    let until = "2026-03-02T10:00:01Z";
    assert_eq!(new(&["--valid-until", until]).status.code(), Some(0));
    fails(&new(&["--valid-until", "2026-03-02T10:00:00Z"]), 2, "--valid-until");
    fails(&new(&["--acs", "post=http://portal.example.nl/acs"]), 2, "metadata_location");
    fails(&new(&["--acs", "redirect=https://portal.example.nl/acs"]), 2, "artifact or post");
    fails(&new(&["--next-key", "next.key.pem"]), 2, "--next-cert");

    let acs = format!("post={ACS}");
    let at = |moment| run("new", &ours(), &["--entity-id", PORTAL, "--acs", &acs, "--at", moment]);
    assert_eq!(at("2035-12-31T23:59:59Z").status.code(), Some(0));
    fails(&at("2036-01-02T00:00:00Z"), 2, "certificates that hold");
    fails(&at("2025-12-31T23:59:59Z"), 2, "certificates that hold");
    let mixed = [&pair(["--key", "--cert"], "broker-signing")[..2], &ours()[2..]].concat();
    fails(&run("new", &mixed, &["--entity-id", PORTAL, "--acs", &acs]), 2, "broker-signing.key.pem");
}

fn unsigned() -> Result<String, Error> {
    let acs = IndexedEndpoint { index: 0, is_default: None, binding: Binding::HttpPost, location: ACS.to_owned() };
    ServiceProviderMetadata::new("_1", PORTAL, vec![public("service-provider")], vec![acs]).write()
}

#[test]
fn a_file_of_another_program_is_signed_where_that_is_safe() {
    let good = unsigned().unwrap();
    let sign = |name: &str, content: &str| run("sign", &ours(), &[&written(name, content)]);
    let output = sign("sign-good.xml", &good);
    assert_eq!(verified(&output, &public("service-provider")).entity_id(), PORTAL);

    fails(&sign("sign-signed.xml", &text(&output)), 1, "without a signature");
    fails(&sign("sign-comment.xml", &good.replace("<md:Ass", "<!-- --><md:Ass")), 1, "xml_comment");
    fails(&sign("sign-no-id.xml", &good.replace(" ID=\"_1\"", "")), 1, "id_missing");
    fails(&sign("sign-location.xml", &good.replace(ACS, "http://portal.example.nl/acs")), 1, "metadata_location");
    fails(&sign("sign-doctype.xml", &format!("<!DOCTYPE a>{good}")), 1, "xml_");
    fails(&run("sign", &ours(), &["absent.xml"]), 2, "absent.xml");
}

#[test]
fn a_key_that_does_not_stand_in_the_file_signs_only_as_its_publisher() {
    let path = written("sign-publisher.xml", unsigned().unwrap());
    let federation = pair(["--key", "--cert"], "broker-signing");
    fails(&run("sign", &federation, &[&path]), 1, "--as-publisher");
    verified(&run("sign", &federation, &["--as-publisher", &path]), &public("broker-signing"));
}

/// Fetches with a copy of the broker's metadata; it stays what it was.
fn fetch(name: &str, copy: &str, more: &[&str]) -> Output {
    let content = std::fs::read(file(copy)).unwrap();
    let kept = written(name, &content);
    let metadata = Metadata::parse_unverified(&content).unwrap();
    let (trusted, roots) = (key_file("broker-signing.crt.pem"), key_file("service-provider.crt.pem"));
    let arguments = ["--trust-key", &trusted, "--roots", &roots, "--copy", &kept, "--entity-id", metadata.entity_id()];
    let output = run("fetch", &[], &[&arguments[..], more].concat());
    assert_eq!(std::fs::read(&kept).unwrap(), content);
    output
}

#[test]
fn the_copy_stays_when_nothing_can_be_fetched_and_the_reason_is_said() {
    let output = fetch("fetch-text.xml", "broker-without-valid-until.xml", &[NOBODY]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).starts_with("kept\n  backchannel_connect: "), "{}", text(&output));
    assert!(text(&output).contains("last confirmed 0 hours ago"), "{}", text(&output));

    let output = fetch("fetch-json.xml", "broker-expired.xml", &["--json", "--mdq", NOBODY, "--by-sha1"]);
    let status: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&status["result"], &status["code"]), (&"kept".into(), &"backchannel_connect".into()));
    assert_eq!(status["expired"], true);
}

#[test]
fn a_copy_or_a_url_that_cannot_be_used_is_wrong_usage() {
    fails(&fetch("fetch-http.xml", "broker-production.xml", &["http://127.0.0.1/"]), 2, "backchannel_endpoint");
    fails(&fetch("fetch-ours.xml", "service-provider.xml", &[NOBODY]), 2, "signature_invalid");
    let query = ["--mdq", "http://mdq.example.nl"];
    fails(&fetch("fetch-mdq.xml", "broker-production.xml", &query), 2, "metadata_location");
}

/// Where no server is.
const NOBODY: &str = "https://127.0.0.1:1/metadata";
