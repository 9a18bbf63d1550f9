//! A message of a recording, and what it tells of its login.

use chrono::{DateTime, Utc};
use saml_bindings::soap_body;
use saml_protocol::{AssertionConsumerService, AuthnRequest, namespaces::PROTOCOL};
use saml_xml::{Document, Element, ParseOptions};

/// A SAML message of a recording.
pub(crate) struct Message {
    /// Its name, or the parameter it came in where it cannot be read.
    pub(crate) kind: String,
    pub(crate) binding: &'static str,
    pub(crate) to: String,
    pub(crate) at: Option<(DateTime<Utc>, &'static str)>,
    pub(crate) id: Option<String>,
    pub(crate) in_response_to: Option<String>,
    /// The message, or why there is none.
    pub(crate) xml: Result<Vec<u8>, &'static str>,
}

/// How a message went.
pub(crate) struct Origin {
    pub(crate) binding: &'static str,
    pub(crate) to: String,
    pub(crate) at: Option<(DateTime<Utc>, &'static str)>,
}

/// What an AuthnRequest of a recording asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AskedFor {
    /// Its number in the recording.
    pub(crate) number: usize,
    pub(crate) id: String,
    pub(crate) issued_at: DateTime<Utc>,
    pub(crate) force_authn: bool,
    pub(crate) acs: Option<String>,
    pub(crate) level: Option<String>,
}

impl Message {
    /// Takes a message out of the parameter `name`; `xml` is `None` where it is in no form that is known.
    pub(crate) fn of_parameter(name: &str, xml: Option<Vec<u8>>, origin: Origin) -> Self {
        let document = xml.as_deref().and_then(parse);
        let root = document.as_ref().map(Document::root);
        Self::new(root, name, xml.ok_or("its value is hidden, cut off, or no message"), origin)
    }

    pub(crate) fn of_artifact(origin: Origin) -> Self {
        Self::new(None, "artifact", Err(ARTIFACT_ALONE), origin)
    }

    /// Takes the message out of a SOAP envelope; `None` for anything else.
    pub(crate) fn of_soap(body: &[u8], origin: Origin) -> Option<Self> {
        let document = parse(body.trim_ascii())?;
        let root = soap_body(&document).ok()?;
        (root.namespace() == PROTOCOL).then(|| Self::new(Some(root), "", Ok(body.to_vec()), origin))
    }

    fn new(root: Option<Element<'_>>, name: &str, xml: Result<Vec<u8>, &'static str>, origin: Origin) -> Self {
        let attribute = |name: &str| root.and_then(|root| root.attribute(name)).map(clean);
        let response = root.and_then(|root| root.children().find(|child| child.is(PROTOCOL, "Response")));
        // The Response in an ArtifactResponse answers the AuthnRequest.
        let answering = response.or(root).and_then(|element| element.attribute("InResponseTo")).map(clean);
        Self {
            kind: root.map_or_else(|| name.to_owned(), |root| clean(root.local_name())),
            binding: origin.binding,
            to: clean(&origin.to),
            at: origin.at,
            id: attribute("ID"),
            in_response_to: answering,
            xml,
        }
    }

    /// Tells whether this is what `saml explain` explains, or would be if it could be read.
    pub(crate) fn is_response(&self) -> bool {
        ["Response", "ArtifactResponse", "SAMLResponse"].contains(&self.kind.as_str())
    }

    pub(crate) fn is_artifact(&self) -> bool {
        self.binding == "HTTP-Artifact"
    }

    pub(crate) fn is_posted(&self) -> bool {
        self.binding == "HTTP-POST"
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.xml.is_ok() && self.xml == other.xml && self.to == other.to && self.binding == other.binding
    }

    /// Reads what this asks for, where it is an AuthnRequest; `number` is its number in the recording.
    pub(crate) fn asked(&self, number: usize) -> Option<AskedFor> {
        let document = parse(self.xml.as_deref().ok()?)?;
        let request = AuthnRequest::read(document.root()).ok()?;
        let acs = match request.assertion_consumer_service {
            AssertionConsumerService::Url { url, .. } => Some(clean(url)),
            AssertionConsumerService::Default | AssertionConsumerService::Index(_) => None,
        };
        let context = request.requested_authn_context;
        Some(AskedFor {
            number,
            id: clean(request.id),
            issued_at: request.issue_instant,
            force_authn: request.force_authn,
            acs,
            level: context.and_then(|context| context.class_refs.first().map(|class| clean(class))),
        })
    }
}

fn parse(xml: &[u8]) -> Option<Document> {
    Document::parse(xml, &ParseOptions::message()).ok()
}

/// Makes a value from outside fit a line on a screen.
fn clean(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(LONGEST).collect()
}

/// Longer than any URL or ID that real partners use.
const LONGEST: usize = 300;
pub(crate) const ARTIFACT_ALONE: &str = "the browser brought an artifact only: the message went over the back \
                                         channel, where a browser records nothing; explain the answer to the \
                                         ArtifactResolve, which the log of the portal may have";
