//! What is encrypted: something else than one element, what takes its meaning from around it, and what belongs
//! elsewhere (ATT-094 to ATT-096, ATT-101).

use saml_xml_security::ContentCipher;

use super::{ENCRYPTED_ID, NAME_ID, Part, good_gcm, plaintext};
use crate::answer::Signed;
use crate::attack::{HARMLESS, Variants};
use crate::edit;
use crate::error::Error;
use crate::good_message::{GoodMessage, standalone};

/// For a reader that puts the plaintext into the document as text, and parses all of it again.
pub(super) fn injection(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
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

/// For a reader that lets what stands around the ciphertext say what a prefix in the plaintext means.
pub(super) fn context(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
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

/// For a reader that decrypts until nothing is left to decrypt, or wherever it finds something.
pub(super) fn nested(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
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

/// For a reader that takes any ciphertext that its key opens: genuine ones can be had from other messages.
pub(super) fn identifier_swap(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
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
