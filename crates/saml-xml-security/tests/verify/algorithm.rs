//! The nine signature algorithms, each with the keys that it takes.

use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::rsa::Padding;
use openssl::sign::{RsaPssSaltlen, Signer};
use saml_xml::ParseOptions;
use saml_xml_security::{
    AlgorithmPolicy, DigestAlgorithm, Error, SignOptions, SignatureAlgorithm, SigningKey, VerifyingKey, sign,
    sign_octets, verify, verify_octets,
};

use crate::by_hand::{certificate_pem, ec_key, ec_private_key, key, other_key, parse};

fn round_trip(algorithm: SignatureAlgorithm, digest: DigestAlgorithm, key: &SigningKey) {
    let options = SignOptions { signature: algorithm, digest, ..SignOptions::default() };
    let signed = sign("<a ID='_1'>text</a>", key, &options).unwrap();
    let outcome = |xml: &str, policy: &AlgorithmPolicy| {
        verify(parse(xml).root(), &[key.verifying_key().clone()], policy, &ParseOptions::message())
    };
    let verified = outcome(&signed, &AlgorithmPolicy::modern()).unwrap();
    assert_eq!((verified.algorithm(), verified.root().text().unwrap()), (algorithm, "text"));
    let changed = signed.replace(">text<", ">texu<");
    assert_eq!(outcome(&changed, &AlgorithmPolicy::modern()).unwrap_err(), Error::DigestMismatch);
}

#[test]
#[cfg_attr(feature = "xmlsec", ignore = "libxmlsec1 1.2 does not know RSA-PSS")]
fn what_is_signed_with_rsa_is_verified() {
    for algorithm in RSA {
        round_trip(algorithm, DigestAlgorithm::Sha256, key());
    }
}

#[test]
fn what_is_signed_with_an_elliptic_curve_is_verified() {
    for (curve, _) in CURVES {
        let key = ec_key(curve).unwrap();
        for algorithm in ECDSA {
            round_trip(algorithm, DigestAlgorithm::Sha256, &key);
        }
    }
}

#[test]
fn what_is_signed_with_each_digest_is_verified() {
    for digest in [DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512] {
        round_trip(SignatureAlgorithm::RsaSha256, digest, key());
    }
}

#[test]
fn a_signature_holds_for_its_own_octets_and_algorithm_only() {
    let trusted = [key().verifying_key().clone()];
    for algorithm in RSA {
        let signature = sign_octets(b"octets", algorithm, key()).unwrap();
        for claimed in RSA {
            let outcome = verify_octets(b"octets", &signature, claimed, &trusted);
            let expected =
                if claimed == algorithm { Ok(&trusted[0]) } else { Err(Error::SignatureInvalid { keys: 1 }) };
            assert_eq!(outcome, expected, "{algorithm:?} as {claimed:?}");
        }
        let refused = Err(Error::SignatureInvalid { keys: 1 });
        assert_eq!(verify_octets(b"octetS", &signature, algorithm, &trusted), refused);
        assert_eq!(verify_octets(b"octets", &signature[1..], algorithm, &trusted), refused);
        assert_eq!(verify_octets(b"octets", &[], algorithm, &trusted), refused);
    }
}

#[test]
fn an_ecdsa_signature_is_two_numbers_of_fixed_width() {
    for (curve, width) in CURVES {
        let private = ec_private_key(curve);
        let certificate = certificate_pem(&private);
        let key = SigningKey::from_pem(&private.private_key_to_pem_pkcs8().unwrap(), &certificate).unwrap();
        let trusted = [key.verifying_key().clone()];
        let check = |signature: &[u8]| {
            verify_octets(b"octets", signature, SignatureAlgorithm::EcdsaSha256, &trusted).map(|_| ())
        };
        let raw = sign_octets(b"octets", SignatureAlgorithm::EcdsaSha256, &key).unwrap();
        assert_eq!(raw.len(), 2 * width);
        assert_eq!(check(&raw), Ok(()));

        let refused = Err(Error::SignatureInvalid { keys: 1 });
        let mut signer = Signer::new(MessageDigest::sha256(), &private).unwrap();
        let der = signer.sign_oneshot_to_vec(b"octets").unwrap();
        assert_eq!(check(&der), refused, "DER form");
        assert_eq!(check(&[raw.as_slice(), &[0]].concat()), refused, "one byte more");
        assert_eq!(check(&raw[..raw.len() - 1]), refused, "one byte less");
        let (r, s) = raw.split_at(width);
        assert_eq!(check(&[&[0], r, &[0], s].concat()), refused, "wider numbers");
        assert_eq!(check(&[r, &[0, 0], s].concat()), refused, "a wider second number");
        assert_eq!(check(&vec![0; 2 * width]), refused, "zeros");
    }
}

#[test]
fn an_rsa_signature_without_its_leading_zero_is_rejected() {
    let trusted = [key().verifying_key().clone()];
    for algorithm in RSA {
        let (octets, signature) = (0_u32..)
            .map(|number| number.to_be_bytes())
            .map(|octets| (octets, sign_octets(&octets, algorithm, key()).unwrap()))
            .find(|(_, signature)| signature[0] == 0)
            .unwrap();
        assert_eq!(verify_octets(&octets, &signature, algorithm, &trusted), Ok(&trusted[0]));
        let refused = Err(Error::SignatureInvalid { keys: 1 });
        assert_eq!(verify_octets(&octets, &signature[1..], algorithm, &trusted), refused, "{algorithm:?}");
    }
}

#[test]
fn a_pss_salt_of_another_length_is_rejected() {
    let trusted = [key().verifying_key().clone()];
    let with = |salt: RsaPssSaltlen| {
        let private = PKey::private_key_from_pem(&key().private_key_pem().unwrap()).unwrap();
        let mut signer = Signer::new(MessageDigest::sha256(), &private).unwrap();
        signer.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
        signer.set_rsa_pss_saltlen(salt).unwrap();
        let signature = signer.sign_oneshot_to_vec(b"octets").unwrap();
        verify_octets(b"octets", &signature, SignatureAlgorithm::RsaPssSha256, &trusted).map(|_| ())
    };
    assert_eq!(with(RsaPssSaltlen::custom(32)), Ok(()));
    for salt in [RsaPssSaltlen::custom(0), RsaPssSaltlen::custom(31), RsaPssSaltlen::MAXIMUM_LENGTH] {
        assert_eq!(with(salt), Err(Error::SignatureInvalid { keys: 1 }));
    }
}

#[test]
fn a_key_of_another_kind_is_rejected() {
    let curve = ec_key(Nid::X9_62_PRIME256V1).unwrap();
    let mismatch = |algorithm: SignatureAlgorithm| Error::KeyType { algorithm: algorithm.uri() };
    for (algorithms, other) in [(&RSA[..], &curve), (&ECDSA[..], key())] {
        for algorithm in algorithms {
            let trusted = [other.verifying_key().clone()];
            assert_eq!(verify_octets(b"", b"", *algorithm, &trusted), Err(mismatch(*algorithm)));
            assert_eq!(sign_octets(b"", *algorithm, other), Err(mismatch(*algorithm)));
        }
    }
}

#[test]
fn one_of_several_keys_is_enough_and_none_is_not() {
    let curve = ec_key(Nid::X9_62_PRIME256V1).unwrap();
    let signature = sign_octets(b"octets", SignatureAlgorithm::RsaSha256, key()).unwrap();
    let check =
        |keys: &[VerifyingKey]| verify_octets(b"octets", &signature, SignatureAlgorithm::RsaSha256, keys).cloned();
    let [genuine, other, curve] = [key(), other_key(), &curve].map(|key| key.verifying_key().clone());
    assert_eq!(check(&[curve.clone(), other.clone(), genuine.clone()]), Ok(genuine));
    assert_eq!(check(&[curve, other.clone()]), Err(Error::SignatureInvalid { keys: 2 }));
    assert_eq!(check(&[other]), Err(Error::SignatureInvalid { keys: 1 }));
    assert_eq!(check(&[]), Err(Error::NoKey));
}

#[test]
#[cfg_attr(feature = "xmlsec", ignore = "libxmlsec1 1.2 does not know RSA-PSS")]
fn a_policy_of_rsa_rejects_the_others() {
    let policy = AlgorithmPolicy::rsa();
    for algorithm in [&RSA[..], &ECDSA[..]].concat() {
        let listed = RSA[..3].contains(&algorithm).then_some(algorithm);
        assert_eq!(policy.signature(algorithm.uri()), listed, "{algorithm:?}");
        assert_eq!(AlgorithmPolicy::modern().signature(algorithm.uri()), Some(algorithm));
    }
    let options = SignOptions { signature: SignatureAlgorithm::RsaPssSha256, ..SignOptions::default() };
    let signed = sign("<a ID='_1'>text</a>", key(), &options).unwrap();
    let trusted = [key().verifying_key().clone()];
    let with = |policy| verify(parse(&signed).root(), &trusted, &policy, &ParseOptions::message()).map(|_| ());
    assert_eq!(with(AlgorithmPolicy::modern()), Ok(()));
    let found = SignatureAlgorithm::RsaPssSha256.uri().to_owned();
    assert_eq!(with(AlgorithmPolicy::rsa()), Err(Error::SignatureAlgorithm { found }));
}

const RSA: [SignatureAlgorithm; 6] = [
    SignatureAlgorithm::RsaSha256,
    SignatureAlgorithm::RsaSha384,
    SignatureAlgorithm::RsaSha512,
    SignatureAlgorithm::RsaPssSha256,
    SignatureAlgorithm::RsaPssSha384,
    SignatureAlgorithm::RsaPssSha512,
];
const ECDSA: [SignatureAlgorithm; 3] =
    [SignatureAlgorithm::EcdsaSha256, SignatureAlgorithm::EcdsaSha384, SignatureAlgorithm::EcdsaSha512];
const CURVES: [(Nid, usize); 3] = [(Nid::X9_62_PRIME256V1, 32), (Nid::SECP384R1, 48), (Nid::SECP521R1, 66)];
