use std::fmt;

use chrono::{DateTime, Utc};
use saml_xml::{Element, Writer};

use crate::children::trimmed_text;
use crate::error::Error;
use crate::message_head::MessageHead;
use crate::namespaces::{ASSERTION, PROTOCOL, XMLDSIG};

/// An `ArtifactResolve` (SAML Core 3.5.1): asks over the back channel for the message that an artifact stands for.
#[derive(Clone, PartialEq, Eq)]
pub struct ArtifactResolve<'a> {
    /// The message's own identifier, which the answer names in `InResponseTo`.
    pub id: &'a str,
    /// When the message is made.
    pub issue_instant: DateTime<Utc>,
    /// The URL that the message is for.
    pub destination: Option<&'a str>,
    /// The entity ID of the sender.
    pub issuer: &'a str,
    /// The artifact in base64, as it came in.
    pub artifact: &'a str,
}

impl<'a> ArtifactResolve<'a> {
    /// Reads an `ArtifactResolve`, as an identity provider does.
    ///
    /// # Errors
    /// An [`Error`] when it does not follow the schema, or does not say who sent it (SAML Profiles 5.4.1).
    pub fn read(element: Element<'a>) -> Result<Self, Error> {
        let (head, mut children) = MessageHead::read(element, PROTOCOL, "ArtifactResolve")?;
        let issuer = trimmed_text(children.required(ASSERTION, "Issuer")?)?;
        children.optional(XMLDSIG, "Signature");
        children.optional(PROTOCOL, "Extensions");
        let artifact = trimmed_text(children.required(PROTOCOL, "Artifact")?)?;
        children.finish()?;
        let destination = element.attribute("Destination");
        Ok(Self { id: head.id, issue_instant: head.issue_instant, destination, issuer, artifact })
    }

    /// Writes the message as `samlp:ArtifactResolve`, unsigned.
    pub fn write(&self, writer: &mut Writer) {
        let head = MessageHead { id: self.id, issue_instant: self.issue_instant };
        head.write(writer, "samlp:ArtifactResolve", self.destination)
            .leaf("saml:Issuer", self.issuer)
            .leaf("samlp:Artifact", self.artifact)
            .end();
    }
}

impl fmt::Debug for ArtifactResolve<'_> {
    /// Leaves the artifact out: who has it first has the login.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArtifactResolve").field("id", &self.id).field("issuer", &self.issuer).finish_non_exhaustive()
    }
}
