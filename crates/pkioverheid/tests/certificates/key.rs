//! Private keys in every form, and the certificate that belongs to each.

use openssl::ec::{EcGroup, EcKey};
use openssl::nid::Nid;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::PKey;
use openssl::stack::Stack;
use openssl::symm::Cipher;
use pkioverheid::{Certificate, Error, KeyPair, PrivateKey};
use saml_xml_security::{SignatureAlgorithm, SigningKey, sign_octets, verify_octets};

use crate::world::{G1, G1_PAIR, G4_PAIR, pkey, rsa, x509};

const SECRET: &str = "correct horse";

fn read(key: &[u8], passphrase: Option<&str>) -> Result<u32, Error> {
    PrivateKey::read(key, passphrase).map(|key| key.bits())
}

#[test]
fn a_private_key_is_read_in_every_form() {
    let key = pkey(G1_PAIR.private_key());
    let rsa = key.rsa().unwrap();
    let plain = [
        key.private_key_to_pem_pkcs8().unwrap(),
        key.private_key_to_pkcs8().unwrap(),
        rsa.private_key_to_pem().unwrap(),
        rsa.private_key_to_der().unwrap(),
    ];
    for form in plain {
        assert_eq!(read(&form, None), Ok(2048));
        assert_eq!(read(&form, Some("not needed")), Ok(2048));
    }
}

#[test]
fn an_encrypted_key_needs_its_passphrase() {
    let key = pkey(G1_PAIR.private_key());
    let cipher = Cipher::aes_256_cbc;
    let encrypted = [
        key.private_key_to_pem_pkcs8_passphrase(cipher(), SECRET.as_bytes()).unwrap(),
        key.private_key_to_pkcs8_passphrase(cipher(), SECRET.as_bytes()).unwrap(),
        key.rsa().unwrap().private_key_to_pem_passphrase(cipher(), SECRET.as_bytes()).unwrap(),
    ];
    for form in encrypted {
        assert_eq!(read(&form, Some(SECRET)), Ok(2048));
        for wrong in [None, Some(""), Some("correct house"), Some("correct horse\0")] {
            let error = read(&form, wrong).unwrap_err();
            assert_eq!((error.code(), error), ("passphrase", Error::Passphrase));
        }
    }
}

#[test]
fn what_is_no_key_is_rejected() {
    let key = pkey(G1_PAIR.private_key()).private_key_to_pkcs8().unwrap();
    assert_eq!(read(&key, None), Ok(2048));
    let certificate = G1_PAIR.certificate();
    let wrong: [&[u8]; 7] = [
        b"",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        &[0x30, 0x82],
        &key[..key.len() - 1],
        &certificate.to_pem().unwrap(),
        &certificate.to_der().unwrap(),
        &pkey(G1_PAIR.private_key()).public_key_to_pem().unwrap(),
    ];
    for bytes in wrong {
        let error = read(bytes, None).unwrap_err();
        assert_eq!((error.code(), error), ("private_key_unreadable", Error::PrivateKey));
    }
}

#[test]
fn a_key_under_2048_bits_is_rejected() {
    assert_eq!(read(&rsa(2048).private_key_to_pem_pkcs8().unwrap(), None), Ok(2048));
    let error = read(&rsa(1024).private_key_to_pem_pkcs8().unwrap(), None).unwrap_err();
    assert_eq!((error.code(), error), ("key_weak", Error::KeyWeak { expected: 2048, found: 1024 }));
    assert_eq!(PrivateKey::generate(2048).unwrap().bits(), 2048);
    assert_eq!(PrivateKey::generate(2047).unwrap_err(), Error::KeyWeak { expected: 2048, found: 2047 });
}

#[test]
fn a_key_that_is_not_rsa_is_rejected() {
    let curve = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let elliptic = PKey::from_ec_key(EcKey::generate(&curve).unwrap()).unwrap();
    let error = read(&elliptic.private_key_to_pem_pkcs8().unwrap(), None).unwrap_err();
    assert_eq!((error.code(), error), ("key_kind", Error::KeyKind));
}

#[test]
fn a_key_and_its_certificate_belong_together() {
    let key = G1_PAIR.private_key().to_pem().unwrap();
    let pair = |certificate: &Certificate| KeyPair::read(&key, None, &certificate.to_pem().unwrap()).map(|_| ());
    assert_eq!(pair(G1_PAIR.certificate()), Ok(()));
    let error = pair(G4_PAIR.certificate()).unwrap_err();
    assert_eq!((error.code(), error), ("key_mismatch", Error::KeyMismatch));
}

#[test]
fn the_first_certificate_of_a_file_is_that_of_the_key_and_the_others_are_its_issuers() {
    let key = G1_PAIR.private_key().to_pem().unwrap();
    let leaf = G1_PAIR.certificate().to_pem().unwrap();
    let issuers: Vec<u8> = G1.authorities().iter().flat_map(|issuer| issuer.to_pem().unwrap()).collect();
    let pair = KeyPair::read(&key, None, &[leaf.as_slice(), &issuers].concat()).unwrap();
    assert_eq!((pair.certificate(), pair.issuers()), (G1_PAIR.certificate(), G1.authorities()));
    let reversed = KeyPair::read(&key, None, &[issuers.as_slice(), &leaf].concat());
    assert_eq!(reversed.unwrap_err(), Error::KeyMismatch);
}

fn archive(with_key: bool, with_certificate: bool) -> Vec<u8> {
    let (key, certificate) = (pkey(G4_PAIR.private_key()), x509(G4_PAIR.certificate()));
    let mut issuers = Stack::new().unwrap();
    for issuer in G4_PAIR.issuers() {
        issuers.push(x509(issuer)).unwrap();
    }
    let mut builder = Pkcs12::builder();
    builder.ca(issuers);
    if with_key {
        builder.pkey(&key);
    }
    if with_certificate {
        builder.cert(&certificate);
    }
    builder.build2(SECRET).unwrap().to_der().unwrap()
}

#[test]
fn a_pkcs12_archive_gives_the_key_its_certificate_and_the_issuers() {
    let pair = KeyPair::from_pkcs12(&archive(true, true), SECRET).unwrap();
    assert_eq!(pair.certificate(), G4_PAIR.certificate());
    assert_eq!(pair.private_key().to_pem(), G4_PAIR.private_key().to_pem());
    assert_eq!(pair.issuers().len(), 3);
    assert!(pair.issuers().iter().all(|issuer| G4_PAIR.issuers().contains(issuer)));
}

#[test]
fn a_pkcs12_archive_needs_its_passphrase() {
    for wrong in ["", "correct house", "correct horse\0"] {
        assert_eq!(KeyPair::from_pkcs12(&archive(true, true), wrong).unwrap_err(), Error::Passphrase);
    }
}

#[test]
fn a_pkcs12_archive_without_a_key_or_its_certificate_is_rejected() {
    let read = |bytes: &[u8]| KeyPair::from_pkcs12(bytes, SECRET).map(|_| ());
    assert_eq!(read(&archive(true, true)), Ok(()));
    let error = read(&archive(false, false)).unwrap_err();
    assert_eq!((error.code(), error), ("archive_unreadable", Error::Archive { expected: "a private key" }));
    assert_eq!(read(&archive(true, false)), Err(Error::Archive { expected: "the key's certificate" }));
    assert_eq!(read(b""), Err(Error::Archive { expected: "a readable form" }));
    assert_eq!(read(&archive(true, true)[1..]), Err(Error::Archive { expected: "a readable form" }));
}

#[test]
fn nothing_of_a_private_key_is_shown() {
    assert_eq!(format!("{:?}", G1_PAIR.private_key()), "PrivateKey(redacted)");
    let shown = format!("{:?}", *G1_PAIR);
    assert!(shown.contains("PrivateKey(redacted)") && !shown.contains("PRIVATE"), "{shown}");
}

#[test]
fn a_key_pair_signs_messages() {
    let (key, certificate) = (G4_PAIR.private_key().to_pem().unwrap(), G4_PAIR.certificate().to_pem().unwrap());
    let key = SigningKey::from_pem(&key, &certificate).unwrap();
    let signature = sign_octets(b"octets", SignatureAlgorithm::RsaSha256, &key).unwrap();
    let keys = [key.verifying_key().clone()];
    assert!(verify_octets(b"octets", &signature, SignatureAlgorithm::RsaSha256, &keys).is_ok());
    assert_eq!(G4_PAIR.certificate().sha1_key_name().unwrap(), key.verifying_key().sha1_fingerprint());
    assert_eq!(G4_PAIR.certificate().sha256_key_name().unwrap(), key.verifying_key().sha256_fingerprint());
}
