use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml_bindings::{MessageParameter, Received, decode_post, decode_redirect};
use saml_logout::{ReceivedLogoutRequest, ReceivedLogoutResponse};
use saml_metadata::Metadata;
use saml_response::{ReceivedResponse, Trace};
use saml_tests::{escaped, read};
use saml_xml::{Document, ParseOptions};

/// Puts each file through each door that reads bytes from outside, and counts what each let in.
pub(crate) fn run(files: &[PathBuf]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for file in files {
        let bytes = read(file);
        doors(&bytes, &mut counts);
        // What is inside base64, deflate or a form is a message again.
        if let Ok(received) = Received::detect(&bytes) {
            doors(received.xml(), &mut counts);
        }
    }
    counts
}

fn doors(bytes: &[u8], counts: &mut BTreeMap<&'static str, usize>) {
    let mut count = |door, opened: bool| *counts.entry(door).or_default() += usize::from(opened);
    for (door, options) in [("message", ParseOptions::message()), ("metadata", ParseOptions::metadata())] {
        let document = Document::parse(bytes, &options);
        if let Ok(document) = &document {
            within_limits(document, bytes, &options);
        }
        count(door, document.is_ok());
    }
    count("Metadata", Metadata::parse_unverified(bytes).is_ok());
    count("ReceivedResponse", ReceivedResponse::parse(bytes, &mut Trace::new()).is_ok());
    count(
        "ReceivedResponse in SOAP",
        ReceivedResponse::danger_parse_soap_of_unknown_resolve(bytes, &mut Trace::new()).is_ok(),
    );
    count("Received", Received::detect(bytes).is_ok());
    let trace = &mut Trace::failures_only();
    count("logout over SOAP", ReceivedLogoutRequest::from_soap(bytes, trace).is_ok());
    let [request, response] = [MessageParameter::SamlRequest, MessageParameter::SamlResponse]
        .map(|parameter| form(parameter, &STANDARD.encode(bytes)).into_bytes());
    count("logout", ReceivedLogoutRequest::from_post(&request, trace).is_ok());
    count("logout", ReceivedLogoutResponse::from_post(&response, trace).is_ok());
    for parameter in [MessageParameter::SamlRequest, MessageParameter::SamlResponse] {
        count("HTTP-POST as it is", decode_post(bytes, parameter).is_ok());
        count("HTTP-POST", decode_post(form(parameter, &STANDARD.encode(bytes)).as_bytes(), parameter).is_ok());
        if let Ok(text) = std::str::from_utf8(bytes) {
            let query = text.trim().split_once('?').map_or(text, |(_, query)| query);
            count("HTTP-Redirect as it is", decode_redirect(query, parameter).is_ok());
            let value: String = text.split_ascii_whitespace().collect();
            count("HTTP-Redirect", decode_redirect(&form(parameter, &value), parameter).is_ok());
        }
    }
}

/// Puts a value in base64 where a form or query has it.
fn form(parameter: MessageParameter, base64: &str) -> String {
    format!("{}={}", parameter.name(), escaped(base64))
}

/// Checks that what was let in keeps to the limits.
fn within_limits(document: &Document, bytes: &[u8], options: &ParseOptions) {
    let limits = &options.limits;
    assert!(bytes.len() <= limits.bytes);
    assert!(document.elements().count() <= limits.nodes);
    for element in document.elements() {
        assert!(element.attributes().count() <= limits.attributes);
        let depth = std::iter::successors(Some(element), |element| element.parent()).take(limits.depth + 1).count();
        assert!(depth <= limits.depth);
    }
}
