//! Checks `assertion_issuer` and `subject`.

use saml_protocol::{NameId, Subject};

use crate::case::{BROKER, CANARY, Case, PORTAL, Signed, assertion, case, confirmation, name_id};

#[test]
fn an_assertion_of_another_issuer_is_rejected() {
    let error = assertion(|assertion| assertion.issuer = "https://evil.example").rejected("assertion_issuer");

    assert_eq!(
        (error.record().expected.to_string().as_str(), error.record().found.to_string().as_str()),
        (BROKER, "https://evil.example")
    );
}

#[test]
fn the_issuer_of_the_response_does_not_stand_in_for_that_of_the_assertion() {
    case(|case| {
        case.signed = Signed::Assertion;
        case.assertion.as_mut().unwrap().issuer = "";
    })
    .rejected("assertion_issuer");
}

fn with_name_id(name_id: Option<NameId<'static>>) -> Case {
    assertion(|assertion| assertion.subject = Some(Subject { name_id, confirmations: vec![confirmation()] }))
}

#[test]
fn an_assertion_about_nobody_is_rejected() {
    with_name_id(Some(name_id())).accepted();
    with_name_id(None).rejected("subject");
    assertion(|assertion| assertion.subject = None).rejected("subject");
}

#[test]
fn a_name_id_that_is_empty_is_rejected() {
    for value in ["", " ", "\n\t ", "\u{a0}"] {
        let error = with_name_id(Some(NameId { value, ..name_id() })).rejected("subject");
        assert_eq!(error.record().found, "an empty one");
    }
}

#[test]
fn a_name_id_is_given_back_exactly_as_it_was_signed() {
    let value = " s00000000:900026236\n";

    assert_eq!(with_name_id(Some(NameId { value, ..name_id() })).accepted().name_id().expose(), value);
}

#[test]
fn a_name_id_for_another_service_provider_is_rejected() {
    let qualified =
        |sp_name_qualifier| with_name_id(Some(NameId { sp_name_qualifier: Some(sp_name_qualifier), ..name_id() }));

    assert_eq!(qualified(PORTAL).accepted().name_id().sp_name_qualifier(), Some(PORTAL));
    qualified("https://other.example").rejected("subject_sp_name_qualifier");
    qualified("").rejected("subject_sp_name_qualifier");
}

#[test]
fn the_name_id_of_a_confirmation_is_never_the_subject() {
    let confirmer = "<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">";
    let with = |name_id: &'static str| {
        let case = case(|_| {});
        case.xml_with(|assertion| crate::case::replaced(assertion, confirmer, &format!("{confirmer}{name_id}")))
    };
    let xml = with("<saml:NameID>confirmer</saml:NameID>");

    assert_eq!(case(|_| {}).accepts(&xml).name_id().expose(), "s00000000:900026236");
    let without = with_name_id(None);
    let xml = without.xml_with(|assertion| {
        crate::case::replaced(assertion, confirmer, &format!("{confirmer}<saml:NameID>confirmer</saml:NameID>"))
    });
    without.rejects(&xml, "subject");
}

#[test]
fn debug_of_what_was_accepted_does_not_say_who_it_is_about() {
    let accepted = assertion(|_| ()).accepted();
    let shown = format!("{accepted:?} {:?}", accepted.name_id());

    assert!(shown.starts_with("ValidAssertion"), "{shown}");
    assert!(shown.ends_with("SubjectNameId(redacted)"), "{shown}");
    assert!(!shown.contains(CANARY), "{shown}");
}
