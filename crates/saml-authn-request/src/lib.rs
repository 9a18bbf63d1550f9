//! Builds and signs a SAML AuthnRequest.
