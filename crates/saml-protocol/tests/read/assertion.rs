//! What an `Assertion` may hold, and what of it is never read or shown.

use saml_protocol::{Assertion, NameId, Subject};

use crate::documents::{
    CONTEXT, ISSUER, assertion, assertion_of, assertion_xml, is_child_in_text, missing, parse, text, unexpected,
    with_attribute_value,
};

#[test]
fn the_children_of_an_assertion_stand_in_the_order_of_the_schema() {
    let subject = "<a:Subject/>";
    let conditions = "<a:Conditions/>";
    let advice = "<a:Advice/>";
    let statement = format!(r#"<a:AuthnStatement AuthnInstant="2026-01-31T12:00:00Z">{CONTEXT}</a:AuthnStatement>"#);
    let attributes = "<a:AttributeStatement/>";
    let all = format!("<ds:Signature/>{subject}{conditions}{advice}{statement}{attributes}{statement}");
    assert_eq!(assertion_of(&all), Ok(()));
    assert_eq!(assertion_of(""), Ok(()));
    let without = assertion_xml("").replace(ISSUER, "");
    assert_eq!(assertion(&without), missing("Assertion", "Issuer", "nothing"));
    for (content, found) in [
        (ISSUER.to_owned(), "Issuer"),
        (format!("{subject}<ds:Signature/>"), "Signature"),
        (format!("{subject}{subject}"), "Subject"),
        (format!("{conditions}{subject}"), "Subject"),
        (format!("{conditions}{conditions}"), "Conditions"),
        (format!("{advice}{conditions}"), "Conditions"),
        (format!("{advice}{advice}"), "Advice"),
        (format!("{statement}{subject}"), "Subject"),
        (format!("{attributes}{advice}"), "Advice"),
        ("<a:AuthzDecisionStatement/>".to_owned(), "AuthzDecisionStatement"),
        ("<a:Statement/>".to_owned(), "Statement"),
        ("<a:Assertion/>".to_owned(), "Assertion"),
        ("<p:AuthnStatement/>".to_owned(), "AuthnStatement"),
    ] {
        assert_eq!(assertion_of(&content), unexpected("Assertion", found), "{content}");
    }
    assert_eq!(assertion_of(&format!("{subject}text")), text("Assertion"));
    assert!(is_child_in_text(&assertion(&assertion_xml("").replace("urn:idp", "<x/>"))));
}

#[test]
fn advice_decides_nothing_even_when_it_holds_an_assertion() {
    let inner = r#"<a:Assertion ID="_9"><a:Subject><a:NameID>other</a:NameID></a:Subject></a:Assertion>text"#;
    let subject = "<a:Subject><a:NameID>me</a:NameID></a:Subject>";
    let (with, without) =
        (parse(&assertion_xml(&format!("{subject}<a:Advice>{inner}</a:Advice>"))), parse(&assertion_xml(subject)));
    let with = Assertion::read(with.root()).unwrap();
    assert_eq!(Ok(&with), Assertion::read(without.root()).as_ref());
    let subject = with.subject.unwrap();
    assert_eq!(subject.name_id.unwrap().value, "me");
}

#[test]
fn debug_of_an_assertion_shows_no_name_id_and_no_attribute_value() {
    let xml = with_attribute_value("900026236");
    let document = parse(&xml);
    let assertion = Assertion::read(document.root()).unwrap();
    let name_id = NameId { value: "900026236", format: None, name_qualifier: None, sp_name_qualifier: None };
    let subject = Subject { name_id: Some(name_id), confirmations: Vec::new() };
    let shown = format!("{:?}", Assertion { subject: Some(subject), ..assertion });
    assert!(shown.contains("Text(redacted)") && shown.contains("NameId"), "{shown}");
    assert!(!shown.contains("900026236"), "{shown}");
}
