use chrono::{DateTime, Utc};
use saml_protocol::namespaces::{METADATA, PROTOCOL, XMLDSIG};
use saml_protocol::{Binding, format_date_time};
use saml_xml::Writer;
use saml_xml_security::{SignOptions, SigningKey, VerifyingKey, sign};

use super::service_provider_metadata::ASSERTION_CONSUMER_SERVICE;
use super::{
    AttributeConsumingService, KeyNameConvention, LocalizedName, RequestedAttribute, ServiceProviderMetadata,
    require_name, start_entity, write_indexed_endpoints, write_keys,
};
use crate::aggregate::Aggregate;
use crate::endpoint::IndexedEndpoint;
use crate::error::Error;

/// A service in the service catalogue of Stelsel Toegang.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueService {
    /// Its UUID.
    pub uuid: String,
    /// Its name in Dutch.
    pub name: String,
}

impl ServiceProviderMetadata {
    /// Returns what Logius registers for DigiD 3.x (DigiD SAML 3.7, metadata): neither `validUntil` nor
    /// `cacheDuration`, keys to sign with only, and one consumer service, HTTP-Artifact with index 0.
    ///
    /// Endpoints for logout are added by those who take part in single sign-on, and by nobody else.
    #[must_use]
    pub fn digid(id: &str, entity_id: &str, signing_keys: Vec<VerifyingKey>, consumer: &str) -> Self {
        let consumer = IndexedEndpoint {
            index: 0,
            is_default: None,
            binding: Binding::HttpArtifact,
            location: consumer.to_owned(),
        };
        let metadata = Self::new(id, entity_id, signing_keys, vec![consumer]);
        Self { key_names: KeyNameConvention::Sha1, ..metadata }
    }

    /// Returns what a service provider registers at Stelsel Toegang (ST-SAML 1.0, DV metadata): with a `validUntil`,
    /// consumer services by HTTP-Artifact that are numbered in their order, the first the default, and the services by
    /// their UUID.
    ///
    /// `signing_keys` starts with the key that messages are signed with; the key of the TLS client, where that is
    /// another, is the second, as DigiD takes them by their place. Without `services`, requests name theirs in an
    /// extension.
    ///
    /// ```
    /// use chrono::DateTime;
    /// use saml_metadata::{CatalogueService, Error, Metadata, ServiceProviderMetadata};
    /// use saml_xml_security::SigningKey;
    ///
    /// let key = SigningKey::generate_self_signed(2048, "portal.example.nl", 0, 4_000_000_000)?;
    /// let services = [CatalogueService {
    ///     uuid: "375b1cb1-14b7-42e9-a534-16cc4d8997b0".to_owned(),
    ///     name: "Vergunningen".to_owned(),
    /// }];
    /// let until = DateTime::from_timestamp(1_900_000_000, 0).unwrap();
    /// let file = ServiceProviderMetadata::stelsel_toegang(
    ///     "_1",
    ///     "urn:nl-eid-gdi:1.0:DV:00000009999999999004:entities:9000",
    ///     until,
    ///     vec![key.verifying_key().clone()],
    ///     vec![key.verifying_key().clone()],
    ///     &["https://portal.example.nl/saml/acs"],
    ///     &services,
    /// )
    /// .sign(&key)?;
    /// let portal = Metadata::parse_unverified(file.as_bytes())?.service_provider()?;
    /// assert_eq!(portal.attribute_consuming_service_indexes(), [0]);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn stelsel_toegang(
        id: &str,
        entity_id: &str,
        valid_until: DateTime<Utc>,
        signing_keys: Vec<VerifyingKey>,
        encryption_keys: Vec<VerifyingKey>,
        consumers: &[&str],
        services: &[CatalogueService],
    ) -> Self {
        Self {
            valid_until: Some(valid_until),
            encryption_keys,
            key_names: KeyNameConvention::Sha1,
            attribute_consuming_services: numbered(services).map(|(index, service)| service.write_as(index)).collect(),
            ..Self::new(id, entity_id, signing_keys, artifact_consumers(consumers))
        }
    }
}

impl CatalogueService {
    fn write_as(&self, index: u16) -> AttributeConsumingService {
        AttributeConsumingService {
            index,
            is_default: Some(index == 0),
            service_names: vec![LocalizedName { language: "nl".to_owned(), name: self.name.clone() }],
            requested_attributes: vec![RequestedAttribute {
                name: "urn:nl-eid-gdi:1.0:ServiceUUID".to_owned(),
                is_required: None,
                values: vec![self.uuid.clone()],
            }],
        }
    }
}

/// The metadata of a cluster connection of Stelsel Toegang (ST-SAML 1.0, LC metadata): an aggregate of the supplier who
/// talks to the routing service, and of the service providers that it talks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterMetadata {
    /// The `ID` of the aggregate.
    pub id: String,
    /// The supplier, whose `valid_until` is that of the whole.
    pub supplier: ServiceProviderMetadata,
    /// The service providers.
    pub members: Vec<ClusterMember>,
}

/// A service provider in a cluster: it is known by what may be encrypted to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterMember {
    /// The `ID` of its part.
    pub id: String,
    /// Its entity ID.
    pub entity_id: String,
    /// The keys that may be encrypted to: one, or two while one is being replaced.
    pub encryption_keys: Vec<VerifyingKey>,
}

impl ClusterMetadata {
    /// Writes the aggregate and signs it with the key of the supplier; its parts are not signed.
    ///
    /// # Errors
    /// As [`ServiceProviderMetadata::sign`]; [`Error::ElementMissing`] for a member without a key; what [`Aggregate`]
    /// refuses, such as an ID or an entity that stands twice.
    pub fn sign(&self, key: &SigningKey) -> Result<String, Error> {
        let mut writer = Writer::new();
        require_name(&self.id)?;
        let valid_until = self.supplier.valid_until;
        writer
            .start("md:EntitiesDescriptor")
            .attribute("xmlns:md", METADATA)
            .attribute("xmlns:ds", XMLDSIG)
            .attribute("ID", &self.id)
            .optional_attribute("validUntil", valid_until.map(format_date_time).as_deref());
        self.supplier.write_into(&mut writer)?;
        for member in &self.members {
            if member.encryption_keys.is_empty() {
                return Err(Error::ElementMissing { element: "KeyDescriptor" });
            }
            start_entity(&mut writer, &member.id, &member.entity_id, valid_until)?;
            writer
                .start("md:SPSSODescriptor")
                .attribute("AuthnRequestsSigned", "true")
                .attribute("WantAssertionsSigned", "true")
                .attribute("protocolSupportEnumeration", PROTOCOL);
            write_keys(&mut writer, "encryption", &member.encryption_keys, self.supplier.key_names)?;
            // The schema wants one; the routing service passes it over (ST-SAML 1.0, LC metadata).
            let consumers = &self.supplier.assertion_consumer_services;
            write_indexed_endpoints(&mut writer, ASSERTION_CONSUMER_SERVICE, consumers)?;
            writer.end().end();
        }
        writer.end();
        let unsigned = writer.finish()?;
        Aggregate::parse_unverified(unsigned.as_bytes())?;
        Ok(sign(&unsigned, key, &SignOptions::default())?)
    }
}

/// Numbers consumer services in their order: DigiD takes the index for a place in the list.
fn artifact_consumers(locations: &[&str]) -> Vec<IndexedEndpoint> {
    let consumer = |(index, location): (u16, &&str)| IndexedEndpoint {
        index,
        is_default: Some(index == 0),
        binding: Binding::HttpArtifact,
        location: (*location).to_owned(),
    };
    numbered(locations).map(consumer).collect()
}

fn numbered<T>(all: &[T]) -> impl Iterator<Item = (u16, &T)> {
    (0..).zip(all)
}
