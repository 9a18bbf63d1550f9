use chrono::{DateTime, Utc};
use saml_xml::{Document, Element, Writer};

use crate::children::trimmed_text;
use crate::error::Error;
use crate::message_head::MessageHead;
use crate::namespaces::{ASSERTION, PROTOCOL, XMLDSIG};
use crate::status::Status;

/// A `Response` (SAML Core 3.3.3) without what it asserts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response<'a> {
    /// The message's own identifier.
    pub id: &'a str,
    /// When the message was made.
    pub issue_instant: DateTime<Utc>,
    /// The request that this answers.
    pub in_response_to: Option<&'a str>,
    /// The URL that the message is for.
    pub destination: Option<&'a str>,
    /// The entity ID of the sender.
    pub issuer: Option<&'a str>,
    /// How it went.
    pub status: Status<'a>,
}

/// What a `Response` holds besides its own fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseAssertion<'a> {
    /// One `Assertion`, not yet read.
    Plain(Element<'a>),
    /// One `EncryptedAssertion`.
    Encrypted(Element<'a>),
    /// Neither.
    None,
}

impl<'a> Response<'a> {
    /// Reads a `Response` and finds its one assertion, which is not read: that is for after its signature held.
    ///
    /// # Errors
    /// An [`Error`] when it does not follow the schema, or holds more than one assertion (ATT-024, ATT-052).
    pub fn read(element: Element<'a>) -> Result<(Self, ResponseAssertion<'a>), Error> {
        let (head, mut children) = MessageHead::read(element, PROTOCOL, "Response")?;
        let issuer = children.optional(ASSERTION, "Issuer").map(trimmed_text).transpose()?;
        children.optional(XMLDSIG, "Signature");
        // What stands in Extensions is never looked at (ATT-028).
        children.optional(PROTOCOL, "Extensions");
        let status = Status::read(children.required(PROTOCOL, "Status")?)?;
        let assertion = match children.optional(ASSERTION, "Assertion") {
            Some(assertion) => ResponseAssertion::Plain(assertion),
            None => match children.optional(ASSERTION, "EncryptedAssertion") {
                Some(encrypted) => ResponseAssertion::Encrypted(encrypted),
                None => ResponseAssertion::None,
            },
        };
        children.finish()?;
        let response = Self {
            id: head.id,
            issue_instant: head.issue_instant,
            in_response_to: element.attribute("InResponseTo"),
            destination: element.attribute("Destination"),
            issuer,
            status,
        };
        Ok((response, assertion))
    }

    /// Writes the message with `assertion` in it, as `samlp:Response`.
    pub fn write(&self, writer: &mut Writer, assertion: Option<&Document>) {
        let head = MessageHead { id: self.id, issue_instant: self.issue_instant };
        head.write(writer, "samlp:Response", self.destination).optional_attribute("InResponseTo", self.in_response_to);
        if let Some(issuer) = self.issuer {
            writer.leaf("saml:Issuer", issuer);
        }
        self.status.write(writer);
        if let Some(assertion) = assertion {
            writer.fragment(assertion);
        }
        writer.end();
    }
}
