//! What DigiD 3.x and Stelsel Toegang register of a service provider.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use saml_metadata::{
    Aggregate, CatalogueService, ClusterMember, ClusterMetadata, Endpoint, Error, Metadata, ServiceProviderMetadata,
};
use saml_protocol::Binding;
use saml_xml::{Document, Element, ParseOptions};
use saml_xml_security::{AlgorithmPolicy, SigningKey, VerifyingKey};

const DV: &str = "urn:nl-eid-gdi:1.0:DV:00000009999999999004:entities:9000";
const OTHER_DV: &str = "urn:nl-eid-gdi:1.0:DV:00000009999999999004:entities:9001";
const LC: &str = "urn:nl-eid-gdi:1.0:LC:00000008000000020000:entities:9011";
const ACS: &str = "https://portal.example.nl/saml/acs";

static KEYS: LazyLock<[SigningKey; 3]> = LazyLock::new(|| {
    ["signing", "tls", "encryption"].map(|name| SigningKey::generate_self_signed(2048, name, 0, 4_000_000_000).unwrap())
});

fn public() -> [VerifyingKey; 3] {
    KEYS.each_ref().map(|key| key.verifying_key().clone())
}

fn until() -> DateTime<Utc> {
    DateTime::from_timestamp(1_900_000_000, 0).unwrap()
}

fn service_provider(entity_id: &str) -> ServiceProviderMetadata {
    let [signing, tls, encryption] = public();
    let services = ["Vergunningen", "Belastingen"]
        .map(|name| CatalogueService { uuid: format!("uuid of {name}"), name: name.to_owned() });
    let consumers = [ACS, "https://portal.example.nl/other/acs"];
    ServiceProviderMetadata::stelsel_toegang(
        "_sp",
        entity_id,
        until(),
        vec![signing, tls],
        vec![encryption],
        &consumers,
        &services,
    )
}

fn cluster() -> ClusterMetadata {
    let [_, _, encryption] = public();
    let member = |id: &str, entity_id: &str| ClusterMember {
        id: id.to_owned(),
        entity_id: entity_id.to_owned(),
        encryption_keys: vec![encryption.clone()],
    };
    ClusterMetadata {
        id: "_cluster".to_owned(),
        supplier: ServiceProviderMetadata {
            encryption_keys: Vec::new(),
            attribute_consuming_services: Vec::new(),
            ..service_provider(LC)
        },
        members: vec![member("_one", DV), member("_two", OTHER_DV)],
    }
}

fn parse(xml: &str) -> Document {
    Document::parse(xml.as_bytes(), &ParseOptions::metadata()).unwrap()
}

/// Returns the attribute of every element with this name, in the order of the file.
fn all<'d>(document: &'d Document, name: &str, attribute: &str) -> Vec<&'d str> {
    let named = document.elements().filter(|element| element.local_name() == name);
    named.map(|element: Element<'_>| element.attribute(attribute).unwrap_or("none")).collect()
}

#[test]
fn digid_registers_no_term_one_artifact_consumer_and_no_logout_without_single_sign_on() {
    let [signing, ..] = public();
    let metadata = ServiceProviderMetadata::digid("_sp", "https://portal.example.nl/saml", vec![signing.clone()], ACS);
    let file = metadata.sign(&KEYS[0]).unwrap();
    assert!(!file.contains("validUntil") && !file.contains("cacheDuration"));
    let document = parse(&file);
    assert_eq!(all(&document, "AssertionConsumerService", "index"), ["0"]);
    assert_eq!(all(&document, "AssertionConsumerService", "Binding"), [Binding::HttpArtifact.uri()]);
    assert_eq!(all(&document, "KeyDescriptor", "use"), ["signing"]);
    assert!(all(&document, "SingleLogoutService", "Binding").is_empty());
    assert!(file.contains(&format!("<ds:KeyName>{}</ds:KeyName>", signing.sha1_fingerprint())));
    let portal = Metadata::verify(file.as_bytes(), &[signing], &AlgorithmPolicy::rsa()).unwrap();
    assert!(portal.service_provider().is_ok());

    let location = "https://portal.example.nl/saml/logout".to_owned();
    let logout = [Binding::HttpRedirect, Binding::Soap].map(|binding| Endpoint { binding, location: location.clone() });
    let file = ServiceProviderMetadata { single_logout: logout.to_vec(), ..metadata }.write().unwrap();
    let found = all(&parse(&file), "SingleLogoutService", "Binding").len();
    assert_eq!(found, 2);
}

#[test]
fn stelsel_toegang_registers_a_term_keys_in_their_order_and_services_by_their_number() {
    let [signing, ..] = public();
    let file = service_provider(DV).sign(&KEYS[0]).unwrap();
    let document = parse(&file);
    assert_eq!(document.root().attribute("validUntil"), Some("2030-03-17T17:46:40.000Z"));
    assert_eq!(all(&document, "KeyDescriptor", "use"), ["signing", "signing", "encryption"]);
    assert_eq!(all(&document, "AssertionConsumerService", "index"), ["0", "1"]);
    assert_eq!(all(&document, "AssertionConsumerService", "isDefault"), ["true", "false"]);
    assert_eq!(all(&document, "AttributeConsumingService", "index"), ["0", "1"]);
    assert_eq!(all(&document, "RequestedAttribute", "Name"), ["urn:nl-eid-gdi:1.0:ServiceUUID"; 2]);
    assert!(file.contains("uuid of Belastingen</saml:AttributeValue>"));
    let names: Vec<_> = document.elements().filter(|element| element.local_name() == "KeyName").collect();
    let names: Vec<_> = names.iter().map(|name| name.text().unwrap()).collect();
    assert_eq!(names, public().each_ref().map(VerifyingKey::sha1_fingerprint));
    assert!(Metadata::verify(file.as_bytes(), &[signing], &AlgorithmPolicy::rsa()).is_ok());
}

#[test]
fn a_cluster_is_one_signed_aggregate_whose_members_can_only_be_encrypted_to() {
    let [signing, ..] = public();
    let file = cluster().sign(&KEYS[0]).unwrap();
    let aggregate = Aggregate::verify(file.as_bytes(), &[signing], &AlgorithmPolicy::rsa()).unwrap();
    assert_eq!(aggregate.entity_ids().collect::<Vec<_>>(), [DV, OTHER_DV, LC]);
    let document = parse(&file);
    assert_eq!(all(&document, "KeyDescriptor", "use"), ["signing", "signing", "encryption", "encryption"]);
    assert_eq!(document.elements().filter(|element| element.local_name() == "Signature").count(), 1);
    assert_eq!(all(&document, "EntityDescriptor", "validUntil"), ["2030-03-17T17:46:40.000Z"; 3]);
}

#[test]
fn a_cluster_member_without_a_key_and_an_unfit_id_are_refused() {
    let mut file = cluster();
    file.members.iter_mut().for_each(|member| member.encryption_keys.clear());
    assert_eq!(file.sign(&KEYS[0]), Err(Error::ElementMissing { element: "KeyDescriptor" }));
    let unfit = ClusterMetadata { id: "1".to_owned(), ..cluster() };
    assert_eq!(unfit.sign(&KEYS[0]).map_err(|error| error.code()), Err("attribute_value"));
}

#[test]
fn a_cluster_in_which_an_id_or_an_entity_stands_twice_is_refused() {
    let with = |id: &str, entity_id: &str| {
        let mut file = cluster();
        file.members[1].id = id.to_owned();
        file.members[1].entity_id = entity_id.to_owned();
        file.sign(&KEYS[0]).map_err(|error| error.code())
    };
    assert!(with("_two", OTHER_DV).is_ok());
    assert_eq!(with("_one", OTHER_DV), Err("duplicate_id"));
    assert_eq!(with("_two", DV), Err("metadata_duplicate_entity"));
}
