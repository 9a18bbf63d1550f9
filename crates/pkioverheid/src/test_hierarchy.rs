use chrono::{DateTime, TimeDelta, Utc};
use openssl::asn1::{Asn1Object, Asn1OctetString, Asn1Time};
use openssl::bn::{BigNum, MsbOption};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKeyRef, Private};
use openssl::x509::extension::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName, SubjectKeyIdentifier,
};
use openssl::x509::{X509, X509Builder, X509Extension, X509Name};

use crate::certificate::Certificate;
use crate::certificate_request::ORGANIZATION_IDENTIFIER;
use crate::error::Error;
use crate::key_pair::KeyPair;
use crate::pinned_roots::{Generation, PinnedRoots};
use crate::private_key::PrivateKey;

mod pss;

/// Authorities in the shape of a generation of PKIoverheid, for tests and the demo: root, domain, issuer.
///
/// Names, extensions and signature algorithms are as PKIoverheid has them; the authorities' keys are shorter, so that
/// they are made quickly. Nobody trusts it who does not pin [`TestHierarchy::roots`].
pub struct TestHierarchy {
    generation: Generation,
    /// The issuer first, the root last.
    authorities: Vec<Certificate>,
    issuer_key: PrivateKey,
}

/// A certificate that a [`TestHierarchy`] issues.
#[derive(Clone, Debug)]
pub struct TestLeaf<'a> {
    /// What it is for.
    pub kind: LeafKind,
    /// `CN`.
    pub common_name: &'a str,
    /// `serialNumber`; it is not checked, so that tests can have wrong ones.
    pub oin: &'a str,
    /// The bits of its key; those of the generation unless set: 2048 for G1, 3072 for G4.
    pub key_bits: Option<u32>,
    /// The host names in `subjectAltName`.
    pub host_names: &'a [&'a str],
    /// The first second at which it is valid.
    pub not_before: DateTime<Utc>,
    /// The last second at which it is valid.
    pub not_after: DateTime<Utc>,
}

/// What PKIoverheid issues to organisations; G1 has one kind, G4 the other four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeafKind {
    /// G1: `digitalSignature` and `keyEncipherment`, `clientAuth` and `serverAuth`: everything.
    PrivateServices,
    /// G4 TLS SYS: TLS as server and as client.
    TlsSystem,
    /// G4 authentication: TLS as client.
    Authentication,
    /// G4 authenticity: signing, with extended key usage `documentSigning`.
    Authenticity,
    /// G4 confidentiality: being encrypted to.
    Confidentiality,
}

impl<'a> TestLeaf<'a> {
    /// Returns a TLS certificate for `portal.example.nl` that is valid from a day before `now` until a year after.
    #[must_use]
    pub fn new(oin: &'a str, now: DateTime<Utc>) -> Self {
        Self {
            kind: LeafKind::TlsSystem,
            common_name: "portal.example.nl",
            oin,
            key_bits: None,
            host_names: &["portal.example.nl"],
            not_before: now - TimeDelta::days(1),
            not_after: now + TimeDelta::days(365),
        }
    }
}

impl TestHierarchy {
    /// Makes three authorities with fresh keys; they are valid from a year before `now` until four years after.
    ///
    /// # Errors
    /// [`Error::Crypto`] when OpenSSL refuses.
    pub fn new(generation: Generation, now: DateTime<Utc>) -> Result<Self, Error> {
        let names = match generation {
            Generation::G1 => [
                ["TEST Staat der Nederlanden", "TEST Staat der Nederlanden Private Root CA - G1"],
                ["TEST Staat der Nederlanden", "TEST Staat der Nederlanden Private Services CA - G1"],
                ["TEST Issuer", "TEST Issuer PKIoverheid Private Services CA - G1"],
            ],
            Generation::G4 => [
                ["TEST Staat der Nederlanden", "TEST Staat der Nederlanden - G4 Root Priv - 2024"],
                ["TEST Staat der Nederlanden", "TEST Staat der Nederlanden - G4 Intm Priv SYS - 2024"],
                ["TEST Issuer", "TEST Issuer - G4 PKIo Priv SYS - 2025"],
            ],
        };
        let (not_before, not_after) = (now - TimeDelta::days(365), now + TimeDelta::days(4 * 365));
        let mut above: Option<(Certificate, PrivateKey)> = None;
        let mut authorities = Vec::new();
        for (position, [organisation, common_name]) in names.into_iter().enumerate() {
            let key = PrivateKey::generate(2048)?;
            let issuer = above.as_ref().map(|(certificate, key)| (certificate.x509(), key.pkey()));
            let path_length = if position == 2 { Some(0) } else { None };
            let made = || -> Result<X509, ErrorStack> {
                let subject =
                    subject(&[(Nid::ORGANIZATIONNAME, organisation), (Nid::COMMONNAME, common_name)])?.build();
                let mut builder = begin(&subject, key.pkey(), not_before, not_after)?;
                let mut constraints = BasicConstraints::new();
                constraints.critical().ca();
                if let Some(length) = path_length {
                    constraints.pathlen(length);
                }
                builder.append_extension(constraints.build()?)?;
                builder.append_extension(KeyUsage::new().critical().key_cert_sign().crl_sign().build()?)?;
                finish(builder, generation, issuer.map(|(x509, _)| x509), issuer.map_or(key.pkey(), |(_, key)| key))
            };
            let certificate = Certificate::new(made().map_err(|_| FAILED)?)?;
            authorities.insert(0, certificate.clone());
            above = Some((certificate, key));
        }
        let (_, issuer_key) = above.ok_or(FAILED)?;
        Ok(Self { generation, authorities, issuer_key })
    }

    /// Returns the certificates of the authorities: the issuer first, the root last.
    #[must_use]
    pub fn authorities(&self) -> &[Certificate] {
        &self.authorities
    }

    /// Returns the root alone, pinned.
    #[must_use]
    pub fn roots(&self) -> PinnedRoots {
        let fingerprint = self.authorities.last().and_then(|root| root.sha256_key_name().ok()).unwrap_or_default();
        PinnedRoots::none().and(self.generation, &fingerprint).unwrap_or(PinnedRoots::none())
    }

    /// Issues a certificate with a fresh key.
    ///
    /// # Errors
    /// [`Error::Crypto`] when OpenSSL refuses, because of a name that is too long for its field say.
    pub fn issue(&self, leaf: &TestLeaf<'_>) -> Result<KeyPair, Error> {
        let usual = match self.generation {
            Generation::G1 => 2048,
            Generation::G4 => 3072,
        };
        let key = PrivateKey::generate(leaf.key_bits.unwrap_or(usual))?;
        let issuer = self.authorities.first().ok_or(FAILED)?;
        let made = self.leaf(leaf, &key, issuer.x509());
        let certificate = Certificate::new(made.map_err(|_| FAILED)?)?;
        KeyPair::new(key, certificate, self.authorities.clone())
    }

    fn leaf(&self, leaf: &TestLeaf<'_>, key: &PrivateKey, issuer: &X509) -> Result<X509, ErrorStack> {
        let mut name = subject(&[(Nid::ORGANIZATIONNAME, "TEST Gemeente Voorbeeld")])?;
        if self.generation == Generation::G4 {
            name.append_entry_by_text(ORGANIZATION_IDENTIFIER, "NTRNL-99999991")?;
        }
        name.append_entry_by_nid(Nid::SERIALNUMBER, leaf.oin)?;
        name.append_entry_by_nid(Nid::COMMONNAME, leaf.common_name)?;
        let mut builder = begin(&name.build(), key.pkey(), leaf.not_before, leaf.not_after)?;
        builder.append_extension(BasicConstraints::new().critical().build()?)?;
        let (mut usage, mut extended) = (KeyUsage::new(), ExtendedKeyUsage::new());
        usage.critical();
        let policy = match leaf.kind {
            LeafKind::PrivateServices => {
                usage.digital_signature().key_encipherment();
                extended.client_auth().server_auth();
                "2.16.528.1.1003.1.2.8.6"
            }
            LeafKind::TlsSystem => {
                usage.digital_signature().key_encipherment();
                extended.client_auth().server_auth();
                "2.16.528.1.1003.1.2.41.15.35.11"
            }
            LeafKind::Authentication => {
                usage.digital_signature();
                extended.client_auth();
                "2.16.528.1.1003.1.2.41.16.25.8"
            }
            LeafKind::Authenticity => {
                usage.digital_signature();
                extended.other("1.3.6.1.5.5.7.3.36");
                "2.16.528.1.1003.1.2.41.16.25.4"
            }
            LeafKind::Confidentiality => {
                usage.key_encipherment().data_encipherment();
                extended.other("1.3.6.1.4.1.311.10.3.4");
                "2.16.528.1.1003.1.2.41.16.25.7"
            }
        };
        builder.append_extension(usage.build()?)?;
        builder.append_extension(extended.build()?)?;
        builder.append_extension(policies(policy)?)?;
        if !leaf.host_names.is_empty() {
            let mut names = SubjectAlternativeName::new();
            for name in leaf.host_names {
                names.dns(name);
            }
            let names = names.build(&builder.x509v3_context(Some(issuer), None))?;
            builder.append_extension(names)?;
        }
        finish(builder, self.generation, Some(issuer), self.issuer_key.pkey())
    }
}

impl std::fmt::Debug for TestHierarchy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TestHierarchy({})", self.generation)
    }
}

fn subject(fields: &[(Nid, &str)]) -> Result<openssl::x509::X509NameBuilder, ErrorStack> {
    let mut name = X509Name::builder()?;
    name.append_entry_by_nid(Nid::COUNTRYNAME, "NL")?;
    for (field, text) in fields {
        name.append_entry_by_nid(*field, text)?;
    }
    Ok(name)
}

fn begin(
    subject: &X509Name,
    key: &PKeyRef<Private>,
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
) -> Result<X509Builder, ErrorStack> {
    let mut serial = BigNum::new()?;
    serial.rand(127, MsbOption::MAYBE_ZERO, false)?;
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    let serial = serial.to_asn1_integer()?;
    builder.set_serial_number(&serial)?;
    builder.set_subject_name(subject)?;
    let not_before = Asn1Time::from_unix(not_before.timestamp())?;
    builder.set_not_before(&not_before)?;
    let not_after = Asn1Time::from_unix(not_after.timestamp())?;
    builder.set_not_after(&not_after)?;
    builder.set_pubkey(key)?;
    // An authority of its own; `finish` sets another issuer.
    builder.set_issuer_name(subject)?;
    Ok(builder)
}

fn finish(
    mut builder: X509Builder,
    generation: Generation,
    issuer: Option<&X509>,
    key: &PKeyRef<Private>,
) -> Result<X509, ErrorStack> {
    if let Some(issuer) = issuer {
        builder.set_issuer_name(issuer.subject_name())?;
    }
    let context = builder.x509v3_context(issuer.map(|issuer| &**issuer), None);
    let own = SubjectKeyIdentifier::new().build(&context)?;
    let issuers = issuer.map(|_| AuthorityKeyIdentifier::new().keyid(true).build(&context)).transpose()?;
    builder.append_extension(own)?;
    if let Some(issuers) = issuers {
        builder.append_extension(issuers)?;
    }
    builder.sign(key, MessageDigest::sha256())?;
    let x509 = builder.build();
    match generation {
        Generation::G1 => Ok(x509),
        Generation::G4 => pss::sign_again(&x509, key),
    }
}

/// Writes `certificatePolicies` with one policy (RFC 5280 4.2.1.4).
fn policies(policy: &str) -> Result<X509Extension, ErrorStack> {
    let policy = Asn1Object::from_str(policy)?;
    let content = pss::value(0x30, &pss::value(0x30, &pss::value(0x06, policy.as_slice())));
    let name = Asn1Object::from_str("2.5.29.32")?;
    let content = Asn1OctetString::new_from_bytes(&content)?;
    X509Extension::new_from_der(&name, false, &content)
}

const FAILED: Error = Error::Crypto { operation: "make a test certificate" };
