use std::fmt;

use openssl::symm::{Cipher, decrypt_aead, encrypt_aead};

use crate::error::Error;
use crate::octets::{keyed_digest, random_bytes};

/// Keys that seal what is kept outside this process, in a store that several share or in a cookie.
///
/// AES-256 in Galois/Counter Mode (NIST SP 800-38D) with a random nonce: who holds what is sealed cannot read it,
/// change it, or put it in the place of another. Change the key within 2^32 values (SP 800-38D 8.3), which is a year at
/// a hundred a second.
///
/// ```
/// use saml_xml_security::{Error, SealingKeys};
///
/// let keys = SealingKeys::new([7; 32])?;
/// let sealed = keys.seal(b"value", b"its place")?;
/// assert_eq!(keys.open(&sealed, b"its place")?, b"value");
/// assert_eq!(keys.open(&sealed, b"another place"), Err(Error::SealBroken));
///
/// let next = SealingKeys::new([8; 32])?.and_opens_with([7; 32])?;
/// assert_eq!(next.open(&sealed, b"its place")?, b"value");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
pub struct SealingKeys {
    active: SealingKey,
    former: Vec<SealingKey>,
}

#[derive(Clone)]
struct SealingKey {
    id: [u8; 4],
    key: [u8; 32],
}

impl SealingKeys {
    /// Takes the key that seals, 32 random bytes; all processes that share a store have the same.
    ///
    /// # Errors
    /// [`Error::Crypto`].
    pub fn new(key: [u8; 32]) -> Result<Self, Error> {
        Ok(Self { active: SealingKey::new(key)?, former: Vec::new() })
    }

    /// Opens what `key` sealed too, and seals nothing with it.
    ///
    /// For a change of keys: first every process opens with the new one, then every process seals with it.
    ///
    /// # Errors
    /// [`Error::Crypto`].
    pub fn and_opens_with(mut self, key: [u8; 32]) -> Result<Self, Error> {
        self.former.push(SealingKey::new(key)?);
        Ok(self)
    }

    /// Seals a value for one place: `place` is not kept, and must be given again to open it.
    ///
    /// # Errors
    /// [`Error::Crypto`].
    pub fn seal(&self, value: &[u8], place: &[u8]) -> Result<Vec<u8>, Error> {
        let nonce: [u8; NONCE] = random_bytes()?;
        let mut tag = [0; TAG];
        let SealingKey { id, key } = &self.active;
        let hidden = encrypt_aead(Cipher::aes_256_gcm(), key, Some(&nonce), place, value, &mut tag)
            .map_err(|_| Error::Crypto { operation: "seal" })?;
        Ok([&id[..], &nonce, &tag, &hidden].concat())
    }

    /// Opens a value that [`seal`](Self::seal) made for this place with one of these keys.
    ///
    /// # Errors
    /// [`Error::SealKeyUnknown`] where it names none of these keys, and [`Error::SealBroken`] whatever else is wrong
    /// with it.
    pub fn open(&self, sealed: &[u8], place: &[u8]) -> Result<Vec<u8>, Error> {
        let (id, rest) = sealed.split_first_chunk::<4>().ok_or(Error::SealBroken)?;
        let keys = [&self.active].into_iter().chain(&self.former);
        let opened_with = |key: &SealingKey| {
            let (nonce, rest) = rest.split_first_chunk::<NONCE>()?;
            let (tag, hidden) = rest.split_first_chunk::<TAG>()?;
            decrypt_aead(Cipher::aes_256_gcm(), &key.key, Some(nonce), place, hidden, tag).ok()
        };
        // Two keys may have one name by chance; only the right one opens.
        let mut named = keys.filter(|key| key.id == *id).peekable();
        named.peek().ok_or(Error::SealKeyUnknown)?;
        named.find_map(opened_with).ok_or(Error::SealBroken)
    }
}

impl SealingKey {
    fn new(key: [u8; 32]) -> Result<Self, Error> {
        // Tells keys apart, and tells nothing of them.
        let [a, b, c, d, ..] = keyed_digest(&key, b"id of a sealing key")?;
        Ok(Self { id: [a, b, c, d], key })
    }
}

impl fmt::Debug for SealingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKeys(redacted)")
    }
}

const NONCE: usize = 12;
const TAG: usize = 16;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn no_changed_bit_and_no_cut_opens() {
        let keys = SealingKeys::new([7; 32]).unwrap();
        let sealed = keys.seal(b"value", b"place").unwrap();
        for position in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            // The first four name the key.
            let expected = if position < 4 { Error::SealKeyUnknown } else { Error::SealBroken };
            assert_eq!(keys.open(&changed, b"place"), Err(expected), "byte {position}");
            assert_eq!(keys.open(&sealed[..position], b"place"), Err(Error::SealBroken), "{position} bytes");
        }
        assert_eq!(keys.open(&sealed, b"place").unwrap(), b"value");
    }

    #[test]
    fn what_is_sealed_shows_nothing_and_is_never_the_same() {
        let keys = SealingKeys::new([7; 32]).unwrap();
        let [one, other] = [0, 1].map(|_| keys.seal(b"900000012", b"place").unwrap());
        assert_ne!(one, other);
        assert!(!one.windows(9).any(|window| window == b"900000012"));
        assert_eq!(format!("{keys:?}"), "SealingKeys(redacted)");
    }

    #[test]
    fn a_key_that_is_gone_opens_nothing() {
        let sealed = SealingKeys::new([7; 32]).unwrap().seal(b"value", b"place").unwrap();
        let next = SealingKeys::new([8; 32]).unwrap();
        assert_eq!(next.open(&sealed, b"place"), Err(Error::SealKeyUnknown));
        assert_eq!(next.and_opens_with([7; 32]).unwrap().open(&sealed, b"place").unwrap(), b"value");
    }
}
