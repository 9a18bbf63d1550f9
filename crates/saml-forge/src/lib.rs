//! Makes SAML messages and metadata for tests, in the shape that the Signicat broker gives them.
//!
//! The door in is [`Answer`]: it says what a good answer holds, and [`Answer::write`] writes and signs it.
//! [`signicat_metadata`] and [`digid_service_metadata`] make the two metadata files that such a broker has.
//!
//! **Invariant:** time, keys and randomness are arguments: the same arguments give the same bytes.
//!
//! [`attack::all`] makes bad messages out of good ones: each attack of the catalogue of SAML attacks that a message can
//! carry, with the code that must refuse it and a good twin that differs in the attack alone.
//!
//! The files below `fixtures/` are made by `cargo run -p saml-forge --example fixtures`.

mod answer;
mod artifact_answer;
pub mod attack;
mod broker_metadata;
mod edit;
mod encrypted_identifier;
mod error;
mod good_message;
mod identifiers;
mod prefixes;

pub use answer::{Answer, Answered, Attribute, Failure, Login, Outcome, Signed};
pub use artifact_answer::ArtifactAnswer;
pub use broker_metadata::{SignicatPaths, digid_service_metadata, signicat_metadata};
pub use encrypted_identifier::EncryptedIdentifier;
pub use error::Error;
pub use good_message::{GoodMessage, Keys};
pub use identifiers::Identifiers;

/// The code of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
