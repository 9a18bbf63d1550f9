use saml_xml::Element;

use crate::error::Error;

/// Reads the children of an element in the order of its schema.
///
/// ```
/// use saml_protocol::{Children, Error};
/// use saml_xml::{Document, ParseOptions};
///
/// let document = Document::parse(b"<a xmlns='urn:x'><b/><c/><c/></a>", &ParseOptions::message()).unwrap();
/// let mut children = Children::of(document.root())?;
/// children.required("urn:x", "b")?;
/// assert!(children.optional("urn:x", "absent").is_none());
/// assert_eq!(children.many("urn:x", "c").count(), 2);
/// children.finish()?;
/// # Ok::<(), Error>(())
/// ```
pub struct Children<'d> {
    parent: Element<'d>,
    next: Option<Element<'d>>,
}

impl<'d> Children<'d> {
    /// Starts before the first child of `parent`.
    ///
    /// # Errors
    /// [`Error::TextUnexpected`] when there is text other than white space between the children.
    pub fn of(parent: Element<'d>) -> Result<Self, Error> {
        if parent.has_text() {
            return Err(Error::TextUnexpected { parent: name(parent) });
        }
        Ok(Self { parent, next: parent.children().next() })
    }

    /// Takes the next child when it is the one named.
    pub fn optional(&mut self, namespace: &str, local_name: &str) -> Option<Element<'d>> {
        if self.next.is_some_and(|child| child.is(namespace, local_name)) { self.next() } else { None }
    }

    /// Takes the next child, which must be the one named.
    ///
    /// # Errors
    /// [`Error::ElementMissing`].
    pub fn required(&mut self, namespace: &str, local_name: &'static str) -> Result<Element<'d>, Error> {
        self.optional(namespace, local_name).ok_or_else(|| Error::ElementMissing {
            parent: name(self.parent),
            expected: local_name,
            found: self.next.map_or_else(|| "nothing".to_owned(), name),
        })
    }

    /// Takes the next children as long as they are the one named.
    pub fn many(&mut self, namespace: &'static str, local_name: &'static str) -> impl Iterator<Item = Element<'d>> {
        std::iter::from_fn(move || self.optional(namespace, local_name))
    }

    /// Takes the next child, whatever it is.
    #[expect(clippy::should_implement_trait, reason = "a cursor that is read by name, not an iterator")]
    pub fn next(&mut self) -> Option<Element<'d>> {
        let taken = self.next?;
        self.next = taken.next_sibling();
        Some(taken)
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`Error::ElementUnexpected`] when a child is left over.
    pub fn finish(self) -> Result<(), Error> {
        match self.next {
            Some(child) => Err(Error::ElementUnexpected { parent: name(self.parent), found: name(child) }),
            None => Ok(()),
        }
    }
}

/// Returns the value of an attribute that must be there.
///
/// # Errors
/// [`Error::AttributeMissing`].
pub fn required_attribute<'d>(element: Element<'d>, attribute: &'static str) -> Result<&'d str, Error> {
    element.attribute(attribute).ok_or_else(|| Error::AttributeMissing { element: name(element), attribute })
}

/// Returns the text of an element whose type is `xs:anyURI` or a token: white space around it does not count.
///
/// Messages of Stelsel Toegang are pretty-printed; a URI with white space around it is the same URI (XML Schema 2
/// 3.2.17).
///
/// # Errors
/// [`Error::Xml`] when the element holds another element.
pub fn trimmed_text(element: Element<'_>) -> Result<&str, Error> {
    Ok(element.text()?.trim_matches([' ', '\t', '\n', '\r']))
}

/// Returns the local name of an element, shortened to what fits a log line.
pub(crate) fn name(element: Element<'_>) -> String {
    element.local_name().chars().take(60).collect()
}
