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
    /// Returns the name of the parameter.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SamlRequest => "SAMLRequest",
            Self::SamlResponse => "SAMLResponse",
        }
    }
}
