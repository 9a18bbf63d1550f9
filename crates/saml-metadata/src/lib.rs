//! SAML 2.0 metadata: read, verify, write, sign.
