//! Whose keys count: those of metadata, or those of the command line.

use chrono::{DateTime, Utc};
use saml_metadata::{IdentityProvider, Metadata, MetadataSource};
use saml_response::checks::PARTNER;
use saml_response::{Check, Error, Trace};
use saml_xml_security::{AlgorithmPolicy, VerifyingKey};

/// The partner that the message is expected from.
pub(crate) struct Partner {
    /// `None` without metadata: then the message names its issuer itself, and only the keys are known.
    entity_id: Option<String>,
    keys: Vec<VerifyingKey>,
}

impl Partner {
    pub(crate) fn entity_id(&self) -> Option<&str> {
        self.entity_id.as_deref()
    }

    pub(crate) fn keys(&self) -> &[VerifyingKey] {
        &self.keys
    }

    /// Takes the keys of the command line, where there is no metadata.
    pub(crate) fn of_keys(keys: Vec<VerifyingKey>, trace: &mut Trace) -> Self {
        trace.not_checked(&PARTNER, "no metadata was given: the issuer is taken as the message names it");
        Self { entity_id: None, keys }
    }

    /// Reads the partner from its metadata, whose signature is verified where it has one and a key is given.
    ///
    /// The outer error is a sentence about a file that cannot be read; the inner one refuses the message.
    pub(crate) fn of_metadata(
        metadata: &[u8],
        trusted: &[VerifyingKey],
        at: DateTime<Utc>,
        trace: &mut Trace,
    ) -> Result<Result<Self, Error>, String> {
        let unverified = Metadata::parse_unverified(metadata).map_err(|error| error.to_string())?;
        let metadata = if trusted.is_empty() {
            trace.not_checked(&SIGNATURE, "no --trust-key was given: the file is trusted as configuration is");
            unverified
        } else if !unverified.is_signed() {
            trace.not_checked(&SIGNATURE, "the file has no signature: it is trusted as configuration is");
            unverified
        } else {
            let expected = || "a signature by a trusted key".to_owned();
            match Metadata::verify(metadata, trusted, &AlgorithmPolicy::modern()) {
                Ok(verified) => {
                    trace.pass(&SIGNATURE, expected, || verified.key_fingerprint().unwrap_or_default().to_owned());
                    verified
                }
                Err(error) => return Ok(Err(trace.fail(&SIGNATURE, error.code(), expected(), error.to_string()))),
            }
        };
        let provider = metadata.identity_provider().map_err(|error| error.to_string())?;
        Ok(Self::valid(&provider, at, trace))
    }

    /// Reads the partner from its metadata as the portal does when it starts.
    pub(crate) fn of_source(
        metadata: &[u8],
        source: &MetadataSource,
        at: DateTime<Utc>,
        trace: &mut Trace,
    ) -> Result<Self, Error> {
        let expected = "a signature by a key of identity_provider.trust_keys, or one that it follows";
        match source.restore(metadata) {
            Ok(copy) => {
                trace.pass(&SIGNATURE, || expected, || "one");
                Self::valid(copy.identity_provider(), at, trace)
            }
            Err(error) => Err(trace.fail(&SIGNATURE, error.code(), expected, error.to_string())),
        }
    }

    fn valid(provider: &IdentityProvider, at: DateTime<Utc>, trace: &mut Trace) -> Result<Self, Error> {
        let expected = || format!("metadata that is valid at {}", at.to_rfc3339());
        if let Err(error) = provider.check_valid(at) {
            return Err(trace.fail(&VALID, error.code(), expected(), error.to_string()));
        }
        let until = || provider.valid_until().map_or_else(|| "no end".to_owned(), |end| end.to_rfc3339());
        trace.pass(&VALID, expected, until);
        Ok(Self { entity_id: Some(provider.entity_id().to_owned()), keys: provider.signing_keys().to_vec() })
    }
}

static SIGNATURE: Check = Check { code: "metadata_signature", clause: "SAML Metadata 3" };
static VALID: Check = Check { code: "metadata_valid", clause: "SAML Metadata 2.3.2, validUntil" };
