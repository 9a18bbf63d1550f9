use saml_bindings::{MessageParameter, RedirectMessage, decode_post, decode_redirect, soap_body};
use saml_protocol::Binding;
use saml_protocol::namespaces::PROTOCOL;
use saml_response::{Error, Trace, TrustedSender};
use saml_xml::{Document, Element, ElementId, ParseOptions};
use saml_xml_security::{AlgorithmPolicy, require_unique_ids, verify};

use crate::checks;

/// A message that came in, is well-formed, and is of the kind that was expected. Nothing in it is known to be true.
#[derive(Debug)]
pub(crate) struct Arrival {
    document: Document,
    message: ElementId,
    carrier: Carrier,
    relay_state: Option<String>,
}

/// How it came, and with that what signs it.
#[derive(Debug)]
enum Carrier {
    Post,
    /// The octets of the query are signed; the document was inflated from these.
    Redirect(RedirectMessage),
    Soap,
}

impl Arrival {
    pub(crate) fn redirect(
        query: &str,
        parameter: MessageParameter,
        expected: &'static str,
        trace: &mut Trace,
    ) -> Result<Self, Error> {
        let message = binding(decode_redirect(query, parameter), "a message by HTTP-Redirect", trace)?;
        let document = parse(message.xml(), trace)?;
        let relay_state = message.relay_state().map(str::to_owned);
        let place = document.root().id();
        Self { document, message: place, carrier: Carrier::Redirect(message), relay_state }.of_type(expected, trace)
    }

    pub(crate) fn post(
        body: &[u8],
        parameter: MessageParameter,
        expected: &'static str,
        trace: &mut Trace,
    ) -> Result<Self, Error> {
        let message = binding(decode_post(body, parameter), "a message by HTTP-POST", trace)?;
        let document = parse(message.xml(), trace)?;
        let relay_state = message.relay_state().map(str::to_owned);
        let place = document.root().id();
        Self { document, message: place, carrier: Carrier::Post, relay_state }.of_type(expected, trace)
    }

    pub(crate) fn soap(envelope: &[u8], expected: &'static str, trace: &mut Trace) -> Result<Self, Error> {
        let document = parse(envelope, trace)?;
        let place = binding(soap_body(&document).map(Element::id), "a SOAP 1.1 envelope with one message", trace)?;
        Self { document, message: place, carrier: Carrier::Soap, relay_state: None }.of_type(expected, trace)
    }

    pub(crate) fn binding(&self) -> Binding {
        match self.carrier {
            Carrier::Post => Binding::HttpPost,
            Carrier::Redirect(_) => Binding::HttpRedirect,
            Carrier::Soap => Binding::Soap,
        }
    }

    pub(crate) fn message(&self) -> Element<'_> {
        self.document.element(self.message).unwrap_or_else(|| self.document.root())
    }

    /// Returns who says to have sent this.
    pub(crate) fn issuer(&self) -> Option<&str> {
        let first = self.message().children().next().filter(|first| first.local_name() == "Issuer")?;
        saml_protocol::trimmed_text(first).ok()
    }

    /// Verifies the signature that the binding asks for, and returns the document whose root is what it covers.
    ///
    /// By HTTP-Redirect only the query is looked at: an XML signature in the message does not count (SAML Bindings
    /// 3.4.4.1).
    pub(crate) fn verify(
        self,
        sender: &TrustedSender<'_>,
        algorithms: &AlgorithmPolicy,
        danger_rsa_sha1_redirect: bool,
        trace: &mut Trace,
    ) -> Result<Signed, Error> {
        let binding = self.binding();
        let expected = || "a signature by a key of the partner, over this message";
        let verified = match &self.carrier {
            Carrier::Redirect(message) => {
                let claimed = message.signature().map_or("", |signature| signature.algorithm());
                match message.verify(sender.keys, algorithms) {
                    Err(_) if danger_rsa_sha1_redirect && claimed.ends_with("#rsa-sha1") => {
                        message.danger_verify_rsa_sha1(sender.keys)
                    }
                    verdict => verdict,
                }
                .map(|key| (format!("{claimed} by key {}", key.sha256_fingerprint()), None))
                .map_err(|error| (error.code(), error.to_string()))
            }
            Carrier::Post | Carrier::Soap => verify(self.message(), sender.keys, algorithms, &ParseOptions::message())
                .map(|verified| {
                    let said = format!("{} by key {}", verified.algorithm().uri(), verified.key_fingerprint());
                    (said, Some(verified.into_document()))
                })
                .map_err(|error| (error.code(), error.to_string())),
        };
        match verified {
            Ok((found, document)) => {
                trace.pass(&checks::LOGOUT_SIGNATURE, expected, || found);
                let document = document.unwrap_or(self.document);
                let sender = sender.entity_id.to_owned();
                Ok(Signed { document, sender, binding, relay_state: self.relay_state })
            }
            Err((code, found)) => Err(trace.fail(&checks::LOGOUT_SIGNATURE, code, expected(), found)),
        }
    }

    fn of_type(self, expected: &'static str, trace: &mut Trace) -> Result<Self, Error> {
        let message = self.message();
        let found = || message.local_name().to_owned();
        trace.check(&checks::MESSAGE_TYPE, message.is(PROTOCOL, expected), || expected, found)?;
        Ok(self)
    }
}

/// What a key of the partner signed: the root of the document, whole.
#[derive(Debug)]
pub(crate) struct Signed {
    pub(crate) document: Document,
    /// The entity ID of the partner whose key held.
    pub(crate) sender: String,
    pub(crate) binding: Binding,
    pub(crate) relay_state: Option<String>,
}

fn parse(xml: &[u8], trace: &mut Trace) -> Result<Document, Error> {
    let expected = "a well-formed document without document type, comments and processing instructions";
    let document = Document::parse(xml, &ParseOptions::message())
        .map_err(|error| trace.fail(&checks::MESSAGE, error.code(), expected, error.to_string()))?;
    require_unique_ids(&document)
        .map_err(|error| trace.fail(&checks::MESSAGE, error.code(), "each ID once", "one ID twice"))?;
    trace.pass(&checks::MESSAGE, || expected, || format!("{} bytes", xml.len()));
    Ok(document)
}

fn binding<T>(decoded: Result<T, saml_bindings::Error>, expected: &'static str, trace: &mut Trace) -> Result<T, Error> {
    match decoded {
        Ok(message) => {
            trace.pass(&checks::BINDING, || expected, || "one");
            Ok(message)
        }
        Err(error) => Err(trace.fail(&checks::BINDING, error.code(), expected, error.to_string())),
    }
}
