use std::fmt;

use saml_bindings::PostForm;
use saml_logout::UnsignedLogout;
use saml_protocol::Binding;
use saml_xml_security::SigningKey;

/// How the browser is sent to the identity provider, with a request to log in or a logout message.
pub enum Dispatch {
    /// A page with this form, which the browser posts.
    Form(PostForm),
    /// A redirect to this URL.
    Redirect(String),
}

impl fmt::Debug for Dispatch {
    /// Shows where it goes and its size only: a logout message is about a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(form) => form.fmt(f),
            Self::Redirect(url) => {
                let to = url.split('?').next().unwrap_or_default();
                write!(f, "Redirect(to {to}, {} bytes)", url.len())
            }
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_where_it_goes_and_nothing_of_the_message() {
        let redirect = Dispatch::Redirect("https://idp.example/slo?SAMLRequest=abc".to_owned());
        assert_eq!(format!("{redirect:?}"), "Redirect(to https://idp.example/slo, 39 bytes)");
    }
}
