//! Our metadata, and the keys in it and behind it.

use saml_config::AnswerBinding;
use saml_metadata::Metadata;
use saml_protocol::Binding;
use saml_sp::RequestBinding;
use saml_xml_security::{AlgorithmPolicy, VerifyingKey};

use crate::{DIGID, broker, changed, fixtures, in_preproduction, now};

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
    assert_eq!(portal.signing_keys(), std::slice::from_ref(&key));
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

    let more = "[preproduction.login]\nservice = \"375b1cb1-14b7-42e9-a534-16cc4d8997b0\"\n\
                authorities = [\"urn:nl-eid-gdi:1.0:AD:00000004166909913000:entities:9002\"]\n";
    let decryption = "[[preproduction.keys.decryption]]\nkey = \"keys/service-provider.key.pem\"\n\
                      certificate = \"keys/service-provider.crt.pem\"\n[preproduction.keys.signing]";
    let changes =
        [("\"digid\"", "\"st-saml\""), ("[preproduction.login]\n", more), ("[preproduction.keys.signing]", decryption)];
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
    let other = "[preproduction.back_channel.client]\nkey = \"keys/broker-signing.key.pem\"\n\
                 certificate = \"keys/broker-signing.crt.pem\"";
    let same = "[preproduction.back_channel.client]\nkey = \"keys/service-provider.key.pem\"\n\
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
    let next = "[preproduction.keys.next]\nkey = \"keys/broker-signing-next.key.pem\"\n\
                certificate = \"keys/broker-signing-next.crt.pem\"\npublish = \"both\"\nsigns_from = 2026-06-01T00:00:00Z\n\
                [preproduction.keys.signing]";
    let deployment = broker(&[("[preproduction.keys.signing]", next)]);
    let parts = in_preproduction(&deployment);
    let (before, after) = (now(), "2026-06-01T00:00:00Z".parse().unwrap());
    let schedule = parts.key_schedule().unwrap();
    assert_eq!((schedule.published(before).len(), schedule.published(after).len()), (2, 1));
    assert_ne!(schedule.signs(before).verifying_key(), schedule.signs(after).verifying_key());
    assert!(parts.metadata(before).is_ok() && parts.metadata(after).is_ok());

    let deployment = broker(&[("[preproduction.keys.signing]", &next.replace("-next.", "."))]);
    let other = broker(&[("[preproduction.keys.signing]", &next.replace("broker-signing-next", "service-provider"))]);
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
fn logouts_over_soap_are_for_digid_itself_and_need_single_sign_on_there() {
    let registration = "[preproduction.registration]\nweb_service_name = \"Mijn Voorbeeld\"\nsingle_sign_on = true\n\
                        [preproduction.login]\nforce_authn = false";
    let changes = [("[preproduction.login]", registration), ("organisation", "single_logout = true\norganisation")];
    let digid = changed("preproduction", DIGID, &changes);
    let parts = in_preproduction(&digid);
    assert_eq!(parts.conflicts(), []);
    let single_logout = parts.single_logout().unwrap().unwrap();
    assert_eq!(single_logout.soap_endpoint(), Some("https://portal.example.nl/saml/slo/soap"));
    let metadata = parts.unsigned_metadata(&parts.key_schedule().unwrap(), now()).unwrap();
    let bindings: Vec<_> = metadata.single_logout.iter().map(|endpoint| endpoint.binding).collect();
    assert_eq!(bindings, [Binding::HttpRedirect, Binding::Soap]);
    let broker = broker(&[("organisation", "single_logout = true\norganisation")]);
    assert_eq!(in_preproduction(&broker).single_logout().unwrap().unwrap().soap_endpoint(), None);
}
