use chrono::{DateTime, Utc};
use saml_authn_request::LoginOptions;
use saml_state::{BrowserBinding, RequestStore, ReturnPath, StoreError};
use saml_xml_security::random_bytes;
use thiserror::Error;

use crate::configuration::{RequestBinding, ServiceProvider};
use crate::dispatch::Dispatch;

/// A login that could not begin.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LoginError {
    /// The metadata of the identity provider cannot be used now.
    #[error("{0}")]
    Metadata(#[from] saml_metadata::Error),
    /// The request could not be made.
    #[error("{0}")]
    Request(#[from] saml_authn_request::Error),
    /// No random bytes for the identifiers.
    #[error("{0}")]
    Random(#[from] saml_xml_security::Error),
    /// The request could not be remembered, so that no answer to it could ever be accepted.
    #[error("{0}")]
    Store(#[from] StoreError),
}

impl LoginError {
    /// Returns the stable word for logs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Metadata(error) => error.code(),
            Self::Random(error) => error.code(),
            Self::Request(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

impl<R: RequestStore, C> ServiceProvider<R, C> {
    /// Begins a login in the browser that holds `browser`: a signed `AuthnRequest`, remembered for that browser only.
    ///
    /// # Errors
    /// A [`LoginError`] when the request cannot be signed or remembered, or the identity provider's metadata has
    /// expired.
    pub async fn login(
        &self,
        browser: &BrowserBinding,
        options: &LoginOptions,
        return_to: ReturnPath,
        now: DateTime<Utc>,
    ) -> Result<Dispatch, LoginError> {
        let configuration = &self.configuration;
        configuration.identity_provider.check_valid(now)?;
        // The relay state is the ID once more: what comes back beside an artifact tells whose it is, before it is asked
        // for.
        let random = random_bytes()?;
        let (request, pending) = configuration.settings.create(
            &configuration.destination,
            configuration.identity_provider.entity_id(),
            options,
            [random, random],
            return_to,
            now,
        )?;
        let dispatch = match configuration.request_binding {
            RequestBinding::Post => Dispatch::Form(request.post(&configuration.key)?),
            RequestBinding::Redirect => Dispatch::Redirect(request.redirect(&configuration.key)?),
        };
        self.requests.remember(browser, pending, now).await?;
        Ok(dispatch)
    }
}
