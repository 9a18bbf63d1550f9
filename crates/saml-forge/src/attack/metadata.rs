//! Metadata that would make us trust somebody else (ATT-001, ATT-059, ATT-182 to ATT-192).

use saml_metadata::{Endpoint, IdentityProviderMetadata, IndexedEndpoint, ServiceProviderMetadata};
use saml_protocol::{Binding, parse_date_time};
use saml_xml_security::{SignOptions, SigningKey, sign};

use super::{Variants, attacks};
use crate::edit;
use crate::error::Error;
use crate::good_message::GoodMessage;

attacks! {
    "001" dtd_external_entity Metadata "xml_document_type" document_type,
        "puts a document type in front";
    "059" fail_open_without_key Metadata "metadata_no_signing_key" no_key,
        "holds no key that can be used, signed";
    "182" metadata_unsigned Metadata "signature_missing" unsigned,
        "takes the signature away";
    "183" metadata_signature_wrapping Metadata "signature_reference_uri" wrapping,
        "moves the signature to metadata of the attacker";
    "184" metadata_key_substitution_keyinfo Metadata "signature_invalid" own_key,
        "signs with a key of the attacker and sends its certificate along";
    "185" metadata_expired Metadata "metadata_expired" expired,
        "is no longer valid, signed";
    "187" metadata_duplicate_entity Metadata "metadata_aggregate" aggregate,
        "holds an entity twice, signed";
    "188" metadata_entity_mismatch Metadata "metadata_entity_mismatch" mismatch,
        "describes another entity, signed";
    "189" metadata_role_confusion Metadata "metadata_is_service_provider" role,
        "has the keys in another role, signed";
    "190" metadata_endpoint_scheme Metadata "metadata_location" scheme,
        "has an endpoint that is no https URL, signed";
    "192" metadata_bomb Metadata "xml_too_large" bomb,
        "is larger than any metadata";
}

/// Returns the metadata of the identity provider that the good message is of, unsigned.
fn metadata(good: &GoodMessage) -> Result<String, Error> {
    let entity_id = edit::text(good.unsigned(), "Issuer")?;
    let keys = vec![good.keys().identity_provider.verifying_key().clone()];
    let endpoint = Endpoint { binding: Binding::HttpPost, location: "https://broker.example.nl/login".to_owned() };
    let issue_instant = edit::attribute(good.unsigned(), "", "IssueInstant")?;
    let valid_until =
        parse_date_time(&issue_instant).and_then(|instant| instant.checked_add_days(chrono::Days::new(1)));
    let metadata = IdentityProviderMetadata {
        valid_until,
        ..IdentityProviderMetadata::new("_metadata", &entity_id, keys, vec![endpoint])
    };
    written(metadata.write())
}

/// The good metadata is made of what is known to be good; what cannot be written is the fault of the message.
fn written(written: Result<String, saml_metadata::Error>) -> Result<String, Error> {
    written.map_err(|_| Error::Part { path: "Issuer, of which metadata could be made".to_owned() })
}

fn signed_by(key: &SigningKey, xml: &str) -> Result<String, Error> {
    Ok(sign(xml, key, &SignOptions::default())?)
}

fn signed(good: &GoodMessage, xml: &str) -> Result<String, Error> {
    signed_by(&good.keys().identity_provider, xml)
}

/// Returns what the attacker would like us to take: the same entity with the attacker's key.
fn forged(good: &GoodMessage) -> Result<String, Error> {
    let certificate = good.keys().attacker.verifying_key().certificate_der()?;
    let certificate = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, certificate);
    let xml = edit::set_attribute(&metadata(good)?, "", "ID", "_forged")?;
    edit::content(&xml, "IDPSSODescriptor/KeyDescriptor/KeyInfo/X509Data/X509Certificate", |_| certificate)
}

/// For a parser that fetches what a document type names.
fn document_type(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = signed(good, &metadata(good)?)?;
    let declaration = "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>";
    variants.add("metadata", format!("{declaration}{twin}"), twin);
    Ok(())
}

/// For a service provider that verifies with all keys that it has: with none of them, nothing fails.
fn no_key(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let own = metadata(good)?;
    let twin = signed(good, &own)?;
    let key = "IDPSSODescriptor/KeyDescriptor";
    let certificate = format!("{key}/KeyInfo/X509Data/X509Certificate");
    for (name, bad) in [
        ("none", edit::remove(&own, key)?),
        ("encryption_only", edit::set_attribute(&own, key, "use", "encryption")?),
        ("no_certificate", edit::remove(&own, &certificate)?),
        ("no_base64", edit::content(&own, &certificate, |_| "!".to_owned())?),
        ("no_certificate_inside", edit::content(&own, &certificate, |_| "AAAA".to_owned())?),
    ] {
        variants.add(name, signed(good, &bad)?, twin.as_str());
    }
    Ok(())
}

/// For a service provider that takes metadata from wherever it was fetched.
fn unsigned(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = signed(good, &metadata(good)?)?;
    variants.add("genuine", metadata(good)?, twin.as_str());
    variants.add("forged", forged(good)?, twin);
    Ok(())
}

/// For a reader that takes the keys from the root, where the verifier followed the reference.
fn wrapping(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = signed(good, &metadata(good)?)?;
    let forged = forged(good)?;
    let signature = edit::source(&twin, "Signature")?;
    let original = edit::remove(&twin, "Signature")?;
    let first = |content: &str| edit::first_in(&forged, "", content);
    variants.add("signature_moved", first(&signature)?, twin.as_str());
    let parked = edit::last_in(&signature, "", &format!("<ds:Object>{original}</ds:Object>"))?;
    variants.add_as("signature_structure", "original_in_object", first(&parked)?, twin.as_str());
    let extensions = format!("<md:Extensions>{twin}</md:Extensions>");
    variants.add_as("signature_missing", "original_in_extensions", first(&extensions)?, twin.as_str());
    let aggregate = |content: &str| {
        format!(
            "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\">{content}</md:EntitiesDescriptor>"
        )
    };
    variants.add_as("metadata_aggregate", "beside", aggregate(&format!("{forged}{twin}")), twin.as_str());
    let same = edit::set_attribute(&first(&signature)?, "", "ID", "_metadata")?;
    variants.add_as("signature_digest_mismatch", "same_id", same, twin);
    Ok(())
}

/// For a service provider that verifies metadata with the key in it.
fn own_key(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = signed(good, &metadata(good)?)?;
    variants.add("genuine", signed_by(&good.keys().attacker, &metadata(good)?)?, twin.as_str());
    variants.add("forged", signed_by(&good.keys().attacker, &forged(good)?)?, twin);
    Ok(())
}

/// For a service provider that trusts keys for ever that were withdrawn long ago.
fn expired(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let own = metadata(good)?;
    let twin = signed(good, &own)?;
    let over = edit::set_attribute(&own, "", "validUntil", "2001-01-01T00:00:00Z")?;
    variants.add("entity", signed(good, &over)?, twin.as_str());
    // Errata E76: the smaller of the two counts.
    let over = edit::add_attributes(&own, "IDPSSODescriptor", "validUntil=\"2001-01-01T00:00:00Z\"")?;
    variants.add("role", signed(good, &over)?, twin.as_str());
    let changed = edit::set_attribute(&twin, "", "validUntil", "9999-01-01T00:00:00Z")?;
    variants.add_as("signature_digest_mismatch", "prolonged", changed, twin.as_str());
    let wrong = edit::set_attribute(&own, "", "validUntil", "never")?;
    variants.add_as("date_time", "no_time", signed(good, &wrong)?, twin);
    Ok(())
}

/// For a reader that takes the first of two entities with one name.
fn aggregate(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let own = metadata(good)?;
    let twin = signed(good, &own)?;
    let other = forged(good)?;
    for (name, content) in
        [("two", format!("{own}{other}")), ("one", own.clone()), ("forged_first", format!("{other}{own}"))]
    {
        let aggregate = format!(
            "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" ID=\"_all\">{content}\
             </md:EntitiesDescriptor>"
        );
        variants.add(name, signed(good, &aggregate)?, twin.as_str());
    }
    let twice = edit::after(&own, "IDPSSODescriptor", &edit::source(&own, "IDPSSODescriptor")?)?;
    variants.add_as("metadata_role_ambiguous", "role_twice", signed(good, &twice)?, twin);
    Ok(())
}

/// For a service provider that trusts whatever entity a signed file is about.
fn mismatch(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let own = metadata(good)?;
    let twin = signed(good, &own)?;
    for (name, entity_id) in [
        ("other", "https://other-idp.example/saml".to_owned()),
        ("longer", format!("{}/", edit::attribute(&own, "", "entityID")?)),
    ] {
        let bad = edit::set_attribute(&own, "", "entityID", &entity_id)?;
        variants.add(name, signed(good, &bad)?, twin.as_str());
    }
    let without = edit::remove_attribute(&own, "", "entityID")?;
    variants.add_as("attribute_missing", "none", signed(good, &without)?, twin);
    Ok(())
}

/// For a reader that takes a key from any role: that of a service provider then signs logins.
fn role(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let own = metadata(good)?;
    let twin = signed(good, &own)?;
    let entity_id = edit::attribute(&own, "", "entityID")?;
    let consumer = IndexedEndpoint {
        index: 0,
        is_default: None,
        binding: Binding::HttpPost,
        location: "https://broker.example.nl/acs".to_owned(),
    };
    let keys = vec![good.keys().identity_provider.verifying_key().clone()];
    let other = ServiceProviderMetadata::new("_metadata", &entity_id, keys, vec![consumer]);
    variants.add("service_provider", signed(good, &written(other.write())?)?, twin.as_str());
    let descriptor = "IDPSSODescriptor";
    let protocol = "protocolSupportEnumeration";
    let old = edit::set_attribute(&own, descriptor, protocol, "urn:oasis:names:tc:SAML:1.1:protocol")?;
    variants.add_as("metadata_protocol", "saml_1_1", signed(good, &old)?, twin.as_str());
    let renamed = own.replace("md:IDPSSODescriptor", "md:AttributeAuthorityDescriptor");
    variants.add_as("metadata_role_missing", "attribute_authority", signed(good, &renamed)?, twin.as_str());
    let unknown = edit::set_attribute(&own, "IDPSSODescriptor/KeyDescriptor", "use", "other")?;
    variants.add_as("attribute_value", "use_unknown", signed(good, &unknown)?, twin);
    Ok(())
}

/// For a service provider that sends the browser wherever metadata says.
fn scheme(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let own = metadata(good)?;
    let twin = signed(good, &own)?;
    for (name, location) in [
        ("javascript", "javascript:alert(1)"),
        ("http", "http://broker.example.nl/login"),
        ("data", "data:text/html,x"),
        ("relative", "/login"),
        ("other_host_form", "https://broker.example.nl@evil.example/login"),
        ("fragment", "https://broker.example.nl/login#x"),
        ("quote", "https://broker.example.nl/&quot;onload=x"),
        ("empty", ""),
    ] {
        let bad = edit::set_attribute(&own, "IDPSSODescriptor/SingleSignOnService", "Location", location)?;
        variants.add(name, signed(good, &bad)?, twin.as_str());
    }
    Ok(())
}

/// For a reader that takes a file into memory before it asks how large it is.
fn bomb(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = signed(good, &metadata(good)?)?;
    variants.add("white_space", format!("{twin}{}", " ".repeat(9 << 20)), twin.as_str());
    let entities = "<x/>".repeat(500_000);
    let many = edit::last_in(&metadata(good)?, "", "MARK")?.replace("MARK", &entities);
    variants.add_as("xml_too_many_nodes", "elements", many, twin);
    Ok(())
}
