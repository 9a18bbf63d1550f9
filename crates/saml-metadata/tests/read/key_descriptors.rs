//! Which keys of a role are used, and which are skipped.

use saml_metadata::{Error, IdentityProvider, KeyFault};
use saml_protocol::Error as SchemaError;
use saml_xml_security::Error as SignatureError;

use crate::{ENTITY, LOGIN, certificate, descriptor, identity_provider, idp, public, signing, x509};

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

/// A self-signed certificate with an RSA key of 1024 bits, made for this test; its private key was thrown away.
const WEAK_CERTIFICATE: &str = "\
    MIIB/DCCAWWgAwIBAgIUJLD5rWqrJ0mv2bmasybbM8oTSmUwDQYJKoZIhvcNAQELBQAwDzENMAsGA1UEAwwEd2VhazAgFw0yNjEx\
    MjMyMDE0MzBaGA8yMDU0MDQxMDIwMTQzMFowDzENMAsGA1UEAwwEd2VhazCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEAwER8\
    79ckPVkqUcjLPwHJdIzVK4qfCu/ZsYIoAiw1+TBkqYFPwiZ360/KFG7rGxLMMrS8SDQhCt+tJeaiXlBUiX9sro3tjkADHL2Htd8i\
    +ZJbg/FuA0AT9IVPkV6BLi3Gr8lOfRGxEJMIglyYTYQ7l7h8TO+bHwy4ETvIdBBY9VcCAwEAAaNTMFEwHQYDVR0OBBYEFEewy2Qj\
    Akg4muRr98ClcgNrawxmMB8GA1UdIwQYMBaAFEewy2QjAkg4muRr98ClcgNrawxmMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcN\
    AQELBQADgYEAB0EhIHwKayuyq3anqehRp4xjy9/Qwi/8VXsZb5NPPJjM7yK15GJpRPlYUvWMdhyXF0FYQ9VQsGa5BnXpDeAnchfS\
    NTEL497IG37Thib8iFlaHJWW78Am1XcnC9FSYXGg3FRJCA1HahBf4n9A2YAy9OmsBFd8mffGltP4ByHsntc=";
