//! Checks `bearer_confirmation`, `recipient` and `confirmation_*`.

use saml_protocol::SubjectConfirmation;

use crate::case::{ACS, Case, REQUEST_ID, assertion, confirmation, seconds_from_now};

fn confirmed(confirmations: Vec<SubjectConfirmation<'static>>) -> Case {
    assertion(|assertion| assertion.subject.as_mut().unwrap().confirmations = confirmations)
}

fn changed(change: impl FnOnce(&mut SubjectConfirmation<'static>)) -> SubjectConfirmation<'static> {
    let mut confirmation = confirmation();
    change(&mut confirmation);
    confirmation
}

fn with(change: impl FnOnce(&mut SubjectConfirmation<'static>)) -> Case {
    confirmed(vec![changed(change)])
}

#[test]
fn another_method_than_bearer_is_rejected() {
    for method in [
        "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches",
        "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key",
        "urn:oasis:names:tc:SAML:2.0:cm:Bearer",
        "",
    ] {
        let error = with(|confirmation| confirmation.method = method).rejected("bearer_confirmation");
        assert_eq!(error.record().found, method);
    }
}

#[test]
fn no_confirmation_at_all_is_rejected() {
    confirmed(Vec::new()).rejected("bearer_confirmation");
}

#[test]
fn another_method_beside_bearer_does_no_harm() {
    let vouched = changed(|confirmation| confirmation.method = "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches");

    confirmed(vec![vouched.clone(), confirmation()]).accepted();
    confirmed(vec![confirmation(), vouched]).accepted();
}

#[test]
fn a_recipient_other_than_ours_is_rejected() {
    let error = with(|confirmation| confirmation.recipient = Some("https://other.example/acs")).rejected("recipient");

    assert_eq!(
        (error.record().expected.to_string().as_str(), error.record().found.to_string().as_str()),
        (ACS, "https://other.example/acs")
    );
    with(|confirmation| confirmation.recipient = Some("https://portal.example/saml/acs/")).rejected("recipient");
    with(|confirmation| confirmation.recipient = None).rejected("recipient");
}

#[test]
fn a_confirmation_for_another_request_is_rejected() {
    let error =
        with(|confirmation| confirmation.in_response_to = Some("_other")).rejected("confirmation_in_response_to");

    assert_eq!(error.record().expected, REQUEST_ID);
    with(|confirmation| confirmation.in_response_to = None).rejected("confirmation_in_response_to");
}

#[test]
fn a_confirmation_with_a_start_is_rejected() {
    with(|confirmation| confirmation.not_before = Some(seconds_from_now(-7))).rejected("confirmation_not_before");
}

#[test]
fn a_confirmation_holds_until_its_end_and_the_skew() {
    with(|confirmation| confirmation.not_on_or_after = Some(seconds_from_now(-59))).accepted();
    with(|confirmation| confirmation.not_on_or_after = Some(seconds_from_now(-60))).rejected("confirmation_expired");
}

#[test]
fn a_confirmation_without_an_end_is_rejected() {
    with(|confirmation| confirmation.not_on_or_after = None).rejected("confirmation_expired");
}

#[test]
fn a_confirmation_without_data_is_rejected() {
    let case = with(|_| {});
    let xml = case.xml_with(|assertion| {
        let data = crate::case::source(assertion, "SubjectConfirmationData");
        crate::case::replaced(assertion, &data, "")
    });

    case.rejects(&xml, "recipient");
}

#[test]
fn one_of_several_confirmations_is_enough() {
    let expired = changed(|confirmation| confirmation.not_on_or_after = Some(seconds_from_now(-600)));

    confirmed(vec![expired.clone(), confirmation()]).accepted();
    confirmed(vec![confirmation(), expired.clone()]).accepted();
    confirmed(vec![expired.clone(), expired]).rejected("confirmation_expired");
}

#[test]
fn what_holds_in_one_confirmation_does_not_make_up_for_another() {
    let for_other = changed(|confirmation| confirmation.recipient = Some("https://other.example/acs"));
    let expired = changed(|confirmation| confirmation.not_on_or_after = Some(seconds_from_now(-600)));

    confirmed(vec![for_other.clone(), expired.clone()]).rejected("recipient");
    confirmed(vec![expired, for_other]).rejected("confirmation_expired");
}

#[test]
fn a_replay_is_looked_for_until_no_confirmation_can_hold_any_more() {
    let later = changed(|confirmation| confirmation.not_on_or_after = Some(seconds_from_now(600)));

    assert_eq!(with(|_| {}).accepted().replay_until(), seconds_from_now(118 + 60));
    for confirmations in [vec![confirmation(), later.clone()], vec![later, confirmation()]] {
        assert_eq!(confirmed(confirmations).accepted().replay_until(), seconds_from_now(600 + 60));
    }
}
