//! What a certificate says of itself.

use chrono::{DateTime, TimeDelta, Utc};
use openssl::hash::MessageDigest;
use openssl::x509::extension::{ExtendedKeyUsage, KeyUsage};
use pkioverheid::{Certificate, Error, LeafKind, Role, TestLeaf};

use crate::world::{G1, G1_PAIR, G4, G4_PAIR, OIN, certificate, now, rsa, x509};

#[test]
fn a_certificate_is_read_in_both_forms() {
    let certificate = G1_PAIR.certificate();
    let alone = std::slice::from_ref(certificate);
    for form in [certificate.to_der().unwrap(), certificate.to_pem().unwrap()] {
        assert_eq!(Certificate::read_all(&form).unwrap(), alone);
    }
    // Issuers send text before the block, and Windows its own line ends.
    let pem = String::from_utf8(certificate.to_pem().unwrap()).unwrap();
    let decorated = format!("subject=/CN=portal\r\n{}", pem.replace('\n', "\r\n"));
    assert_eq!(Certificate::read_all(decorated.as_bytes()).unwrap(), alone);
}

#[test]
fn what_is_no_certificate_is_rejected() {
    let (der, pem) = (G1_PAIR.certificate().to_der().unwrap(), G1_PAIR.certificate().to_pem().unwrap());
    assert!(Certificate::read_all(&der).is_ok());
    let key = G1_PAIR.private_key().to_pem().unwrap();
    let half: Vec<u8> = [pem.as_slice(), b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"].concat();
    for wrong in [b"".as_slice(), &der[1..], &der[..der.len() - 1], &[der.as_slice(), b"\0"].concat(), &key, &half] {
        let error = Certificate::read_all(wrong).unwrap_err();
        assert_eq!((error.code(), error), ("certificate_unreadable", Error::Certificate));
    }
}

#[test]
fn a_private_key_beside_the_certificate_is_passed_over() {
    let both = [G1_PAIR.private_key().to_pem().unwrap(), G1_PAIR.certificate().to_pem().unwrap()].concat();
    assert_eq!(Certificate::read_all(&both).unwrap(), [G1_PAIR.certificate().clone()]);
}

#[test]
fn a_certificate_says_whose_it_is() {
    let certificate = G1_PAIR.certificate();
    assert_eq!(certificate.common_name(), "portal.example.nl");
    assert_eq!(certificate.organisation(), "TEST Gemeente Voorbeeld");
    assert_eq!(certificate.issuer(), "TEST Issuer PKIoverheid Private Services CA - G1");
    assert_eq!(format!("{certificate:?}"), "Certificate(portal.example.nl, until 2027-03-01 12:00:00 UTC)");
}

#[test]
fn the_key_name_is_the_fingerprint_in_both_conventions() {
    let certificate = G4_PAIR.certificate();
    let fingerprint = |digest| -> String {
        x509(certificate).digest(digest).unwrap().iter().map(|byte| format!("{byte:02x}")).collect()
    };
    assert_eq!(certificate.sha1_key_name().unwrap(), fingerprint(MessageDigest::sha1()));
    assert_eq!(certificate.sha256_key_name().unwrap(), fingerprint(MessageDigest::sha256()));
    assert_eq!(certificate.sha1_key_name().unwrap().len(), 40);
}

#[test]
fn a_certificate_is_valid_from_its_first_to_its_last_second() {
    let certificate = G1_PAIR.certificate();
    let check = |moment: DateTime<Utc>| certificate.check_validity(moment).map_err(|error| error.code());
    let (first, last) = (certificate.not_before(), certificate.not_after());
    assert_eq!((first, last), (now() - TimeDelta::days(1), now() + TimeDelta::days(365)));
    assert_eq!((check(first), check(last)), (Ok(()), Ok(())));
    assert_eq!(check(last + TimeDelta::milliseconds(999)), Ok(()));
    assert_eq!(check(first - TimeDelta::milliseconds(1)), Err("certificate_not_yet_valid"));
    assert_eq!(check(last + TimeDelta::seconds(1)), Err("certificate_expired"));
}

#[test]
fn days_left_are_whole_and_negative_after_the_end() {
    let certificate = G1_PAIR.certificate();
    let left = |before: TimeDelta| certificate.days_left(certificate.not_after() - before);
    assert_eq!(certificate.days_left(now()), 365);
    assert_eq!((left(TimeDelta::days(1)), left(TimeDelta::seconds(86_399))), (1, 0));
    assert_eq!((left(TimeDelta::zero()), left(TimeDelta::seconds(-1))), (0, -1));
}

#[test]
fn a_certificate_says_its_issuer_serial_number_and_the_length_of_its_key() {
    let certificate = G1_PAIR.certificate();
    assert_eq!(certificate.issuer_organisation(), "TEST Issuer");
    let expected = certificate.to_der().unwrap();
    let x509 = openssl::x509::X509::from_der(&expected).unwrap();
    assert_eq!(
        certificate.serial_number().unwrap(),
        x509.serial_number().to_bn().unwrap().to_hex_str().unwrap().to_string()
    );
    assert_eq!(certificate.key_bits(), Ok(2048));
    let short = G4.issue(&TestLeaf { key_bits: Some(2048), ..TestLeaf::new(OIN, now()) }).unwrap();
    assert_eq!((short.certificate().key_bits(), G4_PAIR.certificate().key_bits()), (Ok(2048), Ok(3072)));
}

#[test]
fn two_certificates_of_one_key_are_told_from_those_of_two() {
    let key = rsa(2048);
    let make = |name| {
        let made = certificate(&key, &[("CN", name)], None, MessageDigest::sha256(), |_| {});
        Certificate::read_all(&made.to_der().unwrap()).unwrap().remove(0)
    };
    let (first, second) = (make("a"), make("b"));
    assert!(first != second && first.has_key_of(&second));
    assert!(!first.has_key_of(G1_PAIR.certificate()));
}

#[test]
fn each_kind_of_certificate_has_its_roles() {
    use Role::*;
    assert_eq!(G1_PAIR.certificate().roles(), [Signing, Encryption, TlsClient, TlsServer]);
    let roles = |kind| G4.issue(&TestLeaf { kind, ..TestLeaf::new(OIN, now()) }).unwrap().certificate().roles();
    assert_eq!(roles(LeafKind::TlsSystem), [Signing, Encryption, TlsClient, TlsServer]);
    assert_eq!(roles(LeafKind::Authentication), [Signing, TlsClient]);
    assert_eq!(roles(LeafKind::Authenticity), [Signing]);
    assert_eq!(roles(LeafKind::Confidentiality), [Encryption]);
}

#[test]
fn a_role_needs_the_usage_that_is_stated() {
    let key = rsa(2048);
    let with = |usage: Option<&KeyUsage>, extended: Option<&ExtendedKeyUsage>, role: Role| {
        let made = certificate(&key, &[("CN", "a")], None, MessageDigest::sha256(), |builder| {
            if let Some(usage) = usage {
                builder.append_extension(usage.build().unwrap()).unwrap();
            }
            if let Some(extended) = extended {
                builder.append_extension(extended.build().unwrap()).unwrap();
            }
        });
        made.require(role)
    };
    let lacks = |role, missing| Err(Error::Role { role, missing });
    let usage = || {
        let mut usage = KeyUsage::new();
        usage.critical();
        usage
    };
    let signs = usage().digital_signature().clone_of();
    let repudiates = usage().non_repudiation().clone_of();
    let enciphers = usage().key_encipherment().clone_of();
    let authority = usage().digital_signature().key_cert_sign().clone_of();
    let (mut client, mut server) = (ExtendedKeyUsage::new(), ExtendedKeyUsage::new());
    client.client_auth();
    server.server_auth();

    assert_eq!(with(Some(&signs), None, Role::Signing), Ok(()));
    assert_eq!(with(Some(&repudiates), None, Role::Signing), Ok(()));
    assert_eq!(with(Some(&enciphers), None, Role::Signing), lacks(Role::Signing, "digitalSignature"));
    assert_eq!(with(None, None, Role::Signing), lacks(Role::Signing, "digitalSignature"));
    assert_eq!(with(Some(&enciphers), None, Role::Encryption), Ok(()));
    assert_eq!(with(Some(&signs), None, Role::Encryption), lacks(Role::Encryption, "keyEncipherment"));
    assert_eq!(with(Some(&signs), Some(&client), Role::TlsClient), Ok(()));
    assert_eq!(with(Some(&signs), Some(&server), Role::TlsClient), lacks(Role::TlsClient, "clientAuth"));
    assert_eq!(with(Some(&signs), None, Role::TlsClient), lacks(Role::TlsClient, "clientAuth"));
    assert_eq!(with(Some(&enciphers), Some(&client), Role::TlsClient), lacks(Role::TlsClient, "digitalSignature"));
    assert_eq!(with(Some(&signs), Some(&server), Role::TlsServer), Ok(()));
    assert_eq!(with(Some(&signs), Some(&client), Role::TlsServer), lacks(Role::TlsServer, "serverAuth"));
    assert_eq!(with(Some(&authority), None, Role::Signing), lacks(Role::Signing, "an end user's key usage"));
    let error = G1.authorities()[0].require(Role::Signing).unwrap_err();
    assert_eq!(error.code(), "certificate_role");
}

/// `KeyUsage` has no `Clone`, and its methods give a reference.
trait CloneOf {
    fn clone_of(&mut self) -> KeyUsage;
}

impl CloneOf for KeyUsage {
    fn clone_of(&mut self) -> KeyUsage {
        std::mem::replace(self, KeyUsage::new())
    }
}

#[test]
fn what_the_next_request_takes_from_it_is_read_and_what_it_lacks_is_none() {
    let (g1, g4) = (G1_PAIR.certificate(), G4_PAIR.certificate());
    assert_eq!((g1.organisation_identifier(), g4.organisation_identifier().as_deref()), (None, Some("NTRNL-99999991")));
    assert_eq!(g1.host_names(), ["portal.example.nl"]);
    let subject = [("CN", "portal"), ("OU", "Burgerzaken"), ("L", "Voorbeeld"), ("ST", "Zeeland")];
    let full = certificate(&rsa(2048), &subject, None, MessageDigest::sha256(), |_| {});
    let read = (full.organisational_unit(), full.locality(), full.province());
    assert_eq!(read, (Some("Burgerzaken".to_owned()), Some("Voorbeeld".to_owned()), Some("Zeeland".to_owned())));
    assert_eq!((g1.organisational_unit(), g1.locality(), g1.province()), (None, None, None));
    assert_eq!(full.host_names(), Vec::<String>::new());
}
