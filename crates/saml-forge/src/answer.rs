use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use saml_protocol::{
    Assertion, Attribute as ProtocolAttribute, AttributeValue, AuthnStatement, BEARER, Conditions, NameId, Response,
    Status, Subject, SubjectConfirmation, status_codes,
};
use saml_xml::{Document, ParseOptions, Writer};
use saml_xml_security::{SignOptions, SigningKey, sign};

use crate::edit;
use crate::encrypted_identifier::EncryptedIdentifier;
use crate::error::Error;
use crate::identifiers::Identifiers;

/// A good answer to an `AuthnRequest`, in the shape that the Signicat broker gives it, or the routing service of
/// Stelsel Toegang.
///
/// ```
/// use chrono::DateTime;
/// use saml_forge::{Answer, Answered, Identifiers, Login, Outcome};
/// use saml_xml::{Document, ParseOptions};
/// use saml_xml_security::{AlgorithmPolicy, SigningKey, verify};
///
/// let key = SigningKey::generate_self_signed(2048, "broker.example.nl", 0, 4_000_000_000)?;
/// let request = Answered {
///     request_id: "_1".to_owned(),
///     service_provider: "https://portal.example.nl/saml/metadata".to_owned(),
///     assertion_consumer_service: "https://portal.example.nl/saml/acs".to_owned(),
/// };
/// let login = Login::new("s00000000:900026236", "simulator", "urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard");
/// let xml = Answer::signicat(
///     "https://broker.example.nl/broker/sp/saml",
///     request,
///     Identifiers::from_random([0; 48]),
///     DateTime::UNIX_EPOCH,
///     Outcome::Login(login),
/// )
/// .write(&key)?;
///
/// let keys = [key.verifying_key().clone()];
/// let options = ParseOptions::message();
/// let document = Document::parse(xml.as_bytes(), &options)?;
/// assert!(verify(document.root(), &keys, &AlgorithmPolicy::modern(), &options).is_ok());
/// # Ok::<(), saml_forge::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The entity ID of the broker.
    pub issuer: String,
    /// What is answered, and to whom.
    pub request: Answered,
    /// The identifiers of message, assertion and session.
    pub identifiers: Identifiers,
    /// When the message and the assertion are made, and the user was authenticated.
    pub issue_instant: DateTime<Utc>,
    /// How it went.
    pub outcome: Outcome,
    /// What is signed.
    pub signed: Signed,
}

/// The request that an answer is to, as far as the answer repeats it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The `ID` of the request.
    pub request_id: String,
    /// The entity ID of the service provider, which becomes the `Audience`.
    pub service_provider: String,
    /// The URL that the answer goes to, which becomes `Destination` and `Recipient`.
    pub assertion_consumer_service: String,
}

/// How a login went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It failed: the answer has a status and no assertion.
    Failure(Failure),
    /// It succeeded: the answer has an assertion.
    Login(Login),
}

/// A status other than success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The top-level status code.
    pub code: String,
    /// The second-level status code, where there is one.
    pub second_level: Option<String>,
    /// A text for people, where there is one.
    pub message: Option<String>,
}

/// Who logged in, and how.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The value of the `NameID`.
    pub name_id: String,
    /// The format of the `NameID`.
    pub name_id_format: String,
    /// Whether the `NameID` names `authority` as its `NameQualifier`.
    pub name_qualifier: bool,
    /// Who authenticated the user: the first `AuthenticatingAuthority`.
    pub authority: String,
    /// The mandate services involved: further ones.
    pub mandate_services: Vec<String>,
    /// The level of assurance as a class URI.
    pub class_ref: String,
    /// The attributes; without any, there is no `AttributeStatement`.
    pub attributes: Vec<Attribute>,
    /// The attributes whose one value is an encrypted identifier, behind the others.
    pub identifiers: Vec<EncryptedIdentifier>,
    /// What stands in the `Advice`, as XML; evidence that nobody may decide by.
    pub advice: Option<String>,
}

/// An attribute of the one who logged in.
#[derive(Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The name.
    pub name: String,
    /// The values in order.
    pub values: Vec<String>,
}

/// What of an answer is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// The `Assertion`; of an answer that has none, nothing.
    Assertion,
    /// The `Assertion`, and the `Response` around it.
    Both,
    /// The `Response`.
    Response,
}

impl Answer {
    /// Makes an answer of the broker, with `Response` and `Assertion` signed.
    #[must_use]
    pub fn signicat(
        issuer: &str,
        request: Answered,
        identifiers: Identifiers,
        issue_instant: DateTime<Utc>,
        outcome: Outcome,
    ) -> Self {
        Self { issuer: issuer.to_owned(), request, identifiers, issue_instant, outcome, signed: Signed::Both }
    }

    /// Makes an answer of the routing service of Stelsel Toegang, with the `Assertion` signed, which goes into a signed
    /// `ArtifactResponse` (ST-SAML 1.0, Response).
    #[must_use]
    pub fn st_saml(
        issuer: &str,
        request: Answered,
        identifiers: Identifiers,
        issue_instant: DateTime<Utc>,
        outcome: Outcome,
    ) -> Self {
        let answer = Self::signicat(issuer, request, identifiers, issue_instant, outcome);
        Self { signed: Signed::Assertion, ..answer }
    }

    /// Writes the message, signed with RSA and SHA-256.
    ///
    /// # Errors
    /// [`Error::Write`] for a value that XML cannot hold, [`Error::Signature`] when `key` cannot make such a signature
    /// or an identifier is no XML name.
    pub fn write(&self, key: &SigningKey) -> Result<String, Error> {
        let (status, assertion) = match &self.outcome {
            Outcome::Failure(failure) => (failure.status(), None),
            Outcome::Login(login) => (Status::success(), Some(self.write_assertion(login, key)?)),
        };
        let assertion = assertion.map(|xml| Document::parse(xml.as_bytes(), &ParseOptions::message())).transpose()?;
        let response = Response {
            id: &self.identifiers.response,
            issue_instant: self.issue_instant,
            in_response_to: Some(&self.request.request_id),
            destination: Some(&self.request.assertion_consumer_service),
            issuer: Some(&self.issuer),
            status,
        };
        let mut writer = Writer::new();
        response.write(&mut writer, assertion.as_ref());
        let xml = writer.finish()?;
        let has_attributes = matches!(&self.outcome, Outcome::Login(login) if login.has_attributes());
        match self.signed {
            Signed::Assertion => Ok(xml),
            Signed::Both | Signed::Response => Ok(sign(&xml, key, &sign_options(has_attributes))?),
        }
    }

    fn write_assertion(&self, login: &Login, key: &SigningKey) -> Result<String, Error> {
        let mut writer = Writer::new();
        self.assertion(login).write(&mut writer);
        let mut xml = writer.finish()?;
        if let Some(advice) = &login.advice {
            xml = edit::after(&xml, "Conditions", &format!("<saml:Advice>{advice}</saml:Advice>"))?;
        }
        for identifier in &login.identifiers {
            xml = identifier.write_into(&xml)?;
        }
        match self.signed {
            Signed::Response => Ok(xml),
            Signed::Assertion | Signed::Both => Ok(sign(&xml, key, &sign_options(login.has_attributes()))?),
        }
    }

    fn assertion<'a>(&'a self, login: &'a Login) -> Assertion<'a> {
        let not_on_or_after = self.issue_instant.checked_add_signed(LIFETIME);
        Assertion {
            id: &self.identifiers.assertion,
            issue_instant: self.issue_instant,
            issuer: &self.issuer,
            subject: Some(Subject {
                name_id: Some(NameId {
                    value: &login.name_id,
                    format: Some(&login.name_id_format),
                    name_qualifier: login.name_qualifier.then_some(login.authority.as_str()),
                    sp_name_qualifier: None,
                }),
                confirmations: vec![SubjectConfirmation {
                    method: BEARER,
                    recipient: Some(&self.request.assertion_consumer_service),
                    in_response_to: Some(&self.request.request_id),
                    not_before: None,
                    not_on_or_after,
                }],
            }),
            conditions: Some(Conditions {
                not_before: self.issue_instant.checked_sub_signed(BACK_DATED),
                not_on_or_after,
                audience_restrictions: vec![vec![&self.request.service_provider]],
                one_time_use: false,
            }),
            authn_statements: vec![AuthnStatement {
                authn_instant: self.issue_instant,
                session_index: Some(&self.identifiers.session_index),
                session_not_on_or_after: None,
                class_ref: Some(&login.class_ref),
                authenticating_authorities: [&login.authority]
                    .into_iter()
                    .chain(&login.mandate_services)
                    .map(String::as_str)
                    .collect(),
            }],
            attributes: login
                .attributes
                .iter()
                .map(Attribute::as_protocol)
                .chain(login.identifiers.iter().map(EncryptedIdentifier::as_protocol))
                .collect(),
        }
    }
}

impl Failure {
    /// The user cancelled: `Responder` with `AuthnFailed`.
    #[must_use]
    pub fn cancelled() -> Self {
        Self::responder(status_codes::AUTHN_FAILED)
    }

    /// The level that was asked for was not reached: `Responder` with `NoAuthnContext`.
    #[must_use]
    pub fn no_authn_context() -> Self {
        Self::responder(status_codes::NO_AUTHN_CONTEXT)
    }

    /// The user cancelled, as Stelsel Toegang says it: with the message that tells it from a login that failed.
    #[must_use]
    pub fn cancelled_at_st_saml() -> Self {
        Self { message: Some("Authentication cancelled".to_owned()), ..Self::cancelled() }
    }

    /// Something went wrong at the identity provider: `Responder` with `RequestDenied`.
    #[must_use]
    pub fn request_denied() -> Self {
        Self::responder(status_codes::REQUEST_DENIED)
    }

    fn responder(second_level: &str) -> Self {
        Self { code: status_codes::RESPONDER.to_owned(), second_level: Some(second_level.to_owned()), message: None }
    }

    pub(crate) fn status(&self) -> Status<'_> {
        Status { code: &self.code, second_level: self.second_level.as_deref(), message: self.message.as_deref() }
    }
}

impl Login {
    /// Says who logged in where, at which level; without attributes, and in a format that is not specified.
    #[must_use]
    pub fn new(name_id: &str, authority: &str, class_ref: &str) -> Self {
        Self {
            name_id: name_id.to_owned(),
            name_id_format: UNSPECIFIED.to_owned(),
            authority: authority.to_owned(),
            class_ref: class_ref.to_owned(),
            attributes: Vec::new(),
            name_qualifier: true,
            mandate_services: Vec::new(),
            identifiers: Vec::new(),
            advice: None,
        }
    }

    /// Says who logged in as the routing service of Stelsel Toegang does: the NameID is transient, and who it is stands
    /// in `identifiers`.
    #[must_use]
    pub fn st_saml(
        transient: &str,
        authority: &str,
        class_ref: &str,
        service: &str,
        identifiers: Vec<EncryptedIdentifier>,
    ) -> Self {
        Self {
            name_id_format: TRANSIENT.to_owned(),
            name_qualifier: false,
            attributes: vec![Attribute::new("urn:nl-eid-gdi:1.0:ServiceUUID", service)],
            identifiers,
            ..Self::new(transient, authority, class_ref)
        }
    }
}

impl Login {
    fn has_attributes(&self) -> bool {
        !self.attributes.is_empty() || !self.identifiers.is_empty()
    }
}

impl fmt::Debug for Login {
    /// Leaves out who it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("name_id_format", &self.name_id_format)
            .field("authority", &self.authority)
            .field("class_ref", &self.class_ref)
            .field("attributes", &self.attributes)
            .finish_non_exhaustive()
    }
}

impl Attribute {
    /// Makes an attribute with one value.
    #[must_use]
    pub fn new(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), values: vec![value.to_owned()] }
    }

    fn as_protocol(&self) -> ProtocolAttribute<'_> {
        let values = self.values.iter().map(|value| AttributeValue::Text(value)).collect();
        ProtocolAttribute { name: &self.name, name_format: None, values }
    }
}

impl fmt::Debug for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attribute({}, redacted)", self.name)
    }
}

/// Names the prefix that stands in `xsi:type="xs:string"`, as the broker does: by itself it is no visible use.
fn sign_options(has_attributes: bool) -> SignOptions {
    let inclusive_prefixes = if has_attributes { vec!["xs".to_owned()] } else { Vec::new() };
    SignOptions { inclusive_prefixes, ..SignOptions::default() }
}

/// What the answers of real brokers have.
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
const BACK_DATED: TimeDelta = TimeDelta::seconds(5);
const LIFETIME: TimeDelta = TimeDelta::seconds(120);
