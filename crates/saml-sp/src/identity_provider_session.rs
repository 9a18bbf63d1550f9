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
    /// Puts one together again that a session store kept: the entity ID, the name, the session index.
    #[must_use]
    pub const fn restored(issuer: String, name_id: SubjectNameId, session_index: Option<String>) -> Self {
        Self { issuer, name_id, session_index }
    }

    /// Returns the name, which may be a number of a person.
    #[must_use]
    pub const fn name_id(&self) -> &SubjectNameId {
        &self.name_id
    }

    /// Returns the session index, where the identity provider gave one.
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
