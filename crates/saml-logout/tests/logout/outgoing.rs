//! What goes out comes in again at the other side, signed, with all that was signed at the login (ATT-181).

use saml_bindings::PostForm;
use saml_logout::{NewLogoutRequest, NewLogoutResponse, UnsignedLogout};
use saml_protocol::{NameId, Status};
use saml_response::SubjectNameId;
use saml_state::RequestId;
use saml_xml_security::SignatureAlgorithm;

use crate::case::{BROKER, By, Judge, KEY, REQUEST_ID, SLO, now};

fn name_id() -> SubjectNameId {
    NameId { value: "a3f9", format: Some("urn:f"), name_qualifier: Some("urn:n"), sp_name_qualifier: Some("urn:s") }
        .into()
}

fn request() -> UnsignedLogout {
    let new = NewLogoutRequest {
        issuer: BROKER,
        destination: SLO,
        name_id: &name_id(),
        session_index: Some("_7"),
        relay_state: Some("b3f0"),
        algorithm: SignatureAlgorithm::RsaSha256,
    };
    new.create(&RequestId::parse(REQUEST_ID).unwrap(), now()).unwrap()
}

fn response(destination: Option<&str>) -> UnsignedLogout {
    let new = NewLogoutResponse {
        issuer: BROKER,
        destination,
        in_response_to: REQUEST_ID,
        status: Status::success(),
        relay_state: Some("b3f0"),
        algorithm: SignatureAlgorithm::RsaSha256,
    };
    new.create(&RequestId::parse("_response").unwrap(), now()).unwrap()
}

fn body(form: &PostForm) -> Vec<u8> {
    let escaped = form.message_base64().replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    format!("{}={escaped}&RelayState={}", form.parameter().name(), form.relay_state().unwrap()).into_bytes()
}

fn query(url: &str) -> Vec<u8> {
    url.strip_prefix(&format!("{SLO}?")).unwrap().as_bytes().to_vec()
}

#[test]
fn a_request_comes_in_at_the_other_side_as_it_was_made() {
    let judge = Judge::default();
    for (by, bytes) in [
        (By::Redirect, query(&request().redirect(&KEY).unwrap())),
        (By::Post, body(&request().post(&KEY).unwrap())),
        (By::Soap, request().soap(&KEY).unwrap().into_bytes()),
    ] {
        let valid = judge.request(&bytes, by).unwrap();
        assert_eq!(
            (valid.id(), valid.name_id(), valid.session_indexes()),
            (REQUEST_ID, &name_id(), &["_7".to_owned()][..])
        );
        assert_eq!(valid.relay_state(), (by != By::Soap).then_some("b3f0"));
    }
}

#[test]
fn a_response_comes_in_at_the_other_side_as_it_was_made() {
    let judge = Judge::default();
    for (by, bytes) in [
        (By::Redirect, query(&response(Some(SLO)).redirect(&KEY).unwrap())),
        (By::Post, body(&response(Some(SLO)).post(&KEY).unwrap())),
        (By::Soap, response(None).soap(&KEY).unwrap().into_bytes()),
    ] {
        assert_eq!(judge.response(&bytes, by).map(drop), Ok(()), "{by:?}");
    }
}

#[test]
fn a_message_is_not_sent_to_what_is_no_url() {
    assert_eq!(response(Some("javascript:alert(1)")).redirect(&KEY).unwrap_err().code(), "binding_endpoint");
    assert_eq!(response(None).post(&KEY).unwrap_err().code(), "binding_endpoint");
}

#[test]
fn debug_shows_where_a_message_goes_and_not_whom_it_names() {
    assert_eq!(format!("{:?}", request()), format!("UnsignedLogout(SAMLRequest to {SLO})"));
}
