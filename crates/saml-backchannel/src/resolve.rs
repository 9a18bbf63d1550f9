use chrono::{DateTime, Utc};
use saml_bindings::{Artifact, soap_envelope};
use saml_protocol::ArtifactResolve;
use saml_xml::Writer;
use saml_xml_security::{SignOptions, SigningKey, sign};

use crate::back_channel::BackChannel;
use crate::endpoint::Endpoint;
use crate::error::Error;

/// What is asked, of whom and by whom.
#[derive(Clone, Copy, Debug)]
pub struct ArtifactRequest<'a> {
    /// The `ArtifactResolutionService`, from verified metadata: the one that the artifact names by its index.
    pub endpoint: &'a str,
    /// The ID of the `ArtifactResolve`, fresh from a cryptographic source; the answer must name it.
    pub id: &'a str,
    /// Our entity ID.
    pub issuer: &'a str,
    /// The artifact.
    pub artifact: &'a Artifact,
    /// The key that signs the question (SAML Profiles 5.4.1); it need not be the one of the TLS connection.
    pub key: &'a SigningKey,
    /// The present time.
    pub now: DateTime<Utc>,
}

/// Asks for the message that an artifact stands for.
///
/// A service provider takes this instead of a [`BackChannel`], so that its tests need no server.
pub trait ResolveArtifact: Send + Sync {
    /// Asks once, and returns the bytes of the answer, which nobody vouches for yet.
    ///
    /// # Errors
    /// An [`Error`] when there is no answer; the artifact counts as used then too.
    fn resolve(&self, request: &ArtifactRequest<'_>) -> impl Future<Output = Result<Vec<u8>, Error>> + Send;
}

impl ResolveArtifact for BackChannel {
    async fn resolve(&self, request: &ArtifactRequest<'_>) -> Result<Vec<u8>, Error> {
        self.resolve(request).await
    }
}

impl BackChannel {
    /// Asks for the message that an artifact stands for, once, and returns the bytes of the answer.
    ///
    /// Nothing in them is true before `saml-response` verified their signature and that they answer this question.
    /// Refused: an endpoint without `https`, a server certificate that does not come from the pinned roots or bears
    /// another name, redirects and every status but 200, another content type than XML, too many bytes, too much time.
    ///
    /// # Errors
    /// The [`Error`] of the first rule that is broken. The artifact counts as used then too (SAML Bindings 3.6.5.2).
    pub async fn resolve(&self, request: &ArtifactRequest<'_>) -> Result<Vec<u8>, Error> {
        let endpoint = Endpoint::parse(request.endpoint)?;
        self.post(&endpoint, envelope(request)?).await
    }
}

fn envelope(request: &ArtifactRequest<'_>) -> Result<String, Error> {
    let message = ArtifactResolve {
        id: request.id,
        issue_instant: request.now,
        destination: Some(request.endpoint),
        issuer: request.issuer,
        artifact: &request.artifact.to_base64(),
    };
    let mut writer = Writer::new();
    message.write(&mut writer);
    let signed = sign(&writer.finish()?, request.key, &SignOptions::default())?;
    Ok(soap_envelope(&signed)?)
}
