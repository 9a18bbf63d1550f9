//! A genuine signature somewhere in the message does not make the rest of it true (ATT-180).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml_bindings::{MessageParameter, soap_envelope};
use saml_protocol::{LogoutRequest, NameId};
use saml_xml_security::{SignOptions, sign};

use crate::case::{By, Judge, KEY, posted, request, xml_of_request};

const REQUEST: MessageParameter = MessageParameter::SamlRequest;

fn genuine() -> String {
    sign(&xml_of_request(&request()), &KEY, &SignOptions::default()).unwrap()
}

/// What the attacker wants to be believed.
fn evil() -> String {
    let name_id = NameId { value: "s00000000:123456782", format: None, name_qualifier: None, sp_name_qualifier: None };
    xml_of_request(&LogoutRequest { id: "_evil", name_id, ..request() })
}

fn code(xml: &str) -> &'static str {
    let by_post = Judge::default().request(&posted(xml, REQUEST), By::Post).unwrap_err().code();
    let by_soap = Judge::default().request(soap_envelope(xml).unwrap().as_bytes(), By::Soap).unwrap_err().code();
    assert_eq!(by_post, by_soap);
    by_post
}

fn signature() -> String {
    let genuine = genuine();
    let (start, end) = (genuine.find("<ds:Signature").unwrap(), genuine.find("</ds:Signature>").unwrap());
    genuine[start..end + "</ds:Signature>".len()].to_owned()
}

fn after_issuer(xml: &str, insert: &str) -> String {
    xml.replacen("</saml:Issuer>", &format!("</saml:Issuer>{insert}"), 1)
}

#[test]
fn the_genuine_message_alone_is_accepted() {
    assert!(Judge::default().request(&posted(&genuine(), REQUEST), By::Post).is_ok());
}

#[test]
fn a_genuine_message_within_a_forged_one_is_refused() {
    let in_extensions = format!("<samlp:Extensions>{}</samlp:Extensions>", genuine());
    assert_eq!(code(&after_issuer(&evil(), &in_extensions)), "signature_missing");
    let at_the_end = evil().replace("</samlp:LogoutRequest>", &format!("{}</samlp:LogoutRequest>", genuine()));
    assert_eq!(code(&at_the_end), "signature_missing");
}

#[test]
fn the_genuine_signature_on_a_forged_message_is_refused() {
    assert_eq!(code(&after_issuer(&evil(), &signature())), "signature_reference_uri");
    let same_id = evil().replace("_evil", "_request");
    assert_eq!(code(&after_issuer(&same_id, &signature())), "signature_digest_mismatch");
}

#[test]
fn the_genuine_message_within_the_signature_on_a_forged_one_is_refused() {
    let unsigned = xml_of_request(&request());
    let object = signature().replace("</ds:Signature>", &format!("<ds:Object>{unsigned}</ds:Object></ds:Signature>"));
    assert_eq!(code(&after_issuer(&evil(), &object)), "signature_structure");
}

#[test]
fn the_same_identifier_twice_is_refused() {
    let twice = evil().replace("_evil", "_request");
    let in_extensions = format!("<samlp:Extensions>{}</samlp:Extensions>", genuine());
    assert_eq!(code(&after_issuer(&twice, &in_extensions)), "duplicate_id");
}

#[test]
fn by_redirect_a_genuine_xml_signature_counts_for_nothing() {
    let query = format!("SAMLRequest={}", deflated(&genuine()));
    assert_eq!(
        Judge::default().request(query.as_bytes(), By::Redirect).unwrap_err().code(),
        "binding_signature_missing"
    );
}

/// The encoder of the project refuses to put a signed message into a query, so that it is done by hand here: one stored
/// block of DEFLATE (RFC 1951 3.2.4).
fn deflated(xml: &str) -> String {
    let length = u16::try_from(xml.len()).unwrap();
    let bytes = [&[1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), xml.as_bytes()].concat();
    STANDARD.encode(bytes).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}
