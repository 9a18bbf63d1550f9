//! Checks `artifact_response_signature`, `artifact_in_response_to`, `artifact_issue_instant` and `artifact_resolved`,
//! and what the message around a `Response` signs.

use saml_protocol::{Status, status_codes};
use saml_response::{ReceivedResponse, SignatureRequirement, Trace, Verdict};
use saml_xml::Writer;

use crate::case::{BROKER, Case, Signed, case, failure, good, replaced, signature, source};

/// Puts a message into a signed `ArtifactResponse`, and that into an envelope.
pub(crate) fn envelope(case: &Case) -> String {
    in_envelope(&case.sign(&artifact_response(Status::success(), &case.xml())))
}

fn in_envelope(message: &str) -> String {
    format!("<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{message}</s:Body></s:Envelope>")
}

fn artifact_response(status: Status<'_>, message: &str) -> String {
    let mut writer = Writer::new();
    writer
        .start("samlp:ArtifactResponse")
        .attribute("xmlns:samlp", "urn:oasis:names:tc:SAML:2.0:protocol")
        .attribute("xmlns:saml", "urn:oasis:names:tc:SAML:2.0:assertion")
        .attribute("ID", "_artifact_response")
        .attribute("Version", "2.0")
        .attribute("IssueInstant", "2026-03-01T11:59:59Z")
        .attribute("InResponseTo", "_resolve");
    writer.leaf("saml:Issuer", BROKER);
    status.write(&mut writer);
    writer.end();
    replaced(&writer.finish().unwrap(), "</samlp:ArtifactResponse>", &format!("{message}</samlp:ArtifactResponse>"))
}

fn with(signed: Signed, requirement: SignatureRequirement) -> Case {
    case(|case| {
        case.signed = signed;
        case.policy = case.policy.clone().with_signatures(requirement);
    })
}

#[test]
fn an_artifact_response_with_a_signed_response_in_it_is_accepted() {
    for signed in [Signed::Assertion, Signed::Response, Signed::Both] {
        let case = with(signed, SignatureRequirement::AssertionOrResponse);
        assert_eq!(case.accepts_soap(&envelope(&case)).name_id().expose(), "s00000000:900026236");
    }
}

#[test]
fn the_signature_around_an_unsigned_response_is_enough_only_where_any_will_do() {
    let any = with(Signed::Nothing, SignatureRequirement::AssertionOrResponse);
    let own = with(Signed::Nothing, SignatureRequirement::Assertion);

    assert_eq!(any.accepts_soap(&envelope(&any)).name_id().expose(), "s00000000:900026236");
    own.rejects_soap(&envelope(&own), "signature_missing");
}

#[test]
fn an_artifact_response_without_signature_is_rejected_even_around_a_signed_response() {
    let error =
        good().rejects_soap(&in_envelope(&artifact_response(Status::success(), &good().xml())), "signature_missing");

    assert_eq!(error.record().expected, "a signature on the ArtifactResponse");
}

#[test]
fn a_broken_signature_inside_is_not_made_good_by_the_one_around_it() {
    let broken = replaced(&good().xml(), "session-1", "session-2");
    let xml = in_envelope(&good().sign(&artifact_response(Status::success(), &broken)));

    good().rejects_soap(&xml, "signature_digest_mismatch");
}

#[test]
fn an_artifact_response_that_was_changed_after_it_was_signed_is_rejected() {
    let case = with(Signed::Nothing, SignatureRequirement::AssertionOrResponse);
    let xml = replaced(&envelope(&case), "session-1", "session-2");

    let error = case.rejects_soap(&xml, "signature_digest_mismatch");
    assert_eq!(error.record().clause, "SAML Core 5.4; DigiD SAML 3.7, ArtifactResponse");
}

#[test]
fn a_response_that_was_swapped_inside_a_signed_artifact_response_is_rejected() {
    let case = with(Signed::Nothing, SignatureRequirement::AssertionOrResponse);
    let xml = envelope(&case);
    let inner = source(&xml, "Response");
    let forged = inner.replace("900026236", "123456782");

    case.rejects_soap(&replaced(&xml, &inner, &forged), "signature_digest_mismatch");
    case.rejects_soap(
        &replaced(&xml, &inner, &format!("{inner}{}", inner.replace("ID=\"_", "ID=\"_x"))),
        "signature_digest_mismatch",
    );
}

#[test]
fn an_artifact_that_stood_for_nothing_is_rejected() {
    let empty = |status| in_envelope(&unprefixed(&good()).sign(&artifact_response(status, "")));

    good().rejects_soap(&empty(Status::success()), "artifact_resolved");
}

#[test]
fn the_status_of_the_artifact_response_is_checked() {
    let denied = failure(status_codes::REQUESTER, Some(status_codes::REQUEST_DENIED));
    let empty = in_envelope(&unprefixed(&good()).sign(&artifact_response(denied, "")));
    let full = in_envelope(&good().sign(&artifact_response(denied, &good().xml())));

    good().rejects_soap(&empty, "status_request_denied");
    good().rejects_soap(&full, "status_request_denied");
}

#[test]
fn another_message_inside_is_rejected() {
    let other = "<samlp:LogoutResponse/>";
    let xml = in_envelope(&unprefixed(&good()).sign(&artifact_response(Status::success(), other)));

    let error = good().rejects_soap(&xml, "message_type");
    assert_eq!(error.record().found, "LogoutResponse");
}

#[test]
fn an_artifact_response_of_another_issuer_is_rejected() {
    let message = artifact_response(Status::success(), &good().xml());
    let xml = in_envelope(&good().sign(&replaced(&message, BROKER, "https://evil.example")));

    good().rejects_soap(&xml, "issuer");
}

#[test]
fn an_artifact_response_without_issuer_is_rejected() {
    let message = artifact_response(Status::success(), &good().xml());
    let issuer = format!("<saml:Issuer>{BROKER}</saml:Issuer>");
    let xml = in_envelope(&good().sign(&message.replacen(&issuer, "", 1)));

    assert_eq!(good().rejects_soap(&xml, "issuer").record().found, "nothing");
}

#[test]
fn an_answer_to_another_artifact_resolve_or_to_none_is_rejected() {
    let message = artifact_response(Status::success(), &good().xml());
    let answering =
        |attribute: &str| in_envelope(&good().sign(&replaced(&message, "InResponseTo=\"_resolve\"", attribute)));

    good().accepts_soap(&answering("InResponseTo=\"_resolve\""));
    let error = good().rejects_soap(&answering("InResponseTo=\"_other\""), "artifact_in_response_to");
    assert_eq!(error.record().expected, "_resolve");
    assert_eq!(error.record().found, "_other");
    good().rejects_soap(&answering(""), "artifact_in_response_to");
}

#[test]
fn an_artifact_response_from_before_the_question_or_from_the_future_is_rejected() {
    // The question is of 11:59:59, it is now 12:00:00, and clocks may differ a minute.
    let message = artifact_response(Status::success(), &good().xml());
    let made_at = |instant: &str| in_envelope(&good().sign(&replaced(&message, "2026-03-01T11:59:59Z", instant)));

    for instant in ["2026-03-01T11:58:59Z", "2026-03-01T12:01:00Z"] {
        good().accepts_soap(&made_at(instant));
    }
    for instant in ["2026-03-01T11:58:58Z", "2026-03-01T12:01:01Z"] {
        good().rejects_soap(&made_at(instant), "artifact_issue_instant");
    }
}

#[test]
fn what_cannot_be_compared_without_the_question_says_so() {
    let parse = ReceivedResponse::danger_parse_soap_of_unknown_resolve;
    let (result, trace) = good().judge(parse, &envelope(&good()), Trace::new());

    assert!(result.is_ok());
    let not_checked = trace.records().iter().filter(|record| record.verdict == Verdict::NotChecked);
    let not_checked: Vec<_> = not_checked.map(|record| record.code).collect();
    assert!(not_checked.starts_with(&["artifact_in_response_to", "artifact_issue_instant"]), "{not_checked:?}");
}

#[test]
fn a_response_on_the_back_channel_may_leave_its_destination_out() {
    let going_to = |destination| case(|case| case.response.destination = destination);

    let without = going_to(None);
    without.accepts_soap(&envelope(&without));
    let elsewhere = going_to(Some("https://other.example/acs"));
    elsewhere.rejects_soap(&envelope(&elsewhere), "destination");
}

#[test]
fn an_artifact_response_without_envelope_is_rejected() {
    let message = source(&envelope(&good()), "ArtifactResponse");

    good().rejects_soap(&message, "binding_soap_structure");
    good().rejects(&message, "message_type");
    good().rejects(&envelope(&good()), "message_type");
}

#[test]
fn the_signature_of_the_envelope_counts_for_nothing() {
    let xml = envelope(&good());
    let signature = signature(&xml);
    let xml = replaced(&xml, &signature, "");
    let header = format!("<s:Header>{signature}</s:Header><s:Body>");

    good().rejects_soap(&replaced(&xml, "<s:Body>", &header), "signature_missing");
}

/// The same case, to sign a message in which the prefix `xs` is not declared.
fn unprefixed(case: &Case) -> Case {
    let mut case = case.clone();
    case.sign_options.inclusive_prefixes.clear();
    case
}
