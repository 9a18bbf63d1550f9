//! Encrypted assertions, identifiers and attributes (ATT-085 to ATT-101).

use saml_xml_security::{ContentCipher, encrypt};

use super::{HARMLESS, Variants, attacks};
use crate::answer::Signed;
use crate::edit;
use crate::error::Error;
use crate::good_message::{GoodMessage, standalone};

mod content;

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
    "094" decrypted_content_injection Response "decryption_failed" content::injection,
        "encrypts something else than one element";
    "095" decrypted_namespace_context Response "decryption_failed" content::context,
        "lets the plaintext take its prefixes from around it";
    "096" nested_encryption Response "decryption_failed" content::nested,
        "encrypts twice, or elsewhere than in the response";
    "097" short_ciphertext_panic Response "decryption_failed" short,
        "cuts the ciphertext short";
    "098" gcm_misuse Response "decryption_failed" gcm,
        "changes the tag or the initialisation vector";
    "099" key_wrap_unwrap_check Response "encryption_algorithm" key_wrap,
        "names a symmetric key wrap";
    "100" decrypt_before_verify Response "signature_digest_mismatch" verify_first,
        "breaks signature and ciphertext at once";
    "101" encrypted_id_swap Response "signature_digest_mismatch" content::identifier_swap,
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

/// For a reader that takes what it could decrypt for authentic: anybody can encrypt to us.
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

/// For a reader that says, by its words or its time, whether the padding was right: each answer is a bit of the text.
fn padding(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (name, cipher) in [("128", ContentCipher::Aes128Cbc), ("256", ContentCipher::Aes256Cbc)] {
        let unsigned = good.encrypted(&plaintext(good)?, cipher)?;
        let twin = good.sign(&unsigned, Signed::Response)?;
        variants.add(format!("unsigned_{name}"), unsigned.as_str(), twin.as_str());
        let around = edit::after(&unsigned, "Issuer", &edit::source(&good.signed(Signed::Response), "Signature")?)?;
        variants.add_as("signature_digest_mismatch", format!("signature_of_another_{name}"), around, twin.as_str());
        let value = format!("{DATA}/CipherData/CipherValue");
        for (at, cut) in [(0, 1), (30, 2), (100, 4)] {
            let bad = edit::content(&twin, &value, |old| edit::other_character(old, at))?;
            variants.add_as("signature_digest_mismatch", format!("changed_{name}_{at}"), bad, twin.as_str());
            // Signed over the change, the padding or the text is wrong: one failure for both.
            let bad = good.sign(&edit::content(&unsigned, &value, |old| without_tail(old, cut))?, Signed::Response)?;
            variants.add_as("decryption_failed", format!("changed_and_signed_{name}_{at}"), bad, twin.as_str());
        }
    }
    // An identifier in CBC stands under the signature of its assertion.
    let unsigned = Part::Identifier.good(good, ContentCipher::Aes256Cbc)?;
    let twin = good.sign(&unsigned, Signed::Assertion)?;
    let value = format!("{ENCRYPTED_ID}/EncryptedData/CipherData/CipherValue");
    let bad = edit::content(&twin, &value, |old| edit::other_character(old, 30))?;
    variants.add_as("signature_digest_mismatch", "identifier_changed", bad, twin.as_str());
    let bad = good.sign(&edit::content(&unsigned, &value, |old| without_tail(old, 1))?, Signed::Assertion)?;
    variants.add_as("decryption_failed", "identifier_changed_and_signed", bad, twin);
    Ok(())
}

/// Cuts whole blocks off the end of base64, `count` times three: 48 bytes are 64 characters.
fn without_tail(base64: &str, count: usize) -> String {
    let body = base64.trim_end_matches('=');
    let kept = body.len().saturating_sub(64 * count) / 64 * 64;
    body.get(..kept).unwrap_or_default().to_owned()
}

/// For a reader that says whether the padding of RSA 1.5 was right: enough answers decrypt any message.
fn rsa_1_5(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let method = format!("{KEY}/EncryptionMethod");
    both(good, variants, "rsa_1_5", |xml| {
        edit::set_attribute(xml, &method, "Algorithm", "http://www.w3.org/2001/04/xmlenc#rsa-1_5")
    })
}

/// For a reader that opens GCM as CBC: what authenticated the text is then not looked at.
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

/// For a reader that takes digest, mask and label of OAEP from the message without an allow-list.
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

/// For a reader that tries its key on everything: each try is a private operation.
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

/// For a reader that fetches ciphertext from where the message says.
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

/// For a reader that follows references without end, or decrypts as often as the message says.
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

/// For a reader that cuts initialisation vector and tag off before it knows that they are there.
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

/// For a reader that uses the text before the tag was checked, or takes a shorter tag.
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

/// For a reader that knows a shared key: there is none with a partner of SAML.
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

/// For a reader that decrypts before it verifies: whoever changes the ciphertext then learns something.
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
