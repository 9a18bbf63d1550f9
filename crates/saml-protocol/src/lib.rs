//! The typed vocabulary of SAML 2.0 messages.
