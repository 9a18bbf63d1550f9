use openssl::encrypt::Decrypter;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKeyRef, Private};
use openssl::rsa::Padding;
use openssl::symm::{Cipher, Crypter, Mode, decrypt_aead};
use saml_xml::Element;

use super::{XMLENC_NAMESPACE, XMLENC11_NAMESPACE};
use crate::XMLDSIG_NAMESPACE;
use crate::error::{Error, shorten};

/// How content is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContentCipher {
    /// AES-128 in CBC, which nothing but a signature over the ciphertext protects (ATT-086).
    Aes128Cbc,
    /// AES-128 in GCM.
    Aes128Gcm,
    /// AES-256 in CBC, which nothing but a signature over the ciphertext protects.
    Aes256Cbc,
    /// AES-256 in GCM.
    Aes256Gcm,
}

impl ContentCipher {
    pub(super) fn from_uri(uri: &str) -> Result<Self, Error> {
        [Self::Aes128Cbc, Self::Aes128Gcm, Self::Aes256Cbc, Self::Aes256Gcm]
            .into_iter()
            .find(|cipher| cipher.uri() == uri)
            .ok_or_else(|| Error::EncryptionAlgorithm { found: shorten(uri) })
    }

    /// Returns the URI that stands in `EncryptionMethod/@Algorithm`.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Aes128Cbc => "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
            Self::Aes128Gcm => "http://www.w3.org/2009/xmlenc11#aes128-gcm",
            Self::Aes256Cbc => "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
            Self::Aes256Gcm => "http://www.w3.org/2009/xmlenc11#aes256-gcm",
        }
    }

    pub(crate) const fn is_authenticated(self) -> bool {
        matches!(self, Self::Aes128Gcm | Self::Aes256Gcm)
    }

    pub(crate) fn symmetric(self) -> Cipher {
        match self {
            Self::Aes128Cbc => Cipher::aes_128_cbc(),
            Self::Aes128Gcm => Cipher::aes_128_gcm(),
            Self::Aes256Cbc => Cipher::aes_256_cbc(),
            Self::Aes256Gcm => Cipher::aes_256_gcm(),
        }
    }

    /// Decrypts, or says no without saying why.
    pub(super) fn decrypt(self, key: &[u8], ciphertext: &[u8]) -> Option<Vec<u8>> {
        let cipher = self.symmetric();
        if key.len() != cipher.key_len() {
            return None;
        }
        if self.is_authenticated() {
            // XML Encryption 1.1 5.2.4: an initialisation vector of 96 bits before, a tag of 128 bits behind (ATT-098).
            let (vector, rest) = ciphertext.split_at_checked(12)?;
            let (content, tag) = rest.split_at_checked(rest.len().checked_sub(16)?)?;
            return decrypt_aead(cipher, key, Some(vector), &[], content, tag).ok();
        }
        let (vector, content) = ciphertext.split_at_checked(16)?;
        let mut crypter = Crypter::new(cipher, Mode::Decrypt, key, Some(vector)).ok()?;
        crypter.pad(false);
        let mut plaintext = vec![0; content.len() + cipher.block_size()];
        let length = crypter.update(content, &mut plaintext).ok()?;
        // Nothing is left to write where OpenSSL does not look at the padding; half a block is refused here.
        crypter.finalize(plaintext.get_mut(length..)?).ok()?;
        plaintext.truncate(length);
        // XML Encryption 5.2: only the last byte of the padding counts (ISO 10126).
        let padding = usize::from(*plaintext.last()?);
        if padding == 0 || padding > cipher.block_size() {
            return None;
        }
        plaintext.truncate(length.checked_sub(padding)?);
        Some(plaintext)
    }
}

/// How the key of the content is encrypted: RSA-OAEP, with its digest and its mask. RSA 1.5 does not exist here
/// (ATT-087).
#[derive(Clone, Copy)]
pub(super) struct KeyTransport {
    digest: MessageDigest,
    mask: MessageDigest,
}

impl KeyTransport {
    pub(super) fn read(method: Element<'_>) -> Result<Self, Error> {
        let uri = method.attribute("Algorithm").unwrap_or("no algorithm");
        let refused = |found: &str| Error::EncryptionAlgorithm { found: shorten(found) };
        let child = |namespace: &str, name: &str| method.children().find(|child| child.is(namespace, name));
        let named =
            |child: Option<Element<'_>>| child.map(|child| child.attribute("Algorithm").unwrap_or("").to_owned());
        if child(XMLENC_NAMESPACE, "OAEPparams").is_some() {
            return Err(refused("a label in OAEP"));
        }
        let digest = match named(child(XMLDSIG_NAMESPACE, "DigestMethod")).as_deref() {
            None | Some("http://www.w3.org/2000/09/xmldsig#sha1") => MessageDigest::sha1(),
            Some("http://www.w3.org/2001/04/xmlenc#sha256") => MessageDigest::sha256(),
            Some(other) => return Err(refused(other)),
        };
        let mask = match (uri, named(child(XMLENC11_NAMESPACE, "MGF")).as_deref()) {
            // rsa-oaep-mgf1p is MGF1 with SHA-1, whatever the digest (XML Encryption 1.1 5.5.2, ATT-090).
            ("http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p", None) => MessageDigest::sha1(),
            (RSA_OAEP, None | Some("http://www.w3.org/2009/xmlenc11#mgf1sha1")) => MessageDigest::sha1(),
            (RSA_OAEP, Some("http://www.w3.org/2009/xmlenc11#mgf1sha256")) => MessageDigest::sha256(),
            (RSA_OAEP, Some(other)) => return Err(refused(other)),
            _ => return Err(refused(uri)),
        };
        Ok(Self { digest, mask })
    }

    /// Decrypts a key, or says no without saying why.
    pub(super) fn unwrap(&self, encrypted: &[u8], key: &PKeyRef<Private>) -> Option<Vec<u8>> {
        let mut decrypter = Decrypter::new(key).ok()?;
        decrypter.set_rsa_padding(Padding::PKCS1_OAEP).ok()?;
        decrypter.set_rsa_oaep_md(self.digest).ok()?;
        decrypter.set_rsa_mgf1_md(self.mask).ok()?;
        let mut content_key = vec![0; decrypter.decrypt_len(encrypted).ok()?];
        let length = decrypter.decrypt(encrypted, &mut content_key).ok()?;
        content_key.truncate(length);
        Some(content_key)
    }
}

const RSA_OAEP: &str = "http://www.w3.org/2009/xmlenc11#rsa-oaep";
