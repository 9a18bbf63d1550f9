use chrono::{DateTime, Utc};
use saml_xml::{Element, Writer};

use crate::children::{Children, name, required_attribute};
use crate::date_time::{format_date_time, parse_date_time};
use crate::error::Error;
use crate::namespaces::{ASSERTION, PROTOCOL};

/// What every message and assertion has: `ID`, `Version` and `IssueInstant`.
pub(crate) struct MessageHead<'a> {
    pub(crate) id: &'a str,
    pub(crate) issue_instant: DateTime<Utc>,
}

impl<'a> MessageHead<'a> {
    /// Begins to read the message or assertion that `element` must be, and returns its children as well.
    pub(crate) fn read(
        element: Element<'a>,
        namespace: &str,
        expected: &'static str,
    ) -> Result<(Self, Children<'a>), Error> {
        if !element.is(namespace, expected) {
            return Err(Error::MessageType { expected, found: name(element) });
        }
        let version = required_attribute(element, "Version")?;
        if version != "2.0" {
            let printable = version.chars().filter(|character| !character.is_control());
            return Err(Error::Version { found: printable.take(20).collect() });
        }
        let id = required_attribute(element, "ID")?;
        if id.is_empty() {
            return Err(Error::Value { attribute: "ID", expected: "an identifier" });
        }
        let issue_instant = required_attribute(element, "IssueInstant")?;
        let issue_instant = parse_date_time(issue_instant).ok_or(Error::DateTime { place: "IssueInstant" })?;
        Ok((Self { id, issue_instant }, Children::of(element)?))
    }

    /// Begins to write the message `name`, with the prefixes `samlp` and `saml`.
    pub(crate) fn write<'w>(
        &self,
        writer: &'w mut Writer,
        name: &'static str,
        destination: Option<&str>,
    ) -> &'w mut Writer {
        writer
            .start(name)
            .attribute("xmlns:samlp", PROTOCOL)
            .attribute("xmlns:saml", ASSERTION)
            .attribute("ID", self.id)
            .attribute("Version", "2.0")
            .attribute("IssueInstant", &format_date_time(self.issue_instant))
            .optional_attribute("Destination", destination)
    }
}
