use std::fmt;

use saml_bindings::{MessageParameter, RedirectMessage, decode_post, decode_redirect};
use saml_protocol::namespaces::{ASSERTION, PROTOCOL};
use saml_protocol::trimmed_text;
use saml_response::{Check, Error, Trace, TrustedSender};
use saml_xml::{Document, ParseOptions};
use saml_xml_security::{AlgorithmPolicy, require_unique_ids, verify};

use crate::authentic::AuthenticLogout;

/// Which of the two messages is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoutKind {
    /// A `LogoutRequest`.
    Request,
    /// A `LogoutResponse`.
    Response,
}

/// A logout message that arrived and is well-formed. Nothing in it is known to be true.
pub struct ReceivedLogout {
    document: Document,
    kind: LogoutKind,
    /// The query that it came in, with the signature over it; by HTTP-POST the signature is in the message.
    query: Option<RedirectMessage>,
}

impl LogoutKind {
    const fn parameter(self) -> MessageParameter {
        match self {
            Self::Request => MessageParameter::SamlRequest,
            Self::Response => MessageParameter::SamlResponse,
        }
    }

    const fn element(self) -> &'static str {
        match self {
            Self::Request => "LogoutRequest",
            Self::Response => "LogoutResponse",
        }
    }
}

impl ReceivedLogout {
    /// Takes a message from the query of an HTTP-Redirect, without the `?`.
    ///
    /// # Errors
    /// An [`Error`] with the code of the binding's or XML's error, `duplicate_id`, or `message_type`.
    pub fn redirect(query: &str, kind: LogoutKind, trace: &mut Trace) -> Result<Self, Error> {
        let message =
            decode_redirect(query, kind.parameter()).map_err(|error| unreadable(error.code(), &error, trace))?;
        let document = parse(message.xml(), kind, trace)?;
        Ok(Self { document, kind, query: Some(message) })
    }

    /// Takes a message from the body of an HTTP-POST.
    ///
    /// # Errors
    /// As [`redirect`](Self::redirect).
    pub fn post(body: &[u8], kind: LogoutKind, trace: &mut Trace) -> Result<Self, Error> {
        let message = decode_post(body, kind.parameter()).map_err(|error| unreadable(error.code(), &error, trace))?;
        let document = parse(message.xml(), kind, trace)?;
        Ok(Self { document, kind, query: None })
    }

    /// Returns who the message says to be from, to find the partner by: nobody vouches for it yet.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        let issuer = self.document.root().children().find(|child| child.is(ASSERTION, "Issuer"))?;
        trimmed_text(issuer).ok()
    }

    /// Checks that the partner signed the message: the query that it came in, or the message itself.
    ///
    /// # Errors
    /// An [`Error`] with the code of the signature's error; `signature_missing` for a message that is not signed at all
    /// (ATT-175, ATT-177).
    pub fn authenticate(
        self,
        sender: &TrustedSender<'_>,
        algorithms: &AlgorithmPolicy,
        trace: &mut Trace,
    ) -> Result<AuthenticLogout, Error> {
        let expected = "a signature by a key of the partner's metadata";
        let verified = match &self.query {
            Some(query) => query.verify(sender.keys, algorithms).map(|_| self.document).map_err(|error| {
                let code = error.code();
                (code, error.to_string())
            }),
            None => verify(self.document.root(), sender.keys, algorithms, &ParseOptions::message())
                .map(saml_xml_security::VerifiedElement::into_document)
                .map_err(|error| (error.code(), error.to_string())),
        };
        let document = verified.map_err(|(code, found)| trace.fail(&SIGNATURE, code, expected, found))?;
        trace.pass(&SIGNATURE, || expected, || "one");
        Ok(AuthenticLogout { document, sender: sender.entity_id.to_owned() })
    }
}

impl fmt::Debug for ReceivedLogout {
    /// Shows the kind only: whom it names may be a BSN.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReceivedLogout({})", self.kind.element())
    }
}

fn parse(xml: &[u8], kind: LogoutKind, trace: &mut Trace) -> Result<Document, Error> {
    let document =
        Document::parse(xml, &ParseOptions::message()).map_err(|error| unreadable(error.code(), &error, trace))?;
    require_unique_ids(&document).map_err(|error| unreadable(error.code(), &error, trace))?;
    let root = document.root();
    let found = || root.local_name().to_owned();
    trace.check(&MESSAGE_TYPE, root.is(PROTOCOL, kind.element()), || kind.element(), found)?;
    Ok(document)
}

fn unreadable(code: &'static str, error: &impl fmt::Display, trace: &mut Trace) -> Error {
    trace.fail(&MESSAGE, code, "a logout message", error.to_string())
}

static MESSAGE: Check = Check { code: "message", clause: "SAML Bindings 3.4, 3.5; XML 1.0 2.1; SAML Core 1.3.4" };
static MESSAGE_TYPE: Check = Check { code: "message_type", clause: "SAML Profiles 4.4.4" };
static SIGNATURE: Check =
    Check { code: "logout_signature", clause: "SAML Profiles 4.4.3.1, 4.4.3.4; SAML Bindings 3.4.4.1" };
