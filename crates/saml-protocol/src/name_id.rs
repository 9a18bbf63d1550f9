use std::fmt;

use saml_xml::{Element, Writer};

use crate::error::Error;

/// A `NameID` (SAML Core 2.2.3): the value, and what it is relative to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NameId<'a> {
    /// The identifier exactly as it stands there, white space and all.
    pub value: &'a str,
    /// What kind of identifier it is.
    pub format: Option<&'a str>,
    /// Who the identifier is of; a broker names the identity provider behind it here.
    pub name_qualifier: Option<&'a str>,
    /// Whom the identifier is for.
    pub sp_name_qualifier: Option<&'a str>,
}

impl<'a> NameId<'a> {
    /// Reads a `NameID` element.
    ///
    /// # Errors
    /// [`Error::Xml`] when it holds another element (ATT-007).
    pub fn read(element: Element<'a>) -> Result<Self, Error> {
        Ok(Self {
            value: element.text()?,
            format: element.attribute("Format"),
            name_qualifier: element.attribute("NameQualifier"),
            sp_name_qualifier: element.attribute("SPNameQualifier"),
        })
    }

    /// Writes the element as `saml:NameID`.
    pub fn write(&self, writer: &mut Writer) {
        writer
            .start("saml:NameID")
            .optional_attribute("NameQualifier", self.name_qualifier)
            .optional_attribute("SPNameQualifier", self.sp_name_qualifier)
            .optional_attribute("Format", self.format)
            .text(self.value)
            .end();
    }
}

impl fmt::Debug for NameId<'_> {
    /// Leaves the value out: it may be a BSN.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NameId").field("name_qualifier", &self.name_qualifier).finish_non_exhaustive()
    }
}
