//! Messages that real systems signed: accepted as they are, and rejected for the right reason after one change.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use saml_digid::{DIGID_PRODUCTION, Environment, LevelOfAssurance, Profile, SIMULATOR};
use saml_metadata::Metadata;
use saml_protocol::{encrypted_parts, parse_date_time};
use saml_response::ClockSkew;
use saml_tests::{Setting, certificate, corpus, identity_provider, read};
use saml_xml::{Document, Element, ParseOptions};
use saml_xml_security::{AlgorithmPolicy, Authenticated, DecryptionKey, Decryptor};

const BROKER_ANSWERS: [&str; 3] =
    ["cannot_resume_someone_elses_submission", "login_with_a_high_loa_succeeds", "resuming_a_suspended_submission"];

/// An answer of the real Signicat broker, and the setting in which it was received.
fn broker_answers(corpus: &Path) -> Vec<(Vec<u8>, Setting)> {
    let signicat = corpus.join("signicat");
    let pinned = certificate(&signicat.join("broker-signing-cert-pre-2023-2027.pem"));
    let metadata = signicat.join("signicat-broker-idp-metadata-2024-07.xml");
    let (partner, keys) = identity_provider(&metadata, Some(pinned));
    let mut found: Vec<_> = std::fs::read_dir(signicat.join("open-forms-vcr"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_str().unwrap().ends_with("SOAP-response.xml"))
        .collect();
    found.sort();
    assert_eq!(found.len(), BROKER_ANSWERS.len(), "{found:?}");
    found
        .iter()
        .map(|path| {
            let answer = read(path);
            let setting = Setting {
                profile: broker_profile(&[DIGID_PRODUCTION, SIMULATOR]),
                partner: partner.clone(),
                keys: keys.clone(),
                decryption_keys: Vec::new(),
                entity_id: "https://localhost:8000".to_owned(),
                acs: "https://localhost:8000/digid/acs/".to_owned(),
                request_id: attribute_of(&answer, "Response", "InResponseTo"),
                level: None,
                at: time(&attribute_of(&answer, "Assertion", "IssueInstant")),
            };
            (answer, setting)
        })
        .collect()
}

fn broker_profile(authorities: &[&str]) -> Profile {
    let authorities = authorities.iter().map(|authority| (*authority).to_owned());
    Profile::signicat_broker(Environment::PreProduction, LevelOfAssurance::Basic, authorities).unwrap()
}

fn time(text: &str) -> DateTime<Utc> {
    parse_date_time(text).unwrap()
}

fn attribute_of(xml: &[u8], element: &str, attribute: &str) -> String {
    let document = Document::parse(xml, &ParseOptions::message()).unwrap();
    let element = document.elements().find(|found| found.local_name() == element).unwrap();
    element.attribute(attribute).unwrap().to_owned()
}

#[test]
fn answers_of_the_real_broker_are_accepted_at_their_own_time() {
    let Some(corpus) = corpus(BROKER_ANSWERS.len(), "real broker answers") else { return };
    for (answer, setting) in broker_answers(&corpus) {
        let assertion = setting.judge(&answer, true).unwrap();
        assert_eq!(assertion.authority(), Some(SIMULATOR));
        assert!(LevelOfAssurance::from_uri(assertion.level().unwrap()).unwrap() >= LevelOfAssurance::Middle);
    }
}

#[test]
fn answers_of_the_real_broker_are_rejected_in_another_setting() {
    let Some(corpus) = corpus(8 * BROKER_ANSWERS.len(), "real broker answers in another setting") else { return };
    for (answer, setting) in broker_answers(&corpus) {
        let end =
            time(&attribute_of(&answer, "SubjectConfirmationData", "NotOnOrAfter")) + ClockSkew::MINUTE.as_delta();
        let judge = |change: &dyn Fn(&mut Setting)| {
            let mut setting = setting.clone();
            change(&mut setting);
            setting.judge(&answer, true).map(|_| ())
        };
        assert_eq!(judge(&|setting| setting.at = end - TimeDelta::seconds(1)), Ok(()));
        assert_eq!(judge(&|setting| setting.at = end + TimeDelta::seconds(1)), Err("confirmation_expired"));
        assert_eq!(judge(&|setting| setting.at -= TimeDelta::seconds(62)), Err("issue_instant"));
        assert_eq!(
            judge(&|setting| setting.profile = broker_profile(&[DIGID_PRODUCTION])),
            Err("authenticating_authority")
        );
        assert_eq!(judge(&|setting| setting.entity_id.push('/')), Err("audience_restriction"));
        assert_eq!(judge(&|setting| setting.acs.push('x')), Err("destination"));
        assert_eq!(judge(&|setting| setting.request_id.push('7')), Err("in_response_to"));
        assert_eq!(judge(&|setting| setting.partner.push('/')), Err("issuer"));
    }
}

#[test]
fn each_of_200_changed_bytes_is_noticed() {
    let Some(corpus) = corpus(200 * BROKER_ANSWERS.len(), "real broker answers with one byte changed") else { return };
    for (answer, setting) in broker_answers(&corpus) {
        let places = signed_bytes(&answer);
        assert!(places.len() > 2000, "{}", places.len());
        for step in 0..200 {
            let (place, expected) = places[step * places.len() / 200];
            let mut changed = answer.clone();
            changed[place] = if changed[place] == b'7' { b'8' } else { b'7' };
            let found = setting.judge(&changed, true).map(|_| ());
            assert_eq!(
                found,
                Err(expected),
                "byte {place} of {}",
                String::from_utf8_lossy(&answer[place - 40..=place])
            );
        }
    }
}

/// Returns the letters and digits in values that the outer signature covers, each with the code that must reject a
/// change.
fn signed_bytes(answer: &[u8]) -> Vec<(usize, &'static str)> {
    let document = Document::parse(answer, &ParseOptions::message()).unwrap();
    let named =
        |parent: Element<'_>, name: &str| parent.children().find(|child| child.local_name() == name).unwrap().id();
    let message = document.elements().find(|element| element.local_name() == "ArtifactResponse").unwrap();
    let range = |id| document.element(id).unwrap().source_range();
    let signature = range(named(message, "Signature"));
    let issuer = range(named(message, "Issuer"));
    let id = document.source().find(&format!("ID=\"{}\"", message.attribute("ID").unwrap())).unwrap();
    let id = id..id + message.attribute("ID").unwrap().len() + 4;

    let mut places = Vec::new();
    let (mut in_tag, mut in_value, mut is_namespace) = (false, false, false);
    for (place, byte) in answer.iter().enumerate() {
        match byte {
            b'<' => in_tag = true,
            b'>' if !in_value => in_tag = false,
            b'"' if in_tag => {
                in_value = !in_value;
                let name = answer[..place].rsplit(|byte| *byte == b' ').next().unwrap();
                is_namespace = in_value && name.starts_with(b"xmlns");
            }
            _ => {}
        }
        let is_content = (in_value && !is_namespace || !in_tag) && byte.is_ascii_alphanumeric();
        if is_content && message.source_range().contains(&place) && !signature.contains(&place) {
            places.push((
                place,
                if id.contains(&place) {
                    "signature_reference_uri"
                } else if issuer.contains(&place) {
                    "issuer"
                } else {
                    "signature_digest_mismatch"
                },
            ));
        }
    }
    places
}

#[test]
fn the_broker_metadata_verifies_and_the_reformatted_one_is_refused() {
    let Some(corpus) = corpus(2, "broker metadata") else { return };
    let signicat = corpus.join("signicat");
    let pinned = [certificate(&signicat.join("broker-signing-cert-pre-2023-2027.pem"))];
    let verify = |name: &str| Metadata::verify(&read(&signicat.join(name)), &pinned, &AlgorithmPolicy::modern());

    let provider = verify("signicat-broker-idp-metadata-2024-07.xml").unwrap().identity_provider().unwrap();
    assert_eq!(provider.valid_until(), Some(time("2027-04-04T11:33:38Z")));
    assert_eq!(provider.single_sign_on().len(), 3);
    let refused = verify("signicat-broker-idp-metadata-2023-08.xml").unwrap_err();
    assert_eq!(refused.code(), "signature_digest_mismatch");
}

#[test]
fn the_answer_of_the_real_digid_is_accepted() {
    let Some(corpus) = corpus(3, "real DigiD answers") else { return };
    let digid = corpus.join("digid/nl-rdo-max");
    let answer = read(&digid.join("artifact_response_digid.verifying.xml"));
    let setting = Setting {
        profile: Profile::digid(LevelOfAssurance::Basic),
        partner: "https://was-preprod1.digid.nl/saml/idp/metadata".to_owned(),
        keys: vec![certificate(&digid.join("saml-sign.pp1.digid.nl.pem"))],
        decryption_keys: Vec::new(),
        entity_id: "https://siam1.test.anoigo.nl/aselectserver/server".to_owned(),
        acs: "https://siam1.test.anoigo.nl/aselectserver/server/saml20_assertion_digid".to_owned(),
        request_id: "R420E6AD06378813AAB6AE1F6253004393EAB14AD160312410".to_owned(),
        level: Some(LevelOfAssurance::Middle.authn_context_class().to_owned()),
        at: time("2021-08-17T14:05:30Z"),
    };
    assert!(setting.judge(&answer, true).is_ok());
    let higher = Setting { level: Some(LevelOfAssurance::High.authn_context_class().to_owned()), ..setting.clone() };
    assert_eq!(higher.judge(&answer, true).map(|_| ()), Err("level_too_low"));
    // Upstream's copy was pretty-printed, which changes what is signed.
    let reformatted = read(&digid.join("artifact_response_digid.xml"));
    assert_eq!(setting.judge(&reformatted, true).map(|_| ()), Err("signature_digest_mismatch"));
}

/// The variant of a capture, and the code that must reject it; `Ok` for those to be accepted.
const CAPTURES: &[(&str, Result<(), &str>)] = &[
    ("simplesamlphp/assertion-signed", Ok(())),
    ("simplesamlphp/assertion-signed-postreq", Ok(())),
    ("simplesamlphp/authncontext-ignored", Ok(())),
    ("simplesamlphp/both-signed", Ok(())),
    ("simplesamlphp/longlived-assertion-signed", Ok(())),
    ("simplesamlphp/longlived-both-signed", Ok(())),
    ("simplesamlphp/persistent-nameid", Ok(())),
    ("simplesamlphp/response-signed", Ok(())),
    ("simplesamlphp/rsa-sha512", Ok(())),
    ("simplesamlphp/slo-login-idp", Ok(())),
    ("simplesamlphp/slo-login-idp-post", Ok(())),
    ("simplesamlphp/slo-login-post", Ok(())),
    ("simplesamlphp/slo-login-postonly", Ok(())),
    ("simplesamlphp/slo-login-redirect", Ok(())),
    ("simplesamlphp/rsa-sha1", Err("signature_algorithm")),
    ("simplesamlphp/error-cancel", Err("status_authn_failed")),
    ("simplesamlphp/error-nopassive", Err("status_no_passive")),
    ("simplesamlphp/encrypted-assertion-response-signed", Ok(())),
    ("simplesamlphp/encrypted-nameid", Ok(())),
    ("simplesamlphp/longlived-encrypted-assertion", Ok(())),
    // AES-CBC that no signature covers.
    ("simplesamlphp/encrypted-assertion", Err("encryption_algorithm")),
    ("npm-samlp/assertion-signed", Ok(())),
    ("npm-samlp/assertion-signed-postreq", Ok(())),
    ("npm-samlp/both-signed", Ok(())),
    ("npm-samlp/response-signed", Ok(())),
    ("npm-samlp/slo-login", Ok(())),
    ("npm-samlp/encrypted-assertion", Ok(())),
    ("npm-samlp/encrypted-assertion-aes128gcm", Ok(())),
    ("npm-samlp/encrypted-assertion-response-signed", Ok(())),
    ("npm-samlp/encrypted-assertion-response-signed-inner-unsigned", Ok(())),
    ("npm-samlp/encrypted-assertion-3des", Err("encryption_algorithm")),
    ("npm-samlp/rsa-sha1", Err("signature_algorithm")),
    ("npm-samlp/error", Err("status_responder")),
];

fn capture(corpus: &Path, variant: &str) -> (Vec<u8>, Setting) {
    let folder = corpus.join("captures").join(variant);
    let meta: serde_json::Value = serde_json::from_slice(&read(&folder.join("meta.json"))).unwrap();
    let text = |name: &str| meta[name].as_str().unwrap().to_owned();
    let (partner, keys) = identity_provider(&folder.join("../idp-metadata.xml"), None);
    let setting = Setting {
        profile: Profile::web_sso(),
        partner,
        keys,
        decryption_keys: vec![DecryptionKey::from_pem(&read(&corpus.join("captures/keys/sp.key"))).unwrap()],
        entity_id: text("sp_entity_id"),
        acs: text("acs"),
        request_id: text("request_id"),
        level: None,
        at: time(&text("captured_at")),
    };
    (std::fs::read(folder.join("response.xml")).unwrap_or_default(), setting)
}

#[test]
fn captured_answers_of_other_identity_providers_give_their_result() {
    let Some(corpus) = corpus(CAPTURES.len(), "captured answers") else { return };
    for (variant, expected) in CAPTURES {
        let (answer, setting) = capture(&corpus, variant);
        assert_eq!(setting.judge(&answer, false).map(|_| ()), *expected, "{variant}");
    }
}

#[test]
fn an_answer_at_another_level_than_asked_for_is_rejected() {
    let Some(corpus) = corpus(1, "captured answers at another level") else { return };
    let (answer, mut setting) = capture(&corpus, "simplesamlphp/authncontext-ignored");
    setting.level = Some(LevelOfAssurance::High.authn_context_class().to_owned());
    assert_eq!(setting.judge(&answer, false).map(|_| ()), Err("level"));
}

#[test]
fn an_encrypted_assertion_needs_our_key() {
    let Some(corpus) = corpus(2, "captured encrypted answers with another key") else { return };
    let (answer, mut setting) = capture(&corpus, "npm-samlp/encrypted-assertion");
    setting.decryption_keys = vec![DecryptionKey::from_pem(&read(&corpus.join("captures/keys/sp-tls.key"))).unwrap()];
    assert_eq!(setting.judge(&answer, false).map(|_| ()), Err("decryption_failed"));
    setting.decryption_keys.clear();
    assert_eq!(setting.judge(&answer, false).map(|_| ()), Err("encrypted_assertion"));
}

#[test]
fn an_encrypted_identifier_is_read_and_needs_our_key() {
    let Some(corpus) = corpus(3, "captured answers with an encrypted identifier") else { return };
    let (answer, mut setting) = capture(&corpus, "simplesamlphp/encrypted-nameid");
    assert_eq!(setting.judge(&answer, false).unwrap().name_id().expose(), "s00000000:999990019");
    setting.decryption_keys = vec![DecryptionKey::from_pem(&read(&corpus.join("captures/keys/sp-tls.key"))).unwrap()];
    assert_eq!(setting.judge(&answer, false).map(|_| ()), Err("decryption_failed"));
    setting.decryption_keys.clear();
    assert_eq!(setting.judge(&answer, false).map(|_| ()), Err("encrypted"));
}

#[test]
fn cbc_that_no_signature_covers_is_opened_where_the_profile_accepts_the_danger() {
    let Some(corpus) = corpus(2, "captured answers in CBC without a signature over it") else { return };
    let (answer, mut setting) = capture(&corpus, "simplesamlphp/encrypted-assertion");
    assert_eq!(setting.judge(&answer, false).map(|_| ()), Err("encryption_algorithm"));
    setting.profile = setting.profile.danger_accept_cbc_without_signature();
    assert_eq!(setting.judge(&answer, false).map(|_| ()), Ok(()));
}

#[test]
fn the_encrypted_identifiers_of_stelsel_toegang_have_the_form_that_we_open() {
    const NAMES: [&str; 2] = ["urn:nl-eid-gdi:1.0:ActingSubjectID", "urn:nl-eid-gdi:1.0:LegalSubjectID"];
    let Some(corpus) = corpus(2, "real encrypted identifiers, of which nobody has the key") else { return };
    let key = DecryptionKey::from_pem(&read(&corpus.join("captures/keys/sp.key"))).unwrap();
    for (file, recipient) in [
        ("cluster_response.xml", "urn:nl-eid-gdi:1.0:DV:00000002003182447001:entities:9888"),
        ("test-saml-art.tvs.xml", "urn:nl-eid-gdi:1.0:DV:00000002006756402002:entities:9999"),
    ] {
        let message = read(&corpus.join("digid/nl-rdo-max").join(file));
        let document = Document::parse(&message, &ParseOptions::metadata()).unwrap();
        let response = document.elements().find(|element| element.local_name() == "Response").unwrap();
        let assertion = response.children().find(|child| child.local_name() == "Assertion").unwrap();
        let found = encrypted_parts(assertion, &NAMES.map(str::to_owned));
        assert_eq!(found.len(), 1, "{file}: what stands in the advice is passed over");
        let open = |recipient: &str, authenticated| {
            Decryptor::new(std::slice::from_ref(&key), recipient)
                .decrypt(&found, authenticated)
                .map(|_| ())
                .map_err(|error| error.code())
        };
        assert_eq!(open(recipient, Authenticated::BySignature), Err("decryption_failed"), "{file}");
        assert_eq!(open("urn:other", Authenticated::BySignature), Err("encryption_recipient"), "{file}");
        assert_eq!(open(recipient, Authenticated::No), Err("encryption_algorithm"), "{file}");
    }
}

#[test]
fn captured_answers_for_an_artifact_give_their_result() {
    let Some(corpus) = corpus(3, "captured answers for an artifact") else { return };
    for (variant, expected) in [
        ("artifact", Ok(())),
        ("error-cancel-artifact", Err("status_authn_failed")),
        // The outer signature is broken by the peer itself.
        ("artifact-encrypted", Err("signature_digest_mismatch")),
    ] {
        let (_, setting) = capture(&corpus, &format!("simplesamlphp/{variant}"));
        let answer = read(&corpus.join(format!("captures/simplesamlphp/{variant}/artifact-response.xml")));
        assert_eq!(setting.judge(&answer, true).map(|_| ()), expected, "{variant}");
    }
}

#[test]
fn an_artifact_that_was_used_gives_a_signed_answer_without_a_message() {
    const VARIANTS: [&str; 3] = ["artifact", "artifact-encrypted", "error-cancel-artifact"];
    let Some(corpus) = corpus(VARIANTS.len(), "captured answers for a used artifact") else { return };
    for variant in VARIANTS {
        let (_, setting) = capture(&corpus, &format!("simplesamlphp/{variant}"));
        let answer = read(&corpus.join(format!("captures/simplesamlphp/{variant}/artifact-response-second-use.xml")));
        assert_eq!(setting.judge(&answer, true).map(|_| ()), Err("artifact_resolved"), "{variant}");
    }
}

#[test]
fn shapes_of_failure_whose_signatures_were_lost_are_refused_before_their_status_is_read() {
    const FILES: [&str; 2] = ["login_cancelled.xml", "request_denied.xml"];
    let Some(corpus) = corpus(FILES.len(), "anonymised failures") else { return };
    let (_, setting) = capture(&corpus, "simplesamlphp/artifact");
    for file in FILES {
        let answer = read(&corpus.join("digid/nl-rdo-max").join(file));
        let document = Document::parse(&answer, &ParseOptions::metadata()).unwrap();
        let issuer = document.elements().find(|element| element.local_name() == "Issuer").unwrap();
        let partner = issuer.text().unwrap().trim().to_owned();
        let verdict = Setting { partner, ..setting.clone() }.judge(&answer, true).map(|_| ());
        assert!(verdict.is_err_and(|code| code.starts_with("signature_")), "{file}: {verdict:?}");
    }
}
