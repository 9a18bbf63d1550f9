//! What is written as metadata, what is refused, and that it is read again as it was meant.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::sync::OnceLock;
use std::time::Duration;

use saml_metadata::{
    AttributeConsumingService, Endpoint, Error, IdentityProviderMetadata, IndexedEndpoint, KeyNameConvention,
    LocalizedName, Metadata, RequestedAttribute, ServiceProviderMetadata,
};
use saml_protocol::{Binding, Error as SchemaError, parse_date_time};
use saml_xml::{Document, Element, ParseOptions, WriteError};
use saml_xml_security::{AlgorithmPolicy, SigningKey, VerifyingKey};

fn keys() -> &'static [SigningKey; 2] {
    static KEYS: OnceLock<[SigningKey; 2]> = OnceLock::new();
    KEYS.get_or_init(|| {
        ["one", "two"].map(|name| SigningKey::generate_self_signed(2048, name, 0, 4_000_000_000).unwrap())
    })
}

fn public(index: usize) -> VerifyingKey {
    keys()[index].verifying_key().clone()
}

fn indexed(index: u16, is_default: Option<bool>, binding: Binding, location: &str) -> IndexedEndpoint {
    IndexedEndpoint { index, is_default, binding, location: location.to_owned() }
}

fn endpoint(binding: Binding, location: &str) -> Endpoint {
    Endpoint { binding, location: location.to_owned() }
}

/// The least that Logius registers.
fn portal() -> ServiceProviderMetadata {
    let acs = indexed(0, None, Binding::HttpArtifact, "https://portal.example.nl/acs");
    ServiceProviderMetadata::new("_sp", "https://portal.example.nl/saml", vec![public(0)], vec![acs])
}

fn full_portal() -> ServiceProviderMetadata {
    ServiceProviderMetadata {
        valid_until: parse_date_time("2027-04-04T11:33:38Z"),
        cache_duration: Some(Duration::from_secs(3600)),
        signing_keys: vec![public(0), public(1)],
        encryption_keys: vec![public(1)],
        single_logout: vec![endpoint(Binding::HttpRedirect, "https://portal.example.nl/slo")],
        name_id_formats: vec!["urn:oasis:names:tc:SAML:2.0:nameid-format:transient".to_owned()],
        assertion_consumer_services: vec![
            indexed(0, Some(true), Binding::HttpPost, "https://portal.example.nl/acs"),
            indexed(1, Some(false), Binding::HttpArtifact, "https://portal.example.nl/artifact"),
        ],
        attribute_consuming_services: vec![AttributeConsumingService {
            index: 3,
            is_default: Some(true),
            service_names: vec![LocalizedName { language: "nl".to_owned(), name: "Inloggen & meer".to_owned() }],
            requested_attributes: vec![RequestedAttribute {
                name: "urn:nl-eid-gdi:1.0:ServiceUUID".to_owned(),
                is_required: Some(true),
                values: vec!["00000000-0000-0000-0000-000000000000".to_owned()],
            }],
        }],
        ..portal()
    }
}

fn broker() -> IdentityProviderMetadata {
    let login = "https://broker.example.nl/broker/sp/saml/login";
    let logout = "https://broker.example.nl/broker/sp/saml/logout";
    let front = [Binding::HttpRedirect, Binding::HttpPost, Binding::HttpArtifact];
    let sso = front.map(|binding| endpoint(binding, login)).to_vec();
    IdentityProviderMetadata {
        valid_until: parse_date_time("2027-04-04T11:33:38Z"),
        artifact_resolution: vec![indexed(
            0,
            Some(true),
            Binding::Soap,
            "https://broker.example.nl/broker/sp/saml/ars",
        )],
        single_logout: front.map(|binding| endpoint(binding, logout)).to_vec(),
        ..IdentityProviderMetadata::new("_idp", "https://broker.example.nl/broker/sp/saml", vec![public(0)], sso)
    }
}

fn verify(file: &str) -> Metadata {
    Metadata::verify(file.as_bytes(), &[public(0)], &AlgorithmPolicy::modern()).unwrap()
}

fn names<'d>(element: Element<'d>) -> Vec<&'d str> {
    element.children().map(Element::local_name).collect()
}

#[test]
fn what_is_written_of_an_identity_provider_is_read_again() {
    let written = broker();
    let metadata = verify(&written.sign(&keys()[0]).unwrap());
    let read = metadata.identity_provider().unwrap();
    assert_eq!(read.entity_id(), written.entity_id);
    assert_eq!(read.valid_until(), written.valid_until);
    assert_eq!(read.signing_keys(), written.signing_keys);
    assert_eq!(read.signing_key_names(), [Some(public(0).sha256_fingerprint().to_owned())]);
    assert_eq!(read.artifact_resolution(), written.artifact_resolution);
    assert_eq!(read.single_logout(), written.single_logout);
    assert_eq!(read.single_sign_on(), written.single_sign_on);
    assert!(read.want_authn_requests_signed());
}

#[test]
fn what_is_written_of_a_service_provider_is_read_again() {
    let written = full_portal();
    let read = verify(&written.sign(&keys()[0]).unwrap()).service_provider().unwrap();
    assert_eq!(read.entity_id(), written.entity_id);
    assert_eq!(read.valid_until(), written.valid_until);
    assert_eq!(read.signing_keys(), written.signing_keys);
    assert_eq!(read.single_logout(), written.single_logout);
    assert_eq!(read.assertion_consumer_services(), written.assertion_consumer_services);
    assert_eq!(read.attribute_consuming_service_indexes(), [3]);
    assert!(read.authn_requests_signed() && read.want_assertions_signed());
}

#[test]
fn elements_are_written_in_the_order_of_the_schema() {
    let file = full_portal().sign(&keys()[0]).unwrap();
    let document = Document::parse(file.as_bytes(), &ParseOptions::message()).unwrap();
    assert_eq!(names(document.root()), ["Signature", "SPSSODescriptor"]);
    assert_eq!(document.root().attribute("cacheDuration"), Some("PT3600S"));
    let role = document.root().children().last().unwrap();
    assert_eq!(
        names(role),
        [
            "KeyDescriptor",
            "KeyDescriptor",
            "KeyDescriptor",
            "SingleLogoutService",
            "NameIDFormat",
            "AssertionConsumerService",
            "AssertionConsumerService",
            "AttributeConsumingService",
        ]
    );
    let usage: Vec<_> = role.children().take(3).map(|key| key.attribute("use")).collect();
    assert_eq!(usage, [Some("signing"), Some("signing"), Some("encryption")]);
    assert_eq!(names(role.children().last().unwrap()), ["ServiceName", "RequestedAttribute"]);

    let file = IdentityProviderMetadata { name_id_formats: vec!["urn:x".to_owned()], ..broker() }.write().unwrap();
    let document = Document::parse(file.as_bytes(), &ParseOptions::message()).unwrap();
    let mut order = names(document.root().children().next().unwrap());
    order.dedup();
    assert_eq!(
        order,
        ["KeyDescriptor", "ArtifactResolutionService", "SingleLogoutService", "NameIDFormat", "SingleSignOnService"]
    );
}

#[test]
fn neither_valid_until_nor_cache_duration_is_written_unless_asked_for() {
    let file = portal().write().unwrap();
    assert!(!file.contains("validUntil") && !file.contains("cacheDuration"), "{file}");
}

#[test]
fn wanting_signed_assertions_can_be_left_to_the_signature_of_the_response() {
    let wants = |metadata: ServiceProviderMetadata| {
        let read = Metadata::parse_unverified(metadata.write().unwrap().as_bytes()).unwrap();
        read.service_provider().unwrap().want_assertions_signed()
    };
    assert!(wants(portal()));
    assert!(!wants(ServiceProviderMetadata { want_assertions_signed: false, ..portal() }));
}

#[test]
fn a_key_is_named_as_digid_or_as_signicat_does() {
    let name = |key_names| {
        let file = ServiceProviderMetadata { key_names, ..portal() }.write().unwrap();
        let role = Metadata::parse_unverified(file.as_bytes()).unwrap().service_provider().unwrap();
        role.signing_key_names().to_vec()
    };
    assert_eq!(name(KeyNameConvention::Sha1), [Some(public(0).sha1_fingerprint().to_owned())]);
    assert_eq!(name(KeyNameConvention::Sha256), [Some(public(0).sha256_fingerprint().to_owned())]);
}

#[test]
fn no_private_key_is_written() {
    let pem = String::from_utf8(keys()[0].private_key_pem().unwrap()).unwrap();
    let secret = pem.lines().nth(3).unwrap();
    assert!(!full_portal().sign(&keys()[0]).unwrap().contains(secret));
}

#[test]
fn metadata_without_a_signing_key_is_not_written() {
    let error = |entity_id: &str| Err(Error::NoSigningKey { entity_id: entity_id.to_owned(), skipped: 0 });
    let none = ServiceProviderMetadata { signing_keys: Vec::new(), ..portal() };
    assert_eq!(none.write(), error(&none.entity_id));
    let none = IdentityProviderMetadata { signing_keys: Vec::new(), ..broker() };
    assert_eq!(none.write(), error(&none.entity_id));
}

#[test]
fn metadata_without_the_endpoint_that_its_role_needs_is_not_written() {
    let none = ServiceProviderMetadata { assertion_consumer_services: Vec::new(), ..portal() };
    assert_eq!(none.write(), Err(Error::ElementMissing { element: "AssertionConsumerService" }));
    let none = IdentityProviderMetadata { single_sign_on: Vec::new(), ..broker() };
    assert_eq!(none.write(), Err(Error::ElementMissing { element: "SingleSignOnService" }));
}

#[test]
fn an_attribute_consuming_service_without_a_name_or_an_attribute_is_not_written() {
    let with = |change: fn(&mut AttributeConsumingService)| {
        let mut metadata = full_portal();
        change(&mut metadata.attribute_consuming_services[0]);
        metadata.write()
    };
    assert!(with(|_| ()).is_ok());
    let nameless = with(|service| service.service_names.clear());
    assert_eq!(nameless, Err(Error::ElementMissing { element: "ServiceName" }));
    let empty = with(|service| service.requested_attributes.clear());
    assert_eq!(empty, Err(Error::ElementMissing { element: "RequestedAttribute" }));
}

#[test]
fn an_index_that_stands_twice_is_not_written() {
    let mut twice = full_portal();
    twice.assertion_consumer_services[1].index = 0;
    assert_eq!(twice.write(), Err(Error::DuplicateIndex { element: "AssertionConsumerService", index: 0 }));
    let mut twice = full_portal();
    twice.attribute_consuming_services.extend(full_portal().attribute_consuming_services);
    assert_eq!(twice.write(), Err(Error::DuplicateIndex { element: "AttributeConsumingService", index: 3 }));
}

#[test]
fn an_endpoint_that_is_not_https_is_not_written_except_on_the_machine_itself() {
    let at = |location: &str| {
        let acs = indexed(0, None, Binding::HttpPost, location);
        ServiceProviderMetadata { assertion_consumer_services: vec![acs], ..portal() }.write()
    };
    assert!(at("http://localhost:8000/acs").is_ok());
    let found = "http://portal.example.nl/acs";
    let error = Error::Location { element: "AssertionConsumerService", found: found.to_owned() };
    assert_eq!(at(found), Err(error));
}

#[test]
fn an_id_that_is_no_xml_name_and_an_empty_entity_id_are_not_written() {
    let error = |attribute, expected| Err(Error::Schema(SchemaError::Value { attribute, expected }));
    for id in ["", "1", "a b", "a:b", "#a"] {
        let unfit = ServiceProviderMetadata { id: id.to_owned(), ..portal() };
        assert_eq!(unfit.write(), error("ID", "an XML name"), "{id}");
    }
    let unfit = IdentityProviderMetadata { entity_id: String::new(), ..broker() };
    assert_eq!(unfit.write(), error("entityID", "a URI of 1 to 1024 characters"));
}

#[test]
fn a_value_that_xml_cannot_hold_is_not_written() {
    let unfit = ServiceProviderMetadata { name_id_formats: vec!["\u{0}".to_owned()], ..portal() };
    let error = WriteError::ForbiddenCharacter { name: "md:NameIDFormat", character: 0 };
    assert_eq!(unfit.write(), Err(Error::Write(error)));
}
