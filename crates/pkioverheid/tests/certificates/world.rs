//! The hierarchies that the tests share, and certificates that no authority would issue.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use openssl::asn1::Asn1Time;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::{X509, X509Builder, X509Name};
use pkioverheid::{Certificate, Generation, KeyPair, LeafKind, PrivateKey, TestHierarchy, TestLeaf};

pub(crate) const OIN: &str = "00000004166909913000";

pub(crate) static G1: LazyLock<TestHierarchy> = LazyLock::new(|| TestHierarchy::new(Generation::G1, now()).unwrap());
pub(crate) static G4: LazyLock<TestHierarchy> = LazyLock::new(|| TestHierarchy::new(Generation::G4, now()).unwrap());

pub(crate) static G1_PAIR: LazyLock<KeyPair> =
    LazyLock::new(|| G1.issue(&TestLeaf { kind: LeafKind::PrivateServices, ..TestLeaf::new(OIN, now()) }).unwrap());
pub(crate) static G4_PAIR: LazyLock<KeyPair> =
    LazyLock::new(|| G4.issue(&TestLeaf { kind: LeafKind::TlsSystem, ..TestLeaf::new(OIN, now()) }).unwrap());

pub(crate) fn now() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

pub(crate) fn one(x509: &X509) -> Certificate {
    Certificate::read_all(&x509.to_der().unwrap()).unwrap().remove(0)
}

pub(crate) fn x509(certificate: &Certificate) -> X509 {
    X509::from_der(&certificate.to_der().unwrap()).unwrap()
}

pub(crate) fn pkey(key: &PrivateKey) -> PKey<Private> {
    PKey::private_key_from_pem(&key.to_pem().unwrap()).unwrap()
}

pub(crate) fn rsa(bits: u32) -> PKey<Private> {
    PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap()
}

/// Makes a certificate with these entries in its subject, signed by `issuer` or by itself.
pub(crate) fn certificate(
    key: &PKey<Private>,
    subject: &[(&str, &str)],
    issuer: Option<(&Certificate, &PKey<Private>)>,
    digest: MessageDigest,
    extend: impl FnOnce(&mut X509Builder),
) -> Certificate {
    let mut name = X509Name::builder().unwrap();
    for (field, value) in subject {
        name.append_entry_by_text(field, value).unwrap();
    }
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_subject_name(&name).unwrap();
    let above = issuer.map(|(certificate, _)| x509(certificate));
    builder.set_issuer_name(above.as_ref().map_or(&name, |above| above.subject_name())).unwrap();
    let day = |days: i64| Asn1Time::from_unix(now().timestamp() + days * 86_400).unwrap();
    builder.set_not_before(&day(-1)).unwrap();
    builder.set_not_after(&day(1)).unwrap();
    builder.set_pubkey(key).unwrap();
    extend(&mut builder);
    builder.sign(issuer.map_or(key, |(_, key)| key), digest).unwrap();
    one(&builder.build())
}
