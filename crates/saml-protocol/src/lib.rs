//! The typed vocabulary of SAML 2.0 messages: what an element may hold, in which order, how often.
//!
//! Each type reads itself from an [`Element`](saml_xml::Element) and writes itself to a [`Writer`](saml_xml::Writer).
//! Reading is strict: children in the order of the schema, with exact counts, and nothing that the schema does not have
//! there. There is no search for descendants: a reader that searches finds what an attacker put there (ATT-021,
//! ATT-031, ATT-037).
//!
//! **Invariant:** nothing here decides. Whether a message is true is for the crates that hold keys and policy.

mod artifact_resolve;
mod artifact_response;
mod assertion;
mod authn_request;
mod binding;
mod children;
mod date_time;
mod encrypted;
mod error;
mod logout_request;
mod logout_response;
mod message_head;
mod name_id;
pub mod namespaces;
mod response;
mod status;

pub use artifact_resolve::ArtifactResolve;
pub use artifact_response::ArtifactResponse;
pub use assertion::{
    Assertion, Attribute, AttributeValue, AuthnStatement, BEARER, Conditions, Subject, SubjectConfirmation,
};
pub use authn_request::{
    AssertionConsumerService, AuthnRequest, Comparison, IntendedAudience, RequestedAttribute, RequestedAuthnContext,
};
pub use binding::Binding;
pub use children::{Children, required_attribute, trimmed_text};
pub use date_time::{format_date_time, parse_date_time};
pub use encrypted::{DecryptedPart, encrypted_parts};
pub use error::Error;
pub use logout_request::{LogoutRequest, encrypted_name_id};
pub use logout_response::LogoutResponse;
pub use name_id::NameId;
pub use response::{Response, ResponseAssertion};
pub use status::{Status, status_codes};

/// The code of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
