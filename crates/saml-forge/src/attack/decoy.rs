//! What no signature covers, and signatures over something else (ATT-033 to ATT-040).

use super::wrapping::{Parts, assertion_parts, extensions, object, within};
use super::{HARMLESS, Variants, attacks};
use crate::answer::Signed;
use crate::edit;
use crate::error::Error;
use crate::good_message::{FORGED_ASSERTION, GoodMessage};

attacks! {
    "033" signature_exclusion Response "signature_missing" exclusion,
        "takes the signatures out";
    "034" partial_signature_read_unsigned Response "in_response_to" unsigned_fields,
        "changes what the signature does not cover";
    "035" ancestor_injection Response "issuer" ancestor,
        "changes what stands around the signed assertion";
    "036" advice_decoy Response HARMLESS advice,
        "puts assertions into the advice, signed";
    "037" attribute_value_decoy Response HARMLESS attribute_value,
        "puts an assertion into the value of an attribute, signed";
    "038" foreign_signature_source Response "signature_reference_uri" foreign_source,
        "moves a signature over something else into a forged message";
    "039" signed_error_response_reuse Response "signature_structure" error_reuse,
        "parks a signed failure in the signature of a forged message";
    "040" digest_found_by_xpath Response "signature_digest_mismatch" smuggled_digest,
        "puts the digest of a forged assertion where a search finds it";
}

/// For a verifier that checks the signatures that there are, and is content with none.
fn exclusion(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (name, signed) in [("both", Signed::Both), ("response", Signed::Response), ("assertion", Signed::Assertion)] {
        let twin = good.signed(signed);
        variants.add(format!("{name}_excluded"), good.unsigned(), twin.as_str());
        variants.add(format!("{name}_forged"), good.forged()?, twin);
    }
    let twin = good.signed(Signed::Assertion);
    let empty = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>";
    variants.add_as("signature_structure", "empty", edit::replace(&twin, "Assertion/Signature", empty)?, twin);
    Ok(())
}

/// For an application that reads what grants something from the response around a signed assertion.
fn unsigned_fields(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Assertion);
    let other = edit::set_attribute(&twin, "", "InResponseTo", "_other")?;
    variants.add("response_in_response_to", other, twin.as_str());
    let confirmation = "Assertion/Subject/SubjectConfirmation/SubjectConfirmationData";
    // Signed for another request; the attacker writes the one of the victim into what is not signed.
    let stolen =
        good.changed(Signed::Assertion, |xml| edit::set_attribute(xml, confirmation, "InResponseTo", "_other"))?;
    variants.add_as("confirmation_in_response_to", "assertion_of_another_request", stolen, twin.as_str());
    let stolen = good.changed(Signed::Assertion, |xml| {
        edit::set_attribute(xml, confirmation, "Recipient", "https://other.example/acs")
    })?;
    variants.add_as("recipient", "assertion_for_another_recipient", stolen, twin.as_str());
    for path in [
        "Assertion/Subject/NameID",
        "Assertion/Conditions/AudienceRestriction/Audience",
        "Assertion/AuthnStatement/AuthnContext/AuthnContextClassRef",
    ] {
        let changed = edit::content(&twin, path, |old| format!("{old}x"))?;
        variants.add_as("signature_digest_mismatch", format!("signed_{path}"), changed, twin.as_str());
    }
    // A failure that is not signed cannot be turned into a success by an assertion beside it, nor the reverse.
    let failed =
        edit::set_attribute(&twin, "Status/StatusCode", "Value", "urn:oasis:names:tc:SAML:2.0:status:Responder")?;
    variants.add_as("status_responder", "status", failed, twin);
    Ok(())
}

/// What stands around the signed assertion may refuse a message, and never make one good.
fn ancestor(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Assertion);
    let evil = |_: &str| "https://evil.example/saml".to_owned();
    variants.add("issuer", edit::content(&twin, "Issuer", evil)?, twin.as_str());
    let moved = edit::set_attribute(&twin, "", "Destination", "https://evil.example/acs")?;
    variants.add_as("destination", "destination", moved, twin.as_str());
    let moved = edit::set_attribute(&twin, "", "IssueInstant", "2001-01-01T00:00:00Z")?;
    variants.add_as("issue_instant", "issue_instant", moved, twin.as_str());
    let renamed = edit::set_attribute(&twin, "", "ID", "_another")?;
    variants.add_as(HARMLESS, "id", renamed, twin.as_str());
    let bound = edit::add_attributes(&twin, "", "xmlns:evil=\"urn:evil\"")?;
    variants.add_as(HARMLESS, "namespace", bound, twin);
    Ok(())
}

/// For a reader that searches for assertions at any depth: the advice is evidence of others.
fn advice(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Both);
    let forged = good.forged_assertion()?;
    let mut inside = |name: &str, content: &str| -> Result<(), Error> {
        let advised = format!("<saml:Advice>{content}</saml:Advice>");
        let bad = good.changed(Signed::Both, |xml| edit::after(xml, "Assertion/Conditions", &advised))?;
        variants.add(name, bad, twin.as_str());
        Ok(())
    };
    inside("forged", &forged)?;
    // A signed one, of an identity provider that asserted it to another.
    let other = good.changed(Signed::Assertion, |xml| edit::set_attribute(xml, "Assertion", "ID", "_advised"))?;
    let other = edit::source(&other, "Assertion")?;
    inside("signed", &other)?;
    inside("both", &format!("{forged}{other}"))?;
    let lent = edit::after(&forged, "Issuer", &edit::source(&other, "Signature")?)?;
    inside("forged_with_a_signature", &lent)
}

/// For a reader that searches for the NameID at any depth: an attribute may hold any XML.
fn attribute_value(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Both);
    let name_id = edit::source(&good.forged_assertion()?, "Subject/NameID")?;
    for (name, content) in [("assertion", good.forged_assertion()?), ("name_id", name_id), ("response", good.forged()?)]
    {
        let value = format!("<saml:AttributeValue>{content}</saml:AttributeValue>");
        let statement = format!(
            "<saml:AttributeStatement><saml:Attribute Name=\"urn:decoy\">{value}</saml:Attribute>\
             </saml:AttributeStatement>"
        );
        let bad = good.changed(Signed::Both, |xml| edit::last_in(xml, "Assertion", &statement))?;
        variants.add(name, bad, twin.as_str());
    }
    Ok(())
}

/// For a verifier that asks whether the signature holds, and not over what.
fn foreign_source(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let Parts { twin, signature, .. } = assertion_parts(good)?;
    let forged = good.forged()?;
    let failure = good.failure()?;
    let of_failure = edit::source(&failure, "Signature")?;
    variants.add("failure", edit::after(&forged, "Issuer", &of_failure)?, twin.as_str());
    variants.add("assertion", edit::after(&forged, "Issuer", &signature)?, twin.as_str());
    let id = edit::attribute(&failure, "", "ID")?;
    let same = edit::set_attribute(&edit::after(&forged, "Issuer", &of_failure)?, "", "ID", &id)?;
    variants.add_as("signature_digest_mismatch", "failure_with_its_id", same, twin.as_str());
    let on_assertion =
        edit::replace(&twin, "Assertion", &edit::after(&good.forged_assertion()?, "Issuer", &of_failure)?)?;
    variants.add("failure_on_assertion", on_assertion, twin);
    Ok(())
}

/// For a verifier that finds the signed failure, which is easy to get, and an application that finds the forged login.
fn error_reuse(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Response);
    let forged = good.forged()?;
    let failure = good.failure()?;
    let signature = edit::source(&failure, "Signature")?;
    let bare = edit::remove(&failure, "Signature")?;
    let parked = within(&signature, &object(&bare))?;
    variants.add("in_object", edit::after(&forged, "Issuer", &parked)?, twin.as_str());
    variants.add("in_signature", edit::after(&forged, "Issuer", &within(&signature, &bare)?)?, twin.as_str());
    let two = edit::after(&forged, "Issuer", &format!("{parked}{signature}"))?;
    variants.add_as("signature_count", "with_a_second_signature", two, twin.as_str());
    // The failure itself, to which a forged assertion is added.
    let added = edit::last_in(&failure, "", &good.forged_assertion()?)?;
    variants.add_as("signature_digest_mismatch", "assertion_added", added, twin);
    Ok(())
}

/// For a verifier that finds the digest by a search over the document, and not by its place in the reference.
fn smuggled_digest(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let Parts { twin, genuine, signature, .. } = assertion_parts(good)?;
    let id = edit::attribute(&genuine, "", "ID")?;
    let forged = good.forged_assertion()?.replace(FORGED_ASSERTION, &id);
    let digest = good.digest(&forged, &["xs"])?;
    let smuggled = format!("<ds:DigestValue xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{digest}</ds:DigestValue>");
    let bad = edit::replace(&twin, "Assertion", &edit::after(&forged, "Issuer", &signature)?)?;
    let detail = format!("<samlp:StatusDetail>{smuggled}</samlp:StatusDetail>");
    variants.add("status_detail", edit::last_in(&bad, "Status", &detail)?, twin.as_str());
    variants.add("extensions", edit::before(&bad, "Status", &extensions(&smuggled))?, twin.as_str());
    let reference = "Assertion/Signature/SignedInfo/Reference";
    for (name, path) in [
        ("second", reference),
        ("in_signed_info", "Assertion/Signature/SignedInfo"),
        ("in_signature", "Assertion/Signature"),
    ] {
        variants.add_as("signature_structure", name, edit::last_in(&bad, path, &smuggled)?, twin.as_str());
    }
    Ok(())
}
