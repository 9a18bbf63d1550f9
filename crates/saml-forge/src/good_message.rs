use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml_protocol::status_codes;
use saml_xml::{Canonicalization, canonicalize};
use saml_xml_security::{
    ContentCipher, SignOptions, SignatureAlgorithm, SigningKey, VerifyingKey, encrypt, sign, sign_octets,
};

use crate::answer::{Answer, Signed};
use crate::edit;
use crate::error::Error;
use crate::prefixes::{type_prefixes, usual_prefixes};

/// A good answer from which attacks are made, with the keys that it takes.
///
/// It is kept unsigned: each attack signs what a genuine identity provider would have signed, and then does its work.
pub struct GoodMessage {
    unsigned: String,
    /// The good twins, as most attacks need one of them: in the order assertion, both, response.
    signed: [String; 3],
    keys: Keys,
    forged_name_id: String,
}

/// The keys of the three who play a part.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The key of the identity provider, which the target trusts.
    pub identity_provider: SigningKey,
    /// The key of the attacker, which nobody trusts.
    pub attacker: SigningKey,
    /// The key that messages to the target are encrypted with.
    pub recipient: VerifyingKey,
}

impl GoodMessage {
    /// Takes an answer that the forge made, with a login in it.
    ///
    /// `forged_name_id` is whom the attacker wants to be.
    ///
    /// # Errors
    /// An [`Error`] when the answer cannot be written or has no assertion.
    pub fn new(answer: &Answer, keys: Keys, forged_name_id: &str) -> Result<Self, Error> {
        Self::of(&answer.write(&keys.identity_provider)?, keys, forged_name_id)
    }

    /// Takes a captured answer, whose signatures are made anew with `keys.identity_provider`.
    ///
    /// What it says stays as it is. It is written with the prefixes `saml` and `samlp`, whatever its own are, as what
    /// the attacks put in uses these; an attack on a part that it does not have is refused by
    /// [`Attack::variants`](crate::attack::Attack::variants).
    ///
    /// # Errors
    /// An [`Error`] when it is no XML, or a `Response` without `Assertion` (an encrypted one is none), when it uses
    /// those prefixes for something else, or when the key cannot sign.
    pub fn captured(xml: &str, keys: Keys, forged_name_id: &str) -> Result<Self, Error> {
        Self::of(&usual_prefixes(xml)?, keys, forged_name_id)
    }

    fn of(xml: &str, keys: Keys, forged_name_id: &str) -> Result<Self, Error> {
        let mut unsigned = xml.to_owned();
        for signature in ["Assertion/Signature", "Signature"] {
            unsigned = match edit::remove(&unsigned, signature) {
                Ok(without) => without,
                Err(Error::Part { .. }) => unsigned,
                Err(error) => return Err(error),
            };
        }
        // The assertion is signed by itself: it takes the namespaces that it uses along.
        let assertion = standalone(&unsigned, "Assertion")?;
        let unsigned = edit::replace(&unsigned, "Assertion", &assertion)?;
        let sign = |signed| sign_with(&unsigned, signed, &keys.identity_provider);
        let signed = [sign(Signed::Assertion)?, sign(Signed::Both)?, sign(Signed::Response)?];
        Ok(Self { unsigned, signed, keys, forged_name_id: forged_name_id.to_owned() })
    }

    /// Returns the good message, signed as `signed` says.
    #[must_use]
    pub fn signed(&self, signed: Signed) -> String {
        let [assertion, both, response] = &self.signed;
        match signed {
            Signed::Assertion => assertion,
            Signed::Both => both,
            Signed::Response => response,
        }
        .clone()
    }

    /// Returns the keys.
    #[must_use]
    pub const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Returns whom the attacker wants to be.
    pub(crate) fn forged_name_id(&self) -> &str {
        &self.forged_name_id
    }

    pub(crate) fn unsigned(&self) -> &str {
        &self.unsigned
    }

    /// Signs a message with the genuine key.
    pub(crate) fn sign(&self, unsigned: &str, signed: Signed) -> Result<String, Error> {
        sign_with(unsigned, signed, &self.keys.identity_provider)
    }

    /// Returns the good message with a change that the genuine identity provider signed.
    pub(crate) fn changed(
        &self,
        signed: Signed,
        change: impl FnOnce(&str) -> Result<String, Error>,
    ) -> Result<String, Error> {
        self.sign(&change(&self.unsigned)?, signed)
    }

    /// Returns the unsigned message about another person, with identifiers of its own.
    pub(crate) fn forged(&self) -> Result<String, Error> {
        let xml = edit::set_attribute(&self.unsigned, "", "ID", FORGED_RESPONSE)?;
        let xml = edit::set_attribute(&xml, "Assertion", "ID", FORGED_ASSERTION)?;
        edit::content(&xml, "Assertion/Subject/NameID", |_| self.forged_name_id.clone())
    }

    /// Returns the forged assertion by itself.
    pub(crate) fn forged_assertion(&self) -> Result<String, Error> {
        edit::source(&self.forged()?, "Assertion")
    }

    /// Returns a failure that the identity provider signed: no assertion, another status.
    pub(crate) fn failure(&self) -> Result<String, Error> {
        self.changed(Signed::Response, |xml| {
            let xml = edit::remove(xml, "Assertion")?;
            let second = format!("<samlp:StatusCode Value=\"{}\"/>", status_codes::AUTHN_FAILED);
            let top = format!("<samlp:StatusCode Value=\"{}\">{second}</samlp:StatusCode>", status_codes::RESPONDER);
            edit::content(&xml, "Status", |_| top)
        })
    }

    /// Returns the message with its assertion encrypted, which is `assertion`; the message around it stays unsigned.
    pub(crate) fn encrypted(&self, plaintext: &str, cipher: ContentCipher) -> Result<String, Error> {
        let data = encrypt(plaintext.as_bytes(), &self.keys.recipient, cipher)?;
        let holder = format!("<saml:EncryptedAssertion>{data}</saml:EncryptedAssertion>");
        edit::replace(&self.unsigned, "Assertion", &holder)
    }

    /// Signs the `SignedInfo` of the signature at `path` anew with the genuine key.
    ///
    /// `prefixes` are those of its canonical form: all that are in scope make it the inclusive one.
    pub(crate) fn resign(&self, xml: &str, path: &str, prefixes: &[&str]) -> Result<String, Error> {
        let document = edit::parse(xml)?;
        let signed_info = edit::find(&document, &format!("{path}/SignedInfo"))?;
        let mut octets = Vec::new();
        canonicalize(signed_info, &Canonicalization { without: None, inclusive_prefixes: prefixes }, &mut octets);
        let value = sign_octets(&octets, SignatureAlgorithm::RsaSha256, &self.keys.identity_provider)?;
        edit::content(xml, &format!("{path}/SignatureValue"), |_| STANDARD.encode(value))
    }

    /// Returns the digest of the root element of `unsigned` in its canonical form with `prefixes`.
    pub(crate) fn digest(&self, unsigned: &str, prefixes: &[&str]) -> Result<String, Error> {
        let inclusive_prefixes = prefixes.iter().map(|prefix| (*prefix).to_owned()).collect();
        let options = SignOptions { inclusive_prefixes, ..SignOptions::default() };
        let signed = sign(unsigned, &self.keys.identity_provider, &options)?;
        edit::text(&signed, "Signature/SignedInfo/Reference/DigestValue")
    }
}

impl fmt::Debug for GoodMessage {
    /// Leaves the message out: a captured one is about a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GoodMessage").field("keys", &self.keys).finish_non_exhaustive()
    }
}

/// Signs an unsigned message with any key.
pub(crate) fn sign_with(unsigned: &str, signed: Signed, key: &SigningKey) -> Result<String, Error> {
    let mut xml = unsigned.to_owned();
    if signed != Signed::Response && edit::source(&xml, "Assertion").is_ok() {
        let assertion = sign(&standalone(&xml, "Assertion")?, key, &options())?;
        xml = edit::replace(&xml, "Assertion", &assertion)?;
    }
    match signed {
        Signed::Assertion => Ok(xml),
        Signed::Both | Signed::Response => Ok(sign(&xml, key, &options())?),
    }
}

/// Returns an element with the namespaces that it uses, and those that values in it name.
pub(crate) fn standalone(xml: &str, path: &str) -> Result<String, Error> {
    let document = edit::parse(xml)?;
    let mut octets = Vec::new();
    let form = Canonicalization { without: None, inclusive_prefixes: &type_prefixes(&document) };
    canonicalize(edit::find(&document, path)?, &form, &mut octets);
    Ok(String::from_utf8_lossy(&octets).into_owned())
}

fn options() -> SignOptions {
    SignOptions { inclusive_prefixes: vec!["xs".to_owned()], ..SignOptions::default() }
}

pub(crate) const FORGED_RESPONSE: &str = "_forged_response";
pub(crate) const FORGED_ASSERTION: &str = "_forged_assertion";
