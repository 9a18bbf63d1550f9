use chrono::{DateTime, Utc};
use saml_bindings::PostForm;
use saml_logout::{LogoutExpectation, LogoutKind, LogoutOutcome, LogoutQuestion, LogoutSubject, ReceivedLogout};
use saml_protocol::Binding;
use saml_response::{Error, Trace, TrustedSender};
use saml_xml_security::random_bytes;
use thiserror::Error as ThisError;

use crate::configuration::ServiceProvider;

/// How a logout at the identity provider begins; the session here has ended before.
#[derive(Debug)]
pub struct LogoutStart {
    /// The ID of the request, which the browser must bring back with the answer.
    pub id: String,
    /// The form that the browser posts to the identity provider.
    pub form: PostForm,
}

/// Why the identity provider cannot be asked to end its session.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum LogoutError {
    /// The request cannot be written or signed.
    #[error("{0}")]
    Logout(#[from] saml_logout::Error),
    /// The metadata of the identity provider has expired.
    #[error("{0}")]
    Metadata(#[from] saml_metadata::Error),
    /// There is nowhere to send it. By HTTP-Redirect it is not sent, as the NameID would stand in a URL.
    #[error("expected a SingleLogoutService by HTTP-POST in the metadata of {identity_provider}, found none")]
    NoEndpoint {
        /// The entity ID.
        identity_provider: String,
    },
    /// No random bytes for the identifier.
    #[error("{0}")]
    Random(#[from] saml_xml_security::Error),
}

impl LogoutError {
    /// Returns the stable word for logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Logout(error) => error.code(),
            Self::Metadata(error) => error.code(),
            Self::NoEndpoint { .. } => "logout_no_endpoint",
            Self::Random(error) => error.code(),
        }
    }
}

/// How an answer to a logout came in.
#[derive(Clone, Copy)]
pub enum LogoutCarrier<'a> {
    /// The body of a form.
    Post(&'a [u8]),
    /// The query of a URL, without the `?`.
    Redirect(&'a str),
}

/// What came of an answer to a logout: the verdict, and the trace of the checks that led to it.
#[derive(Debug)]
pub struct LogoutAnswered {
    /// What became of the sessions elsewhere, or why the answer says nothing.
    pub verdict: Result<LogoutOutcome, Error>,
    /// The checks in the order of the road.
    pub trace: Trace,
}

impl<R, C> ServiceProvider<R, C> {
    /// Asks the identity provider to end the session that began with this NameID (SAML Profiles 4.4). The session here must have
    /// ended before, so that it does not live on when no answer comes.
    ///
    /// # Errors
    /// A [`LogoutError`]; whoever logs out is logged out here all the same.
    pub fn logout(&self, subject: LogoutSubject<'_>, now: DateTime<Utc>) -> Result<LogoutStart, LogoutError> {
        let configuration = &self.configuration;
        let identity_provider = &configuration.identity_provider;
        identity_provider.check_valid(now)?;
        let destination = identity_provider
            .single_logout_location(Binding::HttpPost)
            .ok_or_else(|| LogoutError::NoEndpoint { identity_provider: identity_provider.entity_id().to_owned() })?;
        let issuer = configuration.settings.issuer();
        let question = LogoutQuestion::new(subject, issuer, destination, random_bytes()?, now)?;
        Ok(LogoutStart { id: question.id().to_owned(), form: question.post(&configuration.key)? })
    }

    /// Consumes the answer to the logout with the ID `request_id`, which came to the URL `destination`.
    ///
    /// It decides nothing but what the user is told: what comes back beside it, a relay state among it, leads nowhere
    /// (ATT-177, ATT-178).
    #[must_use]
    pub fn single_logout_service(
        &self,
        carrier: LogoutCarrier<'_>,
        request_id: Option<&str>,
        destination: &str,
        now: DateTime<Utc>,
    ) -> LogoutAnswered {
        let mut trace = Trace::new();
        let verdict = self.answered(carrier, request_id, &LogoutExpectation { destination, now }, &mut trace);
        LogoutAnswered { verdict, trace }
    }

    fn answered(
        &self,
        carrier: LogoutCarrier<'_>,
        request_id: Option<&str>,
        expectation: &LogoutExpectation<'_>,
        trace: &mut Trace,
    ) -> Result<LogoutOutcome, Error> {
        let received = match carrier {
            LogoutCarrier::Post(body) => ReceivedLogout::post(body, LogoutKind::Response, trace)?,
            LogoutCarrier::Redirect(query) => ReceivedLogout::redirect(query, LogoutKind::Response, trace)?,
        };
        let identity_provider = &self.configuration.identity_provider;
        let sender = TrustedSender { entity_id: identity_provider.entity_id(), keys: identity_provider.signing_keys() };
        let algorithms = self.configuration.profile.response().algorithms();
        received.authenticate(&sender, algorithms, trace)?.outcome(request_id, expectation, trace)
    }
}
