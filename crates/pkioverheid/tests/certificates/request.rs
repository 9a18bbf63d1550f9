//! A certificate request has the fields that PKIoverheid wants, or is not made.

use std::sync::LazyLock;

use openssl::x509::X509Req;
use pkioverheid::{CertificateRequest, Error, Generation, Oin, PrivateKey};

use crate::world::OIN;

static OUR_OIN: LazyLock<Oin> = LazyLock::new(|| Oin::parse(OIN).unwrap());
static SHORT: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::generate(2048).unwrap());
static LONG: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::generate(3072).unwrap());

fn request() -> CertificateRequest<'static> {
    CertificateRequest {
        generation: Generation::G4,
        common_name: "portal.example.nl",
        organisation: "Gemeente Sint-Ann\u{e2}",
        organisational_unit: Some("Burgerzaken"),
        locality: Some("Sint-Ann\u{e2}"),
        province: Some("Zeeland"),
        oin: &OUR_OIN,
        organisation_identifier: Some("NTRNL-12345678"),
        host_names: &["portal.example.nl", "*.portal.example.nl"],
    }
}

fn refused(request: &CertificateRequest<'_>) -> Option<&'static str> {
    match request.sign(&LONG) {
        Ok(_) => None,
        Err(Error::RequestField { field, .. }) => Some(field),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_request_has_every_field_and_proves_possession_of_the_key() {
    let read = X509Req::from_pem(&request().sign(&LONG).unwrap()).unwrap();
    let key = read.public_key().unwrap();
    assert!(read.verify(&key).unwrap());
    assert_eq!(key.bits(), 3072);
    let subject: Vec<(String, String)> = read
        .subject_name()
        .entries()
        .map(|entry| (entry.object().to_string(), entry.data().to_string().unwrap()))
        .collect();
    let subject: Vec<(&str, &str)> = subject.iter().map(|(field, value)| (field.as_str(), value.as_str())).collect();
    assert_eq!(
        subject,
        [
            ("countryName", "NL"),
            ("stateOrProvinceName", "Zeeland"),
            ("localityName", "Sint-Ann\u{e2}"),
            ("organizationName", "Gemeente Sint-Ann\u{e2}"),
            ("organizationalUnitName", "Burgerzaken"),
            ("organizationIdentifier", "NTRNL-12345678"),
            ("serialNumber", OIN),
            ("commonName", "portal.example.nl"),
        ]
    );
    let text = String::from_utf8(read.to_text().unwrap()).unwrap();
    assert!(text.contains("DNS:portal.example.nl, DNS:*.portal.example.nl"), "{text}");
    assert!(text.contains("sha256WithRSAEncryption"), "{text}");
}

#[test]
fn g4_asks_for_3072_bits_and_g1_for_2048() {
    let for_g1 = CertificateRequest { generation: Generation::G1, ..request() };
    assert!(for_g1.sign(&SHORT).is_ok() && request().sign(&LONG).is_ok());
    let error = request().sign(&SHORT).unwrap_err();
    assert_eq!((error.code(), error), ("key_weak", Error::KeyWeak { expected: 3072, found: 2048 }));
}

#[test]
fn g4_asks_for_the_number_of_the_trade_register() {
    let without = |generation| CertificateRequest { generation, organisation_identifier: None, ..request() };
    assert_eq!((refused(&request()), refused(&without(Generation::G1))), (None, None));
    assert_eq!(refused(&without(Generation::G4)), Some("organizationIdentifier"));
    for wrong in ["", "12345678", "NTRNL-1234567", "NTRNL-123456789", "NTRNL-1234567a", "NTRDE-12345678"] {
        let request = CertificateRequest { organisation_identifier: Some(wrong), ..request() };
        assert_eq!(refused(&request), Some("organizationIdentifier"), "{wrong}");
    }
    assert_eq!(without(Generation::G4).sign(&LONG).unwrap_err().code(), "request_field");
}

#[test]
fn texts_have_1_to_64_characters_and_no_control_character() {
    let longest = "\u{e2}".repeat(64);
    assert_eq!(refused(&CertificateRequest { organisation: &longest, ..request() }), None);
    for wrong in ["", " ", "a\nb", "a\0b", " a", &"a".repeat(65)] {
        assert_eq!(refused(&CertificateRequest { common_name: wrong, ..request() }), Some("CN"));
        assert_eq!(refused(&CertificateRequest { organisation: wrong, ..request() }), Some("O"));
        assert_eq!(refused(&CertificateRequest { organisational_unit: Some(wrong), ..request() }), Some("OU"));
        assert_eq!(refused(&CertificateRequest { locality: Some(wrong), ..request() }), Some("L"));
        assert_eq!(refused(&CertificateRequest { province: Some(wrong), ..request() }), Some("ST"));
    }
}

#[test]
fn host_names_are_names_and_no_addresses() {
    let with = |name: &str| refused(&CertificateRequest { host_names: &[name], ..request() });
    let label = "a".repeat(63);
    for right in ["example.nl", "a-b.example.nl", "*.example.nl", "xn--caf-dma.example.nl", &format!("{label}.nl")] {
        assert_eq!(with(right), None, "{right}");
    }
    let long = format!("{label}.{label}.{label}.{label}.nl");
    for wrong in [
        "",
        "nl",
        "*",
        "192.0.2.1",
        "2001:db8::1",
        "a_b.nl",
        "-a.nl",
        "a-.nl",
        "a..nl",
        "a.nl.",
        "a.*.nl",
        "a,b.nl",
        "https://a.nl",
        "caf\u{e9}.nl",
        &format!("a{label}.nl"),
        &long,
    ] {
        assert_eq!(with(wrong), Some("subjectAltName"), "{wrong}");
    }
    assert_eq!(refused(&CertificateRequest { host_names: &[], ..request() }), None);
}
