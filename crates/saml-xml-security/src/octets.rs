use openssl::bn::BigNum;
use openssl::ecdsa::EcdsaSig;
use openssl::pkey::{HasPublic, PKeyRef, Private};

use crate::algorithm::{Family, SignatureAlgorithm};
use crate::contexts::{sign_digest, verify_digest};
use crate::error::Error;
use crate::key::{PrivateHalf, SigningKey, VerifyingKey};

/// Checks a signature over `octets` with each of `keys` that fits the algorithm; returns the key that made it.
///
/// # Errors
/// [`Error::NoKey`] without keys, [`Error::KeyType`] when none fits, [`Error::SignatureInvalid`] when none made it.
pub fn verify_octets<'k>(
    octets: &[u8],
    signature: &[u8],
    algorithm: SignatureAlgorithm,
    keys: &'k [VerifyingKey],
) -> Result<&'k VerifyingKey, Error> {
    if keys.is_empty() {
        return Err(Error::NoKey);
    }
    let mut fitting = keys.iter().filter(|key| key.fits(algorithm.family())).peekable();
    if fitting.peek().is_none() {
        return Err(Error::KeyType { algorithm: algorithm.uri() });
    }
    let digest = algorithm.digest().of(octets);
    fitting
        .find(|key| holds(&digest, signature, algorithm, key).unwrap_or(false))
        .ok_or(Error::SignatureInvalid { keys: keys.len() })
}

/// Signs `octets`.
///
/// # Errors
/// [`Error::KeyType`] when the key does not fit the algorithm, [`Error::Crypto`] when OpenSSL or an
/// [`ExternalSigner`](crate::ExternalSigner) refuses, [`Error::KeyMismatch`] when what the latter made does not hold.
pub fn sign_octets(octets: &[u8], algorithm: SignatureAlgorithm, key: &SigningKey) -> Result<Vec<u8>, Error> {
    let public = key.verifying_key();
    if !public.fits(algorithm.family()) {
        return Err(Error::KeyType { algorithm: algorithm.uri() });
    }
    match key.private() {
        PrivateHalf::Here(key) => sign_with(key, public, octets, algorithm),
        PrivateHalf::Elsewhere(signer) => {
            let signature = signer.sign(octets, algorithm)?;
            let holds = verify_octets(octets, &signature, algorithm, std::slice::from_ref(public)).is_ok();
            if holds { Ok(signature) } else { Err(Error::KeyMismatch) }
        }
    }
}

/// Returns the SHA-256 of `octets`.
#[must_use]
pub fn sha256(octets: &[u8]) -> [u8; 32] {
    openssl::sha::sha256(octets)
}

/// Returns bytes from OpenSSL's random generator, for identifiers and cookies.
///
/// # Errors
/// [`Error::Crypto`] when the generator has no entropy.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    openssl::rand::rand_bytes(&mut bytes).map_err(|_| Error::Crypto { operation: "make random bytes" })?;
    Ok(bytes)
}

/// Returns the SHA-1 of an entity ID: the `SourceID` of the artifacts that the entity makes (SAML Bindings 3.6.4.2).
///
/// It names a sender that is known already; nothing is trusted because of it.
///
/// ```
/// use saml_xml_security::source_id;
///
/// assert_eq!(source_id("abc")[..4], [0xA9, 0x99, 0x3E, 0x36]);
/// ```
#[must_use]
pub fn source_id(entity_id: &str) -> [u8; 20] {
    openssl::sha::sha1(entity_id.as_bytes())
}

fn sign_with(
    key: &PKeyRef<Private>,
    public: &VerifyingKey,
    octets: &[u8],
    algorithm: SignatureAlgorithm,
) -> Result<Vec<u8>, Error> {
    let failed = |_| Error::Crypto { operation: "sign" };
    let signature = sign_digest(key, public, algorithm, &algorithm.digest().of(octets)).map_err(failed)?;
    if algorithm.family() != Family::Ecdsa {
        return Ok(signature);
    }
    let width = i32::try_from(coordinate_width(key)).unwrap_or(0);
    let signature = EcdsaSig::from_der(&signature).map_err(failed)?;
    let mut raw = signature.r().to_vec_padded(width).map_err(failed)?;
    raw.extend(signature.s().to_vec_padded(width).map_err(failed)?);
    Ok(raw)
}

/// Tells whether `key` made `signature` over what has this digest; every failure is a no (ATT-058).
fn holds(
    digest: &[u8],
    signature: &[u8],
    algorithm: SignatureAlgorithm,
    key: &VerifyingKey,
) -> Result<bool, openssl::error::ErrorStack> {
    match algorithm.family() {
        // OpenSSL lets a PSS signature pass that lacks its leading zero bytes (RFC 8017 8.1.2, step 1).
        Family::RsaPkcs1 | Family::RsaPss if signature.len() != key.pkey().size() => Ok(false),
        Family::RsaPkcs1 | Family::RsaPss => verify_digest(key, algorithm, digest, signature),
        Family::Ecdsa => match der_of_raw(signature, coordinate_width(key.pkey()))? {
            Some(der) => verify_digest(key, algorithm, digest, &der),
            None => Ok(false),
        },
    }
}

/// Turns `r || s`, each `width` bytes, into the DER form that OpenSSL takes; any other length is refused (ATT-071).
fn der_of_raw(raw: &[u8], width: usize) -> Result<Option<Vec<u8>>, openssl::error::ErrorStack> {
    if width == 0 || raw.len() != 2 * width {
        return Ok(None);
    }
    let (r, s) = raw.split_at(width);
    let signature = EcdsaSig::from_private_components(BigNum::from_slice(r)?, BigNum::from_slice(s)?)?;
    signature.to_der().map(Some)
}

/// Returns the bytes of one coordinate: 32, 48, or 66 for P-521.
fn coordinate_width<T: HasPublic>(key: &PKeyRef<T>) -> usize {
    (key.bits() as usize).div_ceil(8)
}
