//! Checks `response_signature`, `assertion_signature` and `signature_required`.

use saml_response::SignatureRequirement;
use saml_xml_security::{AlgorithmPolicy, SignatureAlgorithm};

use crate::case::{CANARY, Case, OTHER_KEY, Signed, case, good, replaced, signature, source};

fn signed(signed: Signed) -> Case {
    case(|case| case.signed = signed)
}

#[test]
fn a_response_that_was_changed_after_it_was_signed_is_rejected() {
    let good = signed(Signed::Response);
    let error = good.rejects(&replaced(&good.xml(), CANARY, "123456782"), "signature_digest_mismatch");

    assert_eq!(error.record().expected, "a signature by a key of the partner, over exactly this element");
    good.accepted();
}

#[test]
fn an_assertion_that_was_changed_after_it_was_signed_is_rejected() {
    let good = signed(Signed::Assertion);

    good.accepted();
    good.rejects(&replaced(&good.xml(), CANARY, "123456782"), "signature_digest_mismatch");
}

#[test]
fn a_broken_assertion_signature_is_not_made_good_by_status_success() {
    let good = signed(Signed::Assertion);
    let xml = replaced(&good.xml(), "SessionIndex=\"session-1\"", "SessionIndex=\"session-2\"");

    good.rejects(&xml, "signature_digest_mismatch");
}

#[test]
fn a_broken_assertion_signature_is_not_made_good_by_the_response_around_it() {
    let inner = replaced(&signed(Signed::Assertion).xml(), CANARY, "123456782");
    let both = good().sign(&inner);

    good().rejects(&both, "signature_digest_mismatch");
}

#[test]
fn a_broken_response_signature_is_not_made_good_by_the_assertion_within() {
    let xml = good().xml();

    good().accepts(&xml);
    good().rejects(&replaced(&xml, "ID=\"_response\"", "ID=\"_response2\""), "signature_reference_uri");
    good().rejects(&replaced(&xml, "</samlp:Status>", " </samlp:Status>"), "signature_digest_mismatch");
}

#[test]
fn a_signature_by_another_key_is_rejected() {
    for signed in [Signed::Assertion, Signed::Response, Signed::Both] {
        let other = case(|case| {
            case.signed = signed;
            case.keys = vec![OTHER_KEY.verifying_key().clone()];
        });
        other.rejected("signature_invalid");
    }
}

#[test]
fn either_of_two_keys_of_the_partner_may_have_signed() {
    case(|case| case.keys.insert(0, OTHER_KEY.verifying_key().clone())).accepted();
    case(|case| case.keys.push(OTHER_KEY.verifying_key().clone())).accepted();
}

#[test]
fn a_partner_without_keys_is_rejected() {
    case(|case| case.keys.clear()).rejected("signature_no_key");
}

#[test]
fn the_key_that_the_message_brings_is_not_trusted() {
    let case = case(|case| case.keys = vec![OTHER_KEY.verifying_key().clone()]);

    assert!(case.xml().contains("X509Certificate"));
    case.rejected("signature_invalid");
}

#[test]
fn sha_1_is_rejected() {
    let xml = replaced(
        &good().xml(),
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
    );

    good().rejects(&xml, "signature_algorithm");
}

#[test]
fn an_algorithm_that_the_policy_does_not_list_is_rejected() {
    let pss = |algorithms| {
        case(|case| {
            case.sign_options.signature = SignatureAlgorithm::RsaPssSha256;
            case.policy = case.policy.clone().with_algorithms(algorithms);
        })
    };

    pss(AlgorithmPolicy::modern()).accepted();
    pss(AlgorithmPolicy::rsa()).rejected("signature_algorithm");
}

#[test]
fn two_signatures_on_one_element_are_rejected() {
    let good = signed(Signed::Assertion);
    let signature = signature(&good.xml());

    good.rejects(&replaced(&good.xml(), &signature, &format!("{signature}{signature}")), "signature_count");
}

#[test]
fn a_signature_that_stands_elsewhere_is_rejected() {
    let good = signed(Signed::Assertion);
    let signature = signature(&good.xml());
    let xml = replaced(&good.xml(), &signature, "");
    let xml = replaced(&xml, "</saml:Subject>", &format!("</saml:Subject>{signature}"));

    good.rejects(&xml, "signature_position");
}

#[test]
fn nothing_signed_is_rejected_under_either_requirement() {
    for requirement in [SignatureRequirement::Assertion, SignatureRequirement::AssertionOrResponse] {
        let error = case(|case| {
            case.signed = Signed::Nothing;
            case.policy = case.policy.clone().with_signatures(requirement);
        })
        .rejected("signature_missing");
        assert_eq!(error.record().expected, requirement.describe());
    }
}

#[test]
fn a_signed_response_with_an_unsigned_assertion_is_accepted_only_where_either_will_do() {
    let with = |requirement| {
        case(|case| {
            case.signed = Signed::Response;
            case.policy = case.policy.clone().with_signatures(requirement);
        })
    };

    let accepted = with(SignatureRequirement::AssertionOrResponse).accepted();
    assert_eq!(accepted.name_id().expose(), "s00000000:900026236");
    with(SignatureRequirement::Assertion).rejected("signature_missing");
}

#[test]
fn a_signed_assertion_is_accepted_under_either_requirement() {
    for requirement in [SignatureRequirement::Assertion, SignatureRequirement::AssertionOrResponse] {
        case(|case| {
            case.signed = Signed::Assertion;
            case.policy = case.policy.clone().with_signatures(requirement);
        })
        .accepted();
    }
}

#[test]
fn an_encrypted_assertion_is_rejected() {
    let good = signed(Signed::Assertion);
    let xml = replaced(&good.xml(), &source(&good.xml(), "Assertion"), "<saml:EncryptedAssertion/>");

    good.rejects(&xml, "encrypted_assertion");
}

#[test]
fn a_response_without_assertion_is_rejected() {
    case(|case| {
        case.signed = Signed::Response;
        case.assertion = None;
        case.sign_options.inclusive_prefixes.clear();
    })
    .rejected("assertion");
}

#[test]
fn removing_the_signatures_one_after_the_other_ends_in_rejection() {
    let both = good().xml();
    let without_outer = replaced(&both, &signature(&both), "");
    let without_any = replaced(&without_outer, &signature(&without_outer), "");

    good().accepts(&without_outer);
    good().rejects(&without_any, "signature_missing");
}
