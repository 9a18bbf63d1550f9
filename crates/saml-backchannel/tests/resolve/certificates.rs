//! Roots, and certificates under them, made for one test.

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Private};
use openssl::pkey_ctx::PkeyCtx;
use openssl::rsa::Rsa;
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Name};

/// A certificate with its key.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) key: PKey<Private>,
    pub(crate) certificate: X509,
}

/// Where a certificate comes from and what it is for.
pub(crate) struct Request<'a> {
    pub(crate) issuer: Option<&'a Identity>,
    pub(crate) names: &'a [&'a str],
    pub(crate) not_after: i64,
}

impl Identity {
    pub(crate) fn root() -> Self {
        Self::new(&Request { issuer: None, names: &[], not_after: FOREVER })
    }

    /// Makes a root that signs with RSASSA-PSS and SHA-512, as those of PKIoverheid G4 do.
    pub(crate) fn pss_root() -> Self {
        let mut context = PkeyCtx::new_id(Id::RSA_PSS).unwrap();
        context.keygen_init().unwrap();
        context.set_rsa_keygen_bits(2048).unwrap();
        let key = context.keygen().unwrap();
        Self::with_key(&Request { issuer: None, names: &[], not_after: FOREVER }, key)
    }

    /// Makes the certificate of a server with these names; addresses where they are some.
    pub(crate) fn server(root: &Self, names: &[&str]) -> Self {
        Self::new(&Request { issuer: Some(root), names, not_after: FOREVER })
    }

    /// Makes the certificate of a server on the machine itself, with an RSA key of `bits`.
    pub(crate) fn rsa_server(root: &Self, bits: u32) -> Self {
        let key = PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap();
        Self::with_key(&Request { issuer: Some(root), names: &["localhost"], not_after: FOREVER }, key)
    }

    pub(crate) fn client(root: &Self) -> Self {
        Self::server(root, &["portal.example"])
    }

    pub(crate) fn new(request: &Request<'_>) -> Self {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        Self::with_key(request, PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap())
    }

    fn with_key(request: &Request<'_>, key: PKey<Private>) -> Self {
        let mut serial = BigNum::new().unwrap();
        serial.rand(127, MsbOption::MAYBE_ZERO, false).unwrap();
        let mut name = X509Name::builder().unwrap();
        name.append_entry_by_nid(Nid::COMMONNAME, &serial.to_string()).unwrap();
        let name = name.build();
        let mut builder = X509::builder().unwrap();
        builder.set_version(2).unwrap();
        builder.set_serial_number(&serial.to_asn1_integer().unwrap()).unwrap();
        builder.set_subject_name(&name).unwrap();
        let issuer = request.issuer.map_or(&*name, |issuer| issuer.certificate.subject_name());
        builder.set_issuer_name(issuer).unwrap();
        builder.set_not_before(&Asn1Time::from_unix(0).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::from_unix(request.not_after).unwrap()).unwrap();
        builder.set_pubkey(&key).unwrap();
        if request.issuer.is_none() {
            builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
        }
        if !request.names.is_empty() {
            let mut names = SubjectAlternativeName::new();
            for name in request.names {
                if name.parse::<std::net::IpAddr>().is_ok() {
                    names.ip(name)
                } else {
                    names.dns(name)
                };
            }
            let extension = names.build(&builder.x509v3_context(None, None)).unwrap();
            builder.append_extension(extension).unwrap();
        }
        let issuer_key = request.issuer.map_or(&key, |issuer| &issuer.key);
        builder.sign(issuer_key, MessageDigest::sha512()).unwrap();
        Self { certificate: builder.build(), key }
    }

    pub(crate) fn certificate_pem(&self) -> Vec<u8> {
        self.certificate.to_pem().unwrap()
    }

    pub(crate) fn key_pem(&self) -> Vec<u8> {
        self.key.private_key_to_pem_pkcs8().unwrap()
    }
}

/// The year 2096.
pub(crate) const FOREVER: i64 = 4_000_000_000;
