//! A good answer has the shape that the broker gives it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use chrono::{DateTime, TimeDelta, Utc};
use saml_forge::{Answer, Answered, Attribute, Error, Failure, Identifiers, Login, Outcome, Signed};
use saml_protocol::{Assertion, AttributeValue, Response, ResponseAssertion, status_codes};
use saml_xml::{Document, Element, ParseOptions};
use saml_xml_security::{AlgorithmPolicy, Error as SignatureError, SigningKey, VerifiedElement, verify};

#[test]
fn assertion_holds_from_five_seconds_before_until_two_minutes_after_it_was_made() {
    let document = parse(&answer(citizen()).write(&key()).unwrap());
    let assertion = Assertion::read(assertion_of(&document)).unwrap();
    let conditions = assertion.conditions.unwrap();
    assert_eq!(conditions.not_before, Some(now() - TimeDelta::seconds(5)));
    assert_eq!(conditions.not_on_or_after, Some(now() + TimeDelta::seconds(120)));
    let subject = assertion.subject.unwrap();
    let [confirmation] = subject.confirmations.as_slice() else { panic!("expected one confirmation") };
    assert_eq!(confirmation.not_before, None);
    assert_eq!(confirmation.not_on_or_after, Some(now() + TimeDelta::seconds(120)));
}

#[test]
fn answer_repeats_the_request_and_names_the_authority_twice() {
    let document = parse(&answer(citizen()).write(&key()).unwrap());
    let (response, _) = Response::read(document.root()).unwrap();
    assert_eq!(response.in_response_to, Some("_request"));
    assert_eq!(response.destination, Some("https://portal.example.nl/acs"));
    let assertion = Assertion::read(assertion_of(&document)).unwrap();
    let subject = assertion.subject.unwrap();
    let name_id = subject.name_id.unwrap();
    assert_eq!(name_id.value, "s00000000:900026236");
    assert_eq!(name_id.format, Some("urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"));
    assert_eq!(name_id.name_qualifier, Some("simulator"));
    let [statement] = assertion.authn_statements.as_slice() else { panic!("expected one statement") };
    assert_eq!(statement.authenticating_authorities, ["simulator"]);
    assert_eq!(assertion.conditions.unwrap().audience_restrictions, [["https://portal.example.nl"]]);
}

#[test]
fn attributes_are_written_as_strings_and_the_signature_holds() {
    let mut login = citizen();
    login.attributes = vec![Attribute::new("nin", "900026236")];
    let key = key();
    let document = parse(&answer(login).write(&key).unwrap());
    let verified = verified(assertion_of(&document), &key).unwrap();
    let assertion = Assertion::read(verified.root()).unwrap();
    let [attribute] = assertion.attributes.as_slice() else { panic!("expected one attribute") };
    assert_eq!((attribute.name, attribute.values.as_slice()), ("nin", &[AttributeValue::Text("900026236")][..]));
}

#[test]
fn what_is_signed_is_what_was_asked_for() {
    let key = key();
    for (signed, response, assertion) in
        [(Signed::Assertion, false, true), (Signed::Both, true, true), (Signed::Response, true, false)]
    {
        let document = parse(&Answer { signed, ..answer(citizen()) }.write(&key).unwrap());
        for (element, expected) in [(document.root(), response), (assertion_of(&document), assertion)] {
            let found = verified(element, &key).map(drop);
            let expected = if expected { Ok(()) } else { Err(SignatureError::SignatureMissing) };
            assert_eq!(found, expected, "{signed:?}, {}", element.local_name());
        }
    }
}

#[test]
fn failure_has_a_status_and_no_assertion() {
    let key = key();
    let failed = Answer { outcome: Outcome::Failure(Failure::cancelled()), ..answer(citizen()) };
    let document = parse(&failed.write(&key).unwrap());
    assert!(verified(document.root(), &key).is_ok());
    let (response, assertion) = Response::read(document.root()).unwrap();
    assert_eq!(response.status.code, status_codes::RESPONDER);
    assert_eq!(response.status.second_level, Some(status_codes::AUTHN_FAILED));
    assert_eq!(assertion, ResponseAssertion::None);
}

#[test]
fn value_that_xml_cannot_hold_is_an_error() {
    let login = Login { name_id: "\0".to_owned(), ..citizen() };
    let error = answer(login).write(&key()).unwrap_err();
    assert!(matches!(error, Error::Write(_)), "{error}");
    assert_eq!(error.code(), "forge_write");
}

#[test]
fn identity_is_not_in_the_debug_text() {
    let mut login = citizen();
    login.attributes = vec![Attribute::new("nin", "900026236")];
    assert!(!format!("{:?}", answer(login)).contains("900026236"));
}

fn citizen() -> Login {
    Login::new("s00000000:900026236", "simulator", "urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard")
}

fn answer(login: Login) -> Answer {
    let request = Answered {
        request_id: "_request".to_owned(),
        service_provider: "https://portal.example.nl".to_owned(),
        assertion_consumer_service: "https://portal.example.nl/acs".to_owned(),
    };
    let identifiers = Identifiers::from_random([1; 48]);
    Answer::signicat("https://broker.example.nl", request, different(identifiers), now(), Outcome::Login(login))
}

/// Gives the two messages different identifiers, as random ones have.
fn different(identifiers: Identifiers) -> Identifiers {
    Identifiers { assertion: "_assertion".to_owned(), ..identifiers }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_445_600, 0).unwrap()
}

fn key() -> SigningKey {
    SigningKey::generate_self_signed(2048, "broker.example.nl", 0, 4_000_000_000).unwrap()
}

fn parse(xml: &str) -> Document {
    Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap()
}

fn assertion_of(document: &Document) -> Element<'_> {
    match Response::read(document.root()).unwrap() {
        (_, ResponseAssertion::Plain(assertion)) => assertion,
        _ => panic!("expected an assertion"),
    }
}

fn verified(element: Element<'_>, key: &SigningKey) -> Result<VerifiedElement, SignatureError> {
    let keys = [key.verifying_key().clone()];
    verify(element, &keys, &AlgorithmPolicy::modern(), &ParseOptions::message())
}
