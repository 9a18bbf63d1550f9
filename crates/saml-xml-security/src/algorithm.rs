use std::fmt;

use openssl::sha::{Sha256, Sha384, Sha512};

/// A signature algorithm of XML Signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// ECDSA with SHA-256; the value is `r || s` (RFC 4051 2.3.6).
    EcdsaSha256,
    /// ECDSA with SHA-384.
    EcdsaSha384,
    /// ECDSA with SHA-512.
    EcdsaSha512,
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256, salt of 32 bytes (RFC 6931 2.3.10).
    RsaPssSha256,
    /// RSASSA-PSS with SHA-384, MGF1 with SHA-384, salt of 48 bytes.
    RsaPssSha384,
    /// RSASSA-PSS with SHA-512, MGF1 with SHA-512, salt of 64 bytes.
    RsaPssSha512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaSha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaSha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaSha512,
}

impl SignatureAlgorithm {
    /// Returns the URI that stands in `SignatureMethod/@Algorithm` and in `SigAlg`.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::EcdsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            Self::EcdsaSha384 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
            Self::EcdsaSha512 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
            Self::RsaPssSha256 => "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
            Self::RsaPssSha384 => "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1",
            Self::RsaPssSha512 => "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1",
            Self::RsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            Self::RsaSha384 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
            Self::RsaSha512 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
        }
    }

    pub(crate) const fn family(self) -> Family {
        match self {
            Self::EcdsaSha256 | Self::EcdsaSha384 | Self::EcdsaSha512 => Family::Ecdsa,
            Self::RsaPssSha256 | Self::RsaPssSha384 | Self::RsaPssSha512 => Family::RsaPss,
            Self::RsaSha256 | Self::RsaSha384 | Self::RsaSha512 => Family::RsaPkcs1,
        }
    }

    pub(crate) const fn digest(self) -> DigestAlgorithm {
        match self {
            Self::EcdsaSha256 | Self::RsaPssSha256 | Self::RsaSha256 => DigestAlgorithm::Sha256,
            Self::EcdsaSha384 | Self::RsaPssSha384 | Self::RsaSha384 => DigestAlgorithm::Sha384,
            Self::EcdsaSha512 | Self::RsaPssSha512 | Self::RsaSha512 => DigestAlgorithm::Sha512,
        }
    }
}

/// What kind of key and padding an algorithm takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Ecdsa,
    RsaPkcs1,
    RsaPss,
}

/// A digest algorithm of XML Signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DigestAlgorithm {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl DigestAlgorithm {
    /// Returns the URI that we write in `DigestMethod/@Algorithm`.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Sha256 => "http://www.w3.org/2001/04/xmlenc#sha256",
            Self::Sha384 => "http://www.w3.org/2001/04/xmldsig-more#sha384",
            Self::Sha512 => "http://www.w3.org/2001/04/xmlenc#sha512",
        }
    }

    /// Returns the algorithm of `uri`, where it is `self`'s.
    ///
    /// SHA-512 has two spellings: ST-SAML writes `xmlenc#sha512`, eID SAML 4.4 `xmldsig-more#sha512`.
    fn is(self, uri: &str) -> bool {
        self.uri() == uri || self == Self::Sha512 && uri == "http://www.w3.org/2001/04/xmldsig-more#sha512"
    }
}

impl DigestAlgorithm {
    /// Returns the digest of `octets`.
    pub(crate) fn of(self, octets: &[u8]) -> Vec<u8> {
        let mut hasher = Hasher::new(self);
        hasher.update(octets);
        hasher.finish()
    }
}

/// A digest of octets that come piece by piece.
///
/// These do not look the algorithm up in OpenSSL's providers each time.
pub(crate) enum Hasher {
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl Hasher {
    pub(crate) fn new(algorithm: DigestAlgorithm) -> Self {
        match algorithm {
            DigestAlgorithm::Sha256 => Self::Sha256(Sha256::new()),
            DigestAlgorithm::Sha384 => Self::Sha384(Sha384::new()),
            DigestAlgorithm::Sha512 => Self::Sha512(Sha512::new()),
        }
    }

    pub(crate) fn update(&mut self, octets: &[u8]) {
        match self {
            Self::Sha256(hasher) => hasher.update(octets),
            Self::Sha384(hasher) => hasher.update(octets),
            Self::Sha512(hasher) => hasher.update(octets),
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        match self {
            Self::Sha256(hasher) => hasher.finish().to_vec(),
            Self::Sha384(hasher) => hasher.finish().to_vec(),
            Self::Sha512(hasher) => hasher.finish().to_vec(),
        }
    }
}

/// The algorithms that a partner may use.
///
/// ```
/// use saml_xml_security::{AlgorithmPolicy, SignatureAlgorithm};
///
/// let policy = AlgorithmPolicy::modern();
/// assert_eq!(policy.signature("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"), Some(SignatureAlgorithm::RsaSha256));
/// assert_eq!(policy.signature("http://www.w3.org/2000/09/xmldsig#rsa-sha1"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlgorithmPolicy {
    signature: &'static [SignatureAlgorithm],
    digest: &'static [DigestAlgorithm],
}

impl AlgorithmPolicy {
    /// Returns everything this crate can do: RSA (PKCS#1 v1.5 and PSS) and ECDSA, SHA-256, SHA-384 and SHA-512.
    #[must_use]
    pub const fn modern() -> Self {
        use SignatureAlgorithm::*;
        Self {
            signature: &[
                RsaSha256,
                RsaSha384,
                RsaSha512,
                RsaPssSha256,
                RsaPssSha384,
                RsaPssSha512,
                EcdsaSha256,
                EcdsaSha384,
                EcdsaSha512,
            ],
            digest: &[DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512],
        }
    }

    /// Returns what DigiD and Stelsel Toegang use: RSA PKCS#1 v1.5 only (ST-SAML, cryptographic algorithms).
    #[must_use]
    pub const fn rsa() -> Self {
        use SignatureAlgorithm::*;
        Self {
            signature: &[RsaSha256, RsaSha384, RsaSha512],
            digest: &[DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512],
        }
    }

    /// Returns the allowed signature algorithm with this URI.
    #[must_use]
    pub fn signature(&self, uri: &str) -> Option<SignatureAlgorithm> {
        self.signature.iter().copied().find(|algorithm| algorithm.uri() == uri)
    }

    /// Returns the allowed digest algorithm with this URI.
    #[must_use]
    pub fn digest(&self, uri: &str) -> Option<DigestAlgorithm> {
        self.digest.iter().copied().find(|algorithm| algorithm.is(uri))
    }
}

impl fmt::Display for AlgorithmPolicy {
    /// Lists the algorithms by the last part of their URIs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signature = self.signature.iter().map(|algorithm| algorithm.uri());
        let uris = signature.chain(self.digest.iter().map(|algorithm| algorithm.uri()));
        let names: Vec<&str> = uris.map(|uri| uri.rsplit('#').next().unwrap_or(uri)).collect();
        f.write_str(&names.join(", "))
    }
}
