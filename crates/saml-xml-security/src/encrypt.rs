use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::encrypt::Encrypter;
use openssl::rsa::Padding;
use openssl::symm;
use saml_xml::Writer;

use crate::XMLDSIG_NAMESPACE;
use crate::decrypt::{ContentCipher, ELEMENT, ENCRYPTED_KEY, XMLENC_NAMESPACE};
use crate::error::Error;
use crate::key::VerifyingKey;
use crate::octets::random_bytes;

/// Encrypts `plaintext` for the holder of `recipient`, and returns an `EncryptedData` with the `EncryptedKey` in it.
///
/// The key of the content is fresh and random, and so is the initialisation vector (ATT-197); the key goes by
/// `rsa-oaep-mgf1p`. Meant for a simulated identity provider and for tests.
///
/// # Errors
/// [`Error::Crypto`] when OpenSSL refuses, as it does for a key that is not RSA.
///
/// ```
/// use saml_xml::{Document, ParseOptions};
/// use saml_xml_security::{Authenticated, ContentCipher, DecryptionKey, SigningKey, decrypt, encrypt};
///
/// let key = SigningKey::generate_self_signed(2048, "portal", 0, 4_000_000_000)?;
/// let data = encrypt(b"<a/>", key.verifying_key(), ContentCipher::Aes256Gcm)?;
/// let holder = format!("<a>{data}</a>");
/// let document = Document::parse(holder.as_bytes(), &ParseOptions::message()).unwrap();
/// let keys = [DecryptionKey::from_pem(&key.private_key_pem()?)?];
/// assert_eq!(decrypt(document.root(), &keys, "portal", Authenticated::No)?, b"<a/>");
/// # Ok::<(), saml_xml_security::Error>(())
/// ```
pub fn encrypt(plaintext: &[u8], recipient: &VerifyingKey, cipher: ContentCipher) -> Result<String, Error> {
    let algorithm = cipher.symmetric();
    let content_key: [u8; 32] = random_bytes()?;
    let content_key = content_key.get(..algorithm.key_len()).unwrap_or_default();
    let ciphertext = encrypt_content(plaintext, content_key, cipher).ok_or(FAILED)?;
    let wrapped = wrap(content_key, recipient).map_err(|_| FAILED)?;

    let mut writer = Writer::new();
    writer.start("xenc:EncryptedData").attribute("xmlns:xenc", XMLENC_NAMESPACE);
    writer.attribute("Type", ELEMENT);
    writer.start("xenc:EncryptionMethod").attribute("Algorithm", cipher.uri()).end();
    writer.start("ds:KeyInfo").attribute("xmlns:ds", XMLDSIG_NAMESPACE).start("xenc:EncryptedKey");
    writer.start("xenc:EncryptionMethod").attribute("Algorithm", RSA_OAEP_MGF1P).end();
    cipher_data(&mut writer, &wrapped);
    writer.end().end();
    cipher_data(&mut writer, &ciphertext);
    writer.end();
    Ok(writer.finish()?)
}

/// One of several who can open the same ciphertext.
#[derive(Clone, Copy, Debug)]
pub struct Recipient<'a> {
    /// The entity ID, which stands in `EncryptedKey/@Recipient`.
    pub entity_id: &'a str,
    /// The key.
    pub key: &'a VerifyingKey,
}

/// Encrypts `plaintext` for each of `recipients`, and returns an `EncryptedData` with one `EncryptedKey` behind it for
/// each, as the `EncryptedID` of Stelsel Toegang has them (ST-SAML, EncryptedID).
///
/// A single key is pointed to by a `RetrievalMethod`; several share a name. `id` is the `Id` of the `EncryptedData`,
/// those of the keys begin with it. Meant, as [`encrypt`], for a simulated identity provider and for tests.
///
/// # Errors
/// [`Error::Crypto`] when OpenSSL refuses, [`Error::Write`] for a text that XML cannot hold.
///
/// ```
/// use saml_xml::{Document, ParseOptions};
/// use saml_xml_security::{
///     Authenticated, ContentCipher, DecryptionKey, Recipient, SigningKey, decrypt, encrypt_for_each,
/// };
///
/// let [ours, theirs] = [1, 2].map(|_| SigningKey::generate_self_signed(2048, "portal", 0, 4_000_000_000).unwrap());
/// let recipients = [("urn:theirs", &theirs), ("urn:ours", &ours)]
///     .map(|(entity_id, key)| Recipient { entity_id, key: key.verifying_key() });
/// let data = encrypt_for_each(b"<a/>", &recipients, "_1", ContentCipher::Aes256Cbc)?;
/// let holder = format!("<a>{data}</a>");
/// let document = Document::parse(holder.as_bytes(), &ParseOptions::message()).unwrap();
/// let keys = [DecryptionKey::from_pem(&ours.private_key_pem()?)?];
/// assert_eq!(decrypt(document.root(), &keys, "urn:ours", Authenticated::BySignature)?, b"<a/>");
/// let error = decrypt(document.root(), &keys, "urn:another", Authenticated::BySignature).unwrap_err();
/// assert_eq!(error.code(), "encryption_recipient");
/// # Ok::<(), saml_xml_security::Error>(())
/// ```
pub fn encrypt_for_each(
    plaintext: &[u8],
    recipients: &[Recipient<'_>],
    id: &str,
    cipher: ContentCipher,
) -> Result<String, Error> {
    let algorithm = cipher.symmetric();
    let content_key: [u8; 32] = random_bytes()?;
    let content_key = content_key.get(..algorithm.key_len()).unwrap_or_default();
    let ciphertext = encrypt_content(plaintext, content_key, cipher).ok_or(FAILED)?;
    let shared_name = (recipients.len() > 1).then(|| format!("{id}-key"));
    let key_id = |place: usize| format!("{id}-key-{place}");

    let mut writer = Writer::new();
    writer.start("xenc:EncryptedData").attribute("xmlns:xenc", XMLENC_NAMESPACE);
    writer.attribute("Id", id).attribute("Type", ELEMENT);
    writer.start("xenc:EncryptionMethod").attribute("Algorithm", cipher.uri()).end();
    writer.start("ds:KeyInfo").attribute("xmlns:ds", XMLDSIG_NAMESPACE);
    match &shared_name {
        Some(name) => writer.leaf("ds:KeyName", name),
        None => writer
            .start("ds:RetrievalMethod")
            .attribute("Type", ENCRYPTED_KEY)
            .attribute("URI", &format!("#{}", key_id(0)))
            .end(),
    };
    writer.end();
    cipher_data(&mut writer, &ciphertext);
    writer.end();
    let mut written = writer.finish()?;

    for (place, recipient) in recipients.iter().enumerate() {
        let wrapped = wrap(content_key, recipient.key).map_err(|_| FAILED)?;
        let mut writer = Writer::new();
        writer.start("xenc:EncryptedKey").attribute("xmlns:xenc", XMLENC_NAMESPACE);
        writer.attribute("Id", &key_id(place)).attribute("Recipient", recipient.entity_id);
        writer.start("xenc:EncryptionMethod").attribute("Algorithm", RSA_OAEP_MGF1P);
        writer
            .start("ds:DigestMethod")
            .attribute("xmlns:ds", XMLDSIG_NAMESPACE)
            .attribute("Algorithm", SHA1)
            .end()
            .end();
        writer.start("ds:KeyInfo").attribute("xmlns:ds", XMLDSIG_NAMESPACE);
        writer.leaf("ds:KeyName", recipient.key.sha1_fingerprint()).end();
        cipher_data(&mut writer, &wrapped);
        writer.start("xenc:ReferenceList").start("xenc:DataReference").attribute("URI", &format!("#{id}")).end().end();
        if let Some(name) = &shared_name {
            writer.leaf("xenc:CarriedKeyName", name);
        }
        writer.end();
        written.push_str(&writer.finish()?);
    }
    Ok(written)
}

fn cipher_data(writer: &mut Writer, octets: &[u8]) {
    writer.start("xenc:CipherData").leaf("xenc:CipherValue", &STANDARD.encode(octets)).end();
}

/// Returns the initialisation vector, the ciphertext, and the tag where there is one.
fn encrypt_content(plaintext: &[u8], key: &[u8], cipher: ContentCipher) -> Option<Vec<u8>> {
    let algorithm = cipher.symmetric();
    if cipher.is_authenticated() {
        let vector: [u8; 12] = random_bytes().ok()?;
        let mut tag = [0; 16];
        let content = symm::encrypt_aead(algorithm, key, Some(&vector), &[], plaintext, &mut tag).ok()?;
        return Some([&vector[..], &content, &tag].concat());
    }
    // The padding of PKCS#7 is one that ISO 10126 allows (XML Encryption 5.2).
    let vector: [u8; 16] = random_bytes().ok()?;
    let content = symm::encrypt(algorithm, key, Some(&vector), plaintext).ok()?;
    Some([&vector[..], &content].concat())
}

fn wrap(content_key: &[u8], recipient: &VerifyingKey) -> Result<Vec<u8>, openssl::error::ErrorStack> {
    // OpenSSL's own digest and mask for OAEP are SHA-1, which is what rsa-oaep-mgf1p means without a DigestMethod.
    let mut encrypter = Encrypter::new(recipient.pkey())?;
    encrypter.set_rsa_padding(Padding::PKCS1_OAEP)?;
    let mut wrapped = vec![0; encrypter.encrypt_len(content_key)?];
    let length = encrypter.encrypt(content_key, &mut wrapped)?;
    wrapped.truncate(length);
    Ok(wrapped)
}

const FAILED: Error = Error::Crypto { operation: "encrypt" };
const RSA_OAEP_MGF1P: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
/// The digest in OAEP, which Stelsel Toegang says although it is the one that goes without saying; not of any
/// signature.
const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
