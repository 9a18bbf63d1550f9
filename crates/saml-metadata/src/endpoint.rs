use saml_protocol::{Binding, required_attribute};
use saml_xml::Element;

use crate::attributes::{collapse, flag, index};
use crate::error::Error;
use crate::location;

/// A place that messages are sent to (SAML Metadata 2.2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// How they are sent there.
    pub binding: Binding,
    /// The URL.
    pub location: String,
}

/// One of several places of the same kind, which messages name by its index (SAML Metadata 2.2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexedEndpoint {
    /// The number by which it is named.
    pub index: u16,
    /// Whether it is the one to use when none is named, where that is said.
    pub is_default: Option<bool>,
    /// How messages are sent there.
    pub binding: Binding,
    /// The URL.
    pub location: String,
}

impl Endpoint {
    /// Reads an endpoint; `None` when its binding is one that this project does not speak.
    ///
    /// # Errors
    /// [`Error::Location`] for a location that nothing may be sent to.
    pub(crate) fn read(element: Element<'_>, name: &'static str) -> Result<Option<Self>, Error> {
        let Some(binding) = Binding::from_uri(collapse(required_attribute(element, "Binding")?)) else {
            return Ok(None);
        };
        let location = collapse(required_attribute(element, "Location")?);
        location::check(name, location)?;
        Ok(Some(Self { binding, location: location.to_owned() }))
    }

    /// Reads where answers go: to the `ResponseLocation`, where there is one.
    pub(crate) fn read_for_answers(element: Element<'_>, name: &'static str) -> Result<Option<Self>, Error> {
        let endpoint = Self::read(element, name)?;
        let Some(location) = element.attribute("ResponseLocation").map(collapse) else { return Ok(endpoint) };
        location::check(name, location)?;
        Ok(endpoint.map(|endpoint| Self { location: location.to_owned(), ..endpoint }))
    }

    pub(crate) fn check(&self, name: &'static str) -> Result<(), Error> {
        location::check(name, &self.location)
    }
}

impl IndexedEndpoint {
    pub(crate) fn read(element: Element<'_>, name: &'static str) -> Result<Option<Self>, Error> {
        let (index, is_default) = (index(element)?, flag(element, "isDefault")?);
        let endpoint = Endpoint::read(element, name)?;
        Ok(endpoint.map(|Endpoint { binding, location }| Self { index, is_default, binding, location }))
    }

    pub(crate) fn check(&self, name: &'static str) -> Result<(), Error> {
        location::check(name, &self.location)
    }
}

/// Returns the location of the first endpoint with `binding`.
pub(crate) fn location_of(endpoints: &[Endpoint], binding: Binding) -> Option<&str> {
    endpoints.iter().find(|endpoint| endpoint.binding == binding).map(|endpoint| endpoint.location.as_str())
}

/// Returns the endpoint to use when none is named: the first that says so, else the first that does not deny it, else
/// the first (SAML Metadata 2.2.3).
pub(crate) fn default_of(endpoints: &[IndexedEndpoint]) -> Option<&IndexedEndpoint> {
    let first = |wanted| endpoints.iter().find(|endpoint| endpoint.is_default == wanted);
    first(Some(true)).or_else(|| first(None)).or_else(|| endpoints.first())
}

/// Refuses an index that stands twice: two readers could take two different endpoints.
pub(crate) fn require_unique(element: &'static str, indexes: impl Iterator<Item = u16>) -> Result<(), Error> {
    let mut seen = std::collections::HashSet::new();
    for index in indexes {
        if !seen.insert(index) {
            return Err(Error::DuplicateIndex { element, index });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(index: u16, is_default: Option<bool>) -> IndexedEndpoint {
        let location = "https://portal.example.nl/acs".to_owned();
        IndexedEndpoint { index, is_default, binding: Binding::HttpPost, location }
    }

    #[test]
    fn the_default_is_the_one_that_says_so_then_the_one_that_does_not_deny_it_then_the_first() {
        let (yes, no, unsaid) = (endpoint(0, Some(true)), endpoint(1, Some(false)), endpoint(2, None));
        let index = |endpoints: &[IndexedEndpoint]| default_of(endpoints).map(|endpoint| endpoint.index);
        assert_eq!(index(&[no.clone(), unsaid.clone(), yes]), Some(0));
        assert_eq!(index(&[no.clone(), unsaid]), Some(2));
        assert_eq!(index(&[no.clone(), endpoint(3, Some(false))]), Some(1));
        assert_eq!(index(&[]), None);
    }

    #[test]
    fn an_index_that_stands_twice_is_refused() {
        assert_eq!(require_unique("AssertionConsumerService", [0, 1].into_iter()), Ok(()));
        assert_eq!(
            require_unique("AssertionConsumerService", [1, 1].into_iter()),
            Err(Error::DuplicateIndex { element: "AssertionConsumerService", index: 1 })
        );
    }
}
