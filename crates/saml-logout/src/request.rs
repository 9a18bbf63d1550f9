use std::fmt;

use chrono::{DateTime, Utc};
use saml_bindings::MessageParameter;
use saml_protocol::{Binding, DecryptedPart, LogoutRequest, encrypted_name_id};
use saml_response::{Error, SubjectNameId, Trace, TrustedSender};
use saml_xml::{Document, Element, ParseOptions};
use saml_xml_security::{Authenticated, DecryptionKey, Decryptor, require_unique_ids};

use crate::arrival::{Arrival, Signed};
use crate::checks;
use crate::policy::LogoutPolicy;

/// A `LogoutRequest` that arrived and is well-formed. Nothing in it is known to be true.
#[derive(Debug)]
pub struct ReceivedLogoutRequest {
    arrival: Arrival,
    decryptor: Option<Decryptor>,
}

/// A `LogoutRequest` whose signature held. Whether it is for us and for now is still to be checked by
/// [`validate`](Self::validate).
pub struct AuthenticLogoutRequest<'p> {
    signed: Signed,
    decryptor: Option<Decryptor>,
    policy: &'p LogoutPolicy,
}

/// A `LogoutRequest` that every check let through. That it was not seen before, a store must say.
#[derive(Clone, PartialEq, Eq)]
pub struct ValidLogoutRequest {
    id: String,
    issuer: String,
    name_id: SubjectNameId,
    session_indexes: Vec<String>,
    binding: Binding,
    relay_state: Option<String>,
    replay_until: DateTime<Utc>,
}

impl ReceivedLogoutRequest {
    /// Takes the request out of the query of a URL, as it comes by HTTP-Redirect.
    ///
    /// # Errors
    /// An [`Error`] with the code of the binding or XML error, `duplicate_id` or `message_type`.
    pub fn from_redirect(query: &str, trace: &mut Trace) -> Result<Self, Error> {
        Arrival::redirect(query, MessageParameter::SamlRequest, LOGOUT_REQUEST, trace).map(Self::new)
    }

    /// Takes the request out of the body of a form, as it comes by HTTP-POST.
    ///
    /// # Errors
    /// As [`from_redirect`](Self::from_redirect).
    pub fn from_post(body: &[u8], trace: &mut Trace) -> Result<Self, Error> {
        Arrival::post(body, MessageParameter::SamlRequest, LOGOUT_REQUEST, trace).map(Self::new)
    }

    /// Takes the request out of a SOAP envelope, as it comes from server to server.
    ///
    /// # Errors
    /// As [`from_redirect`](Self::from_redirect).
    pub fn from_soap(envelope: &[u8], trace: &mut Trace) -> Result<Self, Error> {
        Arrival::soap(envelope, LOGOUT_REQUEST, trace).map(Self::new)
    }

    /// Returns who says to have sent this: to find a partner by, not to believe.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.arrival.issuer()
    }

    /// Lets an encrypted name be opened with `keys`; `recipient` is our entity ID. Without keys it is refused.
    #[must_use]
    pub fn decrypt_with(self, keys: &[DecryptionKey], recipient: &str) -> Self {
        Self { decryptor: (!keys.is_empty()).then(|| Decryptor::new(keys, recipient)), ..self }
    }

    /// Verifies the signature of the message, or of the query that brought it, and keeps what it covers.
    ///
    /// # Errors
    /// An [`Error`] with the code of the signature error: no message without a signature passes (ATT-175, ATT-180).
    pub fn authenticate<'p>(
        self,
        sender: &TrustedSender<'_>,
        policy: &'p LogoutPolicy,
        trace: &mut Trace,
    ) -> Result<AuthenticLogoutRequest<'p>, Error> {
        let signed = self.arrival.verify(sender, &policy.algorithms, false, trace)?;
        Ok(AuthenticLogoutRequest { signed, decryptor: self.decryptor, policy })
    }

    fn new(arrival: Arrival) -> Self {
        Self { arrival, decryptor: None }
    }
}

impl AuthenticLogoutRequest<'_> {
    /// Checks that the request is by the partner, for `endpoint`, and of this moment.
    ///
    /// # Errors
    /// An [`Error`] with the code of the first check that failed.
    pub fn validate(
        mut self,
        endpoint: &str,
        now: DateTime<Utc>,
        trace: &mut Trace,
    ) -> Result<ValidLogoutRequest, Error> {
        let root = self.signed.document.root();
        let decrypted = open(root, self.decryptor.as_mut(), trace)?;
        let request = checks::schema(trace, "a LogoutRequest", LogoutRequest::read(root, &decrypted))?;
        checks::issuer(request.issuer, &self.signed.sender, trace)?;
        checks::destination(request.destination, endpoint, self.signed.binding, trace)?;
        let window = checks::Window { now, skew: self.policy.clock_skew.as_delta() };
        let oldest = now.checked_sub_signed(self.policy.longest_age).unwrap_or(now);
        window.issue_instant(request.issue_instant, oldest, trace)?;
        window.not_on_or_after(request.not_on_or_after, trace)?;
        let too_old = request.issue_instant + self.policy.longest_age + window.skew;
        Ok(ValidLogoutRequest {
            id: request.id.to_owned(),
            issuer: request.issuer.to_owned(),
            name_id: request.name_id.into(),
            session_indexes: request.session_indexes.iter().map(|index| (*index).to_owned()).collect(),
            binding: self.signed.binding,
            relay_state: self.signed.relay_state.clone(),
            replay_until: too_old,
        })
    }
}

impl fmt::Debug for AuthenticLogoutRequest<'_> {
    /// Leaves out who logs out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthenticLogoutRequest").field("sender", &self.signed.sender).finish_non_exhaustive()
    }
}

impl ValidLogoutRequest {
    /// Returns the ID, which the answer names.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the entity ID of who asks.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns whose sessions end, with format and qualifiers: the value alone may be that of somebody else (ATT-176).
    #[must_use]
    pub const fn name_id(&self) -> &SubjectNameId {
        &self.name_id
    }

    /// Returns which sessions end; none means all of that name, and of nobody else (SAML Core 3.7.1, ATT-176).
    #[must_use]
    pub fn session_indexes(&self) -> &[String] {
        &self.session_indexes
    }

    /// Returns how the request came.
    #[must_use]
    pub const fn binding(&self) -> Binding {
        self.binding
    }

    /// Returns what the answer must bring back, as it is: nothing here is decided by it (ATT-178).
    #[must_use]
    pub fn relay_state(&self) -> Option<&str> {
        self.relay_state.as_deref()
    }

    /// Returns when the request is too old to pass again; until then it must be remembered by issuer and ID.
    #[must_use]
    pub const fn replay_until(&self) -> DateTime<Utc> {
        self.replay_until
    }
}

impl fmt::Debug for ValidLogoutRequest {
    /// Leaves out who logs out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValidLogoutRequest")
            .field("id", &self.id)
            .field("issuer", &self.issuer)
            .field("binding", &self.binding)
            .finish_non_exhaustive()
    }
}

/// Opens the name of a request whose signature held; the schema refuses what is left unopened without keys.
fn open(
    request: Element<'_>,
    decryptor: Option<&mut Decryptor>,
    trace: &mut Trace,
) -> Result<Vec<DecryptedPart>, Error> {
    let (Some(encrypted), Some(decryptor)) = (encrypted_name_id(request), decryptor) else { return Ok(Vec::new()) };
    let failed = || saml_xml_security::Error::DecryptionFailed;
    let mut opened = || {
        let plaintext = decryptor.decrypt(&[encrypted], Authenticated::BySignature)?;
        let plaintext = plaintext.first().ok_or_else(failed)?;
        // In the context of its ciphertext, so that no declaration outside the signature binds a prefix in it.
        let document =
            Document::parse_in_context(plaintext, encrypted, &ParseOptions::message()).map_err(|_| failed())?;
        require_unique_ids(&document).map_err(|_| failed())?;
        DecryptedPart::new(encrypted, document).ok_or_else(failed)
    };
    let expected = || "a name encrypted for one of our keys";
    match opened() {
        Ok(part) => {
            trace.pass(&checks::DECRYPTION, expected, || "one");
            Ok(vec![part])
        }
        Err(error) => Err(trace.fail(&checks::DECRYPTION, error.code(), expected(), error.to_string())),
    }
}

const LOGOUT_REQUEST: &str = "LogoutRequest";
