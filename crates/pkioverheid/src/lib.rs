//! PKIoverheid certificates: the keys and certificates that a portal holds at DigiD and at Stelsel Toegang.
//!
//! [`KeyPair`] reads a private key with its certificate, from separate files or from a PKCS#12 archive; [`PinnedRoots`]
//! follows a certificate to a root that is known by its SHA-256; [`Certificate`] says whose it is ([`Oin`]), what it
//! may be used for ([`Role`]), how long it holds, and by which `KeyName` DigiD refers to it. [`CertificateRequest`]
//! asks for a new one. [`TestHierarchy`] makes certificates of the same shape that nobody trusts.
//!
//! **Invariant:** nothing here reads a file, a clock or a socket: bytes and time are arguments. OpenSSL's list of
//! trusted roots is never consulted.
//!
//! **Invariant:** no `Debug` and no [`Error`] shows anything of a private key or a passphrase.
//!
//! **Absent on purpose:** the certificates of the roots (they are pinned by fingerprint; the operator brings the files
//! that Logius publishes), revocation (it needs the network: CRLs are the transport's business), keys that are not RSA
//! (PKIoverheid's private hierarchies issue none for this), and the OIN in an `otherName` of an UZI certificate.
//!
//! ```
//! use chrono::{DateTime, Utc};
//! use pkioverheid::{Generation, LeafKind, Role, TestHierarchy, TestLeaf};
//!
//! let now: DateTime<Utc> = "2026-03-01T12:00:00Z".parse()?;
//! let hierarchy = TestHierarchy::new(Generation::G4, now)?;
//! let leaf = TestLeaf { kind: LeafKind::Authenticity, ..TestLeaf::new("00000004166909913000", now) };
//! let key_pair = hierarchy.issue(&leaf)?;
//!
//! let chain = hierarchy.roots().verify(key_pair.certificate(), hierarchy.authorities(), now)?;
//! assert_eq!(chain.generation(), Generation::G4);
//! assert_eq!(key_pair.certificate().oin()?.as_str(), "00000004166909913000");
//! assert_eq!(key_pair.certificate().roles(), [Role::Signing]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod certificate;
mod certificate_request;
mod error;
mod key_pair;
mod oin;
mod pinned_roots;
mod private_key;
mod role;
mod test_hierarchy;

pub use certificate::Certificate;
pub use certificate_request::CertificateRequest;
pub use error::Error;
pub use key_pair::KeyPair;
pub use oin::{Oin, OinRegister};
pub use pinned_roots::{Generation, PinnedRoots, VerifiedChain};
pub use private_key::PrivateKey;
pub use role::Role;
pub use test_hierarchy::{LeafKind, TestHierarchy, TestLeaf};

/// The code of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
