//! axum routes for a SAML service provider.
