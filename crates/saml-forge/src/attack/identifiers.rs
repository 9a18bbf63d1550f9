//! Dutch numbers that are none, or another kind of number (ATT-136, ATT-137, ATT-203, ATT-204).

use super::{HARMLESS, Variants, attacks};
use crate::answer::Signed;
use crate::edit;
use crate::error::Error;
use crate::good_message::GoodMessage;

attacks! {
    "136" name_id_unicode Response "bsn_length" unicode,
        "writes a number with characters that look like digits or like nothing";
    "137" name_id_format_confusion Response "name_id_format" format,
        "sends an identifier of another kind";
    "203" bsn_invalid Response "bsn_eleven_test" invalid,
        "sends a number that is no BSN";
    "204" sector_code_confusion Response "name_id_sector_unexpected" sector,
        "sends a number of another sector";
}

fn name_id(
    good: &GoodMessage,
    variants: &mut Variants,
    code: &'static str,
    name: &str,
    value: impl FnOnce(&str) -> String,
) -> Result<(), Error> {
    if variants.skips_next() {
        return Ok(());
    }
    let bad = good.changed(Signed::Both, |xml| edit::content(xml, "Assertion/Subject/NameID", value))?;
    variants.add_as(code, name, bad, good.signed(Signed::Both));
    Ok(())
}

/// For a reader that trims, folds or normalises characters: two texts then are one citizen.
fn unicode(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    name_id(good, variants, "bsn_length", "zero_width_space", |old| format!("{old}\u{200B}"))?;
    name_id(good, variants, "bsn_length", "no_break_space", |old| format!("{old}\u{A0}"))?;
    name_id(good, variants, "bsn_length", "right_to_left", |old| old.replacen(':', ":\u{202E}", 1))?;
    name_id(good, variants, "bsn_not_digits", "full_width", |old| {
        format!("{}\u{FF16}", old.get(..old.len() - 1).unwrap_or_default())
    })?;
    name_id(good, variants, "bsn_not_digits", "arabic", |old| {
        format!("{}\u{0666}", old.get(..old.len() - 1).unwrap_or_default())
    })?;
    name_id(good, variants, "bsn_length", "tab_in_number", |old| old.replacen(':', ":&#9;", 1))?;
    name_id(good, variants, HARMLESS, "white_space_around", |old| format!("\n  {old}\n"))
}

/// For a reader that takes the value for a number, whatever the format says it is.
fn format(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    // The number is a citizen's; only the format says that it is not.
    for (name, uri) in [
        ("transient", "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"),
        ("persistent", "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"),
        ("email", "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"),
        ("unspecified_of_another_version", "urn:oasis:names:tc:SAML:2.0:nameid-format:unspecified"),
    ] {
        let bad = good.changed(Signed::Both, |xml| {
            let xml =
                edit::remove_attribute(xml, "Assertion/Subject/NameID", "Format").unwrap_or_else(|_| xml.to_owned());
            edit::add_attributes(&xml, "Assertion/Subject/NameID", &format!("Format=\"{uri}\""))
        })?;
        variants.add(name, bad, good.signed(Signed::Both));
    }
    name_id(good, variants, "name_id_not_sectoral", "pseudonym", |_| "pseudonym:of:somebody".to_owned())
}

/// For a reader that takes any digits for a BSN, and looks up somebody else or nobody.
fn invalid(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (code, name, value) in [
        ("bsn_eleven_test", "eleven_test", "s00000000:123456789"),
        ("bsn_all_zero", "zeros", "s00000000:000000000"),
        ("bsn_length", "eight_digits", "s00000000:12345672"),
        ("bsn_length", "ten_digits", "s00000000:0900026236"),
        ("bsn_length", "spaces", "s00000000:900 026 236"),
        ("bsn_length", "dots", "s00000000:9000.26.236"),
        ("bsn_not_digits", "sign", "s00000000:+00026236"),
        ("bsn_not_digits", "letter", "s00000000:90002623o"),
        ("bsn_length", "none", "s00000000:"),
        ("bsn_length", "two", "s00000000:900026236:900026236"),
    ] {
        name_id(good, variants, code, name, |_| value.to_owned())?;
    }
    Ok(())
}

/// For a reader that drops what stands before the colon: a number of another sector is another person.
fn sector(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (code, name, value) in [
        ("name_id_sector_unexpected", "sofi", "s00000001:900026236"),
        ("name_id_sector_unexpected", "eidas", "s00000002:900026236"),
        ("name_id_sector_unexpected", "rid", "s00000099:900026236"),
        ("name_id_not_sectoral", "longer", "s000000000:900026236"),
        ("name_id_not_sectoral", "no_letter", "00000000:900026236"),
        ("name_id_not_sectoral", "other_letter", "t00000000:900026236"),
        ("name_id_not_sectoral", "space", "s00000000 :900026236"),
        ("name_id_not_sectoral", "empty", ":900026236"),
    ] {
        name_id(good, variants, code, name, |_| value.to_owned())?;
    }
    Ok(())
}
