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
