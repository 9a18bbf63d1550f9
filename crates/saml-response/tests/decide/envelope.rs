//! Checks `in_response_to`, `destination` and `issue_instant`, which may be unsigned: they can refuse, never grant.

use chrono::{DateTime, Utc};
use saml_response::DestinationRequirement;

use crate::case::{ACS, Case, REQUEST_ID, Signed, case, replaced, seconds_from_now};

#[test]
fn an_answer_to_another_request_is_rejected() {
    let error = case(|case| case.response.in_response_to = Some("_other")).rejected("in_response_to");

    assert_eq!(
        (error.record().expected.to_string().as_str(), error.record().found.to_string().as_str()),
        (REQUEST_ID, "_other")
    );
}

#[test]
fn an_answer_to_no_request_is_rejected() {
    case(|case| case.response.in_response_to = None).rejected("in_response_to");
}

#[test]
fn an_unsigned_in_response_to_alone_grants_nothing() {
    let other = |id| {
        case(|case| {
            case.signed = Signed::Assertion;
            let subject = case.assertion.as_mut().unwrap().subject.as_mut().unwrap();
            subject.confirmations[0].in_response_to = id;
        })
    };

    other(Some(REQUEST_ID)).accepted();
    other(None).rejected("confirmation_in_response_to");
    other(Some("_other")).rejected("confirmation_in_response_to");
}

#[test]
fn an_unsigned_in_response_to_can_refuse() {
    let good = case(|case| case.signed = Signed::Assertion);
    let xml = replaced(&good.xml(), &format!("InResponseTo=\"{REQUEST_ID}\""), "InResponseTo=\"_other\"");

    good.rejects(&xml, "in_response_to");
}

#[test]
fn a_response_for_another_url_is_rejected() {
    for other in
        ["https://other.example/saml/acs", "https://portal.example/saml/acs/", "https://PORTAL.example/saml/acs"]
    {
        let error = case(|case| case.response.destination = Some(other)).rejected("destination");
        assert_eq!(
            (error.record().expected.to_string().as_str(), error.record().found.to_string().as_str()),
            (ACS, other)
        );
    }
}

#[test]
fn an_unsigned_destination_can_refuse() {
    let with = |destination| {
        case(|case| {
            case.signed = Signed::Assertion;
            case.response.destination = destination;
        })
    };

    with(Some(ACS)).accepted();
    with(Some("https://other.example/saml/acs")).rejected("destination");
    with(Some("")).rejected("destination");
}

#[test]
fn a_signed_response_must_say_where_it_is_for() {
    let without = |signed| {
        case(|case| {
            case.signed = signed;
            case.response.destination = None;
        })
    };

    without(Signed::Assertion).accepted();
    without(Signed::Response).rejected("destination");
    without(Signed::Both).rejected("destination");
}

#[test]
fn a_policy_may_ask_for_the_destination_of_every_response() {
    let without = |requirement| {
        case(|case| {
            case.signed = Signed::Assertion;
            case.response.destination = None;
            case.policy = case.policy.clone().with_destination(requirement);
        })
    };

    without(DestinationRequirement::WhereSigned).accepted();
    without(DestinationRequirement::Always).rejected("destination");
}

fn response_made_at(issue_instant: DateTime<Utc>) -> Case {
    case(|case| case.response.issue_instant = issue_instant)
}

fn assertion_made_at(issue_instant: DateTime<Utc>) -> Case {
    case(|case| case.assertion.as_mut().unwrap().issue_instant = issue_instant)
}

#[test]
fn a_message_made_before_the_request_is_rejected() {
    // The request was made 30 seconds ago; the skew is 60 seconds.
    for made_at in [response_made_at, assertion_made_at] {
        made_at(seconds_from_now(-90)).accepted();
        made_at(seconds_from_now(-91)).rejected("issue_instant");
    }
}

#[test]
fn a_message_made_in_the_future_is_rejected() {
    for made_at in [response_made_at, assertion_made_at] {
        made_at(seconds_from_now(60)).accepted();
        made_at(seconds_from_now(61)).rejected("issue_instant");
    }
}
