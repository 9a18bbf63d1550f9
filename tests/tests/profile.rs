//! The command `saml profile`: what it shows, and how it exits.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::process::Output;

use saml_tests::saml;
use serde_json::Value;

fn profile(arguments: &[&str]) -> Output {
    saml().arg("profile").args(arguments).output().unwrap()
}

fn printed(arguments: &[&str]) -> String {
    String::from_utf8(profile(arguments).stdout).unwrap()
}

#[test]
fn a_profile_shows_each_rule_with_its_clause() {
    let text = printed(&["show", "digid"]);
    for part in [
        "name_id\n  s00000000, a colon, nine digits\n  [DigiD SAML 3.7",
        "rsa-sha256",
        "a signature on the assertion\n",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let rules: Value = serde_json::from_str(&printed(&["show", "digid", "--json"])).unwrap();
    assert_eq!(rules[0]["rule"], "algorithms");
    assert!(
        rules.as_array().unwrap().iter().all(|rule| rule["clause"].as_str().is_some_and(|clause| !clause.is_empty()))
    );
}

#[test]
fn the_floor_and_the_authorities_are_shown_as_they_are_set() {
    let text = printed(&["show", "signicat-broker", "--floor", "high", "--allow-authority", "simulator"]);
    assert!(text.contains("of: urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI (30)"), "{text}");
    assert!(text.contains("one of: https://was.digid.nl/saml/idp/metadata, simulator\n"), "{text}");
}

#[test]
fn the_service_of_stelsel_toegang_is_shown_as_it_is_set() {
    let text = printed(&["show", "st-saml", "--service", "375b1cb1-14b7-42e9-a534-16cc4d8997b0"]);
    for part in [
        "service\n  375b1cb1-14b7-42e9-a534-16cc4d8997b0\n  [ST-SAML 1.0",
        "one or more of: urn:nl-eid-gdi:1.0:AD:00000004166909913000:entities:0001\n",
        "decrypted from urn:nl-eid-gdi:1.0:ActingSubjectID",
        "with the message \"Authentication cancelled\"",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn two_profiles_that_differ_are_shown_side_by_side_and_exit_with_one() {
    let output = profile(&["diff", "digid", "signicat-broker"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("authorities\n  - the issuer itself\n"), "{text}");
    assert!(text.contains("  + one of: https://was.digid.nl/saml/idp/metadata\n"), "{text}");
    assert!(!text.contains("clock_skew"), "{text}");
}

#[test]
fn a_profile_does_not_differ_from_itself() {
    let output = profile(&["diff", "digid", "digid"]);
    assert_eq!((output.status.code(), output.stdout.trim_ascii()), (Some(0), &b""[..]));
}

#[test]
fn an_unknown_profile_or_level_is_wrong_usage_with_what_was_expected() {
    for (arguments, expected) in
        [(["show", "digit", ""], "signicat-broker"), (["show", "digid", "--floor=top"], "substantial")]
    {
        let output = profile(&arguments.into_iter().filter(|argument| !argument.is_empty()).collect::<Vec<_>>());
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8(output.stderr).unwrap().contains(expected));
    }
}
