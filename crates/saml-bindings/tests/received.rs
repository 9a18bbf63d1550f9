//! What the operator's tool recognises.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml_bindings::{Error, MessageParameter, Received, ReceivedKind, encode_redirect};

const XML: &str = "<a>text</a>";

fn detect(text: &str) -> Result<(ReceivedKind, String), Error> {
    let received = Received::detect(text.as_bytes())?;
    Ok((received.kind(), String::from_utf8(received.xml().to_vec()).unwrap()))
}

fn found(kind: ReceivedKind) -> Result<(ReceivedKind, String), Error> {
    Ok((kind, XML.to_owned()))
}

#[test]
fn xml_is_recognised() {
    assert_eq!(detect(XML), found(ReceivedKind::Xml));
    assert_eq!(detect(&format!("\u{feff}\n {XML}\r\n")), found(ReceivedKind::Xml));
}

#[test]
fn base64_of_xml_is_recognised() {
    let base64 = STANDARD.encode(XML);
    assert_eq!(detect(&base64), found(ReceivedKind::Base64));
    let (head, tail) = base64.split_at(7);
    assert_eq!(detect(&format!(" {head}\r\n\t{tail}\n")), found(ReceivedKind::Base64));
}

#[test]
fn a_redirect_is_recognised_as_url_query_and_value() {
    for parameter in [MessageParameter::SamlRequest, MessageParameter::SamlResponse] {
        let url = encode_redirect("https://idp.example/sso?a=b", parameter, XML, Some("b3f0"), None).unwrap();
        assert_eq!(detect(&url), found(ReceivedKind::Redirect));
        assert_eq!(detect(&format!("{url}#top\n")), found(ReceivedKind::Redirect));
        let (_, query) = url.split_once('?').unwrap();
        assert_eq!(detect(query), found(ReceivedKind::Redirect));
        let (_, value) = query.split_once(&format!("{}=", parameter.name())).unwrap();
        let value = value.split_once('&').unwrap().0.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
        assert_eq!(detect(&value), found(ReceivedKind::Base64Deflated));
    }
}

#[test]
fn a_form_is_recognised() {
    let base64 = STANDARD.encode(XML).replace('+', "%2B").replace('=', "%3D");
    assert_eq!(detect(&format!("RelayState=a&SAMLResponse={base64}")), found(ReceivedKind::Form));
    assert_eq!(detect(&format!("SAMLRequest={base64}\n")), found(ReceivedKind::Form));
}

#[test]
fn what_holds_no_message_is_rejected() {
    for text in ["", "\n", "hello", "https://idp.example/sso?a=b", "a=b&c=d", "AAAA", "{\"a\":1}"] {
        assert_eq!(detect(text), Err(Error::Unrecognized), "{text}");
    }
    assert_eq!(Received::detect(b"\xFF\xFE<\0"), Err(Error::Unrecognized));
    assert_eq!(detect("https://sp.example/acs?SAMLart=AAQAAA&RelayState=a"), Err(Error::Artifact));
    assert_eq!(detect("SAMLResponse=!"), Err(Error::Base64 { parameter: "SAMLResponse" }));
    let limit = 2 << 20;
    assert_eq!(detect(&"<".repeat(limit + 1)), Err(Error::TooLarge { what: "file", limit }));
}

#[test]
fn debug_shows_nothing_of_the_message() {
    assert_eq!(format!("{:?}", Received::detect(XML.as_bytes()).unwrap()), "Received(Xml, 11 bytes)");
}
