//! What is written is read again as the same value, whatever stands in its texts.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{DateTime, Utc};
use saml_protocol::{
    ArtifactResolve, Assertion, AssertionConsumerService, Attribute, AttributeValue, AuthnRequest, AuthnStatement,
    BEARER, Binding, Comparison, Conditions, IntendedAudience, NameId, RequestedAttribute, RequestedAuthnContext,
    Response, ResponseAssertion, Status, Subject, SubjectConfirmation, namespaces, parse_date_time, status_codes,
};
use saml_xml::{Document, ParseOptions, Writer};

fn time(milliseconds: i64) -> DateTime<Utc> {
    let start = parse_date_time("2026-01-31T12:00:00.001Z").unwrap();
    start + chrono::TimeDelta::milliseconds(milliseconds)
}

fn written(write: impl FnOnce(&mut Writer)) -> Document {
    let mut writer = Writer::new();
    write(&mut writer);
    Document::parse(writer.finish().unwrap().as_bytes(), &ParseOptions::message()).unwrap()
}

fn full_assertion() -> Assertion<'static> {
    let confirmation = SubjectConfirmation {
        method: HOSTILE,
        recipient: Some(HOSTILE),
        in_response_to: Some(HOSTILE),
        not_before: Some(time(1)),
        not_on_or_after: Some(time(2)),
    };
    let bare = SubjectConfirmation {
        method: BEARER,
        recipient: None,
        in_response_to: None,
        not_before: None,
        not_on_or_after: None,
    };
    let name_id = NameId {
        value: HOSTILE,
        format: Some(HOSTILE),
        name_qualifier: Some(HOSTILE),
        sp_name_qualifier: Some(HOSTILE),
    };
    let statement = AuthnStatement {
        authn_instant: time(3),
        session_index: Some(HOSTILE),
        session_not_on_or_after: Some(time(4)),
        class_ref: Some(HOSTILE),
        authenticating_authorities: vec![HOSTILE, "urn:other"],
    };
    Assertion {
        id: HOSTILE,
        issue_instant: time(0),
        issuer: HOSTILE,
        subject: Some(Subject { name_id: Some(name_id), confirmations: vec![confirmation, bare] }),
        conditions: Some(Conditions {
            not_before: Some(time(5)),
            not_on_or_after: Some(time(6)),
            audience_restrictions: vec![vec![HOSTILE, "urn:sp"], vec!["urn:sp"], vec![]],
            one_time_use: true,
        }),
        authn_statements: vec![
            statement.clone(),
            AuthnStatement {
                session_index: None,
                session_not_on_or_after: None,
                class_ref: None,
                authenticating_authorities: Vec::new(),
                ..statement
            },
        ],
        attributes: vec![
            Attribute {
                name: HOSTILE,
                name_format: Some(HOSTILE),
                values: vec![AttributeValue::Text(HOSTILE), AttributeValue::Text(""), AttributeValue::Text(" x ")],
            },
            Attribute { name: "empty", name_format: None, values: Vec::new() },
        ],
    }
}

fn empty_assertion() -> Assertion<'static> {
    Assertion {
        id: "_1",
        issue_instant: time(0),
        issuer: "urn:idp",
        subject: None,
        conditions: None,
        authn_statements: Vec::new(),
        attributes: Vec::new(),
    }
}

#[test]
fn an_artifact_resolve_is_read_as_it_was_written() {
    for destination in [None, Some(HOSTILE)] {
        let resolve =
            ArtifactResolve { id: HOSTILE, issue_instant: time(0), destination, issuer: HOSTILE, artifact: HOSTILE };
        let document = written(|writer| resolve.write(writer));
        assert_eq!(ArtifactResolve::read(document.root()), Ok(resolve));
    }
}

#[test]
fn an_assertion_is_read_as_it_was_written() {
    let without_parts = Assertion {
        subject: Some(Subject { name_id: None, confirmations: Vec::new() }),
        conditions: Some(Conditions::default()),
        ..empty_assertion()
    };
    for assertion in [full_assertion(), without_parts, empty_assertion()] {
        let document = written(|writer| assertion.write(writer));
        assert_eq!(Assertion::read(document.root()), Ok(assertion));
    }
}

fn response(status: Status<'static>) -> Response<'static> {
    Response {
        id: HOSTILE,
        issue_instant: time(0),
        in_response_to: Some(HOSTILE),
        destination: Some(HOSTILE),
        issuer: Some(HOSTILE),
        status,
    }
}

#[test]
fn a_response_is_read_as_it_was_written() {
    let status = Status { code: status_codes::RESPONDER, second_level: Some(HOSTILE), message: Some(HOSTILE) };
    let bare = Response { in_response_to: None, destination: None, issuer: None, ..response(Status::success()) };
    for response in [response(status), response(Status { code: HOSTILE, ..Status::success() }), bare] {
        let document = written(|writer| response.write(writer, None));
        assert_eq!(Response::read(document.root()), Ok((response, ResponseAssertion::None)));
    }
}

#[test]
fn an_assertion_in_a_response_is_read_as_it_was_written() {
    let assertion = full_assertion();
    let alone = written(|writer| assertion.write(writer));
    let document = written(|writer| response(Status::success()).write(writer, Some(&alone)));
    let (read, found) = Response::read(document.root()).unwrap();
    assert_eq!(read, response(Status::success()));
    let ResponseAssertion::Plain(found) = found else { panic!("expected a plain assertion") };
    assert_eq!(found.source(), alone.root().source());
    assert_eq!(Assertion::read(found), Ok(assertion));
}

#[test]
fn a_status_is_read_as_it_was_written() {
    for status in [
        Status::success(),
        Status { code: status_codes::RESPONDER, second_level: Some(status_codes::AUTHN_FAILED), message: None },
        Status { code: HOSTILE, second_level: None, message: Some(HOSTILE) },
        Status { code: HOSTILE, second_level: None, message: Some("") },
    ] {
        let document = written(|writer| {
            writer.start("x").attribute("xmlns:samlp", namespaces::PROTOCOL);
            status.write(writer);
            writer.end();
        });
        assert_eq!(Status::read(document.root().children().next().unwrap()), Ok(status));
        assert_eq!(status.is_success(), status.code == status_codes::SUCCESS);
    }
}

#[test]
fn a_name_id_is_read_as_it_was_written() {
    let bare = NameId { value: HOSTILE, format: None, name_qualifier: None, sp_name_qualifier: None };
    let spaced = NameId { value: " \t\r\n x ", ..bare };
    let full = NameId { format: Some("f"), name_qualifier: Some("n"), sp_name_qualifier: Some(HOSTILE), ..bare };
    for name_id in [bare, spaced, full] {
        let document = written(|writer| {
            writer.start("x").attribute("xmlns:saml", namespaces::ASSERTION);
            name_id.write(writer);
            writer.end();
        });
        assert!(NameId::read(document.root().children().next().unwrap()) == Ok(name_id));
        // The value may be a BSN.
        assert!(!format!("{name_id:?}").contains("]]>"));
    }
}

fn request() -> AuthnRequest<'static> {
    AuthnRequest {
        id: HOSTILE,
        issue_instant: time(0),
        destination: Some(HOSTILE),
        force_authn: true,
        assertion_consumer_service: AssertionConsumerService::Index(65_535),
        attribute_consuming_service_index: Some(0),
        provider_name: Some(HOSTILE),
        issuer: HOSTILE,
        intended_audience: Some(IntendedAudience { entity_id: HOSTILE, service_uuid: "375b1cb1" }),
        requested_attributes: vec![
            RequestedAttribute { name: HOSTILE, values: vec![HOSTILE, "nl"] },
            RequestedAttribute { name: "nin", values: Vec::new() },
        ],
        requested_authn_context: Some(RequestedAuthnContext {
            comparison: Comparison::Minimum,
            class_refs: vec![HOSTILE, "urn:level"],
        }),
        scoping: vec![HOSTILE, "digid"],
    }
}

#[test]
fn a_request_is_read_as_it_was_written() {
    let bare = AuthnRequest {
        destination: None,
        force_authn: false,
        assertion_consumer_service: AssertionConsumerService::Default,
        attribute_consuming_service_index: None,
        provider_name: None,
        intended_audience: None,
        requested_attributes: Vec::new(),
        requested_authn_context: None,
        scoping: Vec::new(),
        ..request()
    };
    for request in [request(), bare] {
        let document = written(|writer| request.write(writer));
        assert_eq!(AuthnRequest::read(document.root()), Ok(request));
    }
}

#[test]
fn every_comparison_and_consumer_service_is_read_as_it_was_written() {
    for comparison in [Comparison::Exact, Comparison::Minimum, Comparison::Maximum, Comparison::Better] {
        let requested_authn_context = Some(RequestedAuthnContext { comparison, class_refs: vec!["urn:level"] });
        let request = AuthnRequest { requested_authn_context, ..request() };
        assert_eq!(AuthnRequest::read(written(|writer| request.write(writer)).root()), Ok(request));
    }
    for binding in [None, Some(Binding::HttpPost), Some(Binding::HttpArtifact)] {
        let assertion_consumer_service = AssertionConsumerService::Url { url: HOSTILE, binding };
        let request = AuthnRequest { assertion_consumer_service, ..request() };
        assert_eq!(AuthnRequest::read(written(|writer| request.write(writer)).root()), Ok(request));
    }
}

#[test]
fn every_binding_is_found_by_its_uri() {
    for binding in [Binding::HttpArtifact, Binding::HttpPost, Binding::HttpRedirect, Binding::Soap] {
        assert_eq!(Binding::from_uri(binding.uri()), Some(binding));
        assert_eq!(Binding::from_uri(&format!("{} ", binding.uri())), None);
    }
}

/// All that a writer must escape or keep; it neither starts nor ends with white space, which is trimmed from URIs.
const HOSTILE: &str = "a\"<>&'\r\n\t]]> &amp; <!-- --> \u{E9}\u{20AC}\u{1F600}\u{FFFD}\u{85}z";
