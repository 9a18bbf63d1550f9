use openssl::bn::BigNum;
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::pkey::{HasPublic, PKey, PKeyRef, Private};
use openssl::sign::{Signer, Verifier};

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

/// Checks a signature by RSA with SHA-1 over `octets`, which anybody who pays for a collision may have moved there.
///
/// No policy lists this algorithm and no XML signature is verified with it. It is here for one message that decides
/// nothing: the `LogoutResponse` that DigiD 3.x sends by HTTP-Redirect.
///
/// # Errors
/// [`Error::NoKey`] without keys, [`Error::SignatureInvalid`] when none made it, be it that none is an RSA key.
pub fn danger_verify_octets_rsa_sha1<'k>(
    octets: &[u8],
    signature: &[u8],
    keys: &'k [VerifyingKey],
) -> Result<&'k VerifyingKey, Error> {
    let holds = |key: &&VerifyingKey| {
        let verify = || Verifier::new(MessageDigest::sha1(), key.pkey())?.verify_oneshot(signature, octets);
        signature.len() == key.pkey().size() && verify().unwrap_or(false)
    };
    let mut fitting = keys.iter().filter(|key| key.fits(Family::RsaPkcs1));
    match fitting.find(holds) {
        Some(key) => Ok(key),
        None if keys.is_empty() => Err(Error::NoKey),
        None => Err(Error::SignatureInvalid { keys: keys.len() }),
    }
}

/// Returns the HMAC with SHA-256 of `octets` (RFC 2104): who has not the key cannot find a short text out by trying
/// them all.
///
/// # Errors
/// [`Error::Crypto`].
pub fn keyed_digest(key: &[u8; 32], octets: &[u8]) -> Result<[u8; 32], Error> {
    let failed = |_| Error::Crypto { operation: "make a keyed digest" };
    let key = PKey::hmac(key).map_err(failed)?;
    let mut digest = [0; 32];
    let mut signer = Signer::new(MessageDigest::sha256(), &key).map_err(failed)?;
    signer.sign_oneshot(&mut digest, octets).map_err(failed)?;
    Ok(digest)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

    use super::*;

    fn rsa_sha1(key: &SigningKey, octets: &[u8]) -> Vec<u8> {
        let PrivateHalf::Here(key) = key.private() else { panic!("a key that is here") };
        Signer::new(MessageDigest::sha1(), key).unwrap().sign_oneshot_to_vec(octets).unwrap()
    }

    #[test]
    fn rsa_with_sha1_holds_for_its_key_and_octets_alone() {
        let [key, other] =
            ["a", "b"].map(|name| SigningKey::generate_self_signed(2048, name, 0, 4_000_000_000).unwrap());
        let signature = rsa_sha1(&key, b"octets");
        let keys = [other.verifying_key().clone(), key.verifying_key().clone()];
        assert_eq!(danger_verify_octets_rsa_sha1(b"octets", &signature, &keys), Ok(key.verifying_key()));

        let invalid = |keys| Err(Error::SignatureInvalid { keys });
        assert_eq!(danger_verify_octets_rsa_sha1(b"octet", &signature, &keys), invalid(2));
        assert_eq!(danger_verify_octets_rsa_sha1(b"octets", &signature, &keys[..1]), invalid(1));
        assert_eq!(danger_verify_octets_rsa_sha1(b"octets", &signature, &[]), Err(Error::NoKey));
        let sha256 = sign_octets(b"octets", SignatureAlgorithm::RsaSha256, &key).unwrap();
        assert_eq!(danger_verify_octets_rsa_sha1(b"octets", &sha256, &keys), invalid(2));
    }

    #[test]
    fn a_keyed_digest_is_that_of_rfc_4231() {
        // Test case 2 has a key of four bytes, which HMAC fills up with zeros.
        let mut key = [0; 32];
        key.iter_mut().zip(b"Jefe").for_each(|(byte, letter)| *byte = *letter);
        let digest = keyed_digest(&key, b"what do ya want for nothing?").unwrap();
        let hexadecimal: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hexadecimal, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
