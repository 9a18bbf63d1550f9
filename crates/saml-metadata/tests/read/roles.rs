//! Which role an entity has, and what is read of it besides keys.

use saml_metadata::Error;
use saml_protocol::Error as SchemaError;

use crate::{ACS, ENTITY, LOGIN, descriptor, entity, identity_provider, idp, public, read, role, signing, sp, x509};

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
fn an_identity_provider_without_a_single_sign_on_service_is_refused() {
    let error = SchemaError::ElementMissing {
        parent: "IDPSSODescriptor".to_owned(),
        expected: "SingleSignOnService",
        found: "nothing".to_owned(),
    };
    assert_eq!(identity_provider(&idp(&signing(0))), Err(Error::Schema(error)));
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
fn name_id_formats_are_read_in_their_order() {
    let formats = "<md:NameIDFormat> urn:b </md:NameIDFormat><md:NameIDFormat>urn:a</md:NameIDFormat>";
    let found = identity_provider(&idp(&(signing(0) + formats + LOGIN))).unwrap();
    assert_eq!(found.name_id_formats(), ["urn:b", "urn:a"]);
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
