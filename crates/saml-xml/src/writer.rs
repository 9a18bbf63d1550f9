use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use quick_xml::name::QName;
use thiserror::Error;

use crate::characters::is_char;
use crate::document::Document;
use crate::escape;

/// Writes an XML document; text and values are escaped by the only way in, names are fixed in the program.
///
/// Refused: characters that XML 1.0 does not allow, and calls that do not open and close one element. The first such
/// fault is kept and comes out of [`finish`](Self::finish), so that calls can be chained. Names are not looked at.
///
/// ```
/// use saml_xml::Writer;
///
/// let mut writer = Writer::new();
/// writer.start("a").attribute("b", "\"<&\n").text("<x> & y").end();
/// assert_eq!(writer.finish()?, "<a b=\"&quot;&lt;&amp;&#xA;\">&lt;x&gt; &amp; y</a>");
/// # Ok::<(), saml_xml::WriteError>(())
/// ```
pub struct Writer {
    out: quick_xml::Writer<Vec<u8>>,
    /// A start tag that may still get attributes.
    tag: Option<BytesStart<'static>>,
    open: Vec<&'static str>,
    complete: bool,
    fault: Option<WriteError>,
}

/// Why a document could not be written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A value holds a character outside the `Char` production.
    #[error("expected characters that XML 1.0 allows, found U+{character:04X} in the value of {name}")]
    ForbiddenCharacter {
        /// The element or attribute that the value was for.
        name: &'static str,
        /// The code point.
        character: u32,
    },
    /// The calls do not make one well-formed element.
    #[error("expected one well-formed element, found misplaced {what}")]
    Structure {
        /// What stood in the wrong place.
        what: &'static str,
    },
}

impl WriteError {
    /// Returns the stable word for logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ForbiddenCharacter { .. } => "xml_write_forbidden_character",
            Self::Structure { .. } => "xml_write_structure",
        }
    }
}

impl Writer {
    /// Starts an empty document, without an XML declaration.
    #[must_use]
    pub fn new() -> Self {
        Self { out: quick_xml::Writer::new(Vec::new()), tag: None, open: Vec::new(), complete: false, fault: None }
    }

    /// Opens an element.
    pub fn start(&mut self, name: &'static str) -> &mut Self {
        if self.complete {
            return self.misplaced("element");
        }
        self.close_tag();
        self.tag = Some(BytesStart::new(name));
        self.open.push(name);
        self
    }

    /// Adds an attribute, or a namespace declaration, to the element just opened.
    pub fn attribute(&mut self, name: &'static str, value: &str) -> &mut Self {
        self.check(name, value);
        let mut escaped = Vec::with_capacity(value.len());
        escape::push_attribute(&mut escaped, value);
        let Some(tag) = self.tag.as_mut() else { return self.misplaced("attribute") };
        tag.push_attribute(Attribute { key: QName(name), value: into_text(escaped).into() });
        self
    }

    /// Adds an attribute when there is a value.
    pub fn optional_attribute(&mut self, name: &'static str, value: Option<&str>) -> &mut Self {
        match value {
            Some(value) => self.attribute(name, value),
            None => self,
        }
    }

    /// Adds character data to the open element.
    pub fn text(&mut self, text: &str) -> &mut Self {
        let Some(name) = self.open.last() else { return self.misplaced("text") };
        self.check(name, text);
        self.close_tag();
        let mut escaped = Vec::with_capacity(text.len());
        escape::push_text(&mut escaped, text);
        self.event(Event::Text(BytesText::from_escaped(into_text(escaped))))
    }

    /// Writes an element that holds only character data.
    pub fn leaf(&mut self, name: &'static str, text: &str) -> &mut Self {
        self.start(name).text(text).end()
    }

    /// Adds a parsed document's root element as it stands in its source.
    ///
    /// It stands in a namespace context of its own: what it uses, it declares.
    pub fn fragment(&mut self, document: &Document) -> &mut Self {
        if self.open.is_empty() {
            return self.misplaced("fragment");
        }
        self.close_tag();
        self.event(Event::Text(BytesText::from_escaped(document.root().source())))
    }

    /// Closes the innermost open element.
    pub fn end(&mut self) -> &mut Self {
        let Some(name) = self.open.pop() else { return self.misplaced("end") };
        match self.tag.take() {
            Some(tag) => self.event(Event::Empty(tag)),
            None => self.event(Event::End(BytesEnd::new(name))),
        };
        self.complete = self.open.is_empty();
        self
    }

    /// Returns the document.
    ///
    /// # Errors
    /// The first fault of the calls before, or [`WriteError::Structure`] when an element is still open.
    pub fn finish(mut self) -> Result<String, WriteError> {
        if !self.complete {
            self.misplaced("end of the document");
        }
        match self.fault {
            Some(fault) => Err(fault),
            None => Ok(into_text(self.out.into_inner())),
        }
    }

    fn close_tag(&mut self) {
        if let Some(tag) = self.tag.take() {
            self.event(Event::Start(tag));
        }
    }

    fn event(&mut self, event: Event<'_>) -> &mut Self {
        // A Vec takes every write; should that ever change, the document is refused.
        if self.out.write_event(event).is_err() {
            self.misplaced("output");
        }
        self
    }

    fn check(&mut self, name: &'static str, value: &str) {
        if let Some(character) = value.chars().find(|character| !is_char(*character)) {
            let fault = WriteError::ForbiddenCharacter { name, character: u32::from(character) };
            self.fault.get_or_insert(fault);
        }
    }

    fn misplaced(&mut self, what: &'static str) -> &mut Self {
        self.fault.get_or_insert(WriteError::Structure { what });
        self
    }
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

/// Turns bytes back into the text they were put together from.
fn into_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_default()
}
