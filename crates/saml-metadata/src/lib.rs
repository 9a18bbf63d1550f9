//! SAML 2.0 metadata: read, verify, write, sign.
//!
//! The door in is [`Metadata::verify`]: the bytes of a file and the keys that its publisher is known by go in, and what
//! comes out is read from the very bytes that were hashed. [`Metadata::parse_unverified`] reads a file that is as
//! trusted as the place it came from, such as one that lies beside the configuration.
//!
//! An aggregate of a federation, which may be larger than memory, is read by [`Aggregate::verify`]: once, in a stream,
//! and what is kept is where each entity stands and the SHA-256 of its bytes.
//!
//! From there [`Metadata::identity_provider`] and [`Metadata::service_provider`] give one role of the entity: its keys,
//! endpoints and flags. [`ServiceProviderMetadata`] and [`IdentityProviderMetadata`] write such files.
//!
//! What comes over the network is kept fresh by [`MetadataRefresh`]: which file may take the place of the last good
//! copy, a [`MetadataSource`] says, and when to fetch again. [`QueryIdentifier`] makes the URL of a metadata query. Our
//! own keys over time, which are published and which signs, are a [`KeySchedule`].
//!
//! **Invariant:** an [`IdentityProvider`] has at least one key to verify with, whatever it was made from (ATT-059).
//!
//! **Invariant:** every location that is read or written is `https`, or `http` on the machine itself (ATT-190).
//!
//! **Absent on purpose:** fetching, opening files, a clock, aggregates in aggregates, and any trust in the `KeyInfo` of
//! the signature.

mod aggregate;
mod attributes;
mod endpoint;
mod error;
mod facts;
mod identity_provider;
mod key_descriptor;
mod key_schedule;
mod location;
mod metadata;
mod metadata_query;
mod metadata_refresh;
mod metadata_source;
mod role;
mod service_provider;
mod sso_descriptor;
mod stamps;
mod write;

pub use aggregate::Aggregate;
pub use endpoint::{Endpoint, IndexedEndpoint};
pub use error::Error;
pub use facts::Fact;
pub use identity_provider::IdentityProvider;
pub use key_descriptor::{KeyFault, SkippedKey};
pub use key_schedule::{KeySchedule, KeyScheduleError, NextKey, Published};
pub use metadata::Metadata;
pub use metadata_query::QueryIdentifier;
pub use metadata_refresh::{MetadataRefresh, RefreshFailure, RefreshStatus};
pub use metadata_source::{MetadataCopy, MetadataSource};
pub use role::Role;
pub use service_provider::ServiceProvider;
pub use stamps::Stamps;
pub use write::{
    AttributeConsumingService, CatalogueService, ClusterMember, ClusterMetadata, IdentityProviderMetadata,
    KeyNameConvention, LocalizedName, RequestedAttribute, ServiceProviderMetadata,
};

/// The code of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
