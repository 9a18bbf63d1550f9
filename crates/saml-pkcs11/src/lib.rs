//! Signs with a private key that stays in an HSM, by PKCS#11.
//!
//! The door in is [`Pkcs11Module`]: it gives a [`Pkcs11Signer`] for each key, which goes beside its certificate into a
//! [`SigningKey`](saml_xml_security::SigningKey). From there requests and metadata are signed as with any other key.
//!
//! The keys are RSA, as those of PKIoverheid are; the token makes the digest itself. Signing waits for the token: on
//! one that is slow or far away, put it where a thread may wait.
//!
//! **Invariant:** the PIN stands in no error and in no `Debug`.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use saml_pkcs11::Pkcs11Module;
//! use saml_xml_security::SigningKey;
//!
//! # fn example(pin: String, certificate: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
//! let module = Pkcs11Module::load("/usr/lib/softhsm/libsofthsm2.so")?;
//! let signer = module.signer("portal", pin, "signing 2026")?;
//! let key = SigningKey::external(Arc::new(signer), certificate)?;
//! # let _ = key;
//! # Ok(())
//! # }
//! ```

mod error;
mod signer;

pub use error::Error;
pub use signer::{Pkcs11Module, Pkcs11Signer};

/// The code of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
