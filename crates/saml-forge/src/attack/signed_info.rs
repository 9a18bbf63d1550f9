//! A `SignedInfo` that says something twice, not at all, or in two ways (ATT-041 to ATT-045, ATT-056 to ATT-058).

use super::{HARMLESS, Variants, attacks, places};
use crate::edit;
use crate::error::Error;
use crate::good_message::{FORGED_ASSERTION, FORGED_RESPONSE, GoodMessage};

attacks! {
    "041" multiple_signed_info Response "signature_structure" two_signed_infos,
        "gives the signature a second SignedInfo";
    "042" digest_value_comment Response "xml_comment" digest_comment,
        "writes a forged digest before the genuine one, which a comment hides";
    "043" signed_info_not_reread Response "xml_comment" two_readings,
        "lets the SignedInfo that is verified differ from the one in the tree";
    "044" multiple_references Response "signature_structure" two_references,
        "adds a reference, signed";
    "045" zero_references Response "signature_structure" no_reference,
        "takes the reference away, signed";
    "056" signature_value_unchecked Response "signature_invalid" signature_bits,
        "changes the signature value";
    "057" digest_unchecked Response "signature_digest_mismatch" digest_bits,
        "changes the digest, signed or not";
    "058" error_is_success Response "signature_invalid" impossible_value,
        "writes a signature value that makes the operation fail";
}

/// For a verifier that checks the value over one SignedInfo, and reads the digest from another.
fn two_signed_infos(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (place, path, twin) in places(good)? {
        let genuine = edit::source(&twin, &format!("{path}/SignedInfo"))?;
        let forged = forged_digest(good, place)?;
        let forged = edit::content(&genuine, "Reference/DigestValue", |_| forged)?;
        for (name, at_genuine) in [("forged_first", false), ("forged_last", true)] {
            let own = format!("{path}/SignedInfo");
            let bad = if at_genuine { edit::after(&twin, &own, &forged)? } else { edit::before(&twin, &own, &forged)? };
            variants.add(format!("{place}_{name}"), bad, twin.as_str());
        }
        let last = edit::last_in(&twin, path, &forged)?;
        variants.add(format!("{place}_at_the_end"), last, twin.as_str());
        let nested = edit::last_in(&twin, &format!("{path}/SignedInfo"), &forged)?;
        variants.add(format!("{place}_nested"), nested, twin.as_str());
        let wrapped = edit::wrap(&twin, &format!("{path}/SignedInfo"), "<ds:Wrapper>", "</ds:Wrapper>")?;
        variants.add(format!("{place}_wrapped"), wrapped, twin);
    }
    Ok(())
}

/// Returns the digest of what the attacker would like to be signed.
fn forged_digest(good: &GoodMessage, place: &str) -> Result<String, Error> {
    let forged = if place == "response" { good.forged()? } else { good.forged_assertion()? };
    good.digest(&forged, &["xs"])
}

/// Returns a forged message that carries the signature of the genuine one, under the ID of the genuine one.
fn forged_with(good: &GoodMessage, path: &str, twin: &str, signature: &str) -> Result<String, Error> {
    let parent = edit::parent(path);
    let id = edit::attribute(twin, parent, "ID")?;
    if parent.is_empty() {
        edit::after(&good.forged()?.replace(FORGED_RESPONSE, &id), "Issuer", signature)
    } else {
        let forged = good.forged_assertion()?.replace(FORGED_ASSERTION, &id);
        edit::replace(twin, parent, &edit::after(&forged, "Issuer", signature)?)
    }
}

/// For a verifier that reads the digest up to the comment, which the hashed form does not have.
fn digest_comment(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (place, path, twin) in places(good)? {
        let forged = forged_digest(good, place)?;
        let signature = edit::source(&twin, path)?;
        let value = "SignedInfo/Reference/DigestValue";
        let hidden = edit::content(&signature, value, |real| format!("{forged}<!--{real}-->"))?;
        variants.add(format!("{place}_real_in_comment"), forged_with(good, path, &twin, &hidden)?, twin.as_str());
        let split = edit::content(&signature, value, |real| format!("<!--{forged}-->{real}"))?;
        variants.add(format!("{place}_forged_in_comment"), forged_with(good, path, &twin, &split)?, twin.as_str());
        let child = edit::content(&signature, value, |real| format!("{forged}<x>{real}</x>"))?;
        variants.add_as("signature_value", format!("{place}_child"), forged_with(good, path, &twin, &child)?, twin);
    }
    Ok(())
}

/// For a verifier that hashes the SignedInfo, and then reads the tree in which it looks otherwise.
fn two_readings(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (place, path, twin) in places(good)? {
        for (name, within) in [
            ("uri", "SignedInfo"),
            ("transforms", "SignedInfo/Reference/Transforms"),
            ("method", "SignedInfo/SignatureMethod"),
        ] {
            let bad = edit::first_in(&twin, &format!("{path}/{within}"), "<!-- -->")?;
            variants.add(format!("{place}_comment_{name}"), bad, twin.as_str());
        }
        // CDATA is text in the canonical form and in the tree alike.
        let value = format!("{path}/SignedInfo/Reference/DigestValue");
        let cdata = edit::content(&twin, &value, |real| format!("<![CDATA[{real}]]>"))?;
        variants.add_as(HARMLESS, format!("{place}_cdata"), cdata, twin.as_str());
        let instruction = edit::content(&twin, &value, |real| format!("MARK{real}"))?.replace("MARK", "<?x y?>");
        variants.add_as("xml_processing_instruction", format!("{place}_instruction"), instruction, twin);
    }
    Ok(())
}

/// For a verifier that is content when one reference holds, or computes every one before it refuses.
fn two_references(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (place, path, twin) in places(good)? {
        let reference = edit::source(&twin, &format!("{path}/SignedInfo/Reference"))?;
        let other = reference.replacen("URI=\"#", "URI=\"#_other", 1);
        for (name, second) in [("same", &reference), ("other", &other)] {
            let at = format!("{path}/SignedInfo/Reference");
            let behind = good.resign(&edit::after(&twin, &at, second)?, path, &[])?;
            variants.add(format!("{place}_{name}_behind"), behind, twin.as_str());
            if name == "same" {
                let many = good.resign(&edit::after(&twin, &at, &second.repeat(100))?, path, &[])?;
                variants.add(format!("{place}_many"), many, twin.as_str());
            } else {
                let first = good.resign(&edit::before(&twin, &at, second)?, path, &[])?;
                variants.add(format!("{place}_{name}_first"), first, twin.as_str());
            }
        }
        let unsigned = edit::after(&twin, &format!("{path}/SignedInfo/Reference"), &other)?;
        variants.add(format!("{place}_not_signed"), unsigned, twin);
    }
    Ok(())
}

/// For a verifier that loops over the references: over none of them, nothing fails.
fn no_reference(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (place, path, twin) in places(good)? {
        let at = format!("{path}/SignedInfo/Reference");
        variants.add(format!("{place}_gone"), good.resign(&edit::remove(&twin, &at)?, path, &[])?, twin.as_str());
        let manifest = edit::wrap(&twin, &at, "<ds:Manifest>", "</ds:Manifest>")?;
        variants.add(format!("{place}_in_manifest"), good.resign(&manifest, path, &[])?, twin);
    }
    Ok(())
}

/// For a verifier that compares digests, and forgets the signature over them.
fn signature_bits(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (place, path, twin) in places(good)? {
        let value = format!("{path}/SignatureValue");
        for at in [0, 100, 300] {
            let bad = edit::content(&twin, &value, |old| edit::other_character(old, at))?;
            variants.add(format!("{place}_character_{at}"), bad, twin.as_str());
        }
        // Signed is what the SignedInfo says, to the letter.
        let method = format!("{path}/SignedInfo/Reference/DigestMethod");
        let bad = edit::set_attribute(&twin, &method, "Algorithm", "http://www.w3.org/2001/04/xmlenc#sha512")?;
        variants.add_as("signature_digest_mismatch", format!("{place}_digest_method"), bad, twin.as_str());
        let method = format!("{path}/SignedInfo/SignatureMethod");
        let bad =
            edit::set_attribute(&twin, &method, "Algorithm", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512")?;
        variants.add(format!("{place}_signature_method"), bad, twin);
    }
    Ok(())
}

/// For a verifier that checks the signature over the SignedInfo, and forgets the digest in it.
fn digest_bits(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (place, path, twin) in places(good)? {
        let value = format!("{path}/SignedInfo/Reference/DigestValue");
        let changed = edit::content(&twin, &value, |old| edit::other_character(old, 3))?;
        variants.add(format!("{place}_changed"), changed.as_str(), twin.as_str());
        for (name, digest) in [
            ("other", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            ("zero", "MA=="),
            ("nothing", ""),
            // A digest of nothing at all: what a canonicalisation that fails would have given.
            ("of_nothing", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
        ] {
            let bad = good.resign(&edit::content(&twin, &value, |_| digest.to_owned())?, path, &[])?;
            variants.add(format!("{place}_{name}_signed"), bad, twin.as_str());
        }
        let shorter = edit::content(&twin, &value, |old| old.chars().take(16).collect())?;
        variants.add(format!("{place}_truncated_signed"), good.resign(&shorter, path, &[])?, twin.as_str());
        let longer = edit::content(&twin, &value, |old| format!("{}AAAA", old.trim_end_matches('=')))?;
        variants.add_as("signature_value", format!("{place}_longer_signed"), good.resign(&longer, path, &[])?, twin);
    }
    Ok(())
}

/// For a caller that takes an error of the library, which is not 0, for a yes.
fn impossible_value(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (place, path, twin) in places(good)? {
        for (name, value) in [
            ("empty", String::new()),
            ("one_byte", "AA==".to_owned()),
            ("zeros", "A".repeat(344)),
            ("all_ones", "/".repeat(344)),
            ("too_long", "A".repeat(4_096)),
        ] {
            // 344 characters are 258 bytes: one that fits is made of 342 and two fillers.
            let value = if value.len() == 344 { format!("{}A==", value.get(..341).unwrap_or_default()) } else { value };
            let bad = edit::content(&twin, &format!("{path}/SignatureValue"), |_| value)?;
            variants.add(format!("{place}_{name}"), bad, twin.as_str());
        }
    }
    Ok(())
}
