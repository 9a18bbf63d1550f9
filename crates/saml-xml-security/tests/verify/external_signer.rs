//! A private key that lives elsewhere signs what one of our own would.

use std::sync::Arc;

use openssl::nid::Nid;
use saml_xml::ParseOptions;
use saml_xml_security::{
    AlgorithmPolicy, Error, ExternalSigner, SignOptions, SignatureAlgorithm, SigningKey, sign, sign_octets, verify,
};

use crate::by_hand::{ec_key, key, other_key, parse};

/// Stands for a token: it holds a key that nobody else sees, and does with the signature what a test asks for.
struct Token {
    key: SigningKey,
    finish: fn(Vec<u8>) -> Result<Vec<u8>, Error>,
}

impl ExternalSigner for Token {
    fn sign(&self, octets: &[u8], algorithm: SignatureAlgorithm) -> Result<Vec<u8>, Error> {
        (self.finish)(sign_octets(octets, algorithm, &self.key)?)
    }
}

fn external(
    certificate_of: &SigningKey,
    key: &SigningKey,
    finish: fn(Vec<u8>) -> Result<Vec<u8>, Error>,
) -> SigningKey {
    let certificate = certificate_of.verifying_key().certificate_pem().unwrap();
    SigningKey::external(Arc::new(Token { key: key.clone(), finish }), &certificate).unwrap()
}

fn signed(key: &SigningKey) -> Result<Vec<u8>, Error> {
    sign_octets(b"octets", SignatureAlgorithm::RsaSha256, key)
}

#[test]
#[cfg_attr(feature = "xmlsec", ignore = "libxmlsec1 1.2 does not know RSA-PSS")]
fn what_a_token_signs_is_verified_with_its_certificate() {
    let elliptic = ec_key(Nid::X9_62_PRIME256V1).unwrap();
    for (inner, signature) in [
        (key(), SignatureAlgorithm::RsaSha256),
        (key(), SignatureAlgorithm::RsaPssSha512),
        (&elliptic, SignatureAlgorithm::EcdsaSha256),
    ] {
        let outer = external(inner, inner, Ok);
        let options = SignOptions { signature, ..SignOptions::default() };
        let signed = sign("<a ID='_1'>text</a>", &outer, &options).unwrap();
        let keys = [inner.verifying_key().clone()];
        let verified = verify(parse(&signed).root(), &keys, &AlgorithmPolicy::modern(), &ParseOptions::message());
        assert_eq!(verified.unwrap().algorithm(), signature);
    }
}

#[test]
fn a_token_with_the_key_of_another_certificate_is_noticed() {
    assert!(signed(&external(key(), key(), Ok)).is_ok());
    let error = signed(&external(key(), other_key(), Ok)).unwrap_err();
    assert_eq!((error.code(), error), ("key_mismatch", Error::KeyMismatch));
}

#[test]
fn a_signature_that_a_fault_spoiled_is_not_given_away() {
    let spoil = |mut signature: Vec<u8>| {
        signature[7] ^= 1;
        Ok(signature)
    };
    assert_eq!(signed(&external(key(), key(), Ok)), signed(key()));
    assert_eq!(signed(&external(key(), key(), spoil)), Err(Error::KeyMismatch));
    assert_eq!(signed(&external(key(), key(), |_| Ok(Vec::new()))), Err(Error::KeyMismatch));
}

#[test]
fn what_the_token_says_is_passed_on() {
    let error = Error::Crypto { operation: "ask the token" };
    let refusing = external(key(), key(), |_| Err(Error::Crypto { operation: "ask the token" }));
    assert_eq!(signed(&refusing), Err(error));
}

#[test]
fn a_token_is_not_asked_for_an_algorithm_that_its_certificate_does_not_fit() {
    let outer = external(key(), key(), |_| panic!("the token was asked"));
    let algorithm = SignatureAlgorithm::EcdsaSha256;
    assert_eq!(sign_octets(b"octets", algorithm, &outer), Err(Error::KeyType { algorithm: algorithm.uri() }));
}

#[test]
fn a_key_that_lives_elsewhere_cannot_be_written() {
    assert!(key().private_key_pem().is_ok());
    let outer = external(key(), key(), Ok);
    let operation = "write a private key that lives elsewhere";
    assert_eq!(outer.private_key_pem(), Err(Error::Crypto { operation }));
    assert_eq!(format!("{outer:?}"), format!("SigningKey({})", key().verifying_key().sha256_fingerprint()));
}

#[test]
fn a_token_needs_a_certificate() {
    let token = || Arc::new(Token { key: key().clone(), finish: Ok });
    let certificate = key().verifying_key().certificate_pem().unwrap();
    assert!(SigningKey::external(token(), &certificate).is_ok());
    assert_eq!(SigningKey::external(token(), b"").unwrap_err(), Error::Certificate);
}
