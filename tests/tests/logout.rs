//! Logout messages that real systems signed: accepted as they are, and refused after one change.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use saml_bindings::soap_body;
use saml_logout::{LogoutOutcome, LogoutPolicy, ReceivedLogoutRequest, ReceivedLogoutResponse};
use saml_protocol::{LogoutRequest, LogoutResponse, parse_date_time};
use saml_response::{Error, Trace, TrustedSender};
use saml_state::{PendingRequest, RelayState, RequestId, ReturnPath};
use saml_tests::{certificate, corpus, escaped, read};
use saml_xml::{Document, ParseOptions};
use saml_xml_security::VerifyingKey;
use serde_json::Value;

const SLO: &str = "http://127.0.0.1:8080/saml/slo";

/// A message as it was captured, and who sent it when.
struct Captured {
    message: Vec<u8>,
    by_post: bool,
    partner: String,
    keys: [VerifyingKey; 1],
    at: DateTime<Utc>,
    request_id: String,
}

fn captured(corpus: &Path, peer: &str, variant: &str, name: &str) -> Captured {
    let folder = corpus.join("captures").join(peer).join(variant);
    let meta: Value = serde_json::from_slice(&read(&folder.join("meta.json"))).unwrap();
    let url = folder.join(format!("{name}.url"));
    let by_post = !url.is_file();
    let message = if by_post {
        let parameter = if name == "response" { "SAMLResponse" } else { "SAMLRequest" };
        let base64 = STANDARD.encode(read(&folder.join(format!("{name}.xml"))));
        format!("{parameter}={}", escaped(&base64)).into_bytes()
    } else {
        let url = String::from_utf8(read(&url)).unwrap();
        url.trim().split_once('?').unwrap().1.as_bytes().to_vec()
    };
    Captured {
        message,
        by_post,
        partner: meta[name]["summary"]["Issuer"].as_str().unwrap().to_owned(),
        keys: [certificate(&corpus.join("captures").join(peer).join("idp.crt"))],
        at: parse_date_time(meta["captured_at"].as_str().unwrap()).unwrap(),
        request_id: meta["request_id"].as_str().unwrap_or("_none").to_owned(),
    }
}

impl Captured {
    /// Returns whose sessions end, and how many of them are named.
    fn request(&self, endpoint: &str, at: DateTime<Utc>) -> Result<(String, usize), Error> {
        let (policy, mut trace) = (LogoutPolicy::signed(), Trace::new());
        let received = if self.by_post {
            ReceivedLogoutRequest::from_post(&self.message, &mut trace)
        } else {
            ReceivedLogoutRequest::from_redirect(std::str::from_utf8(&self.message).unwrap(), &mut trace)
        };
        let sender = TrustedSender { entity_id: &self.partner, keys: &self.keys };
        let request = received?.authenticate(&sender, &policy, &mut trace)?.validate(endpoint, at, &mut trace)?;
        Ok((request.name_id().expose().to_owned(), request.session_indexes().len()))
    }

    fn response(&self, request_id: &str) -> Result<LogoutOutcome, Error> {
        let (policy, mut trace) = (LogoutPolicy::signed(), Trace::new());
        let received = if self.by_post {
            ReceivedLogoutResponse::from_post(&self.message, &mut trace)
        } else {
            ReceivedLogoutResponse::from_redirect(std::str::from_utf8(&self.message).unwrap(), &mut trace)
        };
        let pending = PendingRequest {
            id: RequestId::parse(request_id).unwrap(),
            issued_at: self.at,
            identity_provider: self.partner.clone(),
            assertion_consumer_service: SLO.to_owned(),
            requested_level: None,
            force_authn: false,
            return_to: ReturnPath::parse("/").unwrap(),
            relay_state: RelayState::from_random([0; 20]),
        };
        let sender = TrustedSender { entity_id: &self.partner, keys: &self.keys };
        let response = received?.authenticate(&sender, &policy, &mut trace)?;
        Ok(response.validate(&pending, SLO, self.at, &mut trace)?.outcome())
    }
}

#[test]
fn a_request_that_another_implementation_signed_is_accepted() {
    let Some(corpus) = corpus(REQUESTS.len(), "captured logout requests") else { return };
    for (peer, variant, by_post) in REQUESTS {
        let captured = captured(&corpus, peer, variant, "logout-request");
        assert_eq!(captured.by_post, by_post, "{peer} {variant}");
        let citizen = ("s00000000:999990019".to_owned(), 1);
        assert_eq!(captured.request(SLO, captured.at), Ok(citizen), "{peer} {variant}");
        let code = |verdict: Result<(String, usize), Error>| verdict.unwrap_err().code();
        assert_eq!(code(captured.request("http://127.0.0.1:8080/saml/acs", captured.at)), "destination");
        assert_eq!(code(captured.request(SLO, captured.at + TimeDelta::hours(1))), "issue_instant");
        let other = Captured { keys: [certificate(&corpus.join("captures/keys/sp.crt"))], ..captured };
        assert_eq!(code(other.request(SLO, other.at)), "signature_invalid");
    }
}

#[test]
fn a_response_that_another_implementation_signed_is_accepted() {
    let Some(corpus) = corpus(RESPONSES.len(), "captured logout responses") else { return };
    for (peer, variant, by_post) in RESPONSES {
        let captured = captured(&corpus, peer, variant, "response");
        assert_eq!(captured.by_post, by_post, "{peer} {variant}");
        assert_eq!(captured.response(&captured.request_id), Ok(LogoutOutcome::Complete), "{peer} {variant}");
        assert_eq!(captured.response("_another").unwrap_err().code(), "in_response_to");
    }
}

#[test]
fn examples_of_others_are_read_or_refused_for_what_they_have() {
    let Some(corpus) = corpus(EXAMPLES.len(), "examples of logout messages") else { return };
    for (file, expected) in EXAMPLES {
        let xml = read(&corpus.join("digid").join(file));
        let document = Document::parse(&xml, &ParseOptions::message()).unwrap();
        let message = soap_body(&document).unwrap_or_else(|_| document.root());
        let read = match message.local_name() {
            "LogoutRequest" => LogoutRequest::read(message, &[]).map(|_| ()),
            _ => LogoutResponse::read(message).map(|_| ()),
        };
        assert_eq!(read.map_or_else(|error| error.code(), |()| "read"), expected, "{file}");
    }
}

/// Peer, variant, and whether it came by HTTP-POST.
const REQUESTS: [(&str, &str, bool); 3] = [
    ("simplesamlphp", "slo-idp-initiated", false),
    ("simplesamlphp", "slo-idp-initiated-post", true),
    ("npm-samlp", "slo-idp-initiated", false),
];

const RESPONSES: [(&str, &str, bool); 5] = [
    ("simplesamlphp", "slo-sp-initiated-redirect", false),
    ("simplesamlphp", "slo-sp-initiated-post", false),
    ("simplesamlphp", "slo-sp-initiated-post-answered-post", true),
    ("npm-samlp", "slo-sp-initiated-redirect", false),
    ("npm-samlp", "slo-sp-initiated-post", true),
];

/// What of them breaks the schema does so as it was published.
const EXAMPLES: [(&str, &str); 10] = [
    ("digid-idp-source-tests/requests__logout-request-valid.xml", "read"),
    ("digid-idp-source-tests/requests__logout-request-no-signature.xml", "read"),
    ("digid-idp-source-tests/requests__logout-request-wrong-destination.xml", "read"),
    ("digid-idp-source-tests/requests__logout-request-invalid-version.xml", "version"),
    ("digid-idp-source-tests/requests__logout-request-no-nameid.xml", "element_missing"),
    ("digid-idp-source-tests/responses__logout-response.xml", "read"),
    // The session index stands before the name, in another namespace.
    ("st-saml-examples/logout_request.xml", "element_missing"),
    ("st-saml-examples/logout_response.xml", "read"),
    // The time is not in UTC.
    ("libsaml/logout_request.xml", "date_time"),
    ("libsaml/logout_response.xml", "date_time"),
];
