use std::time::Duration;

use chrono::{DateTime, Utc};
use saml_protocol::{Error as SchemaError, parse_date_time, required_attribute};
use saml_xml::Element;

use crate::error::Error;

/// Reads a flag of type `xs:boolean`, where it is said.
pub(crate) fn flag(element: Element<'_>, attribute: &'static str) -> Result<Option<bool>, Error> {
    match element.attribute(attribute).map(collapse) {
        None => Ok(None),
        Some("false" | "0") => Ok(Some(false)),
        Some("true" | "1") => Ok(Some(true)),
        Some(_) => Err(SchemaError::Value { attribute, expected: "true or false" }.into()),
    }
}

/// Reads the `index` of an endpoint or service (`xs:unsignedShort`).
pub(crate) fn index(element: Element<'_>) -> Result<u16, Error> {
    let text = collapse(required_attribute(element, "index")?);
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = plain.then(|| text.parse().ok()).flatten();
    Ok(number.ok_or(SchemaError::Value { attribute: "index", expected: "a number from 0 to 65535" })?)
}

/// Reads the `entityID`: a URI of at most 1024 characters (SAML Metadata 2.2.1).
pub(crate) fn entity_id(element: Element<'_>) -> Result<&str, Error> {
    let text = collapse(required_attribute(element, "entityID")?);
    check_entity_id(text)?;
    Ok(text)
}

/// Refuses what cannot be an entity ID.
pub(crate) fn check_entity_id(text: &str) -> Result<(), Error> {
    let length = text.chars().count();
    if length == 0 || length > 1024 || collapse(text) != text {
        return Err(SchemaError::Value { attribute: "entityID", expected: "a URI of 1 to 1024 characters" }.into());
    }
    Ok(())
}

/// Reads the `validUntil` of an entity or a role.
pub(crate) fn valid_until(element: Element<'_>) -> Result<Option<DateTime<Utc>>, Error> {
    let time = |text| parse_date_time(collapse(text)).ok_or(SchemaError::DateTime { place: "validUntil" });
    Ok(element.attribute("validUntil").map(time).transpose()?)
}

/// Reads the `cacheDuration` of an entity or an aggregate (`xs:duration`); a year counts 365 days, a month 30.
pub(crate) fn cache_duration(element: Element<'_>) -> Result<Option<Duration>, Error> {
    let wrong = SchemaError::Value { attribute: "cacheDuration", expected: "a duration such as PT6H" };
    element.attribute("cacheDuration").map(|text| duration(collapse(text)).ok_or(wrong.into())).transpose()
}

/// Reads a duration that is not negative (XML Schema 2 3.2.6); parts of a second are left out.
fn duration(text: &str) -> Option<Duration> {
    let (date, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (text.strip_prefix('P')?, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let days = units(date, &[('Y', 365 * DAY), ('M', 30 * DAY), ('D', DAY)])?;
    let seconds = units(time, &[('H', 3600), ('M', 60), ('S', 1)])?;
    Some(Duration::from_secs(days.checked_add(seconds)?))
}

/// Adds numbers with their units, each unit at most once and in this order.
fn units(mut text: &str, units: &[(char, u64)]) -> Option<u64> {
    let mut total = 0_u64;
    for (unit, seconds) in units {
        let Some((number, rest)) = text.split_once(*unit) else { continue };
        // Seconds may have a fraction.
        let whole = match number.split_once('.') {
            Some((whole, fraction)) if *unit == 'S' && is_number(fraction) => whole,
            Some(_) => return None,
            None => number,
        };
        if !is_number(whole) {
            return None;
        }
        total = total.checked_add(whole.parse::<u64>().ok()?.checked_mul(*seconds)?)?;
        text = rest;
    }
    text.is_empty().then_some(total)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Takes the white space around a value away, as its schema type says (XML Schema 2 4.3.6, `collapse`).
pub(crate) fn collapse(text: &str) -> &str {
    text.trim_matches(WHITE_SPACE)
}

/// White space of XML 1.0 (2.3).
pub(crate) const WHITE_SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

/// Seconds.
const DAY: u64 = 24 * 3600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_read_in_seconds() {
        let cases =
            [("PT6H", 21_600), ("P1Y2M3DT4H5M6.7S", 36_993_906), ("P1D", 86_400), ("PT0S", 0), ("P1M", 2_592_000)];
        for (text, seconds) in cases {
            assert_eq!(duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "",
            "P",
            "PT",
            "P1",
            "1D",
            "-P1D",
            "P1H",
            "PT1D",
            "P1DT",
            "PT1M1H",
            "PT1H1H",
            "PT1.5H",
            "PT.5S",
            "PT1.S",
            "P99999999999999999999D",
            "PT+1S",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
