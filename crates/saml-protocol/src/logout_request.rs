use chrono::{DateTime, Utc};
use saml_xml::{Element, Writer};

use crate::children::{Children, name, trimmed_text};
use crate::date_time::format_date_time;
use crate::error::Error;
use crate::name_id::NameId;
use crate::namespaces::{ASSERTION, PROTOCOL, XMLDSIG};
use crate::response::{MessageHead, optional_date_time};

/// A `LogoutRequest` (SAML Core 3.7.1): asks to end sessions of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutRequest<'a> {
    /// The message's own identifier, which the answer names in `InResponseTo`.
    pub id: &'a str,
    /// When the message is made.
    pub issue_instant: DateTime<Utc>,
    /// The URL that the message is for.
    pub destination: Option<&'a str>,
    /// From when on the request is not to be followed any more.
    pub not_on_or_after: Option<DateTime<Utc>>,
    /// The entity ID of the sender.
    pub issuer: &'a str,
    /// Whose sessions: the NameID of the assertion that began them.
    pub name_id: NameId<'a>,
    /// Which of them; all where there are none.
    pub session_indexes: Vec<&'a str>,
}

impl<'a> LogoutRequest<'a> {
    /// Reads a `LogoutRequest`; one that names its subject encrypted, or in another way than by a `NameID`, is refused.
    ///
    /// # Errors
    /// An [`Error`] when it does not follow the schema, or does not say who sent it (SAML Profiles 4.4.4.1).
    pub fn read(element: Element<'a>) -> Result<Self, Error> {
        if !element.is(PROTOCOL, "LogoutRequest") {
            return Err(Error::MessageType { expected: "LogoutRequest", found: name(element) });
        }
        let head = MessageHead::read(element)?;
        let mut children = Children::of(element)?;
        let issuer = trimmed_text(children.required(ASSERTION, "Issuer")?)?;
        children.optional(XMLDSIG, "Signature");
        children.optional(PROTOCOL, "Extensions");
        let name_id = NameId::read(children.required(ASSERTION, "NameID")?)?;
        let session_indexes = children.many(PROTOCOL, "SessionIndex").map(trimmed_text).collect::<Result<_, _>>()?;
        children.finish()?;
        Ok(Self {
            id: head.id,
            issue_instant: head.issue_instant,
            destination: element.attribute("Destination"),
            not_on_or_after: optional_date_time(element, "NotOnOrAfter")?,
            issuer,
            name_id,
            session_indexes,
        })
    }

    /// Writes the message as `samlp:LogoutRequest`, unsigned.
    pub fn write(&self, writer: &mut Writer) {
        writer
            .start("samlp:LogoutRequest")
            .attribute("xmlns:samlp", PROTOCOL)
            .attribute("xmlns:saml", ASSERTION)
            .attribute("ID", self.id)
            .attribute("Version", "2.0")
            .attribute("IssueInstant", &format_date_time(self.issue_instant))
            .optional_attribute("Destination", self.destination)
            .optional_attribute("NotOnOrAfter", self.not_on_or_after.map(format_date_time).as_deref())
            .leaf("saml:Issuer", self.issuer);
        self.name_id.write(writer);
        for session_index in &self.session_indexes {
            writer.leaf("samlp:SessionIndex", session_index);
        }
        writer.end();
    }
}
