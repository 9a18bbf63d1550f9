//! One strict XML parser for SAML, exclusive canonicalisation, and a writer that cannot emit unescaped text.
