use std::fmt;

use chrono::{DateTime, Utc};
use saml_protocol::NameId;

/// An assertion that passed every check of the profile at the time of the check.
///
/// It is still to be used: the request must be consumed and the assertion recorded as seen, once.
pub struct ValidAssertion {
    pub(crate) issuer: String,
    pub(crate) id: String,
    pub(crate) name_id: SubjectNameId,
    pub(crate) not_on_or_after: DateTime<Utc>,
    pub(crate) authn_instant: DateTime<Utc>,
    pub(crate) session_index: Option<String>,
    pub(crate) session_not_on_or_after: Option<DateTime<Utc>>,
    pub(crate) level: Option<String>,
    pub(crate) authority: Option<String>,
    pub(crate) attributes: Vec<SignedAttribute>,
}

/// The identifier of the subject, with what it is relative to.
#[derive(Clone, PartialEq, Eq)]
pub struct SubjectNameId {
    pub(crate) value: String,
    pub(crate) format: Option<String>,
    pub(crate) name_qualifier: Option<String>,
    pub(crate) sp_name_qualifier: Option<String>,
}

/// An attribute that the signature covers.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SignedAttribute {
    pub(crate) name: String,
    pub(crate) values: Vec<String>,
    pub(crate) identifiers: Vec<SubjectNameId>,
}

impl ValidAssertion {
    /// Returns the entity ID of who asserts.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the assertion's `ID`, by which a replay is known.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the identifier of the subject.
    #[must_use]
    pub const fn name_id(&self) -> &SubjectNameId {
        &self.name_id
    }

    /// Returns the moment from which this assertion can pass no more, clock skew included: so long a replay is looked
    /// for.
    #[must_use]
    pub const fn replay_until(&self) -> DateTime<Utc> {
        self.not_on_or_after
    }

    /// Returns when the user was authenticated.
    #[must_use]
    pub const fn authn_instant(&self) -> DateTime<Utc> {
        self.authn_instant
    }

    /// Returns the session at the identity provider.
    #[must_use]
    pub fn session_index(&self) -> Option<&str> {
        self.session_index.as_deref()
    }

    /// Returns when the session at the identity provider ends, which ours may not outlive (SAML errata E79).
    #[must_use]
    pub const fn session_not_on_or_after(&self) -> Option<DateTime<Utc>> {
        self.session_not_on_or_after
    }

    /// Returns the class of authentication that was reached.
    #[must_use]
    pub fn level(&self) -> Option<&str> {
        self.level.as_deref()
    }

    /// Returns who authenticated the user, where the issuer is a broker; the first that it names, where it may name
    /// several.
    #[must_use]
    pub fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// Returns the attributes that the policy keeps.
    #[must_use]
    pub fn attributes(&self) -> &[SignedAttribute] {
        &self.attributes
    }

    /// Returns the one value of the attribute `name`; `None` when there is none or more than one (ATT-139).
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        match self.attributes.iter().find(|attribute| attribute.name == name)?.values.as_slice() {
            [value] => Some(value),
            _ => None,
        }
    }
}

impl fmt::Debug for ValidAssertion {
    /// Leaves out who it is about.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValidAssertion")
            .field("issuer", &self.issuer)
            .field("level", &self.level)
            .finish_non_exhaustive()
    }
}

impl SubjectNameId {
    /// Puts one together again that a session kept, to log out with. It is no proof: no assertion can be made of it.
    #[must_use]
    pub fn restored(
        value: String,
        format: Option<String>,
        name_qualifier: Option<String>,
        sp_name_qualifier: Option<String>,
    ) -> Self {
        Self { value, format, name_qualifier, sp_name_qualifier }
    }

    /// Returns the value exactly as it was signed. It may be a BSN: do not log it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.value
    }

    /// Returns the `Format`.
    #[must_use]
    pub fn format(&self) -> Option<&str> {
        self.format.as_deref()
    }

    /// Returns the `NameQualifier`.
    #[must_use]
    pub fn name_qualifier(&self) -> Option<&str> {
        self.name_qualifier.as_deref()
    }

    /// Returns the `SPNameQualifier`.
    #[must_use]
    pub fn sp_name_qualifier(&self) -> Option<&str> {
        self.sp_name_qualifier.as_deref()
    }
}

impl From<NameId<'_>> for SubjectNameId {
    fn from(name_id: NameId<'_>) -> Self {
        Self {
            value: name_id.value.to_owned(),
            format: name_id.format.map(str::to_owned),
            name_qualifier: name_id.name_qualifier.map(str::to_owned),
            sp_name_qualifier: name_id.sp_name_qualifier.map(str::to_owned),
        }
    }
}

impl fmt::Debug for SubjectNameId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubjectNameId(redacted)")
    }
}

impl SignedAttribute {
    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the values in order. They may identify somebody: do not log them.
    #[must_use]
    pub fn expose(&self) -> &[String] {
        &self.values
    }

    /// Returns the identifiers that stood encrypted in the values, where the policy has them opened.
    #[must_use]
    pub fn identifiers(&self) -> &[SubjectNameId] {
        &self.identifiers
    }
}

impl fmt::Debug for SignedAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedAttribute({}, redacted)", self.name)
    }
}
