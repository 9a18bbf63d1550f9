use saml_authn_request::AuthnRequestSettings;
use saml_digid::Profile;
use saml_metadata::IdentityProvider;
use saml_protocol::Binding;
use saml_xml_security::{DecryptionKey, SigningKey};
use thiserror::Error;

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
}

impl ConfigError {
    /// Returns the stable word for logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoEndpoint { .. } => "config_no_endpoint",
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
        let binding = match request_binding {
            RequestBinding::Post => Binding::HttpPost,
            RequestBinding::Redirect => Binding::HttpRedirect,
        };
        let destination = identity_provider.single_sign_on_location(binding).map(str::to_owned).ok_or_else(|| {
            ConfigError::NoEndpoint {
                binding: binding.uri(),
                identity_provider: identity_provider.entity_id().to_owned(),
            }
        })?;
        Ok(Self {
            settings,
            key,
            decryption_keys: Vec::new(),
            identity_provider,
            profile,
            request_binding,
            destination,
        })
    }

    /// Adds the keys that assertions may be encrypted to; several during a renewal. Without, an encrypted assertion is refused.
    #[must_use]
    pub fn with_decryption_keys(self, decryption_keys: Vec<DecryptionKey>) -> Self {
        Self { decryption_keys, ..self }
    }

    /// Returns our side: entity ID, consumer service, what requests ask for.
    #[must_use]
    pub const fn settings(&self) -> &AuthnRequestSettings {
        &self.settings
    }

    /// Returns the identity provider that we send citizens to.
    #[must_use]
    pub const fn identity_provider(&self) -> &IdentityProvider {
        &self.identity_provider
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
    pub(crate) requests: R,
    pub(crate) replays: C,
}

impl<R, C> ServiceProvider<R, C> {
    /// Puts a service provider together.
    #[must_use]
    pub const fn new(configuration: Configuration, requests: R, replays: C) -> Self {
        Self { configuration, requests, replays }
    }

    /// Returns the configuration.
    #[must_use]
    pub const fn configuration(&self) -> &Configuration {
        &self.configuration
    }
}
