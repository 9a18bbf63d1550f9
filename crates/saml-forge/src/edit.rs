//! Cutting and pasting in the source of a message, by paths of local names from the root down.
//!
//! `""` is the root, `"Assertion/Subject/NameID"` the first `NameID` in the first `Subject` in the first `Assertion`.
//! Nothing is written anew but what is changed: what stands around it keeps every byte.

use std::ops::Range;

use saml_xml::{Document, Element, ParseOptions};

use crate::error::Error;

/// Returns the path of what holds the element at `path`.
pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Gives the character at `at` another value; base64 stays base64.
pub(crate) fn other_character(text: &str, at: usize) -> String {
    let other = |c| if c == 'A' { 'B' } else { 'A' };
    text.chars().enumerate().map(|(index, c)| if index == at { other(c) } else { c }).collect()
}

/// Parses what an attack may have made: comments are allowed.
pub(crate) fn parse(xml: &str) -> Result<Document, Error> {
    Ok(Document::parse(xml.as_bytes(), &ParseOptions::metadata())?)
}

/// Finds the element at `path`.
pub(crate) fn find<'d>(document: &'d Document, path: &str) -> Result<Element<'d>, Error> {
    let mut element = document.root();
    for name in path.split('/').filter(|name| !name.is_empty()) {
        let next = element.children().find(|child| child.local_name() == name);
        element = next.ok_or_else(|| Error::Part { path: path.to_owned() })?;
    }
    Ok(element)
}

/// Returns the element at `path` as it stands there.
pub(crate) fn source(xml: &str, path: &str) -> Result<String, Error> {
    Ok(find(&parse(xml)?, path)?.source().to_owned())
}

/// Returns the children of the element at `path` as they stand there.
pub(crate) fn children(xml: &str, path: &str) -> Result<Vec<String>, Error> {
    Ok(find(&parse(xml)?, path)?.children().map(|child| child.source().to_owned()).collect())
}

/// Returns the text of the element at `path`.
pub(crate) fn text(xml: &str, path: &str) -> Result<String, Error> {
    Ok(find(&parse(xml)?, path)?.text()?.to_owned())
}

/// Returns the value of an attribute of the element at `path`.
pub(crate) fn attribute(xml: &str, path: &str, name: &str) -> Result<String, Error> {
    let missing = || Error::Part { path: format!("{path}/@{name}") };
    Ok(find(&parse(xml)?, path)?.attribute(name).ok_or_else(missing)?.to_owned())
}

/// Puts `new` in the place of the element at `path`.
pub(crate) fn replace(xml: &str, path: &str, new: &str) -> Result<String, Error> {
    let range = find(&parse(xml)?, path)?.source_range();
    Ok(splice(xml, range, new))
}

/// Takes the element at `path` out.
pub(crate) fn remove(xml: &str, path: &str) -> Result<String, Error> {
    replace(xml, path, "")
}

/// Puts `new` before the element at `path`.
pub(crate) fn before(xml: &str, path: &str, new: &str) -> Result<String, Error> {
    let start = find(&parse(xml)?, path)?.source_range().start;
    Ok(splice(xml, start..start, new))
}

/// Puts `new` behind the element at `path`.
pub(crate) fn after(xml: &str, path: &str, new: &str) -> Result<String, Error> {
    let end = find(&parse(xml)?, path)?.source_range().end;
    Ok(splice(xml, end..end, new))
}

/// Puts `before` and `behind` around the element at `path`.
pub(crate) fn wrap(xml: &str, path: &str, before: &str, behind: &str) -> Result<String, Error> {
    replace(xml, path, &format!("{before}{}{behind}", source(xml, path)?))
}

/// Puts `new` into the element at `path`, directly behind its start tag.
pub(crate) fn first_in(xml: &str, path: &str, new: &str) -> Result<String, Error> {
    content(xml, path, |old| format!("{new}{old}"))
}

/// Puts `new` into the element at `path`, directly before its end tag.
pub(crate) fn last_in(xml: &str, path: &str, new: &str) -> Result<String, Error> {
    content(xml, path, |old| format!("{old}{new}"))
}

/// Changes what stands between the tags of the element at `path`.
pub(crate) fn content(xml: &str, path: &str, change: impl FnOnce(&str) -> String) -> Result<String, Error> {
    let document = parse(xml)?;
    let element = find(&document, path)?;
    let source = element.source();
    let tag = start_tag(source);
    let name = match element.prefix() {
        "" => element.local_name().to_owned(),
        prefix => format!("{prefix}:{}", element.local_name()),
    };
    let new = match source.get(..tag).and_then(|tag| tag.strip_suffix("/>")) {
        Some(open) => format!("{open}>{}</{name}>", change("")),
        None => {
            let end = source.rfind("</").unwrap_or(source.len());
            let part = |range: Range<usize>| source.get(range).unwrap_or_default();
            format!("{}{}{}", part(0..tag), change(part(tag..end)), part(end..source.len()))
        }
    };
    Ok(splice(xml, element.source_range(), &new))
}

/// Puts `attributes` (`name="value"`, one or more) into the start tag of the element at `path`, behind those it has.
pub(crate) fn add_attributes(xml: &str, path: &str, attributes: &str) -> Result<String, Error> {
    let document = parse(xml)?;
    let element = find(&document, path)?;
    let source = element.source();
    let tag = start_tag(source);
    let at = if source.get(..tag).is_some_and(|tag| tag.ends_with("/>")) { tag - 2 } else { tag - 1 };
    let at = element.source_range().start + at;
    Ok(splice(xml, at..at, &format!(" {attributes}")))
}

/// Gives an attribute of the element at `path` another value; it must have one.
pub(crate) fn set_attribute(xml: &str, path: &str, name: &str, value: &str) -> Result<String, Error> {
    let (xml, at) = without_attribute(xml, path, name)?;
    Ok(splice(&xml, at..at, &format!(" {name}=\"{value}\"")))
}

/// Takes an attribute of the element at `path` away; it must be there.
pub(crate) fn remove_attribute(xml: &str, path: &str, name: &str) -> Result<String, Error> {
    Ok(without_attribute(xml, path, name)?.0)
}

fn without_attribute(xml: &str, path: &str, name: &str) -> Result<(String, usize), Error> {
    let missing = || Error::Part { path: format!("{path}/@{name}") };
    let document = parse(xml)?;
    let element = find(&document, path)?;
    let tag = element.source().get(..start_tag(element.source())).unwrap_or_default();
    let found = ['"', '\''].into_iter().find_map(|quote| {
        let start = tag.find(&format!(" {name}={quote}"))?;
        let value = start + name.len() + 3;
        let end = value + tag.get(value..)?.find(quote)? + 1;
        Some(start..end)
    });
    let found = found.ok_or_else(missing)?;
    let offset = element.source_range().start;
    Ok((splice(xml, offset + found.start..offset + found.end, ""), offset + found.start))
}

/// Returns the length of the start tag that `source` begins with.
fn start_tag(source: &str) -> usize {
    let mut quote = None;
    for (at, byte) in source.bytes().enumerate() {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'>') => return at + 1,
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    source.len()
}

/// Puts `new` in the place of a range of bytes.
pub(crate) fn splice(xml: &str, range: Range<usize>, new: &str) -> String {
    let part = |range: Range<usize>| xml.get(range).unwrap_or_default();
    format!("{}{new}{}", part(0..range.start), part(range.end..xml.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = "<p:a xmlns:p='urn:x' b=\"1\"><p:c d='>'/><p:e>text</p:e></p:a>";

    #[test]
    fn only_the_named_part_changes() {
        assert_eq!(remove(XML, "c").unwrap(), "<p:a xmlns:p='urn:x' b=\"1\"><p:e>text</p:e></p:a>");
        assert_eq!(before(XML, "e", "x").unwrap(), XML.replace("<p:e>", "x<p:e>"));
        assert_eq!(after(XML, "e", "x").unwrap(), XML.replace("</p:e>", "</p:e>x"));
        assert_eq!(first_in(XML, "e", "x").unwrap(), XML.replace("text", "xtext"));
        assert_eq!(last_in(XML, "c", "x").unwrap(), XML.replace("<p:c d='>'/>", "<p:c d='>'>x</p:c>"));
        assert_eq!(set_attribute(XML, "", "b", "2").unwrap(), XML.replace("\"1\"", "\"2\""));
        assert_eq!(remove_attribute(XML, "c", "d").unwrap(), XML.replace(" d='>'", ""));
        assert_eq!(add_attributes(XML, "c", "f='3'").unwrap(), XML.replace("'>'/>", "'>' f='3'/>"));
    }

    #[test]
    fn a_part_that_is_not_there_is_named() {
        assert_eq!(remove(XML, "c/x"), Err(Error::Part { path: "c/x".to_owned() }));
        assert_eq!(set_attribute(XML, "c", "x", "1"), Err(Error::Part { path: "c/@x".to_owned() }));
    }
}
