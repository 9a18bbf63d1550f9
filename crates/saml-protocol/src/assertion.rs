use std::fmt;

use chrono::{DateTime, Utc};
use saml_xml::{Element, Writer};

use crate::children::{Children, name, required_attribute, trimmed_text};
use crate::date_time::{format_date_time, optional_date_time};
use crate::encrypted::{DecryptedPart, encrypted_id, opened, plaintext};
use crate::error::Error;
use crate::message_head::MessageHead;
use crate::name_id::NameId;
use crate::namespaces::{ASSERTION, XML_SCHEMA, XML_SCHEMA_INSTANCE, XMLDSIG};

/// The confirmation method of Web Browser SSO (SAML Profiles 3.3).
pub const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

/// An `Assertion` (SAML Core 2.3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion<'a> {
    /// The assertion's own identifier, by which a replay is known.
    pub id: &'a str,
    /// When the assertion was made.
    pub issue_instant: DateTime<Utc>,
    /// The entity ID of who asserts.
    pub issuer: &'a str,
    /// Whom it is about.
    pub subject: Option<Subject<'a>>,
    /// When, and for whom, it holds.
    pub conditions: Option<Conditions<'a>>,
    /// How the subject was authenticated.
    pub authn_statements: Vec<AuthnStatement<'a>>,
    /// What else is asserted of the subject, in the order of the document.
    pub attributes: Vec<Attribute<'a>>,
}

/// A `Subject` (SAML Core 2.4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject<'a> {
    /// The one identifier; a `NameID` inside a confirmation is never it (ATT-134).
    pub name_id: Option<NameId<'a>>,
    /// How the subject is recognised.
    pub confirmations: Vec<SubjectConfirmation<'a>>,
}

/// A `SubjectConfirmation` with its data (SAML Core 2.4.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectConfirmation<'a> {
    /// The method, such as [`BEARER`].
    pub method: &'a str,
    /// The URL that the assertion may be delivered to.
    pub recipient: Option<&'a str>,
    /// The request that the assertion answers.
    pub in_response_to: Option<&'a str>,
    /// Not valid before; forbidden for bearer.
    pub not_before: Option<DateTime<Utc>>,
    /// Not valid at and after.
    pub not_on_or_after: Option<DateTime<Utc>>,
}

/// A `Conditions` (SAML Core 2.5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions<'a> {
    /// Not valid before.
    pub not_before: Option<DateTime<Utc>>,
    /// Not valid at and after.
    pub not_on_or_after: Option<DateTime<Utc>>,
    /// The audiences of each `AudienceRestriction`; all restrictions must be met, each by one of its audiences.
    pub audience_restrictions: Vec<Vec<&'a str>>,
    /// Whether the assertion says it may be used once only.
    pub one_time_use: bool,
}

/// An `AuthnStatement` (SAML Core 2.7.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthnStatement<'a> {
    /// When the subject was authenticated.
    pub authn_instant: DateTime<Utc>,
    /// The session at the identity provider.
    pub session_index: Option<&'a str>,
    /// When the session at the identity provider ends.
    pub session_not_on_or_after: Option<DateTime<Utc>>,
    /// The class of the authentication: the level of assurance.
    pub class_ref: Option<&'a str>,
    /// Who authenticated the subject, when that is not the issuer.
    pub authenticating_authorities: Vec<&'a str>,
}

/// An `Attribute` (SAML Core 2.7.3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// The name. `FriendlyName` is for people and not read (ATT-140).
    pub name: &'a str,
    /// How the name is to be understood.
    pub name_format: Option<&'a str>,
    /// The values in order.
    pub values: Vec<AttributeValue<'a>>,
}

/// An `AttributeValue` (SAML Core 2.7.3.1.1). `Debug` leaves the text out: it may be a BSN.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum AttributeValue<'a> {
    /// An identifier that stood there encrypted, and was opened.
    NameId(NameId<'a>),
    /// The value holds elements, which nobody here looks into (ATT-037).
    Opaque,
    /// Plain text.
    Text(&'a str),
}

impl fmt::Debug for AttributeValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NameId(name_id) => f.debug_tuple("NameId").field(name_id).finish(),
            Self::Opaque => f.write_str("Opaque"),
            Self::Text(_) => f.write_str("Text(redacted)"),
        }
    }
}

impl<'a> Assertion<'a> {
    /// Reads an `Assertion`.
    ///
    /// `Advice` is passed over whole: what stands in it decides nothing (ATT-036).
    ///
    /// # Errors
    /// An [`Error`] when it does not follow the schema, or holds a condition or statement that is not understood.
    pub fn read(element: Element<'a>) -> Result<Self, Error> {
        Self::read_decrypted(element, &[])
    }

    /// Reads an `Assertion` of which parts were encrypted: what was opened takes the place of what it was encrypted in,
    /// and is read like what stands there in plain.
    ///
    /// # Errors
    /// As [`read`](Self::read); [`Error::Encrypted`] for a part that `decrypted` lacks.
    pub fn read_decrypted(element: Element<'a>, decrypted: &'a [DecryptedPart]) -> Result<Self, Error> {
        let (head, mut children) = MessageHead::read(element, ASSERTION, "Assertion")?;
        let issuer = trimmed_text(children.required(ASSERTION, "Issuer")?)?;
        children.optional(XMLDSIG, "Signature");
        let subject =
            children.optional(ASSERTION, "Subject").map(|subject| Subject::read(subject, decrypted)).transpose()?;
        let conditions = children.optional(ASSERTION, "Conditions").map(Conditions::read).transpose()?;
        children.optional(ASSERTION, "Advice");
        let mut assertion = Self {
            id: head.id,
            issue_instant: head.issue_instant,
            issuer,
            subject,
            conditions,
            authn_statements: Vec::new(),
            attributes: Vec::new(),
        };
        while let Some(statement) = children.next() {
            if statement.is(ASSERTION, "AuthnStatement") {
                assertion.authn_statements.push(AuthnStatement::read(statement)?);
            } else if statement.is(ASSERTION, "AttributeStatement") {
                assertion.read_attributes(statement, decrypted)?;
            } else {
                return Err(Error::ElementUnexpected { parent: name(element), found: name(statement) });
            }
        }
        Ok(assertion)
    }

    fn read_attributes(&mut self, statement: Element<'a>, decrypted: &'a [DecryptedPart]) -> Result<(), Error> {
        let mut children = Children::of(statement)?;
        while let Some(attribute) = children.next() {
            let (attribute, decrypted) = if attribute.is(ASSERTION, "EncryptedAttribute") {
                // What is still encrypted in it stands in another document, where a place may be that of an opened part
                // here.
                (opened(attribute, decrypted)?, &[][..])
            } else {
                (attribute, decrypted)
            };
            if !attribute.is(ASSERTION, "Attribute") {
                return Err(Error::ElementUnexpected { parent: name(statement), found: name(attribute) });
            }
            self.attributes.push(Attribute::read(attribute, decrypted)?);
        }
        Ok(())
    }

    /// Writes the element as `saml:Assertion`, with the namespaces that it uses declared on it.
    pub fn write(&self, writer: &mut Writer) {
        writer
            .start("saml:Assertion")
            .attribute("xmlns:saml", ASSERTION)
            .attribute("ID", self.id)
            .attribute("Version", "2.0")
            .attribute("IssueInstant", &format_date_time(self.issue_instant));
        if !self.attributes.is_empty() {
            writer.attribute("xmlns:xs", XML_SCHEMA);
        }
        writer.leaf("saml:Issuer", self.issuer);
        if let Some(subject) = &self.subject {
            subject.write(writer);
        }
        if let Some(conditions) = &self.conditions {
            conditions.write(writer);
        }
        for statement in &self.authn_statements {
            statement.write(writer);
        }
        if !self.attributes.is_empty() {
            writer.start("saml:AttributeStatement");
            for attribute in &self.attributes {
                attribute.write(writer);
            }
            writer.end();
        }
        writer.end();
    }
}

impl<'a> Subject<'a> {
    fn read(element: Element<'a>, decrypted: &'a [DecryptedPart]) -> Result<Self, Error> {
        let mut children = Children::of(element)?;
        let name_id = match children.optional(ASSERTION, "NameID") {
            Some(plain) => Some(plain),
            None => {
                children.optional(ASSERTION, "EncryptedID").map(|encrypted| opened(encrypted, decrypted)).transpose()?
            }
        };
        let name_id = name_id.map(NameId::read).transpose()?;
        let confirmations =
            children.many(ASSERTION, "SubjectConfirmation").map(SubjectConfirmation::read).collect::<Result<_, _>>()?;
        children.finish()?;
        Ok(Self { name_id, confirmations })
    }

    fn write(&self, writer: &mut Writer) {
        writer.start("saml:Subject");
        if let Some(name_id) = &self.name_id {
            name_id.write(writer);
        }
        for confirmation in &self.confirmations {
            confirmation.write(writer);
        }
        writer.end();
    }
}

impl<'a> SubjectConfirmation<'a> {
    fn read(element: Element<'a>) -> Result<Self, Error> {
        let mut children = Children::of(element)?;
        // At most one identifies who confirms.
        ["BaseID", "NameID", "EncryptedID"].into_iter().find_map(|identifier| children.optional(ASSERTION, identifier));
        let data = children.optional(ASSERTION, "SubjectConfirmationData");
        children.finish()?;
        let time = |attribute| data.map_or(Ok(None), |data| optional_date_time(data, attribute));
        Ok(Self {
            method: required_attribute(element, "Method")?,
            recipient: data.and_then(|data| data.attribute("Recipient")),
            in_response_to: data.and_then(|data| data.attribute("InResponseTo")),
            not_before: time("NotBefore")?,
            not_on_or_after: time("NotOnOrAfter")?,
        })
    }

    fn write(&self, writer: &mut Writer) {
        writer.start("saml:SubjectConfirmation").attribute("Method", self.method);
        writer
            .start("saml:SubjectConfirmationData")
            .optional_attribute("NotBefore", self.not_before.map(format_date_time).as_deref())
            .optional_attribute("NotOnOrAfter", self.not_on_or_after.map(format_date_time).as_deref())
            .optional_attribute("Recipient", self.recipient)
            .optional_attribute("InResponseTo", self.in_response_to)
            .end();
        writer.end();
    }
}

impl<'a> Conditions<'a> {
    fn read(element: Element<'a>) -> Result<Self, Error> {
        let mut conditions = Self {
            not_before: optional_date_time(element, "NotBefore")?,
            not_on_or_after: optional_date_time(element, "NotOnOrAfter")?,
            ..Self::default()
        };
        let mut children = Children::of(element)?;
        while let Some(condition) = children.next() {
            if condition.is(ASSERTION, "AudienceRestriction") {
                let mut audiences = Children::of(condition)?;
                let restriction = audiences.many(ASSERTION, "Audience").map(trimmed_text).collect::<Result<_, _>>()?;
                audiences.finish()?;
                conditions.audience_restrictions.push(restriction);
            } else if condition.is(ASSERTION, "OneTimeUse") {
                conditions.one_time_use = true;
            } else if !condition.is(ASSERTION, "ProxyRestriction") {
                // ProxyRestriction limits those who assert further, which a service provider does not (SAML Core
                // 2.5.1.6).
                return Err(Error::ConditionUnknown { found: name(condition) });
            }
        }
        Ok(conditions)
    }

    fn write(&self, writer: &mut Writer) {
        writer
            .start("saml:Conditions")
            .optional_attribute("NotBefore", self.not_before.map(format_date_time).as_deref())
            .optional_attribute("NotOnOrAfter", self.not_on_or_after.map(format_date_time).as_deref());
        for restriction in &self.audience_restrictions {
            writer.start("saml:AudienceRestriction");
            for audience in restriction {
                writer.leaf("saml:Audience", audience);
            }
            writer.end();
        }
        if self.one_time_use {
            writer.start("saml:OneTimeUse").end();
        }
        writer.end();
    }
}

impl<'a> AuthnStatement<'a> {
    fn read(element: Element<'a>) -> Result<Self, Error> {
        let authn_instant = optional_date_time(element, "AuthnInstant")?
            .ok_or_else(|| Error::AttributeMissing { element: name(element), attribute: "AuthnInstant" })?;
        let mut children = Children::of(element)?;
        // The address is the user's as the identity provider saw it; nothing is decided by it (ATT-132).
        children.optional(ASSERTION, "SubjectLocality");
        let context = children.required(ASSERTION, "AuthnContext")?;
        children.finish()?;
        let mut children = Children::of(context)?;
        let class_ref = children.optional(ASSERTION, "AuthnContextClassRef").map(trimmed_text).transpose()?;
        // At most one declares the context more closely.
        ["AuthnContextDecl", "AuthnContextDeclRef"].into_iter().find_map(|name| children.optional(ASSERTION, name));
        let authenticating_authorities =
            children.many(ASSERTION, "AuthenticatingAuthority").map(trimmed_text).collect::<Result<_, _>>()?;
        children.finish()?;
        Ok(Self {
            authn_instant,
            session_index: element.attribute("SessionIndex"),
            session_not_on_or_after: optional_date_time(element, "SessionNotOnOrAfter")?,
            class_ref,
            authenticating_authorities,
        })
    }

    fn write(&self, writer: &mut Writer) {
        writer
            .start("saml:AuthnStatement")
            .attribute("AuthnInstant", &format_date_time(self.authn_instant))
            .optional_attribute("SessionIndex", self.session_index)
            .optional_attribute("SessionNotOnOrAfter", self.session_not_on_or_after.map(format_date_time).as_deref());
        writer.start("saml:AuthnContext");
        if let Some(class_ref) = self.class_ref {
            writer.leaf("saml:AuthnContextClassRef", class_ref);
        }
        for authority in &self.authenticating_authorities {
            writer.leaf("saml:AuthenticatingAuthority", authority);
        }
        writer.end().end();
    }
}

impl<'a> Attribute<'a> {
    fn read(element: Element<'a>, decrypted: &'a [DecryptedPart]) -> Result<Self, Error> {
        let mut children = Children::of(element)?;
        let values = children
            .many(ASSERTION, "AttributeValue")
            .map(|value| match value.text() {
                Ok(text) => Ok(AttributeValue::Text(text)),
                Err(_) => match encrypted_id(value).and_then(|encrypted| plaintext(encrypted, decrypted)) {
                    Some(opened) => NameId::read(opened).map(AttributeValue::NameId),
                    None => Ok(AttributeValue::Opaque),
                },
            })
            .collect::<Result<_, _>>()?;
        children.finish()?;
        let name = required_attribute(element, "Name")?;
        Ok(Self { name, name_format: element.attribute("NameFormat"), values })
    }

    fn write(&self, writer: &mut Writer) {
        writer.start("saml:Attribute").attribute("Name", self.name).optional_attribute("NameFormat", self.name_format);
        for value in &self.values {
            writer.start("saml:AttributeValue");
            match value {
                AttributeValue::NameId(name_id) => name_id.write(writer),
                AttributeValue::Opaque => {}
                AttributeValue::Text(text) => {
                    writer.attribute("xmlns:xsi", XML_SCHEMA_INSTANCE).attribute("xsi:type", "xs:string").text(text);
                }
            }
            writer.end();
        }
        writer.end();
    }
}
