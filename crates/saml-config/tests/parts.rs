//! From a file to what a portal runs on: each part is made, and what cannot be is refused with the path of its key.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use saml_config::{AnswerBinding, ConfigFile, Deployment, PartError, Parts};
use saml_digid::Environment;
use saml_metadata::Metadata;
use saml_protocol::Binding;
use saml_sp::RequestBinding;
use saml_xml_security::{AlgorithmPolicy, VerifyingKey};

fn now() -> DateTime<Utc> {
    "2026-03-02T10:00:00Z".parse().unwrap()
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

/// Reads a file of one environment, with each text of `changes` replaced by another.
fn changed(environment: &str, text: &str, changes: &[(&str, &str)]) -> Deployment {
    let mut text = text.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    let file = ConfigFile::parse(&text.replace("ENV", environment)).unwrap();
    file.production.or(file.preproduction).unwrap()
}

fn in_preproduction(deployment: &Deployment) -> Parts<'_> {
    Parts::new(deployment, Environment::PreProduction, fixtures())
}

fn broker(changes: &[(&str, &str)]) -> Deployment {
    changed("preproduction", BROKER, changes)
}

/// What the first conflict is: its code and key.
fn conflict(deployment: &Deployment) -> Option<(&'static str, String)> {
    let conflicts = in_preproduction(deployment).conflicts();
    conflicts.first().map(|error| (error.code(), error.key().to_owned()))
}

#[test]
fn everything_is_made_of_a_file_without_faults() {
    let deployment = broker(&[]);
    let parts = in_preproduction(&deployment);
    assert_eq!(parts.conflicts(), []);
    let configuration = parts.configuration(now()).unwrap();
    assert_eq!(configuration.settings().issuer(), "https://portal.example.nl/saml/metadata");
    assert_eq!(configuration.profile().name().as_str(), "signicat-broker");
    assert!(configuration.single_logout().is_none());
    assert!(configuration.identity_provider().entity_id().starts_with("https://"));
    assert!(parts.back_channel().unwrap().is_none() && parts.redis_settings().unwrap().is_none());
}

#[test]
fn our_metadata_says_what_the_file_says_and_is_signed_by_the_key_of_the_file() {
    let deployment = broker(&[("organisation", "single_logout = true\norganisation")]);
    let file = in_preproduction(&deployment).metadata(now()).unwrap();
    let key =
        VerifyingKey::from_certificate_pem(&std::fs::read(fixtures().join("keys/service-provider.crt.pem")).unwrap())
            .unwrap();
    let metadata = Metadata::verify(file.as_bytes(), std::slice::from_ref(&key), &AlgorithmPolicy::rsa()).unwrap();
    let portal = metadata.service_provider().unwrap();
    assert_eq!(portal.entity_id(), "https://portal.example.nl/saml/metadata");
    assert_eq!(portal.signing_keys(), [key.clone()]);
    assert_eq!(portal.signing_key_names(), [Some(key.sha256_fingerprint().to_owned())]);
    let consumers: Vec<_> = portal.assertion_consumer_services().iter().map(|service| service.binding).collect();
    assert_eq!(consumers, [Binding::HttpPost]);
    assert_eq!(portal.single_logout().len(), 2);
}

#[test]
fn digid_and_stelsel_toegang_have_their_own_forms_of_metadata() {
    let digid = changed("preproduction", DIGID, &[]);
    let parts = in_preproduction(&digid);
    assert_eq!(parts.conflicts(), []);
    assert_eq!((parts.answer_binding(), parts.request_binding()), (AnswerBinding::Artifact, RequestBinding::Redirect));
    let file = parts.metadata(now()).unwrap();
    assert!(!file.contains("validUntil") && file.contains("HTTP-Artifact"), "{file}");

    let more = "[ENV.login]\nservice = \"375b1cb1-14b7-42e9-a534-16cc4d8997b0\"\n\
                authorities = [\"urn:nl-eid-gdi:1.0:AD:00000004166909913000:entities:9002\"]\n";
    let decryption = "[[ENV.keys.decryption]]\nkey = \"keys/service-provider.key.pem\"\n\
                      certificate = \"keys/service-provider.crt.pem\"\n[ENV.keys.signing]";
    let changes = [("\"digid\"", "\"st-saml\""), ("[ENV.login]\n", more), ("[ENV.keys.signing]", decryption)];
    let routed = changed("preproduction", DIGID, &changes);
    let parts = in_preproduction(&routed);
    assert_eq!(parts.conflicts(), []);
    assert_eq!(parts.request_binding(), RequestBinding::Post);
    assert_eq!(parts.profile().unwrap().name().as_str(), "st-saml");
    let file = parts.metadata(now()).unwrap();
    assert!(file.contains("validUntil") && file.contains("use=\"encryption\"") && file.contains("375b1cb1"), "{file}");
}

#[test]
fn the_certificate_of_the_tls_client_is_the_second_in_the_metadata_for_stelsel_toegang() {
    let other = "[ENV.back_channel.client]\nkey = \"keys/broker-signing.key.pem\"\n\
                 certificate = \"keys/broker-signing.crt.pem\"";
    let same = "[ENV.back_channel.client]\nkey = \"keys/service-provider.key.pem\"\n\
                certificate = \"keys/service-provider.crt.pem\"";
    for (client, expected) in [(same, 1), (other, 2)] {
        let deployment = changed("preproduction", DIGID, &[("\"digid\"", "\"st-saml\""), (same, client)]);
        let parts = in_preproduction(&deployment);
        let metadata = parts.unsigned_metadata(&parts.key_schedule().unwrap(), now()).unwrap();
        assert_eq!(metadata.signing_keys.len(), expected);
        assert_eq!(metadata.signing_keys.first(), Some(parts.current_key().unwrap().verifying_key()));
    }
}

#[test]
fn the_next_key_stands_in_the_metadata_and_signs_from_its_moment_on() {
    let next = "[ENV.keys.next]\nkey = \"keys/broker-signing-next.key.pem\"\n\
                certificate = \"keys/broker-signing-next.crt.pem\"\npublish = \"both\"\nsigns_from = 2026-06-01T00:00:00Z\n\
                [ENV.keys.signing]";
    let deployment = broker(&[("[ENV.keys.signing]", next)]);
    let parts = in_preproduction(&deployment);
    let (before, after) = (now(), "2026-06-01T00:00:00Z".parse().unwrap());
    let schedule = parts.key_schedule().unwrap();
    assert_eq!((schedule.published(before).len(), schedule.published(after).len()), (2, 1));
    assert_ne!(schedule.signs(before).verifying_key(), schedule.signs(after).verifying_key());
    assert!(parts.metadata(before).is_ok() && parts.metadata(after).is_ok());

    let deployment = broker(&[("[ENV.keys.signing]", &next.replace("-next.", "."))]);
    let other = broker(&[("[ENV.keys.signing]", &next.replace("broker-signing-next", "service-provider"))]);
    assert!(in_preproduction(&deployment).key_schedule().is_ok());
    let refused = in_preproduction(&other).key_schedule().unwrap_err();
    assert_eq!((refused.code(), refused.key()), ("key_schedule_same_key", "preproduction.keys.next"));
}

#[test]
fn metadata_with_a_certificate_that_does_not_hold_is_refused() {
    let deployment = broker(&[]);
    let refused = in_preproduction(&deployment).metadata("2126-01-01T00:00:00Z".parse().unwrap()).unwrap_err();
    assert_eq!((refused.code(), refused.key()), ("config_certificate_validity", "preproduction.keys"));
}

#[test]
fn the_metadata_of_the_identity_provider_must_be_signed_by_a_trusted_key_of_the_right_entity_and_valid() {
    let refused = |changes: &[(&str, &str)], at: DateTime<Utc>| {
        in_preproduction(&broker(changes)).identity_provider(at).unwrap_err().code()
    };
    assert!(in_preproduction(&broker(&[])).identity_provider(now()).is_ok());
    let trusted = "[\"keys/broker-signing.crt.pem\"]";
    assert_eq!(refused(&[(trusted, "[\"keys/service-provider.crt.pem\"]")], now()), "signature_invalid");
    let other = [("trust_keys", "entity_id = \"https://other.example.nl\"\ntrust_keys")];
    assert_eq!(refused(&other, now()), "metadata_entity_mismatch");
    assert_eq!(refused(&[("broker-preproduction", "broker-expired")], now()), "metadata_expired");
}

#[test]
fn only_with_followed_keys_may_a_copy_be_signed_by_a_key_that_is_not_pinned() {
    let other = ("[\"keys/broker-signing.crt.pem\"]", "[\"keys/service-provider.crt.pem\"]");
    let followed = broker(&[other, ("trust_keys", "follow_keys = true\ntrust_keys")]);
    assert!(in_preproduction(&followed).identity_provider(now()).is_ok());
    assert!(in_preproduction(&broker(&[other])).identity_provider(now()).is_err());
}

#[test]
fn a_test_authority_is_refused_in_production_and_taken_before() {
    let deployment =
        |environment| changed(environment, BROKER, &[("https://was-preprod1.digid.nl/saml/idp/metadata", "simulator")]);
    let before = deployment("preproduction");
    assert!(in_preproduction(&before).profile().is_ok());
    let live = deployment("production");
    let refused = Parts::new(&live, Environment::Production, fixtures()).profile().unwrap_err();
    assert_eq!((refused.code(), refused.key()), ("config_test_authority", "production.login.authorities"));
}

#[test]
fn values_that_cannot_be_together_are_refused_with_the_path_of_the_key() {
    let file = |text: &str, from: &str, to: &str| changed("preproduction", text, &[(from, to)]);
    let registration = "[ENV.registration]\nweb_service_name = \"Mijn Voorbeeld\"\nsingle_sign_on = true\n[ENV.login]";
    let unforced = format!("{registration}\nforce_authn = false");
    let redis = "[ENV.state]\nstore = \"redis\"\nurl = { env = \"U\" }\ndigest_key = { env = \"D\" }\n[ENV.login]";
    let whole = redis.replace("digest", "sealing_keys = [{ env = \"S\" }]\ndigest");
    let memory = whole.replace("\"redis\"", "\"memory\"");
    let url = ("metadata = ", "metadata_url = \"https://broker.example.nl/\"\nmetadata = ");
    for (deployment, expected) in [
        (file(BROKER, "[ENV.signicat]\ndomain = \"login.example.nl\"", ""), Some(("config_no_signicat", "signicat"))),
        (
            file(DIGID, "[ENV.keys.signing]", "[ENV.signicat]\ndomain = \"a.nl\"\n[ENV.keys.signing]"),
            Some(("config_no_use", "signicat")),
        ),
        (
            file(DIGID, "organisation", "binding = \"post\"\norganisation"),
            Some(("config_answer_binding", "portal.binding")),
        ),
        (file(DIGID, "organisation", "binding = \"artifact\"\norganisation"), None),
        (
            file(DIGID, "organisation", "single_logout = true\norganisation"),
            Some(("config_single_logout", "portal.single_logout")),
        ),
        (file(DIGID, "[ENV.login]", registration), Some(("config_single_sign_on", "login.force_authn"))),
        (file(DIGID, "[ENV.login]", &unforced), None),
        (file(DIGID, "level", "authorities = [\"a\"]\nlevel"), Some(("config_no_use", "login.authorities"))),
        (file(DIGID, "level", "sector_code = \"stripped\"\nlevel"), Some(("config_no_use", "login.sector_code"))),
        (file(DIGID, "level", "attributes = [\"a\"]\nlevel"), Some(("config_no_use", "login.attributes"))),
        (
            file(DIGID, "level", "attribute_names = { nin = \"b\" }\nlevel"),
            Some(("config_no_use", "login.attribute_names")),
        ),
        (file(DIGID, "level", "service = \"a\"\nlevel"), Some(("config_no_use", "login.service"))),
        (file(DIGID, "level", "service_name = \"a\"\nlevel"), Some(("config_no_use", "login.service_name"))),
        (file(DIGID, "\"digid\"", "\"st-saml\""), Some(("config_no_service", "login.service"))),
        (
            file(DIGID, "\nroots = \"keys/broker-signing.crt.pem\"\n", "\nroots = \"keys/broker-signing.crt.pem\"\n"),
            None,
        ),
        (
            file(BROKER, "organisation", "binding = \"artifact\"\norganisation"),
            Some(("config_no_back_channel", "back_channel")),
        ),
        (
            file(BROKER, "[\"keys/broker-signing.crt.pem\"]", "[]"),
            Some(("metadata_no_signing_key", "identity_provider.trust_keys")),
        ),
        (file(BROKER, url.0, url.1), Some(("config_no_roots", "identity_provider.roots"))),
        (file(BROKER, url.0, &format!("roots = \"r.pem\"\n{}", url.1)), None),
        (file(BROKER, "[ENV.login]", redis), Some(("config_redis", "state.sealing_keys"))),
        (file(BROKER, "[ENV.login]", &whole), None),
        (file(BROKER, "[ENV.login]", &memory), Some(("config_redis", "state.url"))),
    ] {
        let expected = expected.map(|(code, key)| (code, format!("preproduction.{key}")));
        assert_eq!(conflict(&deployment), expected, "{deployment:?}");
        if let Some((code, _)) = expected {
            let refused = in_preproduction(&deployment).configuration(now()).unwrap_err();
            assert_eq!(refused.code(), code);
        }
    }
}

#[test]
fn digid_without_our_client_certificate_or_with_requests_the_partner_does_not_take_is_refused() {
    let client = "[ENV.back_channel.client]\nkey = \"keys/service-provider.key.pem\"\n\
                  certificate = \"keys/service-provider.crt.pem\"";
    let without = changed("preproduction", DIGID, &[(client, "")]);
    assert_eq!(conflict(&without).unwrap().0, "config_no_client");
    let conflicts = |changes: &[(&str, &str)]| -> Vec<&str> {
        let deployment = changed("preproduction", DIGID, changes);
        in_preproduction(&deployment).conflicts().iter().map(PartError::code).collect()
    };
    let service = ("level", "service = \"375b1cb1\"\nlevel");
    let redirect = ("level", "service = \"375b1cb1\"\nrequest_binding = \"redirect\"\nlevel");
    assert_eq!(conflicts(&[("\"digid\"", "\"st-saml\""), service]), ["config_no_decryption_key"]);
    assert_eq!(
        conflicts(&[("\"digid\"", "\"st-saml\""), redirect]),
        ["config_request_binding", "config_no_decryption_key"]
    );
}

#[test]
fn a_file_that_cannot_be_used_is_named_with_its_key_and_place() {
    let key = "key = \"keys/service-provider.key.pem\"";
    for (to, code, said) in [
        ("key = \"keys/absent.pem\"", "config_file", "keys/absent.pem, found: "),
        ("key = \"keys\"", "config_file", "keys, found: "),
        (
            "key = \"metadata/broker-preproduction.xml\"",
            "private_key_unreadable",
            "broker-preproduction.xml: expected a private key",
        ),
        ("key = \"keys/broker-signing.key.pem\"", "key_mismatch", "do not belong together"),
    ] {
        let deployment = broker(&[(key, to)]);
        let refused = in_preproduction(&deployment).key_schedule().unwrap_err();
        assert_eq!(refused.code(), code, "{refused}");
        assert!(refused.key().starts_with("preproduction.keys.signing"), "{refused}");
        assert!(refused.to_string().contains(said), "{refused}");
    }
}

#[test]
fn a_secret_comes_from_a_file_or_the_environment_and_is_never_said() {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("secrets");
    std::fs::create_dir_all(&place).unwrap();
    let digits = "0123456789abcdefABCDEF0123456789abcdef0123456789abcdef0123456789";
    for (name, text) in [("key", digits), ("line", &format!("{digits}\r\n")), ("short", "00ff"), ("empty", "\n")] {
        std::fs::write(place.join(name), text).unwrap();
    }
    let made = |sealing: &str, digest: &str| {
        let state = format!(
            "[ENV.state]\nstore = \"redis\"\nurl = {{ env = \"CARGO_MANIFEST_DIR\" }}\nsealing_keys = [{sealing}]\n\
             digest_key = {{ {digest} }}\n[ENV.login]"
        );
        let deployment = broker(&[("[ENV.login]", &state)]);
        Parts::new(&deployment, Environment::PreProduction, &place).redis_settings()
    };
    assert!(made("{ file = \"key\" }, { file = \"line\" }", "file = \"key\"").unwrap().is_some());
    for (refused, key, said) in [
        (
            made("{ file = \"key\" }", "file = \"short\""),
            "state.digest_key",
            "64 hexadecimal digits, found something else",
        ),
        (made("{ file = \"key\" }, { file = \"short\" }", "file = \"key\""), "state.sealing_keys[1]", "64 hexadecimal"),
        (made("{ file = \"key\" }", "file = \"empty\""), "state.digest_key", "found an empty one"),
        (
            made("{ file = \"key\" }", "env = \"SAML_THAT_IS_NOT_SET\""),
            "state.digest_key",
            "SAML_THAT_IS_NOT_SET, found none",
        ),
    ] {
        let refused = refused.unwrap_err();
        assert_eq!((refused.code(), refused.key()), ("config_secret", &*format!("preproduction.{key}")));
        assert!(refused.to_string().contains(said), "{refused}");
        assert!(!format!("{refused} {refused:?}").contains("00ff"), "{refused}");
    }
}

const BROKER: &str = r#"
[ENV]
profile = "signicat-broker"
[ENV.portal]
base_url = "https://portal.example.nl"
organisation = "Gemeente Voorbeeld"
[ENV.login]
level = "substantial"
authorities = ["https://was-preprod1.digid.nl/saml/idp/metadata"]
[ENV.identity_provider]
metadata = "metadata/broker-preproduction.xml"
trust_keys = ["keys/broker-signing.crt.pem"]
[ENV.keys.signing]
key = "keys/service-provider.key.pem"
certificate = "keys/service-provider.crt.pem"
[ENV.signicat]
domain = "login.example.nl"
"#;

const DIGID: &str = r#"
[ENV]
profile = "digid"
[ENV.portal]
base_url = "https://portal.example.nl"
organisation = "Gemeente Voorbeeld"
[ENV.login]
level = "substantial"
[ENV.identity_provider]
metadata = "metadata/broker-preproduction.xml"
trust_keys = ["keys/broker-signing.crt.pem"]
[ENV.keys.signing]
key = "keys/service-provider.key.pem"
certificate = "keys/service-provider.crt.pem"
[ENV.back_channel]
roots = "keys/broker-signing.crt.pem"
[ENV.back_channel.client]
key = "keys/service-provider.key.pem"
certificate = "keys/service-provider.crt.pem"
"#;
