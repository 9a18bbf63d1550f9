//! The attacks are sharp: what is genuine in them really is, so that a verifier which asks for less says yes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml_forge::attack::{self, Attack, Carrier, Variant};
use saml_xml::{Canonicalization, Document, Element, ParseOptions, canonicalize};
use saml_xml_security::{AlgorithmPolicy, SignatureAlgorithm, XMLDSIG_NAMESPACE, verify, verify_octets};

use crate::world::{good, keys};

#[test]
fn each_wrapping_attack_holds_an_element_whose_genuine_signature_verifies() {
    let wrapping = (22..=40).chain(51..=55).map(|number| format!("ATT-{number:03}"));
    let wrapping: Vec<String> = wrapping.filter(|id| !WITHOUT_A_SIGNED_ELEMENT.contains(&id.as_str())).collect();
    let blunt: Vec<String> = of_responses(|attack| wrapping.iter().any(|id| id == attack.id))
        .filter(|(attack, variant)| !CHANGED_ON_PURPOSE.contains(&(attack.id, &variant.name)))
        .filter(|(_, variant)| !holds_a_signed_element(&variant.message))
        .map(|(attack, variant)| format!("{} {}", attack.id, variant.name))
        .collect();
    assert!(blunt.is_empty(), "{} without a signed element:\n{}", blunt.len(), blunt.join("\n"));
}

#[test]
fn each_attack_that_is_signed_is_signed_with_the_genuine_key() {
    let mut count = 0;
    let blunt: Vec<String> = of_responses(|attack| attack.changes.ends_with("signed"))
        // A signature that the attack breaks, and those that parsers refuse, are for other tests.
        .filter(|(_, variant)| !variant.expect.starts_with("xml_") && variant.expect != "signature_value")
        .inspect(|_| count += 1)
        .filter(|(attack, variant)| {
            !NOT_SIGNED.contains(&(attack.id, &variant.name)) && !holds_a_signed_info(&variant.message)
        })
        .map(|(attack, variant)| format!("{} {}", attack.id, variant.name))
        .collect();
    assert!(count >= 250, "{count}");
    assert!(blunt.is_empty(), "{} of {count} without a genuine signature:\n{}", blunt.len(), blunt.join("\n"));
}

fn of_responses(wanted: impl Fn(&Attack) -> bool) -> impl Iterator<Item = (&'static Attack, Variant)> {
    attack::all()
        .filter(move |attack| attack.carrier == Carrier::Response && wanted(attack))
        .flat_map(|attack| attack.variants(good()).unwrap().into_iter().map(move |variant| (attack, variant)))
}

fn parse(message: &[u8]) -> Document {
    Document::parse(message, &ParseOptions::metadata()).unwrap()
}

/// Tells whether some signature, put where it belongs in the element that it refers to, verifies there.
fn holds_a_signed_element(message: &[u8]) -> bool {
    let document = parse(message);
    let options = ParseOptions::metadata();
    let trusted = [keys()[0].verifying_key().clone()];
    let mut signatures = document.elements().filter(|element| element.is(XMLDSIG_NAMESPACE, "Signature"));
    signatures.any(|signature| {
        let reference = descendant(signature, &["SignedInfo", "Reference"]);
        let uri = reference.and_then(|reference| reference.attribute("URI")).unwrap_or_default();
        let id = uri.trim_start_matches('#');
        document.elements().filter(|element| element.attribute("ID") == Some(id)).any(|element| {
            if verify(element, &trusted, &AlgorithmPolicy::modern(), &options).is_ok() {
                return true;
            }
            // Detached: an engine that finds the element by its ID takes the two together, and takes the signature out.
            let parts =
                signature.children().filter(|part| matches!(part.local_name(), "SignedInfo" | "SignatureValue"));
            let parts: String = parts.take(2).map(|part| canonical(part, None)).collect();
            let mut whole = without_signatures(canonical(element, Some(signature)));
            let Some(at) = whole.find("</saml:Issuer>").map(|at| at + "</saml:Issuer>".len()) else { return false };
            whole.insert_str(at, &format!("<ds:Signature xmlns:ds=\"{XMLDSIG_NAMESPACE}\">{parts}</ds:Signature>"));
            let whole = parse(whole.as_bytes());
            verify(whole.root(), &trusted, &AlgorithmPolicy::modern(), &options).is_ok()
        })
    })
}

fn without_signatures(xml: String) -> String {
    let document = parse(xml.as_bytes());
    match document.root().children().find(|child| child.is(XMLDSIG_NAMESPACE, "Signature")) {
        Some(signature) => without_signatures(canonical(document.root(), Some(signature))),
        None => xml,
    }
}

fn descendant<'d>(element: Element<'d>, path: &[&str]) -> Option<Element<'d>> {
    path.iter().try_fold(element, |element, name| element.children().find(|child| child.local_name() == *name))
}

fn canonical(element: Element<'_>, without: Option<Element<'_>>) -> String {
    let mut octets = Vec::new();
    let form = Canonicalization { without: without.map(Element::id), inclusive_prefixes: &["xs"] };
    canonicalize(element, &form, &mut octets);
    String::from_utf8(octets).unwrap()
}

/// Tells whether the value of some signature is one of the genuine key over its `SignedInfo`.
fn holds_a_signed_info(message: &[u8]) -> bool {
    let document = parse(message);
    let trusted = [keys()[0].verifying_key().clone()];
    let mut signatures = document.elements().filter(|element| element.is(XMLDSIG_NAMESPACE, "Signature"));
    signatures.any(|signature| {
        let value = descendant(signature, &["SignatureValue"]).and_then(|value| value.text().ok()).unwrap_or_default();
        let Ok(value) = STANDARD.decode(value) else { return false };
        let Some(signed_info) = descendant(signature, &["SignedInfo"]) else { return false };
        // Exclusive, or inclusive where the attack names that.
        [&[][..], &["saml", "samlp", "xs"]].into_iter().any(|inclusive_prefixes| {
            let mut octets = Vec::new();
            canonicalize(signed_info, &Canonicalization { without: None, inclusive_prefixes }, &mut octets);
            verify_octets(&octets, &value, SignatureAlgorithm::RsaSha256, &trusted).is_ok()
        })
    })
}

/// The signature is gone altogether; the signed element was changed; the digest of a forged one stands elsewhere.
const WITHOUT_A_SIGNED_ELEMENT: [&str; 4] = ["ATT-033", "ATT-034", "ATT-038", "ATT-040"];
/// Only the signature is genuine here: what it was over is gone or was changed.
const CHANGED_ON_PURPOSE: [(&str, &str); 3] =
    [("ATT-026", "original_gone"), ("ATT-030", "assertion_swapped"), ("ATT-039", "assertion_added")];
/// The signature is in another namespace, or the attack does without signing anew.
const NOT_SIGNED: [(&str, &str); 3] =
    [("ATT-011", "signature"), ("ATT-044", "response_not_signed"), ("ATT-044", "assertion_not_signed")];
