use chrono::{DateTime, Utc};
use saml_bindings::soap_envelope;
use saml_protocol::namespaces::{ASSERTION, PROTOCOL};
use saml_protocol::{Status, format_date_time};
use saml_xml::{Document, ParseOptions, Writer};
use saml_xml_security::{SignOptions, SigningKey, sign};

use crate::answer::Failure;
use crate::error::Error;

/// An `ArtifactResponse`: what stood for an artifact, in answer to an `ArtifactResolve` (SAML Core 3.5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactAnswer {
    /// The `ID`.
    pub id: String,
    /// The entity ID of the sender.
    pub issuer: String,
    /// The `ID` of the `ArtifactResolve`.
    pub in_response_to: String,
    /// When it is made.
    pub issue_instant: DateTime<Utc>,
    /// Why the artifact was not resolved, where it was not: for DigiD, an artifact of somebody else is `Requester` and
    /// `RequestDenied`.
    pub failure: Option<Failure>,
    /// The message, as [`Answer::write`](crate::Answer::write) gives it; none for an artifact that is unknown, used or
    /// expired.
    pub message: Option<String>,
}

impl ArtifactAnswer {
    /// Writes the message, signed with RSA and SHA-256, in a SOAP 1.1 envelope.
    ///
    /// # Errors
    /// As [`Answer::write`](crate::Answer::write); [`Error::Xml`] for a message that is none.
    pub fn write(&self, key: &SigningKey) -> Result<String, Error> {
        let message = self.message.as_deref();
        let message = message.map(|xml| Document::parse(xml.as_bytes(), &ParseOptions::message())).transpose()?;
        let mut writer = Writer::new();
        writer
            .start("samlp:ArtifactResponse")
            .attribute("xmlns:samlp", PROTOCOL)
            .attribute("xmlns:saml", ASSERTION)
            .attribute("ID", &self.id)
            .attribute("Version", "2.0")
            .attribute("IssueInstant", &format_date_time(self.issue_instant))
            .attribute("InResponseTo", &self.in_response_to);
        writer.leaf("saml:Issuer", &self.issuer);
        self.failure.as_ref().map_or_else(Status::success, Failure::status).write(&mut writer);
        if let Some(message) = &message {
            writer.fragment(message);
        }
        writer.end();
        Ok(soap_envelope(&sign(&writer.finish()?, key, &SignOptions::default())?)?)
    }
}
