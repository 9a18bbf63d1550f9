use std::fmt;

use chrono::{DateTime, Utc};
use openssl::stack::Stack;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::{X509VerifyFlags, X509VerifyParam};
use openssl::x509::{X509, X509StoreContext, X509StoreContextRef};

use crate::certificate::{Certificate, issuer_of, subject_of};
use crate::error::Error;

/// The roots that are trusted, each by the SHA-256 of its certificate.
///
/// The certificates themselves come with the others of a chain, from the file that Logius publishes or from the issuer:
/// where they come from does not matter, as only a pinned one ends a chain. What OpenSSL trusts by itself is not looked
/// at, and an intermediate certificate never ends a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedRoots(Vec<(Generation, String)>);

/// A generation of PKIoverheid's private hierarchies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Generation {
    /// G1: signed with RSA PKCS#1 v1.5 and SHA-256; it ends on 13 November 2028.
    G1,
    /// G4: signed with RSASSA-PSS and SHA-512, a certificate for nearly each usage, keys of 3072 bits.
    G4,
}

/// A certificate that leads to a pinned root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedChain {
    generation: Generation,
    certificates: Vec<Certificate>,
}

impl PinnedRoots {
    /// Returns `Staat der Nederlanden Private Root CA - G1` and `Staat der Nederlanden - G4 Root Priv G-TLS - 2024`.
    ///
    /// G4 has a root for each of its domains. That of signing certificates, `G4 Root Priv G-Other - 2024`, is not among
    /// these two: [`PinnedRoots::and`] adds it with the fingerprint that Logius publishes.
    #[must_use]
    pub fn pkioverheid() -> Self {
        Self(vec![(Generation::G1, PRIVATE_ROOT_G1.to_owned()), (Generation::G4, ROOT_G4_TLS.to_owned())])
    }

    /// Returns no root at all, to be added to with [`PinnedRoots::and`].
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// Adds a root by the SHA-256 of its certificate: 64 hexadecimal digits, in either case, with colons or without.
    ///
    /// # Errors
    /// [`Error::Fingerprint`] when it is not that.
    pub fn and(mut self, generation: Generation, sha256: &str) -> Result<Self, Error> {
        let digits: String = sha256.chars().filter(|character| *character != ':').collect();
        if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Error::Fingerprint);
        }
        self.0.push((generation, digits.to_ascii_lowercase()));
        Ok(self)
    }

    /// Follows `certificate` over `others`, in any order, to a pinned root among them; each must be valid at `now`.
    ///
    /// Each certificate on the way must be that of an authority, have a key of at least 2048 bits, and be signed with
    /// SHA-256 or better: RSA PKCS#1 v1.5 or RSASSA-PSS. What the certificate may be used for is asked separately, with
    /// [`Certificate::require`]; whether it was revoked is not known here.
    ///
    /// # Errors
    /// [`Error::RootMissing`], [`Error::ChainIncomplete`], [`Error::CertificateExpired`],
    /// [`Error::CertificateNotYetValid`], and [`Error::ChainInvalid`] for everything else.
    pub fn verify(
        &self,
        certificate: &Certificate,
        others: &[Certificate],
        now: DateTime<Utc>,
    ) -> Result<VerifiedChain, Error> {
        let roots = self.among(others)?;
        let failed = |_| Error::Crypto { operation: "verify a chain" };
        let store = store(&roots).map_err(failed)?;
        let mut untrusted = Stack::new().map_err(failed)?;
        // OpenSSL takes the first that fits: of an authority's old and new certificate, the one that is valid.
        let (valid, rest): (Vec<_>, Vec<_>) = others.iter().partition(|other| other.check_validity(now).is_ok());
        for other in valid.into_iter().chain(rest) {
            untrusted.push(other.x509().clone()).map_err(failed)?;
        }
        let mut context = X509StoreContext::new().map_err(failed)?;
        let outcome = context.init(&store, certificate.x509(), &untrusted, |context| {
            Ok(if context.verify_cert()? { Ok(chain(context)) } else { Err(reason(context)) })
        });
        let certificates =
            outcome.map_err(failed)??.into_iter().map(Certificate::new).collect::<Result<Vec<_>, _>>()?;
        for certificate in &certificates {
            certificate.check_validity(now)?;
        }
        let root = certificates.last().ok_or(Error::RootMissing { found: 0 })?;
        let generation = self.generation_of(root)?.ok_or(Error::RootMissing { found: others.len() })?;
        Ok(VerifiedChain { generation, certificates })
    }

    /// Returns those of `certificates` that are pinned roots: what a connection of the back channel should trust.
    ///
    /// # Errors
    /// [`Error::RootMissing`] when there is none.
    pub fn among<'c>(&self, certificates: &'c [Certificate]) -> Result<Vec<&'c Certificate>, Error> {
        let mut roots = Vec::new();
        for certificate in certificates {
            if self.generation_of(certificate)?.is_some() {
                roots.push(certificate);
            }
        }
        if roots.is_empty() { Err(Error::RootMissing { found: certificates.len() }) } else { Ok(roots) }
    }

    fn generation_of(&self, certificate: &Certificate) -> Result<Option<Generation>, Error> {
        let found = certificate.sha256_key_name()?;
        Ok(self.0.iter().find(|(_, pinned)| *pinned == found).map(|(generation, _)| *generation))
    }
}

impl VerifiedChain {
    /// Returns the generation of the root.
    #[must_use]
    pub const fn generation(&self) -> Generation {
        self.generation
    }

    /// Returns the certificates from the one that was asked about up to the root.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::G1 => "G1",
            Self::G4 => "G4",
        })
    }
}

fn store(roots: &[&Certificate]) -> Result<X509Store, openssl::error::ErrorStack> {
    let mut parameters = X509VerifyParam::new()?;
    // OpenSSL would ask the clock, and takes the last second of a certificate for the first without it.
    parameters.set_flags(X509VerifyFlags::NO_CHECK_TIME)?;
    parameters.set_depth(MOST_AUTHORITIES);
    parameters.set_auth_level(BITS_112);
    let mut builder = X509StoreBuilder::new()?;
    builder.set_param(&parameters)?;
    for root in roots {
        builder.add_cert(root.x509().clone())?;
    }
    Ok(builder.build())
}

fn chain(context: &X509StoreContextRef) -> Vec<X509> {
    context.chain().into_iter().flatten().map(ToOwned::to_owned).collect()
}

fn reason(context: &X509StoreContextRef) -> Error {
    let result = context.error();
    let (subject, issuer) = context.current_cert().map(|x509| (subject_of(x509), issuer_of(x509))).unwrap_or_default();
    if ISSUER_NOT_FOUND.contains(&result.as_raw()) {
        Error::ChainIncomplete { subject, issuer }
    } else {
        Error::ChainInvalid { subject, reason: result.error_string() }
    }
}

/// `Staat der Nederlanden Private Root CA - G1`, published by Logius.
const PRIVATE_ROOT_G1: &str = "0257ce27b52408e24ee2c0945640b723c5bc66ddbda4ada58c60357604f0e675";

/// `Staat der Nederlanden - G4 Root Priv G-TLS - 2024`, published by Logius.
const ROOT_G4_TLS: &str = "4411f67d3d7f4f49d34ff8862249de0d6692adc92df0855fb1dd67a169800484";

/// Between a certificate and its root stand a domain's authority and an issuer's in both generations; one more to
/// spare.
const MOST_AUTHORITIES: i32 = 3;

/// OpenSSL's level for 112 bits: RSA of 2048 bits, and no SHA-1 (SSL_CTX_set_security_level(3)).
const BITS_112: i32 = 2;

/// X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, the same _LOCALLY, X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE.
const ISSUER_NOT_FOUND: [i32; 3] = [2, 20, 21];
