use saml_protocol::{DecryptedPart, namespaces::ASSERTION};
use saml_xml::{Document, Element, ParseOptions};
use saml_xml_security::{Authenticated, DecryptionKey, Decryptor, Error, require_unique_ids};

/// Opens what is encrypted to us in one message. What comes out is a message like any other: no more trusted than what
/// signed it, and still to be checked.
///
/// The plaintext is parsed in the context of its ciphertext, so that no declaration outside the signature binds a
/// prefix in it. Whatever it holds instead of the one element expected, the failure is the same (ATT-086, ATT-094).
#[derive(Debug)]
pub(crate) struct Decryption(Decryptor);

impl Decryption {
    /// `None` without keys: nothing can be opened then, which is to be said instead of tried.
    pub(crate) fn new(keys: &[DecryptionKey], recipient: &str) -> Option<Self> {
        (!keys.is_empty()).then(|| Self(Decryptor::new(keys, recipient)))
    }

    pub(crate) fn assertion(&mut self, holder: Element<'_>, authenticated: Authenticated) -> Result<Document, Error> {
        let opened = self.0.decrypt(&[holder], authenticated)?;
        let document = document(opened.first().ok_or(Error::DecryptionFailed)?, holder)?;
        if document.root().is(ASSERTION, "Assertion") { Ok(document) } else { Err(Error::DecryptionFailed) }
    }

    /// Opens parts of an assertion whose signature held.
    pub(crate) fn parts(&mut self, holders: &[Element<'_>]) -> Result<Vec<DecryptedPart>, Error> {
        let opened = self.0.decrypt(holders, Authenticated::BySignature)?;
        let parts = holders.iter().zip(&opened);
        parts
            .map(|(holder, plaintext)| {
                DecryptedPart::new(*holder, document(plaintext, *holder)?).ok_or(Error::DecryptionFailed)
            })
            .collect()
    }
}

fn document(plaintext: &[u8], holder: Element<'_>) -> Result<Document, Error> {
    let document =
        Document::parse_in_context(plaintext, holder, &ParseOptions::message()).map_err(|_| Error::DecryptionFailed)?;
    require_unique_ids(&document).map_err(|_| Error::DecryptionFailed)?;
    Ok(document)
}
