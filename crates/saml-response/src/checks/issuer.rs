use crate::checks::{ASSERTION_ISSUER, ISSUER, or_nothing};
use crate::error::Error;
use crate::trace::Trace;

/// Requires the issuer of a message, where it names one, to be the partner (ATT-065, ATT-127).
///
/// A message may leave its issuer out; the assertion may not.
pub(crate) fn message_issuer(issuer: Option<&str>, partner: &str, trace: &mut Trace) -> Result<(), Error> {
    trace.check(&ISSUER, issuer.is_none_or(|issuer| issuer == partner), || partner.to_owned(), || or_nothing(issuer))
}

/// Requires the issuer of the assertion to be the partner whose keys verified it.
pub(crate) fn assertion_issuer(issuer: &str, partner: &str, trace: &mut Trace) -> Result<(), Error> {
    trace.check(&ASSERTION_ISSUER, issuer == partner, || partner.to_owned(), || issuer.to_owned())
}
