use openssl::pkcs12::Pkcs12;

use crate::certificate::Certificate;
use crate::error::Error;
use crate::private_key::PrivateKey;

/// A private key with the certificate that belongs to it, and the certificates of its issuers where they came along.
///
/// Signing, TLS and encryption may each have one of their own: generation G4 splits the usages over certificates.
#[derive(Clone, Debug)]
pub struct KeyPair {
    private_key: PrivateKey,
    certificate: Certificate,
    issuers: Vec<Certificate>,
}

impl KeyPair {
    /// Puts a private key beside its certificate.
    ///
    /// # Errors
    /// [`Error::KeyMismatch`] when they do not belong together.
    pub fn new(private_key: PrivateKey, certificate: Certificate, issuers: Vec<Certificate>) -> Result<Self, Error> {
        let public_key = certificate.x509().public_key().map_err(|_| Error::KeyMismatch)?;
        if private_key.pkey().public_eq(&public_key) {
            Ok(Self { private_key, certificate, issuers })
        } else {
            Err(Error::KeyMismatch)
        }
    }

    /// Reads a private key and the certificates of two files; the first certificate is that of the key.
    ///
    /// # Errors
    /// Those of [`PrivateKey::read`], [`Certificate::read_all`] and [`KeyPair::new`].
    pub fn read(private_key: &[u8], passphrase: Option<&str>, certificates: &[u8]) -> Result<Self, Error> {
        let private_key = PrivateKey::read(private_key, passphrase)?;
        let mut certificates = Certificate::read_all(certificates)?.into_iter();
        let certificate = certificates.next().ok_or(Error::Certificate)?;
        Self::new(private_key, certificate, certificates.collect())
    }

    /// Reads a PKCS#12 archive (`.p12`, `.pfx`) with a key, its certificate and perhaps those of its issuers.
    ///
    /// Archives that are encrypted with RC2, as Windows long made them, need OpenSSL's legacy provider; without it they
    /// are refused as if the passphrase were wrong.
    ///
    /// # Errors
    /// [`Error::Archive`] when it is none, or lacks a key or its certificate; [`Error::Passphrase`]; else those of
    /// [`PrivateKey::read`] and [`KeyPair::new`].
    pub fn from_pkcs12(bytes: &[u8], passphrase: &str) -> Result<Self, Error> {
        // A passphrase ends at a zero byte in OpenSSL's C interface.
        if passphrase.contains('\0') {
            return Err(Error::Passphrase);
        }
        let archive = Pkcs12::from_der(bytes).map_err(|_| Error::Archive { expected: "a readable form" })?;
        let parts = archive.parse2(passphrase).map_err(|_| Error::Passphrase)?;
        let private_key = PrivateKey::new(parts.pkey.ok_or(Error::Archive { expected: "a private key" })?)?;
        let certificate = Certificate::new(parts.cert.ok_or(Error::Archive { expected: "the key's certificate" })?)?;
        let issuers = parts.ca.into_iter().flatten().map(Certificate::new).collect::<Result<_, _>>()?;
        Self::new(private_key, certificate, issuers)
    }

    /// Returns the private key.
    #[must_use]
    pub const fn private_key(&self) -> &PrivateKey {
        &self.private_key
    }

    /// Returns the certificate of the key.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Returns the other certificates that came along.
    #[must_use]
    pub fn issuers(&self) -> &[Certificate] {
        &self.issuers
    }
}
