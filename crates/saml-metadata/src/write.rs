//! What both kinds of metadata that we write have in common.

mod identity_provider_metadata;
mod registrations;
mod service_provider_metadata;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use saml_protocol::namespaces::{METADATA, XMLDSIG};
use saml_protocol::{Binding, Error as SchemaError, format_date_time};
use saml_xml::Writer;
use saml_xml_security::VerifyingKey;

pub use self::identity_provider_metadata::IdentityProviderMetadata;
pub use self::registrations::{CatalogueService, ClusterMember, ClusterMetadata};
pub use self::service_provider_metadata::{
    AttributeConsumingService, LocalizedName, RequestedAttribute, ServiceProviderMetadata,
};
use crate::attributes::check_entity_id;
use crate::endpoint::{Endpoint, IndexedEndpoint, require_unique};
use crate::error::{Error, shorten};

/// What the `KeyName` of a key is made of. Whoever reads it takes it for any text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyNameConvention {
    /// The SHA-1 of the certificate in hexadecimal digits, as DigiD does.
    Sha1,
    /// The SHA-256 of the certificate in hexadecimal digits, as Signicat does.
    Sha256,
}

impl KeyNameConvention {
    /// Returns the name of `key`.
    #[must_use]
    pub fn name(self, key: &VerifyingKey) -> &str {
        match self {
            Self::Sha1 => key.sha1_fingerprint(),
            Self::Sha256 => key.sha256_fingerprint(),
        }
    }
}

/// Opens the `EntityDescriptor`, ready for more attributes.
fn start_entity(
    writer: &mut Writer,
    id: &str,
    entity_id: &str,
    valid_until: Option<DateTime<Utc>>,
) -> Result<(), Error> {
    require_name(id)?;
    check_entity_id(entity_id)?;
    writer
        .start("md:EntityDescriptor")
        .attribute("xmlns:md", METADATA)
        .attribute("xmlns:ds", XMLDSIG)
        .attribute("ID", id)
        .attribute("entityID", entity_id)
        .optional_attribute("validUntil", valid_until.map(format_date_time).as_deref());
    Ok(())
}

/// Requires an ID to be an NCName, as the reference of a signature names it (XML Signature 4.4.3.1, xs:ID).
fn require_name(id: &str) -> Result<(), Error> {
    let is_name = id.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && id.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if is_name { Ok(()) } else { Err(SchemaError::Value { attribute: "ID", expected: "an XML name" }.into()) }
}

/// Refuses metadata that would tell nobody how to verify what we sign (ATT-059).
fn require_key(entity_id: &str, keys: &[VerifyingKey]) -> Result<(), Error> {
    if keys.is_empty() {
        return Err(Error::NoSigningKey { entity_id: shorten(entity_id), skipped: 0 });
    }
    Ok(())
}

fn write_keys(
    writer: &mut Writer,
    usage: &str,
    keys: &[VerifyingKey],
    convention: KeyNameConvention,
) -> Result<(), Error> {
    for key in keys {
        writer
            .start("md:KeyDescriptor")
            .attribute("use", usage)
            .start("ds:KeyInfo")
            .leaf("ds:KeyName", convention.name(key))
            .start("ds:X509Data")
            .leaf("ds:X509Certificate", &STANDARD.encode(key.certificate_der()?))
            .end()
            .end()
            .end();
    }
    Ok(())
}

/// Writes endpoints by an element whose name is given with and without its prefix.
fn write_endpoints(
    writer: &mut Writer,
    (tag, name): (&'static str, &'static str),
    endpoints: &[Endpoint],
) -> Result<(), Error> {
    for endpoint in endpoints {
        endpoint.check(name)?;
        start_endpoint(writer, tag, endpoint.binding, &endpoint.location).end();
    }
    Ok(())
}

fn write_indexed_endpoints(
    writer: &mut Writer,
    (tag, name): (&'static str, &'static str),
    endpoints: &[IndexedEndpoint],
) -> Result<(), Error> {
    require_unique(name, endpoints.iter().map(|endpoint| endpoint.index))?;
    for endpoint in endpoints {
        endpoint.check(name)?;
        start_endpoint(writer, tag, endpoint.binding, &endpoint.location);
        write_index(writer, endpoint.index, endpoint.is_default).end();
    }
    Ok(())
}

fn start_endpoint<'w>(writer: &'w mut Writer, tag: &'static str, binding: Binding, location: &str) -> &'w mut Writer {
    writer.start(tag).attribute("Binding", binding.uri()).attribute("Location", location)
}

fn write_index(writer: &mut Writer, index: u16, is_default: Option<bool>) -> &mut Writer {
    writer.attribute("index", &index.to_string()).optional_attribute("isDefault", is_default.map(flag))
}

/// Writes an `xs:boolean`.
const fn flag(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

const ARTIFACT_RESOLUTION_SERVICE: (&str, &str) = ("md:ArtifactResolutionService", "ArtifactResolutionService");
const SINGLE_LOGOUT_SERVICE: (&str, &str) = ("md:SingleLogoutService", "SingleLogoutService");
