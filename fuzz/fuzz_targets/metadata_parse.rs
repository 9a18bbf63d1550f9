//! Properties: no bytes make the readers of metadata panic; what is read as a partner has a name, keys that are strong
//! enough and endpoints that a browser may be sent to; it is of one role; and where the file was signed anew with a
//! trusted key and holds, it says the same as the octets that were signed.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use saml_fuzz::{identity_provider_key, sign_anew};
use saml_metadata::Metadata;
use saml_xml_security::{AlgorithmPolicy, VerifyingKey};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(metadata) = Metadata::parse_unverified(bytes) {
        assert!(metadata.key_fingerprint().is_none());
        check(&metadata);
    }
    static TRUSTED: OnceLock<[VerifyingKey; 1]> = OnceLock::new();
    let trusted = TRUSTED.get_or_init(|| [identity_provider_key().verifying_key().clone()]);
    let Some(signed) = sign_anew(bytes) else { return };
    let Ok(verified) = Metadata::verify(signed.xml.as_bytes(), trusted, &AlgorithmPolicy::rsa()) else { return };
    assert_eq!(verified.key_fingerprint(), Some(trusted[0].sha256_fingerprint()));
    check(&verified);
    let octets = signed.octets.last().expect("something was signed");
    let plain = Metadata::parse_unverified(octets.as_bytes()).expect("what was signed is metadata");
    assert_eq!(plain.entity_id(), verified.entity_id());
    assert_eq!(plain.valid_until(), verified.valid_until());
    assert_eq!(plain.identity_provider(), verified.identity_provider());
    assert_eq!(plain.service_provider(), verified.service_provider());
});

fn check(metadata: &Metadata) {
    assert!(!metadata.entity_id().is_empty());
    assert!(metadata.require_entity_id(metadata.entity_id()).is_ok());
    if let Ok(provider) = metadata.identity_provider() {
        assert_eq!(provider.entity_id(), metadata.entity_id());
        assert!(!provider.signing_keys().is_empty());
        assert_eq!(provider.signing_keys().len(), provider.signing_key_names().len());
        for endpoint in provider.single_sign_on().iter().chain(provider.single_logout()) {
            assert_is_web(&endpoint.location);
        }
    }
    if let Ok(provider) = metadata.service_provider() {
        assert_eq!(provider.entity_id(), metadata.entity_id());
        for endpoint in provider.assertion_consumer_services() {
            assert_is_web(&endpoint.location);
        }
    }
}

fn assert_is_web(location: &str) {
    let is_web = ["https://", "http://"]
        .into_iter()
        .any(|scheme| location.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    assert!(is_web, "{location}");
    assert!(!location.chars().any(char::is_control), "{location}");
}
