//! Decides whether a SAML `Response` may let somebody in. Pure: no clock, no file, no socket, no runtime.
//!
//! The door in is [`ReceivedResponse::parse`]; the road has no way around a step, because each step consumes the one
//! before it:
//!
//! 1. [`ReceivedResponse`]: well-formed; tells only who to look up.
//! 2. [`AuthenticResponse`]: every signature on the way held; only what they cover is kept.
//! 3. [`ValidAssertion`]: every check of the profile passed at the given time.
//!
//! What is left to the caller is to consume the request and to record the assertion as seen, which needs a store.
//! Every check writes a [`Record`] to the [`Trace`]; the record of the check that failed is the [`Error`]. For a tool
//! that shows a message, [`Coverage`] tells which bytes each signature covers.
//!
//! A server of your own that decides with it, from an empty folder on: the [`guide`]. What went wrong elsewhere and why
//! not here, and the defaults: the [`manual`].
//!
//! **Invariant:** a [`ValidAssertion`] was read from bytes whose digest a trusted key signed. Nothing unsigned has an
//! accessor.
//!
//! ```
//! use chrono::{DateTime, Utc};
//! use saml_response::{Expectation, ReceivedResponse, ResponsePolicy, Trace, TrustedSender};
//! use saml_state::PendingRequest;
//! # fn example(xml: &[u8], keys: &[saml_xml_security::VerifyingKey], request: &PendingRequest, now: DateTime<Utc>) -> Result<(), saml_response::Error> {
//!
//! let policy = ResponsePolicy::web_sso();
//! let sender = TrustedSender { entity_id: "https://idp.example/saml", keys };
//! let expectation = Expectation { request, entity_id: "https://sp.example/saml", now };
//! let mut trace = Trace::new();
//! let assertion = ReceivedResponse::parse(xml, &mut trace)?
//!     .authenticate(&sender, &policy, &mut trace)?
//!     .validate(&expectation, &mut trace)?;
//! assert!(assertion.replay_until() > expectation.now);
//! # Ok(())
//! # }
//! ```

mod attribute_filter;
mod authentic;
mod authorities;
pub mod checks;
mod coverage;
mod decryption;
mod error;
#[doc = include_str!("guide/links.md")]
#[doc = include_str!("guide/agent.md")]
#[doc = "# The program\n\n```no_run"]
#[doc = include_str!("../examples/validate.rs")]
#[doc = "```"]
pub mod guide {}
mod levels;
#[doc = include_str!("manual.md")]
pub mod manual {}
mod policy;
mod received;
mod said;
mod trace;
mod valid_assertion;

pub use attribute_filter::AttributeFilter;
pub use authentic::{AuthenticResponse, Expectation};
pub use authorities::Authorities;
pub use coverage::{Coverage, HeldSignature, SignaturePlace};
pub use error::Error;
pub use levels::Levels;
pub use policy::{ClockSkew, ConfigError, DestinationRequirement, ResponsePolicy, SignatureRequirement};
pub use received::{ReceivedResponse, SentArtifactResolve, TrustedSender};
pub use said::Said;
pub use trace::{Check, Record, Trace, Verdict};
pub use valid_assertion::{SignedAttribute, SubjectNameId, ValidAssertion};

/// The code of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
