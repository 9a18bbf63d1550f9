//! Check `decryption`: what is encrypted is as true as what signed it, and no truer (ATT-085).

use std::sync::LazyLock;

use saml_response::{Error, ReceivedResponse, SignatureRequirement, Trace};
use saml_xml_security::{ContentCipher, DecryptionKey, SigningKey, encrypt};

use crate::case::{ATTRIBUTE_CANARY, CANARY, Case, OTHER_KEY, PORTAL, Signed, case, good, replaced, source};

static OUR_KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate_self_signed(2048, "portal.example", 0, 4_000_000_000).unwrap());

fn decryption_key(key: &SigningKey) -> DecryptionKey {
    DecryptionKey::from_pem(&key.private_key_pem().unwrap()).unwrap()
}

fn with_our_key(xml: &[u8], trace: &mut Trace) -> Result<ReceivedResponse, Error> {
    Ok(ReceivedResponse::parse(xml, trace)?.decrypt_with(&[decryption_key(&OUR_KEY)], PORTAL))
}

fn with_the_next_key_too(xml: &[u8], trace: &mut Trace) -> Result<ReceivedResponse, Error> {
    let keys = [decryption_key(&OTHER_KEY), decryption_key(&OUR_KEY)];
    Ok(ReceivedResponse::parse(xml, trace)?.decrypt_with(&keys, PORTAL))
}

fn with_another_key(xml: &[u8], trace: &mut Trace) -> Result<ReceivedResponse, Error> {
    Ok(ReceivedResponse::parse(xml, trace)?.decrypt_with(&[decryption_key(&OTHER_KEY)], PORTAL))
}

fn for_another(xml: &[u8], trace: &mut Trace) -> Result<ReceivedResponse, Error> {
    Ok(ReceivedResponse::parse(xml, trace)?.decrypt_with(&[decryption_key(&OUR_KEY)], "https://other.example"))
}

fn without_keys(xml: &[u8], trace: &mut Trace) -> Result<ReceivedResponse, Error> {
    Ok(ReceivedResponse::parse(xml, trace)?.decrypt_with(&[], PORTAL))
}

/// Puts `plaintext` into `saml:{holder}`, encrypted to us.
fn sealed(holder: &str, plaintext: &str, cipher: ContentCipher) -> String {
    let data = encrypt(plaintext.as_bytes(), OUR_KEY.verifying_key(), cipher).unwrap();
    format!("<saml:{holder}>{data}</saml:{holder}>")
}

/// The good assertion, which is not signed by itself, encrypted to us.
fn encrypted(cipher: ContentCipher) -> String {
    sealed("EncryptedAssertion", &plain_assertion(), cipher)
}

fn plain_assertion() -> String {
    source(&case(|case| case.signed = Signed::Nothing).xml(), "Assertion")
}

/// The good response, unsigned, with this in place of its assertion.
fn unsigned(encrypted: &str) -> String {
    let xml = case(|case| case.signed = Signed::Nothing).xml();
    replaced(&xml, &source(&xml, "Assertion"), encrypted)
}

fn signed(encrypted: &str) -> String {
    unprefixed().sign(&unsigned(encrypted))
}

/// The good response around the encrypted assertion, which is signed by itself.
fn signed_inside(cipher: ContentCipher) -> String {
    let assertion = source(&case(|case| case.signed = Signed::Assertion).xml(), "Assertion");
    unsigned(&sealed("EncryptedAssertion", &assertion, cipher))
}

fn unprefixed() -> Case {
    case(|case| case.sign_options.inclusive_prefixes.clear())
}

/// The good message, signed with one part of the assertion in another form.
fn with_part(part: &str, make: impl Fn(&str) -> String) -> String {
    good().xml_with(|assertion| {
        let plain = source(assertion, part);
        replaced(assertion, &plain, &make(&plain))
    })
}

/// What `sealed` is given stands by itself.
fn standalone(plain: &str) -> String {
    let declared = "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"";
    let (name, rest) = plain.split_once(' ').unwrap();
    format!("{name} {declared} {rest}")
}

fn with_name_id(change: impl Fn(&str) -> String) -> String {
    with_part("NameID", |plain| sealed("EncryptedID", &change(&standalone(plain)), ContentCipher::Aes128Cbc))
}

fn with_attribute(change: impl Fn(&str) -> String) -> String {
    with_part("Attribute", |plain| sealed("EncryptedAttribute", &change(&standalone(plain)), ContentCipher::Aes256Gcm))
}

#[test]
fn an_encrypted_assertion_in_a_signed_response_is_accepted() {
    for cipher in
        [ContentCipher::Aes128Cbc, ContentCipher::Aes128Gcm, ContentCipher::Aes256Cbc, ContentCipher::Aes256Gcm]
    {
        let (result, trace) = good().judge(with_our_key, &signed(&encrypted(cipher)), Trace::new());

        assert_eq!(result.unwrap().name_id().expose(), format!("s00000000:{CANARY}"));
        assert!(!format!("{trace:?}").contains(CANARY));
    }
}

#[test]
fn an_encrypted_assertion_without_a_key_of_ours_is_rejected() {
    let xml = signed(&encrypted(ContentCipher::Aes256Gcm));
    good().rejects(&xml, "encrypted_assertion");
    good().rejects_from(without_keys, &xml, "encrypted_assertion");
}

#[test]
fn an_encrypted_assertion_for_another_recipient_is_rejected() {
    let key = "<xenc:EncryptedKey";
    let named = encrypted(ContentCipher::Aes256Gcm).replace(key, &format!("{key} Recipient=\"{PORTAL}\""));

    assert!(good().judge(with_our_key, &signed(&named), Trace::new()).0.is_ok());
    good().rejects_from(for_another, &signed(&named), "encryption_recipient");
}

#[test]
fn encryption_does_not_stand_in_for_a_signature() {
    good().rejects_from(with_our_key, &unsigned(&encrypted(ContentCipher::Aes256Gcm)), "signature_missing");
}

#[test]
fn an_unsigned_assertion_stays_unsigned_when_it_is_decrypted() {
    let strict = case(|case| case.policy = case.policy.clone().with_signatures(SignatureRequirement::Assertion));

    strict.rejects_from(with_our_key, &signed(&encrypted(ContentCipher::Aes256Gcm)), "signature_missing");
}

#[test]
fn cbc_without_a_signature_over_it_is_rejected_unless_the_policy_accepts_the_danger() {
    let danger = case(|case| case.policy = case.policy.clone().danger_accept_cbc_without_signature());
    for cipher in [ContentCipher::Aes128Cbc, ContentCipher::Aes256Cbc] {
        good().rejects_from(with_our_key, &signed_inside(cipher), "encryption_algorithm");
        assert!(danger.judge(with_our_key, &signed_inside(cipher), Trace::new()).0.is_ok());
        // Still no truer than its signature.
        danger.rejects_from(with_our_key, &unsigned(&encrypted(cipher)), "signature_missing");
    }
    assert!(good().judge(with_our_key, &signed_inside(ContentCipher::Aes128Gcm), Trace::new()).0.is_ok());
}

#[test]
fn a_ciphertext_that_was_swapped_after_it_was_signed_is_rejected() {
    let (first, second) = (encrypted(ContentCipher::Aes256Gcm), encrypted(ContentCipher::Aes256Gcm));
    let swapped = replaced(&signed(&first), &first, &second);

    good().rejects_from(with_our_key, &swapped, "signature_digest_mismatch");
}

#[test]
fn a_ciphertext_that_does_not_open_is_rejected() {
    let xml = signed(&encrypted(ContentCipher::Aes256Gcm));

    good().rejects_from(with_another_key, &xml, "decryption_failed");
    assert!(good().judge(with_the_next_key_too, &xml, Trace::new()).0.is_ok());
}

#[test]
fn what_is_checked_in_a_plain_assertion_is_checked_in_an_encrypted_one() {
    let other = case(|case| case.entity_id = "https://other.example");

    other.rejects_from(with_our_key, &signed(&encrypted(ContentCipher::Aes256Gcm)), "audience_restriction");
}

#[test]
fn a_prefix_that_the_signature_does_not_cover_binds_nothing_in_the_plaintext() {
    let foreign = plain_assertion().replace("saml:Subject>", "x:Subject>");
    let foreign = sealed("EncryptedAssertion", &foreign, ContentCipher::Aes256Gcm);
    // Exclusive canonicalisation leaves out a declaration that nothing visible uses, so anybody may add or change it.
    let declared = "xmlns:x=\"urn:oasis:names:tc:SAML:2.0:assertion\"";
    let added = replaced(&signed(&foreign), "<samlp:Response ", &format!("<samlp:Response {declared} "));
    good().rejects_from(with_our_key, &added, "decryption_failed");

    // Where the signature covers the declaration, it counts.
    let mut covering = unprefixed();
    covering.sign_options.inclusive_prefixes = vec!["x".to_owned()];
    let unsigned = replaced(&unsigned(&foreign), "<samlp:Response ", &format!("<samlp:Response {declared} "));
    let (result, _) = good().judge(with_our_key, &covering.sign(&unsigned), Trace::new());
    assert!(result.is_ok());
}

#[test]
fn a_plain_assertion_beside_an_encrypted_one_is_rejected() {
    let xml = case(|case| case.signed = Signed::Assertion).xml();
    let encrypted = encrypted(ContentCipher::Aes256Gcm);
    let both = replaced(&xml, "</samlp:Response>", &format!("{encrypted}</samlp:Response>"));

    good().rejects_from(with_our_key, &both, "element_unexpected");
}

#[test]
fn an_encrypted_identifier_and_attribute_are_read_like_plain_ones() {
    for xml in [with_name_id(str::to_owned), with_attribute(str::to_owned)] {
        let (result, trace) = good().judge(with_our_key, &xml, Trace::new());
        let assertion = result.unwrap();

        assert_eq!(assertion.name_id().expose(), format!("s00000000:{CANARY}"));
        assert_eq!(assertion.attribute("nin"), Some(ATTRIBUTE_CANARY));
        let shown = format!("{trace:?} {assertion:?} {:?} {:?}", assertion.name_id(), assertion.attributes());
        assert!(!shown.contains(CANARY) && !shown.contains(ATTRIBUTE_CANARY), "{shown}");
        assert!(trace.records().iter().any(|record| record.code == "decryption"));
    }
    let (_, trace) = good().judge(with_our_key, &good().xml(), Trace::new());
    assert!(trace.records().iter().all(|record| record.code != "decryption"));
}

#[test]
fn an_encrypted_identifier_in_an_encrypted_assertion_is_read() {
    let assertion = source(&with_name_id(str::to_owned), "Assertion");
    let xml = unsigned(&sealed("EncryptedAssertion", &assertion, ContentCipher::Aes256Gcm));

    assert!(good().judge(with_our_key, &xml, Trace::new()).0.is_ok());
}

#[test]
fn an_encrypted_identifier_or_attribute_without_a_key_of_ours_is_rejected() {
    for xml in [with_name_id(str::to_owned), with_attribute(str::to_owned)] {
        good().rejects(&xml, "encrypted");
        good().rejects_from(without_keys, &xml, "encrypted");
        good().rejects_from(with_another_key, &xml, "decryption_failed");
        assert!(good().judge(with_the_next_key_too, &xml, Trace::new()).0.is_ok());
    }
}

#[test]
fn an_encrypted_identifier_that_was_swapped_after_it_was_signed_is_rejected() {
    let (first, second) = (with_name_id(str::to_owned), with_name_id(str::to_owned));
    let swapped = replaced(&first, &source(&first, "EncryptedID"), &source(&second, "EncryptedID"));

    // The response around it is signed too, and is verified first.
    good().rejects_from(with_our_key, &swapped, "signature_digest_mismatch");
}

#[test]
fn a_plaintext_of_another_kind_fails_like_one_that_does_not_open() {
    let attribute = standalone(&source(&good().xml(), "Attribute"));
    let name_id = standalone(&source(&good().xml(), "NameID"));
    let inside = |plain: &str, new: &str| plain.replacen('>', &format!(">{new}"), 1);
    for plaintext in [
        attribute.clone(),
        name_id.repeat(2),
        inside(&name_id, "<!-- -->"),
        format!("<!DOCTYPE x>{name_id}"),
        format!("x{name_id}"),
        name_id.replace("urn:oasis:names:tc:SAML:2.0:assertion", "urn:evil"),
        String::new(),
    ] {
        good().rejects_from(with_our_key, &with_name_id(|_| plaintext.clone()), "decryption_failed");
    }
    for plaintext in [name_id, attribute.repeat(2), inside(&attribute, "<?x?>")] {
        good().rejects_from(with_our_key, &with_attribute(|_| plaintext.clone()), "decryption_failed");
    }
}

#[test]
fn what_is_checked_in_a_plain_identifier_and_attribute_is_checked_in_encrypted_ones() {
    let name_id = |from: &'static str, to: &'static str| with_name_id(move |plain| replaced(plain, from, to));
    good().rejects_from(with_our_key, &name_id("s00000000:900026236", " "), "subject");
    good().rejects_from(with_our_key, &name_id("s00000000:", "<x/>"), "xml_child_in_text");
    let other = name_id("Format=", "SPNameQualifier=\"https://other.example\" Format=");
    good().rejects_from(with_our_key, &other, "subject_sp_name_qualifier");

    let twice = with_part("Attribute", |plain| {
        format!("{plain}{}", sealed("EncryptedAttribute", &standalone(plain), ContentCipher::Aes256Gcm))
    });
    good().rejects_from(with_our_key, &twice, "attribute_duplicate");
    let nameless = with_attribute(|plain| replaced(plain, "Name=\"nin\"", "Other=\"nin\""));
    good().rejects_from(with_our_key, &nameless, "attribute_missing");
}

#[test]
fn two_identifiers_are_rejected_even_when_one_is_encrypted() {
    let both = with_part("NameID", |plain| {
        format!("{plain}{}", sealed("EncryptedID", &standalone(plain), ContentCipher::Aes256Gcm))
    });
    good().rejects_from(with_our_key, &both, "element_unexpected");
    let twice =
        with_part("NameID", |plain| sealed("EncryptedID", &standalone(plain), ContentCipher::Aes256Gcm).repeat(2));
    good().rejects_from(with_our_key, &twice, "element_unexpected");
}

#[test]
fn a_hundred_encrypted_attributes_are_rejected_before_one_is_opened() {
    let several = |count: usize| {
        with_part("Attribute", |plain| {
            let named = |index| replaced(&standalone(plain), "\"nin\"", &format!("\"nin-{index}\""));
            (0..count).map(|index| sealed("EncryptedAttribute", &named(index), ContentCipher::Aes256Gcm)).collect()
        })
    };
    assert!(good().judge(with_our_key, &several(32), Trace::new()).0.is_ok());
    good().rejects_from(with_our_key, &several(100), "encryption_structure");
    // A key that opens nothing uses the same budget up.
    good().rejects_from(with_another_key, &several(32), "decryption_failed");
}

#[test]
fn an_encrypted_identifier_in_an_attribute_is_opened_where_the_policy_names_it() {
    let acting = |value: &str| {
        let value = format!("<saml:AttributeValue>{value}</saml:AttributeValue>");
        with_part("Attribute", |_| format!("<saml:Attribute Name=\"urn:acting\">{value}</saml:Attribute>"))
    };
    let named = case(|case| case.policy = case.policy.clone().with_identifiers(["urn:acting".to_owned()]));
    let name_id = standalone(&source(&good().xml(), "NameID"));
    let encrypted = sealed("EncryptedID", &name_id, ContentCipher::Aes256Cbc);

    let (result, trace) = named.judge(with_our_key, &acting(&encrypted), Trace::new());
    let assertion = result.unwrap();
    let [attribute] = assertion.attributes() else { panic!("one attribute") };
    let [identifier] = attribute.identifiers() else { panic!("one identifier") };
    assert_eq!((attribute.name(), attribute.expose()), ("urn:acting", &[][..]));
    assert_eq!(identifier.expose(), format!("s00000000:{CANARY}"));
    assert!(!format!("{trace:?} {attribute:?} {identifier:?}").contains(CANARY));

    // Where it is not named, nobody looks into it.
    assert!(good().judge(with_our_key, &acting(&encrypted), Trace::new()).0.unwrap().attributes().is_empty());
    for other in [name_id.as_str(), CANARY, "", &encrypted.repeat(2), &format!("x{encrypted}")] {
        named.rejects_from(with_our_key, &acting(other), "attribute_identifier");
    }
    named.rejects_from(without_keys, &acting(&encrypted), "attribute_identifier");
    named.rejects_from(with_another_key, &acting(&encrypted), "decryption_failed");
}

#[test]
fn keys_for_several_recipients_may_stand_beside_the_data() {
    // As Stelsel Toegang has it: the keys beside the data, one named by a RetrievalMethod, each with its Recipient.
    let others = ["https://other.example", PORTAL, "https://third.example"];
    let beside = |recipients: &[&str]| {
        with_part("NameID", |plain| {
            let sealed = sealed("EncryptedID", &standalone(plain), ContentCipher::Aes256Cbc);
            let key = source(&sealed.replace("saml:", ""), "EncryptedKey");
            let named = |(index, recipient): (usize, &&str)| {
                let declared = "xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\"";
                let attributes = format!("<xenc:EncryptedKey {declared} Id=\"_key{index}\" Recipient=\"{recipient}\"");
                key.replacen("<xenc:EncryptedKey", &attributes, 1)
            };
            let keys: String = recipients.iter().enumerate().map(named).collect();
            let uri = "Type=\"http://www.w3.org/2001/04/xmlenc#EncryptedKey\" URI=\"#_key0\"";
            let sealed = replaced(&sealed, &key, &format!("<ds:RetrievalMethod {uri}/>"));
            replaced(&sealed, "</saml:EncryptedID>", &format!("{keys}</saml:EncryptedID>"))
        })
    };
    assert!(good().judge(with_our_key, &beside(&others), Trace::new()).0.is_ok());
    assert!(good().judge(with_the_next_key_too, &beside(&[PORTAL, PORTAL]), Trace::new()).0.is_ok());
    good().rejects_from(with_our_key, &beside(&["https://other.example"]), "encryption_recipient");
    good().rejects_from(with_our_key, &beside(&[PORTAL; 17]), "encryption_structure");
}
