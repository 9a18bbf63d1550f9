//! What is encrypted to us, written by hand so that each part can be wrong.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::encrypt::Encrypter;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::{Padding, Rsa};
use openssl::symm::{Cipher, Crypter, Mode, encrypt_aead};
use saml_xml::{Document, ParseOptions};
use saml_xml_security::{Authenticated, DecryptionKey, Error, decrypt};

pub(crate) const US: &str = "https://portal.example.nl/saml";
pub(crate) const GCM_128: &str = "http://www.w3.org/2009/xmlenc11#aes128-gcm";
pub(crate) const GCM_256: &str = "http://www.w3.org/2009/xmlenc11#aes256-gcm";
pub(crate) const CBC_128: &str = "http://www.w3.org/2001/04/xmlenc#aes128-cbc";
pub(crate) const CBC_256: &str = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";
pub(crate) const MGF1P: &str = "<xenc:EncryptionMethod Algorithm='http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p'/>";

/// A message before it is written, each part of which a test can change.
pub(crate) struct Message {
    pub(crate) cipher: &'static str,
    pub(crate) transport: String,
    pub(crate) content_key: Vec<u8>,
    pub(crate) ciphertext: Vec<u8>,
    pub(crate) key_attributes: String,
    pub(crate) copies: usize,
    pub(crate) beside: bool,
    pub(crate) data_attributes: &'static str,
    pub(crate) key_info: &'static str,
}

pub(crate) fn our_key() -> &'static PKey<Private> {
    static KEY: OnceLock<PKey<Private>> = OnceLock::new();
    KEY.get_or_init(|| PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap())
}

pub(crate) fn keys() -> [DecryptionKey; 1] {
    [DecryptionKey::from_pem(&our_key().private_key_to_pem_pkcs8().unwrap()).unwrap()]
}

pub(crate) fn wrap(content_key: &[u8], digest: MessageDigest, mask: MessageDigest) -> Vec<u8> {
    let mut encrypter = Encrypter::new(our_key()).unwrap();
    encrypter.set_rsa_padding(Padding::PKCS1_OAEP).unwrap();
    encrypter.set_rsa_oaep_md(digest).unwrap();
    encrypter.set_rsa_mgf1_md(mask).unwrap();
    let mut wrapped = vec![0; encrypter.encrypt_len(content_key).unwrap()];
    let length = encrypter.encrypt(content_key, &mut wrapped).unwrap();
    wrapped.truncate(length);
    wrapped
}

pub(crate) fn gcm(cipher: &'static str, plaintext: &[u8]) -> Message {
    let algorithm = if cipher == GCM_128 { Cipher::aes_128_gcm() } else { Cipher::aes_256_gcm() };
    let content_key = vec![7; algorithm.key_len()];
    let mut tag = [0; 16];
    let content = encrypt_aead(algorithm, &content_key, Some(&[3; 12]), &[], plaintext, &mut tag).unwrap();
    let ciphertext = [&[3; 12][..], &content, &tag].concat();
    message(cipher, &content_key, ciphertext)
}

/// Encrypts whole blocks as they are, so that a test decides what the padding is.
pub(crate) fn cbc(cipher: &'static str, blocks: &[u8]) -> Message {
    let algorithm = if cipher == CBC_128 { Cipher::aes_128_cbc() } else { Cipher::aes_256_cbc() };
    let content_key = vec![7; algorithm.key_len()];
    let mut crypter = Crypter::new(algorithm, Mode::Encrypt, &content_key, Some(&[3; 16])).unwrap();
    crypter.pad(false);
    let mut content = vec![0; blocks.len() + 16];
    let length = crypter.update(blocks, &mut content).unwrap();
    content.truncate(length);
    message(cipher, &content_key, [&[3; 16][..], &content].concat())
}

pub(crate) fn message(cipher: &'static str, content_key: &[u8], ciphertext: Vec<u8>) -> Message {
    let content_key = wrap(content_key, MessageDigest::sha1(), MessageDigest::sha1());
    Message {
        cipher,
        transport: MGF1P.to_owned(),
        content_key,
        ciphertext,
        key_attributes: String::new(),
        copies: 1,
        beside: false,
        data_attributes: "",
        key_info: "",
    }
}

impl Message {
    pub(crate) fn write(&self) -> String {
        let key = format!(
            "<xenc:EncryptedKey {}>{}<xenc:CipherData><xenc:CipherValue>{}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>",
            self.key_attributes, self.transport, STANDARD.encode(&self.content_key)
        )
        .repeat(self.copies);
        let (inside, beside) = if self.beside { (String::new(), key) } else { (key, String::new()) };
        format!(
            "<EncryptedAssertion xmlns:xenc='http://www.w3.org/2001/04/xmlenc#' xmlns:ds='http://www.w3.org/2000/09/xmldsig#' \
             xmlns:xenc11='http://www.w3.org/2009/xmlenc11#'><xenc:EncryptedData {}><xenc:EncryptionMethod Algorithm='{}'/>\
             <ds:KeyInfo>{}{inside}</ds:KeyInfo><xenc:CipherData><xenc:CipherValue>{}</xenc:CipherValue></xenc:CipherData>\
             </xenc:EncryptedData>{beside}</EncryptedAssertion>",
            self.data_attributes,
            self.cipher,
            self.key_info,
            STANDARD.encode(&self.ciphertext)
        )
    }

    pub(crate) fn open(&self, authenticated: Authenticated) -> Result<Vec<u8>, Error> {
        open(&self.write(), authenticated)
    }
}

pub(crate) fn open(xml: &str, authenticated: Authenticated) -> Result<Vec<u8>, Error> {
    let document = Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap();
    decrypt(document.root(), &keys(), US, authenticated)
}

pub(crate) fn algorithm(found: &str) -> Result<Vec<u8>, Error> {
    Err(Error::EncryptionAlgorithm { found: found.to_owned() })
}

pub(crate) fn structure(expected: &'static str, parent: &str) -> Result<Vec<u8>, Error> {
    Err(Error::EncryptionStructure { expected, parent: parent.to_owned() })
}
