//! Entries about what is configured: keys, algorithms, signatures, stores, people.

use saml_digid::{Environment, LevelOfAssurance, Profile, SIMULATOR};
use saml_forge::attack::{self, Carrier};
use saml_forge::{Answer, Failure, Outcome, Signed};
use saml_response::{ResponsePolicy, SignatureRequirement, Trace};
use saml_tests::say;
use saml_xml::{Document, ParseOptions};
use saml_xml_security::{AlgorithmPolicy, Error as SignatureError, SignOptions, SignatureAlgorithm, sign, verify};

use crate::world::{CITIZEN, World, answer, genuine, good, keys, refused};

#[test]
fn att_059_fail_open_without_key() {
    let without = World { keys: Vec::new(), ..World::new() };
    for signed in [Signed::Assertion, Signed::Both, Signed::Response] {
        World::new().accepts(&genuine(signed));
        without.rejects(&genuine(signed), "signature_no_key");
    }
    refused("att_059_fail_open_without_key");
}

#[test]
fn att_060_optional_signature_policy() {
    let own = World { profile: World::new().profile.with_signatures(SignatureRequirement::Assertion), ..World::new() };
    for signed in [Signed::Assertion, Signed::Both, Signed::Response] {
        World::new().accepts(&genuine(signed));
    }
    own.accepts(&genuine(Signed::Assertion));
    own.accepts(&genuine(Signed::Both));
    own.rejects(&genuine(Signed::Response), "signature_missing");
    // What is there must hold, whatever is required: a broken one is not passed over for the other.
    let broken = genuine(Signed::Both).replacen("<ds:SignatureValue>", "<ds:SignatureValue>AAAA", 1);
    World::new().rejects(&broken, "signature_invalid");
    say("ATT-060 optional_signature_policy: signature_missing, signature_invalid");
}

#[test]
fn att_064_expired_or_revoked_cert() {
    let next = keys()[1].verifying_key().clone();
    let both = World { keys: vec![keys()[0].verifying_key().clone(), next.clone()], ..World::new() };
    let rolled = World { keys: vec![next], ..World::new() };
    both.accepts(&genuine(Signed::Both));
    rolled.rejects(&genuine(Signed::Both), "signature_invalid");
    say("ATT-064 expired_or_revoked_cert: signature_invalid for a key that metadata lists no more");
}

#[test]
fn att_069_key_type_mismatch() {
    refused("att_069_key_type_mismatch");
    // Where the policy has the algorithm, the kind of key refuses it, and then the padding.
    let signed = genuine(Signed::Response);
    for (uri, code) in [
        ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", "signature_key_type"),
        ("http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1", "signature_invalid"),
    ] {
        let changed = signed.replacen("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", uri, 1);
        let options = ParseOptions::message();
        let document = Document::parse(changed.as_bytes(), &options).unwrap();
        let trusted = [keys()[0].verifying_key().clone()];
        let error = verify(document.root(), &trusted, &AlgorithmPolicy::modern(), &options).unwrap_err();
        assert_eq!(error.code(), code);
    }
}

#[test]
fn att_115_replay_key_malleable() {
    let (first, _) = World::new().traced(genuine(Signed::Assertion).as_bytes(), false).unwrap();
    let xml = genuine(Signed::Assertion);
    for again in [
        genuine(Signed::Both),
        xml.replacen(" ID=\"", " ID=\"_other", 1),
        xml.replacen("<samlp:Status>", "<samlp:Extensions/><samlp:Status>", 1),
        format!("\u{FEFF}{xml}\n"),
        format!("<?xml version='1.0' encoding='utf-8'?>\r\n{xml}"),
    ] {
        let (again, _) = World::new().traced(again.as_bytes(), false).unwrap();
        assert_eq!((again.issuer(), again.id()), (first.issuer(), first.id()));
    }
    say("ATT-115 replay_key_malleable: issuer and ID of the verified assertion are the same, however it is written");
}

#[test]
fn att_118_one_time_use_ignored() {
    // With or without the condition, the assertion has an end until which it is remembered.
    let xml = answer().write(&keys()[0]).unwrap();
    let (assertion, _) = World::new().traced(xml.as_bytes(), false).unwrap();
    assert!(assertion.replay_until() > World::new().now);
    say("ATT-118 one_time_use_ignored: every assertion is remembered until its end");
}

#[test]
fn att_144_status_message_injection() {
    refused("att_144_status_message_injection");
    let attack = attack::all().find(|attack| attack.id == "ATT-144").unwrap();
    for variant in attack.variants(good()).unwrap() {
        let (error, trace) = World::new().traced(&variant.message, false).unwrap_err();
        let shown = format!("{error} {error:?} {trace:?}");
        for text in ["script", "logged in", "31m", "xxxxxxxx", "\u{9b}"] {
            assert!(!shown.contains(text), "{}: {text}", variant.name);
        }
    }
}

#[test]
fn att_205_bsn_in_logs() {
    let failed = Answer { outcome: Outcome::Failure(Failure::cancelled()), ..answer() };
    let mut seen = vec![failed.write(&keys()[0]).unwrap().into_bytes()];
    for attack in attack::all().filter(|attack| attack.carrier == Carrier::Response) {
        seen.extend(attack.variants(good()).unwrap().into_iter().map(|variant| variant.message));
    }
    for message in seen {
        let shown = match World::new().traced(&message, false) {
            Ok((assertion, mut trace)) => {
                let subject = World::new().profile.subject(&assertion, &mut trace);
                format!("{assertion:?} {:?} {trace:?} {subject:?}", assertion.name_id())
            }
            Err((error, trace)) => format!("{error} {error:?} {trace:?}"),
        };
        assert!(!shown.contains(CITIZEN), "{shown}");
        assert!(!shown.contains("123456782"), "{shown}");
    }
    say("ATT-205 bsn_in_logs: no trace, error or debug form of any attack shows a number");
}

#[test]
fn att_209_preprod_metadata_in_prod() {
    let profile = |environment, authority: &str| {
        Profile::signicat_broker(environment, LevelOfAssurance::Middle, [authority.to_owned()])
            .map_err(|error| error.code())
    };
    assert!(profile(Environment::PreProduction, SIMULATOR).is_ok());
    assert!(profile(Environment::Production, Environment::Production.digid()).is_ok());
    for authority in [SIMULATOR, Environment::PreProduction.digid()] {
        assert_eq!(profile(Environment::Production, authority), Err("config_test_authority"));
    }
    say("ATT-209 preprod_metadata_in_prod: config_test_authority");
}

#[test]
fn att_212_golden_saml() {
    // A stolen key forges everything; the key that was used is in the trace, and the request must still be ours.
    let (_, trace) = World::new().traced(genuine(Signed::Both).as_bytes(), false).unwrap();
    let fingerprint = keys()[0].verifying_key().sha256_fingerprint();
    assert!(trace.records().iter().any(|record| record.found.to_string().contains(fingerprint)));
    let mut golden = answer();
    "_guessed".clone_into(&mut golden.request.request_id);
    World::new().rejects(&golden.write(&keys()[0]).unwrap(), "in_response_to");
    say("ATT-212 golden_saml: the trace names the key; in_response_to");
}

#[test]
fn a_policy_has_no_way_to_switch_signatures_off() {
    let requirements = [SignatureRequirement::Assertion, SignatureRequirement::AssertionOrResponse];
    for requirement in requirements {
        assert_eq!(ResponsePolicy::web_sso().with_signatures(requirement).signatures(), requirement);
    }
    let unsigned = sign(
        "<a ID='_1'/>",
        &keys()[0],
        &SignOptions { signature: SignatureAlgorithm::EcdsaSha256, ..SignOptions::default() },
    );
    assert!(matches!(unsigned, Err(SignatureError::KeyType { .. })));
    assert_eq!(Trace::new().records(), []);
}
