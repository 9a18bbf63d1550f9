//! A SAML service provider: log in, consume the answer, log out.
