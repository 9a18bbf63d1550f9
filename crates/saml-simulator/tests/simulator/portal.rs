//! The service provider of these tests, and the simulator that knows it.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use saml_bindings::{MessageParameter, PostForm, encode_redirect};
use saml_metadata::{IndexedEndpoint, Metadata, ServiceProvider, ServiceProviderMetadata};
use saml_protocol::{
    AssertionConsumerService, AuthnRequest, Binding, Comparison, RequestedAttribute, RequestedAuthnContext,
};
use saml_simulator::{AnswerSettings, RegisteredServiceProvider, SimulatorConfig};
use saml_xml::{Document, ParseOptions, Writer};
use saml_xml_security::{AlgorithmPolicy, SignOptions, SignatureAlgorithm, SigningKey, VerifiedElement, sign, verify};

pub(crate) static PORTAL_KEY: LazyLock<SigningKey> = LazyLock::new(|| key("portal.example.nl"));
pub(crate) static BROKER_KEY: LazyLock<SigningKey> = LazyLock::new(|| key("broker.example.nl"));

pub(crate) const BASE_URL: &str = "http://127.0.0.1:8081";
pub(crate) const LOGIN_URL: &str = "http://127.0.0.1:8081/broker/sp/saml/login";
pub(crate) const PORTAL: &str = "https://portal.example.nl/saml/metadata";
pub(crate) const ACS: &str = "https://portal.example.nl/saml/acs";
pub(crate) const ARTIFACT_ACS: &str = "https://portal.example.nl/saml/artifact";
pub(crate) const REQUEST_ID: &str = "_0f3b6c1d9a7e4285b1c0d3e6f9a2b5c8";
pub(crate) const SUBSTANTIAL: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard";

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_445_600, 0).unwrap()
}

pub(crate) fn config(answers: AnswerSettings) -> SimulatorConfig {
    let portal = RegisteredServiceProvider { metadata: service_provider(None), answers };
    SimulatorConfig::new(BASE_URL, BROKER_KEY.clone(), vec![portal], now).unwrap()
}

pub(crate) fn service_provider(valid_until: Option<DateTime<Utc>>) -> ServiceProvider {
    let endpoint = |index, binding, location: &str| IndexedEndpoint {
        index,
        is_default: None,
        binding,
        location: location.to_owned(),
    };
    let services = vec![endpoint(0, Binding::HttpPost, ACS), endpoint(1, Binding::HttpArtifact, ARTIFACT_ACS)];
    let keys = vec![PORTAL_KEY.verifying_key().clone()];
    let metadata =
        ServiceProviderMetadata { valid_until, ..ServiceProviderMetadata::new("_1", PORTAL, keys, services) };
    Metadata::parse_unverified(metadata.write().unwrap().as_bytes()).unwrap().service_provider().unwrap()
}

/// A request that the simulator takes.
pub(crate) fn request() -> AuthnRequest<'static> {
    AuthnRequest {
        id: REQUEST_ID,
        issue_instant: now(),
        destination: Some(LOGIN_URL),
        force_authn: true,
        assertion_consumer_service: AssertionConsumerService::Url { url: ACS, binding: Some(Binding::HttpPost) },
        attribute_consuming_service_index: None,
        provider_name: None,
        issuer: PORTAL,
        intended_audience: None,
        requested_attributes: Vec::new(),
        requested_authn_context: Some(RequestedAuthnContext {
            comparison: Comparison::Minimum,
            class_refs: vec![SUBSTANTIAL],
        }),
        scoping: vec!["digid"],
    }
}

pub(crate) fn english(request: AuthnRequest<'static>) -> AuthnRequest<'static> {
    let language = RequestedAttribute { name: "signicat:param:language", values: vec!["en"] };
    AuthnRequest { requested_attributes: vec![language], ..request }
}

pub(crate) fn write(request: &AuthnRequest<'_>) -> String {
    let mut writer = Writer::new();
    request.write(&mut writer);
    writer.finish().unwrap()
}

/// Returns the path and query that carry a request by HTTP-Redirect, signed by `key`.
pub(crate) fn redirect(request: &AuthnRequest<'_>, relay_state: Option<&str>, key: Option<&SigningKey>) -> String {
    let signer = key.map(|key| (key, SignatureAlgorithm::RsaSha256));
    let url = encode_redirect(LOGIN_URL, MessageParameter::SamlRequest, &write(request), relay_state, signer).unwrap();
    url.strip_prefix(BASE_URL).unwrap().to_owned()
}

/// Returns the fields that carry a request by HTTP-POST, signed by `key`.
pub(crate) fn post(request: &AuthnRequest<'_>, key: Option<&SigningKey>) -> Vec<(String, String)> {
    let mut xml = write(request);
    if let Some(key) = key {
        xml = sign(&xml, key, &SignOptions::default()).unwrap();
    }
    let form = PostForm::new(LOGIN_URL, MessageParameter::SamlRequest, &xml, None).unwrap();
    vec![("SAMLRequest".to_owned(), form.message_base64().to_owned())]
}

/// Verifies the `Response` of an answer with the simulator's key, and returns what was signed.
pub(crate) fn verified(xml: &str) -> VerifiedElement {
    let options = ParseOptions::message();
    let document = Document::parse(xml.as_bytes(), &options).unwrap();
    let keys = [BROKER_KEY.verifying_key().clone()];
    verify(document.root(), &keys, &AlgorithmPolicy::modern(), &options).unwrap()
}

pub(crate) fn key(common_name: &str) -> SigningKey {
    SigningKey::generate_self_signed(2048, common_name, 0, 4_000_000_000).unwrap()
}
