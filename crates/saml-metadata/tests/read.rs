//! What is read from metadata, and what is refused.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use saml_metadata::{Endpoint, Error, IdentityProvider, IndexedEndpoint, KeyFault, Metadata};
use saml_protocol::{Binding, Error as SchemaError, parse_date_time};
use saml_xml::ErrorKind;
use saml_xml_security::{AlgorithmPolicy, Error as SignatureError, SignOptions, SigningKey, VerifyingKey, sign};

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

#[test]
fn the_least_that_an_identity_provider_has_is_enough() {
    let found = identity_provider(&idp(&(signing(0) + LOGIN))).unwrap();
    assert_eq!(found.entity_id(), ENTITY);
    assert_eq!(found.valid_until(), None);
    assert_eq!(found.signing_keys(), [public(0)]);
    assert_eq!(found.signing_key_names(), [None]);
    assert_eq!(found.skipped_keys(), []);
    assert_eq!(found.single_sign_on_location(Binding::HttpRedirect), Some("https://broker.example.nl/login"));
    assert_eq!(found.single_sign_on_location(Binding::HttpPost), None);
    assert_eq!((found.single_logout(), found.artifact_resolution()), (&[][..], &[][..]));
    assert!(!found.want_authn_requests_signed());
}

#[test]
fn everything_that_the_schema_has_may_stand_there_in_its_order() {
    let endpoint = |name: &str, binding: &str, more: &str| {
        format!(
            r#"<md:{name} Binding="urn:oasis:names:tc:SAML:2.0:bindings:{binding}" Location="https://broker.example.nl/{name}"{more}/>"#
        )
    };
    let organization = "<md:Organization><md:OrganizationName>x</md:OrganizationName></md:Organization>";
    let contact = r#"<md:ContactPerson contactType="technical"/>"#;
    let content = [
        "<ds:Signature/><md:Extensions><x xmlns='urn:x'/></md:Extensions>".to_owned(),
        signing(0),
        descriptor(r#" use="encryption""#, &x509("no certificate")),
        organization.to_owned(),
        contact.repeat(2),
        endpoint("ArtifactResolutionService", "SOAP", r#" index="0" isDefault="true""#),
        endpoint("SingleLogoutService", "HTTP-Redirect", ""),
        endpoint("SingleLogoutService", "SOAP", ""),
        endpoint("ManageNameIDService", "SOAP", ""),
        "<md:NameIDFormat>urn:x</md:NameIDFormat>".repeat(2),
        LOGIN.to_owned(),
        endpoint("NameIDMappingService", "SOAP", ""),
        endpoint("AssertionIDRequestService", "SOAP", ""),
        "<md:AttributeProfile>urn:x</md:AttributeProfile>".to_owned(),
        r#"<saml:Attribute Name="x"/>"#.to_owned(),
    ]
    .concat();
    let roles = [
        r#"<md:AttributeAuthorityDescriptor protocolSupportEnumeration="urn:x"/>"#,
        &role("IDPSSODescriptor", r#" WantAuthnRequestsSigned="1""#, &content),
        r#"<md:RoleDescriptor protocolSupportEnumeration="urn:x"/>"#,
    ]
    .concat();
    let location = r#"<md:AdditionalMetadataLocation namespace="urn:x">x</md:AdditionalMetadataLocation>"#;
    let file = entity(
        r#" cacheDuration="PT1H""#,
        &format!("<ds:Signature/><md:Extensions/>{roles}{organization}{contact}{location}"),
    );
    assert!(read(&file).is_signed());
    let found = identity_provider(&file).unwrap();
    assert!(found.want_authn_requests_signed());
    let place = |name: &str| format!("https://broker.example.nl/{name}");
    assert_eq!(
        found.artifact_resolution(),
        [IndexedEndpoint {
            index: 0,
            is_default: Some(true),
            binding: Binding::Soap,
            location: place("ArtifactResolutionService")
        }]
    );
    assert_eq!(
        found.single_logout(),
        [
            Endpoint { binding: Binding::HttpRedirect, location: place("SingleLogoutService") },
            Endpoint { binding: Binding::Soap, location: place("SingleLogoutService") },
        ]
    );
    assert_eq!(found.single_logout_location(Binding::Soap), Some(place("SingleLogoutService").as_str()));
}

#[test]
fn an_element_out_of_the_order_of_the_schema_is_refused() {
    let unexpected = |parent: &str, found: &str| {
        Error::Schema(SchemaError::ElementUnexpected { parent: parent.to_owned(), found: found.to_owned() })
    };
    assert_eq!(
        identity_provider(&idp(&(signing(0) + LOGIN + &signing(1)))),
        Err(unexpected("IDPSSODescriptor", "KeyDescriptor"))
    );
    let role = role("IDPSSODescriptor", "", &(signing(0) + LOGIN));
    assert_eq!(refusal(&entity("", &(role + "<ds:Signature/>"))), unexpected("EntityDescriptor", "Signature"));
}

#[test]
fn text_between_elements_is_refused() {
    let error = Error::Schema(SchemaError::TextUnexpected { parent: "IDPSSODescriptor".to_owned() });
    assert_eq!(identity_provider(&idp(&(signing(0) + "text" + LOGIN))), Err(error));
}

#[test]
fn an_identity_provider_without_a_single_sign_on_service_is_refused() {
    let error = SchemaError::ElementMissing {
        parent: "IDPSSODescriptor".to_owned(),
        expected: "SingleSignOnService",
        found: "nothing".to_owned(),
    };
    assert_eq!(identity_provider(&idp(&signing(0))), Err(Error::Schema(error)));
}

#[test]
fn a_comment_in_a_file_is_read_over() {
    let found = identity_provider(&idp(&(signing(0) + "<!-- the login page -->" + LOGIN))).unwrap();
    assert_eq!(found.signing_keys(), [public(0)]);
}

#[test]
fn a_document_type_declaration_is_refused() {
    let Error::Xml(error) = refusal(&format!("<!DOCTYPE x>{}", idp(&(signing(0) + LOGIN)))) else { panic!() };
    assert_eq!(error.kind, ErrorKind::DocumentType);
}

#[test]
fn an_aggregate_is_refused_by_name() {
    let file = format!(
        r#"<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">{}</md:EntitiesDescriptor>"#,
        idp(&(signing(0) + LOGIN))
    );
    assert_eq!(refusal(&file), Error::Aggregate);
}

#[test]
fn another_message_is_refused() {
    let error = SchemaError::MessageType { expected: "EntityDescriptor", found: "Response".to_owned() };
    assert_eq!(refusal("<samlp:Response xmlns:samlp='urn:oasis:names:tc:SAML:2.0:protocol'/>"), Error::Schema(error));
}

#[test]
fn an_id_that_stands_twice_is_refused() {
    let file = |id: &str| entity("", &role("IDPSSODescriptor", &format!(r#" ID="{id}""#), &(signing(0) + LOGIN)));
    assert!(identity_provider(&file("_2")).is_ok());
    assert_eq!(refusal(&file("_1")), Error::Signature(SignatureError::DuplicateId));
}

#[test]
fn an_entity_without_a_usable_entity_id_is_refused() {
    let file = idp(&(signing(0) + LOGIN));
    let missing = SchemaError::AttributeMissing { element: "EntityDescriptor".to_owned(), attribute: "entityID" };
    assert_eq!(refusal(&file.replace("entityID", "entity")), Error::Schema(missing));
    let unfit = SchemaError::Value { attribute: "entityID", expected: "a URI of 1 to 1024 characters" };
    assert_eq!(refusal(&file.replace(ENTITY, " ")), Error::Schema(unfit.clone()));
    assert_eq!(refusal(&file.replace(ENTITY, &"a".repeat(1025))), Error::Schema(unfit));
    assert_eq!(read(&file.replace(ENTITY, &"a".repeat(1024))).entity_id(), "a".repeat(1024));
}

#[test]
fn metadata_of_another_entity_is_refused() {
    let metadata = read(&idp(&(signing(0) + LOGIN)));
    assert_eq!(metadata.require_entity_id(ENTITY), Ok(()));
    let expected = "https://other.example.nl".to_owned();
    assert_eq!(
        metadata.require_entity_id(&expected),
        Err(Error::EntityMismatch { expected, found: ENTITY.to_owned() })
    );
}

#[test]
fn several_keys_are_read_in_their_order_and_one_that_stands_twice_once() {
    let all = signing(1) + &signing(0) + &descriptor("", &x509(&certificate(1)));
    assert_eq!(identity_provider(&idp(&(all + LOGIN))).unwrap().signing_keys(), [public(1), public(0)]);
}

#[test]
fn a_key_without_use_verifies_and_one_for_encryption_does_not() {
    let with = |attributes: &str| identity_provider(&idp(&(descriptor(attributes, &x509(&certificate(0))) + LOGIN)));
    assert_eq!(with("").unwrap().signing_keys(), [public(0)]);
    let error = Error::NoSigningKey { entity_id: ENTITY.to_owned(), skipped: 0 };
    assert_eq!(with(r#" use="encryption""#), Err(error));
    let error = SchemaError::Value { attribute: "use", expected: "signing or encryption" };
    assert_eq!(with(r#" use="any""#), Err(Error::Schema(error)));
}

#[test]
fn white_space_around_a_key_name_and_in_a_certificate_does_not_count() {
    let text = certificate(0);
    let (first, rest) = text.split_at(64);
    let key_info = format!("<ds:KeyName>\n    one \n</ds:KeyName>{}", x509(&format!("\n  {first}\r\n\t{rest}\n")));
    let found = identity_provider(&idp(&(descriptor("", &key_info) + LOGIN))).unwrap();
    assert_eq!(found.signing_keys(), [public(0)]);
    assert_eq!(found.signing_key_names(), [Some("one".to_owned())]);
}

#[test]
fn keys_that_cannot_be_used_are_skipped_and_reported_as_long_as_one_is_left() {
    let unusable = [
        descriptor("", "<ds:KeyName>a</ds:KeyName>"),
        descriptor("", &format!("<ds:KeyName>b</ds:KeyName>{}", x509("&lt;certificate&gt;"))),
        descriptor("", &x509("AAAA")),
        descriptor("", &x509(WEAK_CERTIFICATE)),
        descriptor("", &(x509(&certificate(1)) + &x509(&certificate(1)))),
    ]
    .concat();
    let found = identity_provider(&idp(&format!("{unusable}{}{LOGIN}", signing(0)))).unwrap();
    assert_eq!(found.signing_keys(), [public(0)]);
    let weak = SignatureError::WeakKey { found: "RSA of 1024 bits".to_owned() };
    let expected = [
        (Some("a"), KeyFault::CertificateCount { found: 0 }),
        (Some("b"), KeyFault::Unusable(SignatureError::Value { element: "X509Certificate" })),
        (None, KeyFault::Unusable(SignatureError::Certificate)),
        (None, KeyFault::Unusable(weak)),
        (None, KeyFault::CertificateCount { found: 2 }),
    ];
    let skipped: Vec<_> = found.skipped_keys().iter().map(|key| (key.key_name.as_deref(), key.fault.clone())).collect();
    assert_eq!(skipped, expected);
    assert_eq!(
        found.skipped_keys().iter().map(|key| key.fault.code()).collect::<Vec<_>>(),
        [
            "metadata_key_certificate_count",
            "signature_value",
            "certificate_unreadable",
            "key_weak",
            "metadata_key_certificate_count",
        ]
    );
    let error = Error::NoSigningKey { entity_id: ENTITY.to_owned(), skipped: 5 };
    assert_eq!(identity_provider(&idp(&(unusable + LOGIN))), Err(error));
}

#[test]
fn an_identity_provider_from_configuration_needs_a_key() {
    let found = IdentityProvider::from_keys(ENTITY, vec![public(0)]).unwrap();
    assert_eq!((found.entity_id(), found.signing_keys()), (ENTITY, &[public(0)][..]));
    let error = Error::NoSigningKey { entity_id: ENTITY.to_owned(), skipped: 0 };
    assert_eq!(IdentityProvider::from_keys(ENTITY, Vec::new()), Err(error));
}

#[test]
fn an_endpoint_with_a_binding_that_is_not_spoken_is_left_out() {
    let other = LOGIN.replace("bindings:HTTP-Redirect", "bindings:URI");
    let found = identity_provider(&idp(&(signing(0) + &other + LOGIN))).unwrap();
    assert_eq!(found.single_sign_on().len(), 1);
}

#[test]
fn an_endpoint_that_is_not_https_is_refused_except_on_the_machine_itself() {
    let with = |location: &str| {
        identity_provider(&idp(&(signing(0) + &LOGIN.replace("https://broker.example.nl/login", location))))
    };
    assert!(with("http://127.0.0.1:8080/login").is_ok());
    for found in ["http://broker.example.nl/login", "javascript:alert(1)"] {
        let error = Error::Location { element: "SingleSignOnService", found: found.to_owned() };
        assert_eq!(with(found), Err(error));
    }
}

#[test]
fn the_earlier_valid_until_of_entity_and_role_counts() {
    let file = |entity_attributes: &str, role_attributes: &str| {
        entity(entity_attributes, &role("IDPSSODescriptor", role_attributes, &(signing(0) + LOGIN)))
    };
    let until = |entity_attributes: &str, role_attributes: &str| {
        identity_provider(&file(entity_attributes, role_attributes)).unwrap().valid_until()
    };
    let (early, late) = (r#" validUntil="2027-04-04T11:33:38.000Z""#, r#" validUntil="2028-01-01T00:00:00Z""#);
    let expected = Some(at("2027-04-04T11:33:38Z"));
    assert_eq!(until(early, late), expected);
    assert_eq!(until(late, early), expected);
    assert_eq!(until("", early), expected);
    assert_eq!(until(early, ""), expected);
    let error = Error::Schema(SchemaError::DateTime { place: "validUntil" });
    assert_eq!(refusal(&file(r#" validUntil="2027-04-04""#, "")), error);
    assert_eq!(identity_provider(&file("", r#" validUntil="never""#)), Err(error));
}

#[test]
fn metadata_is_valid_until_the_moment_that_it_names_and_not_at_it() {
    let role = role("IDPSSODescriptor", "", &(signing(0) + LOGIN));
    let valid_until = at("2027-04-04T11:33:38Z");
    let found = identity_provider(&entity(r#" validUntil="2027-04-04T11:33:38Z""#, &role)).unwrap();
    assert_eq!(found.check_valid(at("2027-04-04T11:33:37Z")), Ok(()));
    let error = found.check_valid(valid_until).unwrap_err();
    assert_eq!(error, Error::Expired { valid_until, at: valid_until });
    assert_eq!(error.code(), "metadata_expired");
    let forever = identity_provider(&entity("", &role)).unwrap();
    assert_eq!(forever.check_valid(at("2999-01-01T00:00:00Z")), Ok(()));
}

#[test]
fn the_file_for_logius_is_told_from_the_identity_provider_metadata() {
    let file = sp("", &(signing(0) + ACS)).replace("/broker/sp/saml", "/broker/authn/digid");
    let error = identity_provider(&file).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected the broker's identity-provider metadata, found service-provider metadata of \
         https://broker.example.nl/broker/authn/digid with assertion consumer service \
         https://broker.example.nl/broker/authn/digid/acs: a broker's file of that kind is the one for Logius"
    );
    assert_eq!(error.code(), "metadata_is_service_provider");
    assert!(read(&file).service_provider().is_ok());
}

#[test]
fn identity_provider_metadata_is_refused_as_that_of_a_service_provider() {
    let error = Error::IsIdentityProvider {
        entity_id: ENTITY.to_owned(),
        single_sign_on_service: "https://broker.example.nl/login".to_owned(),
    };
    assert_eq!(read(&idp(&(signing(0) + LOGIN))).service_provider(), Err(error));
}

#[test]
fn an_entity_with_both_roles_gives_each() {
    let both = role("SPSSODescriptor", "", &(signing(1) + ACS)) + &role("IDPSSODescriptor", "", &(signing(0) + LOGIN));
    let metadata = read(&entity("", &both));
    assert_eq!(metadata.identity_provider().unwrap().signing_keys(), [public(0)]);
    assert_eq!(metadata.service_provider().unwrap().signing_keys(), [public(1)]);
}

#[test]
fn a_role_that_does_not_support_saml_2_is_refused() {
    let file = idp(&(signing(0) + LOGIN));
    let both = file.replace("SAML:2.0:protocol", "SAML:1.1:protocol urn:oasis:names:tc:SAML:2.0:protocol");
    assert!(identity_provider(&both).is_ok());
    let found = "urn:oasis:names:tc:SAML:1.1:protocol".to_owned();
    assert_eq!(
        identity_provider(&file.replace("SAML:2.0:protocol", "SAML:1.1:protocol")),
        Err(Error::Protocol { role: "IDPSSODescriptor", found })
    );
}

#[test]
fn two_roles_of_one_kind_are_refused_unless_one_does_not_support_saml_2() {
    let role = role("IDPSSODescriptor", "", &(signing(0) + LOGIN));
    let error = Error::RoleAmbiguous { role: "IDPSSODescriptor", found: 2 };
    assert_eq!(identity_provider(&entity("", &role.repeat(2))), Err(error));
    let older = role.replace("SAML:2.0:protocol", "SAML:1.1:protocol");
    assert!(identity_provider(&entity("", &(older + &role))).is_ok());
}

#[test]
fn an_entity_with_neither_role_is_refused() {
    let file = entity("", r#"<md:PDPDescriptor protocolSupportEnumeration="urn:x"/>"#);
    let error = Error::RoleMissing { role: "IDPSSODescriptor", entity_id: ENTITY.to_owned() };
    assert_eq!(identity_provider(&file), Err(error));
}

#[test]
fn a_service_provider_is_read_with_its_endpoints_and_flags() {
    let second = ACS.replace("HTTP-Artifact", "HTTP-POST").replace(r#"index="0""#, r#"index="7" isDefault="true""#);
    let paos = ACS.replace("HTTP-Artifact", "PAOS").replace(r#"index="0""#, r#"index="8""#);
    let services = r#"<md:AttributeConsumingService index="1"/><md:AttributeConsumingService index="2"/>"#;
    let file = sp(
        r#" AuthnRequestsSigned="true" WantAssertionsSigned="true""#,
        &(signing(0) + ACS + &second + &paos + services),
    );
    let found = read(&file).service_provider().unwrap();
    assert_eq!(found.entity_id(), ENTITY);
    assert_eq!(found.signing_keys(), [public(0)]);
    assert!(found.authn_requests_signed() && found.want_assertions_signed());
    let indexes: Vec<_> = found.assertion_consumer_services().iter().map(|endpoint| endpoint.index).collect();
    assert_eq!(indexes, [0, 7]);
    assert_eq!(found.default_assertion_consumer_service().unwrap().index, 7);
    assert_eq!(found.attribute_consuming_service_indexes(), [1, 2]);
}

#[test]
fn a_service_provider_may_be_without_keys_only_when_it_does_not_sign() {
    let found = read(&sp("", ACS)).service_provider().unwrap();
    assert_eq!(found.signing_keys(), []);
    assert!(!found.authn_requests_signed() && !found.want_assertions_signed());
    let error = |skipped| Err(Error::NoSigningKey { entity_id: ENTITY.to_owned(), skipped });
    assert_eq!(read(&sp(r#" AuthnRequestsSigned="true""#, ACS)).service_provider(), error(0));
    let unusable = descriptor(r#" use="signing""#, &x509("AAAA"));
    assert_eq!(read(&sp("", &(unusable + ACS))).service_provider(), error(1));
}

#[test]
fn a_service_provider_without_an_assertion_consumer_service_is_refused() {
    let error = Error::ElementMissing { element: "AssertionConsumerService" };
    assert_eq!(read(&sp("", &signing(0))).service_provider(), Err(error));
}

#[test]
fn an_index_that_is_missing_twice_there_or_no_number_is_refused() {
    let with = |second: &str| read(&sp("", &(ACS.to_owned() + second))).service_provider();
    assert!(with(&ACS.replace(r#"index="0""#, r#"index="65535""#)).is_ok());
    assert_eq!(with(ACS), Err(Error::DuplicateIndex { element: "AssertionConsumerService", index: 0 }));
    let unfit = SchemaError::Value { attribute: "index", expected: "a number from 0 to 65535" };
    for text in ["", "-1", "+1", "65536", "x"] {
        let second = ACS.replace(r#"index="0""#, &format!(r#"index="{text}""#));
        assert_eq!(with(&second), Err(Error::Schema(unfit.clone())), "{text}");
    }
    let missing = SchemaError::AttributeMissing { element: "AssertionConsumerService".to_owned(), attribute: "index" };
    assert_eq!(with(&ACS.replace(r#"index="0""#, "")), Err(Error::Schema(missing)));
}

#[test]
fn a_file_signed_by_a_pinned_key_is_read_and_one_by_another_key_is_refused() {
    let file = sign(&idp(&(signing(1) + LOGIN)), key(0), &SignOptions::default()).unwrap();
    let metadata = verify(&file, &[public(0)]).unwrap();
    assert!(metadata.is_signed());
    assert_eq!(metadata.key_fingerprint(), Some(public(0).sha256_fingerprint()));
    assert_eq!(metadata.identity_provider().unwrap().signing_keys(), [public(1)]);
    // The signature's own KeyInfo holds the certificate of key 0, and the role that of key 1.
    let other = SigningKey::generate_self_signed(2048, "three", 0, 4_000_000_000).unwrap();
    let error = verify(&file, &[other.verifying_key().clone()]).unwrap_err();
    assert_eq!(error, Error::Signature(SignatureError::SignatureInvalid { keys: 1 }));
    assert_eq!(verify(&file, &[]).unwrap_err(), Error::Signature(SignatureError::NoKey));
}

#[test]
fn a_file_without_a_signature_is_read_only_by_the_door_that_says_so() {
    let file = idp(&(signing(0) + LOGIN));
    let metadata = read(&file);
    assert_eq!((metadata.is_signed(), metadata.key_fingerprint()), (false, None));
    assert_eq!(verify(&file, &[public(0)]).unwrap_err(), Error::Signature(SignatureError::SignatureMissing));
}

#[test]
fn a_changed_file_is_refused() {
    let file = sign(&idp(&(signing(0) + LOGIN)), key(0), &SignOptions::default()).unwrap();
    let changed = file.replace("broker.example.nl/login", "broker.example.nl/other");
    assert_eq!(verify(&changed, &[public(0)]).unwrap_err(), Error::Signature(SignatureError::DigestMismatch));
}

#[test]
fn the_signature_of_an_entity_inside_another_does_not_count_for_the_outer_one() {
    let inner = sign(&idp(&(signing(0) + LOGIN)), key(0), &SignOptions::default()).unwrap();
    let evil = role("IDPSSODescriptor", "", &(signing(1) + LOGIN));
    let file =
        entity("", &format!("<md:Extensions>{inner}</md:Extensions>{evil}")).replacen(r#"ID="_1""#, r#"ID="_2""#, 1);
    assert_eq!(verify(&file, &[public(0)]).unwrap_err(), Error::Signature(SignatureError::SignatureMissing));
    let aggregate = format!(
        r#"<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">{inner}</md:EntitiesDescriptor>"#
    );
    assert_eq!(verify(&aggregate, &[public(0)]).unwrap_err(), Error::Aggregate);
}

#[test]
fn a_signature_of_the_role_only_does_not_cover_the_entity() {
    let role = role("IDPSSODescriptor", r#" ID="_2""#, &(signing(0) + LOGIN)).replacen(
        "<md:IDPSSODescriptor",
        r#"<md:IDPSSODescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#""#,
        1,
    );
    let file = entity("", &sign(&role, key(0), &SignOptions::default()).unwrap());
    assert!(identity_provider(&file).is_ok());
    assert_eq!(verify(&file, &[public(0)]).unwrap_err(), Error::Signature(SignatureError::SignatureMissing));
}

/// A self-signed certificate with an RSA key of 1024 bits, made for this test; its private key was thrown away.
const WEAK_CERTIFICATE: &str = "\
    MIIB/DCCAWWgAwIBAgIUJLD5rWqrJ0mv2bmasybbM8oTSmUwDQYJKoZIhvcNAQELBQAwDzENMAsGA1UEAwwEd2VhazAgFw0yNjEx\
    MjMyMDE0MzBaGA8yMDU0MDQxMDIwMTQzMFowDzENMAsGA1UEAwwEd2VhazCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEAwER8\
    79ckPVkqUcjLPwHJdIzVK4qfCu/ZsYIoAiw1+TBkqYFPwiZ360/KFG7rGxLMMrS8SDQhCt+tJeaiXlBUiX9sro3tjkADHL2Htd8i\
    +ZJbg/FuA0AT9IVPkV6BLi3Gr8lOfRGxEJMIglyYTYQ7l7h8TO+bHwy4ETvIdBBY9VcCAwEAAaNTMFEwHQYDVR0OBBYEFEewy2Qj\
    Akg4muRr98ClcgNrawxmMB8GA1UdIwQYMBaAFEewy2QjAkg4muRr98ClcgNrawxmMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcN\
    AQELBQADgYEAB0EhIHwKayuyq3anqehRp4xjy9/Qwi/8VXsZb5NPPJjM7yK15GJpRPlYUvWMdhyXF0FYQ9VQsGa5BnXpDeAnchfS\
    NTEL497IG37Thib8iFlaHJWW78Am1XcnC9FSYXGg3FRJCA1HahBf4n9A2YAy9OmsBFd8mffGltP4ByHsntc=";

#[test]
fn a_key_for_encryption_or_without_use_may_be_encrypted_to() {
    let found = |usage: &str| {
        let keys = signing(0) + &descriptor(usage, &x509(&certificate(1)));
        identity_provider(&idp(&(keys + LOGIN))).unwrap().encryption_keys().to_vec()
    };
    assert_eq!(found(r#" use="encryption""#), [public(1)]);
    assert_eq!(found(""), [public(1)]);
    assert_eq!(found(r#" use="signing""#), []);
}

#[test]
fn name_id_formats_are_read_in_their_order() {
    let formats = "<md:NameIDFormat> urn:b </md:NameIDFormat><md:NameIDFormat>urn:a</md:NameIDFormat>";
    let found = identity_provider(&idp(&(signing(0) + formats + LOGIN))).unwrap();
    assert_eq!(found.name_id_formats(), ["urn:b", "urn:a"]);
}
