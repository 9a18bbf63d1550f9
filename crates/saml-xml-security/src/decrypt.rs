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
    /// No signature covers the ciphertext, and CBC is opened all the same: who can send messages can have them tried
    /// until a ciphertext that was overheard is known (ATT-086).
    DangerNo,
    /// No signature covers the ciphertext.
    No,
}

/// Opens what is encrypted to us in one message, at the cost of a bounded number of private operations.
///
/// The `EncryptedKey` may stand in the `KeyInfo` or beside the `EncryptedData`; of several, those for another
/// `Recipient` are passed over. Refused before a private key is touched: algorithms other than AES-128 and AES-256 in
/// GCM or CBC with RSA-OAEP, CBC without a signature over it, another `Type` than an element, `CipherReference`, a
/// label in OAEP, and more elements than there are operations left.
///
/// Decrypting raises no trust: what comes out is as true as what signed it (ATT-085).
#[derive(Debug)]
pub struct Decryptor {
    /// The one that opened something last comes first.
    keys: Vec<DecryptionKey>,
    recipient: String,
    /// How many private operations there were.
    used: usize,
}

impl Decryptor {
    /// Takes our keys, and `recipient`: the entity ID by which a sender says that a key is for us.
    #[must_use]
    pub fn new(keys: &[DecryptionKey], recipient: &str) -> Self {
        Self { keys: keys.to_vec(), recipient: recipient.to_owned(), used: 0 }
    }

    /// Decrypts the `EncryptedData` in each of `holders` (an `EncryptedAssertion`, say) and returns the plaintexts.
    ///
    /// # Errors
    /// [`Error::EncryptionStructure`], [`Error::EncryptionAlgorithm`] and [`Error::EncryptionRecipient`], for any of
    /// `holders` before one of them is opened; for everything that happens after a private key was used the one
    /// [`Error::DecryptionFailed`] (ATT-086).
    pub fn decrypt(&mut self, holders: &[Element<'_>], authenticated: Authenticated) -> Result<Vec<Vec<u8>>, Error> {
        let most = if authenticated == Authenticated::BySignature { MOST_OPERATIONS } else { MOST_OPERATIONS_UNSIGNED };
        if holders.len() > most.saturating_sub(self.used) {
            let parent = holders.first().map_or("", |holder| holder.local_name());
            return Err(Error::EncryptionStructure { expected: "fewer encrypted elements", parent: shorten(parent) });
        }
        let sealed: Vec<_> = holders
            .iter()
            .map(|holder| Sealed::read(*holder, &self.recipient, authenticated))
            .collect::<Result<_, _>>()?;
        sealed.iter().map(|sealed| self.open(sealed, most).ok_or(Error::DecryptionFailed)).collect()
    }

    fn open(&mut self, sealed: &Sealed, most: usize) -> Option<Vec<u8>> {
        for (transport, encrypted) in &sealed.keys {
            for index in 0..self.keys.len() {
                if self.used >= most {
                    return None;
                }
                self.used += 1;
                let plaintext = transport
                    .unwrap(encrypted, self.keys.get(index)?.pkey())
                    .and_then(|content_key| sealed.cipher.decrypt(&content_key, &sealed.ciphertext));
                if plaintext.is_some() {
                    self.keys.swap(0, index);
                    return plaintext;
                }
            }
        }
        None
    }
}

/// Decrypts the one `EncryptedData` in `holder`, by the rules of [`Decryptor`].
///
/// # Errors
/// As [`Decryptor::decrypt`].
pub fn decrypt(
    holder: Element<'_>,
    keys: &[DecryptionKey],
    recipient: &str,
    authenticated: Authenticated,
) -> Result<Vec<u8>, Error> {
    let plaintexts = Decryptor::new(keys, recipient).decrypt(&[holder], authenticated)?;
    plaintexts.into_iter().next().ok_or(Error::DecryptionFailed)
}

/// What is encrypted, read as far as it goes without a private key.
struct Sealed {
    cipher: ContentCipher,
    ciphertext: Vec<u8>,
    /// The keys that are for us, in the order of the document, with how each is transported.
    keys: Vec<(KeyTransport, Vec<u8>)>,
}

impl Sealed {
    fn read(holder: Element<'_>, recipient: &str, authenticated: Authenticated) -> Result<Self, Error> {
        let mut data = holder.children().filter(|child| child.is(XMLENC_NAMESPACE, "EncryptedData"));
        let (Some(data), None) = (data.next(), data.next()) else { return Err(structure("one EncryptedData", holder)) };
        // SAML Core 2.2.4, 2.3.4 and 2.7.3.2: the type, where it is said, is that of an element.
        if data.attribute("Type").is_some_and(|found| found != ELEMENT) {
            return Err(structure("the Type of an element", data));
        }
        let cipher = ContentCipher::from_uri(algorithm(data)?)?;
        if authenticated == Authenticated::No && !cipher.is_authenticated() {
            return Err(Error::EncryptionAlgorithm { found: format!("{} without a signature over it", cipher.uri()) });
        }
        let ciphertext = cipher_value(data)?;
        Ok(Self { cipher, ciphertext, keys: encrypted_keys(holder, data, recipient)? })
    }
}

/// Returns the keys that are for us, in the order of the document, with how each is transported.
fn encrypted_keys(
    holder: Element<'_>,
    data: Element<'_>,
    recipient: &str,
) -> Result<Vec<(KeyTransport, Vec<u8>)>, Error> {
    let key_info = data.children().find(|child| child.is(XMLDSIG_NAMESPACE, "KeyInfo"));
    // A RetrievalMethod names a key of this very element. All of them are tried: Stelsel Toegang names one of several
    // that are for us while a certificate is being replaced.
    let inside = || key_info.into_iter().flat_map(Element::children);
    inside().filter(|child| child.is(XMLDSIG_NAMESPACE, "RetrievalMethod")).try_for_each(require_same_document)?;
    let found: Vec<_> = inside()
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

/// Refuses a key that is to be fetched or transformed (ATT-062).
fn require_same_document(retrieval: Element<'_>) -> Result<(), Error> {
    let is_local = retrieval.attribute("URI").is_some_and(|uri| uri.starts_with('#') && !uri.starts_with("#xpointer("));
    let is_key = retrieval.attribute("Type").is_none_or(|found| found == ENCRYPTED_KEY);
    if is_local && is_key && retrieval.children().next().is_none() {
        return Ok(());
    }
    Err(structure("a RetrievalMethod of an EncryptedKey beside it", retrieval))
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
/// An assertion, an identifier and a dozen attributes, each with a key for two of ours while a certificate is being
/// replaced; far under what as many elements with 16 keys each would cost (ATT-091, ATT-093).
const MOST_OPERATIONS: usize = 32;
/// What anybody can make us do without a signature: two keys of the message, each tried with two of ours.
const MOST_OPERATIONS_UNSIGNED: usize = 4;
pub(crate) const ELEMENT: &str = "http://www.w3.org/2001/04/xmlenc#Element";
pub(crate) const ENCRYPTED_KEY: &str = "http://www.w3.org/2001/04/xmlenc#EncryptedKey";
