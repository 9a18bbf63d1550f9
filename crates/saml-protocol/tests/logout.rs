//! Logout messages: what is written is read again, and each document that is refused stands beside one that is read.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use chrono::{DateTime, TimeDelta, Utc};
use saml_protocol::{
    DecryptedPart, Error, LogoutRequest, LogoutResponse, NameId, Status, encrypted_name_id, parse_date_time,
    status_codes,
};
use saml_xml::{Document, ParseOptions, Writer};

#[test]
fn a_logout_request_is_read_as_it_was_written() {
    let full = LogoutRequest {
        id: HOSTILE,
        issue_instant: time(0),
        destination: Some(HOSTILE),
        reason: Some(HOSTILE),
        not_on_or_after: Some(time(1)),
        issuer: HOSTILE,
        name_id: NameId {
            value: HOSTILE,
            format: Some(HOSTILE),
            name_qualifier: Some(HOSTILE),
            sp_name_qualifier: Some(HOSTILE),
        },
        session_indexes: vec![HOSTILE, "_7"],
    };
    let name_id = NameId { value: "x", format: None, name_qualifier: None, sp_name_qualifier: None };
    let bare = LogoutRequest {
        destination: None,
        reason: None,
        not_on_or_after: None,
        name_id,
        session_indexes: Vec::new(),
        ..full.clone()
    };
    for request in [full, bare] {
        let document = written(|writer| request.write(writer));
        assert_eq!(LogoutRequest::read(document.root(), &[]), Ok(request.clone()));
        assert!(!format!("{request:?}").contains("name"), "whose sessions end is not shown");
    }
}

#[test]
fn a_logout_response_is_read_as_it_was_written() {
    let partial = Status {
        code: status_codes::RESPONDER,
        second_level: Some(status_codes::PARTIAL_LOGOUT),
        message: Some(HOSTILE),
    };
    let full = LogoutResponse {
        id: HOSTILE,
        issue_instant: time(0),
        in_response_to: Some(HOSTILE),
        destination: Some(HOSTILE),
        issuer: HOSTILE,
        status: partial,
    };
    let bare = LogoutResponse { in_response_to: None, destination: None, status: Status::success(), ..full.clone() };
    for response in [full, bare] {
        let document = written(|writer| response.write(writer));
        assert_eq!(LogoutResponse::read(document.root()), Ok(response));
    }
}

#[test]
fn the_children_of_a_logout_request_stand_in_the_order_of_the_schema() {
    assert_eq!(request(""), Ok(()));
    for (content, found) in [
        (format!("{ISSUER}{INDEX}{NAME}"), missing("LogoutRequest", "NameID", "SessionIndex")),
        (format!("{ISSUER}{INDEX}"), missing("LogoutRequest", "NameID", "SessionIndex")),
        (format!("{NAME}{INDEX}"), missing("LogoutRequest", "Issuer", "NameID")),
        (format!("{ISSUER}{NAME}{NAME}"), unexpected("LogoutRequest", "NameID")),
        (format!("{ISSUER}{NAME}{INDEX}{NAME}"), unexpected("LogoutRequest", "NameID")),
        (format!("{ISSUER}{NAME}<p:Status/>"), unexpected("LogoutRequest", "Status")),
        (format!("{ISSUER}<a:BaseID/>"), missing("LogoutRequest", "NameID", "BaseID")),
    ] {
        assert_eq!(request_of("", &content), found, "{content}");
    }
    // As an example of Stelsel Toegang has it.
    let foreign = format!("{ISSUER}<a:SessionIndex>_7</a:SessionIndex>{NAME}");
    assert_eq!(request_of("", &foreign), missing("LogoutRequest", "NameID", "SessionIndex"));
}

#[test]
fn the_end_of_a_logout_request_is_a_time() {
    assert_eq!(request(r#"NotOnOrAfter="2026-03-01T12:05:00Z""#), Ok(()));
    let refused = Err(Error::DateTime { place: "NotOnOrAfter" });
    assert_eq!(request(r#"NotOnOrAfter="2026-03-01T12:05:00""#), refused);
}

#[test]
fn another_version_of_a_logout_message_is_refused() {
    let head = HEAD.replace("Version=\"2.0\"", "Version=\"1.1\"");
    let document = parse(&format!("<p:LogoutRequest {head}>{ISSUER}{NAME}</p:LogoutRequest>"));
    let refused = Error::Version { found: "1.1".to_owned() };
    assert_eq!(LogoutRequest::read(document.root(), &[]), Err(refused.clone()));
    let document = parse(&format!("<p:LogoutResponse {head}>{ISSUER}{STATUS}</p:LogoutResponse>"));
    assert_eq!(LogoutResponse::read(document.root()), Err(refused));
}

#[test]
fn an_encrypted_name_is_refused_unless_it_was_opened() {
    let encrypted = format!("<p:LogoutRequest {HEAD}>{ISSUER}<a:EncryptedID/>{INDEX}</p:LogoutRequest>");
    let document = parse(&encrypted);
    let refused = Err(Error::Encrypted { found: "EncryptedID".to_owned() });
    assert_eq!(LogoutRequest::read(document.root(), &[]), refused);

    let name = format!("<a:NameID xmlns:a=\"{ASSERTION}\">x</a:NameID>");
    let part = DecryptedPart::new(encrypted_name_id(document.root()).unwrap(), parse(&name)).unwrap();
    let read = LogoutRequest::read(document.root(), std::slice::from_ref(&part)).unwrap();
    assert_eq!(read.name_id.value, "x");
}

#[test]
fn the_children_of_a_logout_response_stand_in_the_order_of_the_schema() {
    assert_eq!(response(&format!("{ISSUER}{STATUS}")), Ok(()));
    assert_eq!(response(ISSUER), missing("LogoutResponse", "Status", "nothing"));
    assert_eq!(response(STATUS), missing("LogoutResponse", "Issuer", "Status"));
    assert_eq!(response(&format!("{ISSUER}{STATUS}{STATUS}")), unexpected("LogoutResponse", "Status"));
}

#[test]
fn one_logout_message_is_not_the_other() {
    let document = parse(&format!("<p:LogoutResponse {HEAD}>{ISSUER}{STATUS}</p:LogoutResponse>"));
    let found = "LogoutResponse".to_owned();
    let refused = Err(Error::MessageType { expected: "LogoutRequest", found });
    assert_eq!(LogoutRequest::read(document.root(), &[]), refused);
    let document = parse(&format!("<p:LogoutRequest {HEAD}>{ISSUER}{NAME}</p:LogoutRequest>"));
    let found = "LogoutRequest".to_owned();
    let refused = Err(Error::MessageType { expected: "LogoutResponse", found });
    assert_eq!(LogoutResponse::read(document.root()), refused);
}

fn request(attributes: &str) -> Result<(), Error> {
    request_of(attributes, &format!("{ISSUER}<p:Extensions/>{NAME}{INDEX}{INDEX}"))
}

fn request_of(attributes: &str, content: &str) -> Result<(), Error> {
    let document = parse(&format!("<p:LogoutRequest {HEAD} {attributes}>{content}</p:LogoutRequest>"));
    LogoutRequest::read(document.root(), &[]).map(|_| ())
}

fn response(content: &str) -> Result<(), Error> {
    LogoutResponse::read(parse(&format!("<p:LogoutResponse {HEAD}>{content}</p:LogoutResponse>")).root()).map(|_| ())
}

fn missing(parent: &str, expected: &'static str, found: &str) -> Result<(), Error> {
    Err(Error::ElementMissing { parent: parent.to_owned(), expected, found: found.to_owned() })
}

fn unexpected(parent: &str, found: &str) -> Result<(), Error> {
    Err(Error::ElementUnexpected { parent: parent.to_owned(), found: found.to_owned() })
}

fn parse(xml: &str) -> Document {
    Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap_or_else(|error| panic!("{error}: {xml}"))
}

fn written(write: impl FnOnce(&mut Writer)) -> Document {
    let mut writer = Writer::new();
    write(&mut writer);
    parse(&writer.finish().unwrap())
}

fn time(minutes: i64) -> DateTime<Utc> {
    parse_date_time("2026-03-01T12:00:00.001Z").unwrap() + TimeDelta::minutes(minutes)
}

/// All that a writer must escape or keep; it neither starts nor ends with white space, which is trimmed from URIs.
const HOSTILE: &str = "a\"<>&'\r\n\t]]> &amp; <!-- --> \u{E9}\u{1F600}\u{FFFD}z";
const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const HEAD: &str = r#"xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion"
    ID="_1" Version="2.0" IssueInstant="2026-03-01T12:00:00Z""#;
const ISSUER: &str = "<a:Issuer>https://idp.example/saml</a:Issuer>";
const NAME: &str = "<a:NameID>x</a:NameID>";
const INDEX: &str = "<p:SessionIndex>_7</p:SessionIndex>";
const STATUS: &str = r#"<p:Status><p:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></p:Status>"#;
