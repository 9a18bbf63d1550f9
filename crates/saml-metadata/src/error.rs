use chrono::{DateTime, SecondsFormat, Utc};
use thiserror::Error;

/// Metadata that cannot be used, or cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The file holds many entities.
    #[error("expected metadata of one entity (EntityDescriptor), found an aggregate (EntitiesDescriptor)")]
    Aggregate,
    /// Two endpoints or services of one kind have the same index.
    #[error("expected each index of {element} once, found {index} twice")]
    DuplicateIndex {
        /// The kind of endpoint.
        element: &'static str,
        /// The index.
        index: u16,
    },
    /// An aggregate has more of something than is kept of one.
    #[error("expected at most {limit} {what} in an aggregate, found more")]
    AggregateLimit {
        /// Of what there are too many.
        what: &'static str,
        /// The most that is accepted.
        limit: usize,
    },
    /// An aggregate in an aggregate.
    #[error("expected EntityDescriptor in the aggregate, found another EntitiesDescriptor")]
    AggregateNested,
    /// Two entities of an aggregate have the same entity ID.
    #[error("expected each entity once in the aggregate, found {entity_id} twice")]
    DuplicateEntity {
        /// The entity ID.
        entity_id: String,
    },
    /// An element that must be there at least once is not.
    #[error("expected at least one {element}, found none")]
    ElementMissing {
        /// The element.
        element: &'static str,
    },
    /// The bytes are not those that were read as this entity.
    #[error("expected the bytes of {entity_id} as they were in the aggregate, found others")]
    EntityChanged {
        /// The entity ID.
        entity_id: String,
    },
    /// The metadata is of another entity than the one asked for (ATT-188).
    #[error("expected metadata of {expected}, found metadata of {found}")]
    EntityMismatch {
        /// The entity ID that is configured.
        expected: String,
        /// The entity ID in the file.
        found: String,
    },
    /// The aggregate has no such entity.
    #[error("expected {entity_id} in the aggregate, found it not")]
    EntityMissing {
        /// The entity ID asked for.
        entity_id: String,
    },
    /// The metadata may not be used any more (ATT-185).
    #[error(
        "expected metadata that is valid at {}, found validUntil {}",
        at.to_rfc3339_opts(SecondsFormat::Secs, true),
        valid_until.to_rfc3339_opts(SecondsFormat::Secs, true)
    )]
    Expired {
        /// The first moment at which it is no longer valid.
        valid_until: DateTime<Utc>,
        /// The moment at which it was judged.
        at: DateTime<Utc>,
    },
    /// An aggregate is not well-formed, or cannot be read to its end.
    #[error("{0}")]
    File(#[from] saml_xml::PartError),
    /// The metadata of an identity provider stands where a service provider's is expected.
    #[error(
        "expected service-provider metadata, found identity-provider metadata of {entity_id} with single sign-on \
         service {single_sign_on_service}"
    )]
    IsIdentityProvider {
        /// The entity ID in the file.
        entity_id: String,
        /// The location of its first `SingleSignOnService`.
        single_sign_on_service: String,
    },
    /// The metadata of a service provider stands where an identity provider's is expected.
    ///
    /// A broker publishes two files: one as identity provider, for us, and one as service provider of DigiD, which goes
    /// to Logius.
    #[error(
        "expected the broker's identity-provider metadata, found service-provider metadata of {entity_id} with \
         assertion consumer service {assertion_consumer_service}: a broker's file of that kind is the one for Logius"
    )]
    IsServiceProvider {
        /// The entity ID in the file.
        entity_id: String,
        /// The location of its first `AssertionConsumerService`.
        assertion_consumer_service: String,
    },
    /// An endpoint at a place that no message may be sent to (ATT-190).
    #[error("expected an https URL (http on the machine itself only) as location of {element}, found {found}")]
    Location {
        /// The kind of endpoint.
        element: &'static str,
        /// The location found.
        found: String,
    },
    /// No key is left to verify with (ATT-059).
    #[error("expected at least one usable signing key of {entity_id}, found none ({skipped} unusable)")]
    NoSigningKey {
        /// The entity.
        entity_id: String,
        /// How many keys were there that cannot be used.
        skipped: usize,
    },
    /// The role does not speak SAML 2.0 (ATT-189).
    #[error("expected {role} that supports SAML 2.0, found one that supports {found}")]
    Protocol {
        /// The role.
        role: &'static str,
        /// The protocols that it supports.
        found: String,
    },
    /// The entity has the role more than once.
    #[error("expected one {role} that supports SAML 2.0, found {found}")]
    RoleAmbiguous {
        /// The role.
        role: &'static str,
        /// How many were found.
        found: usize,
    },
    /// The entity does not have the role.
    #[error("expected {role} in the metadata of {entity_id}, found none")]
    RoleMissing {
        /// The role.
        role: &'static str,
        /// The entity.
        entity_id: String,
    },
    /// The metadata is an older version than the one that was accepted before (ATT-185).
    #[error(
        "expected metadata whose {stamp} is not before {}, found {found}",
        before.to_rfc3339_opts(SecondsFormat::Secs, true)
    )]
    Rollback {
        /// The attribute by which it is told.
        stamp: &'static str,
        /// What the metadata said that was accepted before.
        before: DateTime<Utc>,
        /// What this says, or `none`.
        found: String,
    },
    /// The file does not follow the schema of SAML metadata.
    #[error("{0}")]
    Schema(#[from] saml_protocol::Error),
    /// The signature does not hold, or could not be made.
    #[error("{0}")]
    Signature(#[from] saml_xml_security::Error),
    /// The metadata says not until when it is valid, or a moment that is too far away (ATT-185).
    #[error(
        "expected validUntil of {} at the latest, found {found}",
        latest.to_rfc3339_opts(SecondsFormat::Secs, true)
    )]
    Validity {
        /// The latest moment that is accepted.
        latest: DateTime<Utc>,
        /// What it says, or `none`.
        found: String,
    },
    /// A value that XML cannot hold.
    #[error("metadata cannot be written: {0}")]
    Write(#[from] saml_xml::WriteError),
    /// The file is not well-formed.
    #[error("{0}")]
    Xml(#[from] saml_xml::Error),
}

impl Error {
    /// Returns the stable word for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Aggregate => "metadata_aggregate",
            Self::AggregateLimit { .. } => "metadata_aggregate_limit",
            Self::AggregateNested => "metadata_aggregate_nested",
            Self::DuplicateEntity { .. } => "metadata_duplicate_entity",
            Self::DuplicateIndex { .. } => "metadata_duplicate_index",
            Self::ElementMissing { .. } => "metadata_element_missing",
            Self::EntityChanged { .. } => "metadata_entity_changed",
            Self::EntityMismatch { .. } => "metadata_entity_mismatch",
            Self::EntityMissing { .. } => "metadata_entity_missing",
            Self::Expired { .. } => "metadata_expired",
            Self::File(error) => error.code(),
            Self::IsIdentityProvider { .. } => "metadata_is_identity_provider",
            Self::IsServiceProvider { .. } => "metadata_is_service_provider",
            Self::Location { .. } => "metadata_location",
            Self::NoSigningKey { .. } => "metadata_no_signing_key",
            Self::Protocol { .. } => "metadata_protocol",
            Self::RoleAmbiguous { .. } => "metadata_role_ambiguous",
            Self::RoleMissing { .. } => "metadata_role_missing",
            Self::Rollback { .. } => "metadata_rollback",
            Self::Schema(error) => error.code(),
            Self::Signature(error) => error.code(),
            Self::Validity { .. } => "metadata_validity",
            Self::Write(_) => "metadata_write",
            Self::Xml(error) => error.code(),
        }
    }
}

/// Shortens a value from outside to what fits a log line, on one line.
pub(crate) fn shorten(value: &str) -> String {
    value.chars().filter(|character| !character.is_control()).take(LONGEST_FOUND).collect()
}

/// Writes a moment that may be absent, for an error.
pub(crate) fn moment(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(|| "none".to_owned(), |at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// Longer than any entity ID or location seen; short enough that an error stays one line.
const LONGEST_FOUND: usize = 200;
