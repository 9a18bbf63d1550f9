use saml_protocol::{Attribute, AttributeValue};

use crate::attribute_filter::AttributeFilter;
use crate::checks::ATTRIBUTES;
use crate::error::Error;
use crate::trace::Trace;
use crate::valid_assertion::SignedAttribute;

/// Keeps the attributes that the filter names; one that stands twice refuses the response (ATT-139).
///
/// Values that hold elements are left out: nobody here looks into them (ATT-037).
pub(crate) fn attributes(
    attributes: &[Attribute<'_>],
    filter: &AttributeFilter,
    trace: &mut Trace,
) -> Result<Vec<SignedAttribute>, Error> {
    let mut kept: Vec<SignedAttribute> = Vec::new();
    for attribute in attributes.iter().filter(|attribute| filter.keeps(attribute.name)) {
        if kept.iter().any(|known| known.name == attribute.name) {
            let found = format!("{} twice", attribute.name);
            return Err(trace.fail(&ATTRIBUTES, "attribute_duplicate", "each attribute once".to_owned(), found));
        }
        let values = attribute.values.iter().filter_map(|value| match value {
            AttributeValue::Text(text) => Some((*text).to_owned()),
            AttributeValue::Opaque => None,
        });
        kept.push(SignedAttribute { name: attribute.name.to_owned(), values: values.collect() });
    }
    trace.pass(
        &ATTRIBUTES,
        || "each attribute once".to_owned(),
        || format!("{} kept of {}", kept.len(), attributes.len()),
    );
    Ok(kept)
}
