//! What a `Response` may hold, and which assertion is found in it.

use saml_protocol::{Error, Response, ResponseAssertion};

use crate::documents::{HEAD, ISSUER, STATUS, is_child_in_text, missing, parse, response, text, unexpected};

fn response_of(content: &str) -> Result<(), Error> {
    response(&format!("<p:Response {HEAD}>{content}</p:Response>"))
}

#[test]
fn the_children_of_a_response_stand_in_the_order_of_the_schema() {
    let (signature, extensions) = ("<ds:Signature/>", "<p:Extensions><x/></p:Extensions>");
    assert_eq!(response_of(&format!("{ISSUER}{signature}{extensions}{STATUS}<a:Assertion/>")), Ok(()));
    assert_eq!(response_of(STATUS), Ok(()));
    assert_eq!(response_of(ISSUER), missing("Response", "Status", "nothing"));
    assert_eq!(response_of(&format!("{STATUS}{ISSUER}")), unexpected("Response", "Issuer"));
    assert_eq!(response_of(&format!("{ISSUER}{ISSUER}{STATUS}")), missing("Response", "Status", "Issuer"));
    assert_eq!(response_of(&format!("{signature}{ISSUER}{STATUS}")), missing("Response", "Status", "Issuer"));
    assert_eq!(response_of(&format!("{signature}{signature}{STATUS}")), missing("Response", "Status", "Signature"));
    assert_eq!(response_of(&format!("{STATUS}{STATUS}")), unexpected("Response", "Status"));
    assert_eq!(response_of(&format!("<a:Assertion/>{STATUS}")), missing("Response", "Status", "Assertion"));
    assert_eq!(response_of(&format!("{STATUS}<x/>")), unexpected("Response", "x"));
    assert_eq!(response_of(&format!("{STATUS} text ")), text("Response"));
    assert_eq!(response_of(&format!("\n {STATUS}\t")), Ok(()));
    assert!(is_child_in_text(&response_of(&format!("<a:Issuer>urn<x/>:idp</a:Issuer>{STATUS}"))));
}

#[test]
fn a_response_holds_at_most_one_assertion() {
    let found = |content: &str| {
        let document = parse(&format!("<p:Response {HEAD}>{STATUS}{content}</p:Response>"));
        Response::read(document.root()).map(|(_, assertion)| match assertion {
            ResponseAssertion::Plain(assertion) => Some(assertion.source().to_owned()),
            ResponseAssertion::Encrypted(assertion) => Some(assertion.source().to_owned()),
            ResponseAssertion::None => None,
        })
    };
    let (plain, encrypted) = ("<a:Assertion/>", "<a:EncryptedAssertion/>");
    assert_eq!(found(""), Ok(None));
    assert_eq!(found(plain), Ok(Some(plain.to_owned())));
    assert_eq!(found(encrypted), Ok(Some(encrypted.to_owned())));
    assert_eq!(found(&format!("{plain}{plain}")), unexpected("Response", "Assertion"));
    assert_eq!(found(&format!("{plain}{encrypted}")), unexpected("Response", "EncryptedAssertion"));
    assert_eq!(found(&format!("{encrypted}{plain}")), unexpected("Response", "Assertion"));
    assert_eq!(found(&format!("{encrypted}{encrypted}")), unexpected("Response", "EncryptedAssertion"));
    assert_eq!(found("<p:Assertion/>"), unexpected("Response", "Assertion"));
}

#[test]
fn an_assertion_in_the_extensions_of_a_response_is_not_found() {
    let document =
        parse(&format!("<p:Response {HEAD}><p:Extensions><a:Assertion/></p:Extensions>{STATUS}</p:Response>"));
    assert_eq!(Response::read(document.root()).unwrap().1, ResponseAssertion::None);
}
