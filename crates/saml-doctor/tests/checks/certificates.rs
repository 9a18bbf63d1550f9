//! Keys and certificates, by their content and over time.

use chrono::TimeDelta;
use pkioverheid::{LeafKind, PinnedRoots, TestLeaf};
use saml_doctor::Outcome::{NotLookedAt, Problem, Warning};

use crate::Case;
use crate::world::Base::{Broker, Digid};
use crate::world::{Draft, G1, G4, OIN, at, leaf};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = content();
    cases.extend(time());
    cases
}

fn content() -> Vec<Case> {
    vec![
        Case::new(
            "key_pairs",
            Broker,
            |draft| draft.copy("next.key.pem", "signing.key.pem"),
            Problem,
            "do not belong together",
        ),
        Case::new("pkio_readable", Broker, |draft| draft.write("pkio.crt.pem", "no certificate"), Problem, "X.509"),
        Case::new(
            "pkio_readable",
            Broker,
            |draft| draft.edit("pkio.crt.pem", "-----BEGIN", "-----BEGIN PRIVATE KEY-----\n-----BEGIN"),
            Problem,
            "a private key is in the file",
        ),
        Case::new(
            "pkio_readable",
            Broker,
            |draft| draft.set("pkioverheid_certificate = \"pkio.crt.pem\"\n", ""),
            NotLookedAt,
            "signicat.pkioverheid_certificate",
        ),
        Case::new("pkio_chain", Broker, |draft| draft.copy("signing.crt.pem", "pkio.crt.pem"), Problem, "keys.issuers"),
        // A root of tests is none of PKIoverheid's.
        Case::new(
            "pkio_chain",
            Broker,
            |draft| draft.roots = PinnedRoots::pkioverheid(),
            Problem,
            "no root of PKIoverheid",
        ),
        Case::new(
            "pkio_chain",
            Broker,
            |draft| draft.set("issuers = \"issuers.pem\"\n", ""),
            NotLookedAt,
            "keys.issuers",
        ),
        Case::new(
            "pkio_chain",
            Broker,
            |draft| draft.roots = PinnedRoots::pkioverheid(),
            Warning,
            "which is not built in",
        )
        .after(a_root_that_bears_the_name),
        Case::new("pkio_oin", Broker, |draft| draft.set(OIN, "00000001123456790000"), Problem, "registration.oin is"),
        Case::new(
            "pkio_oin",
            Broker,
            |draft| draft.issue("pkio", &G1, &TestLeaf { oin: "12345", ..leaf() }),
            Problem,
            "20 ASCII digits",
        ),
        Case::new(
            "pkio_oin",
            Broker,
            |draft| draft.issue("pkio", &G1, &TestLeaf { oin: "00000099123456789000", ..leaf() }),
            Problem,
            "a test OIN",
        )
        .after(|draft| draft.set("oin = \"00000001123456789000\"\n", "")),
        Case::new(
            "pkio_usage",
            Digid,
            |draft| draft.issue("client", &G4, &g4(LeafKind::Authenticity)),
            Problem,
            "back_channel.client",
        )
        .after(|draft| draft.issue("client", &G4, &g4(LeafKind::Authentication))),
        Case::new(
            "pkio_usage",
            Digid,
            |draft| draft.issue("pkio", &G4, &g4(LeafKind::Confidentiality)),
            Problem,
            "digitalSignature",
        )
        .after(|draft| draft.issue("pkio", &G4, &g4(LeafKind::Authenticity))),
        Case::new(
            "pkio_key_size",
            Digid,
            |draft| draft.issue("pkio", &G4, &TestLeaf { key_bits: Some(2048), ..g4(LeafKind::Authenticity) }),
            Problem,
            "3072 bits",
        )
        .after(|draft| draft.issue("pkio", &G4, &g4(LeafKind::Authenticity))),
        Case::new(
            "certificates_differ",
            Broker,
            |draft| draft.copy("signing.crt.pem", "test-signing.crt.pem"),
            Problem,
            "keys.signing",
        ),
        Case::new(
            "certificates_differ",
            Broker,
            |draft| draft.set("test-pkio.crt.pem", "pkio.crt.pem"),
            Problem,
            "signicat.pkioverheid_certificate",
        )
        .after(|draft| {
            draft.set(
                "\"broker.pre.example.nl\"",
                "\"broker.pre.example.nl\"\npkioverheid_certificate = \"test-pkio.crt.pem\"",
            );
        }),
    ]
}

fn g4(kind: LeafKind) -> TestLeaf<'static> {
    TestLeaf { kind, ..TestLeaf::new(OIN, at()) }
}

fn time() -> Vec<Case> {
    vec![
        Case::new(
            "pkio_expiry",
            Broker,
            |draft| draft.at += TimeDelta::days(1),
            Warning,
            "order the next one on 2027-02-16",
        )
        .after(|draft| after(draft, 365 - 61)),
        Case::new("pkio_expiry", Broker, |draft| after(draft, 365 - 30), Warning, "30 days or less"),
        Case::new("pkio_expiry", Broker, |draft| after(draft, 365 - 15), Warning, "30 days or less"),
        Case::new("pkio_expiry", Broker, |draft| after(draft, 365 - 14), Problem, "14 days or less"),
        Case::new("pkio_expiry", Broker, |draft| after(draft, 366), Problem, "expired on"),
        Case::new("own_expiry", Broker, |draft| draft.at += TimeDelta::days(1), Warning, "60 days or less")
            .after(|draft| after(draft, 365 - 61)),
        Case::new(
            "next_key",
            Broker,
            |draft| draft.set("2026-06-01T00:00:00Z", "2027-06-01T00:00:00Z"),
            Problem,
            "the present one holds until 2027-03-02",
        ),
        Case::new("next_key", Broker, |draft| draft.copy("signing.crt.pem", "next.crt.pem"), Problem, "signs now"),
        Case::new(
            "next_key",
            Broker,
            |draft| draft.set("2026-06-01T00:00:00Z", "2026-03-01T12:00:00Z"),
            Warning,
            "make it keys.signing",
        ),
        Case::new(
            "pkio_generation",
            Broker,
            |draft| draft.at = "2027-11-13T00:00:00Z".parse().unwrap(),
            Warning,
            "plan the change to G4",
        )
        .after(|draft| draft.at = "2027-11-12T23:59:59Z".parse().unwrap()),
        Case::new("partner_key_expiry", Digid, |draft| draft.at += TimeDelta::days(1), Warning, "60 days")
            .after(|draft| after(draft, 365 - 61)),
        Case::new("partner_key_expiry", Digid, |draft| after(draft, 366), Warning, "expired on"),
    ]
}

fn after(draft: &mut Draft, days: i64) {
    draft.at = at() + TimeDelta::days(days);
}

/// Makes a certificate below a root with the name of one of PKIoverheid's G4 that is not built in, and pins it.
fn a_root_that_bears_the_name(draft: &mut Draft) {
    use openssl::asn1::Asn1Time;
    use openssl::bn::BigNum;
    use openssl::hash::MessageDigest;
    use openssl::pkey::PKey;
    use openssl::rsa::Rsa;
    use openssl::x509::extension::{BasicConstraints, KeyUsage};
    use openssl::x509::{X509, X509Name};

    let name = |text: &str| {
        let mut name = X509Name::builder().unwrap();
        name.append_entry_by_text("CN", text).unwrap();
        name.build()
    };
    let key = || PKey::from_rsa(Rsa::generate(3072).unwrap()).unwrap();
    let (root_name, root_key) = (name("Staat der Nederlanden - G4 Root Priv G-Other - 2024"), key());
    let make = |subject: &X509Name, subject_key: &PKey<openssl::pkey::Private>, serial: u32, authority: bool| {
        let mut builder = X509::builder().unwrap();
        builder.set_version(2).unwrap();
        builder.set_serial_number(&BigNum::from_u32(serial).unwrap().to_asn1_integer().unwrap()).unwrap();
        builder.set_subject_name(subject).unwrap();
        builder.set_issuer_name(&root_name).unwrap();
        builder.set_not_before(&Asn1Time::from_unix(at().timestamp() - 86_400).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::from_unix(at().timestamp() + 86_400 * 300).unwrap()).unwrap();
        builder.set_pubkey(subject_key).unwrap();
        if authority {
            builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
            builder.append_extension(KeyUsage::new().critical().key_cert_sign().build().unwrap()).unwrap();
        } else {
            builder.append_extension(KeyUsage::new().critical().digital_signature().build().unwrap()).unwrap();
        }
        builder.sign(&root_key, MessageDigest::sha256()).unwrap();
        builder.build().to_pem().unwrap()
    };
    let root = make(&root_name, &root_key, 1, true);
    draft.write("pkio.crt.pem", make(&name("broker.example.nl"), &key(), 2, false));
    draft.write("issuers.pem", &root);
    let root = pkioverheid::Certificate::read_all(&root).unwrap().remove(0);
    draft.roots = PinnedRoots::none().and(pkioverheid::Generation::G4, &root.sha256_key_name().unwrap()).unwrap();
}
