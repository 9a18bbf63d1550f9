use std::fmt;

use crate::error::Error;
use crate::form::{ARTIFACT, MESSAGE_LIMIT, decode_base64, split};
use crate::message_parameter::MessageParameter;
use crate::post::decode_post;
use crate::redirect::{decode_redirect, inflate};

/// A message in whatever form an operator has at hand, for a tool that explains it.
///
/// **Never used on the road of a response**: there the binding fixes the encoding, so that the same bytes cannot mean
/// two messages (ATT-157). A query signature is not checked here.
///
/// ```
/// use saml_bindings::{Error, Received, ReceivedKind};
///
/// let received = Received::detect(b"SAMLResponse=PGEvPg%3D%3D&RelayState=b3f0\n")?;
/// assert_eq!((received.kind(), received.xml()), (ReceivedKind::Form, &b"<a/>"[..]));
/// assert_eq!(Received::detect(b"PGEvPg==\n")?.kind(), ReceivedKind::Base64);
/// assert_eq!(Received::detect(b"<a/>")?.kind(), ReceivedKind::Xml);
/// assert_eq!(Received::detect(b"SAMLart=AAQAAA").unwrap_err(), Error::Artifact);
/// assert_eq!(Received::detect(b"hello").unwrap_err(), Error::Unrecognized);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Received {
    kind: ReceivedKind,
    xml: Vec<u8>,
}

/// The form that a message was found in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReceivedKind {
    /// XML in base64: the value of a form's parameter.
    Base64,
    /// Deflated XML in base64: the value of a query's parameter.
    Base64Deflated,
    /// The body of a form.
    Form,
    /// The URL of a redirect, or the query of one.
    Redirect,
    /// XML as it is, with or without a SOAP envelope.
    Xml,
}

impl Received {
    /// Finds out in which form `bytes` hold a message, and takes it out.
    ///
    /// White space around it is read over. A value from a query must have its percent escapes replaced; a whole URL,
    /// query or form body is taken as it is.
    ///
    /// # Errors
    /// [`Error::Artifact`] for a URL with an artifact, [`Error::Unrecognized`] for anything else that holds no message,
    /// and the error of the decoder for a URL, query or form that is not right.
    pub fn detect(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > INPUT_LIMIT {
            return Err(Error::TooLarge { what: "file", limit: INPUT_LIMIT });
        }
        let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes).trim_ascii();
        if bytes.starts_with(b"<") {
            return Ok(Self { kind: ReceivedKind::Xml, xml: bytes.to_vec() });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| Error::Unrecognized)?;
        let (is_url, query) = match text.split_once('?') {
            Some((_, query)) => (true, query),
            None => (false, text),
        };
        let query = query.split_once('#').map_or(query, |(query, _)| query);
        match parameter_of(query) {
            Some(parameter) => Self::from_parameters(is_url, query, parameter?),
            None => Self::from_base64(text),
        }
    }

    /// Returns the form that the message was found in.
    #[must_use]
    pub const fn kind(&self) -> ReceivedKind {
        self.kind
    }

    /// Returns the message.
    #[must_use]
    pub fn xml(&self) -> &[u8] {
        &self.xml
    }

    fn from_parameters(is_url: bool, query: &str, parameter: MessageParameter) -> Result<Self, Error> {
        if !is_url {
            let form = decode_post(query.as_bytes(), parameter)?;
            if looks_like_xml(form.xml()) {
                return Ok(Self { kind: ReceivedKind::Form, xml: form.xml().to_vec() });
            }
        }
        let redirect = decode_redirect(query, parameter)?;
        Ok(Self { kind: ReceivedKind::Redirect, xml: redirect.xml().to_vec() })
    }

    fn from_base64(text: &str) -> Result<Self, Error> {
        let text: String = text.split_ascii_whitespace().collect();
        let decoded = decode_base64(&text).ok_or(Error::Unrecognized)?;
        if looks_like_xml(&decoded) {
            return Ok(Self { kind: ReceivedKind::Base64, xml: decoded });
        }
        match inflate(&decoded) {
            Ok(xml) if looks_like_xml(&xml) => Ok(Self { kind: ReceivedKind::Base64Deflated, xml }),
            _ => Err(Error::Unrecognized),
        }
    }
}

impl fmt::Debug for Received {
    /// Shows form and size only: the message may be about a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Received({:?}, {} bytes)", self.kind, self.xml.len())
    }
}

/// Finds the parameter that a query or form carries its message in.
fn parameter_of(query: &str) -> Option<Result<MessageParameter, Error>> {
    split(query.as_bytes()).find_map(|field| match field.saml_name().ok()?? {
        ARTIFACT => Some(Err(Error::Artifact)),
        name => MessageParameter::named(name).map(Ok),
    })
}

fn looks_like_xml(bytes: &[u8]) -> bool {
    bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes).trim_ascii_start().starts_with(b"<")
}

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
// Room for the largest message in base64 in a form.
const INPUT_LIMIT: usize = 2 * MESSAGE_LIMIT;
