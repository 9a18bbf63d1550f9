use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use saml_protocol::{LogoutRequest, LogoutResponse, status_codes};
use saml_response::{Check, Error, Trace};
use saml_xml::Document;

/// A logout message whose signature held. Whether it is meant for us, and now, is still to be decided.
pub struct AuthenticLogout {
    pub(crate) document: Document,
    /// The entity ID of the partner whose key signed.
    pub(crate) sender: String,
}

/// What a message must fit.
#[derive(Clone, Copy, Debug)]
pub struct LogoutExpectation<'a> {
    /// The URL that it came to.
    pub destination: &'a str,
    /// The present time.
    pub now: DateTime<Utc>,
}

/// What became of the sessions elsewhere; ours has ended in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoutOutcome {
    /// All of them ended.
    Complete,
    /// Some of them go on: the user must not be told that everything ended (ATT-179).
    Partial,
}

/// A logout that a partner asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutDemand {
    /// The `ID`, which the answer names.
    pub id: String,
    /// The sessions that are to end; all of the user where there are none.
    pub session_indexes: Vec<String>,
}

impl AuthenticLogout {
    /// Decides what the answer to the request with the ID `request_id` says; without one, there is nothing to answer.
    ///
    /// # Errors
    /// An [`Error`] with `issuer`, `destination`, `in_response_to`, `issue_instant` or `logout_status`, or with the code of what
    /// breaks the schema.
    pub fn outcome(
        self,
        request_id: Option<&str>,
        expectation: &LogoutExpectation<'_>,
        trace: &mut Trace,
    ) -> Result<LogoutOutcome, Error> {
        let response = LogoutResponse::read(self.document.root()).map_err(|error| schema(&error, trace))?;
        self.head(response.issuer, response.destination, response.issue_instant, expectation, trace)?;
        let found = response.in_response_to;
        let answers = request_id.is_some() && found == request_id;
        let expected = || "the request of this browser";
        trace.check(&IN_RESPONSE_TO, answers, expected, || if answers { "it" } else { "another, or none" })?;

        let status = &response.status;
        let said = || [Some(status.code), status.second_level].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let is_partial = status.second_level == Some(status_codes::PARTIAL_LOGOUT);
        trace.check(&STATUS, status.is_success() || is_partial, || "Success or PartialLogout", said)?;
        Ok(if status.is_success() && !is_partial { LogoutOutcome::Complete } else { LogoutOutcome::Partial })
    }

    /// Decides whether the request is one to follow.
    ///
    /// # Errors
    /// An [`Error`] with `issuer`, `destination`, `issue_instant` or `logout_expired`, or with the code of what breaks the
    /// schema.
    pub fn demand(self, expectation: &LogoutExpectation<'_>, trace: &mut Trace) -> Result<LogoutDemand, Error> {
        let request = LogoutRequest::read(self.document.root()).map_err(|error| schema(&error, trace))?;
        self.head(request.issuer, request.destination, request.issue_instant, expectation, trace)?;
        let lasts = request.not_on_or_after.is_none_or(|end| expectation.now < end + SKEW);
        trace.check(
            &EXPIRED,
            lasts,
            || "a request that still holds",
            || if lasts { "one" } else { "one that ended" },
        )?;
        Ok(LogoutDemand {
            id: request.id.to_owned(),
            session_indexes: request.session_indexes.iter().map(|index| (*index).to_owned()).collect(),
        })
    }

    /// Checks what both messages have.
    fn head(
        &self,
        issuer: &str,
        destination: Option<&str>,
        issue_instant: DateTime<Utc>,
        expectation: &LogoutExpectation<'_>,
        trace: &mut Trace,
    ) -> Result<(), Error> {
        trace.check(&ISSUER, issuer == self.sender, || self.sender.clone(), || issuer.to_owned())?;
        let (expected, found) = (expectation.destination, destination);
        // Signed messages name where they go, by either binding (SAML Bindings 3.4.5.2, 3.5.5.2).
        let found_words = || found.unwrap_or("nothing").to_owned();
        trace.check(&DESTINATION, found == Some(expected), || expected.to_owned(), found_words)?;
        let age = expectation.now - issue_instant;
        trace.check(&ISSUE_INSTANT, -SKEW <= age && age <= OLDEST, || "within five minutes", || issue_instant)
    }
}

impl fmt::Debug for AuthenticLogout {
    /// Shows the sender only: whom the message names may be a BSN.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthenticLogout(from {})", self.sender)
    }
}

fn schema(error: &saml_protocol::Error, trace: &mut Trace) -> Error {
    trace.fail(&SCHEMA, error.code(), "what the schema of SAML 2.0 has", error.to_string())
}

static SCHEMA: Check = Check { code: "schema", clause: "SAML Core 3.7.1, 3.7.2, schema" };
static ISSUER: Check = Check { code: "issuer", clause: "SAML Profiles 4.4.4.1, 4.4.4.2" };
static DESTINATION: Check = Check { code: "destination", clause: "SAML Bindings 3.4.5.2, 3.5.5.2" };
static ISSUE_INSTANT: Check =
    Check { code: "issue_instant", clause: "SAML Core 3.2.1, 3.2.2; DigiD SAML 3.7, IssueInstant" };
static IN_RESPONSE_TO: Check = Check { code: "in_response_to", clause: "SAML Core 3.2.2, InResponseTo" };
static STATUS: Check = Check { code: "logout_status", clause: "SAML Core 3.7.3.2; SAML Core 3.2.2.2, PartialLogout" };
static EXPIRED: Check = Check { code: "logout_expired", clause: "SAML Core 3.7.1, NotOnOrAfter" };
/// By how much clocks may differ.
const SKEW: TimeDelta = TimeDelta::minutes(1);
/// A message is made when the browser is sent on with it; a form that waits for a click may take a while.
const OLDEST: TimeDelta = TimeDelta::minutes(5);
