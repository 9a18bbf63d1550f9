use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::endpoint::{require_endpoint, require_relay_state};
use crate::error::{Error, shorten};
use crate::form::{Fields, MESSAGE_LIMIT, RawValue, decode_base64};
use crate::message_parameter::MessageParameter;

/// What the form of a page must hold for the browser to post a message (SAML Bindings 3.5).
///
/// Escaping for HTML is the duty of whoever writes the page.
///
/// ```
/// use saml_bindings::{MessageParameter, PostForm};
///
/// let form = PostForm::new("https://idp.example/sso", MessageParameter::SamlRequest, "<a/>", Some("b3f0"))?;
/// assert_eq!(form.action(), "https://idp.example/sso");
/// assert_eq!(form.parameter().name(), "SAMLRequest");
/// assert_eq!(form.message_base64(), "PGEvPg==");
/// assert_eq!(form.relay_state(), Some("b3f0"));
/// # Ok::<(), saml_bindings::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PostForm {
    action: String,
    parameter: MessageParameter,
    message_base64: String,
    relay_state: Option<String>,
}

impl PostForm {
    /// Makes the form that posts `xml` to `action`.
    ///
    /// # Errors
    /// [`Error::Endpoint`] when `action` is no `http` or `https` URL, [`Error::RelayStateTooLong`] over 80 bytes.
    pub fn new(action: &str, parameter: MessageParameter, xml: &str, relay_state: Option<&str>) -> Result<Self, Error> {
        require_endpoint(action)?;
        require_relay_state(relay_state)?;
        Ok(Self {
            action: action.to_owned(),
            parameter,
            message_base64: STANDARD.encode(xml),
            relay_state: relay_state.map(str::to_owned),
        })
    }

    /// Returns the URL that the form goes to.
    #[must_use]
    pub fn action(&self) -> &str {
        &self.action
    }

    /// Returns the parameter whose value is the message.
    #[must_use]
    pub const fn parameter(&self) -> MessageParameter {
        self.parameter
    }

    /// Returns the message in base64, on one line.
    #[must_use]
    pub fn message_base64(&self) -> &str {
        &self.message_base64
    }

    /// Returns the value of `RelayState`; `None` when the form has no such field.
    #[must_use]
    pub fn relay_state(&self) -> Option<&str> {
        self.relay_state.as_deref()
    }
}

impl fmt::Debug for PostForm {
    /// Shows where it goes and its size only: the message may be about a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostForm({} to {}, {} bytes)", self.parameter.name(), self.action, self.message_base64.len())
    }
}

/// Takes the message for `parameter` out of the body of a form.
///
/// Refused: more or less than one of `SAMLRequest`, `SAMLResponse` and `SAMLart`, a SAML parameter that stands twice,
/// half escapes, base64 in any but its canonical form, a body of more than 2 MiB or a message of more than 1 MiB. Line
/// ends within the base64 are read over. Nothing is ever inflated (ATT-157), and the query of the URL plays no part
/// (ATT-151).
///
/// # Errors
/// The [`Error`] of the first rule that is broken.
///
/// ```
/// use saml_bindings::{Error, MessageParameter, decode_post};
///
/// let message = decode_post(b"SAMLResponse=PGEv%0D%0APg%3D%3D&RelayState=b3f0", MessageParameter::SamlResponse)?;
/// assert_eq!(message.xml(), b"<a/>");
/// assert_eq!(message.relay_state(), Some("b3f0"));
///
/// let error = decode_post(b"SAMLResponse=PGEvPg&RelayState=b3f0", MessageParameter::SamlResponse).unwrap_err();
/// assert_eq!(error, Error::Base64 { parameter: "SAMLResponse" });
/// # Ok::<(), Error>(())
/// ```
pub fn decode_post(body: &[u8], parameter: MessageParameter) -> Result<PostMessage, Error> {
    if body.len() > BODY_LIMIT {
        return Err(Error::TooLarge { what: "body", limit: BODY_LIMIT });
    }
    let fields = Fields::read(body, parameter.name())?;
    let relay_state = fields.relay_state.map(RawValue::decode).transpose()?;
    // RFC 2045 6.8 breaks base64 into lines; SAML Bindings 3.5.4 refers to it.
    let mut message = fields.message.decode()?;
    if memchr::memchr2(b'\r', b'\n', message.as_bytes()).is_some() {
        message.retain(|character| !matches!(character, '\r' | '\n'));
    }
    let xml = decode_base64(&message).ok_or(Error::Base64 { parameter: parameter.name() })?;
    if xml.len() > MESSAGE_LIMIT {
        return Err(Error::TooLarge { what: "message", limit: MESSAGE_LIMIT });
    }
    Ok(PostMessage { xml, relay_state })
}

/// Refuses a content type other than `application/x-www-form-urlencoded`, in UTF-8 where it names a `charset`
/// (ATT-158).
///
/// # Errors
/// [`Error::ContentType`].
///
/// ```
/// use saml_bindings::require_form_content_type;
///
/// assert!(require_form_content_type("application/x-www-form-urlencoded; charset=UTF-8").is_ok());
/// assert!(require_form_content_type("application/x-www-form-urlencoded; charset=UTF-7").is_err());
/// assert!(require_form_content_type("multipart/form-data; boundary=a").is_err());
/// ```
pub fn require_form_content_type(content_type: &str) -> Result<(), Error> {
    let mut parts = content_type.split(';').map(str::trim);
    let is_form = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded"));
    let is_utf8 = |part: &str| {
        part.split_once('=').is_some_and(|(name, value)| {
            name.eq_ignore_ascii_case("charset")
                && (value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("\"utf-8\""))
        })
    };
    if is_form && parts.all(is_utf8) { Ok(()) } else { Err(Error::ContentType { found: shorten(content_type) }) }
}

/// A message that came in by HTTP-POST.
///
/// Nothing in it is true before its XML signature was verified.
#[derive(Clone, PartialEq, Eq)]
pub struct PostMessage {
    xml: Vec<u8>,
    relay_state: Option<String>,
}

impl PostMessage {
    /// Returns the message, which nobody vouches for until it is verified.
    #[must_use]
    pub fn xml(&self) -> &[u8] {
        &self.xml
    }

    /// Returns the relay state, `Some("")` when an empty one was sent.
    #[must_use]
    pub fn relay_state(&self) -> Option<&str> {
        self.relay_state.as_deref()
    }
}

impl fmt::Debug for PostMessage {
    /// Shows the size only: the message may be about a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostMessage({} bytes)", self.xml.len())
    }
}

// The largest message in base64, with its line ends escaped, and room for the relay state.
const BODY_LIMIT: usize = 2 * MESSAGE_LIMIT;
