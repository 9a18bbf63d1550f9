//! Whose signature makes a file believed.

use saml_metadata::Error;
use saml_xml_security::{Error as SignatureError, SignOptions, SigningKey, sign};

use crate::{LOGIN, entity, identity_provider, idp, key, public, read, role, signing, verify};

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
