//! What the signatures in a message cover, to the byte.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::sync::LazyLock;

use saml_response::{Coverage, ResponsePolicy, TrustedSender};
use saml_xml::{Document, ParseOptions};
use saml_xml_security::{Error, SignOptions, SigningKey, VerifyingKey, sign};

static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate_self_signed(2048, "partner", 0, 4_000_000_000).unwrap());
static OTHER: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate_self_signed(2048, "another", 0, 4_000_000_000).unwrap());

fn signed(xml: &str) -> String {
    sign(xml, &KEY, &SignOptions::default()).unwrap()
}

fn document(xml: &str) -> Document {
    Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap()
}

fn coverage_by(xml: &str, keys: &[VerifyingKey]) -> Coverage {
    let sender = TrustedSender { entity_id: "https://idp.example/saml", keys };
    Coverage::of(&document(xml), &sender, &ResponsePolicy::web_sso())
}

fn coverage(xml: &str) -> Coverage {
    coverage_by(xml, std::slice::from_ref(KEY.verifying_key()))
}

/// Returns how many signatures hold over the byte with which `word` begins.
fn holding(xml: &str, coverage: &Coverage, word: &str) -> usize {
    coverage.holding_at(xml.find(word).unwrap()).count()
}

#[test]
fn a_signature_covers_its_element_but_not_itself_and_nothing_around() {
    let xml = format!("<a>before{}after</a>", signed("<b ID='_1'>inside</b>"));
    let coverage = coverage(&xml);
    for (word, covering) in [
        ("<a>", 0),
        ("before", 0),
        ("<b ", 1),
        ("<ds:Signature ", 0),
        ("SignatureValue", 0),
        ("inside", 1),
        ("</b>", 1),
        ("after", 0),
    ] {
        assert_eq!(holding(&xml, &coverage, word), covering, "{word}");
    }
    let place = &coverage.signatures()[0];
    assert_eq!(place.bytes, xml.find("<b ").unwrap()..xml.find("after").unwrap());
    let end = xml.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    assert_eq!(place.signatures.len(), 1);
    assert_eq!(place.signatures[0], xml.find("<ds:Signature ").unwrap()..end);
    assert_eq!(place.outcome.as_ref().unwrap().key_fingerprint, KEY.verifying_key().sha256_fingerprint());
}

#[test]
fn a_signature_around_another_covers_that_too() {
    let inner = signed("<b ID='_1'>inside</b>");
    let xml = signed(&format!("<a ID='_0'>before{inner}</a>"));
    let coverage = coverage(&xml);
    assert_eq!((holding(&xml, &coverage, "before"), holding(&xml, &coverage, "inside")), (1, 2));
    let second = xml.rfind("<ds:SignatureValue>").unwrap();
    let over: Vec<_> = coverage.holding_at(second).map(|place| place.bytes.start).collect();
    assert_eq!(over, [0], "the inner signature is covered by the outer one alone");
}

#[test]
fn what_does_not_hold_covers_nothing_and_says_why() {
    let xml = signed("<b ID='_1'>inside</b>");
    let [good, changed] = [xml.clone(), xml.replace("inside", "beside")];
    assert_eq!(holding(&good, &coverage(&good), "inside"), 1);
    let judged = coverage(&changed);
    assert_eq!(holding(&changed, &judged, "beside"), 0);
    assert_eq!(judged.signatures()[0].outcome, Err(Error::DigestMismatch));

    let by_another = coverage_by(&good, std::slice::from_ref(OTHER.verifying_key()));
    assert_eq!(by_another.signatures()[0].outcome, Err(Error::SignatureInvalid { keys: 1 }));
    assert_eq!(coverage_by(&good, &[]).signatures()[0].outcome, Err(Error::NoKey));

    let (before, rest) = good.split_once("<ds:Signature ").unwrap();
    let (signature, after) = rest.split_once("</ds:Signature>").unwrap();
    let signature = format!("<ds:Signature {signature}</ds:Signature>");
    let twice = coverage(&format!("{before}{signature}{signature}{after}"));
    assert_eq!(twice.signatures()[0].outcome, Err(Error::SignatureCount { found: 2 }));
    assert_eq!(twice.signatures()[0].signatures.len(), 2);
    let elsewhere = coverage(&format!("{before}<c/>{signature}{after}"));
    assert_eq!(elsewhere.signatures()[0].outcome, Err(Error::SignaturePosition));
}

#[test]
fn more_signatures_than_any_message_has_are_not_tried() {
    let many = |count: usize| {
        let all: String = (0..count).map(|number| signed(&format!("<b ID='_{number}'>text</b>"))).collect();
        coverage(&format!("<a>{all}</a>"))
    };
    let (most, more) = (many(16), many(17));
    assert!(most.is_complete() && most.signatures().iter().all(|place| place.outcome.is_ok()));
    assert!(!more.is_complete());
    assert_eq!(more.signatures().len(), 16);
}
