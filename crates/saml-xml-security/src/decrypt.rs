mod cipher;

use saml_xml::Element;

use crate::XMLDSIG_NAMESPACE;
use crate::error::{Error, shorten};
use crate::key::DecryptionKey;
use crate::signed_info::base64_text;
use cipher::KeyTransport;

pub use cipher::ContentCipher;

/// The namespace of XML Encryption.
pub(crate) const XMLENC_NAMESPACE: &str = "http://www.w3.org/2001/04/xmlenc#";
/// The namespace of XML Encryption 1.1.
const XMLENC11_NAMESPACE: &str = "http://www.w3.org/2009/xmlenc11#";

/// Whether a signature that held covers what is to be decrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authenticated {
    /// A signature over the message around it held.
    BySignature,
    /// No signature covers the ciphertext.
    No,
}

/// Decrypts the `EncryptedData` in `holder` (an `EncryptedAssertion`, say) and returns the plaintext.
///
/// The `EncryptedKey` may stand in the `KeyInfo` or beside the `EncryptedData`; of several, those for another `Recipient`
/// are passed over. Refused before a private key is touched: algorithms other than AES-128 and AES-256 in GCM or CBC
/// with RSA-OAEP, CBC without a signature over it, `CipherReference`, a label in OAEP.
///
/// Decrypting raises no trust: what comes out is as true as what signed it (ATT-085).
///
/// # Errors
/// [`Error::EncryptionStructure`], [`Error::EncryptionAlgorithm`], [`Error::EncryptionRecipient`], and for everything that
/// happens after the private key was used the one [`Error::DecryptionFailed`] (ATT-086).
pub fn decrypt(
    holder: Element<'_>,
    keys: &[DecryptionKey],
    recipient: &str,
    authenticated: Authenticated,
) -> Result<Vec<u8>, Error> {
    let mut data = holder.children().filter(|child| child.is(XMLENC_NAMESPACE, "EncryptedData"));
    let (Some(data), None) = (data.next(), data.next()) else { return Err(structure("one EncryptedData", holder)) };
    let cipher = ContentCipher::from_uri(algorithm(data)?)?;
    if authenticated == Authenticated::No && !cipher.is_authenticated() {
        return Err(Error::EncryptionAlgorithm { found: format!("{} without a signature over it", cipher.uri()) });
    }
    let ciphertext = cipher_value(data)?;
    let encrypted_keys = encrypted_keys(holder, data, recipient)?;
    for (transport, encrypted) in &encrypted_keys {
        for key in keys {
            let plaintext = transport
                .unwrap(encrypted, key.pkey())
                .and_then(|content_key| cipher.decrypt(&content_key, &ciphertext));
            if let Some(plaintext) = plaintext {
                return Ok(plaintext);
            }
        }
    }
    Err(Error::DecryptionFailed)
}

/// Returns the keys that are for us, in the order of the document, with how each is transported.
fn encrypted_keys(
    holder: Element<'_>,
    data: Element<'_>,
    recipient: &str,
) -> Result<Vec<(KeyTransport, Vec<u8>)>, Error> {
    let key_info = data.children().find(|child| child.is(XMLDSIG_NAMESPACE, "KeyInfo"));
    // A RetrievalMethod names a key of this very element; all of them are tried, so that its URI need not be followed.
    let inside = key_info.into_iter().flat_map(Element::children);
    let found: Vec<_> = inside
        .chain(holder.children())
        .filter(|child| child.is(XMLENC_NAMESPACE, "EncryptedKey"))
        .take(MOST_ENCRYPTED_KEYS + 1)
        .collect();
    if found.is_empty() || found.len() > MOST_ENCRYPTED_KEYS {
        return Err(structure("1 to 16 EncryptedKey", holder));
    }
    let ours: Vec<_> =
        found.into_iter().filter(|key| key.attribute("Recipient").is_none_or(|named| named == recipient)).collect();
    if ours.is_empty() {
        return Err(Error::EncryptionRecipient { expected: recipient.to_owned() });
    }
    ours.into_iter().map(|key| Ok((KeyTransport::read(method(key)?)?, cipher_value(key)?))).collect()
}

fn method(element: Element<'_>) -> Result<Element<'_>, Error> {
    element
        .children()
        .next()
        .filter(|first| first.is(XMLENC_NAMESPACE, "EncryptionMethod"))
        .ok_or_else(|| structure("EncryptionMethod first", element))
}

fn algorithm(element: Element<'_>) -> Result<&str, Error> {
    Ok(method(element)?.attribute("Algorithm").unwrap_or("no algorithm"))
}

/// Reads `CipherData/CipherValue`; a reference to data elsewhere is refused (ATT-092).
fn cipher_value(element: Element<'_>) -> Result<Vec<u8>, Error> {
    let data = element.children().find(|child| child.is(XMLENC_NAMESPACE, "CipherData"));
    let value = data.and_then(|data| data.children().next()).filter(|value| value.is(XMLENC_NAMESPACE, "CipherValue"));
    base64_text(value.ok_or_else(|| structure("CipherData with a CipherValue", element))?, "CipherValue")
}

fn structure(expected: &'static str, parent: Element<'_>) -> Error {
    Error::EncryptionStructure { expected, parent: shorten(parent.local_name()) }
}

/// More than the recipients of any message seen; each costs a private operation (ATT-091).
const MOST_ENCRYPTED_KEYS: usize = 16;
