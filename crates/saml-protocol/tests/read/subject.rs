//! What a `Subject` may hold: one identifier, and its confirmations.

use saml_protocol::{Assertion, Error, NameId};

use crate::documents::{
    assertion_of, assertion_xml, attribute_missing, encrypted, is_child_in_text, parse, text, unexpected,
};

#[test]
fn a_subject_holds_one_plain_name_id_and_its_confirmations() {
    let subject = |content: &str| assertion_of(&format!("<a:Subject>{content}</a:Subject>"));
    let (name_id, confirmation) = ("<a:NameID>x</a:NameID>", r#"<a:SubjectConfirmation Method="urn:m"/>"#);
    assert_eq!(subject(&format!("{name_id}{confirmation}{confirmation}")), Ok(()));
    assert_eq!(subject(&format!("{name_id}{name_id}")), unexpected("Subject", "NameID"));
    assert_eq!(subject(&format!("{confirmation}{name_id}")), unexpected("Subject", "NameID"));
    assert_eq!(subject("<a:BaseID/>"), unexpected("Subject", "BaseID"));
    assert_eq!(subject("<a:EncryptedID/>"), encrypted("EncryptedID"));
    assert_eq!(subject(&format!("{name_id}<a:EncryptedID/>")), unexpected("Subject", "EncryptedID"));
    assert_eq!(subject(&format!("{name_id}text")), text("Subject"));
    assert_eq!(subject("<p:NameID>x</p:NameID>"), unexpected("Subject", "NameID"));
    assert!(is_child_in_text(&subject("<a:NameID>x<y/></a:NameID>")));
}

#[test]
fn the_name_id_of_a_confirmation_is_never_the_subject() {
    let read = |before: &str| {
        let content = format!(
            r#"<a:Subject>{before}<a:SubjectConfirmation Method="urn:m"><a:NameID>other</a:NameID></a:SubjectConfirmation></a:Subject>"#
        );
        let document = parse(&assertion_xml(&content));
        let subject = Assertion::read(document.root()).unwrap().subject.unwrap();
        subject.name_id.map(|name_id| name_id.value.to_owned())
    };
    assert_eq!(read(""), None);
    assert_eq!(read("<a:NameID>me</a:NameID>").as_deref(), Some("me"));
}

#[test]
fn the_text_of_a_name_id_is_kept_as_it_is() {
    let document = parse("<x SPNameQualifier='s'> a\n</x>");
    let read = NameId::read(document.root()).unwrap();
    assert_eq!((read.value, read.sp_name_qualifier, read.name_qualifier), (" a\n", Some("s"), None));
}

#[test]
fn a_confirmation_has_a_method_and_at_most_one_identifier_and_one_data() {
    let confirmation = |attributes: &str, content: &str| {
        assertion_of(&format!(
            "<a:Subject><a:SubjectConfirmation {attributes}>{content}</a:SubjectConfirmation></a:Subject>"
        ))
    };
    let method = r#"Method="urn:m""#;
    let data = r#"<a:SubjectConfirmationData NotOnOrAfter="2026-01-31T12:00:00Z"/>"#;
    assert_eq!(confirmation(method, data), Ok(()));
    assert_eq!(confirmation("", data), attribute_missing("SubjectConfirmation", "Method"));
    let twice = format!("{data}{data}");
    assert_eq!(confirmation(method, &twice), unexpected("SubjectConfirmation", "SubjectConfirmationData"));
    let identifiers = ["<a:BaseID/>", "<a:NameID>x</a:NameID>", "<a:EncryptedID/>"];
    for identifier in identifiers {
        assert_eq!(confirmation(method, &format!("{identifier}{data}")), Ok(()));
    }
    let [base_id, name_id, _] = identifiers;
    assert_eq!(confirmation(method, &format!("{base_id}{name_id}{data}")), unexpected("SubjectConfirmation", "NameID"));
    assert_eq!(confirmation(method, "<x/>"), unexpected("SubjectConfirmation", "x"));
    assert_eq!(confirmation(method, "text"), text("SubjectConfirmation"));
    let time = Err(Error::DateTime { place: "NotOnOrAfter" });
    assert_eq!(confirmation(method, &data.replace("00Z", "00")), time);
    let time = Err(Error::DateTime { place: "NotBefore" });
    assert_eq!(confirmation(method, &data.replace("NotOnOrAfter", "NotBefore").replace("00Z", "00")), time);
}
