//! The checks on the road, one file each; here their codes and clauses.

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::Error;
use crate::said::{Said, Words};
use crate::trace::{Check, Trace};

pub(crate) mod attributes;
pub(crate) mod audience_restriction;
pub(crate) mod authenticating_authority;
pub(crate) mod authn_statement;
pub(crate) mod bearer_confirmation;
pub(crate) mod conditions;
pub(crate) mod destination;
pub(crate) mod in_response_to;
pub(crate) mod issue_instant;
pub(crate) mod issuer;
pub(crate) mod level;
pub(crate) mod status;
pub(crate) mod subject;

macro_rules! checks {
    ($($(#[$doc:meta])* $name:ident, $code:literal, $clause:literal;)*) => {
        $($(#[$doc])* pub static $name: Check = Check { code: $code, clause: $clause };)*

        /// Every check that this crate makes, in the order of the road.
        pub static ALL: &[&Check] = &[$(&$name),*];
    };
}

checks! {
    /// The bytes are one well-formed document, with each ID once.
    MESSAGE, "message", "XML 1.0 2.1; SAML Core 1.3.4";
    /// The message is the one that belongs here.
    MESSAGE_TYPE, "message_type", "SAML Profiles 4.1.4.2; SAML Bindings 3.6.6";
    /// The message follows the schema.
    SCHEMA, "schema", "SAML Core 3.3.3, schema";
    /// The sender is the partner.
    ISSUER, "issuer", "SAML Profiles 4.1.4.2";
    /// The signature over the `ArtifactResponse` holds.
    ARTIFACT_RESPONSE_SIGNATURE, "artifact_response_signature", "SAML Core 5.4; DigiD SAML 3.7, ArtifactResponse";
    /// The `ArtifactResponse` answers the `ArtifactResolve` that was sent.
    ARTIFACT_IN_RESPONSE_TO, "artifact_in_response_to", "SAML Core 3.5.3; SAML Core 3.2.2, InResponseTo";
    /// The artifact stood for a message.
    ARTIFACT_RESOLVED, "artifact_resolved", "SAML Core 3.5.3";
    /// The signature over the `Response` holds.
    RESPONSE_SIGNATURE, "response_signature", "SAML Core 5.4";
    /// What is encrypted is for us and opens.
    DECRYPTION, "decryption", "SAML Core 2.2.4, 2.3.4, 2.7.3.2; XML Encryption 1.1 4.4";
    /// The signature over the `Assertion` holds.
    ASSERTION_SIGNATURE, "assertion_signature", "SAML Core 5.4";
    /// The request succeeded.
    STATUS, "status", "SAML Core 3.2.2.2";
    /// There is one assertion.
    ASSERTION, "assertion", "SAML Profiles 4.1.4.2";
    /// Enough of it is signed.
    SIGNATURE_REQUIRED, "signature_required", "SAML Profiles 4.1.4.5; SAML Metadata 2.4.4, WantAssertionsSigned";
    /// The `ArtifactResponse` was made after it was asked for, and not in the future.
    ARTIFACT_ISSUE_INSTANT, "artifact_issue_instant", "SAML Core 3.2.2, IssueInstant; DigiD SAML 3.7, ArtifactResponse";
    /// The request went to the identity provider whose keys verified the answer.
    PARTNER, "partner", "SAML Profiles 4.1.4.3";
    /// The response answers the request of this browser.
    IN_RESPONSE_TO, "in_response_to", "SAML Profiles 4.1.4.3";
    /// The response is for this URL.
    DESTINATION, "destination", "SAML Bindings 3.5.5.2; SAML Core 3.2.2";
    /// The times of making are between the request and now.
    ISSUE_INSTANT, "issue_instant", "SAML Core 3.2.2; DigiD SAML 3.7, IssueInstant";
    /// The assertion is by the partner.
    ASSERTION_ISSUER, "assertion_issuer", "SAML Profiles 4.1.4.2";
    /// The assertion is about somebody.
    SUBJECT, "subject", "SAML Profiles 4.1.4.2";
    /// The assertion may be delivered by whoever bears it.
    BEARER_CONFIRMATION, "bearer_confirmation", "SAML Profiles 4.1.4.2";
    /// The assertion is to be delivered at this URL.
    RECIPIENT, "recipient", "SAML Profiles 4.1.4.3";
    /// The assertion answers the request of this browser.
    CONFIRMATION_IN_RESPONSE_TO, "confirmation_in_response_to", "SAML Profiles 4.1.4.3";
    /// The confirmation has no start, as it must.
    CONFIRMATION_NOT_BEFORE, "confirmation_not_before", "SAML Profiles 4.1.4.2";
    /// The confirmation still holds.
    CONFIRMATION_EXPIRED, "confirmation_expired", "SAML Profiles 4.1.4.3";
    /// The assertion has begun to hold.
    CONDITIONS_NOT_BEFORE, "conditions_not_before", "SAML Core 2.5.1.2";
    /// The assertion still holds.
    CONDITIONS_EXPIRED, "conditions_expired", "SAML Core 2.5.1.2";
    /// The assertion is for us.
    AUDIENCE_RESTRICTION, "audience_restriction", "SAML Core 2.5.1.4; SAML Profiles 4.1.4.2";
    /// There is one statement of authentication.
    AUTHN_STATEMENT, "authn_statement", "SAML Profiles 4.1.4.2";
    /// The user was authenticated when we asked for it.
    AUTHN_INSTANT, "authn_instant", "SAML Core 2.7.2; SAML Core 3.4.1, ForceAuthn";
    /// The session at the identity provider has not ended.
    SESSION_NOT_ON_OR_AFTER, "session_not_on_or_after", "SAML Profiles 4.1.4.3";
    /// The level of assurance is high enough.
    LEVEL, "level", "SAML Core 3.3.2.2.1; DigiD SAML 3.7, AuthnContextClassRef";
    /// The identity provider behind the broker is one that we chose.
    AUTHENTICATING_AUTHORITY, "authenticating_authority", "SAML Core 2.7.2.2";
    /// No attribute stands twice, and one that identifies somebody does so throughout.
    ATTRIBUTES, "attributes", "SAML Core 2.7.3.1";
}

/// The present time and how far clocks may differ.
pub(crate) struct Window {
    pub(crate) now: DateTime<Utc>,
    pub(crate) skew: TimeDelta,
}

impl Window {
    /// Tells whether a moment has come, by the clock of a partner that may be ahead.
    pub(crate) fn has_begun(&self, moment: DateTime<Utc>) -> bool {
        moment <= self.now + self.skew
    }

    /// Tells whether a moment is still to come, by the clock of a partner that may be behind.
    pub(crate) fn is_before(&self, end: DateTime<Utc>) -> bool {
        self.now < end + self.skew
    }

    /// Says the present time behind the words `before`, with the skew.
    pub(crate) fn around(&self, before: &'static str) -> Said {
        Said(Words::Around { before, from: None, now: self.now, skew: self.skew })
    }

    /// Says the time from `from` to the present behind the words `before`, with the skew.
    pub(crate) fn since(&self, before: &'static str, from: DateTime<Utc>) -> Said {
        Said(Words::Around { before, from: Some(from), now: self.now, skew: self.skew })
    }
}

/// Records that `element` was read, or turns a break of the schema into a refusal with the code of that break.
pub(crate) fn schema<T>(
    trace: &mut Trace,
    element: &'static str,
    read: Result<T, saml_protocol::Error>,
) -> Result<T, Error> {
    let expected = "what the schema of SAML 2.0 has";
    match read {
        Ok(read) => {
            trace.pass(&SCHEMA, || expected, || element);
            Ok(read)
        }
        Err(error) => Err(trace.fail(&SCHEMA, error.code(), expected, error.to_string())),
    }
}

/// Says a time as messages write it.
pub(crate) fn seconds(time: DateTime<Utc>) -> String {
    saml_protocol::format_date_time(time)
}

/// Says what was found, where it may be absent.
pub(crate) fn or_nothing(found: Option<&str>) -> Said {
    found.map_or_else(|| "nothing".into(), |found| found.to_owned().into())
}

/// Says a time, or `otherwise` where there is none.
pub(crate) fn moment(time: Option<DateTime<Utc>>, otherwise: &'static str) -> Said {
    time.map_or_else(|| otherwise.into(), Said::from)
}
