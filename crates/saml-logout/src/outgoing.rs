use std::fmt;

use chrono::{DateTime, Utc};
use saml_bindings::{MessageParameter, PostForm, encode_redirect, soap_envelope};
use saml_protocol::{LogoutRequest, LogoutResponse, NameId, Status};
use saml_response::SubjectNameId;
use saml_state::RequestId;
use saml_xml::Writer;
use saml_xml_security::{SignOptions, SignatureAlgorithm, SigningKey, sign};

use crate::error::Error;

/// A `LogoutRequest` to make.
#[derive(Clone, Copy, Debug)]
pub struct NewLogoutRequest<'a> {
    /// Our entity ID.
    pub issuer: &'a str,
    /// The `SingleLogoutService` that it goes to.
    pub destination: &'a str,
    /// Whose session ends: the whole of what was signed at the login, for without a qualifier or the format the other
    /// side may not find it, and the user stays logged in there (ATT-181).
    pub name_id: &'a SubjectNameId,
    /// The session that ends, as the other side named it; without, all of that name.
    pub session_index: Option<&'a str>,
    /// What the answer brings back.
    pub relay_state: Option<&'a str>,
    /// How it is signed.
    pub algorithm: SignatureAlgorithm,
}

/// A `LogoutResponse` to make.
#[derive(Clone, Copy, Debug)]
pub struct NewLogoutResponse<'a> {
    /// Our entity ID.
    pub issuer: &'a str,
    /// The endpoint that it goes to; over SOAP there is none to name.
    pub destination: Option<&'a str>,
    /// The request that it answers.
    pub in_response_to: &'a str,
    /// How it went.
    pub status: Status<'a>,
    /// What came with the request.
    pub relay_state: Option<&'a str>,
    /// How it is signed.
    pub algorithm: SignatureAlgorithm,
}

/// A logout message that is ready to be signed and sent, once. It cannot be read: what is sent is signed.
pub struct UnsignedLogout {
    xml: String,
    destination: String,
    parameter: MessageParameter,
    relay_state: Option<String>,
    algorithm: SignatureAlgorithm,
}

impl NewLogoutRequest<'_> {
    /// Makes the request, which must be remembered under `id` before it is sent.
    ///
    /// # Errors
    /// [`Error::Write`] for a value with characters that XML does not allow.
    pub fn create(&self, id: &RequestId, now: DateTime<Utc>) -> Result<UnsignedLogout, Error> {
        let request = LogoutRequest {
            id: id.as_str(),
            issue_instant: now,
            destination: Some(self.destination),
            reason: None,
            not_on_or_after: None,
            issuer: self.issuer,
            name_id: NameId {
                value: self.name_id.expose(),
                format: self.name_id.format(),
                name_qualifier: self.name_id.name_qualifier(),
                sp_name_qualifier: self.name_id.sp_name_qualifier(),
            },
            session_indexes: self.session_index.into_iter().collect(),
        };
        let mut writer = Writer::new();
        request.write(&mut writer);
        Ok(UnsignedLogout {
            xml: writer.finish()?,
            destination: self.destination.to_owned(),
            parameter: MessageParameter::SamlRequest,
            relay_state: self.relay_state.map(str::to_owned),
            algorithm: self.algorithm,
        })
    }
}

impl NewLogoutResponse<'_> {
    /// Makes the response.
    ///
    /// # Errors
    /// [`Error::Write`] for a value with characters that XML does not allow.
    pub fn create(&self, id: &RequestId, now: DateTime<Utc>) -> Result<UnsignedLogout, Error> {
        let response = LogoutResponse {
            id: id.as_str(),
            issue_instant: now,
            in_response_to: Some(self.in_response_to),
            destination: self.destination,
            issuer: self.issuer,
            status: self.status,
        };
        let mut writer = Writer::new();
        response.write(&mut writer);
        Ok(UnsignedLogout {
            xml: writer.finish()?,
            destination: self.destination.unwrap_or_default().to_owned(),
            parameter: MessageParameter::SamlResponse,
            relay_state: self.relay_state.map(str::to_owned),
            algorithm: self.algorithm,
        })
    }
}

impl UnsignedLogout {
    /// Signs the query and returns the URL to redirect the browser to.
    ///
    /// A request names somebody in that URL, and so in histories and logs: where the name is a person's number, it must
    /// go by [`post`](Self::post).
    ///
    /// # Errors
    /// [`Error::Binding`] when the destination is no URL that a browser can be sent to, or the URL too long.
    pub fn redirect(self, key: &SigningKey) -> Result<String, Error> {
        let signer = Some((key, self.algorithm));
        Ok(encode_redirect(&self.destination, self.parameter, &self.xml, self.relay_state.as_deref(), signer)?)
    }

    /// Signs the message and returns the form that the browser is to post.
    ///
    /// # Errors
    /// [`Error::Signature`] when the key does not fit the algorithm, [`Error::Binding`] when the destination is no URL
    /// that a form can go to.
    pub fn post(self, key: &SigningKey) -> Result<PostForm, Error> {
        let signed = self.signed(key)?;
        Ok(PostForm::new(&self.destination, self.parameter, &signed, self.relay_state.as_deref())?)
    }

    /// Signs the message and returns the SOAP envelope with it.
    ///
    /// # Errors
    /// [`Error::Signature`] when the key does not fit the algorithm.
    pub fn soap(self, key: &SigningKey) -> Result<String, Error> {
        Ok(soap_envelope(&self.signed(key)?)?)
    }

    fn signed(&self, key: &SigningKey) -> Result<String, Error> {
        Ok(sign(&self.xml, key, &SignOptions { signature: self.algorithm, ..SignOptions::default() })?)
    }
}

impl fmt::Debug for UnsignedLogout {
    /// Shows where the message goes, not the message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnsignedLogout({} to {})", self.parameter.name(), self.destination)
    }
}
