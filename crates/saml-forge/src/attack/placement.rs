//! Several signatures or assertions, or one in the wrong place (ATT-051 to ATT-055).

use super::wrapping::{Parts, assertion_parts};
use super::{HARMLESS, Variants, attacks};
use crate::answer::Signed;
use crate::edit;
use crate::error::Error;
use crate::good_message::GoodMessage;

attacks! {
    "051" signed_node_not_consumed Response "element_unexpected" not_consumed,
        "signs one of two elements of the same kind";
    "052" multiple_assertions Response "element_unexpected" two_assertions,
        "holds two assertions, both signed";
    "053" multiple_signatures_on_element Response "signature_count" two_signatures,
        "gives an element two signatures";
    "054" signature_wrong_position Response "signature_position" position,
        "moves the signature to another place";
    "055" keyinfo_smuggling Response "signature_key_info" key_info,
        "puts an element into the KeyInfo, which is not signed";
}

/// For an application that takes the element that the reference does not name.
fn not_consumed(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let Parts { twin, genuine, signature, .. } = assertion_parts(good)?;
    let forged = good.forged_assertion()?;
    let bare = edit::remove(&genuine, "Signature")?;
    let lent = edit::after(&forged, "Issuer", &signature)?;
    // Two of one kind, where the reference names one and the position the other.
    variants.add("reference_to_sibling", edit::replace(&twin, "Assertion", &format!("{lent}{bare}"))?, twin.as_str());
    let outer = edit::before(&edit::after(&good.forged()?, "Issuer", &signature)?, "Assertion", &bare)?;
    variants.add_as("signature_reference_uri", "signature_on_the_response", outer, twin.as_str());
    // The one assertion is genuine, the one that is encrypted beside it is not.
    let beside = edit::after(&twin, "Assertion", "<saml:EncryptedAssertion/>")?;
    variants.add("encrypted_beside", beside, twin);
    Ok(())
}

/// For an application that reads the first of two, each of which is genuine: which one is then chance.
fn two_assertions(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Both);
    let second = |signed| -> Result<String, Error> {
        let other = good.changed(Signed::Assertion, |xml| edit::set_attribute(xml, "Assertion", "ID", "_second"))?;
        let both = good.changed(Signed::Assertion, |xml| Ok(xml.to_owned()))?;
        let xml = edit::after(&both, "Assertion", &edit::source(&other, "Assertion")?)?;
        if signed { good.sign(&xml, Signed::Response) } else { Ok(xml) }
    };
    variants.add("each_signed", second(false)?, good.signed(Signed::Assertion));
    variants.add("all_signed", second(true)?, twin);
    Ok(())
}

/// For a verifier that is content when one of them holds, or looks at the first alone.
fn two_signatures(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (name, path, signed) in
        [("response", "Signature", Signed::Response), ("assertion", "Assertion/Signature", Signed::Assertion)]
    {
        let twin = good.signed(signed);
        let twice = edit::after(&twin, path, &edit::source(&twin, path)?)?;
        variants.add(format!("{name}_same_twice"), twice, twin.as_str());
        let broken = edit::content(&edit::source(&twin, path)?, "SignatureValue", |_| String::new())?;
        variants.add(format!("{name}_broken_first"), edit::before(&twin, path, &broken)?, twin.as_str());
        let parent = edit::parent(path);
        let last = edit::last_in(&twin, parent, &edit::source(&twin, path)?)?;
        variants.add(format!("{name}_second_last"), last, twin);
    }
    Ok(())
}

/// For a verifier that takes a signature from anywhere in the element: its place says what it is over.
fn position(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (name, path, next, signed) in [
        ("response", "", "Status", Signed::Response),
        ("assertion", "Assertion", "Assertion/Subject", Signed::Assertion),
    ] {
        let twin = good.signed(signed);
        let own = format!("{path}/Signature");
        let signature = edit::source(&twin, &own)?;
        let without = edit::remove(&twin, &own)?;
        variants.add(format!("{name}_last"), edit::last_in(&without, path, &signature)?, twin.as_str());
        variants.add(format!("{name}_later"), edit::after(&without, next, &signature)?, twin.as_str());
        let inside = edit::last_in(&without, next, &signature)?;
        let code = if name == "response" { "element_unexpected" } else { "signature_missing" };
        variants.add_as(code, format!("{name}_inside_the_next"), inside, twin);
    }
    Ok(())
}

/// For a reader that goes into the KeyInfo, of which no byte is signed.
fn key_info(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (place, path, signed) in
        [("response", "Signature", Signed::Response), ("assertion", "Assertion/Signature", Signed::Assertion)]
    {
        let twin = good.signed(signed);
        let key_info = format!("{path}/KeyInfo");
        let forged = good.forged_assertion()?;
        let alike = "<x:X509Data xmlns:x=\"urn:x\"><x:X509Certificate>AAAA</x:X509Certificate></x:X509Data>";
        for (name, content) in
            [("forged_assertion", forged.as_str()), ("foreign_certificate", alike), ("object", "<ds:Object/>")]
        {
            let bad = edit::last_in(&twin, &key_info, content)?;
            variants.add(format!("{place}_{name}"), bad, twin.as_str());
        }
        // What stands in X509Data is not read at all.
        let deeper = edit::last_in(&twin, &format!("{key_info}/X509Data"), &forged)?;
        variants.add_as(HARMLESS, format!("{place}_forged_in_x509_data"), deeper, twin);
    }
    Ok(())
}
