use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use saml_digid::LevelOfAssurance;
use saml_name_id::{Bsn, Identity};
use saml_response::{Record, SignedAttribute, Trace, Verdict};
use saml_sp::{Authentication, IdentityProviderSession};
use saml_state::{RequestId, ReturnPath};

/// A citizen who is logged in: who it is, how sure that is, and how it was found out.
///
/// It comes from one assertion and ends with the session; nothing is remembered of it for the next (Logius D2). `Debug`
/// shows no name, number or value of an attribute.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Session {
    /// Whom the session is about: the person represented, where somebody acts for another.
    pub identity: Identity,
    /// The person at the keyboard, where that is somebody else.
    pub acting: Option<Bsn>,
    /// The level of assurance; `None` for a class outside the vocabularies of DigiD and eToegang.
    pub level: Option<LevelOfAssurance>,
    /// The class of authentication as it was asserted.
    pub authn_context_class: Option<String>,
    /// The entity ID of who asserted it.
    pub issuer: String,
    /// Who authenticated the citizen, where the issuer is a broker.
    pub authority: Option<String>,
    /// The session at the identity provider.
    pub session_index: Option<String>,
    /// What a logout names to the identity provider.
    pub at_identity_provider: IdentityProviderSession,
    /// The attributes that the profile keeps.
    pub attributes: Vec<SessionAttribute>,
    /// Every check that the answer went through.
    pub checks: Vec<SessionCheck>,
    /// When the login finished.
    pub logged_in_at: DateTime<Utc>,
    /// The request that the login answered: a browser that brings the same answer again is sent on, not refused.
    pub request_id: RequestId,
    /// Where the login went.
    pub return_to: ReturnPath,
}

impl Session {
    /// How long a session can live, however much it is used: a working day.
    pub const LONGEST: TimeDelta = TimeDelta::hours(8);

    pub(crate) fn new(authentication: &Authentication, trace: &Trace, now: DateTime<Utc>) -> Self {
        let subject = authentication.subject();
        Self {
            identity: subject.identity.clone(),
            acting: subject.acting.clone(),
            level: authentication.level(),
            authn_context_class: authentication.authn_context_class().map(str::to_owned),
            issuer: authentication.issuer().to_owned(),
            authority: authentication.authority().map(str::to_owned),
            session_index: authentication.session_index().map(str::to_owned),
            at_identity_provider: authentication.identity_provider_session(),
            attributes: authentication.attributes().iter().map(SessionAttribute::new).collect(),
            checks: trace.records().iter().map(SessionCheck::new).collect(),
            logged_in_at: now,
            request_id: authentication.request_id().clone(),
            return_to: authentication.return_to().clone(),
        }
    }
}

/// An attribute that the signature covered and the profile keeps. `Debug` shows its name alone.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionAttribute {
    pub(crate) name: String,
    pub(crate) values: Vec<String>,
}

impl SessionAttribute {
    fn new(attribute: &SignedAttribute) -> Self {
        Self { name: attribute.name().to_owned(), values: attribute.expose().to_vec() }
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the values, which may say something of a person: do not log them.
    #[must_use]
    pub fn expose(&self) -> &[String] {
        &self.values
    }
}

impl fmt::Debug for SessionAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionAttribute").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What one check saw, to show to somebody. It holds no personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionCheck {
    /// The code of the check.
    pub code: String,
    /// The clause of the specification.
    pub clause: String,
    /// What should have been found.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// How it ended.
    pub verdict: Verdict,
}

impl SessionCheck {
    fn new(record: &Record) -> Self {
        Self {
            code: record.code.to_owned(),
            clause: record.clause.to_owned(),
            expected: record.expected.to_string(),
            found: record.found.to_string(),
            verdict: record.verdict,
        }
    }
}

/// Returns the moment that no use prolongs the session past: the identity provider's, or ours (SAML errata E79).
pub(crate) fn absolute_end(authentication: &Authentication, now: DateTime<Utc>) -> DateTime<Utc> {
    let ours = now.checked_add_signed(Session::LONGEST).unwrap_or(now);
    authentication.session_not_on_or_after().map_or(ours, |theirs| theirs.min(ours))
}
