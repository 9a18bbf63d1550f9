use saml_bindings::PostForm;
use saml_logout::UnsignedLogout;
use saml_protocol::Binding;
use saml_xml_security::SigningKey;

/// How the browser is sent to the identity provider, with a request to log in or a logout message.
#[derive(Debug)]
pub enum Dispatch {
    /// A page with this form, which the browser posts.
    Form(PostForm),
    /// A redirect to this URL.
    Redirect(String),
}

impl Dispatch {
    pub(crate) fn of_logout(
        message: UnsignedLogout,
        binding: Binding,
        key: &SigningKey,
    ) -> Result<Self, saml_logout::Error> {
        match binding {
            Binding::HttpRedirect => message.redirect(key).map(Self::Redirect),
            _ => message.post(key).map(Self::Form),
        }
    }
}
