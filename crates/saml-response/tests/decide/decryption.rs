//! Check `decryption`: what is encrypted is as true as what signed it, and no truer (ATT-085).
//!
//! The two encrypted assertions beside this file hold the good assertion, unsigned and without attributes, under
//! AES-256-GCM and RSA-OAEP for `decryption_key.pem`, a key made for these tests. The second leaves the prefix `x` of its
//! `Subject` undeclared.

use saml_response::{Error, ReceivedResponse, SignatureRequirement, Trace};
use saml_xml_security::DecryptionKey;

use crate::case::{CANARY, Case, PORTAL, Signed, case, good, replaced, source};

const ENCRYPTED: &str = include_str!("encrypted_assertion.xml");
const WITH_FOREIGN_PREFIX: &str = include_str!("encrypted_assertion_with_foreign_prefix.xml");

fn with_our_key(xml: &[u8], trace: &mut Trace) -> Result<ReceivedResponse, Error> {
    let key = DecryptionKey::from_pem(include_bytes!("decryption_key.pem")).unwrap();
    Ok(ReceivedResponse::parse(xml, trace)?.decrypt_with(&[key], PORTAL))
}

fn for_another(xml: &[u8], trace: &mut Trace) -> Result<ReceivedResponse, Error> {
    let key = DecryptionKey::from_pem(include_bytes!("decryption_key.pem")).unwrap();
    Ok(ReceivedResponse::parse(xml, trace)?.decrypt_with(&[key], "https://other.example"))
}

fn without_keys(xml: &[u8], trace: &mut Trace) -> Result<ReceivedResponse, Error> {
    Ok(ReceivedResponse::parse(xml, trace)?.decrypt_with(&[], PORTAL))
}

/// The good response, unsigned, with this in place of its assertion.
fn unsigned(encrypted: &str) -> String {
    let xml = case(|case| case.signed = Signed::Nothing).xml();
    replaced(&xml, &source(&xml, "Assertion"), encrypted.trim_end())
}

fn signed(encrypted: &str) -> String {
    unprefixed().sign(&unsigned(encrypted))
}

fn unprefixed() -> Case {
    case(|case| case.sign_options.inclusive_prefixes.clear())
}

#[test]
fn an_encrypted_assertion_in_a_signed_response_is_accepted() {
    let (result, trace) = good().judge(with_our_key, &signed(ENCRYPTED), Trace::new());

    assert_eq!(result.unwrap().name_id().expose(), format!("s00000000:{CANARY}"));
    assert!(!format!("{trace:?}").contains(CANARY));
}

#[test]
fn an_encrypted_assertion_without_a_key_of_ours_is_rejected() {
    good().rejects(&signed(ENCRYPTED), "encrypted_assertion");
    good().rejects_from(without_keys, &signed(ENCRYPTED), "encrypted_assertion");
}

#[test]
fn an_encrypted_assertion_for_another_recipient_is_rejected() {
    good().rejects_from(for_another, &signed(ENCRYPTED), "encryption_recipient");
}

#[test]
fn encryption_does_not_stand_in_for_a_signature() {
    good().rejects_from(with_our_key, &unsigned(ENCRYPTED), "signature_missing");
}

#[test]
fn an_unsigned_assertion_stays_unsigned_when_it_is_decrypted() {
    let strict = case(|case| case.policy = case.policy.clone().with_signatures(SignatureRequirement::Assertion));

    strict.rejects_from(with_our_key, &signed(ENCRYPTED), "signature_missing");
}

#[test]
fn a_ciphertext_that_was_swapped_after_it_was_signed_is_rejected() {
    let swapped = replaced(&signed(ENCRYPTED), ENCRYPTED.trim_end(), WITH_FOREIGN_PREFIX.trim_end());

    good().rejects_from(with_our_key, &swapped, "signature_digest_mismatch");
}

#[test]
fn a_ciphertext_that_does_not_open_is_rejected() {
    let (before, _) = ENCRYPTED.rsplit_once("</xenc:CipherValue>").unwrap();
    let last = before.get(before.len() - 6..).unwrap();
    let broken = ENCRYPTED.replace(last, if last == "AAAAA=" { "BAAAA=" } else { "AAAAA=" });

    good().rejects_from(with_our_key, &signed(&broken), "decryption_failed");
}

#[test]
fn what_is_checked_in_a_plain_assertion_is_checked_in_an_encrypted_one() {
    let other = case(|case| case.entity_id = "https://other.example");

    other.rejects_from(with_our_key, &signed(ENCRYPTED), "audience_restriction");
}

#[test]
fn a_prefix_that_the_signature_does_not_cover_binds_nothing_in_the_plaintext() {
    // Exclusive canonicalisation leaves out a declaration that nothing visible uses, so anybody may add or change it.
    let declared = "xmlns:x=\"urn:oasis:names:tc:SAML:2.0:assertion\"";
    let added = replaced(&signed(WITH_FOREIGN_PREFIX), "<samlp:Response ", &format!("<samlp:Response {declared} "));
    good().rejects_from(with_our_key, &added, "decryption_failed");

    // Where the signature covers the declaration, it counts.
    let mut covering = unprefixed();
    covering.sign_options.inclusive_prefixes = vec!["x".to_owned()];
    let unsigned =
        replaced(&unsigned(WITH_FOREIGN_PREFIX), "<samlp:Response ", &format!("<samlp:Response {declared} "));
    let (result, _) = good().judge(with_our_key, &covering.sign(&unsigned), Trace::new());
    assert!(result.is_ok());
}

#[test]
fn a_plain_assertion_beside_an_encrypted_one_is_rejected() {
    let xml = case(|case| case.signed = Signed::Assertion).xml();
    let both = replaced(&xml, "</samlp:Response>", &format!("{}</samlp:Response>", ENCRYPTED.trim_end()));

    good().rejects_from(with_our_key, &both, "element_unexpected");
}
