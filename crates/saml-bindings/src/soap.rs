use saml_protocol::namespaces::SOAP_ENVELOPE;
use saml_xml::{Document, Element, ParseOptions};

use crate::error::{Error, shorten};

/// Returns the message in a SOAP 1.1 envelope.
///
/// Refused: SOAP 1.2, a header with `mustUnderstand` other than `0`, anything but one `Header` at most and one `Body`,
/// and a `Body` without exactly one child (SAML Bindings 3.2.2, ATT-163). Signatures over the envelope or parts of it
/// are not looked at.
///
/// # Errors
/// [`Error::SoapStructure`], [`Error::SoapMustUnderstand`], [`Error::SoapFault`].
///
/// ```
/// use saml_bindings::soap_body;
/// use saml_xml::{Document, ParseOptions};
///
/// let envelope = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><a/></s:Body></s:Envelope>";
/// let document = Document::parse(envelope, &ParseOptions::message()).unwrap();
/// assert_eq!(soap_body(&document)?.local_name(), "a");
/// # Ok::<(), saml_bindings::Error>(())
/// ```
pub fn soap_body(document: &Document) -> Result<Element<'_>, Error> {
    let envelope = document.root();
    if !envelope.is(SOAP_ENVELOPE, "Envelope") {
        return Err(structure("a SOAP 1.1 Envelope", Some(envelope)));
    }
    refuse_text(envelope, "elements only in the Envelope")?;
    let mut children = envelope.children().peekable();
    if let Some(header) = children.next_if(|child| child.is(SOAP_ENVELOPE, "Header")) {
        refuse_must_understand(header)?;
    }
    let body = children.next();
    let body = body.filter(|body| body.is(SOAP_ENVELOPE, "Body")).ok_or_else(|| structure("a Body", body))?;
    if let Some(other) = children.next() {
        return Err(structure("one Body, and nothing after it", Some(other)));
    }
    refuse_text(body, "elements only in the Body")?;
    let mut content = body.children();
    match (content.next(), content.next()) {
        (Some(fault), _) if fault.is(SOAP_ENVELOPE, "Fault") => Err(Error::SoapFault),
        (Some(message), None) => Ok(message),
        (_, other) => Err(structure("one element in the Body", other)),
    }
}

/// Puts a message into a SOAP 1.1 envelope without headers, byte for byte: its signature goes on holding.
///
/// # Errors
/// [`Error::Xml`] when `message` is no XML document of a message's size.
///
/// ```
/// use saml_bindings::soap_envelope;
///
/// assert_eq!(
///     soap_envelope("<a/>")?,
///     "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><a/></soap:Body></soap:Envelope>"
/// );
/// # Ok::<(), saml_bindings::Error>(())
/// ```
pub fn soap_envelope(message: &str) -> Result<String, Error> {
    let document = Document::parse(message.as_bytes(), &ParseOptions::message())?;
    let body = document.root().source();
    Ok(format!("<soap:Envelope xmlns:soap=\"{SOAP_ENVELOPE}\"><soap:Body>{body}</soap:Body></soap:Envelope>"))
}

fn refuse_must_understand(header: Element<'_>) -> Result<(), Error> {
    refuse_text(header, "elements only in the Header")?;
    let demands = |entry: &Element<'_>| {
        entry.attributes().any(|attribute| attribute.is(SOAP_ENVELOPE, "mustUnderstand") && attribute.value != "0")
    };
    match header.children().find(demands) {
        Some(entry) => Err(Error::SoapMustUnderstand { found: shorten(entry.local_name()) }),
        None => Ok(()),
    }
}

fn refuse_text(element: Element<'_>, expected: &'static str) -> Result<(), Error> {
    if element.has_text() { Err(Error::SoapStructure { expected, found: "text".to_owned() }) } else { Ok(()) }
}

fn structure(expected: &'static str, found: Option<Element<'_>>) -> Error {
    let found = found.map_or_else(|| "nothing".to_owned(), |element| shorten(element.local_name()));
    Error::SoapStructure { expected, found }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body_of(children: &str) -> Result<String, Error> {
        let envelope = format!("<s:Envelope xmlns:s='{SOAP_ENVELOPE}'>{children}</s:Envelope>");
        let document = Document::parse(envelope.as_bytes(), &ParseOptions::message()).unwrap();
        soap_body(&document).map(|element| element.local_name().to_owned())
    }

    fn structure_error(expected: &'static str, found: &str) -> Result<String, Error> {
        Err(Error::SoapStructure { expected, found: found.to_owned() })
    }

    #[test]
    fn the_one_child_of_the_one_body_is_returned() {
        assert_eq!(body_of("<s:Body><a/></s:Body>"), Ok("a".to_owned()));
        assert_eq!(body_of("\n <s:Header/>\n <s:Body>\n <a/>\n </s:Body>\n"), Ok("a".to_owned()));
    }

    #[test]
    fn another_number_of_bodies_or_children_is_rejected() {
        assert_eq!(body_of(""), structure_error("a Body", "nothing"));
        assert_eq!(body_of("<s:Body/>"), structure_error("one element in the Body", "nothing"));
        assert_eq!(body_of("<s:Body><a/><b/></s:Body>"), structure_error("one element in the Body", "b"));
        let after = "one Body, and nothing after it";
        assert_eq!(body_of("<s:Body><a/></s:Body><s:Body><b/></s:Body>"), structure_error(after, "Body"));
        assert_eq!(body_of("<s:Body><a/></s:Body><b/>"), structure_error(after, "b"));
        assert_eq!(body_of("<Body><a/></Body>"), structure_error("a Body", "Body"));
        assert_eq!(body_of("<s:Header/><s:Header/><s:Body><a/></s:Body>"), structure_error("a Body", "Header"));
        assert_eq!(body_of("<s:Body>text<a/></s:Body>"), structure_error("elements only in the Body", "text"));
    }

    #[test]
    fn a_header_that_must_be_understood_is_rejected() {
        let with = |value: &str| {
            body_of(&format!("<s:Header><a s:mustUnderstand='{value}'/></s:Header><s:Body><b/></s:Body>"))
        };
        assert_eq!(with("0"), Ok("b".to_owned()));
        for value in ["1", "true", ""] {
            assert_eq!(with(value), Err(Error::SoapMustUnderstand { found: "a".to_owned() }));
        }
    }

    #[test]
    fn a_fault_is_rejected() {
        assert_eq!(body_of("<s:Body><s:Fault/></s:Body>"), Err(Error::SoapFault));
        assert_eq!(body_of("<s:Body><s:Fault/><a/></s:Body>"), Err(Error::SoapFault));
    }

    #[test]
    fn what_is_put_into_an_envelope_comes_out_of_it() {
        let message = "<a b='&lt;&quot;'>\u{e9} <c/></a>";
        let envelope = soap_envelope(message).unwrap();
        let document = Document::parse(envelope.as_bytes(), &ParseOptions::message()).unwrap();
        assert_eq!(soap_body(&document).map(Element::source), Ok(message));
    }

    #[test]
    fn what_is_no_message_is_not_put_into_an_envelope() {
        for message in ["", "text", "<a/><b/>", "<a>", "<!DOCTYPE a><a/>"] {
            assert!(matches!(soap_envelope(message), Err(Error::Xml(_))), "{message}");
        }
    }

    #[test]
    fn another_envelope_is_rejected() {
        let envelope =
            "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body><a/></s:Body></s:Envelope>";
        let document = Document::parse(envelope.as_bytes(), &ParseOptions::message()).unwrap();
        let error = Error::SoapStructure { expected: "a SOAP 1.1 Envelope", found: "Envelope".to_owned() };
        assert_eq!(soap_body(&document), Err(error));
    }
}
