//! HTTP-Redirect, HTTP-POST, HTTP-Artifact and SOAP as encoders and decoders, without input or output.
//!
//! | binding | out | in |
//! |---|---|---|
//! | HTTP-Redirect (SAML Bindings 3.4) | [`encode_redirect`] | [`decode_redirect`] |
//! | HTTP-POST (SAML Bindings 3.5) | [`PostForm`] | [`decode_post`] |
//! | HTTP-Artifact (SAML Bindings 3.6) | [`Artifact`] | [`decode_artifact`] |
//! | SOAP (SAML Bindings 3.2) | [`soap_envelope`] | [`soap_body`] |
//!
//! A decoder gives the bytes of a message and what came with it. It does not look into the message: what is in it is
//! true only after its signature was checked.
//!
//! **Invariant:** the binding fixes the encoding. No decoder guesses whether bytes are compressed (ATT-157); the one
//! thing here that guesses is [`Received::detect`], for an operator's tool, and no message of a login comes by it.
//!
//! **Invariant:** a query signature is checked over the octets as they came in, never over octets encoded again
//! (ATT-152).
//!
//! **Absent on purpose:** encodings other than DEFLATE, HTTP-POST-SimpleSign, SOAP 1.2, and any input or output.

mod artifact;
mod endpoint;
mod error;
mod form;
mod message_parameter;
mod post;
mod received;
mod redirect;
mod soap;

pub use artifact::{Artifact, ArtifactMessage, carries_artifact, decode_artifact};
pub use error::Error;
pub use message_parameter::MessageParameter;
pub use post::{PostForm, PostMessage, decode_post, require_form_content_type};
pub use received::{Received, ReceivedKind};
pub use redirect::{QuerySignature, RedirectMessage, decode_redirect, encode_redirect};
pub use soap::{soap_body, soap_envelope};

/// The code of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
