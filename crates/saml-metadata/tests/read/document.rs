//! The file as a whole: what the schema lets stand there, whose it is, and until when.

use saml_metadata::{Endpoint, Error, IndexedEndpoint};
use saml_protocol::{Binding, Error as SchemaError};
use saml_xml::ErrorKind;
use saml_xml_security::Error as SignatureError;

use crate::{
    ENTITY, LOGIN, at, descriptor, entity, identity_provider, idp, public, read, refusal, role, signing, x509,
};

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
