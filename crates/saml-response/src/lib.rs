//! Decides whether a SAML Response may let somebody in.
