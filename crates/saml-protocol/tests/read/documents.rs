//! What the documents are put together from, and how reading one ends.

use saml_protocol::{Assertion, Error, Response};
use saml_xml::{Document, ErrorKind, ParseOptions};

pub(crate) fn parse(xml: &str) -> Document {
    Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap_or_else(|error| panic!("{error}: {xml}"))
}

pub(crate) fn response(xml: &str) -> Result<(), Error> {
    Response::read(parse(xml).root()).map(|_| ())
}

pub(crate) fn assertion(xml: &str) -> Result<(), Error> {
    Assertion::read(parse(xml).root()).map(|_| ())
}

pub(crate) fn assertion_xml(content: &str) -> String {
    format!("<a:Assertion {HEAD}>{ISSUER}{content}</a:Assertion>")
}

pub(crate) fn assertion_of(content: &str) -> Result<(), Error> {
    assertion(&assertion_xml(content))
}

pub(crate) fn with_attribute_value(content: &str) -> String {
    assertion_xml(&format!(
        r#"<a:AttributeStatement><a:Attribute Name="n"><a:AttributeValue>{content}</a:AttributeValue></a:Attribute></a:AttributeStatement>"#
    ))
}

pub(crate) fn missing<T>(parent: &str, expected: &'static str, found: &str) -> Result<T, Error> {
    Err(Error::ElementMissing { parent: parent.to_owned(), expected, found: found.to_owned() })
}

pub(crate) fn unexpected<T>(parent: &str, found: &str) -> Result<T, Error> {
    Err(Error::ElementUnexpected { parent: parent.to_owned(), found: found.to_owned() })
}

pub(crate) fn attribute_missing<T>(element: &str, attribute: &'static str) -> Result<T, Error> {
    Err(Error::AttributeMissing { element: element.to_owned(), attribute })
}

pub(crate) fn text<T>(parent: &str) -> Result<T, Error> {
    Err(Error::TextUnexpected { parent: parent.to_owned() })
}

pub(crate) fn encrypted<T>(found: &str) -> Result<T, Error> {
    Err(Error::Encrypted { found: found.to_owned() })
}

pub(crate) fn is_child_in_text(outcome: &Result<(), Error>) -> bool {
    matches!(outcome, Err(Error::Xml(error)) if error.kind == ErrorKind::ChildInText)
}

pub(crate) const HEAD: &str = r#"xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" ID="_1" Version="2.0" IssueInstant="2026-01-31T12:00:00Z""#;
pub(crate) const STATUS: &str = r#"<p:Status><p:StatusCode Value="urn:top"/></p:Status>"#;
pub(crate) const ISSUER: &str = "<a:Issuer>urn:idp</a:Issuer>";
pub(crate) const CONTEXT: &str =
    "<a:AuthnContext><a:AuthnContextClassRef>urn:level</a:AuthnContextClassRef></a:AuthnContext>";
