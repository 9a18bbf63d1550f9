//! What an `Attribute` may hold, and how its values are read.

use saml_protocol::{Assertion, AttributeValue};

use crate::documents::{assertion_of, attribute_missing, encrypted, parse, text, unexpected, with_attribute_value};

#[test]
fn an_attribute_has_a_name_and_values_only() {
    let statement = |content: &str| assertion_of(&format!("<a:AttributeStatement>{content}</a:AttributeStatement>"));
    let value = "<a:AttributeValue>v</a:AttributeValue>";
    let attribute = |content: &str| format!(r#"<a:Attribute Name="n">{content}</a:Attribute>"#);
    assert_eq!(statement(&format!("{}{}", attribute(value), attribute(""))), Ok(()));
    let nameless = attribute(value).replace(r#" Name="n""#, r#" FriendlyName="n""#);
    assert_eq!(statement(&nameless), attribute_missing("Attribute", "Name"));
    assert_eq!(statement(&attribute(&format!("{value}<x/>"))), unexpected("Attribute", "x"));
    assert_eq!(statement(&attribute(&format!("{value}text"))), text("Attribute"));
    assert_eq!(statement("<x/>"), unexpected("AttributeStatement", "x"));
    assert_eq!(statement("<a:EncryptedAttribute/>"), encrypted("EncryptedAttribute"));
    assert_eq!(statement("text"), text("AttributeStatement"));
}

#[test]
fn a_value_that_holds_an_element_is_opaque() {
    let reads_as = |content: &str, expected: AttributeValue<'_>| {
        let xml = with_attribute_value(content);
        let document = parse(&xml);
        let attributes = Assertion::read(document.root()).unwrap().attributes;
        assert_eq!(attributes.len(), 1, "{content}");
        assert!(attributes[0].values == [expected], "{content}");
    };
    reads_as(" v ", AttributeValue::Text(" v "));
    for content in ["<a:NameID>v</a:NameID>", "v<x/>", "<x/>v"] {
        reads_as(content, AttributeValue::Opaque);
    }
}
