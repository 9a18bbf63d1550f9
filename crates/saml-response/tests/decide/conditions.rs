//! Checks `conditions_*` and `audience_restriction`.

use chrono::{DateTime, Utc};
use saml_protocol::Conditions;
use saml_response::ClockSkew;

use crate::case::{Case, PORTAL, assertion, good, replaced, seconds_from_now};

fn with(change: impl FnOnce(&mut Conditions<'static>)) -> Case {
    assertion(|assertion| change(assertion.conditions.as_mut().unwrap()))
}

fn starting(start: DateTime<Utc>) -> Case {
    with(|conditions| conditions.not_before = Some(start))
}

fn ending(end: DateTime<Utc>) -> Case {
    with(|conditions| conditions.not_on_or_after = Some(end))
}

#[test]
fn an_assertion_that_has_not_begun_to_hold_is_rejected() {
    starting(seconds_from_now(60)).accepted();
    starting(seconds_from_now(61)).rejected("conditions_not_before");
}

#[test]
fn an_assertion_that_has_ended_is_rejected() {
    ending(seconds_from_now(-59)).accepted();
    ending(seconds_from_now(-60)).rejected("conditions_expired");
}

#[test]
fn another_skew_moves_both_ends() {
    let without_skew =
        |case: Case| Case { policy: case.policy.clone().with_clock_skew(ClockSkew::seconds(0).unwrap()), ..case };

    without_skew(starting(seconds_from_now(0))).accepted();
    without_skew(starting(seconds_from_now(1))).rejected("conditions_not_before");
    without_skew(ending(seconds_from_now(1))).accepted();
    without_skew(ending(seconds_from_now(0))).rejected("conditions_expired");
}

#[test]
fn a_skew_of_more_than_five_minutes_cannot_be_had() {
    assert!(ClockSkew::seconds(300).is_ok());
    let error = ClockSkew::seconds(301).unwrap_err();
    assert_eq!(error.code(), "config_clock_skew");
    assert_eq!(error.to_string(), "expected a clock skew of at most 300 seconds, found 301");
}

#[test]
fn conditions_without_bounds_leave_the_end_to_the_confirmation() {
    with(|conditions| (conditions.not_before, conditions.not_on_or_after) = (None, None)).accepted();
}

#[test]
fn one_time_use_and_proxy_restriction_are_understood() {
    with(|conditions| conditions.one_time_use = true).accepted();
    let proxy = "<saml:ProxyRestriction Count=\"0\"/></saml:Conditions>";
    good().accepts(&good().xml_with(|assertion| replaced(assertion, "</saml:Conditions>", proxy)));
}

#[test]
fn a_condition_that_is_not_understood_is_rejected() {
    for unknown in ["<saml:Condition/>", "<x:AudienceRestriction xmlns:x=\"urn:x\"/>"] {
        let unknown = format!("{unknown}</saml:Conditions>");
        let xml = good().xml_with(|assertion| replaced(assertion, "</saml:Conditions>", &unknown));
        good().rejects(&xml, "condition_unknown");
    }
}

fn for_audiences(audience_restrictions: Vec<Vec<&'static str>>) -> Case {
    with(|conditions| conditions.audience_restrictions = audience_restrictions)
}

#[test]
fn audience_of_another_sp_is_rejected() {
    let error = for_audiences(vec![vec!["https://other.example"]]).rejected("audience_restriction");

    assert_eq!(
        (error.record().expected.to_string().as_str(), error.record().found.to_string().as_str()),
        (PORTAL, "https://other.example")
    );
}

#[test]
fn audiences_are_compared_byte_for_byte() {
    for audience in [
        "https://portal.example/saml/metadat",
        "https://portal.example/saml/metadata/",
        "https://portal.example/saml/metadata2",
        "https://PORTAL.example/saml/metadata",
        "",
    ] {
        for_audiences(vec![vec![audience]]).rejected("audience_restriction");
    }
}

#[test]
fn an_assertion_without_audience_is_rejected() {
    assertion(|assertion| assertion.conditions = None).rejected("audience_restriction");
    for_audiences(vec![]).rejected("audience_restriction");
    for_audiences(vec![vec![]]).rejected("audience_restriction");
}

#[test]
fn one_of_several_audiences_is_enough() {
    for_audiences(vec![vec!["https://other.example", PORTAL]]).accepted();
}

#[test]
fn every_audience_restriction_must_name_us() {
    for_audiences(vec![vec![PORTAL], vec![PORTAL, "https://other.example"]]).accepted();
    for_audiences(vec![vec![PORTAL], vec!["https://other.example"]]).rejected("audience_restriction");
    for_audiences(vec![vec!["https://other.example"], vec![PORTAL]]).rejected("audience_restriction");
}
