//! A genuine signature moved beside, above or below what is consumed (ATT-021 to ATT-034).

use saml_xml::ParseOptions;
use saml_xml_security::{AlgorithmPolicy, Error, SignOptions, VerifiedElement, require_unique_ids, sign, verify};

use crate::by_hand::{find, key, parse};

fn genuine() -> String {
    sign(
        &format!("<Assertion {NAMESPACE} ID='_1'><Issuer>idp</Issuer>genuine</Assertion>"),
        key(),
        &SignOptions::default(),
    )
    .unwrap()
}

/// Consumes what a service provider would: the assertion that is the child of the response.
fn consume(response: &str) -> Result<VerifiedElement, Error> {
    let document = parse(response);
    let assertion = document.root().children().find(|child| child.local_name() == "Assertion").unwrap();
    verify(assertion, &[key().verifying_key().clone()], &AlgorithmPolicy::modern(), &ParseOptions::message())
}

fn verdict(response: &str) -> Result<(), Error> {
    consume(response).map(|_| ())
}

fn signature() -> String {
    let genuine = genuine();
    find(&parse(&genuine), "Signature").source().to_owned()
}

#[test]
fn the_genuine_assertion_is_consumed() {
    let verified = consume(&format!("<Response>{}</Response>", genuine())).unwrap();
    assert_eq!(verified.root().children().count(), 1);
    assert!(verified.root().source().contains("genuine"));
    assert!(verified.root().parent().is_none());
}

#[test]
fn a_namespace_from_outside_goes_with_the_signed_element() {
    let inner = genuine().replacen(NAMESPACE, "", 1);
    let verified = consume(&format!("<p:Response xmlns:p='urn:p' {NAMESPACE}>{inner}</p:Response>")).unwrap();
    assert!(verified.root().is("urn:oasis:names:tc:SAML:2.0:assertion", "Assertion"));
    assert!(!verified.root().source().contains("urn:p"));
    assert_eq!(verified.into_document().elements().count(), 2);
}

#[test]
fn a_forged_assertion_around_the_genuine_one_is_rejected() {
    let forged = |id: &str, signature: &str| {
        format!(
            "<Response><Assertion {NAMESPACE} ID='{id}'><Issuer>idp</Issuer>{signature}forged<Advice>{}</Advice></Assertion></Response>",
            genuine()
        )
    };
    assert_eq!(verdict(&forged("_2", "")), Err(Error::SignatureMissing));
    let elsewhere = Error::ReferenceUri { expected: "_2".to_owned(), found: "#_1".to_owned() };
    assert_eq!(verdict(&forged("_2", &signature())), Err(elsewhere));
    assert_eq!(verdict(&forged("_1", &signature())), Err(Error::DigestMismatch));
    assert_eq!(require_unique_ids(&parse(&forged("_2", &signature()))), Ok(()));
    assert_eq!(require_unique_ids(&parse(&forged("_1", &signature()))), Err(Error::DuplicateId));
}

#[test]
fn a_forged_assertion_beside_the_genuine_one_is_rejected() {
    let forged = |id: &str, signature: &str| {
        let assertion = format!("<Assertion {NAMESPACE} ID='{id}'><Issuer>idp</Issuer>{signature}forged</Assertion>");
        format!("<Response>{assertion}{}</Response>", genuine())
    };
    assert_eq!(verdict(&forged("_2", "")), Err(Error::SignatureMissing));
    assert_eq!(verdict(&forged("_1", &signature())), Err(Error::DigestMismatch));
}

#[test]
fn the_genuine_assertion_inside_the_signature_of_a_forged_one_is_rejected() {
    let within = |place: &str| {
        let signature = signature().replace(place, &format!("<ds:Object>{}</ds:Object>{place}", genuine()));
        let assertion = format!("<Assertion {NAMESPACE} ID='_1'><Issuer>idp</Issuer>{signature}forged</Assertion>");
        verdict(&format!("<Response>{assertion}</Response>"))
    };
    let expected = "SignedInfo, SignatureValue and at most one KeyInfo";
    let structure =
        |found: &str| Err(Error::SignatureStructure { parent: "Signature", expected, found: found.to_owned() });
    assert_eq!(within("</ds:Signature>"), structure("KeyInfo"));
    assert_eq!(within("<ds:SignatureValue>"), structure("Object"));
    assert_eq!(within("</ds:KeyInfo>"), Err(Error::KeyInfo { found: "Object".to_owned() }));
}

#[test]
fn the_signature_of_one_assertion_on_another_is_rejected() {
    let with = |text: &str| {
        let assertion = format!("<Assertion {NAMESPACE} ID='_1'><Issuer>idp</Issuer>{}{text}</Assertion>", signature());
        verdict(&format!("<Response>{assertion}</Response>"))
    };
    assert_eq!(with("genuine"), Ok(()));
    assert_eq!(with("forged"), Err(Error::DigestMismatch));
}

#[test]
fn the_signature_of_the_response_is_none_of_its_assertion() {
    let response = sign(
        &format!("<Response ID='_0'><Assertion {NAMESPACE} ID='_1'>x</Assertion></Response>"),
        key(),
        &SignOptions::default(),
    )
    .unwrap();
    assert_eq!(verdict(&response), Err(Error::SignatureMissing));
}

const NAMESPACE: &str = r#"xmlns="urn:oasis:names:tc:SAML:2.0:assertion""#;
