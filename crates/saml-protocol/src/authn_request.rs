use chrono::{DateTime, Utc};
use saml_xml::{Element, Writer};

use crate::binding::Binding;
use crate::children::{Children, name, required_attribute, trimmed_text};
use crate::error::Error;
use crate::message_head::MessageHead;
use crate::namespaces::{
    ASSERTION, METADATA, PROTOCOL, REQUESTED_ATTRIBUTES, XML_SCHEMA, XML_SCHEMA_INSTANCE, XMLDSIG,
};

/// An `AuthnRequest` (SAML Core 3.4.1), as far as DigiD and Signicat use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthnRequest<'a> {
    /// The message's own identifier, which the answer names in `InResponseTo`.
    pub id: &'a str,
    /// When the message is made.
    pub issue_instant: DateTime<Utc>,
    /// The URL that the message is for.
    pub destination: Option<&'a str>,
    /// Whether the user must be authenticated anew.
    pub force_authn: bool,
    /// Where the answer is to go.
    pub assertion_consumer_service: AssertionConsumerService<'a>,
    /// Which of our `AttributeConsumingService` says what attributes are wanted.
    pub attribute_consuming_service_index: Option<u16>,
    /// The name of the service, for the user to see.
    pub provider_name: Option<&'a str>,
    /// The entity ID of the sender.
    pub issuer: &'a str,
    /// Attributes and parameters asked for in the extension for it.
    pub requested_attributes: Vec<RequestedAttribute<'a>>,
    /// For whom the request is, where that is another than the sender.
    pub intended_audience: Option<IntendedAudience<'a>>,
    /// The level of assurance asked for.
    pub requested_authn_context: Option<RequestedAuthnContext<'a>>,
    /// The identity providers behind a broker that may be used, `Scoping/IDPList/IDPEntry/@ProviderID`.
    pub scoping: Vec<&'a str>,
}

/// Where the answer to an `AuthnRequest` is to go (SAML Core 3.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssertionConsumerService<'a> {
    /// To the default of the registered metadata.
    Default,
    /// To the one with this index in the registered metadata. DigiD refuses an index with a URL or binding beside it.
    Index(u16),
    /// To this URL by this binding; the URL must be in the registered metadata.
    Url {
        /// The URL.
        url: &'a str,
        /// The `ProtocolBinding`, where it is said.
        binding: Option<Binding>,
    },
}

/// A `RequestedAuthnContext` (SAML Core 3.3.2.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedAuthnContext<'a> {
    /// How what is reached must compare with what is asked for.
    pub comparison: Comparison,
    /// The classes asked for.
    pub class_refs: Vec<&'a str>,
}

/// How a level that was reached compares with one that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// It is that level.
    Exact,
    /// It is that level or a higher one; the only comparison that DigiD's specification allows.
    Minimum,
    /// It is that level or a lower one.
    Maximum,
    /// It is a higher level.
    Better,
}

/// A `RequestedAttribute` in the extension for attributes per request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedAttribute<'a> {
    /// The name of the attribute, or `signicat:param:…` for a parameter of the broker.
    pub name: &'a str,
    /// Values asked for.
    pub values: Vec<&'a str>,
}

/// For whom a supplier asks, as two attributes among the extensions (ST-SAML 1.0, AuthnRequest, Extensions).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntendedAudience<'a> {
    /// The entity ID of the service provider.
    pub entity_id: &'a str,
    /// The UUID of its service in the service catalogue.
    pub service_uuid: &'a str,
}

impl Comparison {
    /// Returns the value of `Comparison`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Minimum => "minimum",
            Self::Maximum => "maximum",
            Self::Better => "better",
        }
    }

    fn read(element: Element<'_>) -> Result<Self, Error> {
        match element.attribute("Comparison") {
            None => Ok(Self::Exact),
            Some(text) => [Self::Exact, Self::Minimum, Self::Maximum, Self::Better]
                .into_iter()
                .find(|comparison| comparison.as_str() == text)
                .ok_or(Error::Value { attribute: "Comparison", expected: "exact, minimum, maximum or better" }),
        }
    }
}

impl<'a> AuthnRequest<'a> {
    /// Reads an `AuthnRequest`, as an identity provider does.
    ///
    /// # Errors
    /// An [`Error`] when it does not follow the schema, or names its consumer service by index and by URL.
    pub fn read(element: Element<'a>) -> Result<Self, Error> {
        let (head, mut children) = MessageHead::read(element, PROTOCOL, "AuthnRequest")?;
        let issuer = trimmed_text(children.required(ASSERTION, "Issuer")?)?;
        if issuer.is_empty() {
            let found = "an Issuer without text".to_owned();
            return Err(Error::ElementMissing { parent: name(element), expected: "Issuer", found });
        }
        children.optional(XMLDSIG, "Signature");
        let extensions = children.optional(PROTOCOL, "Extensions");
        children.optional(ASSERTION, "Subject");
        children.optional(PROTOCOL, "NameIDPolicy");
        children.optional(ASSERTION, "Conditions");
        let context = children.optional(PROTOCOL, "RequestedAuthnContext");
        let scoping = children.optional(PROTOCOL, "Scoping");
        children.finish()?;
        Ok(Self {
            id: head.id,
            issue_instant: head.issue_instant,
            destination: element.attribute("Destination"),
            force_authn: flag(element, "ForceAuthn")?,
            assertion_consumer_service: AssertionConsumerService::read(element)?,
            attribute_consuming_service_index: index(element, "AttributeConsumingServiceIndex")?,
            provider_name: element.attribute("ProviderName"),
            issuer,
            requested_attributes: extensions.map(read_requested_attributes).transpose()?.unwrap_or_default(),
            intended_audience: extensions.map(IntendedAudience::read).transpose()?.flatten(),
            requested_authn_context: context.map(RequestedAuthnContext::read).transpose()?,
            scoping: scoping.map(read_scoping).transpose()?.unwrap_or_default(),
        })
    }

    /// Writes the message as `samlp:AuthnRequest`, unsigned.
    pub fn write(&self, writer: &mut Writer) {
        let head = MessageHead { id: self.id, issue_instant: self.issue_instant };
        head.write(writer, "samlp:AuthnRequest", self.destination);
        if self.force_authn {
            writer.attribute("ForceAuthn", "true");
        }
        match self.assertion_consumer_service {
            AssertionConsumerService::Default => {}
            AssertionConsumerService::Index(index) => {
                writer.attribute("AssertionConsumerServiceIndex", &index.to_string());
            }
            AssertionConsumerService::Url { url, binding } => {
                writer
                    .optional_attribute("ProtocolBinding", binding.map(Binding::uri))
                    .attribute("AssertionConsumerServiceURL", url);
            }
        }
        let index = self.attribute_consuming_service_index.map(|index| index.to_string());
        writer
            .optional_attribute("AttributeConsumingServiceIndex", index.as_deref())
            .optional_attribute("ProviderName", self.provider_name)
            .leaf("saml:Issuer", self.issuer);
        if self.intended_audience.is_some() || !self.requested_attributes.is_empty() {
            writer.start("samlp:Extensions");
            if let Some(intended) = self.intended_audience {
                intended.write(writer);
            }
            if !self.requested_attributes.is_empty() {
                self.write_requested_attributes(writer);
            }
            writer.end();
        }
        if let Some(context) = &self.requested_authn_context {
            writer.start("samlp:RequestedAuthnContext").attribute("Comparison", context.comparison.as_str());
            for class_ref in &context.class_refs {
                writer.leaf("saml:AuthnContextClassRef", class_ref);
            }
            writer.end();
        }
        if !self.scoping.is_empty() {
            writer.start("samlp:Scoping").start("samlp:IDPList");
            for provider in &self.scoping {
                writer.start("samlp:IDPEntry").attribute("ProviderID", provider).end();
            }
            writer.end().end();
        }
        writer.end();
    }

    fn write_requested_attributes(&self, writer: &mut Writer) {
        writer
            .start("req-attr:RequestedAttributes")
            .attribute("xmlns:req-attr", REQUESTED_ATTRIBUTES)
            .attribute("xmlns:md", METADATA);
        for attribute in &self.requested_attributes {
            writer.start("md:RequestedAttribute").attribute("Name", attribute.name);
            for value in &attribute.values {
                writer
                    .start("saml:AttributeValue")
                    .attribute("xmlns:xsi", XML_SCHEMA_INSTANCE)
                    .attribute("xmlns:xs", XML_SCHEMA)
                    .attribute("xsi:type", "xs:string")
                    .text(value)
                    .end();
            }
            writer.end();
        }
        writer.end();
    }
}

impl<'a> IntendedAudience<'a> {
    /// Reads the two attributes; neither is nobody else.
    fn read(extensions: Element<'a>) -> Result<Option<Self>, Error> {
        let value = |name: &str| {
            let mut named = extensions
                .children()
                .filter(|child| child.is(ASSERTION, "Attribute") && child.attribute("Name") == Some(name));
            let (first, second) = (named.next(), named.next());
            let mut values = first.into_iter().flat_map(|attribute| attribute.children());
            match (first, second, values.next(), values.next()) {
                (None, ..) => Ok(None),
                (Some(_), None, Some(value), None) => trimmed_text(value).map(Some),
                _ => Err(Error::Value { attribute: "Name", expected: "one attribute of the name, with one value" }),
            }
        };
        match (value(INTENDED_AUDIENCE)?, value(SERVICE_UUID)?) {
            (None, None) => Ok(None),
            (Some(entity_id), Some(service_uuid)) => Ok(Some(Self { entity_id, service_uuid })),
            _ => Err(Error::Value { attribute: "Name", expected: "IntendedAudience and ServiceUUID both" }),
        }
    }

    fn write(self, writer: &mut Writer) {
        for (name, value) in [(INTENDED_AUDIENCE, self.entity_id), (SERVICE_UUID, self.service_uuid)] {
            writer.start("saml:Attribute").attribute("Name", name).leaf("saml:AttributeValue", value).end();
        }
    }
}

impl<'a> AssertionConsumerService<'a> {
    fn read(element: Element<'a>) -> Result<Self, Error> {
        let binding = element
            .attribute("ProtocolBinding")
            .map(|uri| {
                let expected = "the URI of a SAML 2.0 binding";
                Binding::from_uri(uri).ok_or(Error::Value { attribute: "ProtocolBinding", expected })
            })
            .transpose()?;
        let url = element.attribute("AssertionConsumerServiceURL");
        match (index(element, "AssertionConsumerServiceIndex")?, url, binding) {
            (None, None, _) => Ok(Self::Default),
            (Some(index), None, None) => Ok(Self::Index(index)),
            (None, Some(url), binding) => Ok(Self::Url { url, binding }),
            (Some(_), _, _) => Err(Error::Value {
                attribute: "AssertionConsumerServiceIndex",
                expected: "no AssertionConsumerServiceURL or ProtocolBinding beside it",
            }),
        }
    }
}

impl<'a> RequestedAuthnContext<'a> {
    fn read(element: Element<'a>) -> Result<Self, Error> {
        let mut children = Children::of(element)?;
        let class_refs =
            children.many(ASSERTION, "AuthnContextClassRef").map(trimmed_text).collect::<Result<_, _>>()?;
        children.finish()?;
        Ok(Self { comparison: Comparison::read(element)?, class_refs })
    }
}

fn read_requested_attributes(extensions: Element<'_>) -> Result<Vec<RequestedAttribute<'_>>, Error> {
    let Some(list) = extensions.children().find(|child| child.is(REQUESTED_ATTRIBUTES, "RequestedAttributes")) else {
        return Ok(Vec::new());
    };
    let mut children = Children::of(list)?;
    let attributes = children
        .many(METADATA, "RequestedAttribute")
        .map(|attribute| {
            let name = required_attribute(attribute, "Name")?;
            let values = attribute.children().map(trimmed_text).collect::<Result<_, _>>()?;
            Ok(RequestedAttribute { name, values })
        })
        .collect::<Result<_, Error>>()?;
    children.finish()?;
    Ok(attributes)
}

fn read_scoping(scoping: Element<'_>) -> Result<Vec<&str>, Error> {
    let mut children = Children::of(scoping)?;
    let list = children.optional(PROTOCOL, "IDPList");
    children.many(PROTOCOL, "RequesterID").for_each(drop);
    children.finish()?;
    let Some(list) = list else { return Ok(Vec::new()) };
    let mut entries = Children::of(list)?;
    let providers = entries
        .many(PROTOCOL, "IDPEntry")
        .map(|entry| required_attribute(entry, "ProviderID"))
        .collect::<Result<_, _>>()?;
    entries.optional(PROTOCOL, "GetComplete");
    entries.finish()?;
    Ok(providers)
}

fn flag(element: Element<'_>, attribute: &'static str) -> Result<bool, Error> {
    match element.attribute(attribute) {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(_) => Err(Error::Value { attribute, expected: "true or false" }),
    }
}

fn index(element: Element<'_>, attribute: &'static str) -> Result<Option<u16>, Error> {
    let expected = "a number from 0 to 65535";
    element.attribute(attribute).map(|text| text.parse().map_err(|_| Error::Value { attribute, expected })).transpose()
}

const INTENDED_AUDIENCE: &str = "urn:nl-eid-gdi:1.0:IntendedAudience";
const SERVICE_UUID: &str = "urn:nl-eid-gdi:1.0:ServiceUUID";
