//! What HTTP-Redirect writes, takes in and refuses.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::io::Write;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use saml_bindings::{Error, MessageParameter, decode_redirect, encode_redirect};
use saml_xml_security::{AlgorithmPolicy, SignatureAlgorithm, SigningKey, VerifyingKey, sign_octets};

const ENDPOINT: &str = "https://idp.example/sso";
const REQUEST: MessageParameter = MessageParameter::SamlRequest;
const RESPONSE: MessageParameter = MessageParameter::SamlResponse;
const XML: &str = "<a b='c'>\u{e9} &lt;&#13;</a>";
const RSA_SHA256: &str = "http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256";

static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate_self_signed(2048, "test", 0, 4_000_000_000).unwrap());

fn keys() -> [VerifyingKey; 1] {
    [KEY.verifying_key().clone()]
}

fn signed(relay_state: Option<&str>) -> String {
    let signer = Some((&*KEY, SignatureAlgorithm::RsaSha256));
    let url = encode_redirect(ENDPOINT, REQUEST, XML, relay_state, signer).unwrap();
    url.strip_prefix("https://idp.example/sso?").unwrap().to_owned()
}

fn verify(query: &str) -> Result<(), Error> {
    decode_redirect(query, REQUEST)?.verify(&keys(), &AlgorithmPolicy::modern()).map(drop)
}

fn deflate(xml: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(xml).unwrap();
    encoder.finish().unwrap()
}

fn escaped(bytes: &[u8]) -> String {
    STANDARD.encode(bytes).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

fn query_of(deflated: &[u8]) -> String {
    format!("SAMLRequest={}", escaped(deflated))
}

fn invalid() -> Result<(), Error> {
    Err(Error::Signature(saml_xml_security::Error::SignatureInvalid { keys: 1 }))
}

#[test]
fn what_is_sent_is_taken_in_and_verifies() {
    for relay_state in [None, Some(""), Some("b3f0"), Some("a b+c&d=e%\u{e9}/?"), Some(&*"r".repeat(80))] {
        let query = signed(relay_state);
        let message = decode_redirect(&query, REQUEST).unwrap();
        assert_eq!(message.xml(), XML.as_bytes());
        assert_eq!(message.relay_state(), relay_state);
        assert_eq!(message.signature().unwrap().algorithm(), SignatureAlgorithm::RsaSha256.uri());
        assert_eq!(message.verify(&keys(), &AlgorithmPolicy::modern()), Ok(KEY.verifying_key()));
    }
}

#[test]
fn the_parameters_stand_in_the_order_that_is_signed() {
    let names = |query: &str| -> Vec<String> {
        query.split('&').map(|part| part.split_once('=').unwrap().0.to_owned()).collect()
    };
    assert_eq!(names(&signed(Some("b3f0"))), ["SAMLRequest", "RelayState", "SigAlg", "Signature"]);
    assert_eq!(names(&signed(None)), ["SAMLRequest", "SigAlg", "Signature"]);
    assert!(signed(None).contains(&format!("&SigAlg={RSA_SHA256}&")));
}

#[test]
fn a_query_of_the_endpoint_is_kept() {
    for (endpoint, start) in [
        ("https://idp.example/sso", "https://idp.example/sso?SAMLRequest="),
        ("https://idp.example/sso?", "https://idp.example/sso?SAMLRequest="),
        ("https://idp.example/sso?a=b", "https://idp.example/sso?a=b&SAMLRequest="),
        ("https://idp.example/sso?a=b&", "https://idp.example/sso?a=b&SAMLRequest="),
    ] {
        let signer = Some((&*KEY, SignatureAlgorithm::RsaSha256));
        let url = encode_redirect(endpoint, REQUEST, XML, None, signer).unwrap();
        assert!(url.starts_with(start), "{url}");
        assert_eq!(verify(url.split_once('?').unwrap().1), Ok(()));
    }
}

#[test]
fn a_change_of_any_byte_is_rejected() {
    let query = signed(Some("b3f0"));
    assert_eq!(verify(&query), Ok(()));
    for at in 0..query.len() {
        let mut changed = query.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(verify(&changed).is_err(), "byte {at}: {changed}");
    }
}

#[test]
fn a_relay_state_that_was_changed_or_left_out_is_rejected() {
    let query = signed(Some("b3f0"));
    assert_eq!(verify(&query.replace("b3f0", "b3f1")), invalid());
    assert_eq!(verify(&query.replace("&RelayState=b3f0", "")), invalid());
    assert_eq!(verify(&query.replace("RelayState=b3f0", "RelayState=")), invalid());
    assert_eq!(verify(&signed(None).replace("&SigAlg", "&RelayState=&SigAlg")), invalid());
}

#[test]
fn lower_case_escapes_are_verified_as_they_came_in() {
    let message = escaped(&deflate(XML.as_bytes())).replace("%2B", "%2b").replace("%2F", "%2f").replace("%3D", "%3d");
    let octets = format!(
        "SAMLRequest={message}&RelayState=https%3a%2f%2fa&SigAlg={}",
        RSA_SHA256.replace("%3A", "%3a").replace("%2F", "%2f")
    );
    let signature = escaped(&sign_octets(octets.as_bytes(), SignatureAlgorithm::RsaSha256, &KEY).unwrap());
    assert_eq!(verify(&format!("{octets}&Signature={signature}")), Ok(()));

    let upper_case = octets.replace("%3a", "%3A").replace("%2f", "%2F");
    assert_eq!(verify(&format!("{upper_case}&Signature={signature}")), invalid());
}

#[test]
fn parameters_in_another_order_and_others_beside_them_are_accepted() {
    let query = signed(Some("b3f0"));
    let mut parts: Vec<_> = query.split('&').collect();
    parts.reverse();
    assert_eq!(verify(&format!("lang=nl&{}&&x", parts.join("&"))), Ok(()));
}

#[test]
fn an_algorithm_that_is_not_allowed_is_rejected() {
    let weak = signed(None).replace(RSA_SHA256, "http%3A%2F%2Fwww.w3.org%2F2000%2F09%2Fxmldsig%23rsa-sha1");
    let found = "http://www.w3.org/2000/09/xmldsig#rsa-sha1".to_owned();
    assert_eq!(verify(&weak), Err(Error::Signature(saml_xml_security::Error::SignatureAlgorithm { found })));
}

#[test]
fn an_algorithm_that_is_not_known_makes_one_line_of_a_log() {
    let error = verify(&signed(None).replace(RSA_SHA256, "urn:a%0D%0Ab%1B")).unwrap_err();
    let found = "urn:ab".to_owned();
    assert_eq!(error, Error::Signature(saml_xml_security::Error::SignatureAlgorithm { found }));
}

#[test]
fn another_key_is_rejected() {
    let other = SigningKey::generate_self_signed(2048, "other", 0, 4_000_000_000).unwrap();
    let message = decode_redirect(&signed(None), REQUEST).unwrap();
    let verified = message.verify(std::slice::from_ref(other.verifying_key()), &AlgorithmPolicy::modern());
    assert_eq!(verified.map(drop), invalid());
    let none = message.verify(&[], &AlgorithmPolicy::modern());
    assert_eq!(none.map(drop), Err(Error::Signature(saml_xml_security::Error::NoKey)));
}

#[test]
fn half_a_signature_or_none_is_rejected() {
    let query = signed(None);
    let (without_signature, _) = query.split_once("&Signature=").unwrap();
    assert_eq!(verify(without_signature), Err(Error::SignatureIncomplete { missing: "Signature" }));
    let without_algorithm = query.replace(&format!("&SigAlg={RSA_SHA256}"), "");
    assert_eq!(verify(&without_algorithm), Err(Error::SignatureIncomplete { missing: "SigAlg" }));
    assert_eq!(verify(&query_of(&deflate(XML.as_bytes()))), Err(Error::SignatureMissing));
}

#[test]
fn a_parameter_that_stands_twice_is_rejected() {
    let query = signed(Some("b3f0"));
    for (extra, parameter) in [
        ("SAMLRequest=a", "SAMLRequest"),
        ("RelayState=b3f0", "RelayState"),
        ("SigAlg=a", "SigAlg"),
        ("Signature=", "Signature"),
    ] {
        assert_eq!(verify(&format!("{query}&{extra}")), Err(Error::ParameterDuplicate { parameter }));
        assert_eq!(verify(&format!("{extra}&{query}")), Err(Error::ParameterDuplicate { parameter }));
    }
}

#[test]
fn another_message_is_rejected() {
    let query = query_of(&deflate(XML.as_bytes()));
    let unexpected = |found| Err(Error::ParameterUnexpected { expected: "SAMLRequest", found });
    assert!(decode_redirect(&query, REQUEST).is_ok());
    assert_eq!(decode_redirect(&format!("{query}&SAMLResponse=a"), REQUEST), unexpected("SAMLResponse"));
    assert_eq!(decode_redirect(&format!("SAMLart=a&{query}"), REQUEST), unexpected("SAMLart"));
    let found = "SAMLRequest";
    assert_eq!(decode_redirect(&query, RESPONSE), Err(Error::ParameterUnexpected { expected: "SAMLResponse", found }));
    assert_eq!(decode_redirect("a=b", REQUEST), Err(Error::ParameterMissing { expected: "SAMLRequest" }));
    assert_eq!(decode_redirect("", REQUEST), Err(Error::ParameterMissing { expected: "SAMLRequest" }));
}

#[test]
fn a_name_that_is_escaped_or_has_no_value_is_rejected() {
    let query = query_of(&deflate(XML.as_bytes()));
    let form = |parameter| Err(Error::ParameterForm { parameter });
    assert_eq!(decode_redirect(&query.replace("SAML", "%53AML"), REQUEST), form("SAMLRequest"));
    assert_eq!(decode_redirect(&format!("{query}&RelayState"), REQUEST), form("RelayState"));
    assert_eq!(decode_redirect(&format!("{query}&SAMLRespons%65=a"), REQUEST), form("SAMLResponse"));
}

#[test]
fn what_is_not_percent_encoded_utf8_is_rejected() {
    let query = query_of(&deflate(XML.as_bytes()));
    for extra in ["RelayState=%", "RelayState=%f", "RelayState=%gg", "RelayState=%ff", "RelayState=\u{e9}", "%=a"] {
        let decoded = decode_redirect(&format!("{query}&{extra}"), REQUEST);
        assert_eq!(decoded, Err(Error::PercentEncoding), "{extra}");
    }
}

#[test]
fn base64_in_another_form_is_rejected() {
    let message = escaped(&deflate(b"<aa/>"));
    assert!(message.ends_with("%3D"), "{message}");
    assert!(decode_redirect(&format!("SAMLRequest={message}"), REQUEST).is_ok());
    for other in [message.replace("%3D", ""), format!("{message}%0D%0A"), format!("+{message}"), "%2D".to_owned()] {
        let decoded = decode_redirect(&format!("SAMLRequest={other}"), REQUEST);
        assert_eq!(decoded, Err(Error::Base64 { parameter: "SAMLRequest" }), "{other}");
    }
}

#[test]
fn another_encoding_than_deflate_is_rejected() {
    let query = query_of(&deflate(XML.as_bytes()));
    let encoding = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:";
    assert!(decode_redirect(&format!("{query}&SAMLEncoding={encoding}DEFLATE"), REQUEST).is_ok());
    assert_eq!(decode_redirect(&format!("{query}&SAMLEncoding={encoding}BROTLI"), REQUEST), Err(Error::SamlEncoding));
}

#[test]
fn a_stream_that_is_cut_off_or_followed_by_something_is_rejected() {
    let whole = deflate(XML.as_bytes());
    assert!(decode_redirect(&query_of(&whole), REQUEST).is_ok());
    for length in 0..whole.len() {
        assert_eq!(decode_redirect(&query_of(&whole[..length]), REQUEST), Err(Error::Deflate), "{length}");
    }
    let trailing = [whole.as_slice(), b"\0"].concat();
    assert_eq!(decode_redirect(&query_of(&trailing), REQUEST), Err(Error::DeflateTrailing { found: 1 }));
    let twice = [whole.as_slice(), &whole].concat();
    assert_eq!(decode_redirect(&query_of(&twice), REQUEST), Err(Error::DeflateTrailing { found: whole.len() }));
    assert_eq!(decode_redirect(&query_of(b"\x07"), REQUEST), Err(Error::Deflate));
}

#[test]
fn a_message_is_never_taken_without_deflate() {
    assert_eq!(decode_redirect(&query_of(b"<a/>"), REQUEST), Err(Error::Deflate));
}

#[test]
fn a_bomb_is_rejected() {
    let limit = 1 << 20;
    let message = decode_redirect(&query_of(&deflate(&vec![b' '; limit])), REQUEST).unwrap();
    assert_eq!(message.xml().len(), limit);
    for length in [limit + 1, 8 * limit] {
        let bomb = query_of(&deflate(&vec![b' '; length]));
        assert_eq!(decode_redirect(&bomb, REQUEST), Err(Error::TooLarge { what: "message", limit }));
    }
    let query = "a".repeat(limit + 1);
    assert_eq!(decode_redirect(&query, REQUEST), Err(Error::TooLarge { what: "query", limit }));
}

#[test]
fn a_relay_state_of_more_than_80_bytes_is_not_sent() {
    let send = |relay_state: &str| encode_redirect(ENDPOINT, REQUEST, XML, Some(relay_state), None);
    assert!(send(&"a".repeat(80)).is_ok());
    assert_eq!(send(&"a".repeat(81)), Err(Error::RelayStateTooLong { found: 81 }));
    assert_eq!(send(&"\u{e9}".repeat(41)), Err(Error::RelayStateTooLong { found: 82 }));
}

#[test]
fn a_message_with_an_xml_signature_is_not_sent() {
    let xml = "<a><s:Signature xmlns:s='http://www.w3.org/2000/09/xmldsig#'/></a>";
    assert_eq!(encode_redirect(ENDPOINT, REQUEST, xml, None, None), Err(Error::SignatureEmbedded));
    let other = "<a><s:Signature xmlns:s='urn:x'/></a>";
    assert!(encode_redirect(ENDPOINT, REQUEST, other, None, None).is_ok());
}

#[test]
fn a_message_that_is_no_xml_is_not_sent() {
    let error = encode_redirect(ENDPOINT, REQUEST, "<a>", None, None).unwrap_err();
    assert_eq!(error.code(), "xml_unexpected_end");
}

#[test]
fn a_url_of_more_than_8000_bytes_is_not_sent() {
    let of_length = |length: usize| {
        let url = encode_redirect(ENDPOINT, REQUEST, XML, None, None).unwrap();
        let endpoint = format!("{ENDPOINT}/{}", "a".repeat(length - url.len() - 1));
        encode_redirect(&endpoint, REQUEST, XML, None, None)
    };
    assert_eq!(of_length(8000).map(|url| url.len()), Ok(8000));
    assert_eq!(of_length(8001), Err(Error::RedirectTooLong { limit: 8000, found: 8001 }));
}

#[test]
fn an_endpoint_that_is_no_url_is_refused() {
    for endpoint in ["", "javascript:alert(1)", "https://idp.example/#a", "https://idp.example/?SAMLRequest=a"] {
        assert_eq!(encode_redirect(endpoint, REQUEST, XML, None, None), Err(Error::Endpoint));
    }
}

#[test]
fn debug_shows_nothing_of_the_message() {
    let message = decode_redirect(&signed(None), REQUEST).unwrap();
    let shown = format!("{message:?}");
    assert_eq!(shown, format!("RedirectMessage({} bytes, signed: true)", XML.len()));
    let shown = format!("{:?}", message.signature().unwrap());
    assert_eq!(shown, "QuerySignature(http://www.w3.org/2001/04/xmldsig-more#rsa-sha256)");
}

#[test]
fn rsa_with_sha1_is_looked_at_only_where_that_is_asked_for_by_name() {
    let query = signed(Some("b3f0"));
    let message = decode_redirect(&query, REQUEST).unwrap();
    // What is good by a policy is not by this, so that nothing can fall back to it by mistake.
    assert_eq!(message.danger_verify_rsa_sha1(&keys()).unwrap_err().code(), "signature_algorithm");

    let renamed = query.replace(RSA_SHA256, "http%3A%2F%2Fwww.w3.org%2F2000%2F09%2Fxmldsig%23rsa-sha1");
    let message = decode_redirect(&renamed, REQUEST).unwrap();
    assert_eq!(message.danger_verify_rsa_sha1(&keys()).map(drop), invalid());
    assert_eq!(message.verify(&keys(), &AlgorithmPolicy::modern()).unwrap_err().code(), "signature_algorithm");
    let unsigned = decode_redirect(&query_of(&deflate(XML.as_bytes())), REQUEST).unwrap();
    assert_eq!(unsigned.danger_verify_rsa_sha1(&keys()).map(drop), Err(Error::SignatureMissing));
}
