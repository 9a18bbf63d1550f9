use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::pinned_roots::Generation;
use crate::role::Role;

/// A key or certificate that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// A PKCS#12 archive that cannot be read, or that lacks its key or certificate.
    #[error("expected a PKCS#12 archive with {expected}, found none")]
    Archive {
        /// What should be there.
        expected: &'static str,
    },
    /// What is no X.509 certificate in DER or PEM form.
    #[error("expected an X.509 certificate in DER or PEM form, found something else")]
    Certificate,
    /// The certificate's last second has passed.
    #[error("expected a certificate that is valid at {now}, found that of {subject}, which expired at {not_after}")]
    CertificateExpired {
        /// The common name of the subject.
        subject: String,
        /// The last second.
        not_after: DateTime<Utc>,
        /// The moment it was judged at.
        now: DateTime<Utc>,
    },
    /// The certificate's first second is still to come.
    #[error("expected a certificate that is valid at {now}, found that of {subject}, which starts at {not_before}")]
    CertificateNotYetValid {
        /// The common name of the subject.
        subject: String,
        /// The first second.
        not_before: DateTime<Utc>,
        /// The moment it was judged at.
        now: DateTime<Utc>,
    },
    /// A certificate on the way to the root is missing.
    #[error("expected the certificate of {issuer}, which issued that of {subject}, found none that leads to a root")]
    ChainIncomplete {
        /// The common name of the last certificate that was found.
        subject: String,
        /// The common name of its issuer.
        issuer: String,
    },
    /// The chain is complete, but does not hold.
    #[error("chain does not hold at the certificate of {subject}: {reason}")]
    ChainInvalid {
        /// The common name of the certificate at which it went wrong.
        subject: String,
        /// What OpenSSL found.
        reason: &'static str,
    },
    /// OpenSSL refused an operation.
    #[error("cryptographic operation failed: {operation}")]
    Crypto {
        /// What was tried.
        operation: &'static str,
    },
    /// A fingerprint that is no SHA-256 in hexadecimal.
    #[error("expected a SHA-256 fingerprint of 64 hexadecimal digits, found something else")]
    Fingerprint,
    /// A private key that is no RSA key.
    #[error("expected an RSA key, found another kind")]
    KeyKind,
    /// The private key does not belong to the certificate.
    #[error("private key and certificate do not belong together")]
    KeyMismatch,
    /// The key is too short.
    #[error("expected an RSA key of at least {expected} bits, found {found}")]
    KeyWeak {
        /// The least number of bits.
        expected: u32,
        /// The number found.
        found: u32,
    },
    /// What should be an OIN has another form.
    #[error("expected an OIN of 20 digits: {expected}")]
    OinForm {
        /// The part that is not so.
        expected: &'static str,
    },
    /// The subject has not exactly one `serialNumber`.
    #[error("expected one serialNumber with the OIN in the subject, found {found}")]
    OinMissing {
        /// How many were found.
        found: usize,
    },
    /// An OIN with a prefix that is not in the table.
    #[error("expected the prefix of a known register, found {found}")]
    OinPrefix {
        /// The first eight digits.
        found: String,
    },
    /// The passphrase is missing or wrong.
    #[error("expected the passphrase of an encrypted key, found a wrong one or none")]
    Passphrase,
    /// What is no private key that can be read.
    #[error("expected a private key as PKCS#8 or PKCS#1 in DER or PEM form, found something else")]
    PrivateKey,
    /// A field of a certificate request that PKIoverheid would refuse.
    #[error("expected {expected} in the field {field} of the certificate request for {generation}")]
    RequestField {
        /// The name of the field.
        field: &'static str,
        /// What should stand there.
        expected: &'static str,
        /// The generation that is asked for.
        generation: Generation,
    },
    /// The certificate may not be used for this.
    #[error("expected a certificate for {role}, found one without {missing}")]
    Role {
        /// The role asked for.
        role: Role,
        /// The usage that the certificate lacks.
        missing: &'static str,
    },
    /// None of the certificates is a pinned root.
    #[error("expected a pinned root among the {found} certificates, found none")]
    RootMissing {
        /// How many certificates there were.
        found: usize,
    },
}

impl Error {
    /// Returns the stable word for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Archive { .. } => "archive_unreadable",
            Self::Certificate => "certificate_unreadable",
            Self::CertificateExpired { .. } => "certificate_expired",
            Self::CertificateNotYetValid { .. } => "certificate_not_yet_valid",
            Self::ChainIncomplete { .. } => "chain_incomplete",
            Self::ChainInvalid { .. } => "chain_invalid",
            Self::Crypto { .. } => "crypto_failed",
            Self::Fingerprint => "root_fingerprint",
            Self::KeyKind => "key_kind",
            Self::KeyMismatch => "key_mismatch",
            Self::KeyWeak { .. } => "key_weak",
            Self::OinForm { .. } => "oin_form",
            Self::OinMissing { .. } => "oin_missing",
            Self::OinPrefix { .. } => "oin_prefix",
            Self::Passphrase => "passphrase",
            Self::PrivateKey => "private_key_unreadable",
            Self::RequestField { .. } => "request_field",
            Self::Role { .. } => "certificate_role",
            Self::RootMissing { .. } => "root_missing",
        }
    }
}
