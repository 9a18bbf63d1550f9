use std::fmt;

use openssl::x509::{X509ExtendedKeyUsage, X509KeyUsage, X509Ref};

use crate::error::Error;

/// What a certificate is used for at DigiD; generation G4 has another certificate for nearly each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// Signs messages and metadata: key usage `digitalSignature` or `nonRepudiation`.
    ///
    /// A TLS certificate whose key usage allows it may double as signing certificate (ST-SAML, certificates).
    Signing,
    /// Is encrypted to: key usage `keyEncipherment`.
    Encryption,
    /// Opens the back channel: key usage `digitalSignature` and extended key usage `clientAuth`.
    TlsClient,
    /// Answers on the back channel: key usage `digitalSignature` and extended key usage `serverAuth`.
    TlsServer,
}

impl Role {
    pub(crate) const ALL: [Self; 4] = [Self::Signing, Self::Encryption, Self::TlsClient, Self::TlsServer];

    /// Tells whether a certificate may be used so; what it does not state, it may not (RFC 5280 4.2.1.3, 4.2.1.12).
    pub(crate) fn check(self, certificate: &X509Ref) -> Result<(), Error> {
        let usage = certificate.key_usage().unwrap_or(X509KeyUsage::empty());
        let extended = certificate.extended_key_usage().unwrap_or(X509ExtendedKeyUsage::empty());
        let signs = usage.contains(X509KeyUsage::DIGITAL_SIGNATURE);
        let missing = match self {
            // An authority's certificate is in a chain, and never at its end.
            _ if usage.intersects(X509KeyUsage::KEY_CERT_SIGN | X509KeyUsage::CRL_SIGN) => "an end user's key usage",
            Self::Signing if !signs && !usage.contains(X509KeyUsage::NON_REPUDIATION) => "digitalSignature",
            Self::Encryption if !usage.contains(X509KeyUsage::KEY_ENCIPHERMENT) => "keyEncipherment",
            Self::TlsClient | Self::TlsServer if !signs => "digitalSignature",
            Self::TlsClient if !extended.contains(X509ExtendedKeyUsage::SSL_CLIENT) => "clientAuth",
            Self::TlsServer if !extended.contains(X509ExtendedKeyUsage::SSL_SERVER) => "serverAuth",
            _ => return Ok(()),
        };
        Err(Error::Role { role: self, missing })
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Signing => "signing",
            Self::Encryption => "encryption",
            Self::TlsClient => "a TLS client",
            Self::TlsServer => "a TLS server",
        })
    }
}
