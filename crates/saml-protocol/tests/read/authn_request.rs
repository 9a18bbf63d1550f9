//! What an `AuthnRequest` may hold.

use saml_protocol::{AssertionConsumerService, AuthnRequest, Error};

use crate::documents::{HEAD, ISSUER, attribute_missing, missing, parse, text, unexpected};

fn request_of(attributes: &str, content: &str) -> Result<(), Error> {
    AuthnRequest::read(parse(&format!("<p:AuthnRequest {HEAD} {attributes}>{content}</p:AuthnRequest>")).root())
        .map(|_| ())
}

#[test]
fn a_request_with_an_empty_issuer_is_refused() {
    assert_eq!(request_of("", "<a:Issuer>urn:sp</a:Issuer>"), Ok(()));
    for issuer in ["<a:Issuer/>", "<a:Issuer> </a:Issuer>"] {
        assert_eq!(request_of("", issuer), missing("AuthnRequest", "Issuer", "an Issuer without text"));
    }
}

#[test]
fn the_children_of_a_request_stand_in_the_order_of_the_schema() {
    let request = |content: &str| request_of("", content);
    let context =
        "<p:RequestedAuthnContext><a:AuthnContextClassRef>urn:l</a:AuthnContextClassRef></p:RequestedAuthnContext>";
    let scoping = r#"<p:Scoping><p:IDPList><p:IDPEntry ProviderID="digid"/></p:IDPList></p:Scoping>"#;
    assert_eq!(
        request(&format!(
            "{ISSUER}<ds:Signature/><p:Extensions/><a:Subject/><p:NameIDPolicy/><a:Conditions/>{context}{scoping}"
        )),
        Ok(())
    );
    assert_eq!(request(""), missing("AuthnRequest", "Issuer", "nothing"));
    assert_eq!(request(&format!("<ds:Signature/>{ISSUER}")), missing("AuthnRequest", "Issuer", "Signature"));
    assert_eq!(request(&format!("{ISSUER}{ISSUER}")), unexpected("AuthnRequest", "Issuer"));
    assert_eq!(request(&format!("{ISSUER}{scoping}{context}")), unexpected("AuthnRequest", "RequestedAuthnContext"));
    assert_eq!(request(&format!("{ISSUER}{scoping}{scoping}")), unexpected("AuthnRequest", "Scoping"));
    assert_eq!(request(&format!("{ISSUER}<x/>")), unexpected("AuthnRequest", "x"));
    assert_eq!(request(&format!("{ISSUER}text")), text("AuthnRequest"));
    assert_eq!(
        request(&format!("{ISSUER}{}", scoping.replace("ProviderID", "Name"))),
        attribute_missing("IDPEntry", "ProviderID")
    );
    let other = context.replace("a:AuthnContextClassRef", "a:x");
    assert_eq!(request(&format!("{ISSUER}{other}")), unexpected("RequestedAuthnContext", "x"));
}

#[test]
fn the_providers_of_a_request_are_a_list_and_nothing_else() {
    let scoping = |content: &str| request_of("", &format!("{ISSUER}<p:Scoping>{content}</p:Scoping>"));
    let list = |content: &str| scoping(&format!("<p:IDPList>{content}</p:IDPList>"));
    let entry = r#"<p:IDPEntry ProviderID="digid"/>"#;
    assert_eq!(list(&format!("{entry}{entry}<p:GetComplete>urn:u</p:GetComplete>")), Ok(()));
    assert_eq!(scoping("<p:IDPList/><p:RequesterID>urn:r</p:RequesterID>"), Ok(()));
    assert_eq!(list(&format!("{entry}<x/>")), unexpected("IDPList", "x"));
    assert_eq!(list(&format!("{entry}text")), text("IDPList"));
    assert_eq!(scoping("<p:IDPList/><p:IDPList/>"), unexpected("Scoping", "IDPList"));
}

#[test]
fn the_attributes_of_a_request_have_their_types() {
    let request = |attributes: &str| request_of(attributes, ISSUER);
    for value in ["true", "1", "false", "0"] {
        assert_eq!(request(&format!(r#"ForceAuthn="{value}""#)), Ok(()));
    }
    for value in ["TRUE", "yes", "", " true"] {
        let refused = Err(Error::Value { attribute: "ForceAuthn", expected: "true or false" });
        assert_eq!(request(&format!(r#"ForceAuthn="{value}""#)), refused);
    }
    for attribute in ["AssertionConsumerServiceIndex", "AttributeConsumingServiceIndex"] {
        assert_eq!(request(&format!(r#"{attribute}="65535""#)), Ok(()));
        for value in ["65536", "-1", "", " 1"] {
            let refused = Err(Error::Value { attribute, expected: "a number from 0 to 65535" });
            assert_eq!(request(&format!(r#"{attribute}="{value}""#)), refused, "{value}");
        }
    }
    let binding = |uri: &str| request(&format!(r#"AssertionConsumerServiceURL="urn:u" ProtocolBinding="{uri}""#));
    assert_eq!(binding("urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"), Ok(()));
    let expected = "the URI of a SAML 2.0 binding";
    assert_eq!(binding("urn:x"), Err(Error::Value { attribute: "ProtocolBinding", expected }));
}

#[test]
fn a_consumer_service_is_named_in_one_way() {
    let index = r#"AssertionConsumerServiceIndex="1""#;
    let both = Err(Error::Value {
        attribute: "AssertionConsumerServiceIndex",
        expected: "no AssertionConsumerServiceURL or ProtocolBinding beside it",
    });
    let binding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
    assert_eq!(request_of(index, ISSUER), Ok(()));
    assert_eq!(request_of(&format!(r#"{index} AssertionConsumerServiceURL="urn:u""#), ISSUER), both);
    assert_eq!(request_of(&format!(r#"{index} ProtocolBinding="{binding}""#), ISSUER), both);
    let document = parse(&format!("<p:AuthnRequest {HEAD}>{ISSUER}</p:AuthnRequest>"));
    let read = AuthnRequest::read(document.root()).unwrap();
    assert_eq!(read.assertion_consumer_service, AssertionConsumerService::Default);
    assert!(!read.force_authn);
}

#[test]
fn a_comparison_is_one_of_four() {
    let with = |attribute: &str| request_of("", &format!("{ISSUER}<p:RequestedAuthnContext {attribute}/>"));
    assert_eq!(with(""), Ok(()));
    assert_eq!(with(r#"Comparison="minimum""#), Ok(()));
    let refused = Err(Error::Value { attribute: "Comparison", expected: "exact, minimum, maximum or better" });
    assert_eq!(with(r#"Comparison="least""#), refused);
}
