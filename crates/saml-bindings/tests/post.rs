//! What HTTP-POST writes, takes in and refuses.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use saml_bindings::{Error, MessageParameter, PostForm, PostMessage, decode_post, require_form_content_type};

const RESPONSE: MessageParameter = MessageParameter::SamlResponse;

fn decode(body: &str) -> Result<PostMessage, Error> {
    decode_post(body.as_bytes(), RESPONSE)
}

#[test]
fn what_a_page_posts_is_taken_in() {
    let xml = "<a>\u{e9}\u{3ff}</a>";
    let form = PostForm::new("https://sp.example/acs", RESPONSE, xml, Some("b3f0")).unwrap();
    let base64 = form.message_base64().replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let body = format!("{}={base64}&RelayState={}", form.parameter().name(), form.relay_state().unwrap());
    let message = decode(&body).unwrap();
    assert_eq!((message.xml(), message.relay_state()), (xml.as_bytes(), Some("b3f0")));
}

#[test]
fn line_ends_in_base64_are_read_over() {
    for body in ["SAMLResponse=PGE%0AvPg%3D%3D%0A", "SAMLResponse=%0D%0APGEv%0D%0APg==%0D%0A"] {
        assert_eq!(decode(body).unwrap().xml(), b"<a/>");
    }
}

#[test]
fn base64_in_another_form_is_rejected() {
    for value in ["PGEvPg", "PGEvPh%3D%3D", "PGE+vPg==", "PGE%20vPg==", "PGE%09vPg==", "PGEvPg===", "PGEv-g=="] {
        let error = Error::Base64 { parameter: "SAMLResponse" };
        assert_eq!(decode(&format!("SAMLResponse={value}")), Err(error), "{value}");
    }
}

#[test]
fn nothing_is_inflated() {
    // "<a/>" deflated: its bytes come out as they are, and are no XML.
    let message = decode("SAMLResponse=s0nUtwMA").unwrap();
    assert_eq!(message.xml(), b"\xb3I\xd4\xb7\x03\0");
}

#[test]
fn a_parameter_that_stands_twice_is_rejected() {
    assert!(decode("SAMLResponse=PGEvPg==&RelayState=a").is_ok());
    let twice = |parameter| Err(Error::ParameterDuplicate { parameter });
    assert_eq!(decode("SAMLResponse=PGEvPg==&SAMLResponse=PGEvPg=="), twice("SAMLResponse"));
    assert_eq!(decode("SAMLResponse=PGEvPg==&RelayState=a&RelayState=a"), twice("RelayState"));
}

#[test]
fn another_message_is_rejected() {
    let unexpected = |found| Err(Error::ParameterUnexpected { expected: "SAMLResponse", found });
    assert_eq!(decode("SAMLResponse=PGEvPg==&SAMLRequest=PGEvPg=="), unexpected("SAMLRequest"));
    assert_eq!(decode("SAMLResponse=PGEvPg==&SAMLart=a"), unexpected("SAMLart"));
    assert_eq!(decode("SAMLart=a"), unexpected("SAMLart"));
    assert_eq!(decode("RelayState=a"), Err(Error::ParameterMissing { expected: "SAMLResponse" }));
    assert_eq!(decode("samlresponse=PGEvPg=="), Err(Error::ParameterMissing { expected: "SAMLResponse" }));
}

#[test]
fn what_is_not_percent_encoded_utf8_is_rejected() {
    for body in ["SAMLResponse=PGEvPg=%3", "SAMLResponse=PGEvPg==&RelayState=%FF", "SAMLResponse=PGEvPg==\n"] {
        assert_eq!(decode(body), Err(Error::PercentEncoding), "{body}");
    }
    assert_eq!(decode_post(b"SAMLResponse=\xff", RESPONSE), Err(Error::PercentEncoding));
}

#[test]
fn a_form_of_more_than_64_fields_is_rejected() {
    let with = |others: usize| format!("{}SAMLResponse=PGEvPg%3D%3D", "other=1&".repeat(others));
    assert!(decode_post(with(63).as_bytes(), MessageParameter::SamlResponse).is_ok());
    let error = decode_post(with(64).as_bytes(), MessageParameter::SamlResponse).unwrap_err();
    assert_eq!((error.code(), error), ("binding_too_many_fields", Error::TooManyFields { limit: 64 }));
}

#[test]
fn a_body_or_message_that_is_too_large_is_rejected() {
    let limit = 1 << 20;
    // 1 MiB is 349525 groups of three bytes and one byte more.
    let groups = "AAAA".repeat(349_525);
    assert_eq!(decode(&format!("SAMLResponse={groups}AA==")).unwrap().xml().len(), limit);
    let error = Error::TooLarge { what: "message", limit };
    assert_eq!(decode(&format!("SAMLResponse={groups}AAA=")), Err(error));
    let error = Error::TooLarge { what: "body", limit: 2 * limit };
    assert_eq!(decode(&"a".repeat(2 * limit + 1)), Err(error));
}

#[test]
fn another_content_type_is_rejected() {
    for good in [
        "application/x-www-form-urlencoded",
        "Application/X-WWW-Form-URLencoded;charset=utf-8",
        "application/x-www-form-urlencoded; Charset=\"UTF-8\"",
    ] {
        assert_eq!(require_form_content_type(good), Ok(()));
    }
    for bad in [
        "",
        "text/plain",
        "multipart/form-data; boundary=a",
        "application/x-www-form-urlencoded; charset=utf-7",
        "application/x-www-form-urlencoded; charset=utf-8; charset=utf-7",
        "application/x-www-form-urlencoded2",
        "application/x-www-form-urlencoded;",
        "application/x-www-form-urlencoded, text/plain",
    ] {
        assert_eq!(require_form_content_type(bad), Err(Error::ContentType { found: bad.chars().take(60).collect() }));
    }
}

#[test]
fn a_form_goes_to_a_url_only_and_its_relay_state_is_short() {
    let form = |action: &str, relay_state: &str| PostForm::new(action, RESPONSE, "<a/>", Some(relay_state)).map(drop);
    assert_eq!(form("https://sp.example/acs", &"a".repeat(80)), Ok(()));
    assert_eq!(form("https://sp.example/acs", &"a".repeat(81)), Err(Error::RelayStateTooLong { found: 81 }));
    assert_eq!(form("javascript:alert(1)", "a"), Err(Error::Endpoint));
}

#[test]
fn debug_shows_nothing_of_the_message() {
    let form = PostForm::new("https://sp.example/acs", RESPONSE, "<a/>", Some("b3f0")).unwrap();
    assert_eq!(format!("{form:?}"), "PostForm(SAMLResponse to https://sp.example/acs, 8 bytes)");
    assert_eq!(format!("{:?}", decode("SAMLResponse=PGEvPg==").unwrap()), "PostMessage(4 bytes)");
}
