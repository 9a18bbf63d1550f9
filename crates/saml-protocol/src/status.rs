use saml_xml::{Element, Writer};

use crate::children::{Children, required_attribute};
use crate::error::Error;
use crate::namespaces::PROTOCOL;

/// The `Status` of an answer (SAML Core 3.2.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status<'a> {
    /// The top-level code: `Success`, or whose fault the failure is.
    pub code: &'a str,
    /// The second-level code, where there is one.
    pub second_level: Option<&'a str>,
    /// A text for people. It is the sender's: never shown in a page (ATT-144).
    pub message: Option<&'a str>,
}

impl<'a> Status<'a> {
    /// Returns the status of an answer that succeeded.
    #[must_use]
    pub const fn success() -> Self {
        Self { code: status_codes::SUCCESS, second_level: None, message: None }
    }

    /// Tells whether the top-level code is `Success`; the second level plays no part.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.code == status_codes::SUCCESS
    }

    /// Reads a `Status` element.
    ///
    /// # Errors
    /// An [`Error`] when it does not follow the schema.
    pub fn read(element: Element<'a>) -> Result<Self, Error> {
        let mut children = Children::of(element)?;
        let top = children.required(PROTOCOL, "StatusCode")?;
        let message = children.optional(PROTOCOL, "StatusMessage").map(Element::text).transpose()?;
        // Whatever StatusDetail holds is not looked at (ATT-040).
        children.optional(PROTOCOL, "StatusDetail");
        children.finish()?;
        let mut nested = Children::of(top)?;
        let second_level =
            nested.optional(PROTOCOL, "StatusCode").map(|second| required_attribute(second, "Value")).transpose()?;
        nested.finish()?;
        Ok(Self { code: required_attribute(top, "Value")?, second_level, message })
    }

    /// Writes the element as `samlp:Status`.
    pub fn write(&self, writer: &mut Writer) {
        writer.start("samlp:Status").start("samlp:StatusCode").attribute("Value", self.code);
        if let Some(second) = self.second_level {
            writer.start("samlp:StatusCode").attribute("Value", second).end();
        }
        writer.end();
        if let Some(message) = self.message {
            writer.leaf("samlp:StatusMessage", message);
        }
        writer.end();
    }
}

/// The status codes of SAML Core 3.2.2.2 that this project knows by name.
pub mod status_codes {
    /// The request succeeded.
    pub const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
    /// The requester made a mistake.
    pub const REQUESTER: &str = "urn:oasis:names:tc:SAML:2.0:status:Requester";
    /// The responder could not do it.
    pub const RESPONDER: &str = "urn:oasis:names:tc:SAML:2.0:status:Responder";
    /// The user cancelled, or could not be authenticated.
    pub const AUTHN_FAILED: &str = "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed";
    /// The level that was asked for was not reached.
    pub const NO_AUTHN_CONTEXT: &str = "urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext";
    /// The user had to be authenticated without being asked, and could not be.
    pub const NO_PASSIVE: &str = "urn:oasis:names:tc:SAML:2.0:status:NoPassive";
    /// None of the identity providers that were asked for is supported.
    pub const NO_SUPPORTED_IDP: &str = "urn:oasis:names:tc:SAML:2.0:status:NoSupportedIDP";
    /// Not every session of the user could be ended (SAML Core 3.7.3.2).
    pub const PARTIAL_LOGOUT: &str = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout";
    /// The responder understood the request and refuses it.
    pub const REQUEST_DENIED: &str = "urn:oasis:names:tc:SAML:2.0:status:RequestDenied";
    /// The responder does not support the request.
    pub const REQUEST_UNSUPPORTED: &str = "urn:oasis:names:tc:SAML:2.0:status:RequestUnsupported";
}
