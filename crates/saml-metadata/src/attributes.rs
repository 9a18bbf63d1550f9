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

/// Takes the white space around a value away, as its schema type says (XML Schema 2 4.3.6, `collapse`).
pub(crate) fn collapse(text: &str) -> &str {
    text.trim_matches(WHITE_SPACE)
}

/// White space of XML 1.0 (2.3).
pub(crate) const WHITE_SPACE: [char; 4] = [' ', '\t', '\n', '\r'];
