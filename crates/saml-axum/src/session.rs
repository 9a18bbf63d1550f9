#[cfg(feature = "redis")]
mod kept;

use chrono::{DateTime, TimeDelta, Utc};
use saml_digid::LevelOfAssurance;
use saml_name_id::{Bsn, Identity};
use saml_response::{Record, SignedAttribute, Trace};
use saml_sp::{Authentication, IdentityProviderSession};

/// A citizen who is logged in: who it is, how sure that is, and how it was found out.
///
/// It comes from one assertion and ends with the session; nothing is remembered of it for the next (Logius D2). `Debug`
/// shows no name, number or value of an attribute.
#[derive(Clone, Debug)]
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
    pub attributes: Vec<SignedAttribute>,
    /// Every check that the answer went through; none once the session was kept outside this process.
    pub checks: Vec<Record>,
    /// When the login finished.
    pub logged_in_at: DateTime<Utc>,
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
            attributes: authentication.attributes().to_vec(),
            checks: trace.records().to_vec(),
            logged_in_at: now,
        }
    }
}

/// Returns the moment that no use prolongs the session past: the identity provider's, or ours (SAML errata E79).
pub(crate) fn absolute_end(authentication: &Authentication, now: DateTime<Utc>) -> DateTime<Utc> {
    let ours = now.checked_add_signed(Session::LONGEST).unwrap_or(now);
    authentication.session_not_on_or_after().map_or(ours, |theirs| theirs.min(ours))
}
