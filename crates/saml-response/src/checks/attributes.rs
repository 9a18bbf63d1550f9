use saml_protocol::{Attribute, AttributeValue};

use crate::checks::ATTRIBUTES;
use crate::error::Error;
use crate::policy::ResponsePolicy;
use crate::trace::Trace;
use crate::valid_assertion::SignedAttribute;

/// Keeps the attributes that the policy names; one that stands twice refuses the response (ATT-139), and so does one
/// whose values are to be encrypted identifiers and one of which is something else (ATT-101).
///
/// Values that hold elements are left out: nobody here looks into them (ATT-037).
pub(crate) fn attributes(
    attributes: &[Attribute<'_>],
    policy: &ResponsePolicy,
    trace: &mut Trace,
) -> Result<Vec<SignedAttribute>, Error> {
    let mut kept: Vec<SignedAttribute> = Vec::new();
    for attribute in attributes {
        let identifies = policy.identifiers.iter().any(|name| name == attribute.name);
        if !identifies && !policy.attributes.keeps(attribute.name) {
            continue;
        }
        if kept.iter().any(|known| known.name == attribute.name) {
            let found = format!("{} twice", attribute.name);
            return Err(trace.fail(&ATTRIBUTES, "attribute_duplicate", "each attribute once", found));
        }
        let is_identifier = |value: &AttributeValue<'_>| matches!(value, AttributeValue::NameId(_));
        if identifies && !attribute.values.iter().all(is_identifier) {
            let found = format!("another kind of value in {}", attribute.name);
            let expected = "encrypted identifiers that our keys open";
            return Err(trace.fail(&ATTRIBUTES, "attribute_identifier", expected, found));
        }
        let mut signed = SignedAttribute { name: attribute.name.to_owned(), ..SignedAttribute::default() };
        for value in &attribute.values {
            match value {
                AttributeValue::NameId(name_id) => signed.identifiers.push((*name_id).into()),
                AttributeValue::Opaque => {}
                AttributeValue::Text(text) => signed.values.push((*text).to_owned()),
            }
        }
        kept.push(signed);
    }
    trace.pass(&ATTRIBUTES, || "each attribute once", || format!("{} kept of {}", kept.len(), attributes.len()));
    Ok(kept)
}
