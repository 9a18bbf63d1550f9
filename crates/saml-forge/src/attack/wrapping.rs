//! Something forged beside, above or below what is genuinely signed (ATT-022 to ATT-032).

use super::{HARMLESS, Variants, attacks};
use crate::answer::Signed;
use crate::edit;
use crate::error::Error;
use crate::good_message::{FORGED_ASSERTION, GoodMessage};

attacks! {
    "022" xsw1_response_clone_after Response "signature_structure" xsw1,
        "keeps the signed response inside the signature of a forged one";
    "023" xsw2_response_clone_before Response "signature_position" xsw2,
        "puts the signed response beside its signature in a forged one";
    "024" xsw3_forged_assertion_first Response "element_unexpected" xsw3,
        "puts a forged assertion beside the signed one";
    "025" xsw4_signed_in_forged Response "signature_missing" xsw4,
        "puts the signed assertion inside a forged one";
    "026" xsw5_copied_signature_orig_after Response "element_unexpected" xsw5,
        "gives the signature to a forged assertion and puts the original behind it";
    "027" xsw6_orig_in_signature Response "signature_structure" xsw6,
        "gives the signature to a forged assertion and puts the original into it";
    "028" xsw7_extensions Response "duplicate_id" xsw7,
        "puts one of the two assertions into the extensions";
    "029" xsw8_object Response "signature_structure" xsw8,
        "puts one of the two into an object of the signature";
    "030" xsw9_response_signed_assertion_swap Response "element_unexpected" xsw9,
        "puts a signed response into a forged one";
    "031" wrapper_element_unknown Response "element_unexpected" wrapper,
        "puts an assertion into an element that SAML does not have";
    "032" duplicate_id Response "duplicate_id" duplicate_id,
        "gives the forged element the ID of the signed one";
}

/// The signed message in parts.
pub(super) struct Parts {
    pub(super) twin: String,
    pub(super) genuine: String,
    pub(super) signature: String,
    pub(super) original: String,
}

pub(super) fn assertion_parts(good: &GoodMessage) -> Result<Parts, Error> {
    let twin = good.signed(Signed::Assertion);
    let genuine = edit::source(&twin, "Assertion")?;
    let signature = edit::source(&genuine, "Signature")?;
    let original = edit::remove(&genuine, "Signature")?;
    Ok(Parts { twin, genuine, signature, original })
}

pub(super) fn response_parts(good: &GoodMessage) -> Result<Parts, Error> {
    let twin = good.signed(Signed::Response);
    let signature = edit::source(&twin, "Signature")?;
    let original = edit::remove(&twin, "Signature")?;
    Ok(Parts { genuine: twin.clone(), twin, signature, original })
}

/// Puts something last into a signature.
pub(super) fn within(signature: &str, content: &str) -> Result<String, Error> {
    edit::last_in(signature, "", content)
}

pub(super) fn object(content: &str) -> String {
    format!("<ds:Object>{content}</ds:Object>")
}

pub(super) fn extensions(content: &str) -> String {
    format!("<samlp:Extensions>{content}</samlp:Extensions>")
}

/// For an application that reads from the root, where the verifier followed the reference down.
fn xsw1(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let Parts { twin, genuine, signature, original } = response_parts(good)?;
    let forged = good.forged()?;
    let around = |content: &str| edit::after(&forged, "Issuer", &within(&signature, content)?);
    variants.add("original_in_signature", around(&original)?, twin.as_str());
    variants.add("signed_in_signature", around(&genuine)?, twin.as_str());
    let first = edit::after(&forged, "Issuer", &edit::first_in(&signature, "", &original)?)?;
    variants.add("original_first_in_signature", first, twin.as_str());
    let in_key_info = edit::last_in(&signature, "KeyInfo", &original)?;
    variants.add_as("signature_key_info", "original_in_key_info", edit::after(&forged, "Issuer", &in_key_info)?, twin);
    Ok(())
}

/// As before, with the signature detached: it stands beside what it is over.
fn xsw2(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let Parts { twin, signature, original, .. } = response_parts(good)?;
    let forged = good.forged()?;
    variants.add("before", edit::after(&forged, "Issuer", &format!("{original}{signature}"))?, twin.as_str());
    let after = edit::after(&forged, "Issuer", &format!("{signature}{original}"))?;
    variants.add_as("signature_reference_uri", "after", after, twin.as_str());
    let last = edit::last_in(&edit::after(&forged, "Issuer", &signature)?, "", &original)?;
    variants.add_as("signature_reference_uri", "last", last, twin);
    Ok(())
}

/// For an application that takes the first assertion, where the verifier was content with one that is signed.
fn xsw3(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let Parts { twin, .. } = assertion_parts(good)?;
    let forged = good.forged_assertion()?;
    variants.add("forged_first", edit::before(&twin, "Assertion", &forged)?, twin.as_str());
    variants.add("forged_last", edit::after(&twin, "Assertion", &forged)?, twin.as_str());
    variants.add(
        "forged_on_both_sides",
        edit::wrap(&twin, "Assertion", &forged, &forged.replace(FORGED_ASSERTION, "_2"))?,
        twin.as_str(),
    );
    variants.add_as("element_missing", "forged_before_status", edit::before(&twin, "Status", &forged)?, twin);
    Ok(())
}

/// For a verifier that looks for a signed assertion anywhere, and an application that takes the outer one.
fn xsw4(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let Parts { twin, genuine, .. } = assertion_parts(good)?;
    let forged = good.forged_assertion()?;
    for (name, around) in [
        ("last", edit::last_in(&forged, "", &genuine)?),
        ("first", edit::first_in(&forged, "", &genuine)?),
        ("advice", edit::after(&forged, "Conditions", &format!("<saml:Advice>{genuine}</saml:Advice>"))?),
        ("subject", edit::last_in(&forged, "Subject", &genuine)?),
        ("confirmation_data", edit::last_in(&forged, "Subject/SubjectConfirmation/SubjectConfirmationData", &genuine)?),
        (
            "twice_nested",
            edit::last_in(&forged, "", &edit::last_in(&forged.replace(FORGED_ASSERTION, "_2"), "", &genuine)?)?,
        ),
    ] {
        variants.add(name, edit::replace(&twin, "Assertion", &around)?, twin.as_str());
    }
    Ok(())
}

/// For a verifier that does not ask whether the reference names the element that holds the signature.
fn xsw5(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let Parts { twin, signature, original, .. } = assertion_parts(good)?;
    let forged = edit::after(&good.forged_assertion()?, "Issuer", &signature)?;
    let with = |content: &str| edit::replace(&twin, "Assertion", content);
    variants.add("original_after", with(&format!("{forged}{original}"))?, twin.as_str());
    variants.add("original_before", with(&format!("{original}{forged}"))?, twin.as_str());
    variants.add_as("signature_reference_uri", "original_gone", with(&forged)?, twin.as_str());
    let parked = edit::before(&with(&forged)?, "Status", &extensions(&original))?;
    variants.add_as("signature_reference_uri", "original_in_extensions", parked, twin);
    Ok(())
}

/// For a verifier that searches the whole document for the ID, the signature itself among it.
fn xsw6(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let Parts { twin, genuine, signature, original } = assertion_parts(good)?;
    let forged = good.forged_assertion()?;
    for (name, content) in [("original", &original), ("signed", &genuine)] {
        let around = edit::after(&forged, "Issuer", &within(&signature, content)?)?;
        variants.add(name, edit::replace(&twin, "Assertion", &around)?, twin.as_str());
    }
    let id = edit::attribute(&original, "", "ID")?;
    let around = edit::after(&forged.replace(FORGED_ASSERTION, &id), "Issuer", &within(&signature, &original)?)?;
    variants.add_as("duplicate_id", "same_id", edit::replace(&twin, "Assertion", &around)?, twin);
    Ok(())
}

/// For a reader that validates by the schema, which allows anything in extensions.
fn xsw7(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let Parts { twin, genuine, signature, original } = assertion_parts(good)?;
    let forged = good.forged_assertion()?;
    let id = edit::attribute(&genuine, "", "ID")?;
    let extended = |content: &str| edit::before(&twin, "Status", &extensions(content));
    variants.add("forged_with_same_id", extended(&forged.replace(FORGED_ASSERTION, &id))?, twin.as_str());
    variants.add_as(HARMLESS, "forged_with_own_id", extended(&forged)?, twin.as_str());
    variants.add_as(HARMLESS, "forged_response", extended(&good.forged()?)?, twin.as_str());
    let outside = edit::replace(&extended(&genuine)?, "Assertion", &forged)?;
    variants.add_as("signature_missing", "signed_in_extensions", outside, twin.as_str());
    let signed = edit::after(&forged, "Issuer", &signature)?;
    let outside = edit::replace(&extended(&original)?, "Assertion", &signed)?;
    variants.add_as("signature_reference_uri", "original_in_extensions", outside, twin.as_str());
    let wrapped = format!("<x:Wrapper xmlns:x=\"urn:x\">{genuine}</x:Wrapper>");
    let outside = edit::replace(&extended(&wrapped)?, "Assertion", &forged)?;
    variants.add_as("signature_missing", "wrapped_in_extensions", outside, twin);
    Ok(())
}

/// For a reader that validates by the schema, which allows anything in an object of the signature.
fn xsw8(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let Parts { twin, genuine, signature, original } = assertion_parts(good)?;
    let forged = good.forged_assertion()?;
    for (name, content) in [("original", &original), ("signed", &genuine)] {
        let around = edit::after(&forged, "Issuer", &within(&signature, &object(content))?)?;
        variants.add(name, edit::replace(&twin, "Assertion", &around)?, twin.as_str());
    }
    let parked = edit::last_in(&twin, "Assertion/Signature", &object(&forged))?;
    variants.add("forged_in_object", parked, twin.as_str());
    let empty = edit::last_in(&twin, "Assertion/Signature", "<ds:Object/>")?;
    variants.add("empty_object", empty, twin.as_str());
    let Parts { twin, signature, original, .. } = response_parts(good)?;
    let around = edit::after(&good.forged()?, "Issuer", &within(&signature, &object(&original))?)?;
    variants.add("response_in_object", around, twin);
    Ok(())
}

/// For a verifier that accepts a signed response wherever it stands.
fn xsw9(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let Parts { twin, genuine, .. } = response_parts(good)?;
    let forged = good.forged()?;
    variants.add("last", edit::last_in(&forged, "", &genuine)?, twin.as_str());
    variants.add_as("element_missing", "first", edit::before(&forged, "Issuer", &genuine)?, twin.as_str());
    variants.add_as("element_missing", "after_issuer", edit::after(&forged, "Issuer", &genuine)?, twin.as_str());
    let extended = edit::before(&forged, "Status", &extensions(&genuine))?;
    variants.add_as("signature_missing", "extensions", extended, twin.as_str());
    let detail = format!("<samlp:StatusDetail>{genuine}</samlp:StatusDetail>");
    variants.add_as("signature_missing", "status_detail", edit::last_in(&forged, "Status", &detail)?, twin.as_str());
    // The signature over the response covers an assertion that is signed by nobody else: it cannot be exchanged.
    let swapped = edit::replace(&twin, "Assertion", &good.forged_assertion()?)?;
    variants.add_as("signature_digest_mismatch", "assertion_swapped", swapped, twin);
    Ok(())
}

/// For a reader that passes over elements it does not know, and goes on inside them.
fn wrapper(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let Parts { twin, genuine, .. } = assertion_parts(good)?;
    let forged = good.forged_assertion()?;
    for (name, open, close) in [
        ("foreign", "<x:Wrapper xmlns:x=\"urn:x\">", "</x:Wrapper>"),
        ("no_namespace", "<Wrapper>", "</Wrapper>"),
        ("protocol", "<samlp:Wrapper>", "</samlp:Wrapper>"),
        ("foreign_assertion", "<x:Assertion xmlns:x=\"urn:x\">", "</x:Assertion>"),
    ] {
        let wrapped = format!("{open}{genuine}{close}");
        variants.add(format!("{name}_genuine"), edit::replace(&twin, "Assertion", &wrapped)?, twin.as_str());
        let beside = format!("{wrapped}{forged}");
        variants.add(
            format!("{name}_genuine_beside_forged"),
            edit::replace(&twin, "Assertion", &beside)?,
            twin.as_str(),
        );
        let beside = format!("{open}{forged}{close}");
        variants.add(format!("{name}_forged"), edit::after(&twin, "Assertion", &beside)?, twin.as_str());
    }
    Ok(())
}

/// For two lookups of one ID that find two elements: the verifier the first, the application the last.
fn duplicate_id(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let Parts { twin, genuine, .. } = assertion_parts(good)?;
    let id = edit::attribute(&genuine, "", "ID")?;
    let forged = good.forged_assertion()?.replace(FORGED_ASSERTION, &id);
    variants.add("before", edit::before(&twin, "Assertion", &forged)?, twin.as_str());
    variants.add("after", edit::after(&twin, "Assertion", &forged)?, twin.as_str());
    variants.add("around", edit::replace(&twin, "Assertion", &edit::last_in(&forged, "", &genuine)?)?, twin.as_str());
    variants.add("on_response", edit::set_attribute(&twin, "", "ID", &id)?, twin.as_str());
    let foreign = extensions(&format!("<x:y xmlns:x=\"urn:x\" ID=\"{id}\"/>"));
    variants.add("on_a_foreign_element", edit::before(&twin, "Status", &foreign)?, twin);
    Ok(())
}
