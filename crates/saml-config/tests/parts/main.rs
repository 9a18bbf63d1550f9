//! From a file to what a portal runs on: each part is made, and what cannot be is refused with the path of its key.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod conflicts;
mod files;
mod our_metadata;
mod partner;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use saml_authn_request::{AssertionConsumerServiceChoice, AuthnRequestSettings};
use saml_config::{ConfigFile, Deployment, Parts};
use saml_digid::Environment;
use saml_protocol::Binding;

pub(crate) fn now() -> DateTime<Utc> {
    "2026-03-02T10:00:00Z".parse().unwrap()
}

pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

/// Reads a file of one environment, with each text of `changes` replaced by another.
pub(crate) fn changed(environment: &str, text: &str, changes: &[(&str, &str)]) -> Deployment {
    let mut text = text.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    let file = ConfigFile::parse(&text.replace("[preproduction", &format!("[{environment}"))).unwrap();
    file.production.or(file.preproduction).unwrap()
}

pub(crate) fn in_preproduction(deployment: &Deployment) -> Parts<'_> {
    Parts::new(deployment, Environment::PreProduction, fixtures())
}

/// The shortest file of a portal at the broker.
pub(crate) fn short() -> String {
    std::fs::read_to_string(fixtures().join("short.toml")).unwrap()
}

pub(crate) fn broker(changes: &[(&str, &str)]) -> Deployment {
    changed("preproduction", &short(), changes)
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
fn a_test_authority_is_refused_in_production_and_taken_before() {
    let deployment = |environment| {
        changed(environment, &short(), &[("https://was-preprod1.digid.nl/saml/idp/metadata", "simulator")])
    };
    let before = deployment("preproduction");
    assert!(in_preproduction(&before).profile().is_ok());
    let live = deployment("production");
    let refused = Parts::new(&live, Environment::Production, fixtures()).profile().unwrap_err();
    assert_eq!((refused.code(), refused.key()), ("config_test_authority", "production.login.authorities"));
}

#[test]
fn a_request_asks_for_what_the_file_says_in_the_way_of_the_partner() {
    let (id, acs) = ("https://portal.example.nl/saml/metadata", "https://portal.example.nl/saml/acs");
    let substantial = "urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard";
    let organisation = "Gemeente Voorbeeld";
    let usual = in_preproduction(&broker(&[])).request_settings();
    let expected = AuthnRequestSettings::signicat(id, acs)
        .with_requested_level(substantial)
        .with_language("nl")
        .with_provider_name(organisation);
    assert_eq!(usual, expected);
    let more = "scoping = [\"digid\", \"idin\"]\nlanguage = \"en\"\nforce_authn = false\nlevel";
    let changed_settings = in_preproduction(&broker(&[("level", more)])).request_settings();
    let expected = expected.with_scoping(&["digid", "idin"]).with_language("en").with_force_authn(false);
    assert_eq!(changed_settings, expected);
    let by_artifact = broker(&[("organisation", "binding = \"artifact\"\norganisation")]);
    let choice = AssertionConsumerServiceChoice::Url { binding: Some(Binding::HttpArtifact) };
    assert_eq!(in_preproduction(&by_artifact).request_settings(), usual.with_assertion_consumer_service(choice));

    let digid = changed("preproduction", DIGID, &[]);
    let expected = AuthnRequestSettings::digid(id, 0, acs).with_requested_level(substantial);
    assert_eq!(in_preproduction(&digid).request_settings(), expected.with_provider_name(organisation));
    let routed = changed("preproduction", DIGID, &[("\"digid\"", "\"st-saml\"")]);
    let expected = AuthnRequestSettings::st_saml(id, 0, acs, 0).with_provider_name(organisation);
    assert_eq!(in_preproduction(&routed).request_settings(), expected);
}

#[test]
fn a_profile_is_as_the_file_says() {
    let rule = |changes: &[(&str, &str)], name: &str| {
        let rules = in_preproduction(&broker(changes)).profile().unwrap().rules();
        rules.into_iter().find(|rule| rule.name == name).unwrap().value
    };
    assert_eq!(rule(&[], "name_id"), "s00000000, a colon, nine digits");
    let stripped = rule(&[("level", "sector_code = \"stripped\"\nlevel")], "name_id");
    assert!(!stripped.contains("s00000000"), "{stripped}");
    let either = rule(&[("level", "sector_code = \"optional\"\nlevel")], "name_id");
    assert!(either.contains("s00000000, a colon, nine digits") && either != rule(&[], "name_id"), "{either}");

    let kept = |changes: &[(&str, &str)]| format!("{:?}", in_preproduction(&broker(changes)).profile().unwrap());
    let more = "attribute_names = { nin = \"burgerservicenummer\" }\nattributes = [\"initials\"]\nlevel";
    assert!(kept(&[("level", more)]).contains("burgerservicenummer") && kept(&[("level", more)]).contains("initials"));
    assert_ne!(kept(&[("level", "representation = true\nlevel")]), kept(&[]));
    assert_ne!(kept(&[("\"substantial\"", "\"high\"")]), kept(&[]));
    let other = ("https://was-preprod1.digid.nl/saml/idp/metadata", "https://other.example.nl");
    assert!(kept(&[other]).contains("https://other.example.nl"));
    let none = broker(&[("[\"https://was-preprod1.digid.nl/saml/idp/metadata\"]", "[]")]);
    assert_eq!(in_preproduction(&none).profile().unwrap_err().code(), "config_no_authority");
}

/// The shortest file of a portal at DigiD itself.
pub(crate) const DIGID: &str = r#"
[preproduction]
profile = "digid"
[preproduction.portal]
base_url = "https://portal.example.nl"
organisation = "Gemeente Voorbeeld"
[preproduction.login]
level = "substantial"
[preproduction.identity_provider]
metadata = "metadata/broker-preproduction.xml"
trust_keys = ["keys/broker-signing.crt.pem"]
[preproduction.keys.signing]
key = "keys/service-provider.key.pem"
certificate = "keys/service-provider.crt.pem"
[preproduction.back_channel]
roots = "keys/broker-signing.crt.pem"
[preproduction.back_channel.client]
key = "keys/service-provider.key.pem"
certificate = "keys/service-provider.crt.pem"
"#;
