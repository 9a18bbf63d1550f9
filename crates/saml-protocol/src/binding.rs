/// How a message travels (SAML Bindings 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Binding {
    /// By reference through the browser, resolved over SOAP (SAML Bindings 3.6).
    HttpArtifact,
    /// In a form that the browser posts (SAML Bindings 3.5).
    HttpPost,
    /// In the query string of a redirect (SAML Bindings 3.4).
    HttpRedirect,
    /// From server to server (SAML Bindings 3.2).
    Soap,
}

impl Binding {
    /// Returns the URI that stands in `Binding` and `ProtocolBinding`.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::HttpArtifact => "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact",
            Self::HttpPost => "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
            Self::HttpRedirect => "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect",
            Self::Soap => "urn:oasis:names:tc:SAML:2.0:bindings:SOAP",
        }
    }

    /// Returns the binding with this URI, `None` for one that this project does not speak.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        [Self::HttpArtifact, Self::HttpPost, Self::HttpRedirect, Self::Soap]
            .into_iter()
            .find(|binding| binding.uri() == uri)
    }
}
