use chrono::{DateTime, Utc};
use saml_protocol::namespaces::{METADATA, PROTOCOL, XMLDSIG};
use saml_protocol::{Binding, Children, required_attribute, trimmed_text};
use saml_xml::Element;

use crate::attributes::valid_until;
use crate::endpoint::{Endpoint, IndexedEndpoint, require_unique};
use crate::error::Error;
use crate::key_descriptor::RoleKeys;
use crate::role::Role;

/// What the roles of identity provider and service provider begin with (SAML Metadata 2.4.1 and 2.4.2).
pub(crate) struct SsoDescriptor<'d> {
    /// What follows, still to be read.
    pub(crate) children: Children<'d>,
    pub(crate) role: Role,
    pub(crate) artifact_resolution: Vec<IndexedEndpoint>,
}

impl<'d> SsoDescriptor<'d> {
    /// Reads them of the entity `entity_id`, which is valid until `entity_until`.
    pub(crate) fn read(entity_id: &str, entity_until: Option<DateTime<Utc>>, role: Element<'d>) -> Result<Self, Error> {
        let mut children = Children::of(role)?;
        children.optional(XMLDSIG, "Signature");
        children.optional(METADATA, "Extensions");
        let mut keys = RoleKeys::default();
        for descriptor in children.many(METADATA, "KeyDescriptor") {
            keys.read(descriptor)?;
        }
        children.optional(METADATA, "Organization");
        children.many(METADATA, "ContactPerson").for_each(drop);
        let mut artifact_resolution = indexed_endpoints(&mut children, "ArtifactResolutionService")?;
        // The profile of artifact resolution knows no other binding (SAML Profiles 5.3).
        artifact_resolution.retain(|endpoint| endpoint.binding == Binding::Soap);
        let (mut single_logout, mut single_logout_answers) = (Vec::new(), Vec::new());
        for element in children.many(METADATA, "SingleLogoutService") {
            single_logout.extend(Endpoint::read(element, "SingleLogoutService")?);
            single_logout_answers.extend(Endpoint::read_for_answers(element, "SingleLogoutService")?);
        }
        children.many(METADATA, "ManageNameIDService").for_each(drop);
        let name_id_formats =
            children.many(METADATA, "NameIDFormat").map(|format| trimmed_text(format).map(str::to_owned));
        let name_id_formats = name_id_formats.collect::<Result<_, _>>()?;
        let role = Role {
            entity_id: entity_id.to_owned(),
            valid_until: earlier(entity_until, valid_until(role)?),
            keys,
            single_logout,
            single_logout_answers,
            name_id_formats,
        };
        Ok(Self { children, role, artifact_resolution })
    }
}

/// Tells whether SAML 2.0 is among the protocols of a role (ATT-189).
pub(crate) fn supports_saml2(role: Element<'_>) -> Result<bool, Error> {
    Ok(required_attribute(role, "protocolSupportEnumeration")?.split_ascii_whitespace().any(|uri| uri == PROTOCOL))
}

/// Reads the endpoints that stand here; those with a binding that is not spoken are left out.
pub(crate) fn endpoints(children: &mut Children<'_>, name: &'static str) -> Result<Vec<Endpoint>, Error> {
    children.many(METADATA, name).filter_map(|element| Endpoint::read(element, name).transpose()).collect()
}

/// Reads the endpoints with an index that stand here; those with a binding that is not spoken are left out.
pub(crate) fn indexed_endpoints(
    children: &mut Children<'_>,
    name: &'static str,
) -> Result<Vec<IndexedEndpoint>, Error> {
    let endpoints: Vec<_> = children
        .many(METADATA, name)
        .filter_map(|element| IndexedEndpoint::read(element, name).transpose())
        .collect::<Result<_, _>>()?;
    require_unique(name, endpoints.iter().map(|endpoint| endpoint.index))?;
    Ok(endpoints)
}

/// Returns the earlier of two ends of validity: the smaller wins (SAML Metadata, erratum E76).
fn earlier(one: Option<DateTime<Utc>>, other: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    one.into_iter().chain(other).min()
}
