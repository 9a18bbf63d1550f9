//! Check `status`: which failure it is, and that no status grants anything.

use saml_protocol::{Status, status_codes as codes};

use crate::case::{CANARY, Signed, cancelled, case, failure, good, replaced};

#[test]
fn each_failure_has_its_own_code() {
    let failures = [
        (codes::RESPONDER, Some(codes::AUTHN_FAILED), "status_authn_failed"),
        (codes::REQUESTER, Some(codes::AUTHN_FAILED), "status_authn_failed"),
        (codes::RESPONDER, Some(codes::NO_AUTHN_CONTEXT), "status_no_authn_context"),
        (codes::RESPONDER, Some(codes::NO_PASSIVE), "status_no_passive"),
        (codes::RESPONDER, Some(codes::NO_SUPPORTED_IDP), "status_no_supported_idp"),
        (codes::REQUESTER, Some(codes::REQUEST_DENIED), "status_request_denied"),
        (codes::REQUESTER, Some(codes::REQUEST_UNSUPPORTED), "status_request_unsupported"),
        (codes::REQUESTER, None, "status_requester"),
        (codes::REQUESTER, Some("urn:example:else"), "status_requester"),
        (codes::RESPONDER, None, "status_responder"),
        ("urn:oasis:names:tc:SAML:2.0:status:VersionMismatch", None, "status_not_success"),
        ("", None, "status_not_success"),
        ("urn:oasis:names:tc:SAML:2.0:status:success", None, "status_not_success"),
    ];

    for (code, second_level, expected) in failures {
        for signed in [Signed::Nothing, Signed::Response] {
            let error = case(|case| {
                case.signed = signed;
                case.assertion = None;
                case.sign_options.inclusive_prefixes.clear();
                case.response.status = failure(code, second_level);
            })
            .rejected(expected);
            assert_eq!(error.record().clause, "SAML Core 3.2.2.2");
            // The text of the sender is not quoted (ATT-144).
            assert!(!error.to_string().contains("text of the sender"));
        }
    }
}

#[test]
fn a_cancelled_login_says_so_to_the_letter_where_the_partner_has_a_text_for_it() {
    let saying = |message: Option<&'static str>| {
        case(|case| {
            case.policy = case.policy.clone().with_cancellation("Authentication cancelled");
            case.response.status = Status { message, ..cancelled() };
        })
    };

    for cancelled in ["Authentication cancelled", "\n Authentication cancelled "] {
        saying(Some(cancelled)).rejected("status_authn_failed");
    }
    for other in [Some("authentication cancelled"), Some("Authentication cancelled."), Some(""), None] {
        saying(other).rejected("status_not_cancelled");
    }
}

#[test]
fn success_below_a_failure_is_no_success() {
    case(|case| case.response.status = failure(codes::RESPONDER, Some(codes::SUCCESS))).rejected("status_responder");
}

#[test]
fn success_may_have_a_second_level() {
    case(|case| case.response.status = failure(codes::SUCCESS, Some("urn:example:partial"))).accepted();
}

#[test]
fn a_signed_failure_with_an_assertion_is_rejected() {
    case(|case| case.response.status = cancelled()).rejected("status_authn_failed");
}

#[test]
fn an_unsigned_failure_refuses_a_signed_assertion() {
    let with = |status| {
        case(|case| {
            case.signed = Signed::Assertion;
            case.response.status = status;
        })
    };

    with(Status::success()).accepted();
    with(cancelled()).rejected("status_authn_failed");
}

#[test]
fn a_broken_signature_comes_before_the_status() {
    let case = case(|case| case.response.status = cancelled());

    case.rejected("status_authn_failed");
    case.rejects(&replaced(&case.xml(), CANARY, "123456782"), "signature_digest_mismatch");
}

#[test]
fn a_failure_of_another_issuer_is_rejected_as_such() {
    case(|case| {
        case.signed = Signed::Nothing;
        case.assertion = None;
        case.response.status = cancelled();
        case.response.issuer = Some("https://evil.example");
    })
    .rejected("issuer");
}

#[test]
fn success_that_was_written_over_a_signed_failure_is_rejected() {
    let failed = case(|case| case.response.status = cancelled());
    let xml = failed.xml().replace(codes::RESPONDER, codes::SUCCESS);

    failed.rejects(&xml, "signature_digest_mismatch");
    good().accepted();
}
