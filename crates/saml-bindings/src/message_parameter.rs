use crate::form::split;

/// The parameter that carries a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageParameter {
    /// `SAMLRequest`: an `AuthnRequest` or a `LogoutRequest`.
    SamlRequest,
    /// `SAMLResponse`: a `Response` or a `LogoutResponse`.
    ///
    /// A `Response` never travels by HTTP-Redirect (SAML Profiles 4.1.2, ATT-159); a `LogoutResponse` may.
    SamlResponse,
}

impl MessageParameter {
    /// Returns which of the two a query or form has, for an endpoint that takes either, as one for logout does.
    ///
    /// It chooses the decoder and nothing else: either refuses what has both.
    ///
    /// ```
    /// use saml_bindings::MessageParameter;
    ///
    /// assert_eq!(MessageParameter::carried(b"RelayState=b3f0&SAMLRequest=a"), Some(MessageParameter::SamlRequest));
    /// assert_eq!(MessageParameter::carried(b"RelayState=SAMLRequest"), None);
    /// ```
    #[must_use]
    pub fn carried(text: &[u8]) -> Option<Self> {
        split(text).find_map(|field| Self::named(field.saml_name().ok().flatten()?))
    }

    /// Returns the name of the parameter.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SamlRequest => "SAMLRequest",
            Self::SamlResponse => "SAMLResponse",
        }
    }

    /// Returns the parameter of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::SamlRequest, Self::SamlResponse].into_iter().find(|parameter| parameter.name() == name)
    }
}
