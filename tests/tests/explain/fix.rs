//! The likely fix, computed from the facts.

use super::*;

/// Changes the arguments of the command that accepts, and returns the code and the fix.
fn explained(changes: &[(&str, &str)], more: &[&str], message: &[u8]) -> (String, String) {
    let mut arguments = [
        ("--profile", "signicat-broker".to_owned()),
        ("--entity-id", "https://portal.example.nl/saml/metadata".to_owned()),
        ("--acs", ACS.to_owned()),
        ("--request-id", REQUEST_ID.to_owned()),
        ("--at", AT.to_owned()),
        ("--level", "substantial".to_owned()),
        ("--allow-authority", "https://was-preprod1.digid.nl/saml/idp/metadata".to_owned()),
        ("--metadata", fixtures().join("metadata/broker-preproduction.xml").display().to_string()),
    ];
    for (name, value) in changes {
        arguments.iter_mut().find(|(known, _)| known == name).unwrap().1 = (*value).to_owned();
    }
    let mut command = saml();
    command.args(["explain", "--json"]).args(more);
    command.args(arguments.iter().flat_map(|(name, value)| [*name, value.as_str()]));
    let report = json(&with_input(command, message));
    let word = |name: &str| report[name].as_str().unwrap_or_default().to_owned();
    (word("code"), word("fix"))
}

fn fixture(name: &str) -> Vec<u8> {
    read(&fixtures().join("responses").join(name))
}

/// The fix has all of `words`.
fn assert_fix((code, fix): &(String, String), expected: &str, words: &[&str]) {
    assert_eq!(code, expected, "{fix}");
    for word in words {
        assert!(fix.contains(word), "{word:?} is not in {fix:?}");
    }
}

#[test]
fn what_is_accepted_needs_no_fix() {
    let message = read(&good());
    assert_eq!(explained(&[], &[], &message), (String::new(), String::new()));
}

#[test]
fn a_clock_that_is_behind_is_told_by_how_much() {
    let message = read(&good());
    let fix = explained(&[("--at", "2026-03-02T09:59:01Z")], &[], &message);
    assert_fix(&fix, "issue_instant", &["Your clock is 1 min 41 s behind", "A difference of 1 min is allowed"]);
    let fix = explained(&[("--at", "2026-02-20T10:00:42Z")], &[], &message);
    assert_fix(&fix, "issue_instant", &["10 days after the moment judged at", "--at"]);
}

#[test]
fn a_message_that_has_ended_is_told_by_how_much() {
    let message = read(&good());
    let fix = explained(&[("--at", "2026-03-02T10:04:12Z")], &[], &message);
    assert_fix(&fix, "confirmation_expired", &["2026-03-02T10:02:42Z, 2 min after it was made, 1 min 30 s before"]);
    let fix = explained(&[("--at", "2026-03-04T10:04:42Z")], &[], &message);
    assert_fix(&fix, "confirmation_expired", &["2 days before", "it was made at 2026-03-02T10:00:42Z", "give --at"]);
    let metadata = fixtures().join("metadata/broker-expired.xml").display().to_string();
    let fix = explained(&[("--metadata", &metadata)], &[], &message);
    assert_fix(&fix, "metadata_expired", &["The metadata ended 1 day before", "saml metadata fetch"]);
}

#[test]
fn an_old_login_under_force_authn_is_told_from_an_old_message() {
    let message = read(&good());
    let fix = explained(&[], &["--request-at", "2026-03-02T10:02:42Z"], &message);
    assert_fix(&fix, "issue_instant", &["made 2 min before the request"]);
    // The message is new, and signed anew; the login in it is not.
    let xml = String::from_utf8(message).unwrap();
    let old = signed_anew(&xml.replace("AuthnInstant=\"2026-03-02T10:00", "AuthnInstant=\"2026-03-02T09:00"));
    let fix = explained(&[], &["--request-at", "2026-03-02T10:00:42Z"], old.as_bytes());
    assert_fix(&fix, "authn_instant", &["logged in 1 h before the request", "ForceAuthn", "single sign-on"]);
}

#[test]
fn names_and_addresses_that_differ_in_one_thing_are_told_in_what() {
    let message = read(&good());
    for (option, value, code, words) in [
        ("--entity-id", "https://portal.example.nl/saml/metadata/", "audience_restriction", "a slash at the end"),
        ("--entity-id", "http://portal.example.nl/saml/metadata", "audience_restriction", "the scheme: http and https"),
        ("--acs", "http://portal.example.nl/saml/acs", "destination", "the scheme: http and https"),
        ("--acs", "https://test.example.nl/saml/acs", "destination", "the host: test.example.nl and portal.example.nl"),
    ] {
        assert_fix(&explained(&[(option, value)], &[], &message), code, &["They differ only in", words]);
    }
    let without = String::from_utf8(message).unwrap().replacen(&format!(" Destination=\"{ACS}\""), "", 1);
    let fix = explained(&[("--acs", "https://portal.example.nl/acs")], &[], without.as_bytes());
    assert_fix(&fix, "recipient", &["the path: /acs and /saml/acs"]);
}

#[test]
fn metadata_of_another_environment_is_told_from_the_issuer() {
    let metadata = fixtures().join("metadata/broker-production.xml").display().to_string();
    let fix = explained(&[("--metadata", &metadata)], &[], &read(&good()));
    assert_fix(&fix, "issuer", &["and the message is from https://broker.pre.example.nl/broker/sp/saml", "the host"]);
}

#[test]
fn an_answer_to_another_login_is_told_from_one_that_nobody_asked_for() {
    let message = String::from_utf8(read(&good())).unwrap();
    let fix = explained(&[("--request-id", "_another")], &[], message.as_bytes());
    assert_fix(&fix, "in_response_to", &["another login", REQUEST_ID, "not the one that was asked, _another"]);
    let unsolicited = message.replacen(&format!(" InResponseTo=\"{REQUEST_ID}\""), "", 1);
    let fix = explained(&[], &[], unsolicited.as_bytes());
    assert_fix(&fix, "in_response_to", &["names no request", "started the login at the identity provider"]);
}

#[test]
fn a_level_that_is_too_low_is_told_by_its_name() {
    let fix = explained(&[], &[], &fixture("response-level-basic.xml"));
    assert_fix(&fix, "level_too_low", &["the level basic (", "the level substantial ("]);
    let fix = explained(&[("--level", "urn:example:level")], &[], &read(&good()));
    assert_fix(&fix, "level_too_low", &["The level asked for, urn:example:level, is on none of the scales"]);
    assert_fix(&explained(&[], &[], &fixture("response-level-unknown.xml")), "level_unknown", &["contract"]);
}

#[test]
fn the_simulator_and_pre_production_are_told_from_other_means() {
    let fix = explained(&[], &[], &fixture("response-simulator.xml"));
    assert_fix(&fix, "authenticating_authority", &["The simulator of the broker"]);
    let fix = explained(&[("--allow-authority", "https://was.digid.nl/saml/idp/metadata")], &[], &read(&good()));
    assert_fix(&fix, "authenticating_authority", &["DigiD of pre-production (https://was-preprod1.digid.nl/"]);
}

#[test]
fn a_key_that_metadata_does_not_have_is_told_from_a_changed_signature() {
    let next = fixture("response-next-key.xml");
    let fix = explained(&[], &[], &next);
    assert_fix(
        &fix,
        "signature_invalid",
        &["Signed with key ", "the metadata has key ", "valid until 2036-01-01T00:00:00Z"],
    );
    // The certificate of the known key beside a signature of the other one.
    let text = |name: &str| String::from_utf8(fixture(name)).unwrap();
    let certificate = |xml: &str| {
        let (_, rest) = xml.split_once("<ds:X509Certificate>").unwrap();
        rest.split_once("</ds:X509Certificate>").unwrap().0.to_owned()
    };
    let (other, known) = (text("response-next-key.xml"), text("response-assertion-signed.xml"));
    let swapped = other.replacen(&certificate(&other), &certificate(&known), 1);
    let fix = explained(&[], &[], swapped.as_bytes());
    assert_fix(&fix, "signature_invalid", &["which the metadata has too, but that key did not make this signature"]);
    let silent = other.replacen(&certificate(&other), "", 1);
    let fix = explained(&[], &[], silent.as_bytes());
    assert_fix(
        &fix,
        "signature_invalid",
        &["does not bring the certificate of the one that did", "key 37d781ba03be4a3a…"],
    );
}

#[test]
fn a_changed_message_is_told_from_one_that_a_program_indented() {
    let message = String::from_utf8(read(&good())).unwrap();
    let changed = message.replace("900026236", "900026248");
    let fix = explained(&[], &[], changed.as_bytes());
    assert_fix(
        &fix,
        "signature_digest_mismatch",
        &["_assertion.response-assertion-signed was changed", "look for who does"],
    );
    let indented = message.replace("><", ">\n<");
    let fix = explained(&[], &[], indented.as_bytes());
    assert_fix(&fix, "signature_digest_mismatch", &["line breaks between its elements"]);
}

#[test]
fn a_missing_signature_is_told_by_what_is_signed_instead() {
    let message = String::from_utf8(read(&good())).unwrap();
    let (before, rest) = message.split_once("<ds:Signature ").unwrap();
    let (_, after) = rest.split_once("</ds:Signature>").unwrap();
    let fix = explained(&[], &[], format!("{before}{after}").as_bytes());
    assert_fix(&fix, "signature_missing", &["Nothing in the message is signed"]);
    let fix = explained(&[], &[], page::nested(&message).xml.as_bytes());
    assert_fix(
        &fix,
        "signature_missing",
        &["holds over Assertion, but not over the assertion in the place that counts"],
    );
}
