use saml_response::SubjectNameId;

/// The session of a login at the identity provider: what a logout must name of it, whole (ATT-181).
///
/// `Debug` shows nothing of who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityProviderSession {
    pub(crate) issuer: String,
    pub(crate) name_id: SubjectNameId,
    pub(crate) session_index: Option<String>,
}

impl IdentityProviderSession {
    /// Puts a session back together that a session store kept under a seal. Of anything else a logout would name somebody who
    /// never logged in.
    #[must_use]
    pub const fn danger_restore(issuer: String, name_id: SubjectNameId, session_index: Option<String>) -> Self {
        Self { issuer, name_id, session_index }
    }

    /// Returns the name of the user, which may be a BSN: do not log it.
    #[must_use]
    pub const fn name_id(&self) -> &SubjectNameId {
        &self.name_id
    }

    /// Returns the index of the session there.
    #[must_use]
    pub fn session_index(&self) -> Option<&str> {
        self.session_index.as_deref()
    }

    /// Returns the entity ID of who knows the session.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Tells whether the name may stand in a URL: it is one that was made up for this service provider.
    ///
    /// Any other may be a number or an address of a person, which stays out of histories and logs.
    pub(crate) fn is_pseudonym(&self) -> bool {
        self.name_id.format().is_some_and(|format| PSEUDONYMS.contains(&format))
    }
}

/// SAML Core 8.3.7 and 8.3.8.
const PSEUDONYMS: [&str; 2] =
    ["urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"];
