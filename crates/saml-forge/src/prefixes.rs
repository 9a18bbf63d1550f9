use saml_protocol::namespaces::{ASSERTION, PROTOCOL};
use saml_xml::{Canonicalization, Document, canonicalize};

use crate::edit;
use crate::error::Error;

/// Writes a message with the prefixes that the attacks write: `samlp` for the protocol, `saml` for assertions.
///
/// It comes out in its canonical form, with both prefixes declared on the root: what is put in later may use them.
pub(crate) fn usual_prefixes(xml: &str) -> Result<String, Error> {
    let given = edit::parse(xml)?;
    let types = type_prefixes(&given);
    let canonical = canonical(&given, &types);
    let document = edit::parse(&canonical)?;
    let renamed = declared(&document, renamed(&document))?;
    let document = edit::parse(&renamed)?;
    // A prefix that was bound to something else further down would change what the names below it mean.
    if !names(&given).eq(names(&document)) {
        return Err(Error::Prefix);
    }
    Ok(self::canonical(&document, &[&["saml"], &types[..]].concat()))
}

/// Returns the prefixes that values of `xsi:type` use: no name of an element shows that they are needed.
pub(crate) fn type_prefixes(document: &Document) -> Vec<&str> {
    let types = document.elements().flat_map(|element| element.attributes()).filter(|found| found.is(INSTANCE, "type"));
    let mut prefixes: Vec<&str> = types.filter_map(|found| Some(found.value.trim().split_once(':')?.0)).collect();
    prefixes.push("xs");
    prefixes.sort_unstable();
    prefixes.dedup();
    prefixes
}

fn canonical(document: &Document, inclusive_prefixes: &[&str]) -> String {
    let mut octets = Vec::new();
    canonicalize(document.root(), &Canonicalization { without: None, inclusive_prefixes }, &mut octets);
    String::from_utf8_lossy(&octets).into_owned()
}

fn names(document: &Document) -> impl Iterator<Item = (&str, &str)> {
    document.elements().map(|element| (element.namespace(), element.local_name()))
}

fn usual(namespace: &str) -> Option<&'static str> {
    match namespace {
        ASSERTION => Some("saml"),
        PROTOCOL => Some("samlp"),
        _ => None,
    }
}

/// Renames the tags of a document in its canonical form, in which every element has a start and an end tag.
fn renamed(document: &Document) -> String {
    let mut cuts = Vec::new();
    for element in document.elements() {
        let Some(prefix) = usual(element.namespace()) else { continue };
        let (old, local) = (element.prefix(), element.local_name().len());
        let old = if old.is_empty() { 0 } else { old.len() + 1 };
        let range = element.source_range();
        cuts.push((range.start + 1, old, prefix));
        cuts.push((range.end - 1 - local - old, old, prefix));
    }
    cuts.sort_unstable();
    let (mut out, mut done) = (String::new(), 0);
    for (at, length, prefix) in cuts {
        out.push_str(document.source().get(done..at).unwrap_or_default());
        out.push_str(prefix);
        out.push(':');
        done = at + length;
    }
    out.push_str(document.source().get(done..).unwrap_or_default());
    out
}

/// Declares the prefixes on the root of `renamed`, where `document` does not.
fn declared(document: &Document, renamed: String) -> Result<String, Error> {
    let root = document.root();
    let name = usual(root.namespace()).map_or(root.prefix(), |prefix| prefix);
    let at = 1 + if name.is_empty() { 0 } else { name.len() + 1 } + root.local_name().len();
    let (start, end) = renamed.split_at_checked(at).ok_or(Error::Prefix)?;
    let mut out = start.to_owned();
    for (prefix, namespace) in [("saml", ASSERTION), ("samlp", PROTOCOL)] {
        match root.lookup_namespace(prefix) {
            None => out.push_str(&format!(" xmlns:{prefix}=\"{namespace}\"")),
            Some(found) if found == namespace => {}
            Some(_) => return Err(Error::Prefix),
        }
    }
    out.push_str(end);
    Ok(out)
}

const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

#[cfg(test)]
mod tests {
    use super::*;

    const OTHER: &str = r#"<Response xmlns="urn:oasis:names:tc:SAML:2.0:protocol" ID='_1'><a:Issuer xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion">x &amp; y</a:Issuer><Status/></Response>"#;

    #[test]
    fn a_message_with_other_prefixes_gets_the_usual_ones() {
        let expected = r#"<samlp:Response xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1"><saml:Issuer>x &amp; y</saml:Issuer><samlp:Status></samlp:Status></samlp:Response>"#;
        assert_eq!(usual_prefixes(OTHER).unwrap(), expected);
        assert_eq!(usual_prefixes(expected).unwrap(), expected);
    }

    #[test]
    fn a_usual_prefix_that_means_something_else_is_refused() {
        let outside = OTHER.replacen("xmlns=", "xmlns:saml='urn:x' saml:b='' xmlns=", 1);
        assert_eq!(usual_prefixes(&outside), Err(Error::Prefix));
        let inside = OTHER.replacen("<Status/>", "<x xmlns:samlp='urn:x' samlp:b=''><Status/></x>", 1);
        assert_eq!(usual_prefixes(&inside), Err(Error::Prefix));
    }

    #[test]
    fn the_prefix_of_a_type_stays_declared() {
        let typed = "<b xmlns:i='http://www.w3.org/2001/XMLSchema-instance' xmlns:d='urn:d' i:type='d:string'/>";
        let xml = usual_prefixes(&OTHER.replacen("<Status/>", typed, 1)).unwrap();
        assert!(xml.contains("xmlns:d=\"urn:d\""), "{xml}");
    }
}
