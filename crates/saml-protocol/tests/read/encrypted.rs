//! What was encrypted in an `Assertion`, and is read in its place.

use saml_protocol::{Assertion, AttributeValue, DecryptedPart, encrypted_parts, namespaces::ASSERTION};

use crate::documents::{assertion_xml, encrypted, parse};

#[test]
fn what_was_opened_is_read_in_the_place_of_what_it_was_encrypted_in() {
    let value = "<a:AttributeValue><a:EncryptedID/></a:AttributeValue>";
    let content = format!(
        "<a:Subject><a:EncryptedID/><a:SubjectConfirmation Method='urn:m'><a:EncryptedID/></a:SubjectConfirmation></a:Subject>\
         <a:Advice><a:EncryptedID/></a:Advice>\
         <a:AttributeStatement><a:EncryptedAttribute/><a:Attribute Name='ids'>{value}</a:Attribute>\
         <a:Attribute Name='other'>{value}</a:Attribute></a:AttributeStatement>"
    );
    let document = parse(&assertion_xml(&content));
    assert_eq!(encrypted_parts(document.root(), &[]).len(), 2);
    let found = encrypted_parts(document.root(), &["ids".to_owned()]);
    let plain = |content: &str| {
        let document = parse(&content.replacen(' ', " xmlns='urn:oasis:names:tc:SAML:2.0:assertion' ", 1));
        assert_eq!(document.root().namespace(), "urn:oasis:names:tc:SAML:2.0:assertion");
        document
    };
    let plaintexts = ["<NameID >me</NameID>", "<Attribute Name='x'/>", "<NameID >acting</NameID>"].map(plain);
    let decrypted: Vec<_> =
        found.iter().zip(plaintexts).map(|(part, plaintext)| DecryptedPart::new(*part, plaintext).unwrap()).collect();
    let assertion = Assertion::read_decrypted(document.root(), &decrypted).unwrap();
    assert_eq!(assertion.subject.unwrap().name_id.unwrap().value, "me");
    let names: Vec<_> = assertion.attributes.iter().map(|attribute| attribute.name).collect();
    assert_eq!(names, ["x", "ids", "other"]);
    let AttributeValue::NameId(acting) = assertion.attributes[1].values[0] else { panic!("a NameID") };
    assert_eq!(acting.value, "acting");
    assert_eq!(assertion.attributes[2].values, [AttributeValue::Opaque]);

    // What is left unopened is refused by name, and so is what is in the wrong kind of wrapping.
    let refused = |decrypted: &[DecryptedPart]| Assertion::read_decrypted(document.root(), decrypted).map(|_| ());
    assert_eq!(refused(&decrypted[1..]), encrypted("EncryptedID"));
    assert_eq!(refused(&decrypted[..1]), encrypted("EncryptedAttribute"));
    assert!(DecryptedPart::new(found[0], plain("<Attribute Name='x'/>")).is_none());
    assert!(DecryptedPart::new(found[1], plain("<NameID >me</NameID>")).is_none());
    assert!(DecryptedPart::new(found[0], parse("<NameID>me</NameID>")).is_none());
    assert!(DecryptedPart::new(document.root(), plain("<NameID >me</NameID>")).is_none());
}

#[test]
fn what_is_encrypted_in_an_opened_attribute_stays_unread() {
    let statement = "<a:AttributeStatement><a:EncryptedAttribute/></a:AttributeStatement>";
    let document = parse(&assertion_xml(&format!("<a:Subject><a:EncryptedID/></a:Subject>{statement}")));
    let found = encrypted_parts(document.root(), &[]);
    let name_id = parse(&format!("<a:NameID xmlns:a='{ASSERTION}'>me</a:NameID>"));
    let nested = "<a:AttributeValue/><a:AttributeValue/><a:AttributeValue><a:EncryptedID/></a:AttributeValue>";
    let attribute = parse(&format!("<a:Attribute xmlns:a='{ASSERTION}' Name='x'>{nested}</a:Attribute>"));
    // It has the place in its document that the name of the subject has in the other.
    let nested = attribute.elements().find(|element| element.is(ASSERTION, "EncryptedID")).unwrap();
    assert_eq!(nested.id(), found[0].id());

    let decrypted = [(found[0], name_id), (found[1], attribute)];
    let decrypted = decrypted.map(|(part, plaintext)| DecryptedPart::new(part, plaintext).unwrap());
    let assertion = Assertion::read_decrypted(document.root(), &decrypted).unwrap();
    assert_eq!(assertion.subject.unwrap().name_id.unwrap().value, "me");
    let empty = AttributeValue::Text("");
    assert_eq!(assertion.attributes[0].values, [empty, empty, AttributeValue::Opaque]);
}
