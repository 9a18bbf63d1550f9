//! Logout messages that other identity providers really sent.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use chrono::{DateTime, Utc};
use saml_logout::{LogoutExpectation, LogoutKind, LogoutOutcome, ReceivedLogout};
use saml_metadata::{IdentityProvider, Metadata};
use saml_protocol::{LogoutRequest, LogoutResponse};
use saml_response::{Error, Trace, TrustedSender};
use saml_tests::corpus;
use saml_xml::{Document, ParseOptions};
use saml_xml_security::AlgorithmPolicy;

const SLO: &str = "http://127.0.0.1:8080/saml/slo";

/// What an identity provider sent, who it is, and when.
struct Capture {
    message: Message,
    identity_provider: IdentityProvider,
    at: DateTime<Utc>,
}

enum Message {
    Body(Vec<u8>),
    Query(String),
}

impl Capture {
    /// Reads the variant's file `name`: as a URL where there is one, else as the field of a form.
    fn read(folder: &Path, name: &str, parameter: &str) -> Self {
        let meta: serde_json::Value = serde_json::from_str(&text(&folder.join("meta.json"))).unwrap();
        let url = folder.join(format!("{name}.url"));
        let message = if url.exists() {
            Message::Query(text(&url).trim().split_once('?').unwrap().1.to_owned())
        } else {
            let value = text(&folder.join(format!("{name}.b64")));
            let value: String = value.trim().bytes().map(|byte| format!("%{byte:02X}")).collect();
            Message::Body(format!("{parameter}={value}").into_bytes())
        };
        let metadata = Metadata::parse_unverified(text(&folder.join("../idp-metadata.xml")).as_bytes()).unwrap();
        Self {
            message,
            identity_provider: metadata.identity_provider().unwrap(),
            at: meta["captured_at"].as_str().unwrap().parse().unwrap(),
        }
    }

    fn received(&self, kind: LogoutKind, trace: &mut Trace) -> Result<ReceivedLogout, Error> {
        match &self.message {
            Message::Body(body) => ReceivedLogout::post(body, kind, trace),
            Message::Query(query) => ReceivedLogout::redirect(query, kind, trace),
        }
    }

    fn sender(&self) -> TrustedSender<'_> {
        let identity_provider = &self.identity_provider;
        TrustedSender { entity_id: identity_provider.entity_id(), keys: identity_provider.signing_keys() }
    }

    fn expectation(&self) -> LogoutExpectation<'_> {
        LogoutExpectation { destination: SLO, now: self.at }
    }
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn captured_answers_to_a_logout_give_their_result() {
    const CASES: [(&str, &str, Result<LogoutOutcome, &str>); 5] = [
        (
            "simplesamlphp/slo-sp-initiated-redirect",
            "_40a8b53d211a73711712a2e0571da3450660158d",
            Ok(LogoutOutcome::Complete),
        ),
        (
            "simplesamlphp/slo-sp-initiated-post",
            "_8ca19e2399345a76ae70f02fe27ce90836647aca",
            Ok(LogoutOutcome::Complete),
        ),
        (
            "simplesamlphp/slo-sp-initiated-post-answered-post",
            "_56301e23d65f0915ec06be27e3f5a66fcb5c5d8b",
            Ok(LogoutOutcome::Complete),
        ),
        (
            "npm-samlp/slo-sp-initiated-redirect",
            "_f97b77fbe0b5b7e65e9768c5d716fe889e68c603",
            Ok(LogoutOutcome::Complete),
        ),
        ("npm-samlp/slo-sp-initiated-post", "_59b9301dde877e786c974d9a4d9fd4ad23aedf98", Ok(LogoutOutcome::Complete)),
    ];
    let Some(corpus) = corpus(CASES.len(), "captured answers to a logout") else { return };
    for (variant, request_id, expected) in CASES {
        let capture = Capture::read(&corpus.join("captures").join(variant), "response", "SAMLResponse");
        for (request_id, expected) in [(request_id, expected), ("_another", Err("in_response_to"))] {
            let mut trace = Trace::new();
            let verdict = capture.received(LogoutKind::Response, &mut trace).and_then(|received| {
                received.authenticate(&capture.sender(), &AlgorithmPolicy::modern(), &mut trace)?.outcome(
                    Some(request_id),
                    &capture.expectation(),
                    &mut trace,
                )
            });
            assert_eq!(verdict.map_err(|error| error.code()), expected, "{variant}");
        }
    }
}

#[test]
fn captured_requests_to_log_out_are_genuine_and_meant_for_us() {
    const VARIANTS: [&str; 3] =
        ["simplesamlphp/slo-idp-initiated", "simplesamlphp/slo-idp-initiated-post", "npm-samlp/slo-idp-initiated"];
    let Some(corpus) = corpus(VARIANTS.len(), "captured requests to log out") else { return };
    for variant in VARIANTS {
        let capture = Capture::read(&corpus.join("captures").join(variant), "logout-request", "SAMLRequest");
        let mut trace = Trace::new();
        let received = capture.received(LogoutKind::Request, &mut trace).unwrap();
        let authentic = received.authenticate(&capture.sender(), &AlgorithmPolicy::modern(), &mut trace).unwrap();
        let demand = authentic.demand(&capture.expectation(), &mut trace).unwrap();
        assert_eq!(demand.session_indexes.len(), 1, "{variant}");

        let received = capture.received(LogoutKind::Request, &mut trace).unwrap();
        let stranger = TrustedSender { keys: &[], ..capture.sender() };
        let error = received.authenticate(&stranger, &AlgorithmPolicy::modern(), &mut trace).unwrap_err();
        assert_eq!(error.code(), "signature_no_key", "{variant}");
    }
}

#[test]
fn the_logout_messages_of_digid_are_read_as_their_names_say() {
    let cases: [(&str, Result<(), &str>); 5] = [
        ("digid-idp-source-tests/requests__logout-request-valid.xml", Ok(())),
        ("digid-idp-source-tests/requests__logout-request-invalid-version.xml", Err("version")),
        ("digid-idp-source-tests/requests__logout-request-no-nameid.xml", Err("element_missing")),
        // The official example has its SessionIndex in the namespace of assertions, before the NameID.
        ("st-saml-examples/logout_request.xml", Err("element_missing")),
        ("st-saml-examples/logout_response.xml", Ok(())),
    ];
    let Some(corpus) = corpus(cases.len(), "logout messages of DigiD") else { return };
    for (file, expected) in cases {
        let xml = text(&corpus.join("digid").join(file));
        let document = Document::parse(xml.as_bytes(), &ParseOptions::metadata()).unwrap();
        let root = document.root();
        let read = match root.local_name() {
            "LogoutRequest" => LogoutRequest::read(root).map(|_| ()),
            _ => LogoutResponse::read(root).map(|response| assert!(response.status.is_success())),
        };
        assert_eq!(read.map_err(|error| error.code()), expected, "{file}");
    }
}
