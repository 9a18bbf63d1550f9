//! Times that are over, to come, or no times: everything here is signed by the genuine key (ATT-119 to ATT-122,
//! ATT-124, ATT-148).

use super::{HARMLESS, Variants, attacks};
use crate::answer::Signed;
use crate::edit;
use crate::error::Error;
use crate::good_message::GoodMessage;

attacks! {
    "119" conditions_time Response "conditions_expired" window,
        "holds no longer, or not yet";
    "120" subject_confirmation_not_before Response "confirmation_not_before" not_before,
        "gives a bearer confirmation a start";
    "121" issue_instant_bounds Response "issue_instant" issue_instant,
        "was made before the request, or is still to be made";
    "122" session_not_on_or_after Response "session_not_on_or_after" session,
        "belongs to a session that has ended";
    "124" force_authn_ignored Response "authn_instant" old_login,
        "rests on an old login, where a new one was asked for";
    "148" datetime_parse Response "date_time" forms,
        "writes a time in another form";
}

const CONFIRMATION_DATA: &str = "Assertion/Subject/SubjectConfirmation/SubjectConfirmationData";
const LONG_AGO: &str = "2001-01-01T00:00:00Z";
const IN_FUTURE: &str = "9999-01-01T00:00:00Z";

fn set(
    good: &GoodMessage,
    variants: &mut Variants,
    code: &'static str,
    name: &str,
    path: &str,
    attribute: &str,
    value: &str,
) -> Result<(), Error> {
    if variants.skips_next() {
        return Ok(());
    }
    let bad = good.changed(Signed::Both, |xml| {
        let without = edit::remove_attribute(xml, path, attribute).unwrap_or_else(|_| xml.to_owned());
        edit::add_attributes(&without, path, &format!("{attribute}=\"{value}\""))
    })?;
    variants.add_as(code, name, bad, good.signed(Signed::Both));
    Ok(())
}

/// For a service provider that takes an assertion at any time: one that was stolen is then good for ever.
fn window(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let conditions = "Assertion/Conditions";
    set(good, variants, "conditions_expired", "conditions_over", conditions, "NotOnOrAfter", LONG_AGO)?;
    set(good, variants, "conditions_not_before", "conditions_to_come", conditions, "NotBefore", IN_FUTURE)?;
    set(good, variants, "confirmation_expired", "confirmation_over", CONFIRMATION_DATA, "NotOnOrAfter", LONG_AGO)?;
    let endless = good.changed(Signed::Both, |xml| edit::remove_attribute(xml, CONFIRMATION_DATA, "NotOnOrAfter"))?;
    variants.add_as("confirmation_expired", "confirmation_without_end", endless, good.signed(Signed::Both));
    let unbound = good.changed(Signed::Both, |xml| {
        edit::remove_attribute(&edit::remove_attribute(xml, conditions, "NotOnOrAfter")?, conditions, "NotBefore")
    })?;
    variants.add_as(HARMLESS, "conditions_without_window", unbound, good.signed(Signed::Both));
    Ok(())
}

/// SAML Profiles 4.1.4.2 forbids it, and a reader that passes over it takes an assertion before its time.
fn not_before(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    set(good, variants, "confirmation_not_before", "past", CONFIRMATION_DATA, "NotBefore", LONG_AGO)?;
    set(good, variants, "confirmation_not_before", "to_come", CONFIRMATION_DATA, "NotBefore", IN_FUTURE)
}

/// For a service provider that takes an old message because its conditions are long.
fn issue_instant(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (place, path) in [("response", ""), ("assertion", "Assertion")] {
        set(good, variants, "issue_instant", &format!("{place}_past"), path, "IssueInstant", LONG_AGO)?;
        set(good, variants, "issue_instant", &format!("{place}_to_come"), path, "IssueInstant", IN_FUTURE)?;
        let without = good.changed(Signed::Both, |xml| edit::remove_attribute(xml, path, "IssueInstant"))?;
        variants.add_as("attribute_missing", format!("{place}_none"), without, good.signed(Signed::Both));
    }
    Ok(())
}

/// For a service provider that opens a session that has ended where it came from.
fn session(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    set(
        good,
        variants,
        "session_not_on_or_after",
        "over",
        "Assertion/AuthnStatement",
        "SessionNotOnOrAfter",
        LONG_AGO,
    )?;
    set(good, variants, HARMLESS, "to_come", "Assertion/AuthnStatement", "SessionNotOnOrAfter", IN_FUTURE)
}

/// For a service provider that asks for a new login, and does not look whether it was one.
fn old_login(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    set(good, variants, "authn_instant", "old", "Assertion/AuthnStatement", "AuthnInstant", LONG_AGO)?;
    set(good, variants, "authn_instant", "to_come", "Assertion/AuthnStatement", "AuthnInstant", IN_FUTURE)?;
    let without =
        good.changed(Signed::Both, |xml| edit::remove_attribute(xml, "Assertion/AuthnStatement", "AuthnInstant"))?;
    variants.add_as("attribute_missing", "none", without, good.signed(Signed::Both));
    Ok(())
}

/// For a reader that guesses what a time means: whoever writes it then chooses.
fn forms(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (place, path, attribute) in [
        ("response", "", "IssueInstant"),
        ("assertion", "Assertion", "IssueInstant"),
        ("confirmation", CONFIRMATION_DATA, "NotOnOrAfter"),
        ("conditions", "Assertion/Conditions", "NotOnOrAfter"),
        ("statement", "Assertion/AuthnStatement", "AuthnInstant"),
        ("session", "Assertion/AuthnStatement", "SessionNotOnOrAfter"),
    ] {
        for (name, value) in [
            ("empty", ""),
            ("no_zone", "2030-01-01T00:00:00"),
            ("offset", "2030-01-01T00:00:00+00:00"),
            ("leap_second", "2030-06-30T23:59:60Z"),
            ("end_of_day", "2030-01-01T24:00:00Z"),
            ("year_of_five_digits", "99999-01-01T00:00:00Z"),
            ("negative_year", "-2030-01-01T00:00:00Z"),
            ("no_such_day", "2030-02-30T00:00:00Z"),
            ("number", "1900000000"),
            ("date", "2030-01-01"),
            ("space", " 2030-01-01T00:00:00Z"),
        ] {
            set(good, variants, "date_time", &format!("{place}_{name}"), path, attribute, value)?;
        }
    }
    Ok(())
}
