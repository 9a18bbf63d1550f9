use std::fmt;

use openssl::pkey::{Id, PKey, PKeyRef, Private};
use openssl::rsa::Rsa;

use crate::error::Error;

/// An RSA private key of at least 2048 bits.
#[derive(Clone)]
pub struct PrivateKey(PKey<Private>);

impl PrivateKey {
    /// Reads a private key: PKCS#8, encrypted or not, or PKCS#1, in DER or PEM form.
    ///
    /// `passphrase` is for an encrypted key; for another it is not looked at.
    ///
    /// # Errors
    /// [`Error::Passphrase`] when the key is encrypted and the passphrase is missing or wrong, [`Error::PrivateKey`]
    /// when there is no key, [`Error::KeyKind`] when it is not RSA, [`Error::KeyWeak`] under 2048 bits.
    pub fn read(bytes: &[u8], passphrase: Option<&str>) -> Result<Self, Error> {
        let passphrase = passphrase.unwrap_or_default();
        // A passphrase ends at a zero byte in OpenSSL's C interface.
        if passphrase.contains('\0') {
            return Err(Error::Passphrase);
        }
        let pem = contains(bytes, b"-----BEGIN ");
        let (key, encrypted) = if pem {
            // Being given a passphrase, even an empty one, keeps OpenSSL from asking for one on the terminal.
            (PKey::private_key_from_pem_passphrase(bytes, passphrase.as_bytes()), contains(bytes, b"ENCRYPTED"))
        } else if is_encrypted_der(bytes) {
            (PKey::private_key_from_pkcs8_passphrase(bytes, passphrase.as_bytes()), true)
        } else {
            (PKey::private_key_from_der(bytes), false)
        };
        match key {
            Ok(key) => Self::new(key),
            Err(_) if encrypted => Err(Error::Passphrase),
            Err(_) => Err(Error::PrivateKey),
        }
    }

    /// Makes a fresh RSA key of `bits`.
    ///
    /// # Errors
    /// [`Error::KeyWeak`] under 2048 bits; [`Error::Crypto`] when OpenSSL refuses.
    pub fn generate(bits: u32) -> Result<Self, Error> {
        // Refused before it is made: OpenSSL would make it.
        refuse_short(bits, LEAST_BITS)?;
        let key = Rsa::generate(bits).and_then(PKey::from_rsa);
        Self::new(key.map_err(|_| Error::Crypto { operation: "make a key" })?)
    }

    pub(crate) fn new(key: PKey<Private>) -> Result<Self, Error> {
        if key.id() != Id::RSA {
            return Err(Error::KeyKind);
        }
        let key = Self(key);
        refuse_short(key.bits(), LEAST_BITS)?;
        Ok(key)
    }

    /// Returns the key as PKCS#8 in PEM form, unencrypted.
    ///
    /// # Errors
    /// [`Error::Crypto`] when OpenSSL refuses.
    pub fn to_pem(&self) -> Result<Vec<u8>, Error> {
        self.0.private_key_to_pem_pkcs8().map_err(|_| Error::Crypto { operation: "write a private key" })
    }

    /// Returns the number of bits of the modulus.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.0.bits()
    }

    pub(crate) fn pkey(&self) -> &PKeyRef<Private> {
        &self.0
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(redacted)")
    }
}

pub(crate) fn refuse_short(found: u32, expected: u32) -> Result<(), Error> {
    if found < expected { Err(Error::KeyWeak { expected, found }) } else { Ok(()) }
}

/// Tells an `EncryptedPrivateKeyInfo`, which starts with an algorithm, from the other forms, which start with a
/// version, and from a certificate, for which no passphrase is missing.
fn is_encrypted_der(bytes: &[u8]) -> bool {
    // A key of 2048 bits takes more than 255 bytes and less than 65536: the length of the sequence is two bytes. The
    // algorithm takes less than 128, and its OID comes first (RFC 5958 3).
    matches!(bytes, [0x30, 0x82, _, _, 0x30, 0..=0x7f, 0x06, ..])
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The least that PKIoverheid has issued since G1, and that DigiD takes.
const LEAST_BITS: u32 = 2048;
