use std::fmt;

use chrono::{DateTime, Utc};
use saml_bindings::{MessageParameter, PostForm, encode_redirect};
use saml_protocol::{LogoutRequest, LogoutResponse, NameId, Status};
use saml_response::SubjectNameId;
use saml_xml::Writer;
use saml_xml_security::{SignOptions, SignatureAlgorithm, SigningKey, sign};

use crate::error::Error;

/// A `LogoutRequest` that is ready to be signed and sent, once, by HTTP-POST: in a URL there must be no NameID.
///
/// It cannot be read: what is sent is signed.
pub struct LogoutQuestion(Message);

/// A `LogoutResponse` that is ready to be signed and sent, once.
pub struct LogoutAnswer(Message);

struct Message {
    id: String,
    xml: String,
    destination: String,
    parameter: MessageParameter,
}

/// Whose session is to end, exactly as the identity provider said it: with another format or qualifier it finds nobody, and
/// the user stays logged in there (ATT-181).
#[derive(Clone, Copy, Debug)]
pub struct LogoutSubject<'a> {
    /// The NameID of the assertion.
    pub name_id: &'a SubjectNameId,
    /// The session at the identity provider, where the assertion named one.
    pub session_index: Option<&'a str>,
}

impl LogoutQuestion {
    /// Makes a `LogoutRequest` from `issuer` to `destination`; `random` is from a cryptographic source and becomes the ID.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn new(
        subject: LogoutSubject<'_>,
        issuer: &str,
        destination: &str,
        random: [u8; 20],
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let (id, name_id) = (id(random), subject.name_id);
        let request = LogoutRequest {
            id: &id,
            issue_instant: now,
            destination: Some(destination),
            not_on_or_after: None,
            issuer,
            name_id: NameId {
                value: name_id.expose(),
                format: name_id.format(),
                name_qualifier: name_id.name_qualifier(),
                sp_name_qualifier: name_id.sp_name_qualifier(),
            },
            session_indexes: subject.session_index.into_iter().collect(),
        };
        let mut writer = Writer::new();
        request.write(&mut writer);
        let (xml, destination) = (writer.finish()?, destination.to_owned());
        Ok(Self(Message { id, xml, destination, parameter: MessageParameter::SamlRequest }))
    }

    /// Returns the `ID`, which the answer names.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// Signs the message, directly behind the `Issuer`, and returns the form that the browser is to post.
    ///
    /// # Errors
    /// [`Error::Signature`], [`Error::Binding`].
    pub fn post(self, key: &SigningKey) -> Result<PostForm, Error> {
        self.0.post(None, key)
    }
}

impl LogoutAnswer {
    /// Makes a `LogoutResponse` from `issuer` to `destination`, in answer to the request with the ID `in_response_to`.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn new(
        status: Status<'_>,
        in_response_to: &str,
        issuer: &str,
        destination: &str,
        random: [u8; 20],
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let id = id(random);
        let response = LogoutResponse {
            id: &id,
            issue_instant: now,
            in_response_to: Some(in_response_to),
            destination: Some(destination),
            issuer,
            status,
        };
        let mut writer = Writer::new();
        response.write(&mut writer);
        let (xml, destination) = (writer.finish()?, destination.to_owned());
        Ok(Self(Message { id, xml, destination, parameter: MessageParameter::SamlResponse }))
    }

    /// Signs the message, directly behind the `Issuer`, and returns the form that the browser is to post.
    ///
    /// # Errors
    /// [`Error::Signature`], [`Error::Binding`].
    pub fn post(self, relay_state: Option<&str>, key: &SigningKey) -> Result<PostForm, Error> {
        self.0.post(relay_state, key)
    }

    /// Signs the message in the query of the URL to redirect the browser to.
    ///
    /// # Errors
    /// [`Error::Signature`], [`Error::Binding`].
    pub fn redirect(self, relay_state: Option<&str>, key: &SigningKey) -> Result<String, Error> {
        let Message { xml, destination, parameter, .. } = self.0;
        let signer = Some((key, SignatureAlgorithm::RsaSha256));
        Ok(encode_redirect(&destination, parameter, &xml, relay_state, signer)?)
    }
}

impl Message {
    fn post(self, relay_state: Option<&str>, key: &SigningKey) -> Result<PostForm, Error> {
        let signed = sign(&self.xml, key, &SignOptions::default())?;
        Ok(PostForm::new(&self.destination, self.parameter, &signed, relay_state)?)
    }
}

impl fmt::Debug for LogoutQuestion {
    /// Shows where the message goes; whom it names may be a BSN.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogoutQuestion(to {})", self.0.destination)
    }
}

impl fmt::Debug for LogoutAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogoutAnswer(to {})", self.0.destination)
    }
}

/// An ID is an NCName, so that it must not begin with a digit.
fn id(random: [u8; 20]) -> String {
    random.iter().fold("_".to_owned(), |id, byte| format!("{id}{byte:02x}"))
}
