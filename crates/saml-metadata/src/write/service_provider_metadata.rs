use std::time::Duration;

use chrono::{DateTime, Utc};
use saml_protocol::namespaces::{ASSERTION, PROTOCOL};
use saml_xml::Writer;
use saml_xml_security::{SignOptions, SigningKey, VerifyingKey, sign};

use super::{
    KeyNameConvention, SINGLE_LOGOUT_SERVICE, flag, require_key, start_entity, write_endpoints, write_index,
    write_indexed_endpoints, write_keys,
};
use crate::endpoint::{Endpoint, IndexedEndpoint, require_unique};
use crate::error::Error;

/// The metadata of a service provider, to be written: what Signicat or Logius registers of a portal.
///
/// Only public parts of keys go in (ATT-195). `AuthnRequestsSigned` is always true.
///
/// ```
/// use saml_metadata::{Error, IndexedEndpoint, KeyNameConvention, Metadata, ServiceProviderMetadata};
/// use saml_protocol::Binding;
/// use saml_xml_security::SigningKey;
///
/// let key = SigningKey::generate_self_signed(2048, "portal.example.nl", 0, 4_000_000_000)?;
/// let location = "https://portal.example.nl/saml/acs".to_owned();
/// let mut metadata = ServiceProviderMetadata::new(
///     "_1",
///     "https://portal.example.nl/saml/metadata",
///     vec![key.verifying_key().clone()],
///     vec![IndexedEndpoint { index: 0, is_default: None, binding: Binding::HttpArtifact, location }],
/// );
/// metadata.key_names = KeyNameConvention::Sha1;
/// let file = metadata.sign(&key)?;
/// assert!(!file.contains("validUntil") && !file.contains("cacheDuration"));
///
/// let portal = Metadata::parse_unverified(file.as_bytes())?.service_provider()?;
/// assert_eq!(portal.assertion_consumer_services(), metadata.assertion_consumer_services);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceProviderMetadata {
    /// The `ID`: an XML name, new for each file.
    pub id: String,
    /// The entity ID.
    pub entity_id: String,
    /// The first moment at which the file is no longer valid. Not written when absent: Logius registers files by hand
    /// and wants neither this nor the next.
    pub valid_until: Option<DateTime<Utc>>,
    /// How long a reader may keep the file, in whole seconds. DigiD 3.x forbids it.
    pub cache_duration: Option<Duration>,
    /// Whether each assertion must be signed by itself; true unless changed.
    pub want_assertions_signed: bool,
    /// The keys that we sign with: the present one, the next one, or both.
    pub signing_keys: Vec<VerifyingKey>,
    /// The keys that may be encrypted to.
    pub encryption_keys: Vec<VerifyingKey>,
    /// What the `KeyName` of each key is; the SHA-256 unless changed, as Signicat does.
    pub key_names: KeyNameConvention,
    /// Where logout messages go.
    pub single_logout: Vec<Endpoint>,
    /// The formats of `NameID` that we take.
    pub name_id_formats: Vec<String>,
    /// Where answers go, at least one.
    pub assertion_consumer_services: Vec<IndexedEndpoint>,
    /// The sets of attributes that a request may ask for by index.
    pub attribute_consuming_services: Vec<AttributeConsumingService>,
}

/// A set of attributes that a service wants (SAML Metadata 2.4.4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeConsumingService {
    /// The number by which requests name it.
    pub index: u16,
    /// Whether it is the one to use when none is named, where that is said.
    pub is_default: Option<bool>,
    /// The name of the service, at least one, in one language each.
    pub service_names: Vec<LocalizedName>,
    /// The attributes, at least one.
    pub requested_attributes: Vec<RequestedAttribute>,
}

/// A name in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalizedName {
    /// The language, such as `nl`.
    pub language: String,
    /// The name.
    pub name: String,
}

/// An attribute that a service wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedAttribute {
    /// Its name.
    pub name: String,
    /// Whether the service cannot do without it, where that is said.
    pub is_required: Option<bool>,
    /// The values that are wanted; none for any.
    pub values: Vec<String>,
}

impl ServiceProviderMetadata {
    /// Starts with what every service provider has; what else there is to say are fields.
    #[must_use]
    pub fn new(
        id: &str,
        entity_id: &str,
        signing_keys: Vec<VerifyingKey>,
        assertion_consumer_services: Vec<IndexedEndpoint>,
    ) -> Self {
        Self {
            id: id.to_owned(),
            entity_id: entity_id.to_owned(),
            valid_until: None,
            cache_duration: None,
            want_assertions_signed: true,
            signing_keys,
            encryption_keys: Vec::new(),
            key_names: KeyNameConvention::Sha256,
            single_logout: Vec::new(),
            name_id_formats: Vec::new(),
            assertion_consumer_services,
            attribute_consuming_services: Vec::new(),
        }
    }

    /// Writes the file without a signature.
    ///
    /// # Errors
    /// [`Error::NoSigningKey`], [`Error::ElementMissing`] without an `AssertionConsumerService` or with a service that
    /// has no name or no attribute, [`Error::DuplicateIndex`], [`Error::Location`], [`Error::Schema`] for an unfit `ID`
    /// or entity ID, [`Error::Write`].
    pub fn write(&self) -> Result<String, Error> {
        let mut writer = Writer::new();
        self.write_into(&mut writer)?;
        Ok(writer.finish()?)
    }

    /// Writes the `EntityDescriptor` as a file of its own or as a part of an aggregate.
    pub(super) fn write_into(&self, writer: &mut Writer) -> Result<(), Error> {
        start_entity(writer, &self.id, &self.entity_id, self.valid_until)?;
        let cache_duration = self.cache_duration.map(|duration| format!("PT{}S", duration.as_secs()));
        writer.optional_attribute("cacheDuration", cache_duration.as_deref());
        require_key(&self.entity_id, &self.signing_keys)?;
        if self.assertion_consumer_services.is_empty() {
            return Err(Error::ElementMissing { element: ASSERTION_CONSUMER_SERVICE.1 });
        }
        // From here on the order is that of SPSSODescriptorType (SAML Metadata 2.4.4).
        writer
            .start("md:SPSSODescriptor")
            .attribute("AuthnRequestsSigned", "true")
            .attribute("WantAssertionsSigned", flag(self.want_assertions_signed))
            .attribute("protocolSupportEnumeration", PROTOCOL);
        write_keys(writer, "signing", &self.signing_keys, self.key_names)?;
        write_keys(writer, "encryption", &self.encryption_keys, self.key_names)?;
        write_endpoints(writer, SINGLE_LOGOUT_SERVICE, &self.single_logout)?;
        for format in &self.name_id_formats {
            writer.leaf("md:NameIDFormat", format);
        }
        write_indexed_endpoints(writer, ASSERTION_CONSUMER_SERVICE, &self.assertion_consumer_services)?;
        let indexes = self.attribute_consuming_services.iter().map(|service| service.index);
        require_unique("AttributeConsumingService", indexes)?;
        for service in &self.attribute_consuming_services {
            service.write(writer)?;
        }
        writer.end().end();
        Ok(())
    }

    /// Writes the file and signs it with RSA and SHA-256.
    ///
    /// # Errors
    /// As [`write`](Self::write), and [`Error::Signature`] when `key` cannot make such a signature.
    pub fn sign(&self, key: &SigningKey) -> Result<String, Error> {
        Ok(sign(&self.write()?, key, &SignOptions::default())?)
    }
}

impl AttributeConsumingService {
    fn write(&self, writer: &mut Writer) -> Result<(), Error> {
        if self.service_names.is_empty() {
            return Err(Error::ElementMissing { element: "ServiceName" });
        }
        if self.requested_attributes.is_empty() {
            return Err(Error::ElementMissing { element: "RequestedAttribute" });
        }
        write_index(writer.start("md:AttributeConsumingService"), self.index, self.is_default);
        for name in &self.service_names {
            writer.start("md:ServiceName").attribute("xml:lang", &name.language).text(&name.name).end();
        }
        for attribute in &self.requested_attributes {
            writer
                .start("md:RequestedAttribute")
                .attribute("Name", &attribute.name)
                .optional_attribute("isRequired", attribute.is_required.map(flag));
            for value in &attribute.values {
                writer.start("saml:AttributeValue").attribute("xmlns:saml", ASSERTION).text(value).end();
            }
            writer.end();
        }
        writer.end();
        Ok(())
    }
}

pub(super) const ASSERTION_CONSUMER_SERVICE: (&str, &str) = ("md:AssertionConsumerService", "AssertionConsumerService");
