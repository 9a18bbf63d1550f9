use chrono::{DateTime, Utc};
use saml_digid::{LevelOfAssurance, Subject};
use saml_response::{SignedAttribute, SubjectNameId, ValidAssertion};
use saml_state::{RequestId, ReturnPath};

use crate::identity_provider_session::IdentityProviderSession;

/// A login that succeeded: who it is, how sure that is, and until when.
#[derive(Debug)]
pub struct Authentication {
    pub(crate) subject: Subject,
    pub(crate) assertion: ValidAssertion,
    pub(crate) request_id: RequestId,
    pub(crate) requested_at: DateTime<Utc>,
    pub(crate) return_to: ReturnPath,
}

impl Authentication {
    /// Returns who logged in.
    #[must_use]
    pub const fn subject(&self) -> &Subject {
        &self.subject
    }

    /// Returns the level of assurance; `None` for a class outside the vocabularies of DigiD and eToegang.
    #[must_use]
    pub fn level(&self) -> Option<LevelOfAssurance> {
        self.assertion.level().and_then(LevelOfAssurance::from_uri)
    }

    /// Returns the class of authentication as it was asserted.
    #[must_use]
    pub fn authn_context_class(&self) -> Option<&str> {
        self.assertion.level()
    }

    /// Returns the NameID as it was signed, with its format and qualifiers: a logout names all of them, and a pseudonym
    /// means something only together with them and the issuer (ATT-137).
    #[must_use]
    pub const fn name_id(&self) -> &SubjectNameId {
        self.assertion.name_id()
    }

    /// Returns the entity ID of who asserted it.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.assertion.issuer()
    }

    /// Returns who authenticated the citizen, where the issuer is a broker.
    #[must_use]
    pub fn authority(&self) -> Option<&str> {
        self.assertion.authority()
    }

    /// Returns the attributes that the profile keeps.
    #[must_use]
    pub fn attributes(&self) -> &[SignedAttribute] {
        self.assertion.attributes()
    }

    /// Returns the session at the identity provider, which a logout names.
    #[must_use]
    pub fn session_index(&self) -> Option<&str> {
        self.assertion.session_index()
    }

    /// Returns what a later logout must name, to be kept with the session.
    #[must_use]
    pub fn identity_provider_session(&self) -> IdentityProviderSession {
        IdentityProviderSession {
            issuer: self.issuer().to_owned(),
            name_id: self.name_id().clone(),
            session_index: self.session_index().map(str::to_owned),
        }
    }

    /// Returns the end that the identity provider sets to the session; ours must not outlive it.
    #[must_use]
    pub const fn session_not_on_or_after(&self) -> Option<DateTime<Utc>> {
        self.assertion.session_not_on_or_after()
    }

    /// Returns the ID of the request that was answered.
    #[must_use]
    pub const fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    /// Returns when the request was made that the login answers.
    #[must_use]
    pub const fn requested_at(&self) -> DateTime<Utc> {
        self.requested_at
    }

    /// Returns where the browser wanted to go.
    #[must_use]
    pub const fn return_to(&self) -> &ReturnPath {
        &self.return_to
    }
}
