use thiserror::Error;

/// A signature that does not hold, or a key that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The `CanonicalizationMethod` of the `SignedInfo` is not exclusive canonicalisation without comments.
    #[error("expected canonicalization method exc-c14n, found {found}")]
    CanonicalizationMethod {
        /// The URI found.
        found: String,
    },
    /// The canonical form could not be read again.
    #[error("canonical form cannot be read: {0}")]
    CanonicalForm(saml_xml::Error),
    /// A certificate that is no X.509 certificate.
    #[error("expected an X.509 certificate, found something else")]
    Certificate,
    /// OpenSSL refused an operation with our own key.
    #[error("cryptographic operation failed: {operation}")]
    Crypto {
        /// What was tried.
        operation: &'static str,
    },
    /// Decryption failed; one failure for all causes (ATT-086).
    #[error("expected a message encrypted for one of our keys, found one that cannot be decrypted")]
    DecryptionFailed,
    /// The digest algorithm is not on the partner's list.
    #[error("expected an allowed digest algorithm, found {found}")]
    DigestAlgorithm {
        /// The URI found.
        found: String,
    },
    /// The content is not what was signed.
    #[error("digest of the element differs from the signed digest: the content was changed after it was signed")]
    DigestMismatch,
    /// Two elements carry the same `ID` (ATT-032).
    #[error("expected each ID once, found one twice")]
    DuplicateId,
    /// An encryption algorithm that is not allowed, or not allowed there.
    #[error("expected AES-GCM, or AES-CBC under a signature, with RSA-OAEP; found {found}")]
    EncryptionAlgorithm {
        /// The URI found.
        found: String,
    },
    /// The content is encrypted for others.
    #[error("expected an EncryptedKey for {expected}, found keys for others only")]
    EncryptionRecipient {
        /// Our entity ID.
        expected: String,
    },
    /// The parts of what is encrypted are not the expected ones.
    #[error("expected {expected} in {parent}")]
    EncryptionStructure {
        /// What should stand there.
        expected: &'static str,
        /// The element that was read.
        parent: String,
    },
    /// The element carries more than one attribute that looks like an ID (ATT-010).
    #[error("expected one ID attribute, found also {found}")]
    IdAttribute {
        /// The name of the other attribute.
        found: String,
    },
    /// The element has no `ID`, or one that is no `NCName`.
    #[error("expected an ID that is an XML name on the signed element")]
    IdMissing,
    /// `KeyInfo` holds something that could lead to another key (ATT-055, ATT-062).
    #[error("expected KeyName, KeyValue or X509Data in KeyInfo, found {found}")]
    KeyInfo {
        /// The element found.
        found: String,
    },
    /// The private key does not belong to the certificate.
    #[error("private key and certificate do not belong together")]
    KeyMismatch,
    /// No key that was given, the partner's or our own, is of the kind that the algorithm takes (ATT-069).
    #[error("expected a key that fits the algorithm {algorithm}, found none")]
    KeyType {
        /// The URI of the algorithm.
        algorithm: &'static str,
    },
    /// No key was given to verify with (ATT-059).
    #[error("no key to verify with")]
    NoKey,
    /// A private key that cannot be read.
    #[error("expected a private key in PEM form, found something else")]
    PrivateKey,
    /// The `Reference` is not to the element (ATT-046 to ATT-049).
    #[error("expected reference to #{expected}, found {found}")]
    ReferenceUri {
        /// The ID of the element that is consumed.
        expected: String,
        /// The URI found.
        found: String,
    },
    /// What was sealed was changed, or was sealed for another place.
    #[error("expected a value that one of our keys sealed for this place, found another")]
    SealBroken,
    /// What was sealed names a key that is not here: one that was taken away too early, or has not come yet.
    #[error("expected a value that one of our keys sealed, found the name of a key that is not here")]
    SealKeyUnknown,
    /// The signature holds, but libxmlsec1 found that it does not (feature `xmlsec`).
    #[error("expected libxmlsec1 to find the signature good as well, found that it refuses it")]
    SecondOpinion,
    /// The signature holds, but libxmlsec1 could not tell: it does not know the algorithm or could not read the element
    /// (feature `xmlsec`).
    #[error("expected a verdict of libxmlsec1 on {signature}, found none: it cannot verify this element")]
    SecondOpinionMissing {
        /// The URI of the signature algorithm.
        signature: &'static str,
    },
    /// The signature algorithm is not on the partner's list (ATT-068).
    #[error("expected an allowed signature algorithm, found {found}")]
    SignatureAlgorithm {
        /// The URI found.
        found: String,
    },
    /// The element has more than one `Signature` (ATT-053).
    #[error("expected one signature on the element, found {found}")]
    SignatureCount {
        /// How many were found.
        found: usize,
    },
    /// No key of the partner made the signature.
    #[error("signature was made by none of the {keys} known keys of the partner")]
    SignatureInvalid {
        /// How many keys were tried.
        keys: usize,
    },
    /// The element has no `Signature` (ATT-033).
    #[error("expected a signature on the element, found none")]
    SignatureMissing,
    /// The `Signature` does not stand where the schema puts it (ATT-054).
    #[error("expected the signature first or directly after the issuer")]
    SignaturePosition,
    /// The children of a signature's element are not the expected ones (ATT-027, ATT-029, ATT-041, ATT-044, ATT-045).
    #[error("expected {expected} in {parent}, found {found}")]
    SignatureStructure {
        /// The element that was read.
        parent: &'static str,
        /// What may stand in it.
        expected: &'static str,
        /// What stands in it.
        found: String,
    },
    /// The transforms are not enveloped-signature and exclusive canonicalisation (ATT-073 to ATT-076).
    #[error("expected transforms enveloped-signature and exc-c14n, found {found}")]
    Transforms {
        /// The URIs found, with a space between them.
        found: String,
    },
    /// A value that should be base64 is not.
    #[error("expected base64 in {element}")]
    Value {
        /// The element.
        element: &'static str,
    },
    /// A key that is too weak to be trusted (ATT-070).
    #[error("expected an RSA key of at least 2048 bits or a P-256, P-384 or P-521 key, found {found}")]
    WeakKey {
        /// The kind and size found.
        found: String,
    },
    /// A signature could not be written.
    #[error("signature cannot be written: {0}")]
    Write(#[from] saml_xml::WriteError),
}

impl Error {
    /// Returns the stable word for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::CanonicalizationMethod { .. } => "signature_canonicalization_method",
            Self::CanonicalForm(_) => "signature_canonical_form",
            Self::Certificate => "certificate_unreadable",
            Self::Crypto { .. } => "crypto_failed",
            Self::DecryptionFailed => "decryption_failed",
            Self::EncryptionAlgorithm { .. } => "encryption_algorithm",
            Self::EncryptionRecipient { .. } => "encryption_recipient",
            Self::EncryptionStructure { .. } => "encryption_structure",
            Self::DigestAlgorithm { .. } => "signature_digest_algorithm",
            Self::DigestMismatch => "signature_digest_mismatch",
            Self::DuplicateId => "duplicate_id",
            Self::IdAttribute { .. } => "id_attribute",
            Self::IdMissing => "id_missing",
            Self::KeyInfo { .. } => "signature_key_info",
            Self::KeyMismatch => "key_mismatch",
            Self::KeyType { .. } => "signature_key_type",
            Self::NoKey => "signature_no_key",
            Self::PrivateKey => "private_key_unreadable",
            Self::ReferenceUri { .. } => "signature_reference_uri",
            Self::SealBroken => "seal_broken",
            Self::SealKeyUnknown => "seal_key_unknown",
            Self::SecondOpinion => "second_opinion",
            Self::SecondOpinionMissing { .. } => "second_opinion_missing",
            Self::SignatureAlgorithm { .. } => "signature_algorithm",
            Self::SignatureCount { .. } => "signature_count",
            Self::SignatureInvalid { .. } => "signature_invalid",
            Self::SignatureMissing => "signature_missing",
            Self::SignaturePosition => "signature_position",
            Self::SignatureStructure { .. } => "signature_structure",
            Self::Transforms { .. } => "signature_transforms",
            Self::Value { .. } => "signature_value",
            Self::WeakKey { .. } => "key_weak",
            Self::Write(_) => "signature_write",
        }
    }
}

/// Cuts a value from outside to what fits a log line, without control characters (ATT-144).
pub(crate) fn shorten(value: &str) -> String {
    value.chars().filter(|character| !character.is_control()).take(LONGEST_FOUND).collect()
}

/// Longer than any algorithm URI or ID seen; short enough that an error stays one line.
const LONGEST_FOUND: usize = 100;
