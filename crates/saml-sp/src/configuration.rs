use std::sync::Arc;

use saml_authn_request::AuthnRequestSettings;
use saml_digid::Profile;
use saml_metadata::IdentityProvider;
use saml_protocol::Binding;
use saml_xml_security::{DecryptionKey, SigningKey, VerifyingKey};
use thiserror::Error;

use crate::single_logout::SingleLogout;

/// Who we are, whom we trust, and what an answer must be like. Immutable.
#[derive(Clone, Debug)]
pub struct Configuration {
    pub(crate) settings: AuthnRequestSettings,
    pub(crate) key: SigningKey,
    pub(crate) decryption_keys: Vec<DecryptionKey>,
    pub(crate) identity_provider: IdentityProvider,
    pub(crate) profile: Profile,
    pub(crate) request_binding: RequestBinding,
    pub(crate) destination: String,
    pub(crate) single_logout: Option<SingleLogout>,
}

/// How an `AuthnRequest` travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestBinding {
    /// In a form that the browser posts.
    Post,
    /// In the query string of a redirect.
    Redirect,
}

/// Parts that cannot make a service provider.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The identity provider cannot be reached by the binding.
    #[error("expected a SingleSignOnService with binding {binding} in the metadata of {identity_provider}, found none")]
    NoEndpoint {
        /// The URI of the binding.
        binding: &'static str,
        /// The entity ID.
        identity_provider: String,
    },
    /// Metadata in the place of that of another identity provider.
    #[error("expected metadata of {expected}, found metadata of {found}")]
    OtherIdentityProvider {
        /// The entity ID that is configured.
        expected: String,
        /// The entity ID found.
        found: String,
    },
}

impl ConfigError {
    /// Returns the stable word for logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoEndpoint { .. } => "config_no_endpoint",
            Self::OtherIdentityProvider { .. } => "config_other_identity_provider",
        }
    }
}

impl Configuration {
    /// Puts the parts together: our request settings and key, the identity provider's metadata, and the profile.
    ///
    /// # Errors
    /// [`ConfigError::NoEndpoint`] when the metadata has no endpoint for `request_binding`.
    pub fn new(
        settings: AuthnRequestSettings,
        key: SigningKey,
        identity_provider: IdentityProvider,
        profile: Profile,
        request_binding: RequestBinding,
    ) -> Result<Self, ConfigError> {
        let destination = destination(&identity_provider, request_binding)?;
        Ok(Self {
            settings,
            key,
            decryption_keys: Vec::new(),
            identity_provider,
            profile,
            request_binding,
            destination,
            single_logout: None,
        })
    }

    /// Adds the keys that assertions may be encrypted to; several during a renewal. Without, an encrypted assertion is
    /// refused.
    #[must_use]
    pub fn with_decryption_keys(self, decryption_keys: Vec<DecryptionKey>) -> Self {
        Self { decryption_keys, ..self }
    }

    /// Lets a logout reach the identity provider, and one that begins there reach us; without, a logout ends the
    /// session here.
    #[must_use]
    pub fn with_single_logout(self, single_logout: SingleLogout) -> Self {
        Self { single_logout: Some(single_logout), ..self }
    }

    /// Puts other metadata of the same identity provider in the place of the present.
    fn with_identity_provider(self, identity_provider: IdentityProvider) -> Result<Self, ConfigError> {
        let (expected, found) = (self.identity_provider.entity_id(), identity_provider.entity_id());
        if expected != found {
            return Err(ConfigError::OtherIdentityProvider { expected: expected.to_owned(), found: found.to_owned() });
        }
        let destination = destination(&identity_provider, self.request_binding)?;
        Ok(Self { identity_provider, destination, ..self })
    }

    /// Returns the key that signs our messages.
    #[must_use]
    pub const fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Returns our side: entity ID, consumer service, what requests ask for.
    #[must_use]
    pub const fn settings(&self) -> &AuthnRequestSettings {
        &self.settings
    }

    /// Returns the certificate of the key that we sign with.
    #[must_use]
    pub const fn signing_certificate(&self) -> &VerifyingKey {
        self.key.verifying_key()
    }

    /// Returns the identity provider that we send citizens to.
    #[must_use]
    pub const fn identity_provider(&self) -> &IdentityProvider {
        &self.identity_provider
    }

    /// Returns how single logout goes, where it is configured.
    #[must_use]
    pub const fn single_logout(&self) -> Option<&SingleLogout> {
        self.single_logout.as_ref()
    }

    /// Returns what an answer must be like.
    #[must_use]
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }
}

/// A service provider with its stores: `R` remembers pending requests, `C` the assertions seen.
#[derive(Debug)]
pub struct ServiceProvider<R, C> {
    pub(crate) configuration: Configuration,
    pub(crate) requests: Arc<R>,
    pub(crate) replays: Arc<C>,
}

impl<R, C> ServiceProvider<R, C> {
    /// Puts a service provider together.
    #[must_use]
    pub fn new(configuration: Configuration, requests: R, replays: C) -> Self {
        Self { configuration, requests: Arc::new(requests), replays: Arc::new(replays) }
    }

    /// Makes a service provider with other metadata of the same identity provider, such as after a change of its keys.
    ///
    /// The two share their stores, so that a login that began with the one can end with the other. What is asked of an
    /// answer does not change: that is the profile's, and no metadata lowers it (ATT-193).
    ///
    /// # Errors
    /// [`ConfigError::OtherIdentityProvider`]; [`ConfigError::NoEndpoint`] when requests cannot travel as they do.
    pub fn with_identity_provider(&self, identity_provider: IdentityProvider) -> Result<Self, ConfigError> {
        Ok(Self {
            configuration: self.configuration.clone().with_identity_provider(identity_provider)?,
            requests: Arc::clone(&self.requests),
            replays: Arc::clone(&self.replays),
        })
    }

    /// Makes a service provider that signs with another key, such as when the day of the next one has come.
    ///
    /// The two share their stores, so that a login that began with the one can end with the other.
    #[must_use]
    pub fn with_key(&self, key: SigningKey) -> Self {
        Self {
            configuration: Configuration { key, ..self.configuration.clone() },
            requests: Arc::clone(&self.requests),
            replays: Arc::clone(&self.replays),
        }
    }

    /// Puts something around each of the stores, such as what measures them.
    #[must_use]
    pub fn with_stores<R2, C2>(
        self,
        requests: impl FnOnce(Arc<R>) -> R2,
        replays: impl FnOnce(Arc<C>) -> C2,
    ) -> ServiceProvider<R2, C2> {
        ServiceProvider::new(self.configuration, requests(self.requests), replays(self.replays))
    }

    /// Returns the configuration.
    #[must_use]
    pub const fn configuration(&self) -> &Configuration {
        &self.configuration
    }
}

/// Returns where requests go.
fn destination(identity_provider: &IdentityProvider, request_binding: RequestBinding) -> Result<String, ConfigError> {
    let binding = match request_binding {
        RequestBinding::Post => Binding::HttpPost,
        RequestBinding::Redirect => Binding::HttpRedirect,
    };
    let location = identity_provider.single_sign_on_location(binding);
    location.map(str::to_owned).ok_or_else(|| ConfigError::NoEndpoint {
        binding: binding.uri(),
        identity_provider: identity_provider.entity_id().to_owned(),
    })
}
