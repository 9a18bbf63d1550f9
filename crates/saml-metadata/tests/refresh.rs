//! Which file may take the place of the copy in use, and when the next one is fetched.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::sync::OnceLock;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use saml_metadata::{Aggregate, Error, Metadata, MetadataCopy, MetadataRefresh, MetadataSource, Stamps};
use saml_protocol::parse_date_time;
use saml_xml_security::{SignOptions, SigningKey, VerifyingKey, sign};

const ENTITY: &str = "https://broker.example.nl/saml";
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

fn keys() -> &'static [SigningKey; 3] {
    static KEYS: OnceLock<[SigningKey; 3]> = OnceLock::new();
    KEYS.get_or_init(|| {
        ["one", "two", "three"].map(|name| SigningKey::generate_self_signed(2048, name, 0, 4_000_000_000).unwrap())
    })
}

fn public(index: usize) -> VerifyingKey {
    keys()[index].verifying_key().clone()
}

fn now() -> DateTime<Utc> {
    at("2026-03-01T12:00:00Z")
}

fn at(text: &str) -> DateTime<Utc> {
    parse_date_time(text).unwrap()
}

fn hours(count: i32) -> DateTime<Utc> {
    now() + TimeDelta::hours(count.into())
}

/// Metadata of an identity provider; what it says of itself, its keys, and who signs it.
#[derive(Clone, Copy)]
struct File<'a> {
    attributes: &'a str,
    extensions: &'a str,
    keys: &'a [usize],
    signed_by: usize,
}

const FILE: File<'_> = File { attributes: "", extensions: "", keys: &[0], signed_by: 0 };

impl File<'_> {
    fn unsigned(&self) -> String {
        let descriptors = self.keys.iter().map(|key| {
            let certificate = STANDARD.encode(public(*key).certificate_der().unwrap());
            format!(
                "<md:KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}\
                 </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
            )
        });
        let (attributes, extensions, descriptors) =
            (self.attributes, extensions(self.extensions), descriptors.collect::<String>());
        format!(
            "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" \
             xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" ID=\"_1\" entityID=\"{ENTITY}\" {attributes}>{extensions}\
             <md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{descriptors}\
             <md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" \
             Location=\"https://broker.example.nl/login\"/></md:IDPSSODescriptor></md:EntityDescriptor>"
        )
    }

    fn signed(&self) -> String {
        sign(&self.unsigned(), &keys()[self.signed_by], &SignOptions::default()).unwrap()
    }
}

fn extensions(content: &str) -> String {
    if content.is_empty() {
        return String::new();
    }
    format!(
        "<md:Extensions xmlns:mdrpi=\"urn:oasis:names:tc:SAML:metadata:rpi\" xmlns:other=\"urn:other\">{content}\
         </md:Extensions>"
    )
}

fn published(moment: &str) -> String {
    format!("<mdrpi:PublicationInfo publisher=\"https://example.nl\" creationInstant=\"{moment}\"/>")
}

fn registered(moment: &str) -> String {
    format!("<mdrpi:RegistrationInfo registrationAuthority=\"https://example.nl\" registrationInstant=\"{moment}\"/>")
}

fn valid_until(moment: &str) -> String {
    format!("validUntil=\"{moment}\"")
}

fn source() -> MetadataSource {
    MetadataSource::new(ENTITY, vec![public(0)]).unwrap()
}

/// Judges a file without a copy before it.
fn judge(source: &MetadataSource, file: &str) -> Result<MetadataCopy, Error> {
    source.judge(file.as_bytes(), None, now())
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    result.unwrap_err().code()
}

#[test]
fn a_file_by_a_pinned_key_is_believed_and_one_by_another_or_by_none_is_not() {
    let copy = judge(&source(), &FILE.signed()).unwrap();
    assert_eq!(copy.identity_provider().signing_keys(), [public(0)]);

    let by_another = File { keys: &[0, 1], signed_by: 1, ..FILE };
    assert_eq!(code(judge(&source(), &by_another.signed())), "signature_invalid");
    let pins_another = MetadataSource::new(ENTITY, vec![public(0), public(1)]).unwrap();
    assert!(judge(&pins_another, &by_another.signed()).is_ok());
    assert_eq!(code(judge(&source(), &FILE.unsigned())), "signature_missing");
    assert_eq!(code(judge(&source(), &FILE.signed().replace("/login", "/elsewhere"))), "signature_digest_mismatch");
}

#[test]
fn a_source_without_a_pinned_key_is_refused() {
    assert!(MetadataSource::new(ENTITY, vec![public(0)]).is_ok());
    assert_eq!(code(MetadataSource::new(ENTITY, Vec::new())), "metadata_no_signing_key");
}

#[test]
fn a_file_of_another_entity_is_refused() {
    let another = MetadataSource::new("https://other.example.nl/saml", vec![public(0)]).unwrap();
    assert!(judge(&source(), &FILE.signed()).is_ok());
    assert_eq!(code(judge(&another, &FILE.signed())), "metadata_entity_mismatch");
}

fn aggregate(attributes: &str, entity: &str) -> String {
    aggregate_signed_by(0, attributes, entity)
}

fn aggregate_signed_by(key: usize, attributes: &str, entity: &str) -> String {
    let file = format!(
        "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" ID=\"_all\" {attributes}>\
         <md:EntityDescriptor entityID=\"https://another.example.nl\"/>{entity}</md:EntitiesDescriptor>"
    );
    sign(&file, &keys()[key], &SignOptions::default()).unwrap()
}

#[test]
fn an_entity_in_a_signed_aggregate_is_believed_and_one_that_stands_not_in_it_is_not() {
    let copy = judge(&source(), &aggregate("cacheDuration=\"PT1H\"", &FILE.unsigned())).unwrap();
    assert_eq!(copy.identity_provider().signing_keys(), [public(0)]);
    assert_eq!(copy.cache_duration(), Some(HOUR));
    assert_eq!(code(judge(&source(), &aggregate("", ""))), "metadata_entity_missing");
    let changed = aggregate("", &FILE.unsigned()).replace("/login", "/elsewhere");
    assert_eq!(code(judge(&source(), &changed)), "signature_digest_mismatch");
}

#[test]
fn the_end_and_the_age_of_an_aggregate_are_those_of_its_entities() {
    let until = |moment| aggregate(&valid_until(moment), &FILE.unsigned());
    assert_eq!(code(judge(&source(), &until("2026-03-01T12:00:00Z"))), "metadata_expired");
    let last_good = judge(&source(), &until("2026-03-03T00:00:00Z")).unwrap();
    let after = |moment| source().judge(until(moment).as_bytes(), Some(&last_good), now());
    assert!(after("2026-03-04T00:00:00Z").is_ok());
    assert_eq!(code(after("2026-03-02T00:00:00Z")), "metadata_rollback");
}

#[test]
fn a_file_that_has_expired_is_refused() {
    let until = |moment| File { attributes: &valid_until(moment), ..FILE }.signed();
    assert!(judge(&source(), &until("2026-03-01T12:00:01Z")).is_ok());
    assert_eq!(code(judge(&source(), &until("2026-03-01T12:00:00Z"))), "metadata_expired");
}

#[test]
fn a_file_that_is_valid_for_too_long_or_for_ever_is_refused_where_that_is_limited() {
    let limited = source().with_longest_validity(HOUR);
    let until = |moment| File { attributes: &valid_until(moment), ..FILE }.signed();
    assert!(judge(&limited, &until("2026-03-01T13:00:00Z")).is_ok());
    assert_eq!(code(judge(&limited, &until("2026-03-01T13:00:01Z"))), "metadata_validity");
    assert_eq!(code(judge(&limited, &FILE.signed())), "metadata_validity");
    assert!(judge(&source(), &FILE.signed()).is_ok());
}

#[test]
fn the_key_of_the_last_good_copy_brings_the_next_one_only_where_keys_are_followed() {
    let both = File { keys: &[0, 1], ..FILE }.signed();
    let next = File { keys: &[1], signed_by: 1, ..FILE }.signed();
    let last_good = judge(&source(), &both).unwrap();

    let follows = source().following_keys();
    let copy = follows.judge(next.as_bytes(), Some(&last_good), now()).unwrap();
    assert_eq!(copy.identity_provider().signing_keys(), [public(1)]);
    assert_eq!(code(source().judge(next.as_bytes(), Some(&last_good), now())), "signature_invalid");
    assert_eq!(code(judge(&follows, &next)), "signature_invalid");

    // A key of neither is no key, whatever file brings it.
    let strange = File { keys: &[1, 2], signed_by: 2, ..FILE }.signed();
    assert_eq!(code(follows.judge(strange.as_bytes(), Some(&last_good), now())), "signature_invalid");
}

#[test]
fn the_keys_of_a_copy_that_has_expired_are_not_followed() {
    let both = File { keys: &[0, 1], attributes: &valid_until("2026-03-01T13:00:00Z"), ..FILE }.signed();
    let later = valid_until("2026-04-01T13:00:00Z");
    let next = File { keys: &[1], signed_by: 1, attributes: &later, ..FILE }.signed();
    let follows = source().following_keys();
    let last_good = judge(&follows, &both).unwrap();

    let second = TimeDelta::seconds(1);
    assert!(follows.judge(next.as_bytes(), Some(&last_good), hours(1) - second).is_ok());
    assert_eq!(code(follows.judge(next.as_bytes(), Some(&last_good), hours(1))), "signature_invalid");
    let by_the_pinned_key = File { keys: &[1], attributes: &later, ..FILE }.signed();
    assert!(follows.judge(by_the_pinned_key.as_bytes(), Some(&last_good), hours(1)).is_ok());
}

#[test]
fn a_key_that_is_followed_speaks_for_its_entity_and_not_for_an_aggregate() {
    let both = File { keys: &[0, 1], ..FILE };
    let follows = source().following_keys();
    let last_good = judge(&follows, &both.signed()).unwrap();
    let after = |file: &str| follows.judge(file.as_bytes(), Some(&last_good), now());
    let by = |key| aggregate_signed_by(key, "", &both.unsigned());

    assert_eq!(follows.restore(by(0).as_bytes()), after(&by(0)));
    assert!(after(&File { signed_by: 1, ..both }.signed()).is_ok());
    assert_eq!(code(after(&by(1))), "signature_invalid");
    assert_eq!(code(follows.restore(by(1).as_bytes())), "signature_invalid");
}

#[test]
fn an_older_version_is_refused_by_each_of_its_moments_and_one_that_leaves_it_out_too() {
    const OLD: &str = "2026-04-01T00:00:00Z";
    const NEW: &str = "2026-04-02T00:00:00Z";
    for stamp in ["creationInstant", "registrationInstant", "validUntil"] {
        let version = |moment: &str| match stamp {
            "creationInstant" => File { extensions: &published(moment), ..FILE }.signed(),
            "registrationInstant" => File { extensions: &registered(moment), ..FILE }.signed(),
            _ => File { attributes: &valid_until(moment), ..FILE }.signed(),
        };
        let last_good = judge(&source(), &version(NEW)).unwrap();
        let after = |file: String| source().judge(file.as_bytes(), Some(&last_good), now());
        // White space makes other bytes of the same moment.
        assert!(after(version(&format!(" {NEW}"))).is_ok(), "{stamp}");
        assert!(after(version("2026-04-03T00:00:00Z")).is_ok(), "{stamp}");
        let error = after(version(OLD)).unwrap_err();
        let expected = Error::Rollback { stamp, before: at(NEW), found: OLD.to_owned() };
        assert_eq!((error.code(), &error), ("metadata_rollback", &expected));
        let error = after(FILE.signed()).unwrap_err();
        assert_eq!(error, Error::Rollback { stamp, before: at(NEW), found: "none".to_owned() });
    }
}

#[test]
fn a_newer_publication_may_be_valid_for_a_shorter_time() {
    let version = |publication: &str, until: &str| {
        File { extensions: &published(publication), attributes: &valid_until(until), ..FILE }.signed()
    };
    let last_good = judge(&source(), &version("2026-02-01T00:00:00Z", "2026-09-01T00:00:00Z")).unwrap();
    let after = |file: String| source().judge(file.as_bytes(), Some(&last_good), now());
    assert!(after(version("2026-02-02T00:00:00Z", "2026-04-01T00:00:00Z")).is_ok());
    assert_eq!(code(after(version("2026-01-31T00:00:00Z", "2026-10-01T00:00:00Z"))), "metadata_rollback");
}

#[test]
fn of_several_publications_the_earliest_counts_and_another_namespace_does_not() {
    let stamps = |extensions: &str| {
        let metadata = Metadata::parse_unverified(File { extensions, ..FILE }.unsigned().as_bytes())?;
        Ok::<Stamps, Error>(*metadata.stamps())
    };
    let (first, second) = ("2026-04-01T00:00:00Z", "2026-04-02T00:00:00Z");
    let both = published(second) + &published(first) + &registered(second);
    let found = stamps(&both).unwrap();
    assert_eq!(found, Stamps { published: Some(at(first)), registered: Some(at(second)), valid_until: None });
    assert_eq!(stamps(&published(first).replace("mdrpi:", "other:")).unwrap(), Stamps::default());
    assert_eq!(stamps("<mdrpi:PublicationInfo publisher=\"https://example.nl\"/>").unwrap(), Stamps::default());
    assert_eq!(code(stamps(&published("yesterday"))), "date_time");
}

#[test]
fn an_aggregate_says_when_it_was_published_and_is_not_used_after_its_end() {
    let file = format!(
        "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" \
         validUntil=\"2026-04-01T00:00:00Z\">{}<md:EntityDescriptor entityID=\"{ENTITY}\"/></md:EntitiesDescriptor>",
        extensions(&published("2026-03-01T00:00:00Z"))
    );
    let aggregate = Aggregate::parse_unverified(file.as_bytes()).unwrap();
    let (published, end) = (at("2026-03-01T00:00:00Z"), at("2026-04-01T00:00:00Z"));
    let stamps = Stamps { published: Some(published), registered: None, valid_until: Some(end) };
    assert_eq!(*aggregate.stamps(), stamps);
    assert_eq!(aggregate.check_valid(end - TimeDelta::seconds(1)), Ok(()));
    assert_eq!(code(aggregate.check_valid(end)), "metadata_expired");

    let older = Stamps { published: Some(published - TimeDelta::seconds(1)), ..stamps };
    assert_eq!(stamps.require_not_before(&older), Ok(()));
    assert_eq!(code(older.require_not_before(&stamps)), "metadata_rollback");
}

#[test]
fn a_copy_that_was_kept_is_verified_again_and_may_have_expired() {
    let expired = File { attributes: &valid_until("2020-01-01T00:00:00Z"), ..FILE };
    assert!(source().restore(expired.signed().as_bytes()).is_ok());
    assert_eq!(code(source().restore(expired.unsigned().as_bytes())), "signature_missing");
    assert_eq!(code(source().restore(File { signed_by: 1, ..FILE }.signed().as_bytes())), "signature_invalid");

    let followed = File { keys: &[1], signed_by: 1, ..FILE }.signed();
    assert!(source().following_keys().restore(followed.as_bytes()).is_ok());
    assert_eq!(code(source().restore(followed.as_bytes())), "signature_invalid");
    let changed = followed.replace("/login", "/elsewhere");
    assert_eq!(code(source().following_keys().restore(changed.as_bytes())), "signature_digest_mismatch");
}

#[test]
fn an_older_version_is_refused_after_a_restart_too() {
    let version = |moment| File { extensions: &published(moment), ..FILE }.signed();
    let kept = version("2026-02-02T00:00:00Z");
    let refresh = MetadataRefresh::new(source(), DAY);
    let mut refresh = refresh.with_copy(kept.as_bytes(), hours(-48)).unwrap();
    assert!(refresh.is_due(now()));
    assert_eq!(refresh.status(now()).age, Some(2 * DAY));

    assert_eq!(code(refresh.received(version("2026-02-01T00:00:00Z").as_bytes(), now())), "metadata_rollback");
    assert_eq!(refresh.received(kept.as_bytes(), now()), Ok(false));
    assert_eq!(refresh.received(version("2026-02-03T00:00:00Z").as_bytes(), now()), Ok(true));
}

#[test]
fn the_next_file_is_due_after_the_interval_the_cache_duration_or_half_of_the_validity() {
    let next = |attributes: &str| {
        let mut refresh = MetadataRefresh::new(source(), DAY);
        assert!(refresh.is_due(now()));
        assert_eq!(refresh.received(File { attributes, ..FILE }.signed().as_bytes(), now()), Ok(true));
        let next_at = refresh.status(now()).next_at.unwrap();
        assert!(refresh.is_due(next_at) && !refresh.is_due(next_at - TimeDelta::seconds(1)));
        next_at
    };
    assert_eq!(next(""), hours(24));
    assert_eq!(next("cacheDuration=\"PT6H\""), hours(6));
    assert_eq!(next("cacheDuration=\"P7D\""), hours(24));
    assert_eq!(next("validUntil=\"2026-03-01T16:00:00Z\""), hours(2));
    // No storm, whatever the file says.
    assert_eq!(next("cacheDuration=\"PT0S\""), now() + TimeDelta::minutes(1));
}

#[test]
fn failures_never_replace_the_last_good_copy_and_are_told_to_an_operator() {
    let file = FILE.signed();
    let mut refresh = MetadataRefresh::new(source(), DAY);
    refresh.received(file.as_bytes(), now()).unwrap();
    let good = refresh.identity_provider().cloned().unwrap();
    assert_eq!(refresh.status(now()).failure, None);

    assert_eq!(code(refresh.received(FILE.unsigned().as_bytes(), hours(24))), "signature_missing");
    assert_eq!(refresh.identity_provider(), Some(&good));
    let status = refresh.status(hours(24));
    assert_eq!((status.age, status.is_expired, status.valid_until), (Some(DAY), false, None));
    let failure = status.failure.unwrap();
    assert_eq!((failure.at, failure.attempts, failure.code.as_str()), (hours(24), 1, "signature_missing"));

    refresh.failed("backchannel_connect", "expected a connection, found none", hours(25));
    let status = refresh.status(hours(26));
    assert_eq!(status.age, Some(26 * HOUR));
    let failure = status.failure.unwrap();
    assert_eq!((failure.at, failure.attempts, failure.code.as_str()), (hours(25), 2, "backchannel_connect"));
    assert_eq!(refresh.identity_provider(), Some(&good));

    assert_eq!(refresh.received(file.as_bytes(), hours(27)), Ok(false));
    let status = refresh.status(hours(27));
    assert_eq!((status.age, status.failure), (Some(Duration::ZERO), None));
}

#[test]
fn after_a_failure_the_wait_doubles_up_to_the_interval() {
    let mut refresh = MetadataRefresh::new(source(), HOUR);
    for minutes in [1, 2, 4, 8, 16, 32, 60, 60] {
        refresh.failed("backchannel_status", "expected status 200, found 503", now());
        assert_eq!(refresh.status(now()).next_at, Some(now() + TimeDelta::minutes(minutes)));
    }
    for _ in 0..40 {
        refresh.failed("backchannel_status", "expected status 200, found 503", now());
    }
    assert_eq!(refresh.status(now()).next_at, Some(hours(1)));
}

#[test]
fn not_modified_confirms_the_copy_in_use_as_long_as_that_is_valid() {
    let file = File { attributes: &valid_until("2026-03-02T12:00:00Z"), ..FILE }.signed();
    let mut refresh = MetadataRefresh::new(source(), DAY);
    assert_eq!(code(refresh.not_modified(now())), "metadata_element_missing");
    refresh.received(file.as_bytes(), now()).unwrap();

    assert_eq!(refresh.not_modified(hours(23)), Ok(()));
    assert_eq!(refresh.status(hours(23)).age, Some(Duration::ZERO));
    assert_eq!(code(refresh.not_modified(hours(24))), "metadata_expired");
    let status = refresh.status(hours(24));
    assert!(status.is_expired);
    assert_eq!(status.age, Some(HOUR));
    assert_eq!(status.failure.map(|failure| failure.code), Some("metadata_expired".to_owned()));
    // Whoever uses it finds that out for himself.
    assert_eq!(code(refresh.identity_provider().unwrap().check_valid(hours(24))), "metadata_expired");
}

#[test]
fn the_same_bytes_are_refused_once_they_have_expired() {
    let file = File { attributes: &valid_until("2026-03-02T12:00:00Z"), ..FILE }.signed();
    let mut refresh = MetadataRefresh::new(source(), DAY);
    refresh.received(file.as_bytes(), now()).unwrap();
    assert_eq!(refresh.received(file.as_bytes(), hours(23)), Ok(false));
    assert_eq!(code(refresh.received(file.as_bytes(), hours(24))), "metadata_expired");
}
