use chrono::{DateTime, Utc};
use saml_xml::{Element, Writer};

use crate::children::trimmed_text;
use crate::error::Error;
use crate::message_head::MessageHead;
use crate::namespaces::{ASSERTION, PROTOCOL, XMLDSIG};
use crate::status::Status;

/// A `LogoutResponse` (SAML Core 3.7.2): how a logout went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutResponse<'a> {
    /// The message's own identifier.
    pub id: &'a str,
    /// When the message was made.
    pub issue_instant: DateTime<Utc>,
    /// The request that this answers.
    pub in_response_to: Option<&'a str>,
    /// The URL that the message is for.
    pub destination: Option<&'a str>,
    /// The entity ID of the sender.
    pub issuer: &'a str,
    /// How it went.
    pub status: Status<'a>,
}

impl<'a> LogoutResponse<'a> {
    /// Reads a `LogoutResponse`.
    ///
    /// # Errors
    /// An [`Error`] when it does not follow the schema, or does not say who sent it (SAML Profiles 4.4.4.2).
    pub fn read(element: Element<'a>) -> Result<Self, Error> {
        let (head, mut children) = MessageHead::read(element, PROTOCOL, "LogoutResponse")?;
        let issuer = trimmed_text(children.required(ASSERTION, "Issuer")?)?;
        children.optional(XMLDSIG, "Signature");
        children.optional(PROTOCOL, "Extensions");
        let status = Status::read(children.required(PROTOCOL, "Status")?)?;
        children.finish()?;
        Ok(Self {
            id: head.id,
            issue_instant: head.issue_instant,
            in_response_to: element.attribute("InResponseTo"),
            destination: element.attribute("Destination"),
            issuer,
            status,
        })
    }

    /// Writes the message as `samlp:LogoutResponse`, unsigned.
    pub fn write(&self, writer: &mut Writer) {
        let head = MessageHead { id: self.id, issue_instant: self.issue_instant };
        head.write(writer, "samlp:LogoutResponse", self.destination)
            .optional_attribute("InResponseTo", self.in_response_to)
            .leaf("saml:Issuer", self.issuer);
        self.status.write(writer);
        writer.end();
    }
}
