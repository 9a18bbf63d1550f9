use chrono::{DateTime, Utc};
use saml_xml::Element;

use crate::children::trimmed_text;
use crate::error::Error;
use crate::message_head::MessageHead;
use crate::namespaces::{ASSERTION, PROTOCOL, XMLDSIG};
use crate::status::Status;

/// An `ArtifactResponse` (SAML Core 3.5.2): the answer of the back channel, with the message inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactResponse<'a> {
    /// The message's own identifier.
    pub id: &'a str,
    /// When the message was made.
    pub issue_instant: DateTime<Utc>,
    /// The `ArtifactResolve` that this answers.
    pub in_response_to: Option<&'a str>,
    /// The entity ID of the sender.
    pub issuer: Option<&'a str>,
    /// Whether the artifact could be resolved.
    pub status: Status<'a>,
    /// The message that the artifact stood for; none when the artifact is unknown or expired.
    pub message: Option<Element<'a>>,
}

impl<'a> ArtifactResponse<'a> {
    /// Reads an `ArtifactResponse`.
    ///
    /// # Errors
    /// An [`Error`] when it does not follow the schema.
    pub fn read(element: Element<'a>) -> Result<Self, Error> {
        let (head, mut children) = MessageHead::read(element, PROTOCOL, "ArtifactResponse")?;
        let issuer = children.optional(ASSERTION, "Issuer").map(trimmed_text).transpose()?;
        children.optional(XMLDSIG, "Signature");
        children.optional(PROTOCOL, "Extensions");
        let status = Status::read(children.required(PROTOCOL, "Status")?)?;
        let message = children.next();
        children.finish()?;
        Ok(Self {
            id: head.id,
            issue_instant: head.issue_instant,
            in_response_to: element.attribute("InResponseTo"),
            issuer,
            status,
            message,
        })
    }
}
