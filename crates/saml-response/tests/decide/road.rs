//! The road as a whole: what is accepted says who it is, and the trace has every check.

use saml_response::{Authorities, ReceivedResponse, Trace, TrustedSender, Verdict, checks};

use crate::artifact::envelope;
use crate::case::{
    ATTRIBUTE_CANARY, AUTHORITY, BROKER, CANARY, MIDDLE, Signed, case, good, now, parse_soap, seconds_from_now,
};

#[test]
fn a_good_response_is_accepted_with_what_was_signed() {
    let assertion = good().accepted();

    assert_eq!(assertion.issuer(), BROKER);
    assert_eq!(assertion.id(), "_assertion");
    assert_eq!(assertion.name_id().expose(), "s00000000:900026236");
    assert_eq!(assertion.name_id().name_qualifier(), Some(AUTHORITY));
    assert_eq!(assertion.name_id().sp_name_qualifier(), None);
    assert_eq!(assertion.name_id().format(), Some("urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"));
    assert_eq!(assertion.authn_instant(), seconds_from_now(-2));
    assert_eq!(assertion.session_index(), Some("session-1"));
    assert_eq!(assertion.session_not_on_or_after(), None);
    assert_eq!(assertion.level(), Some(MIDDLE));
    assert_eq!(assertion.authority(), Some(AUTHORITY));
    assert_eq!(assertion.attribute("nin"), Some(ATTRIBUTE_CANARY));
}

#[test]
fn the_trace_of_a_good_response_has_every_check_and_nothing_else() {
    let (result, trace) = good().judge(parse_soap, &envelope(&good()), Trace::new());

    assert!(result.is_ok());
    // Nothing is encrypted here.
    for check in checks::ALL.iter().filter(|check| check.code != "decryption") {
        let record = trace.records().iter().find(|record| record.code == check.code).unwrap();
        assert_eq!((record.verdict, record.clause), (Verdict::Passed, check.clause), "{}", check.code);
    }
    for record in trace.records() {
        assert!(checks::ALL.iter().any(|check| check.code == record.code), "{}", record.code);
    }
}

#[test]
fn a_check_that_does_not_apply_says_so() {
    let mut case = case(|case| case.signed = Signed::Assertion);
    case.policy = case.policy.with_authorities(Authorities::whoever_the_issuer_names());
    case.response.destination = None;
    let (result, trace) = case.judge(ReceivedResponse::parse, &case.xml(), Trace::new());

    assert!(result.is_ok());
    let not_checked = trace.records().iter().filter(|record| record.verdict == Verdict::NotChecked);
    let not_checked: Vec<_> = not_checked.map(|record| (record.code, record.expected.to_string())).collect();
    let not_checked: Vec<_> = not_checked.iter().map(|(code, why)| (*code, why.as_str())).collect();
    assert_eq!(
        not_checked,
        [
            ("response_signature", "no signature on this element"),
            ("destination", "not there, and not required of this message"),
            ("authenticating_authority", "the issuer answers for whoever authenticated"),
        ]
    );
}

#[test]
fn every_check_has_a_code_and_a_clause_of_its_own() {
    let codes: std::collections::HashSet<_> = checks::ALL.iter().map(|check| check.code).collect();

    assert_eq!(codes.len(), checks::ALL.len());
    for check in checks::ALL {
        assert!(check.code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{}", check.code);
        assert!(!check.clause.is_empty());
    }
}

#[test]
fn a_trace_of_failures_only_stays_empty_for_a_good_response() {
    let (result, trace) = good().judge(ReceivedResponse::parse, &good().xml(), Trace::failures_only());

    assert!(result.is_ok());
    assert_eq!(trace.records(), []);
}

#[test]
fn nothing_on_the_road_shows_who_it_is_about() {
    let case = good();
    let (result, trace) = case.judge(ReceivedResponse::parse, &case.xml(), Trace::new());
    let assertion = result.unwrap();
    let sender = TrustedSender { entity_id: BROKER, keys: &case.keys };
    let received = ReceivedResponse::parse(case.xml().as_bytes(), &mut Trace::new()).unwrap();
    let received_text = format!("{received:?}");
    let authentic = received.authenticate(&sender, &case.policy, &mut Trace::new()).unwrap();
    assert!(format!("{authentic:?}").contains(BROKER));

    for text in [
        format!("{trace:?}"),
        received_text,
        format!("{authentic:?}"),
        format!("{assertion:?} {:?} {:?}", assertion.name_id(), assertion.attributes()),
    ] {
        assert!(!text.contains(CANARY) && !text.contains(ATTRIBUTE_CANARY), "{text}");
    }
}

#[test]
fn the_received_response_tells_only_whom_to_look_up() {
    let received = ReceivedResponse::parse(good().xml().as_bytes(), &mut Trace::new()).unwrap();

    assert_eq!((received.issuer(), received.in_response_to()), (Some(BROKER), Some("_3e5b0a6f")));
}

#[test]
fn what_was_found_is_cut_to_a_line_without_control_characters() {
    let long = format!("https://evil.example/{}\u{85}", "x".repeat(1000));
    let xml = good().xml().replace(BROKER, &long);
    let error = good().rejects(&xml, "issuer");

    assert_eq!(error.record().found.to_string().chars().count(), 300);
    let xml = good().xml().replace(BROKER, "https://evil.example/&#13;&#10;forged log line");
    let error = good().rejects(&xml, "issuer");
    assert_eq!(error.record().found, "https://evil.example/forged log line");
}

#[test]
fn an_error_names_code_expected_found_and_clause() {
    let mut case = good();
    case.now = now() + chrono::TimeDelta::days(1);

    let error = case.rejected("confirmation_expired");

    assert_eq!(
        error.to_string(),
        "confirmation_expired: expected an end after now 2026-03-02T12:00:00.000Z ± 60 s, found \
         2026-03-01T12:01:58.000Z (SAML Profiles 4.1.4.3)"
    );
}
