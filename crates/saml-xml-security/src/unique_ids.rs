use std::collections::HashSet;

use saml_xml::Document;

use crate::error::Error;

/// Refuses a document in which one `ID` stands twice.
///
/// A reference is compared with the ID of the element that is consumed and never looked up, so a double cannot mislead
/// [`verify`](crate::verify); it is refused because it serves nobody but an attacker (ATT-028, ATT-032).
///
/// # Errors
/// [`Error::DuplicateId`].
pub fn require_unique_ids(document: &Document) -> Result<(), Error> {
    let mut seen = HashSet::new();
    let unique = document.elements().filter_map(|element| element.attribute("ID")).all(|id| seen.insert(id));
    if unique { Ok(()) } else { Err(Error::DuplicateId) }
}
