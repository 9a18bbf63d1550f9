use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml_xml_security::source_id;

use crate::error::Error;
use crate::form::{self, ARTIFACT, Fields, RELAY_STATE, RawValue, decode_base64, push_encoded};

/// A reference to a message that its sender keeps (SAML Bindings 3.6.4): 44 bytes of type 4.
///
/// Who holds it can have the message once, so it is kept out of `Debug`.
///
/// ```
/// use saml_bindings::{Artifact, Error};
///
/// let artifact = Artifact::new("https://idp.example/saml", 0, [7; 20]);
/// let received = Artifact::parse(&artifact.to_base64())?;
/// assert_eq!(received.endpoint_index(), 0);
/// assert_eq!(received.require_source("https://idp.example/saml"), Ok(()));
/// assert_eq!(received.require_source("https://other.example/saml"), Err(Error::ArtifactSource));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Artifact {
    endpoint_index: u16,
    source_id: [u8; 20],
    message_handle: [u8; 20],
}

/// An artifact that came in, with what came beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactMessage {
    artifact: Artifact,
    relay_state: Option<String>,
}

/// Takes the artifact out of the query of a URL or the body of a form (SAML Bindings 3.6.3).
///
/// Refused: more or less than one of `SAMLart`, `SAMLRequest` and `SAMLResponse`, a SAML parameter that stands twice,
/// half escapes, base64 in any but its canonical form, another length or type of artifact, and more than 16 KiB.
///
/// # Errors
/// The [`Error`] of the first rule that is broken.
///
/// ```
/// use saml_bindings::{Error, decode_artifact};
///
/// let query = "SAMLart=AAQAANyT7WmS4bcVC%2FADNk5kW5yDG3PRBwcHBwcHBwcHBwcHBwcHBwcHBwc%3D&RelayState=b3f0";
/// let message = decode_artifact(query.as_bytes())?;
/// assert_eq!(message.artifact().endpoint_index(), 0);
/// assert_eq!(message.relay_state(), Some("b3f0"));
/// assert_eq!(decode_artifact(b"SAMLart=AAQAAA%3D%3D").unwrap_err(), Error::ArtifactLength { found: 4 });
/// # Ok::<(), Error>(())
/// ```
pub fn decode_artifact(text: &[u8]) -> Result<ArtifactMessage, Error> {
    if text.len() > QUERY_LIMIT {
        return Err(Error::TooLarge { what: "query or form", limit: QUERY_LIMIT });
    }
    let fields = Fields::read(text, ARTIFACT)?;
    let relay_state = fields.relay_state.map(RawValue::decode).transpose()?;
    Ok(ArtifactMessage { artifact: Artifact::from_bytes(&fields.message.decode_base64(ARTIFACT)?)?, relay_state })
}

/// Tells whether a form or query has an artifact in it, for an endpoint that takes messages by HTTP-POST as well.
///
/// It chooses the decoder and nothing else: either refuses what has a message and an artifact.
///
/// ```
/// use saml_bindings::carries_artifact;
///
/// assert!(carries_artifact(b"RelayState=b3f0&SAMLart=AAQA"));
/// assert!(!carries_artifact(b"RelayState=SAMLart&SAMLResponse=PGEvPg=="));
/// ```
#[must_use]
pub fn carries_artifact(text: &[u8]) -> bool {
    form::split(text).any(|field| field.saml_name() == Ok(Some(ARTIFACT)))
}

impl Artifact {
    /// Makes an artifact, as an identity provider does; `message_handle` comes from a cryptographic source.
    #[must_use]
    pub fn new(entity_id: &str, endpoint_index: u16, message_handle: [u8; 20]) -> Self {
        Self { endpoint_index, source_id: source_id(entity_id), message_handle }
    }

    /// Reads an artifact in base64.
    ///
    /// # Errors
    /// [`Error::Base64`], [`Error::ArtifactLength`], [`Error::ArtifactType`].
    pub fn parse(base64: &str) -> Result<Self, Error> {
        Self::from_bytes(&decode_base64(base64).ok_or(Error::Base64 { parameter: ARTIFACT })?)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let bytes: &[u8; LENGTH] = bytes.try_into().map_err(|_| Error::ArtifactLength { found: bytes.len() })?;
        let [high, low, index_high, index_low, rest @ ..] = bytes;
        let found = u16::from_be_bytes([*high, *low]);
        if found != TYPE_CODE {
            return Err(Error::ArtifactType { found });
        }
        let (mut source_id, mut message_handle) = ([0; 20], [0; 20]);
        let (source, handle) = rest.split_at(source_id.len());
        source_id.copy_from_slice(source);
        message_handle.copy_from_slice(handle);
        Ok(Self { endpoint_index: u16::from_be_bytes([*index_high, *index_low]), source_id, message_handle })
    }

    /// Returns which `ArtifactResolutionService` in the metadata of its sender knows it.
    #[must_use]
    pub const fn endpoint_index(&self) -> u16 {
        self.endpoint_index
    }

    /// Refuses an artifact that another entity made, which its sender could not resolve (ATT-160).
    ///
    /// # Errors
    /// [`Error::ArtifactSource`].
    pub fn require_source(&self, entity_id: &str) -> Result<(), Error> {
        if self.source_id == source_id(entity_id) { Ok(()) } else { Err(Error::ArtifactSource) }
    }

    /// Returns the URL that brings a browser to `consumer` with the artifact and, where there is one, the relay state.
    ///
    /// ```
    /// use saml_bindings::{Artifact, decode_artifact};
    ///
    /// let artifact = Artifact::new("https://idp.example/saml", 0, [7; 20]);
    /// let url = artifact.url("https://portal.example/acs?a=b", Some("b3f0"));
    /// let query = url.strip_prefix("https://portal.example/acs?a=b&").unwrap();
    /// assert_eq!(decode_artifact(query.as_bytes())?.artifact().to_base64(), artifact.to_base64());
    /// # Ok::<(), saml_bindings::Error>(())
    /// ```
    #[must_use]
    pub fn url(&self, consumer: &str, relay_state: Option<&str>) -> String {
        let mut url = format!("{consumer}{}{ARTIFACT}=", if consumer.contains('?') { "&" } else { "?" });
        push_encoded(&mut url, &self.to_base64());
        if let Some(relay_state) = relay_state {
            url.push('&');
            url.push_str(RELAY_STATE);
            url.push('=');
            push_encoded(&mut url, relay_state);
        }
        url
    }

    /// Returns the artifact as it stands in `SAMLart` and in an `ArtifactResolve`.
    #[must_use]
    pub fn to_base64(&self) -> String {
        let (type_code, index) = (TYPE_CODE.to_be_bytes(), self.endpoint_index.to_be_bytes());
        STANDARD.encode([&type_code[..], &index, &self.source_id, &self.message_handle].concat())
    }
}

impl fmt::Debug for Artifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Artifact(redacted, endpoint {})", self.endpoint_index)
    }
}

impl ArtifactMessage {
    /// Returns the artifact.
    #[must_use]
    pub const fn artifact(&self) -> &Artifact {
        &self.artifact
    }

    /// Returns the relay state, `Some("")` when an empty one was sent.
    #[must_use]
    pub fn relay_state(&self) -> Option<&str> {
        self.relay_state.as_deref()
    }
}

// SAML Bindings 3.6.4.2.
const LENGTH: usize = 44;
const TYPE_CODE: u16 = 4;

/// Room for the artifact, the relay state and what an application has in its own URLs.
const QUERY_LIMIT: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    const IDP: &str = "https://idp.example/saml";

    fn bytes() -> Vec<u8> {
        [&[0, 4, 1, 2][..], &source_id(IDP), &[7; 20]].concat()
    }

    fn query(bytes: &[u8]) -> String {
        format!("SAMLart={}", STANDARD.encode(bytes).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"))
    }

    fn error(query: &str) -> Error {
        decode_artifact(query.as_bytes()).unwrap_err()
    }

    #[test]
    fn the_parts_are_where_the_specification_puts_them() {
        let message = decode_artifact(query(&bytes()).as_bytes()).unwrap();
        assert_eq!(message.artifact(), &Artifact::new(IDP, 0x0102, [7; 20]));
        assert_eq!(message.relay_state(), None);
        assert_eq!(message.artifact().to_base64(), STANDARD.encode(bytes()));
    }

    #[test]
    fn another_length_is_rejected() {
        for length in [0, 1, 43, 45, 64] {
            let mut bytes = bytes();
            bytes.resize(length, 0);
            assert_eq!(error(&query(&bytes)), Error::ArtifactLength { found: length });
        }
    }

    #[test]
    fn another_type_is_rejected() {
        for (type_code, found) in [([0, 1], 1), ([0, 3], 3), ([4, 0], 1024)] {
            let mut bytes = bytes();
            bytes[..2].copy_from_slice(&type_code);
            assert_eq!(error(&query(&bytes)), Error::ArtifactType { found });
        }
    }

    #[test]
    fn an_artifact_of_another_entity_is_rejected() {
        let artifact = Artifact::new(IDP, 0, [7; 20]);
        assert_eq!(artifact.require_source(IDP), Ok(()));
        assert_eq!(artifact.require_source("https://idp.example/saml/"), Err(Error::ArtifactSource));
    }

    #[test]
    fn base64_in_another_form_is_rejected() {
        let good = query(&bytes());
        for bad in [good.replace("%3D", ""), good.replace("SAMLart=", "SAMLart=%0A"), good.replace("%3D", "*")] {
            assert_eq!(error(&bad), Error::Base64 { parameter: "SAMLart" });
        }
    }

    #[test]
    fn a_message_beside_the_artifact_is_rejected() {
        let good = query(&bytes());
        let unexpected = |found| Error::ParameterUnexpected { expected: "SAMLart", found };
        assert_eq!(error(&format!("{good}&SAMLResponse=a")), unexpected("SAMLResponse"));
        assert_eq!(error(&format!("SAMLRequest=a&{good}")), unexpected("SAMLRequest"));
        assert_eq!(error(&format!("{good}&{good}")), Error::ParameterDuplicate { parameter: "SAMLart" });
        assert_eq!(error("RelayState=a"), Error::ParameterMissing { expected: "SAMLart" });
    }

    #[test]
    fn a_query_that_is_too_long_is_rejected() {
        let fill = |length: usize| {
            let good = query(&bytes());
            format!("{good}&a={}", "b".repeat(length - good.len() - 3))
        };
        assert!(decode_artifact(fill(QUERY_LIMIT).as_bytes()).is_ok());
        let too_large = Error::TooLarge { what: "query or form", limit: QUERY_LIMIT };
        assert_eq!(error(&fill(QUERY_LIMIT + 1)), too_large);
    }

    #[test]
    fn debug_does_not_show_the_artifact() {
        assert_eq!(format!("{:?}", Artifact::new(IDP, 3, [7; 20])), "Artifact(redacted, endpoint 3)");
    }
}
