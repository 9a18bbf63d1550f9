//! Encrypted assertions, identifiers and attributes (ATT-085 to ATT-101).

use saml_xml_security::{ContentCipher, encrypt};

use super::{HARMLESS, Variants, attacks};
use crate::answer::Signed;
use crate::edit;
use crate::error::Error;
use crate::good_message::{GoodMessage, standalone};

attacks! {
    "085" encrypted_is_not_signed Response "signature_missing" unsigned,
        "encrypts an assertion that has no signature";
    "086" cbc_padding_oracle Response "encryption_algorithm" padding,
        "offers CBC ciphertext that no signature covers";
    "087" rsa15_bleichenbacher Response "encryption_algorithm" rsa_1_5,
        "names RSA 1.5 as the key transport";
    "089" algorithm_mix_backwards Response "encryption_algorithm" mix,
        "names another cipher for the same ciphertext";
    "090" oaep_parameter_confusion Response "encryption_algorithm" oaep,
        "gives OAEP other parameters";
    "091" encrypted_key_recipient Response "encryption_recipient" recipient,
        "holds keys for others, or too many";
    "092" cipher_reference Response "encryption_structure" reference,
        "refers to ciphertext elsewhere";
    "093" encrypted_xml_dos Response "encryption_structure" recursive,
        "nests and repeats what is encrypted";
    "094" decrypted_content_injection Response "decryption_failed" injection,
        "encrypts something else than one element";
    "095" decrypted_namespace_context Response "decryption_failed" context,
        "lets the plaintext take its prefixes from around it";
    "096" nested_encryption Response "decryption_failed" nested,
        "encrypts twice, or elsewhere than in the response";
    "097" short_ciphertext_panic Response "decryption_failed" short,
        "cuts the ciphertext short";
    "098" gcm_misuse Response "decryption_failed" gcm,
        "changes the tag or the initialisation vector";
    "099" key_wrap_unwrap_check Response "encryption_algorithm" key_wrap,
        "names a symmetric key wrap";
    "100" decrypt_before_verify Response "signature_digest_mismatch" verify_first,
        "breaks signature and ciphertext at once";
    "101" encrypted_id_swap Response "signature_digest_mismatch" identifier_swap,
        "brings an encrypted identifier along that another message was signed with";
}

const DATA: &str = "EncryptedAssertion/EncryptedData";
const KEY: &str = "EncryptedAssertion/EncryptedData/KeyInfo/EncryptedKey";

const NAME_ID: &str = "Assertion/Subject/NameID";
const ENCRYPTED_ID: &str = "Assertion/Subject/EncryptedID";
const ENCRYPTED_ATTRIBUTE: &str = "Assertion/AttributeStatement/EncryptedAttribute";

/// Returns the signed assertion that is encrypted.
fn plaintext(good: &GoodMessage) -> Result<String, Error> {
    edit::source(&good.signed(Signed::Assertion), "Assertion")
}

/// Returns a good message with a signed assertion, encrypted with AES-GCM.
fn good_gcm(good: &GoodMessage) -> Result<String, Error> {
    good.encrypted(&plaintext(good)?, ContentCipher::Aes256Gcm)
}

/// Changes the message both where nothing around it is signed and where the response is signed over the change.
fn both(
    good: &GoodMessage,
    variants: &mut Variants,
    name: &str,
    change: impl Fn(&str) -> Result<String, Error>,
) -> Result<(), Error> {
    let twin = good_gcm(good)?;
    let bad = change(&twin)?;
    variants.add(
        format!("{name}_signed_around"),
        good.sign(&bad, Signed::Response)?,
        good.sign(&twin, Signed::Response)?,
    );
    variants.add(name, bad, twin);
    Ok(())
}

/// What is encrypted on its own in an assertion.
#[derive(Clone, Copy)]
enum Part {
    Attribute,
    Identifier,
}

impl Part {
    /// Returns what a genuine identity provider would encrypt.
    fn genuine(self, good: &GoodMessage) -> Result<String, Error> {
        match self {
            Self::Attribute => {
                Ok("<saml:Attribute xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" Name=\"urn:x\">\
                <saml:AttributeValue>x</saml:AttributeValue></saml:Attribute>"
                    .to_owned())
            }
            Self::Identifier => standalone(good.unsigned(), NAME_ID),
        }
    }

    /// Returns the unsigned message with `plaintext`, encrypted, in its place.
    fn sealed(self, good: &GoodMessage, plaintext: &str, cipher: ContentCipher) -> Result<String, Error> {
        let data = encrypt(plaintext.as_bytes(), &good.keys().recipient, cipher)?;
        match self {
            Self::Attribute => {
                let holder = format!("<saml:EncryptedAttribute>{data}</saml:EncryptedAttribute>");
                let statement = format!("<saml:AttributeStatement>{holder}</saml:AttributeStatement>");
                edit::after(good.unsigned(), "Assertion/AuthnStatement", &statement)
            }
            Self::Identifier => {
                edit::replace(good.unsigned(), NAME_ID, &format!("<saml:EncryptedID>{data}</saml:EncryptedID>"))
            }
        }
    }

    /// Returns the unsigned message with what is genuine in its place.
    fn good(self, good: &GoodMessage, cipher: ContentCipher) -> Result<String, Error> {
        self.sealed(good, &self.genuine(good)?, cipher)
    }
}

/// Encrypts other things in the place of the identifier and of an attribute, and signs over them.
fn parts<'v>(
    good: &GoodMessage,
    variants: &mut Variants,
    wrong: impl IntoIterator<Item = (&'v str, Part, String)>,
) -> Result<(), Error> {
    for (name, part, content) in wrong {
        for (cipher_name, cipher) in [("gcm", ContentCipher::Aes256Gcm), ("cbc", ContentCipher::Aes128Cbc)] {
            let bad = good.sign(&part.sealed(good, &content, cipher)?, Signed::Both)?;
            let twin = good.sign(&part.good(good, cipher)?, Signed::Both)?;
            variants.add(format!("{name}_{cipher_name}"), bad, twin);
        }
    }
    Ok(())
}

fn unsigned(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (name, cipher) in [("128", ContentCipher::Aes128Gcm), ("256", ContentCipher::Aes256Gcm)] {
        let twin = good.encrypted(&plaintext(good)?, cipher)?;
        let genuine = good.encrypted(&edit::source(good.unsigned(), "Assertion")?, cipher)?;
        variants.add(format!("genuine_unsigned_{name}"), genuine, twin.as_str());
        variants.add(format!("forged_{name}"), good.encrypted(&good.forged_assertion()?, cipher)?, twin.as_str());
        // Encrypted, it is no less wrapped.
        let around = edit::last_in(&good.forged_assertion()?, "", &plaintext(good)?)?;
        variants.add(format!("wrapped_{name}"), good.encrypted(&around, cipher)?, twin);
    }
    Ok(())
}

fn padding(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (name, cipher) in [("128", ContentCipher::Aes128Cbc), ("256", ContentCipher::Aes256Cbc)] {
        let unsigned = good.encrypted(&plaintext(good)?, cipher)?;
        let twin = good.sign(&unsigned, Signed::Response)?;
        variants.add(format!("unsigned_{name}"), unsigned.as_str(), twin.as_str());
        let around = edit::after(&unsigned, "Issuer", &edit::source(&good.signed(Signed::Response), "Signature")?)?;
        variants.add_as("signature_digest_mismatch", format!("signature_of_another_{name}"), around, twin.as_str());
        let value = format!("{DATA}/CipherData/CipherValue");
        for at in [0, 30, 100] {
            let bad = edit::content(&twin, &value, |old| edit::other_character(old, at))?;
            variants.add_as("signature_digest_mismatch", format!("changed_{name}_{at}"), bad, twin.as_str());
            // Signed over the change, the padding or the text is wrong: one failure for both.
            let bad = good.sign(&edit::content(&unsigned, &value, |old| tail_changed(old, at))?, Signed::Response)?;
            variants.add_as("decryption_failed", format!("changed_and_signed_{name}_{at}"), bad, twin.as_str());
        }
    }
    // An identifier in CBC stands under the signature of its assertion.
    let unsigned = Part::Identifier.good(good, ContentCipher::Aes256Cbc)?;
    let twin = good.sign(&unsigned, Signed::Assertion)?;
    let value = format!("{ENCRYPTED_ID}/EncryptedData/CipherData/CipherValue");
    let bad = edit::content(&twin, &value, |old| edit::other_character(old, 30))?;
    variants.add_as("signature_digest_mismatch", "identifier_changed", bad, twin.as_str());
    let bad = good.sign(&edit::content(&unsigned, &value, |old| tail_changed(old, 0))?, Signed::Assertion)?;
    variants.add_as("decryption_failed", "identifier_changed_and_signed", bad, twin);
    Ok(())
}

/// Cuts whole blocks off: 3 times 16 bytes are 64 characters of base64.
fn tail_changed(text: &str, blocks: usize) -> String {
    let body = text.trim_end_matches('=');
    let kept = body.len().saturating_sub(64 * (1 + blocks / 30)) / 64 * 64;
    body.get(..kept).unwrap_or_default().to_owned()
}

fn rsa_1_5(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let method = format!("{KEY}/EncryptionMethod");
    both(good, variants, "rsa_1_5", |xml| {
        edit::set_attribute(xml, &method, "Algorithm", "http://www.w3.org/2001/04/xmlenc#rsa-1_5")
    })
}

fn mix(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let method = format!("{DATA}/EncryptionMethod");
    for (name, uri) in [
        ("tripledes", "http://www.w3.org/2001/04/xmlenc#tripledes-cbc"),
        ("aes192", "http://www.w3.org/2001/04/xmlenc#aes192-cbc"),
        ("none", ""),
        ("transport_for_content", "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"),
    ] {
        both(good, variants, name, |xml| edit::set_attribute(xml, &method, "Algorithm", uri))?;
    }
    let twin = good_gcm(good)?;
    let cbc = edit::set_attribute(&twin, &method, "Algorithm", ContentCipher::Aes256Cbc.uri())?;
    variants.add("gcm_as_cbc", cbc.as_str(), twin.as_str());
    let signed = good.sign(&cbc, Signed::Response)?;
    variants.add_as("decryption_failed", "gcm_as_cbc_signed", signed, good.sign(&twin, Signed::Response)?);
    let shorter = edit::set_attribute(&twin, &method, "Algorithm", ContentCipher::Aes128Gcm.uri())?;
    variants.add_as("decryption_failed", "key_of_another_length", shorter, twin.as_str());
    let cbc = good.encrypted(&plaintext(good)?, ContentCipher::Aes256Cbc)?;
    let gcm = edit::set_attribute(&cbc, &method, "Algorithm", ContentCipher::Aes256Gcm.uri())?;
    variants.add_as("decryption_failed", "cbc_as_gcm", gcm, twin);
    Ok(())
}

fn oaep(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let method = format!("{KEY}/EncryptionMethod");
    let digest =
        |uri: &str| format!("<ds:DigestMethod xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" Algorithm=\"{uri}\"/>");
    let mask = |uri: &str| format!("<x:MGF xmlns:x=\"http://www.w3.org/2009/xmlenc11#\" Algorithm=\"{uri}\"/>");
    for (name, content) in [
        ("label", "<xenc:OAEPparams>eA==</xenc:OAEPparams>".to_owned()),
        ("md5", digest("http://www.w3.org/2001/04/xmldsig-more#md5")),
        ("mask_of_mgf1p", mask("http://www.w3.org/2009/xmlenc11#mgf1sha256")),
        ("unknown_mask", mask("urn:x:none")),
    ] {
        both(good, variants, name, |xml| edit::last_in(xml, &method, &content))?;
    }
    let twin = good_gcm(good)?;
    let sha256 = edit::last_in(&twin, &method, &digest("http://www.w3.org/2001/04/xmlenc#sha256"))?;
    variants.add_as("decryption_failed", "another_digest", sha256, twin);
    Ok(())
}

fn recipient(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    both(good, variants, "other", |xml| edit::add_attributes(xml, KEY, "Recipient=\"https://other-sp.example/saml\""))?;
    let twin = good_gcm(good)?;
    let key = edit::source(&twin, KEY)?;
    let many = edit::after(&twin, KEY, &key.repeat(16))?;
    variants.add_as("encryption_structure", "seventeen", many, twin.as_str());
    let others = key.replacen('>', " Recipient=\"https://other-sp.example/saml\">", 1);
    variants.add_as(HARMLESS, "others_beside_ours", edit::before(&twin, KEY, &others.repeat(15))?, twin);
    let unsigned = Part::Identifier.good(good, ContentCipher::Aes256Gcm)?;
    let twin = good.sign(&unsigned, Signed::Both)?;
    let key = format!("{ENCRYPTED_ID}/EncryptedData/KeyInfo/EncryptedKey");
    let other = edit::add_attributes(&unsigned, &key, "Recipient=\"https://other-sp.example/saml\"")?;
    variants.add("identifier_for_others", good.sign(&other, Signed::Both)?, twin);
    Ok(())
}

fn reference(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (name, uri) in [("http", "http://attacker.example/"), ("file", "file:///etc/passwd"), ("in_document", "#_x")] {
        let reference = format!("<xenc:CipherReference URI=\"{uri}\"/>");
        for (part, path) in [("data", DATA), ("key", KEY)] {
            let data = format!("{path}/CipherData");
            both(good, variants, &format!("{part}_{name}"), |xml| edit::content(xml, &data, |_| reference.clone()))?;
        }
    }
    Ok(())
}

fn recursive(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    both(good, variants, "two_data", |xml| edit::after(xml, DATA, &edit::source(xml, DATA)?))?;
    both(good, variants, "key_without_end", |xml| {
        let retrieval = "<ds:RetrievalMethod Type=\"http://www.w3.org/2001/04/xmlenc#EncryptedKey\" URI=\"#_self\"/>";
        edit::add_attributes(&edit::replace(xml, KEY, retrieval)?, DATA, "Id=\"_self\"")
    })?;
    both(good, variants, "data_in_data", |xml| {
        edit::wrap(
            xml,
            DATA,
            "<xenc:EncryptedData xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\">",
            "</xenc:EncryptedData>",
        )
    })?;
    both(good, variants, "empty", |xml| edit::content(xml, "EncryptedAssertion", |_| String::new()))?;
    both(good, variants, "no_key", |xml| edit::remove(xml, KEY))?;
    // As many private operations as there are attributes, and 16 times as many with 16 keys each.
    let unsigned = Part::Attribute.good(good, ContentCipher::Aes256Gcm)?;
    let twin = good.sign(&unsigned, Signed::Both)?;
    let path = ENCRYPTED_ATTRIBUTE;
    let one = edit::source(&unsigned, path)?;
    let many = edit::after(&unsigned, path, &one.repeat(99))?;
    variants.add("hundred_attributes", good.sign(&many, Signed::Both)?, twin.as_str());
    let key = format!("{path}/EncryptedData/KeyInfo/EncryptedKey");
    let spoilt =
        edit::content(&unsigned, &format!("{key}/CipherData/CipherValue"), |old| edit::other_character(old, 30))?;
    let spoilt = edit::after(&spoilt, &key, &edit::source(&spoilt, &key)?.repeat(15))?;
    let many = edit::after(&spoilt, path, &edit::source(&spoilt, path)?.repeat(15))?;
    variants.add_as("decryption_failed", "sixteen_keys_in_sixteen_attributes", good.sign(&many, Signed::Both)?, twin);
    Ok(())
}

fn injection(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let genuine = plaintext(good)?;
    let twin = good_gcm(good)?;
    for (name, content) in [
        ("document_type", format!("<!DOCTYPE r [<!ENTITY x \"y\">]>{genuine}")),
        ("two_roots", format!("{genuine}{}", good.forged_assertion()?)),
        ("forged_first", format!("{}{genuine}", good.forged_assertion()?)),
        ("instruction", format!("<?x?>{genuine}")),
        ("declaration", format!("<?xml version=\"1.0\"?>{genuine}")),
        ("text", format!("x{genuine}")),
        ("comment", format!("<!-- -->{genuine}")),
        ("end_tag", format!("</context>{genuine}<context>")),
        ("open", genuine.replacen("</saml:Assertion>", "", 1)),
        ("nothing", String::new()),
        ("response", good.signed(Signed::Both)),
        ("not_utf_8", genuine.replacen("<saml:Subject>", "<saml:Subject>\u{0}", 1)),
    ] {
        variants.add(name, good.encrypted(&content, ContentCipher::Aes256Gcm)?, twin.as_str());
    }
    // One ID twice inside.
    let id = edit::attribute(&genuine, "", "ID")?;
    let twice =
        edit::last_in(&genuine, "Subject/SubjectConfirmation/SubjectConfirmationData", &format!("<x ID=\"{id}\"/>"))?;
    variants.add("id_twice", good.encrypted(&twice, ContentCipher::Aes256Gcm)?, twin);
    let (name_id, attribute) = (Part::Identifier.genuine(good)?, Part::Attribute.genuine(good)?);
    let inside = |plain: &str, new: &str| plain.replacen('>', &format!(">{new}"), 1);
    parts(
        good,
        variants,
        [
            ("identifier_attribute", Part::Identifier, attribute.clone()),
            ("identifier_assertion", Part::Identifier, genuine.clone()),
            ("identifier_two", Part::Identifier, name_id.repeat(2)),
            ("identifier_comment", Part::Identifier, inside(&name_id, "<!-- -->")),
            ("identifier_document_type", Part::Identifier, format!("<!DOCTYPE r [<!ENTITY x \"y\">]>{name_id}")),
            ("identifier_instruction", Part::Identifier, inside(&name_id, "<?x?>")),
            ("identifier_text", Part::Identifier, format!("x{name_id}")),
            ("identifier_end_tag", Part::Identifier, format!("</context>{name_id}<context>")),
            ("identifier_nothing", Part::Identifier, String::new()),
            ("attribute_name_id", Part::Attribute, name_id),
            ("attribute_two", Part::Attribute, attribute.repeat(2)),
            ("attribute_comment", Part::Attribute, inside(&attribute, "<!-- -->")),
            ("attribute_document_type", Part::Attribute, format!("<!DOCTYPE r>{attribute}")),
            (
                "attribute_statement",
                Part::Attribute,
                format!(
                    "<s:AttributeStatement xmlns:s=\"urn:oasis:names:tc:SAML:2.0:assertion\">{attribute}</s:AttributeStatement>"
                ),
            ),
        ],
    )?;
    Ok(())
}

fn context(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let genuine = plaintext(good)?;
    let declaration = " xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"";
    let bare = genuine.replacen(declaration, "", 1);
    let twin = good.encrypted(&bare, ContentCipher::Aes256Gcm)?;
    // The prefix means what it means around the ciphertext; bound to something else it is no assertion.
    let evil = twin.replacen("<xenc:EncryptedData", "<xenc:EncryptedData xmlns:saml=\"urn:evil\"", 1);
    variants.add_as(HARMLESS, "bound_within_the_ciphertext", evil, twin.as_str());
    let holder = "<saml:EncryptedAssertion>";
    let evil = twin.replacen(
        holder,
        "<a:EncryptedAssertion xmlns:a=\"urn:oasis:names:tc:SAML:2.0:assertion\" xmlns:saml=\"urn:evil\">",
        1,
    );
    let evil = evil.replacen("</saml:EncryptedAssertion>", "</a:EncryptedAssertion>", 1);
    variants.add("bound_around_the_ciphertext", evil, twin.as_str());
    let undeclared = genuine.replacen("xmlns:saml=", "xmlns:other=", 1).replace("saml:", "unbound:");
    variants.add("undeclared", good.encrypted(&undeclared, ContentCipher::Aes256Gcm)?, twin);
    let name_id = Part::Identifier.genuine(good)?;
    let attribute = Part::Attribute.genuine(good)?;
    let evil = |plain: &str| plain.replacen(declaration, " xmlns:saml=\"urn:evil\"", 1);
    let undeclared = |plain: &str| plain.replacen(declaration, "", 1).replace("saml:", "unbound:");
    parts(
        good,
        variants,
        [
            ("identifier_undeclared", Part::Identifier, undeclared(&name_id)),
            ("identifier_of_another_namespace", Part::Identifier, evil(&name_id)),
            ("attribute_undeclared", Part::Attribute, undeclared(&attribute)),
            ("attribute_of_another_namespace", Part::Attribute, evil(&attribute)),
        ],
    )?;
    // A declaration that the signature does not cover binds nothing in an identifier either.
    let unbound = undeclared(&name_id);
    let unsigned = Part::Identifier.sealed(good, &unbound, ContentCipher::Aes256Gcm)?;
    let bound = edit::add_attributes(&unsigned, "", "xmlns:unbound=\"urn:oasis:names:tc:SAML:2.0:assertion\"")?;
    let twin = good.sign(&Part::Identifier.good(good, ContentCipher::Aes256Gcm)?, Signed::Both)?;
    variants.add("identifier_bound_outside_the_signature", good.sign(&bound, Signed::Both)?, twin);
    Ok(())
}

fn nested(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good_gcm(good)?;
    let once = edit::source(&twin, "EncryptedAssertion")?;
    let declared = once.replacen(
        "<saml:EncryptedAssertion",
        "<saml:EncryptedAssertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"",
        1,
    );
    variants.add("twice", good.encrypted(&declared, ContentCipher::Aes256Gcm)?, twin);
    let twin = good.signed(Signed::Both);
    let advised = good.changed(Signed::Both, |xml| {
        edit::after(xml, "Assertion/Conditions", &format!("<saml:Advice>{declared}</saml:Advice>"))
    })?;
    variants.add_as(HARMLESS, "in_advice", advised, twin.as_str());
    let stated = good.changed(Signed::Both, |xml| edit::last_in(xml, "Assertion", &declared))?;
    variants.add_as("element_unexpected", "among_statements", stated, twin.as_str());
    let beside = good.changed(Signed::Both, |xml| edit::after(xml, "Assertion", &declared))?;
    variants.add_as("element_unexpected", "beside_the_assertion", beside, twin);
    let once = edit::source(&Part::Identifier.good(good, ContentCipher::Aes256Gcm)?, ENCRYPTED_ID)?;
    let declared =
        once.replacen("<saml:EncryptedID", "<saml:EncryptedID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"", 1);
    parts(good, variants, [("identifier_twice", Part::Identifier, declared)])?;
    Ok(())
}

fn short(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let value = format!("{DATA}/CipherData/CipherValue");
    for length in [0, 4, 16, 20, 36, 40, 64] {
        both(good, variants, &format!("content_{length}"), |xml| {
            edit::content(xml, &value, |old| old.get(..length).unwrap_or_default().to_owned())
        })?;
    }
    let key = format!("{KEY}/CipherData/CipherValue");
    for length in [0, 4, 340] {
        both(good, variants, &format!("key_{length}"), |xml| {
            edit::content(xml, &key, |old| old.get(..length).unwrap_or_default().to_owned())
        })?;
    }
    // CBC of no block, half a block, and blocks without text.
    let cbc = good.encrypted(&plaintext(good)?, ContentCipher::Aes128Cbc)?;
    let twin = good.sign(&cbc, Signed::Response)?;
    for length in [0, 20, 24, 32] {
        let bad = edit::content(&cbc, &value, |old| old.get(..length).unwrap_or_default().to_owned())?;
        variants.add(format!("cbc_{length}"), good.sign(&bad, Signed::Response)?, twin.as_str());
    }
    Ok(())
}

fn gcm(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let value = format!("{DATA}/CipherData/CipherValue");
    for at in [0, 10, 20, 200] {
        both(good, variants, &format!("changed_{at}"), |xml| {
            edit::content(xml, &value, |old| edit::other_character(old, at))
        })?;
    }
    both(good, variants, "tag_cut", |xml| {
        edit::content(xml, &value, |old| {
            let body = old.trim_end_matches('=');
            body.get(..body.len().saturating_sub(8) / 4 * 4).unwrap_or_default().to_owned()
        })
    })?;
    both(good, variants, "longer", |xml| edit::content(xml, &value, |old| format!("AAAA{old}")))
}

fn key_wrap(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let method = format!("{KEY}/EncryptionMethod");
    for (name, uri) in [
        ("aes128", "http://www.w3.org/2001/04/xmlenc#kw-aes128"),
        ("aes256", "http://www.w3.org/2001/04/xmlenc#kw-aes256"),
        ("tripledes", "http://www.w3.org/2001/04/xmlenc#kw-tripledes"),
        ("agreement", "http://www.w3.org/2009/xmlenc11#ECDH-ES"),
    ] {
        both(good, variants, name, |xml| edit::set_attribute(xml, &method, "Algorithm", uri))?;
    }
    Ok(())
}

fn verify_first(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (name, cipher) in [("gcm", ContentCipher::Aes256Gcm), ("cbc", ContentCipher::Aes256Cbc)] {
        let twin = good.sign(&good.encrypted(&plaintext(good)?, cipher)?, Signed::Response)?;
        for (part, path) in [("data", DATA), ("key", KEY)] {
            let value = format!("{path}/CipherData/CipherValue");
            let bad = edit::content(&twin, &value, |old| edit::other_character(old, 50))?;
            variants.add(format!("{name}_{part}"), bad, twin.as_str());
        }
        let other = edit::content(&twin, "Signature/SignatureValue", |old| edit::other_character(old, 50))?;
        let other = edit::content(&other, &format!("{DATA}/CipherData/CipherValue"), |_| String::new())?;
        variants.add(format!("{name}_both"), other, twin);
    }
    // An encrypted assertion takes its namespaces along, as a signed one does.
    let genuine = standalone(&good.signed(Signed::Assertion), "Assertion")?;
    let twin = good.sign(&good.encrypted(&genuine, ContentCipher::Aes256Gcm)?, Signed::Response)?;
    let moved = edit::add_attributes(&twin, "EncryptedAssertion", "xmlns:evil=\"urn:evil\"")?;
    variants.add_as(HARMLESS, "namespace_added", moved, twin);
    Ok(())
}

fn identifier_swap(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    // The identifier of another person, who logged in here too: genuine ciphertext, of another message.
    let forged = standalone(&good.forged()?, NAME_ID)?;
    let forged = edit::source(&Part::Identifier.sealed(good, &forged, ContentCipher::Aes256Gcm)?, ENCRYPTED_ID)?;
    for (name, signed) in [("assertion", Signed::Assertion), ("both", Signed::Both), ("response", Signed::Response)] {
        let twin = good.sign(&Part::Identifier.good(good, ContentCipher::Aes256Gcm)?, signed)?;
        let swapped = edit::replace(&twin, ENCRYPTED_ID, &forged)?;
        variants.add(format!("{name}_swapped"), swapped, twin.as_str());
        variants.add(format!("{name}_first"), edit::before(&twin, ENCRYPTED_ID, &forged)?, twin.as_str());
        let plain = good.signed(signed);
        variants.add(format!("{name}_for_the_plain_one"), edit::replace(&plain, NAME_ID, &forged)?, plain);
    }
    // Signed by the genuine sender: where it is not the identifier of the subject, it is not read.
    let twin = good.sign(&Part::Identifier.good(good, ContentCipher::Aes256Gcm)?, Signed::Both)?;
    let unsigned = Part::Identifier.good(good, ContentCipher::Aes256Gcm)?;
    let signed = |xml: String| good.sign(&xml, Signed::Both);
    let two = edit::after(&unsigned, ENCRYPTED_ID, &forged)?;
    variants.add_as("element_unexpected", "two_identifiers", signed(two)?, twin.as_str());
    let plain_too = edit::after(good.unsigned(), NAME_ID, &forged)?;
    variants.add_as("element_unexpected", "plain_and_encrypted", signed(plain_too)?, good.signed(Signed::Both));
    let confirmed = edit::first_in(&unsigned, "Assertion/Subject/SubjectConfirmation", &forged)?;
    variants.add_as(HARMLESS, "in_confirmation", signed(confirmed)?, twin.as_str());
    let advised = edit::after(&unsigned, "Assertion/Conditions", &format!("<saml:Advice>{forged}</saml:Advice>"))?;
    variants.add_as(HARMLESS, "in_advice", signed(advised)?, twin.as_str());
    let value = format!("<saml:AttributeValue>{forged}</saml:AttributeValue>");
    let attribute = format!("<saml:Attribute Name=\"urn:nl-eid-gdi:1.0:ActingSubjectID\">{value}</saml:Attribute>");
    let statement = format!("<saml:AttributeStatement>{attribute}</saml:AttributeStatement>");
    let stated = edit::after(&unsigned, "Assertion/AuthnStatement", &statement)?;
    variants.add_as(HARMLESS, "in_attribute_value", signed(stated)?, twin);
    Ok(())
}
