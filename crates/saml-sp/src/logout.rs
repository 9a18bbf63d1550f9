use chrono::{DateTime, Utc};
use saml_logout::NewLogoutRequest;
use saml_protocol::Binding;
use saml_state::{BrowserBinding, PendingRequest, RelayState, RequestId, RequestStore, ReturnPath, StoreError};
use saml_xml_security::random_bytes;
use thiserror::Error;

use crate::configuration::ServiceProvider;
use crate::dispatch::Dispatch;
use crate::identity_provider_session::IdentityProviderSession;
use crate::single_logout::request_endpoint;

/// A logout that the identity provider is not told of.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LogoutError {
    /// The request could not be made.
    #[error("{0}")]
    Message(#[from] saml_logout::Error),
    /// The metadata of the identity provider cannot be used now.
    #[error("{0}")]
    Metadata(#[from] saml_metadata::Error),
    /// The identity provider can be reached by HTTP-Redirect alone, and the name may be a person's number.
    #[error(
        "expected a SingleLogoutService with HTTP-POST for a name that may not stand in a URL, found HTTP-Redirect alone"
    )]
    NameInUrl,
    /// The identity provider takes no logout requests from a browser.
    #[error("expected a SingleLogoutService with HTTP-POST or HTTP-Redirect in the metadata, found none")]
    NoEndpoint,
    /// Single logout is not configured.
    #[error("expected single logout to be configured, found that it is not")]
    NotConfigured,
    /// The session is of another identity provider, which the name is not for.
    #[error("expected a session of {expected}, found one of {found}")]
    OtherIdentityProvider {
        /// The entity ID that is configured.
        expected: String,
        /// The entity ID found.
        found: String,
    },
    /// No random bytes for the identifiers.
    #[error("{0}")]
    Random(#[from] saml_xml_security::Error),
    /// The request could not be remembered, so that no answer to it could ever be accepted.
    #[error("{0}")]
    Store(#[from] StoreError),
}

impl LogoutError {
    /// Returns the stable word for logs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Message(error) => error.code(),
            Self::Metadata(error) => error.code(),
            Self::NameInUrl => "logout_name_in_url",
            Self::NoEndpoint => "logout_no_endpoint",
            Self::NotConfigured => "logout_not_configured",
            Self::OtherIdentityProvider { .. } => "logout_other_identity_provider",
            Self::Random(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

impl<R: RequestStore, C> ServiceProvider<R, C> {
    /// Tells the identity provider that somebody logged out: a signed `LogoutRequest`, remembered under `browser`.
    ///
    /// The session here must have ended before: nothing that comes back, or fails to, may keep it (SAML Profiles
    /// 4.4.3.1). `browser` is made for this logout and kept in a cookie of its own, so that no answer to a login is
    /// ever found under it.
    ///
    /// # Errors
    /// A [`LogoutError`] when the identity provider cannot be told; the user may still be logged in there.
    pub async fn logout(
        &self,
        browser: &BrowserBinding,
        session: &IdentityProviderSession,
        return_to: ReturnPath,
        now: DateTime<Utc>,
    ) -> Result<Dispatch, LogoutError> {
        let configuration = &self.configuration;
        let single_logout = configuration.single_logout.as_ref().ok_or(LogoutError::NotConfigured)?;
        let identity_provider = &configuration.identity_provider;
        identity_provider.check_valid(now)?;
        let (expected, found) = (identity_provider.entity_id(), session.issuer());
        if expected != found {
            let (expected, found) = (expected.to_owned(), found.to_owned());
            return Err(LogoutError::OtherIdentityProvider { expected, found });
        }
        let (binding, destination) = request_endpoint(identity_provider).ok_or(LogoutError::NoEndpoint)?;
        let may_be_read = session.is_pseudonym() || single_logout.is_name_allowed_in_url();
        if binding == Binding::HttpRedirect && !may_be_read {
            return Err(LogoutError::NameInUrl);
        }
        let pending = PendingRequest {
            id: RequestId::from_random(random_bytes()?),
            issued_at: now,
            identity_provider: identity_provider.entity_id().to_owned(),
            assertion_consumer_service: single_logout.endpoint().to_owned(),
            requested_level: None,
            force_authn: false,
            return_to,
            relay_state: RelayState::from_random(random_bytes()?),
        };
        let request = NewLogoutRequest {
            issuer: configuration.settings.issuer(),
            destination,
            name_id: &session.name_id,
            session_index: session.session_index.as_deref(),
            relay_state: Some(pending.relay_state.as_str()),
            algorithm: configuration.settings.signature_algorithm(),
        };
        let dispatch = Dispatch::of_logout(request.create(&pending.id, now)?, binding, &configuration.key)?;
        self.requests.remember(browser, pending, now).await?;
        Ok(dispatch)
    }
}
