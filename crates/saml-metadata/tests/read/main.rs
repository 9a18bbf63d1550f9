//! What is read from metadata, and what is refused.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod document;
mod key_descriptors;
mod roles;
mod signature;

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use saml_metadata::{Error, IdentityProvider, Metadata};
use saml_protocol::parse_date_time;
use saml_xml_security::{AlgorithmPolicy, SigningKey, VerifyingKey};

const ENTITY: &str = "https://broker.example.nl/broker/sp/saml";
const LOGIN: &str = r#"<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://broker.example.nl/login"/>"#;
const ACS: &str = r#"<md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact" Location="https://broker.example.nl/broker/authn/digid/acs" index="0"/>"#;

fn keys() -> &'static [SigningKey; 2] {
    static KEYS: OnceLock<[SigningKey; 2]> = OnceLock::new();
    KEYS.get_or_init(|| {
        ["one", "two"].map(|name| SigningKey::generate_self_signed(2048, name, 0, 4_000_000_000).unwrap())
    })
}

fn key(index: usize) -> &'static SigningKey {
    keys().get(index).unwrap()
}

fn public(index: usize) -> VerifyingKey {
    key(index).verifying_key().clone()
}

fn certificate(index: usize) -> String {
    STANDARD.encode(key(index).verifying_key().certificate_der().unwrap())
}

fn descriptor(attributes: &str, key_info: &str) -> String {
    format!("<md:KeyDescriptor{attributes}><ds:KeyInfo>{key_info}</ds:KeyInfo></md:KeyDescriptor>")
}

fn x509(certificate: &str) -> String {
    format!("<ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>")
}

fn signing(index: usize) -> String {
    descriptor(r#" use="signing""#, &x509(&certificate(index)))
}

fn entity(attributes: &str, content: &str) -> String {
    format!(
        r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1" entityID="{ENTITY}"{attributes}>{content}</md:EntityDescriptor>"#
    )
}

fn role(name: &str, attributes: &str, content: &str) -> String {
    format!(
        r#"<md:{name} protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"{attributes}>{content}</md:{name}>"#
    )
}

fn idp(content: &str) -> String {
    entity("", &role("IDPSSODescriptor", "", content))
}

fn sp(attributes: &str, content: &str) -> String {
    entity("", &role("SPSSODescriptor", attributes, content))
}

fn read(xml: &str) -> Metadata {
    Metadata::parse_unverified(xml.as_bytes()).unwrap()
}

fn refusal(xml: &str) -> Error {
    Metadata::parse_unverified(xml.as_bytes()).unwrap_err()
}

fn identity_provider(xml: &str) -> Result<IdentityProvider, Error> {
    read(xml).identity_provider()
}

fn verify(xml: &str, keys: &[VerifyingKey]) -> Result<Metadata, Error> {
    Metadata::verify(xml.as_bytes(), keys, &AlgorithmPolicy::modern())
}

fn at(text: &str) -> DateTime<Utc> {
    parse_date_time(text).unwrap()
}
