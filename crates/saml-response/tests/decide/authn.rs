//! Checks `authn_statement`, `authn_instant`, `session_not_on_or_after`, `level` and `authenticating_authority`.

use chrono::TimeDelta;
use saml_protocol::{AuthnStatement, NameId};
use saml_response::{Authorities, Levels};

use crate::case::{
    ALSO_MIDDLE, AUTHORITY, BROKER, Case, HIGH, LOW, MIDDLE, SCALE, assertion, case, name_id, seconds_from_now,
};

fn with(change: impl FnOnce(&mut AuthnStatement<'static>)) -> Case {
    assertion(|assertion| change(&mut assertion.authn_statements[0]))
}

#[test]
fn an_assertion_without_authentication_is_rejected() {
    assertion(|assertion| assertion.authn_statements.clear()).rejected("authn_statement");
}

#[test]
fn of_two_statements_none_is_picked() {
    let error = assertion(|assertion| {
        let mut second = assertion.authn_statements[0].clone();
        second.class_ref = Some(HIGH);
        assertion.authn_statements.push(second);
    })
    .rejected("authn_statement");

    assert_eq!(error.record().found, "2");
}

#[test]
fn an_authentication_before_the_request_is_rejected_when_it_was_forced() {
    // The request was made 30 seconds ago; the skew is 60 seconds.
    with(|statement| statement.authn_instant = seconds_from_now(-90)).accepted();
    with(|statement| statement.authn_instant = seconds_from_now(-91)).rejected("authn_instant");
}

#[test]
fn an_authentication_before_the_request_is_accepted_when_it_was_not_forced() {
    let day_old = |force_authn| {
        let mut case = with(|statement| statement.authn_instant = seconds_from_now(0) - TimeDelta::days(1));
        case.request.force_authn = force_authn;
        case
    };

    day_old(false).accepted();
    day_old(true).rejected("authn_instant");
}

#[test]
fn an_authentication_in_the_future_is_rejected_forced_or_not() {
    for force_authn in [true, false] {
        let at = |seconds| {
            let mut case = with(|statement| statement.authn_instant = seconds_from_now(seconds));
            case.request.force_authn = force_authn;
            case
        };
        at(60).accepted();
        at(61).rejected("authn_instant");
    }
}

#[test]
fn a_session_that_has_ended_is_rejected() {
    let ending = |seconds| with(|statement| statement.session_not_on_or_after = Some(seconds_from_now(seconds)));

    assert_eq!(ending(-59).accepted().session_not_on_or_after(), Some(seconds_from_now(-59)));
    ending(-60).rejected("session_not_on_or_after");
}

/// The good case, where `requested` was asked for, `floor` is the lowest level, and `reached` was reached.
fn level(requested: Option<&str>, floor: u8, reached: Option<&'static str>) -> Case {
    let mut case = with(|statement| statement.class_ref = reached);
    case.policy = case.policy.with_levels(Levels::ordered(SCALE, floor));
    case.request.requested_level = requested.map(str::to_owned);
    case
}

#[test]
fn a_level_below_the_one_asked_for_is_rejected() {
    assert_eq!(level(Some(MIDDLE), 10, Some(MIDDLE)).accepted().level(), Some(MIDDLE));
    let error = level(Some(MIDDLE), 10, Some(LOW)).rejected("level_too_low");
    assert_eq!(error.record().expected, "urn:example:level:middle or higher");
}

#[test]
fn a_level_below_the_floor_is_rejected_whatever_was_asked_for() {
    for requested in [None, Some(LOW), Some(MIDDLE)] {
        level(requested, 30, Some(HIGH)).accepted();
        level(requested, 30, Some(MIDDLE)).rejected("level_too_low");
    }
}

#[test]
fn a_higher_level_than_asked_for_is_accepted() {
    assert_eq!(level(Some(LOW), 10, Some(HIGH)).accepted().level(), Some(HIGH));
}

#[test]
fn the_same_level_in_another_vocabulary_is_accepted() {
    assert_eq!(level(Some(MIDDLE), 10, Some(ALSO_MIDDLE)).accepted().level(), Some(ALSO_MIDDLE));
    level(Some(HIGH), 10, Some(ALSO_MIDDLE)).rejected("level_too_low");
}

#[test]
fn a_level_that_is_missing_is_rejected() {
    level(Some(LOW), 10, None).rejected("level_missing");
    level(None, 10, None).rejected("level_missing");
}

#[test]
fn a_level_that_is_not_known_is_rejected() {
    for reached in ["urn:example:level:highest", "urn:example:level:HIGH", ""] {
        level(Some(LOW), 10, Some(reached)).rejected("level_unknown");
    }
}

#[test]
fn a_request_for_a_level_that_cannot_be_compared_is_rejected() {
    level(Some("urn:example:else"), 10, Some(HIGH)).rejected("level_too_low");
}

#[test]
fn an_exact_level_is_the_one_asked_for_and_no_other() {
    let exact = |requested: Option<&str>, reached| {
        let mut case = level(requested, 10, reached);
        case.policy = case.policy.with_levels(Levels::exact());
        case
    };

    exact(Some(MIDDLE), Some(MIDDLE)).accepted();
    exact(Some(MIDDLE), Some(HIGH)).rejected("level");
    exact(Some(MIDDLE), None).rejected("level");
    exact(None, Some("urn:example:else")).accepted();
    assert_eq!(exact(None, None).accepted().level(), None);
}

/// The good case, with these authorities in the statement and this `NameQualifier`.
fn authority(named: &[&'static str], name_qualifier: Option<&'static str>) -> Case {
    assertion(|assertion| {
        assertion.authn_statements[0].authenticating_authorities = named.to_vec();
        assertion.subject.as_mut().unwrap().name_id = Some(NameId { name_qualifier, ..name_id() });
    })
}

#[test]
fn an_authority_that_is_not_on_the_list_is_rejected() {
    let error = authority(&["simulator"], Some("simulator")).rejected("authenticating_authority");

    assert_eq!(error.record().expected, "one of: https://digid.example/saml/idp/metadata, https://other.example");
    assert_eq!(error.record().found, "simulator, simulator");
    authority(&["https://DIGID.example/saml/idp/metadata"], None).rejected("authenticating_authority");
    authority(&[""], None).rejected("authenticating_authority");
}

#[test]
fn an_authority_may_be_named_in_either_place() {
    for case in [authority(&[AUTHORITY], None), authority(&[], Some(AUTHORITY))] {
        assert_eq!(case.accepted().authority(), Some(AUTHORITY));
    }
}

#[test]
fn an_authority_that_is_absent_is_rejected() {
    let error = authority(&[], None).rejected("authenticating_authority");

    assert_eq!(error.record().found, "nothing");
}

#[test]
fn an_authority_on_the_list_in_one_place_does_not_make_up_for_another() {
    authority(&["simulator"], Some(AUTHORITY)).rejected("authenticating_authority");
    authority(&[AUTHORITY], Some("simulator")).rejected("authenticating_authority");
    authority(&[AUTHORITY, "simulator"], None).rejected("authenticating_authority");
}

#[test]
fn authorities_that_disagree_are_rejected() {
    let other = "https://other.example";

    authority(&[other], Some(other)).accepted();
    authority(&[other], Some(AUTHORITY)).rejected("authenticating_authority_ambiguous");
    authority(&[other, AUTHORITY], None).rejected("authenticating_authority_ambiguous");
    authority(&[other, AUTHORITY], Some(other)).rejected("authenticating_authority_ambiguous");
}

#[test]
fn a_routing_service_may_name_several_and_each_must_be_on_the_list() {
    let other = "https://other.example";
    let routed = |named: &[&'static str], name_qualifier: Option<&'static str>| {
        let mut case = authority(named, name_qualifier);
        case.policy = case.policy.with_authorities(Authorities::each_of([AUTHORITY, other].map(str::to_owned)));
        case
    };

    assert_eq!(routed(&[other, AUTHORITY], None).accepted().authority(), Some(other));
    assert_eq!(routed(&[], Some(AUTHORITY)).accepted().authority(), Some(AUTHORITY));
    routed(&[other, "simulator"], None).rejected("authenticating_authority");
    routed(&[other], Some("simulator")).rejected("authenticating_authority");
    routed(&[], None).rejected("authenticating_authority");
}

#[test]
fn an_empty_list_of_authorities_rejects_everybody() {
    case(|case| case.policy = case.policy.clone().with_authorities(Authorities::one_of([])))
        .rejected("authenticating_authority");
}

#[test]
fn an_issuer_that_is_no_broker_names_nobody_but_itself() {
    let by_itself = |mut case: Case| {
        case.policy = case.policy.with_authorities(Authorities::issuer_itself());
        case
    };

    assert_eq!(by_itself(authority(&[], None)).accepted().authority(), None);
    assert_eq!(by_itself(authority(&[BROKER], Some(BROKER))).accepted().authority(), None);
    by_itself(authority(&["simulator"], None)).rejected("authenticating_authority");
    by_itself(authority(&[], Some("simulator"))).rejected("authenticating_authority");
}

#[test]
fn whom_an_issuer_answers_for_is_not_passed_on() {
    let mut case = authority(&["https://upstream.example"], None);
    case.policy = case.policy.with_authorities(Authorities::whoever_the_issuer_names());

    assert_eq!(case.accepted().authority(), None);
}
