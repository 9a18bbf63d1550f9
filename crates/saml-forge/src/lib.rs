//! Makes SAML messages, keys and metadata for tests.
