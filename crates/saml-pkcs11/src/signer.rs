use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as TokenError, RvError};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use saml_xml_security::{ExternalSigner, SignatureAlgorithm};

use crate::error::Error;

/// The library of the maker of an HSM, loaded and started.
///
/// It stays loaded until the last signer is gone. What is loaded runs with our rights: the path comes from
/// configuration.
#[derive(Clone, Debug)]
pub struct Pkcs11Module {
    context: Pkcs11,
}

impl Pkcs11Module {
    /// Loads the library at `path` and starts it, unless it was started in this process before.
    ///
    /// # Errors
    /// [`Error::Module`].
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let context = Pkcs11::new(path).map_err(failed("load"))?;
        match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(TokenError::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(Self { context }),
            Err(error) => Err(failed("start")(error)),
        }
    }

    /// Returns a signer with the RSA key labelled `key` in the token labelled `token`, after it has looked that it is
    /// there.
    ///
    /// # Errors
    /// [`Error::Token`] and [`Error::Key`] when there is none or more than one, [`Error::Pin`], [`Error::Module`].
    pub fn signer(&self, token: &str, pin: impl Into<String>, key: &str) -> Result<Pkcs11Signer, Error> {
        let slots = self.context.get_slots_with_token().map_err(failed("list its tokens"))?;
        let mut labels = Vec::new();
        for slot in slots {
            let info = self.context.get_token_info(slot).map_err(failed("describe a token"))?;
            labels.push((slot, info.label().to_owned()));
        }
        let found: Vec<Slot> = labels.iter().filter(|(_, label)| label == token).map(|(slot, _)| *slot).collect();
        let [slot] = found[..] else {
            let others = labels.into_iter().map(|(_, label)| label).collect();
            return Err(Error::Token { label: token.to_owned(), found: found.len(), others });
        };
        let place = Place {
            context: self.context.clone(),
            slot,
            token: token.to_owned(),
            pin: AuthPin::new(pin.into().into()),
            key: key.to_owned(),
        };
        let (session, key) = place.open()?;
        Ok(Pkcs11Signer { place, state: Mutex::new(State::Open(session, key)) })
    }
}

/// A private key in a token, open for signing.
///
/// One signature at a time is made; a token that forgot the session, as after a restart, is opened anew by itself. Once
/// it has refused the PIN, because that was changed, nothing is signed until there is a signer with the new one.
pub struct Pkcs11Signer {
    place: Place,
    state: Mutex<State>,
}

/// What a signer has of its token.
enum State {
    Closed,
    Open(Session, ObjectHandle),
    /// The token refused the PIN: a few logins more, and it would lock itself for everybody.
    Refused,
}

impl ExternalSigner for Pkcs11Signer {
    fn sign(&self, octets: &[u8], algorithm: SignatureAlgorithm) -> Result<Vec<u8>, saml_xml_security::Error> {
        let failed = |operation| saml_xml_security::Error::Crypto { operation };
        let mechanism = mechanism(algorithm).ok_or(failed("sign by ECDSA in a PKCS#11 token"))?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match &*state {
            State::Closed => {}
            State::Open(session, key) => {
                if let Ok(signature) = session.sign(&mechanism, *key, octets) {
                    return Ok(signature);
                }
            }
            State::Refused => return Err(failed("log in to a PKCS#11 token that has refused the PIN")),
        }
        // Closed first: while a session is open, a token may say that we are logged in when the key is gone.
        *state = State::Closed;
        let (session, key) = match self.place.open() {
            Ok(opened) => opened,
            Err(Error::Pin { .. }) => {
                *state = State::Refused;
                return Err(failed("log in to a PKCS#11 token, which refused the PIN"));
            }
            Err(Error::Key { .. }) => return Err(failed("find the key in a PKCS#11 token, which had it before")),
            Err(_) => return Err(failed("open a PKCS#11 token")),
        };
        let signature = session.sign(&mechanism, key, octets).map_err(|_| failed("sign in a PKCS#11 token"))?;
        *state = State::Open(session, key);
        Ok(signature)
    }
}

impl fmt::Debug for Pkcs11Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { token, key, .. } = &self.place;
        f.debug_struct("Pkcs11Signer").field("token", token).field("key", key).finish_non_exhaustive()
    }
}

/// Where a key is, and what opens it.
struct Place {
    context: Pkcs11,
    slot: Slot,
    token: String,
    pin: AuthPin,
    key: String,
}

impl Place {
    fn open(&self) -> Result<(Session, ObjectHandle), Error> {
        let session = self.context.open_ro_session(self.slot).map_err(failed("open a session"))?;
        match session.login(UserType::User, Some(&self.pin)) {
            // Of all sessions of a process, one logs in.
            Ok(()) | Err(TokenError::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(TokenError::Pkcs11(
                RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange | RvError::PinLocked,
                _,
            )) => return Err(Error::Pin { label: self.token.clone() }),
            Err(error) => return Err(failed("log in")(error)),
        }
        let wanted = [
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::KeyType(KeyType::RSA),
            Attribute::Sign(true),
            Attribute::Label(self.key.clone().into_bytes()),
        ];
        let found = session.find_objects(&wanted).map_err(failed("find a key"))?;
        match found[..] {
            [key] => Ok((session, key)),
            _ => Err(Error::Key { label: self.key.clone(), found: found.len() }),
        }
    }
}

fn mechanism(algorithm: SignatureAlgorithm) -> Option<Mechanism<'static>> {
    // RFC 6931 2.3.9: the salt is as long as the digest.
    let pss = |hash_alg, mgf, length: std::ffi::c_ulong| PkcsPssParams { hash_alg, mgf, s_len: length.into() };
    match algorithm {
        SignatureAlgorithm::RsaSha256 => Some(Mechanism::Sha256RsaPkcs),
        SignatureAlgorithm::RsaSha384 => Some(Mechanism::Sha384RsaPkcs),
        SignatureAlgorithm::RsaSha512 => Some(Mechanism::Sha512RsaPkcs),
        SignatureAlgorithm::RsaPssSha256 => {
            Some(Mechanism::Sha256RsaPkcsPss(pss(MechanismType::SHA256, PkcsMgfType::MGF1_SHA256, 32)))
        }
        SignatureAlgorithm::RsaPssSha384 => {
            Some(Mechanism::Sha384RsaPkcsPss(pss(MechanismType::SHA384, PkcsMgfType::MGF1_SHA384, 48)))
        }
        SignatureAlgorithm::RsaPssSha512 => {
            Some(Mechanism::Sha512RsaPkcsPss(pss(MechanismType::SHA512, PkcsMgfType::MGF1_SHA512, 64)))
        }
        _ => None,
    }
}

fn failed(operation: &'static str) -> impl Fn(TokenError) -> Error {
    move |error| Error::Module { operation, source: error.into() }
}
