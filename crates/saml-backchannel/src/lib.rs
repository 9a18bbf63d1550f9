//! Resolves artifacts over the back channel: a signed `ArtifactResolve` in SOAP, over mutual TLS. Fetches metadata,
//! too.
//!
//! The door in is [`BackChannel::new`], with the roots that the other side's certificate must come from;
//! [`BackChannel::resolve`] sends the question and gives the bytes of the answer. They are believed by nobody until
//! `saml-response` has verified them.
//!
//! [`MetadataFetcher`] keeps the metadata of an identity provider fresh over such a channel, from its URL or by a
//! metadata query, and never lets a failure take the last good copy away.
//!
//! **Invariant:** a server is trusted by the pinned roots and its name, both. The roots of the operating system are
//! never loaded, and there is no switch for either check (ATT-164).
//!
//! **Invariant:** one question, one connection, one answer: no redirect is followed and nothing is sent again, since an
//! artifact is good for one attempt.
//!
//! **Absent on purpose:** plain HTTP, proxies, TLS under 1.2, RSA under 2048 bits, compression, connections that are
//! kept.
//!
//! ```no_run
//! use saml_backchannel::{ArtifactRequest, BackChannel};
//! # async fn example(artifact: &saml_bindings::Artifact, key: &saml_xml_security::SigningKey, now: chrono::DateTime<chrono::Utc>) -> Result<(), Box<dyn std::error::Error>> {
//!
//! let back_channel = BackChannel::new(&std::fs::read("pkio-private-roots.pem")?)?
//!     .with_client_certificate(&std::fs::read("portal.key")?, &std::fs::read("portal-chain.pem")?)?;
//! let answer = back_channel
//!     .resolve(&ArtifactRequest {
//!         endpoint: "https://was-preprod1.digid.nl/saml/idp/resolve_artifact",
//!         id: "_3e5b0a6f",
//!         issuer: "https://portal.example/saml/metadata",
//!         artifact,
//!         key,
//!         now,
//!     })
//!     .await?;
//! # drop(answer);
//! # Ok(())
//! # }
//! ```

mod answer;
mod back_channel;
mod endpoint;
mod error;
mod metadata_fetcher;
mod resolve;
mod tls;

pub use back_channel::{BackChannel, ConfigError};
pub use error::Error;
pub use metadata_fetcher::{Fetched, MetadataFetcher};
pub use resolve::{ArtifactRequest, ResolveArtifact};

/// The code of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
