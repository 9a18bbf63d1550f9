use saml_bindings::MessageParameter;
use saml_logout::LogoutOutcome;
use saml_protocol::{LogoutResponse, Status, status_codes};

use crate::case::{
    By, Judge, KEY, OTHER_KEY, REQUEST_ID, carry, from_now, pending, response, verdict_of_response, xml_of_request,
    xml_of_response,
};

const RESPONSE: MessageParameter = MessageParameter::SamlResponse;

fn outcome(code: &str, second_level: Option<&str>) -> LogoutOutcome {
    let status = Status { code, second_level, message: None };
    let bytes = carry(&xml_of_response(&LogoutResponse { status, ..response() }), RESPONSE, By::Redirect, Some(&KEY));
    Judge::default().response(&bytes, By::Redirect).unwrap().outcome()
}

#[test]
fn only_success_is_a_complete_logout() {
    assert_eq!(outcome(status_codes::SUCCESS, None), LogoutOutcome::Complete);
    assert_eq!(outcome(status_codes::RESPONDER, None), LogoutOutcome::Failed);
    assert_eq!(outcome(status_codes::REQUESTER, None), LogoutOutcome::Failed);
    assert_eq!(outcome("urn:other", Some(status_codes::SUCCESS)), LogoutOutcome::Failed);
    // As DigiD says that the user cancelled.
    assert_eq!(outcome(status_codes::RESPONDER, Some(status_codes::REQUEST_DENIED)), LogoutOutcome::Failed);
}

#[test]
fn a_partial_logout_is_never_a_complete_one() {
    for code in [status_codes::SUCCESS, status_codes::RESPONDER] {
        assert_eq!(outcome(code, Some(status_codes::PARTIAL_LOGOUT)), LogoutOutcome::Partial);
    }
}

#[test]
fn a_response_without_signature_is_refused() {
    for (by, code) in
        [(By::Post, "signature_missing"), (By::Redirect, "binding_signature_missing"), (By::Soap, "signature_missing")]
    {
        let unsigned = carry(&xml_of_response(&response()), RESPONSE, by, None);
        assert_eq!(Judge::default().response(&unsigned, by).unwrap_err().code(), code, "{by:?}");
        let signed = carry(&xml_of_response(&response()), RESPONSE, by, Some(&KEY));
        assert!(Judge::default().response(&signed, by).is_ok());
    }
}

#[test]
fn a_response_that_another_key_signed_is_refused() {
    for by in By::ALL {
        let bytes = carry(&xml_of_response(&response()), RESPONSE, by, Some(&OTHER_KEY));
        assert_eq!(Judge::default().response(&bytes, by).unwrap_err().code(), "signature_invalid", "{by:?}");
    }
}

#[test]
fn a_response_by_another_issuer_is_refused() {
    let other = LogoutResponse { issuer: "https://other.example/saml", ..response() };
    assert_eq!(verdict_of_response(&other, &Judge::default()), Err("issuer"));
}

#[test]
fn a_response_by_one_who_was_not_asked_is_refused() {
    let mut elsewhere = pending();
    elsewhere.identity_provider = "https://other.example/saml".to_owned();
    assert_eq!(verdict_of_response(&response(), &Judge { pending: elsewhere, ..Judge::default() }), Err("responder"));
}

#[test]
fn a_response_to_another_request_is_refused() {
    for in_response_to in [None, Some("_other"), Some("")] {
        let other = LogoutResponse { in_response_to, ..response() };
        assert_eq!(verdict_of_response(&other, &Judge::default()), Err("in_response_to"));
    }
    let same = LogoutResponse { in_response_to: Some(REQUEST_ID), ..response() };
    assert_eq!(verdict_of_response(&same, &Judge::default()), Ok(()));
}

#[test]
fn a_response_for_another_endpoint_is_refused() {
    let other = LogoutResponse { destination: Some("https://other.example/saml/slo"), ..response() };
    assert_eq!(verdict_of_response(&other, &Judge::default()), Err("destination"));
}

#[test]
fn a_response_is_made_after_the_request_and_not_in_the_future() {
    for (made, verdict) in [(-89, Ok(())), (-90, Err("issue_instant")), (60, Ok(())), (61, Err("issue_instant"))] {
        let made_at = LogoutResponse { issue_instant: from_now(made), ..response() };
        assert_eq!(verdict_of_response(&made_at, &Judge::default()), verdict, "made {made} s from now");
    }
}

#[test]
fn another_message_is_refused_by_its_type() {
    for by in By::ALL {
        let bytes = carry(&xml_of_request(&crate::case::request()), RESPONSE, by, Some(&KEY));
        assert_eq!(Judge::default().response(&bytes, by).unwrap_err().code(), "message_type", "{by:?}");
    }
}

#[test]
fn a_response_without_status_is_refused() {
    let xml = xml_of_response(&response());
    let start = xml.find("<samlp:Status>").unwrap();
    let without = format!("{}</samlp:LogoutResponse>", &xml[..start]);
    let bytes = carry(&without, RESPONSE, By::Redirect, Some(&KEY));
    assert_eq!(Judge::default().response(&bytes, By::Redirect).unwrap_err().code(), "element_missing");
}
