//! `saml init`: what it writes, what it refuses, and that it overwrites nothing.

use std::collections::BTreeSet;

use saml_config::{ConfigFile, PartError, Parts};
use saml_digid::Environment;
use saml_metadata::Metadata;
use saml_xml_security::{AlgorithmPolicy, VerifyingKey};

use crate::keys::keys_not_in;
use crate::{BROKER, init, place, refused, run, succeeded};

#[test]
fn init_writes_every_key_with_a_comment_and_what_it_writes_can_be_read_with_all_of_them_set() {
    let place = place("every-key");
    succeeded(&init(&place, &BROKER));
    let text = std::fs::read_to_string(place.join("saml.toml")).unwrap();
    let all: String = text
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ') && !rest.is_empty()).unwrap_or(line))
        .map(|line| format!("{line}\n"))
        .collect();
    ConfigFile::parse(&all).unwrap();
    assert_eq!(keys_not_in(&all.parse().unwrap()), BTreeSet::from(["production".to_owned()]));
    let mut before = "";
    for line in text.lines().filter(|line| line.trim_start_matches('#').starts_with('[')) {
        assert_ne!(before, line, "twice");
        before = line;
    }
}

#[test]
fn init_for_a_broker_writes_keys_and_metadata_that_a_portal_can_use() {
    let place = place("broker");
    let said = succeeded(&init(&place, &BROKER));
    let folder = place.join("preproduction");
    let mut names: Vec<String> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["metadata.xml", "signing.crt.pem", "signing.key.pem"]);
    for name in &names {
        assert!(said.contains(name), "{said}");
    }
    for left in ["What only you can do", "identity-provider.xml", "identity-provider.crt.pem", "saml doctor --config"] {
        assert!(said.contains(left), "{said}");
    }
    let key = VerifyingKey::from_certificate_pem(&std::fs::read(folder.join("signing.crt.pem")).unwrap()).unwrap();
    let metadata = std::fs::read(folder.join("metadata.xml")).unwrap();
    let metadata = Metadata::verify(&metadata, &[key], &AlgorithmPolicy::rsa()).unwrap();
    assert_eq!(metadata.entity_id(), "https://portal.example.nl/saml/metadata");

    let file = ConfigFile::parse(&std::fs::read_to_string(place.join("saml.toml")).unwrap()).unwrap();
    let deployment = file.preproduction.unwrap();
    let parts = Parts::new(&deployment, Environment::PreProduction, &place);
    assert_eq!(parts.conflicts(), []);
    assert!(parts.key_schedule().is_ok() && parts.profile().is_ok());
    let missing = parts.identity_provider(chrono::DateTime::UNIX_EPOCH).unwrap_err();
    assert!(matches!(&missing, PartError::File { key, .. } if key == "preproduction.identity_provider.metadata"));
}

#[test]
fn the_next_steps_are_commands_that_run_where_the_file_has_both_environments() {
    let place = place("next-steps");
    let before = succeeded(&init(&place, &BROKER));
    let live = succeeded(&init(&place, &[&["--environment", "production"][..], &BROKER].concat()));
    let config = format!("--config {}/saml.toml --environment", place.display());
    for command in ["saml demo", "saml doctor", "saml portal"] {
        assert!(before.contains(&format!("{command} {config} preproduction\n")), "{command} is not in {before}");
    }
    assert!(!live.contains("saml demo"), "{live}");
}

#[test]
fn the_settings_for_the_simulator_are_said_for_preproduction_and_can_be_used_there_alone() {
    let place = place("sandbox");
    let before = succeeded(&init(&place, &BROKER));
    let live = succeeded(&init(&place, &[&["--environment", "production"][..], &BROKER].concat()));
    let (authorities, sector_code) = (
        "authorities = [\"https://was-preprod1.digid.nl/saml/idp/metadata\", \"simulator\"]",
        "sector_code = \"optional\"",
    );
    assert!(before.contains(authorities) && before.contains(sector_code), "{before}");
    assert!(!live.contains("simulator"), "{live}");

    let text = std::fs::read_to_string(place.join("saml.toml")).unwrap();
    let is_usual = |line: &&str| !line.starts_with("authorities") && !line.starts_with("#sector_code");
    let text: String = text.lines().filter(is_usual).map(|line| format!("{line}\n")).collect();
    let set = |environment: &str| {
        let table = format!("[{environment}.login]\n");
        let file = ConfigFile::parse(&text.replace(&table, &format!("{table}{authorities}\n{sector_code}\n"))).unwrap();
        (file.preproduction.unwrap(), file.production.unwrap())
    };
    assert!(Parts::new(&set("preproduction").0, Environment::PreProduction, &place).profile().is_ok());
    let refused = Parts::new(&set("production").1, Environment::Production, &place).profile().unwrap_err();
    assert_eq!(refused.code(), "config_test_authority");
}

#[test]
fn init_for_digid_and_stelsel_toegang_writes_keys_and_requests_and_says_that_certificates_are_to_come() {
    for (profile, more, roles) in [
        ("digid", &[][..], &["signing", "tls"][..]),
        ("st-saml", &["--service", "375b1cb1-14b7-42e9-a534-16cc4d8997b0"], &["signing", "tls", "encryption"]),
    ] {
        let place = place(profile);
        let said = succeeded(&init(&place, &[&["--profile", profile][..], &PKIOVERHEID, more].concat()));
        for role in roles {
            let request = std::fs::read(place.join(format!("preproduction/{role}.csr.pem"))).unwrap();
            assert!(request.starts_with(b"-----BEGIN CERTIFICATE REQUEST-----"));
            assert!(place.join(format!("preproduction/{role}.key.pem")).is_file());
        }
        assert!(!place.join("preproduction/metadata.xml").exists());
        assert!(said.contains("Until then there is nothing to sign with"), "{said}");
        let file = ConfigFile::parse(&std::fs::read_to_string(place.join("saml.toml")).unwrap()).unwrap();
        let deployment = file.preproduction.unwrap();
        assert_eq!(Parts::new(&deployment, Environment::PreProduction, &place).conflicts(), []);
    }
}

#[cfg(unix)]
#[test]
fn private_keys_can_be_read_by_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = place("modes");
    succeeded(&init(&place, &[&["--profile", "digid"][..], &PKIOVERHEID].concat()));
    let mode = |name: &str| std::fs::metadata(place.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("preproduction/signing.key.pem"), mode("preproduction/tls.key.pem")), (0o600, 0o600));
    assert_ne!(mode("preproduction/signing.csr.pem"), 0o600);
}

#[test]
fn init_overwrites_nothing_and_takes_back_what_it_began() {
    let place = place("again");
    succeeded(&init(&place, &BROKER));
    let before = std::fs::read(place.join("preproduction/signing.key.pem")).unwrap();
    assert!(refused(&init(&place, &BROKER)).contains("saml.toml has [preproduction] already"));

    std::fs::remove_file(place.join("saml.toml")).unwrap();
    assert!(refused(&init(&place, &BROKER)).contains("signing.key.pem is there already, and is never overwritten"));
    assert_eq!(std::fs::read(place.join("preproduction/signing.key.pem")).unwrap(), before);

    std::fs::remove_file(place.join("preproduction/signing.key.pem")).unwrap();
    assert!(refused(&init(&place, &BROKER)).contains("signing.crt.pem is there already"));
    assert!(!place.join("preproduction/signing.key.pem").exists());
    assert!(!place.join("saml.toml").exists());
}

#[test]
fn init_adds_the_other_environment_to_a_file_and_leaves_the_first_as_it_is() {
    let place = place("both");
    succeeded(&init(&place, &BROKER));
    let first = std::fs::read_to_string(place.join("saml.toml")).unwrap();
    succeeded(&init(&place, &[&["--environment", "production"][..], &BROKER].concat()));
    let both = std::fs::read_to_string(place.join("saml.toml")).unwrap();
    assert!(both.starts_with(&first));
    let file = ConfigFile::parse(&both).unwrap();
    assert_eq!(file.deployments().count(), 2);
    assert_eq!(file.production.unwrap().login.authorities, ["https://was.digid.nl/saml/idp/metadata"]);
    let [one, other] = ["preproduction", "production"]
        .map(|environment| std::fs::read(place.join(environment).join("signing.key.pem")).unwrap());
    assert_ne!(one, other);
}

#[test]
fn init_says_all_that_is_missing_at_once_and_what_will_not_do() {
    let place = place("missing");
    let out = place.to_str().unwrap();
    let said = refused(&run(&["init", "--out", out]));
    assert!(said.contains("--base-url, --organisation, --domain, found none"), "{said}");
    for (more, part) in [
        (&["--base-url", "http://portal.example.nl", "--domain", "a.nl"][..], "--base-url: expected https://"),
        (&["--base-url", "https://portal.example.nl/path", "--domain", "a.nl"], "--base-url: expected https://"),
        (&["--base-url", "https://portal.example.nl", "--domain", "https://a.nl"], "--domain: expected a domain"),
        (&["--base-url", "https://portal.example.nl", "--oin", "00000001823288444000"], "--oin says nothing with"),
    ] {
        let said = refused(&init(&place, more));
        assert!(said.contains(part), "{said}");
    }
    let digid = |oin: &str, number: &str| {
        let more =
            ["--profile", "digid", "--base-url", "https://a.nl", "--oin", oin, "--trade-register-number", number];
        refused(&init(&place, &more))
    };
    assert!(digid("123", "12345678").contains("--oin: expected an OIN of twenty digits"));
    assert!(digid("00000001823288444000", "1234").contains("--trade-register-number: expected eight digits"));
    assert_eq!(std::fs::read_dir(&place).unwrap().count(), 0);
}

const PKIOVERHEID: [&str; 6] =
    ["--base-url", "https://portal.example.nl", "--oin", "00000001823288444000", "--trade-register-number", "12345678"];
