use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{QName, ResolveResult};
use quick_xml::{NsReader, XmlVersion};

/// An element as a reader sees it.
#[derive(Debug, PartialEq)]
pub struct Seen {
    pub namespace: String,
    pub name: String,
    /// Namespace, name and value, sorted.
    pub attributes: Vec<(String, String, String)>,
    /// The text, where no element stands beside it.
    pub text: Option<String>,
    /// The place of the parent in the list; none for the root.
    pub parent: Option<usize>,
}

impl Seen {
    /// Returns the value of an attribute without namespace.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(namespace, other, _)| namespace.is_empty() && other == name);
        found.map(|(_, _, value)| value.as_str())
    }

    /// Returns the text without the white space around it.
    pub fn trimmed_text(&self) -> Option<&str> {
        Some(self.text.as_deref()?.trim_matches([' ', '\t', '\r', '\n']))
    }
}

/// Reads a document that ours accepts with quick-xml: each element in the order of the document.
pub fn second_reader(source: &str) -> Vec<Seen> {
    let mut reader = NsReader::from_str(source);
    let mut found: Vec<Seen> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    loop {
        let event = reader.read_event().expect("what ours accepts, theirs reads");
        let piece = match event {
            Event::Start(ref tag) | Event::Empty(ref tag) => {
                if let Some(parent) = open.last() {
                    found[*parent].text = None;
                }
                let element = element(&reader, tag, open.last().copied());
                if matches!(event, Event::Start(_)) {
                    open.push(found.len());
                }
                found.push(element);
                continue;
            }
            Event::End(_) => {
                open.pop();
                continue;
            }
            Event::Text(text) => text.xml10_content().into_owned(),
            Event::CData(text) => text.xml10_content().into_owned(),
            Event::GeneralRef(reference) => match reference.resolve_char_ref().expect("a character") {
                Some(character) => character.to_string(),
                None => quick_xml::escape::resolve_predefined_entity(&reference).expect("an entity").to_owned(),
            },
            Event::Eof => return found,
            _ => continue,
        };
        if let Some(element) = open.last()
            && let Some(text) = &mut found[*element].text
        {
            text.push_str(&piece);
        }
    }
}

fn element(reader: &NsReader<&[u8]>, tag: &BytesStart<'_>, parent: Option<usize>) -> Seen {
    let (namespace, name) = reader.resolver().resolve_element(tag.name());
    let attributes = tag
        .attributes()
        .map(|attribute| attribute.expect("what ours accepts, theirs reads"))
        .filter(|attribute| attribute.key.as_namespace_binding().is_none())
        .map(|attribute| {
            let (namespace, name) = reader.resolver().resolve_attribute(attribute.key);
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).expect("a value");
            (bound(namespace), name.as_ref().to_owned(), value.into_owned())
        });
    let mut attributes: Vec<_> = attributes.collect();
    attributes.sort();
    Seen { namespace: bound(namespace), name: name.as_ref().to_owned(), attributes, text: Some(String::new()), parent }
}

fn bound(result: ResolveResult<'_>) -> String {
    match result {
        ResolveResult::Bound(namespace) => {
            // quick-xml binds the name as it is written; it is an attribute value like any other (XML 1.0 3.3.3).
            let written = Attribute { key: QName("xmlns"), value: namespace.0.into() };
            written.normalized_value(XmlVersion::Implicit1_0).expect("a name").into_owned()
        }
        _ => String::new(),
    }
}
