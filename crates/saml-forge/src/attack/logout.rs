//! The messages of a logout (ATT-175, ATT-177, ATT-180), made from what the good message says.
//!
//! They go to where the portals of this project take them: beside the assertion consumer service, with `slo` as the
//! last segment of the path.

use chrono::TimeDelta;
use saml_protocol::{LogoutRequest, LogoutResponse, NameId, Status, format_date_time, parse_date_time};
use saml_xml::Writer;
use saml_xml_security::{SignOptions, SigningKey, sign};

use super::wrapping::{extensions, object, within};
use super::{Variants, attacks};
use crate::edit;
use crate::error::Error;
use crate::good_message::{FORGED_RESPONSE, GoodMessage};

attacks! {
    "175" logout_request_unsigned LogoutRequest "signature_missing" request_forged,
        "asks for a logout without the signature of the identity provider, for another, or at another time";
    "177" logout_response_forged LogoutResponse "signature_missing" response_forged,
        "answers a logout without the signature of the identity provider, or one that nobody asked for";
    "180" logout_wrapping LogoutRequest "signature_missing" request_wrapped,
        "puts a signed logout request into a forged one";
    "180" logout_wrapping LogoutResponse "signature_missing" response_wrapped,
        "puts a signed logout response into a forged one";
}

/// Returns the request that the identity provider would send for the session of the good message, unsigned.
fn request(good: &GoodMessage) -> Result<String, Error> {
    let xml = good.unsigned();
    let document = edit::parse(xml)?;
    let name_id = NameId::read(edit::find(&document, "Assertion/Subject/NameID")?)
        .map_err(|_| Error::Part { path: "Assertion/Subject/NameID".to_owned() })?;
    let (issuer, destination) = (edit::text(xml, "Issuer")?, destination(xml)?);
    let session_index = edit::attribute(xml, "Assertion/AuthnStatement", "SessionIndex").ok();
    let request = LogoutRequest {
        id: "_logout_request",
        issue_instant: issue_instant(xml)?,
        destination: Some(&destination),
        reason: None,
        not_on_or_after: None,
        issuer: &issuer,
        name_id,
        session_indexes: session_index.iter().map(String::as_str).collect(),
    };
    let mut writer = Writer::new();
    request.write(&mut writer);
    Ok(writer.finish()?)
}

/// Returns the response of the identity provider to our request, unsigned.
fn response(good: &GoodMessage) -> Result<String, Error> {
    let xml = good.unsigned();
    let (issuer, destination) = (edit::text(xml, "Issuer")?, destination(xml)?);
    let in_response_to = edit::attribute(xml, "", "InResponseTo")?;
    let response = LogoutResponse {
        id: "_logout_response",
        issue_instant: issue_instant(xml)?,
        in_response_to: Some(&in_response_to),
        destination: Some(&destination),
        issuer: &issuer,
        status: Status::success(),
    };
    let mut writer = Writer::new();
    response.write(&mut writer);
    Ok(writer.finish()?)
}

fn destination(xml: &str) -> Result<String, Error> {
    let consumer = edit::attribute(xml, "", "Destination")?;
    Ok(consumer.rsplit_once('/').map_or_else(|| consumer.clone(), |(folder, _)| format!("{folder}/slo")))
}

fn issue_instant(xml: &str) -> Result<chrono::DateTime<chrono::Utc>, Error> {
    let missing = || Error::Part { path: "IssueInstant".to_owned() };
    parse_date_time(&edit::attribute(xml, "", "IssueInstant")?).ok_or_else(missing)
}

/// For a service provider that ends sessions for whoever asks.
fn request_forged(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let xml = request(good)?;
    let ended = edit::add_attributes(&xml, "", &format!("NotOnOrAfter=\"{}\"", moved(good, -HOUR)?))?;
    not_by_the_partner(good, &xml, variants)?;
    let twin = genuine(good, &xml)?;
    variants.add_as("logout_expired", "ended", genuine(good, &ended)?, twin);
    Ok(())
}

/// For a service provider that tells a user that all has ended because somebody says so.
fn response_forged(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let xml = response(good)?;
    not_by_the_partner(good, &xml, variants)?;
    let twin = genuine(good, &xml)?;
    let dangling = edit::set_attribute(&xml, "", "InResponseTo", "_other")?;
    variants.add_as("in_response_to", "to_another_request", genuine(good, &dangling)?, twin.as_str());
    let unsolicited = edit::remove_attribute(&xml, "", "InResponseTo")?;
    variants.add_as("in_response_to", "to_no_request", genuine(good, &unsolicited)?, twin);
    Ok(())
}

/// Adds what either message must have.
fn not_by_the_partner(good: &GoodMessage, xml: &str, variants: &mut Variants) -> Result<(), Error> {
    let twin = genuine(good, xml)?;
    variants.add("unsigned", xml, twin.as_str());
    let by_attacker = signed_by(xml, &good.keys().attacker)?;
    variants.add_as("signature_invalid", "by_attacker", by_attacker, twin.as_str());
    let other = edit::content(xml, "Issuer", |_| "https://evil.example/saml".to_owned())?;
    variants.add_as("issuer", "of_another_issuer", genuine(good, &other)?, twin.as_str());
    let elsewhere = edit::set_attribute(xml, "", "Destination", "https://evil.example/saml/slo")?;
    variants.add_as("destination", "for_another", genuine(good, &elsewhere)?, twin.as_str());
    let nowhere = edit::remove_attribute(xml, "", "Destination")?;
    variants.add_as("destination", "for_nobody", genuine(good, &nowhere)?, twin.as_str());
    for (name, by) in [("an_hour_ago", -HOUR), ("in_an_hour", HOUR)] {
        let stale = edit::set_attribute(xml, "", "IssueInstant", &moved(good, by)?)?;
        variants.add_as("issue_instant", name, genuine(good, &stale)?, twin.as_str());
    }
    Ok(())
}

/// For a verifier that is content with a signed request somewhere in the message.
fn request_wrapped(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let forged = edit::content(&request(good)?, "NameID", |_| good.forged_name_id().to_owned())?;
    wrapped(good, &request(good)?, &forged, variants)
}

/// For a verifier that is content with a signed response somewhere in the message.
fn response_wrapped(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let forged = edit::add_attributes(&response(good)?, "", "Consent=\"urn:evil\"")?;
    wrapped(good, &response(good)?, &forged, variants)
}

/// Adds the ways to put a genuine message into a forged one that has the same ID so far.
fn wrapped(good: &GoodMessage, original: &str, forged: &str, variants: &mut Variants) -> Result<(), Error> {
    let twin = genuine(good, original)?;
    let signature = edit::source(&twin, "Signature")?;
    let other_id = edit::set_attribute(forged, "", "ID", FORGED_RESPONSE)?;
    let in_extensions = |forged: &str| edit::after(forged, "Issuer", &extensions(&twin));
    variants.add("in_extensions", in_extensions(&other_id)?, twin.as_str());
    variants.add("behind", edit::last_in(&other_id, "", &twin)?, twin.as_str());
    variants.add_as("duplicate_id", "same_id_in_extensions", in_extensions(forged)?, twin.as_str());
    let copied = edit::after(&other_id, "Issuer", &signature)?;
    variants.add_as("signature_reference_uri", "copied_signature", copied, twin.as_str());
    let same_id = edit::after(forged, "Issuer", &signature)?;
    variants.add_as("signature_digest_mismatch", "copied_signature_same_id", same_id, twin.as_str());
    let in_object = edit::after(&other_id, "Issuer", &within(&signature, &object(original))?)?;
    variants.add_as("signature_structure", "original_in_signature", in_object, twin);
    Ok(())
}

fn genuine(good: &GoodMessage, xml: &str) -> Result<String, Error> {
    signed_by(xml, &good.keys().identity_provider)
}

fn signed_by(xml: &str, key: &SigningKey) -> Result<String, Error> {
    Ok(sign(xml, key, &SignOptions::default())?)
}

fn moved(good: &GoodMessage, by: TimeDelta) -> Result<String, Error> {
    let moment = issue_instant(good.unsigned())?;
    Ok(format_date_time(moment.checked_add_signed(by).unwrap_or(moment)))
}

const HOUR: TimeDelta = TimeDelta::hours(1);
