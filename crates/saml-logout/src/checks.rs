//! The checks on the road of a logout message: their codes and clauses.

use chrono::{DateTime, TimeDelta, Utc};
use saml_protocol::{Binding, format_date_time};
use saml_response::{Check, Error, Trace};

macro_rules! checks {
    ($($(#[$doc:meta])* $name:ident, $code:literal, $clause:literal;)*) => {
        $($(#[$doc])* pub static $name: Check = Check { code: $code, clause: $clause };)*

        /// Every check that this crate makes, in the order of the road.
        pub static ALL: &[&Check] = &[$(&$name),*];
    };
}

checks! {
    /// The message is in its binding as it should be.
    BINDING, "binding", "SAML Bindings 3.2, 3.4, 3.5";
    /// The bytes are one well-formed document, with each ID once.
    MESSAGE, "message", "XML 1.0 2.1; SAML Core 1.3.4";
    /// The message is the one that belongs here.
    MESSAGE_TYPE, "message_type", "SAML Profiles 4.4.3";
    /// The signature over the message holds.
    LOGOUT_SIGNATURE, "logout_signature", "SAML Profiles 4.4.4.1, 4.4.4.2; SAML Bindings 3.4.4.1";
    /// What is encrypted is for us and opens.
    DECRYPTION, "decryption", "SAML Core 2.2.4, 3.7.1";
    /// The message follows the schema.
    SCHEMA, "schema", "SAML Core 3.7.1, 3.7.2, schema";
    /// The sender is the partner.
    ISSUER, "issuer", "SAML Profiles 4.4.4.1, 4.4.4.2";
    /// The message is for this URL.
    DESTINATION, "destination", "SAML Bindings 3.4.5.2, 3.5.5.2; SAML Core 3.2.1, 3.2.2";
    /// The message was made a short while ago, and not in the future.
    ISSUE_INSTANT, "issue_instant", "SAML Core 3.2.1, 3.2.2, IssueInstant";
    /// The request still holds.
    NOT_ON_OR_AFTER, "logout_expired", "SAML Core 3.7.1, NotOnOrAfter";
    /// The answer is to the request that is open.
    IN_RESPONSE_TO, "in_response_to", "SAML Core 3.2.2, InResponseTo";
    /// The answer is by the one who was asked.
    RESPONDER, "responder", "SAML Profiles 4.4.3.4";
    /// How the logout went; whatever it is, it is told and not refused.
    STATUS, "status", "SAML Core 3.7.3.2";
}

/// The present time and how far clocks may differ.
pub(crate) struct Window {
    pub(crate) now: DateTime<Utc>,
    pub(crate) skew: TimeDelta,
}

impl Window {
    /// Requires a message to be made after `from`, and not in the future.
    pub(crate) fn issue_instant(
        &self,
        made_at: DateTime<Utc>,
        from: DateTime<Utc>,
        trace: &mut Trace,
    ) -> Result<(), Error> {
        let fits = made_at + self.skew > from && made_at <= self.now + self.skew;
        let expected = || {
            let [from, now] = [from, self.now].map(format_date_time);
            format!("from {from} to now {now} ± {} s", self.skew.num_seconds())
        };
        trace.check(&ISSUE_INSTANT, fits, expected, || made_at)
    }

    /// Requires the end of a request, where it has one, to be still to come.
    pub(crate) fn not_on_or_after(&self, end: Option<DateTime<Utc>>, trace: &mut Trace) -> Result<(), Error> {
        let Some(end) = end else {
            trace.not_checked(&NOT_ON_OR_AFTER, "not there, and not required");
            return Ok(());
        };
        let expected = || format!("an end after now {} ± {} s", format_date_time(self.now), self.skew.num_seconds());
        trace.check(&NOT_ON_OR_AFTER, self.now < end + self.skew, expected, || end)
    }
}

/// Requires the message to be for `endpoint`; what came through a browser and is signed must say so.
pub(crate) fn destination(
    found: Option<&str>,
    endpoint: &str,
    binding: Binding,
    trace: &mut Trace,
) -> Result<(), Error> {
    if found.is_none() && binding == Binding::Soap {
        trace.not_checked(&DESTINATION, "not there, and not required over SOAP");
        return Ok(());
    }
    let or_nothing = || found.unwrap_or("nothing").to_owned();
    trace.check(&DESTINATION, found == Some(endpoint), || endpoint.to_owned(), or_nothing)
}

/// Requires the sender to be the partner.
pub(crate) fn issuer(found: &str, partner: &str, trace: &mut Trace) -> Result<(), Error> {
    trace.check(&ISSUER, found == partner, || partner.to_owned(), || found.to_owned())
}

/// Records that a message was read, or turns a break of the schema into a refusal with the code of that break.
pub(crate) fn schema<T>(
    trace: &mut Trace,
    message: &'static str,
    read: Result<T, saml_protocol::Error>,
) -> Result<T, Error> {
    let expected = "what the schema of SAML 2.0 has";
    match read {
        Ok(read) => {
            trace.pass(&SCHEMA, || expected, || message);
            Ok(read)
        }
        Err(error) => Err(trace.fail(&SCHEMA, error.code(), expected, error.to_string())),
    }
}
