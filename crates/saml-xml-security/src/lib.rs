//! XML Signature over exactly the element that is consumed, and XML Encryption, on OpenSSL.
//!
//! The door in is [`verify`]: an element and the keys that its sender is known by go in, a [`VerifiedElement`] comes
//! out, whose content was parsed from the very bytes that were hashed. [`sign`] makes such a signature; [`sign_octets`]
//! and [`verify_octets`] do the same for the query string of the HTTP-Redirect binding. [`Decryptor`] opens what is
//! encrypted to us; [`encrypt`] is its counterpart for those who play the sender. [`PartsVerifier`] verifies the
//! signature of a document that is too large to be held.
//!
//! **Invariant:** what a signature covers is decided before anything is hashed. The `Signature` is the direct child of
//! the element; it has one `SignedInfo` with one `Reference`; the `URI` of that is `#` and the element's own `ID`; the
//! transforms are enveloped-signature and exclusive canonicalisation; algorithms are from an allow-list.
//!
//! **Invariant:** keys are arguments. What stands in `KeyInfo` is looked at only to refuse what could lead elsewhere.
//!
//! A private key may live in an HSM: a [`SigningKey`] is made of an [`ExternalSigner`] as well.
//! An implementation on PKCS#11 is not in here: the crate `openssl` cannot open a provider's key by its URI, and every
//! other way to a token is foreign `unsafe` code in the process that holds the keys, which not every user needs.
//!
//! What went wrong elsewhere and why not here, and the defaults: the [`manual`].
//!
//! **Feature `xmlsec`**, off by default: [`verify`] accepts only what libxmlsec1 finds good as well, and says there
//! what is asked of it and what is not.
//!
//! **Absent on purpose:** signatures by HMAC, DSA, MD5 or SHA-1 (but for [`danger_verify_octets_rsa_sha1`]), XPath,
//! XSLT, a way to fetch anything, RSA 1.5 encryption, and RSA keys under 2048 bits.

mod algorithm;
mod contexts;
mod decrypt;
mod encrypt;
mod error;
mod external_signer;
mod key;
#[doc = include_str!("manual.md")]
pub mod manual {}
mod octets;
mod seal;
#[cfg(feature = "xmlsec")]
mod second_opinion;
mod sign;
mod signed_info;
mod unique_ids;
mod verify;
mod verify_parts;

pub use algorithm::{AlgorithmPolicy, DigestAlgorithm, SignatureAlgorithm};
pub use decrypt::{Authenticated, ContentCipher, Decryptor, decrypt};
pub use encrypt::{Recipient, encrypt, encrypt_for_each};
pub use error::Error;
pub use external_signer::ExternalSigner;
pub use key::{DecryptionKey, SigningKey, VerifyingKey};
pub use octets::{
    danger_verify_octets_rsa_sha1, keyed_digest, random_bytes, sha256, sign_octets, source_id, verify_octets,
};
pub use seal::SealingKeys;
pub use sign::{KeyInfo, SignOptions, sign};
pub use unique_ids::require_unique_ids;
pub use verify::{VerifiedElement, signature_of, verify};
pub use verify_parts::PartsVerifier;

/// The namespace of XML Signature.
pub const XMLDSIG_NAMESPACE: &str = "http://www.w3.org/2000/09/xmldsig#";
/// The algorithm and namespace of exclusive canonicalisation without comments.
pub const EXCLUSIVE_CANONICALIZATION: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// The transform that takes the signature out of what it signs.
pub const ENVELOPED_SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// The code of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
