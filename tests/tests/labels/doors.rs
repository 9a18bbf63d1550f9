use saml_metadata::Metadata;
use saml_protocol::AuthnRequest;
use saml_protocol::namespaces::XMLDSIG;
use saml_tests::Setting;
use saml_xml::{Document, ParseOptions};
use saml_xml_security::{AlgorithmPolicy, require_unique_ids, verify};

use crate::rows::{Label, Row};

/// What a door of ours made of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Accepted,
    Refused(&'static str),
    /// We do not read this kind of message.
    NotRead(String),
}

impl Outcome {
    /// Returns the word that stands in the lists.
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused(code) => code,
            Self::NotRead(_) => "not-read",
        }
    }
}

impl<T> From<Result<T, &'static str>> for Outcome {
    fn from(result: Result<T, &'static str>) -> Self {
        result.map_or_else(Self::Refused, |_| Self::Accepted)
    }
}

/// Puts a message through the door that fits its root.
pub(crate) fn judge(row: &Row, message: &[u8], setting: &Setting) -> Outcome {
    if row.label == Label::Parses {
        return Document::parse(message, &ParseOptions::message()).map_err(|error| error.code()).into();
    }
    let options = ParseOptions::metadata();
    let document = match Document::parse(message, &options) {
        Ok(document) => document,
        Err(error) => return Outcome::Refused(error.code()),
    };
    match document.root().local_name() {
        "Response" => setting.judge(message, false).into(),
        "EntityDescriptor" | "EntitiesDescriptor" => metadata(message, setting).into(),
        "AuthnRequest" => authn_request(message).into(),
        name @ ("LogoutRequest" | "LogoutResponse") => Outcome::NotRead(name.to_owned()),
        _ if document.elements().any(|element| element.is(XMLDSIG, "Signature")) => {
            signature(&document, setting).into()
        }
        // Not a message of SAML: what reads a response must say so.
        _ => setting.judge(message, false).into(),
    }
}

pub(crate) fn metadata(message: &[u8], setting: &Setting) -> Result<(), &'static str> {
    let read = || {
        let mut metadata = Metadata::parse_unverified(message)?;
        if metadata.is_signed() {
            metadata = Metadata::verify(message, &setting.keys, &AlgorithmPolicy::modern())?;
        }
        match metadata.identity_provider() {
            Ok(provider) => provider.check_valid(setting.at),
            Err(error) if error.code() == "metadata_is_service_provider" => {
                metadata.service_provider()?.check_valid(setting.at)
            }
            Err(error) => Err(error),
        }
    };
    read().map_err(|error| error.code())
}

fn authn_request(message: &[u8]) -> Result<(), &'static str> {
    let document = Document::parse(message, &ParseOptions::message()).map_err(|error| error.code())?;
    require_unique_ids(&document).map_err(|error| error.code())?;
    AuthnRequest::read(document.root()).map(|_| ()).map_err(|error| error.code())
}

/// Verifies the first signature as an enveloped one of the element around it.
fn signature(document: &Document, setting: &Setting) -> Result<(), &'static str> {
    let signature = document.elements().find(|element| element.is(XMLDSIG, "Signature"));
    let signed = signature.and_then(|signature| signature.parent()).ok_or("signature_is_root")?;
    verify(signed, &setting.keys, &AlgorithmPolicy::modern(), &ParseOptions::metadata())
        .map(|_| ())
        .map_err(|error| error.code())
}
