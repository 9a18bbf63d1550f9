//! What a record of the trace holds, and in which words.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use saml_response::{Authorities, Check, SignatureRequirement, Trace, Verdict};

const CHECK: Check = Check { code: "destination", clause: "SAML Core 3.2.2" };
const LIMIT: usize = 300;

fn found(text: &str) -> String {
    let mut trace = Trace::new();
    trace.fail(&CHECK, CHECK.code, "something else", text.to_owned());
    trace.records().first().unwrap().found.to_string()
}

#[test]
fn what_was_found_is_kept_up_to_the_length_of_a_log_line() {
    for length in [0, 1, LIMIT - 1, LIMIT] {
        assert_eq!(found(&"x".repeat(length)), "x".repeat(length));
    }
    for length in [LIMIT + 1, LIMIT * 10] {
        assert_eq!(found(&"x".repeat(length)), "x".repeat(LIMIT));
    }
}

#[test]
fn what_was_found_cannot_start_another_line_of_the_log() {
    assert_eq!(found("https://sp.example/acs"), "https://sp.example/acs");
    assert_eq!(
        found("https://sp.example/acs\r\n2026 login accepted\u{1b}[2K"),
        "https://sp.example/acs2026 login accepted[2K"
    );
}

#[test]
fn a_record_says_how_its_check_ended() {
    let mut trace = Trace::new();
    trace.pass(&CHECK, || "one", || "one");
    trace.not_checked(&CHECK, "nothing is known of it");
    trace.check(&CHECK, false, || "one", || "other").unwrap_err();
    let ended: Vec<&str> = trace.records().iter().map(|record| record.verdict.as_str()).collect();
    assert_eq!(ended, ["passed", "not_checked", "failed"]);
    assert_eq!(trace.records().last().unwrap().verdict, Verdict::Failed);
}

#[test]
fn what_must_be_signed_is_said_in_words() {
    assert_eq!(SignatureRequirement::Assertion.describe(), "a signature on the assertion");
    let either = SignatureRequirement::AssertionOrResponse.describe();
    assert_eq!(either, "a signature on the assertion or on a message around it");
}

#[test]
fn the_authorities_behind_a_broker_are_those_that_were_named() {
    let named = ["https://one.example".to_owned(), "https://two.example".to_owned()];
    assert_eq!(Authorities::one_of(named.clone()).entity_ids(), named);
    assert!(Authorities::issuer_itself().entity_ids().is_empty());
    assert!(Authorities::whoever_the_issuer_names().entity_ids().is_empty());
}
