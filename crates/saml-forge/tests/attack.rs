//! The attacks: made of any good message, each variant with a name of its own and a twin that it differs from.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::Path;

use saml_forge::attack::{self, Carrier};
use saml_forge::{GoodMessage, Keys, Signed};
use saml_xml::{Document, ParseOptions};
use saml_xml_security::{AlgorithmPolicy, SigningKey, verify};

fn fixture(file: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(file)).unwrap()
}

fn key(name: &str) -> SigningKey {
    let part = |kind: &str| fixture(&format!("keys/{name}.{kind}.pem"));
    SigningKey::from_pem(&part("key"), &part("crt")).unwrap()
}

fn captured() -> GoodMessage {
    // Not the key that the file is signed with, and one of 2048 bits, as thousands of messages are signed with it.
    let keys = Keys {
        identity_provider: key("broker-signing-next"),
        attacker: key("broker-signing"),
        recipient: key("service-provider").verifying_key().clone(),
    };
    let xml = String::from_utf8(fixture("responses/response-attributes.xml")).unwrap();
    GoodMessage::captured(&xml, keys, "s00000000:123456782").unwrap()
}

#[test]
fn a_captured_message_gives_every_attack() {
    let good = captured();
    for attack in attack::all() {
        let variants = attack.variants(&good).unwrap_or_else(|error| panic!("{}: {error}", attack.id));
        let names: BTreeSet<&str> = variants.iter().map(|variant| variant.name.as_str()).collect();
        assert!(!names.is_empty(), "{}", attack.id);
        assert_eq!(names.len(), variants.len(), "{}: a name stands twice", attack.id);
        assert!(variants.iter().all(|variant| variant.message != variant.twin), "{}", attack.id);
    }
}

#[test]
fn a_captured_message_is_signed_anew() {
    let options = ParseOptions::message();
    let trusted = [key("broker-signing-next").verifying_key().clone()];
    let holds = |xml: &str, path: &[&str]| {
        let document = Document::parse(xml.as_bytes(), &options).unwrap();
        let element = path
            .iter()
            .try_fold(document.root(), |element, name| element.children().find(|child| child.local_name() == *name));
        verify(element.unwrap(), &trusted, &AlgorithmPolicy::rsa(), &options).is_ok()
    };
    for (signed, response, assertion) in
        [(Signed::Assertion, false, true), (Signed::Both, true, true), (Signed::Response, true, false)]
    {
        let xml = captured().signed(signed);
        assert_eq!((holds(&xml, &[]), holds(&xml, &["Assertion"])), (response, assertion), "{signed:?}");
    }
}

#[test]
fn a_captured_message_with_other_prefixes_gives_the_same_attacks() {
    let xml = String::from_utf8(fixture("responses/response-attributes.xml")).unwrap();
    let other = xml.replace("saml:", "a:").replace("xmlns:saml=", "xmlns:a=").replace("samlp", "p");
    assert_ne!(other, xml);
    let usual = captured();
    let good = GoodMessage::captured(&other, usual.keys().clone(), "s00000000:123456782").unwrap();
    for attack in attack::all().filter(|attack| attack.carrier == Carrier::Response && !attack.is_encrypted()) {
        assert_eq!(attack.variants(&good).unwrap(), attack.variants(&usual).unwrap(), "{}", attack.id);
    }
}

#[test]
fn what_is_no_answer_with_an_assertion_is_refused() {
    let keys = captured().keys().clone();
    let refused = |xml: &str| GoodMessage::captured(xml, keys.clone(), "x").unwrap_err().code();
    assert_eq!(refused("<a/>"), "forge_part");
    assert_eq!(refused("no XML"), "xml_syntax");
}

#[test]
fn an_attack_is_made_alike_each_time_but_for_what_is_encrypted() {
    let good = captured();
    for attack in attack::all().filter(|attack| attack.carrier == Carrier::Form) {
        assert_eq!(attack.variants(&good).unwrap(), attack.variants(&good).unwrap(), "{}", attack.id);
    }
}

#[test]
fn one_variant_is_the_same_as_among_all() {
    let good = captured();
    for attack in attack::all().filter(|attack| !attack.is_encrypted()) {
        let variants = attack.variants(&good).unwrap();
        for index in [0, variants.len() / 2, variants.len() - 1] {
            assert_eq!(attack.variant(&good, index).unwrap().as_ref(), variants.get(index), "{}", attack.id);
        }
        assert_eq!(attack.variant(&good, variants.len()).unwrap(), None);
    }
}

#[test]
fn every_attack_has_an_id_a_name_and_a_sentence() {
    for attack in attack::all() {
        let number = attack.id.strip_prefix("ATT-").unwrap();
        assert!(number.len() == 3 && number.bytes().all(|digit| digit.is_ascii_digit()), "{}", attack.id);
        assert!(attack.changes.split_whitespace().count() > 1, "{}", attack.id);
        assert!(attack.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'));
    }
}
