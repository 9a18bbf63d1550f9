//! Which keys and certificates can be used at all.

use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey};
use openssl::pkey_ctx::PkeyCtx;
use openssl::rsa::Rsa;
use openssl::symm::Cipher;
use openssl::x509::X509;
use saml_xml_security::{
    DecryptionKey, Error, SignatureAlgorithm, SigningKey, VerifyingKey, random_bytes, sign_octets, verify_octets,
};

use crate::by_hand::{ByHand, certificate_pem, ec_key, key, other_key, verdict, verified_with};

fn weak(found: &str) -> Error {
    Error::WeakKey { found: found.to_owned() }
}

#[test]
fn a_message_of_another_key_is_rejected() {
    let xml = ByHand::default().xml();
    let with = |keys: &[VerifyingKey]| verified_with(&xml, keys).map(|_| ());
    let [genuine, other] = [key(), other_key()].map(|key| key.verifying_key().clone());
    assert_eq!(with(std::slice::from_ref(&genuine)), Ok(()));
    assert_eq!(with(std::slice::from_ref(&other)), Err(Error::SignatureInvalid { keys: 1 }));
    assert_eq!(with(&[]), Err(Error::NoKey));
    assert_eq!(
        with(&[ec_key(Nid::SECP384R1).unwrap().verifying_key().clone()]),
        Err(Error::KeyType { algorithm: SignatureAlgorithm::RsaSha256.uri() })
    );
    let verified = verified_with(&xml, &[other, genuine.clone()]).unwrap();
    assert_eq!(verified.key_fingerprint(), genuine.sha256_fingerprint());
    assert_eq!(verdict(&xml), Ok(()));
}

#[test]
fn a_short_rsa_key_is_rejected() {
    let with = |bits| {
        let key = PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap();
        let certificate = certificate_pem(&key);
        VerifyingKey::from_certificate_pem(&certificate)?;
        VerifyingKey::from_certificate_der(&X509::from_pem(&certificate).unwrap().to_der().unwrap())?;
        SigningKey::from_pem(&key.private_key_to_pem_pkcs8().unwrap(), &certificate).map(|_| ())
    };
    assert_eq!(with(2048), Ok(()));
    assert_eq!(with(2047), Err(weak("RSA of 2047 bits")));
    assert_eq!(with(1024), Err(weak("RSA of 1024 bits")));
    let generated = SigningKey::generate_self_signed(1024, "short", 0, 1);
    assert_eq!(generated.unwrap_err(), weak("RSA of 1024 bits"));
}

#[test]
fn other_curves_and_other_kinds_of_key_are_rejected() {
    for curve in [Nid::X9_62_PRIME256V1, Nid::SECP384R1, Nid::SECP521R1] {
        assert!(ec_key(curve).is_ok());
    }
    for curve in [Nid::SECP256K1, Nid::SECP224R1, Nid::BRAINPOOL_P256R1] {
        assert_eq!(ec_key(curve).unwrap_err(), weak("an elliptic curve that is not allowed"));
    }
    let edwards = PKey::generate_ed25519().unwrap();
    let certificate = certificate_pem(&edwards);
    assert_eq!(VerifyingKey::from_certificate_pem(&certificate), Err(weak("another kind of key")));
}

#[test]
fn a_key_made_for_pss_takes_pss_only() {
    let mut context = PkeyCtx::new_id(Id::RSA_PSS).unwrap();
    context.keygen_init().unwrap();
    context.set_rsa_keygen_bits(2048).unwrap();
    let private = context.keygen().unwrap();
    let key = SigningKey::from_pem(&private.private_key_to_pem_pkcs8().unwrap(), &certificate_pem(&private)).unwrap();
    let trusted = [key.verifying_key().clone()];
    let signature = sign_octets(b"octets", SignatureAlgorithm::RsaPssSha256, &key).unwrap();
    assert!(verify_octets(b"octets", &signature, SignatureAlgorithm::RsaPssSha256, &trusted).is_ok());
    let refused = Error::KeyType { algorithm: SignatureAlgorithm::RsaSha256.uri() };
    assert_eq!(verify_octets(b"octets", &signature, SignatureAlgorithm::RsaSha256, &trusted), Err(refused.clone()));
    assert_eq!(sign_octets(b"octets", SignatureAlgorithm::RsaSha256, &key), Err(refused));
}

#[test]
fn an_error_of_openssl_is_no_signature() {
    let trusted = [VerifyingKey::from_certificate_pem(PSS_SHA256_ONLY).unwrap()];
    // With SHA-512 OpenSSL refuses the key before it looks at the signature.
    for algorithm in [SignatureAlgorithm::RsaPssSha256, SignatureAlgorithm::RsaPssSha512] {
        let refused = Err(Error::SignatureInvalid { keys: 1 });
        assert_eq!(verify_octets(b"octets", &[1; 256], algorithm, &trusted), refused);
    }
}

#[test]
fn the_private_key_of_another_certificate_is_rejected() {
    let private = key().private_key_pem().unwrap();
    let with = |certificate: &VerifyingKey| {
        SigningKey::from_pem(&private, &certificate.certificate_pem().unwrap()).map(|_| ())
    };
    assert_eq!(with(key().verifying_key()), Ok(()));
    assert_eq!(with(other_key().verifying_key()), Err(Error::KeyMismatch));
    assert_eq!(with(ec_key(Nid::X9_62_PRIME256V1).unwrap().verifying_key()), Err(Error::KeyMismatch));
}

#[test]
fn what_is_no_key_or_certificate_is_rejected() {
    let private = key().private_key_pem().unwrap();
    let certificate = key().verifying_key().certificate_pem().unwrap();
    let with = |private: &[u8], certificate: &[u8]| SigningKey::from_pem(private, certificate).map(|_| ());
    assert_eq!(with(&private, &certificate), Ok(()));
    assert_eq!(with(b"", &certificate), Err(Error::PrivateKey));
    assert_eq!(with(&certificate, &certificate), Err(Error::PrivateKey));
    assert_eq!(with(&private, b""), Err(Error::Certificate));
    assert_eq!(with(&private, &private), Err(Error::Certificate));
    assert_eq!(VerifyingKey::from_certificate_der(&certificate), Err(Error::Certificate));
    assert_eq!(VerifyingKey::from_certificate_der(b""), Err(Error::Certificate));
}

#[test]
fn both_forms_of_a_private_key_are_read_and_an_encrypted_one_is_not() {
    let private = PKey::private_key_from_pem(&key().private_key_pem().unwrap()).unwrap();
    let certificate = key().verifying_key().certificate_pem().unwrap();
    let with = |private: &[u8]| SigningKey::from_pem(private, &certificate).map(|_| ());
    assert_eq!(with(&private.private_key_to_pem_pkcs8().unwrap()), Ok(()));
    assert_eq!(with(&private.rsa().unwrap().private_key_to_pem().unwrap()), Ok(()));
    let encrypted = private.private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), b"secret").unwrap();
    assert_eq!(with(&encrypted), Err(Error::PrivateKey));
}

#[test]
fn a_certificate_says_what_it_is() {
    let key = SigningKey::generate_self_signed(2048, "portal", 1_700_000_000, 1_800_000_000).unwrap();
    let public = key.verifying_key();
    let certificate = X509::from_der(&public.certificate_der().unwrap()).unwrap();
    let fingerprint =
        |digest| -> String { certificate.digest(digest).unwrap().iter().map(|byte| format!("{byte:02x}")).collect() };
    assert_eq!(public.sha1_fingerprint(), fingerprint(MessageDigest::sha1()));
    assert_eq!(public.sha256_fingerprint(), fingerprint(MessageDigest::sha256()));
    assert_eq!(public.validity(), (1_700_000_000, 1_800_000_000));
    assert_eq!(public.subject(), "CN=portal");
    assert_eq!(VerifyingKey::from_certificate_pem(&public.certificate_pem().unwrap()).as_ref(), Ok(public));
    // Nothing of the private key may reach a log.
    assert_eq!(format!("{key:?}"), format!("SigningKey({})", public.sha256_fingerprint()));
}

#[test]
fn keys_are_equal_only_when_their_certificates_are() {
    let other = SigningKey::generate_self_signed(2048, "portal", 0, 4_000_000_000).unwrap();
    assert!(key().verifying_key() == &key().verifying_key().clone());
    assert!(key().verifying_key() != other.verifying_key());
    let public = other.verifying_key();
    assert_eq!(format!("{public:?}"), format!("VerifyingKey({})", public.sha256_fingerprint()));
}

#[test]
fn a_decryption_key_shows_nothing_of_itself() {
    let key = DecryptionKey::from_pem(&key().private_key_pem().unwrap()).unwrap();
    assert_eq!(format!("{key:?}"), "DecryptionKey(redacted)");
}

#[test]
fn random_bytes_are_other_bytes_each_time() {
    let bytes = || random_bytes::<16>().unwrap();
    assert_ne!(bytes(), bytes());
}

/// The key is bound to SHA-256; nothing needs its private half, which was not kept. Made with OpenSSL 3:
///
/// `openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha256 -pkeyopt
/// rsa_pss_keygen_mgf1_md:sha256 -pkeyopt rsa_pss_keygen_saltlen:32 -out pss.key` and `openssl req -x509 -new -key
/// pss.key -subj "/CN=pss sha256 only" -days 36500 -out pss_sha256_only.pem`
const PSS_SHA256_ONLY: &[u8] = include_bytes!("pss_sha256_only.pem");
