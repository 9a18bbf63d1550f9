use std::fmt;
use std::sync::Arc;

use openssl::asn1::{Asn1Integer, Asn1Time, Asn1TimeRef};
use openssl::bn::{BigNum, MsbOption};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{HasPublic, Id, PKey, PKeyRef, Private, Public};
use openssl::rsa::Rsa;
use openssl::x509::{X509, X509Name};

use crate::algorithm::Family;
use crate::error::Error;
use crate::external_signer::ExternalSigner;

/// The public key of a partner, out of a certificate that metadata or configuration gave.
///
/// A certificate is a container here: the key is trusted because of where it came from, not because of who signed it
/// (SAML Metadata Interoperability 2.5). Refused: RSA under 2048 bits, curves other than P-256, P-384 and P-521.
#[derive(Clone)]
pub struct VerifyingKey {
    key: PKey<Public>,
    certificate: X509,
    sha1: String,
    sha256: String,
}

impl VerifyingKey {
    /// Reads the key of an X.509 certificate in DER form.
    ///
    /// # Errors
    /// [`Error::Certificate`] when it is none, [`Error::WeakKey`] when its key is too weak.
    pub fn from_certificate_der(der: &[u8]) -> Result<Self, Error> {
        Self::from_certificate(X509::from_der(der).map_err(|_| Error::Certificate)?)
    }

    /// Reads the key of the first X.509 certificate in a PEM file.
    ///
    /// # Errors
    /// As [`from_certificate_der`](Self::from_certificate_der).
    pub fn from_certificate_pem(pem: &[u8]) -> Result<Self, Error> {
        Self::from_certificate(X509::from_pem(pem).map_err(|_| Error::Certificate)?)
    }

    fn from_certificate(certificate: X509) -> Result<Self, Error> {
        let key = certificate.public_key().map_err(|_| Error::Certificate)?;
        refuse_weak(&key)?;
        let fingerprint = |digest| certificate.digest(digest).map(|bytes| hexadecimal(&bytes));
        let sha1 = fingerprint(MessageDigest::sha1()).map_err(|_| Error::Certificate)?;
        let sha256 = fingerprint(MessageDigest::sha256()).map_err(|_| Error::Certificate)?;
        Ok(Self { key, certificate, sha1, sha256 })
    }

    /// Returns the certificate in DER form.
    ///
    /// # Errors
    /// [`Error::Certificate`] when OpenSSL cannot write it.
    pub fn certificate_der(&self) -> Result<Vec<u8>, Error> {
        self.certificate.to_der().map_err(|_| Error::Certificate)
    }

    /// Returns the certificate in PEM form.
    ///
    /// # Errors
    /// [`Error::Certificate`] when OpenSSL cannot write it.
    pub fn certificate_pem(&self) -> Result<Vec<u8>, Error> {
        self.certificate.to_pem().map_err(|_| Error::Certificate)
    }

    /// Returns the SHA-256 of the certificate, 64 lower-case hexadecimal digits: the `KeyName` that Signicat uses.
    #[must_use]
    pub fn sha256_fingerprint(&self) -> &str {
        &self.sha256
    }

    /// Returns the SHA-1 of the certificate, 40 lower-case hexadecimal digits: the `KeyName` that DigiD uses.
    ///
    /// It names a key that is known already; nothing is trusted because of it.
    #[must_use]
    pub fn sha1_fingerprint(&self) -> &str {
        &self.sha1
    }

    /// Returns the first and the last second at which the certificate is valid, in seconds since 1970.
    #[must_use]
    pub fn validity(&self) -> (i64, i64) {
        (unix_seconds(self.certificate.not_before()), unix_seconds(self.certificate.not_after()))
    }

    /// Returns the subject of the certificate, as `CN=…, O=…`.
    #[must_use]
    pub fn subject(&self) -> String {
        let part = |entry: &openssl::x509::X509NameEntryRef| {
            let name = entry.object().nid().short_name().unwrap_or("?");
            entry.data().to_string().map(|value| format!("{name}={value}")).unwrap_or_default()
        };
        self.certificate.subject_name().entries().map(part).collect::<Vec<_>>().join(", ")
    }

    pub(crate) fn pkey(&self) -> &PKeyRef<Public> {
        &self.key
    }

    pub(crate) fn fits(&self, family: Family) -> bool {
        match family {
            Family::Ecdsa => self.key.id() == Id::EC,
            Family::RsaPkcs1 => self.key.id() == Id::RSA,
            Family::RsaPss => matches!(self.key.id(), Id::RSA | Id::RSA_PSS),
        }
    }
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.sha256 == other.sha256
    }
}

impl Eq for VerifyingKey {}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.sha256)
    }
}

/// Our private key with its certificate.
#[derive(Clone)]
pub struct SigningKey {
    private: PrivateHalf,
    public: VerifyingKey,
}

/// Where the private half of a [`SigningKey`] is.
#[derive(Clone)]
pub(crate) enum PrivateHalf {
    Here(PKey<Private>),
    Elsewhere(Arc<dyn ExternalSigner>),
}

impl SigningKey {
    /// Reads a private key (PKCS#8 or PKCS#1) and its certificate, both in PEM form.
    ///
    /// # Errors
    /// [`Error::PrivateKey`] or [`Error::Certificate`] when one cannot be read, [`Error::KeyMismatch`] when they do not
    /// belong together, [`Error::WeakKey`] when the key is too weak.
    pub fn from_pem(private_key: &[u8], certificate: &[u8]) -> Result<Self, Error> {
        // The empty pass phrase keeps OpenSSL from asking for one on the terminal.
        let key = PKey::private_key_from_pem_passphrase(private_key, b"").map_err(|_| Error::PrivateKey)?;
        let public = VerifyingKey::from_certificate_pem(certificate)?;
        if !key.public_eq(&public.key) {
            return Err(Error::KeyMismatch);
        }
        Ok(Self { private: PrivateHalf::Here(key), public })
    }

    /// Puts a private key that lives elsewhere, such as in an HSM, beside its certificate in PEM form.
    ///
    /// Each signature that it makes is checked with the certificate before it is sent: a signature of another key, or
    /// one that a fault spoiled, would tell an onlooker something of the key (Boneh, DeMillo, Lipton 1997).
    ///
    /// # Errors
    /// [`Error::Certificate`] when it cannot be read, [`Error::WeakKey`] when its key is too weak. That the two do not
    /// belong together shows when something is signed, as [`Error::KeyMismatch`].
    pub fn external(signer: Arc<dyn ExternalSigner>, certificate: &[u8]) -> Result<Self, Error> {
        let public = VerifyingKey::from_certificate_pem(certificate)?;
        Ok(Self { private: PrivateHalf::Elsewhere(signer), public })
    }

    /// Makes a fresh RSA key of `bits` and a self-signed certificate for `common_name`.
    ///
    /// Times are in seconds since 1970. Meant for tests and the demo; a service that logs citizens in gets its
    /// certificate from PKIoverheid.
    ///
    /// # Errors
    /// [`Error::WeakKey`] under 2048 bits; [`Error::Crypto`] when OpenSSL refuses.
    pub fn generate_self_signed(bits: u32, common_name: &str, not_before: i64, not_after: i64) -> Result<Self, Error> {
        let failed = |_| Error::Crypto { operation: "make a key and certificate" };
        let key = PKey::from_rsa(Rsa::generate(bits).map_err(failed)?).map_err(failed)?;
        refuse_weak(&key)?;
        let certificate = self_signed(&key, common_name, not_before, not_after).map_err(failed)?;
        Ok(Self { private: PrivateHalf::Here(key), public: VerifyingKey::from_certificate(certificate)? })
    }

    /// Returns the private key as PKCS#8 in PEM form, unencrypted.
    ///
    /// # Errors
    /// [`Error::Crypto`] when the key lives elsewhere, or when OpenSSL refuses.
    pub fn private_key_pem(&self) -> Result<Vec<u8>, Error> {
        match &self.private {
            PrivateHalf::Here(key) => {
                key.private_key_to_pem_pkcs8().map_err(|_| Error::Crypto { operation: "write a private key" })
            }
            PrivateHalf::Elsewhere(_) => Err(Error::Crypto { operation: "write a private key that lives elsewhere" }),
        }
    }

    /// Returns the public side: what goes into our metadata.
    #[must_use]
    pub const fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    pub(crate) const fn private(&self) -> &PrivateHalf {
        &self.private
    }
}

impl fmt::Debug for SigningKey {
    /// Shows the certificate's fingerprint only (ATT-200).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public.sha256)
    }
}

/// Our private key for what is encrypted to us.
#[derive(Clone)]
pub struct DecryptionKey {
    key: PKey<Private>,
}

impl DecryptionKey {
    /// Reads an RSA private key (PKCS#8 or PKCS#1) in PEM form.
    ///
    /// # Errors
    /// [`Error::PrivateKey`] when it cannot be read or is no RSA key, [`Error::WeakKey`] under 2048 bits.
    pub fn from_pem(private_key: &[u8]) -> Result<Self, Error> {
        let key = PKey::private_key_from_pem_passphrase(private_key, b"").map_err(|_| Error::PrivateKey)?;
        refuse_weak(&key)?;
        if key.id() == Id::RSA { Ok(Self { key }) } else { Err(Error::PrivateKey) }
    }

    pub(crate) fn pkey(&self) -> &PKeyRef<Private> {
        &self.key
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DecryptionKey(redacted)")
    }
}

fn refuse_weak<T: HasPublic>(key: &PKeyRef<T>) -> Result<(), Error> {
    match key.id() {
        Id::RSA | Id::RSA_PSS if key.bits() >= 2048 => Ok(()),
        Id::RSA | Id::RSA_PSS => Err(Error::WeakKey { found: format!("RSA of {} bits", key.bits()) }),
        Id::EC => {
            let curve = key.ec_key().ok().and_then(|key| key.group().curve_name());
            match curve {
                Some(Nid::X9_62_PRIME256V1 | Nid::SECP384R1 | Nid::SECP521R1) => Ok(()),
                _ => Err(Error::WeakKey { found: "an elliptic curve that is not allowed".to_owned() }),
            }
        }
        _ => Err(Error::WeakKey { found: "another kind of key".to_owned() }),
    }
}

fn self_signed(
    key: &PKeyRef<Private>,
    common_name: &str,
    not_before: i64,
    not_after: i64,
) -> Result<X509, openssl::error::ErrorStack> {
    let mut serial = BigNum::new()?;
    serial.rand(127, MsbOption::MAYBE_ZERO, false)?;
    let mut name = X509Name::builder()?;
    name.append_entry_by_nid(Nid::COMMONNAME, common_name)?;
    let name = name.build();
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    let serial: Asn1Integer = serial.to_asn1_integer()?;
    builder.set_serial_number(&serial)?;
    builder.set_subject_name(&name)?;
    builder.set_issuer_name(&name)?;
    let (not_before, not_after) = (Asn1Time::from_unix(not_before)?, Asn1Time::from_unix(not_after)?);
    builder.set_not_before(&not_before)?;
    builder.set_not_after(&not_after)?;
    builder.set_pubkey(key)?;
    builder.sign(key, MessageDigest::sha256())?;
    Ok(builder.build())
}

fn unix_seconds(time: &Asn1TimeRef) -> i64 {
    let difference = Asn1Time::from_unix(0).and_then(|epoch| epoch.diff(time));
    difference.map_or(0, |difference| i64::from(difference.days) * 86_400 + i64::from(difference.secs))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
