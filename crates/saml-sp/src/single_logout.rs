use std::fmt;

use saml_logout::LogoutPolicy;
use saml_metadata::{Endpoint, IdentityProvider};
use saml_protocol::Binding;
use saml_response::SubjectNameId;
use saml_state::{KeyedDigest, SessionSubject};
use saml_xml_security::{Error, keyed_digest, random_bytes};

use crate::authentication::Authentication;
use crate::configuration::ServiceProvider;

/// How single logout goes: our endpoints, and what is asked of a message that comes there.
///
/// ```
/// use saml_sp::SingleLogout;
///
/// let single_logout = SingleLogout::new("https://portal.example/saml/slo")?;
/// assert_eq!(single_logout.endpoints().len(), 2);
/// let with_soap = single_logout.with_soap("https://portal.example/saml/slo/soap");
/// assert_eq!(with_soap.endpoints().len(), 3);
/// # Ok::<(), saml_xml_security::Error>(())
/// ```
#[derive(Clone)]
pub struct SingleLogout {
    endpoint: String,
    soap_endpoint: Option<String>,
    policy: LogoutPolicy,
    digest_key: [u8; 32],
    is_name_allowed_in_url: bool,
}

impl SingleLogout {
    /// Takes the URL that browsers bring logout messages to, by HTTP-POST and HTTP-Redirect.
    ///
    /// # Errors
    /// [`Error::Crypto`] when there are no random bytes for the key of the sessions' digests.
    pub fn new(endpoint: &str) -> Result<Self, Error> {
        Ok(Self {
            endpoint: endpoint.to_owned(),
            soap_endpoint: None,
            policy: LogoutPolicy::signed(),
            digest_key: random_bytes()?,
            is_name_allowed_in_url: false,
        })
    }

    /// Takes logout requests over SOAP too, at `endpoint`, as DigiD 3.x sends them.
    #[must_use]
    pub fn with_soap(self, endpoint: &str) -> Self {
        Self { soap_endpoint: Some(endpoint.to_owned()), ..self }
    }

    /// Replaces what is asked of a message, as where DigiD 3.x answers with RSA-SHA1
    /// ([`LogoutPolicy::danger_accept_rsa_sha1_redirect_response`]).
    #[must_use]
    pub fn with_policy(self, policy: LogoutPolicy) -> Self {
        Self { policy, ..self }
    }

    /// Sets the key of the digests that sessions are found by; a random one unless set.
    ///
    /// For a session store that several processes share, or that outlives one: with another key no session is found.
    #[must_use]
    pub fn with_digest_key(self, digest_key: [u8; 32]) -> Self {
        Self { digest_key, ..self }
    }

    /// Sends a logout request by HTTP-Redirect where the identity provider has nothing else, whatever the name in it.
    ///
    /// The URL then holds the BSN, deflated and readable to all, in the history of the browser and the logs on the way.
    /// Without, such a logout ends here, and the session at the identity provider ends by itself.
    #[must_use]
    pub fn danger_allow_name_in_url(self) -> Self {
        Self { is_name_allowed_in_url: true, ..self }
    }

    /// Returns the URL that browsers bring logout messages to.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns the URL for logout requests over SOAP.
    #[must_use]
    pub fn soap_endpoint(&self) -> Option<&str> {
        self.soap_endpoint.as_deref()
    }

    /// Returns our `SingleLogoutService` endpoints, to be announced in our metadata.
    #[must_use]
    pub fn endpoints(&self) -> Vec<Endpoint> {
        let by_browser = [Binding::HttpPost, Binding::HttpRedirect].map(|binding| (binding, &self.endpoint));
        let over_soap = self.soap_endpoint.iter().map(|location| (Binding::Soap, location));
        let all = by_browser.into_iter().chain(over_soap);
        all.map(|(binding, location)| Endpoint { binding, location: location.clone() }).collect()
    }

    pub(crate) const fn policy(&self) -> &LogoutPolicy {
        &self.policy
    }

    pub(crate) const fn is_name_allowed_in_url(&self) -> bool {
        self.is_name_allowed_in_url
    }

    /// Returns the digest of a name: of everything that makes it one (ATT-176).
    ///
    /// What is left out means its default: another format than unspecified is another name, and a name is relative to
    /// the two parties unless it says otherwise (SAML Core 2.2.2, 8.3.1, 8.3.7).
    pub(crate) fn name(
        &self,
        identity_provider: &str,
        us: &str,
        name_id: &SubjectNameId,
    ) -> Result<KeyedDigest, Error> {
        let parts = [
            "NameID",
            identity_provider,
            name_id.expose(),
            name_id.format().unwrap_or(UNSPECIFIED),
            name_id.name_qualifier().unwrap_or(identity_provider),
            name_id.sp_name_qualifier().unwrap_or(us),
        ];
        self.digest(&parts)
    }

    /// Returns the digest of a session index.
    pub(crate) fn session_index(&self, identity_provider: &str, index: &str) -> Result<KeyedDigest, Error> {
        self.digest(&["SessionIndex", identity_provider, index])
    }

    fn digest(&self, parts: &[&str]) -> Result<KeyedDigest, Error> {
        let mut octets = Vec::new();
        for part in parts {
            // The length first, so that no two lists of parts are the same octets.
            octets.extend(part.len().to_be_bytes());
            octets.extend(part.as_bytes());
        }
        keyed_digest(&self.digest_key, &octets).map(KeyedDigest::from_bytes)
    }
}

impl fmt::Debug for SingleLogout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SingleLogout")
            .field("endpoint", &self.endpoint)
            .field("soap_endpoint", &self.soap_endpoint)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

impl<R, C> ServiceProvider<R, C> {
    /// Returns what the session of a login is found by when the identity provider ends it; `None` without single
    /// logout.
    ///
    /// # Errors
    /// [`Error::Crypto`].
    pub fn session_subject(&self, authentication: &Authentication) -> Result<Option<SessionSubject>, Error> {
        let Some(single_logout) = &self.configuration.single_logout else { return Ok(None) };
        let (issuer, us) = (authentication.issuer(), self.configuration.settings.issuer());
        let name = single_logout.name(issuer, us, authentication.name_id())?;
        let session_index =
            authentication.session_index().map(|index| single_logout.session_index(issuer, index)).transpose()?;
        Ok(Some(SessionSubject { name, session_index }))
    }
}

/// Returns how a browser can bring a message to the identity provider, and where; by HTTP-POST rather than in a URL.
pub(crate) fn by_browser<'i>(
    bindings: [Binding; 2],
    location: impl Fn(Binding) -> Option<&'i str>,
) -> Option<(Binding, &'i str)> {
    bindings.into_iter().find_map(|binding| location(binding).map(|location| (binding, location)))
}

/// Returns where a logout request to the identity provider goes.
pub(crate) fn request_endpoint(identity_provider: &IdentityProvider) -> Option<(Binding, &str)> {
    by_browser([Binding::HttpPost, Binding::HttpRedirect], |binding| identity_provider.single_logout_location(binding))
}

const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
