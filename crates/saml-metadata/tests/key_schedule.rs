//! Which keys are published and which signs, before and after a change.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta, Utc};
use saml_metadata::{
    IndexedEndpoint, KeySchedule, KeyScheduleError, Metadata, NextKey, Published, ServiceProviderMetadata,
};
use saml_protocol::Binding;
use saml_xml_security::{AlgorithmPolicy, SigningKey, VerifyingKey};

/// When the change is.
const CHANGE: i64 = 1_800_000_000;

/// The current key, valid until just before the change, and the next, valid from it.
fn keys() -> &'static [SigningKey; 2] {
    static KEYS: OnceLock<[SigningKey; 2]> = OnceLock::new();
    KEYS.get_or_init(|| {
        [(0, CHANGE - 1), (CHANGE, 4_000_000_000)]
            .map(|(from, until)| SigningKey::generate_self_signed(2048, "portal.example.nl", from, until).unwrap())
    })
}

fn public() -> [VerifyingKey; 2] {
    keys().each_ref().map(|key| key.verifying_key().clone())
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(CHANGE, 0).unwrap() + TimeDelta::seconds(seconds)
}

fn change(published: Published) -> Result<KeySchedule, KeyScheduleError> {
    change_at(0, published)
}

fn change_at(seconds: i64, published: Published) -> Result<KeySchedule, KeyScheduleError> {
    let [current, next] = keys().clone();
    KeySchedule::new(current).with_next(NextKey { key: next, signs_from: at(seconds), published })
}

/// Returns what is published, what signs messages and what signs the metadata.
fn answers(schedule: &KeySchedule, seconds: i64) -> (Vec<VerifyingKey>, VerifyingKey, VerifyingKey) {
    let at = at(seconds);
    let signs = |key: &SigningKey| key.verifying_key().clone();
    (schedule.published(at), signs(schedule.signs(at)), signs(schedule.signs_metadata(at)))
}

#[test]
fn one_key_is_published_and_signs_for_ever() {
    let [current, _] = public();
    let schedule = KeySchedule::new(keys()[0].clone());
    for seconds in [-1, 0, 1_000_000] {
        assert_eq!(answers(&schedule, seconds), (vec![current.clone()], current.clone(), current.clone()));
    }
}

#[test]
fn the_next_key_signs_from_its_moment_and_is_then_published_alone() {
    let [current, next] = public();
    for (published, before) in [
        (Published::Current, (vec![current.clone()], current.clone(), current.clone())),
        (Published::Next, (vec![next.clone()], current.clone(), next.clone())),
        (Published::Both { until: at(0) }, (vec![current.clone(), next.clone()], current.clone(), current.clone())),
    ] {
        let schedule = change(published).unwrap();
        assert_eq!(answers(&schedule, -1), before, "{published:?}");
        assert_eq!(answers(&schedule, 0), (vec![next.clone()], next.clone(), next.clone()), "{published:?}");
    }
}

#[test]
fn both_are_published_until_the_end_of_the_overlap_the_one_that_signs_first() {
    let [current, next] = public();
    let schedule = change(Published::Both { until: at(10) }).unwrap();
    assert_eq!(answers(&schedule, 9), (vec![next.clone(), current], next.clone(), next.clone()));
    assert_eq!(answers(&schedule, 10), (vec![next.clone()], next.clone(), next));
}

#[test]
fn the_current_key_is_not_withdrawn_while_it_signs() {
    assert!(change(Published::Both { until: at(0) }).is_ok());
    let error = change(Published::Both { until: at(-1) }).unwrap_err();
    assert_eq!(error, KeyScheduleError::Overlap { signs_from: at(0), until: at(-1) });
    assert_eq!(error.code(), "key_schedule_overlap");
    let said = "expected both keys to be published until 2027-01-15T08:00:00Z at least, found 2027-01-15T07:59:59Z";
    assert_eq!(error.to_string(), said);
}

#[test]
fn the_next_key_is_another_one() {
    let [current, next] = keys().clone();
    let next_key = |key| NextKey { key, signs_from: at(0), published: Published::Next };
    assert!(KeySchedule::new(current.clone()).with_next(next_key(next)).is_ok());
    let error = KeySchedule::new(current.clone()).with_next(next_key(current)).unwrap_err();
    assert_eq!((error.code(), &error), ("key_schedule_same_key", &KeyScheduleError::SameKey));
}

#[test]
fn both_certificates_hold_at_the_change() {
    assert!(change_at(0, Published::Next).is_ok());
    for (seconds, which) in [(1, "current"), (-1, "next")] {
        let error = change_at(seconds, Published::Next).unwrap_err();
        assert_eq!(error, KeyScheduleError::Validity { which, signs_from: at(seconds) });
        assert_eq!(error.code(), "key_schedule_validity");
    }
}

#[test]
fn metadata_is_signed_by_a_key_that_stands_in_it() {
    for published in [Published::Current, Published::Next, Published::Both { until: at(10) }] {
        let schedule = change(published).unwrap();
        for seconds in [-1, 0, 10] {
            let location = "https://portal.example.nl/acs".to_owned();
            let acs = IndexedEndpoint { index: 0, is_default: None, binding: Binding::HttpPost, location };
            let keys = schedule.published(at(seconds));
            let entity_id = "https://portal.example.nl/saml";
            let metadata = ServiceProviderMetadata::new("_1", entity_id, keys.clone(), vec![acs]);
            let file = metadata.sign(schedule.signs_metadata(at(seconds))).unwrap();
            Metadata::verify(file.as_bytes(), &keys, &AlgorithmPolicy::modern()).unwrap();
        }
    }
}
