use std::fmt;

use chrono::{DateTime, Utc};
use saml_xml::{Element, Writer};

use crate::children::trimmed_text;
use crate::date_time::{format_date_time, optional_date_time};
use crate::encrypted::{DecryptedPart, opened};
use crate::error::Error;
use crate::message_head::MessageHead;
use crate::name_id::NameId;
use crate::namespaces::{ASSERTION, PROTOCOL, XMLDSIG};

/// A `LogoutRequest` (SAML Core 3.7.1): ends the sessions of somebody, at the one who receives it.
#[derive(Clone, PartialEq, Eq)]
pub struct LogoutRequest<'a> {
    /// The message's own identifier, which the answer names in `InResponseTo`.
    pub id: &'a str,
    /// When the message was made.
    pub issue_instant: DateTime<Utc>,
    /// The URL that the message is for.
    pub destination: Option<&'a str>,
    /// Why: a URI (SAML errata E10).
    pub reason: Option<&'a str>,
    /// When the request ends to hold.
    pub not_on_or_after: Option<DateTime<Utc>>,
    /// The entity ID of the sender.
    pub issuer: &'a str,
    /// Whose sessions end.
    pub name_id: NameId<'a>,
    /// The sessions; none means all of that name.
    pub session_indexes: Vec<&'a str>,
}

impl<'a> LogoutRequest<'a> {
    /// Reads a `LogoutRequest`; what stood encrypted in it, and was opened, is given in `decrypted`.
    ///
    /// # Errors
    /// An [`Error`] when it does not follow the schema or does not say who sent it (SAML Profiles 4.4.4.1), and
    /// [`Error::Encrypted`] for an `EncryptedID` that was not opened.
    ///
    /// ```
    /// use saml_protocol::LogoutRequest;
    /// use saml_xml::{Document, ParseOptions};
    ///
    /// let message = br#"<p:LogoutRequest xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol"
    ///     xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1" Version="2.0" IssueInstant="2026-03-01T12:00:00Z">
    ///     <Issuer>https://idp.example/saml</Issuer><NameID>a3f9</NameID><p:SessionIndex>_7</p:SessionIndex>
    /// </p:LogoutRequest>"#;
    /// let document = Document::parse(message, &ParseOptions::message())?;
    /// let request = LogoutRequest::read(document.root(), &[])?;
    /// assert_eq!((request.name_id.value, request.session_indexes), ("a3f9", vec!["_7"]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(element: Element<'a>, decrypted: &'a [DecryptedPart]) -> Result<Self, Error> {
        let (head, mut children) = MessageHead::read(element, PROTOCOL, "LogoutRequest")?;
        let issuer = trimmed_text(children.required(ASSERTION, "Issuer")?)?;
        children.optional(XMLDSIG, "Signature");
        children.optional(PROTOCOL, "Extensions");
        let name_id = match children.optional(ASSERTION, "EncryptedID") {
            Some(encrypted) => opened(encrypted, decrypted)?,
            None => children.required(ASSERTION, "NameID")?,
        };
        let session_indexes = children.many(PROTOCOL, "SessionIndex").map(trimmed_text).collect::<Result<_, _>>()?;
        children.finish()?;
        Ok(Self {
            id: head.id,
            issue_instant: head.issue_instant,
            destination: element.attribute("Destination"),
            reason: element.attribute("Reason"),
            not_on_or_after: optional_date_time(element, "NotOnOrAfter")?,
            issuer,
            name_id: NameId::read(name_id)?,
            session_indexes,
        })
    }

    /// Writes the message as `samlp:LogoutRequest`, unsigned, in the order of the schema.
    pub fn write(&self, writer: &mut Writer) {
        let head = MessageHead { id: self.id, issue_instant: self.issue_instant };
        head.write(writer, "samlp:LogoutRequest", self.destination)
            .optional_attribute("Reason", self.reason)
            .optional_attribute("NotOnOrAfter", self.not_on_or_after.map(format_date_time).as_deref())
            .leaf("saml:Issuer", self.issuer);
        self.name_id.write(writer);
        for session_index in &self.session_indexes {
            writer.leaf("samlp:SessionIndex", session_index);
        }
        writer.end();
    }
}

impl fmt::Debug for LogoutRequest<'_> {
    /// Leaves out whose sessions end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogoutRequest").field("id", &self.id).field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// Finds the `EncryptedID` in the place of the name in a `LogoutRequest`.
#[must_use]
pub fn encrypted_name_id(logout_request: Element<'_>) -> Option<Element<'_>> {
    logout_request.children().find(|child| child.is(ASSERTION, "EncryptedID"))
}
