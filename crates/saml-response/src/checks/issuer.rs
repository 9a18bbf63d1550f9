use saml_state::PendingRequest;

use crate::checks::{ASSERTION_ISSUER, ISSUER, PARTNER, or_nothing};
use crate::error::Error;
use crate::trace::Trace;

/// Requires the issuer of a message, where it names one, to be the partner (ATT-065, ATT-127).
///
/// A message may leave its issuer out, unless [`issuer_present`] asks for it; the assertion may not.
pub(crate) fn message_issuer(issuer: Option<&str>, partner: &str, trace: &mut Trace) -> Result<(), Error> {
    trace.check(&ISSUER, issuer.is_none_or(|issuer| issuer == partner), || partner.to_owned(), || or_nothing(issuer))
}

/// Requires a `Response` that is signed, or that holds an encrypted assertion, to name its issuer (SAML Profiles
/// 4.1.4.2).
pub(crate) fn issuer_present(is_present: bool, partner: &str, trace: &mut Trace) -> Result<(), Error> {
    if is_present {
        return Ok(());
    }
    Err(trace.fail(&ISSUER, ISSUER.code, partner.to_owned(), or_nothing(None)))
}

/// Requires the issuer of the assertion to be the partner whose keys verified it.
pub(crate) fn assertion_issuer(issuer: &str, partner: &str, trace: &mut Trace) -> Result<(), Error> {
    trace.check(&ASSERTION_ISSUER, issuer == partner, || partner.to_owned(), || issuer.to_owned())
}

/// Requires the partner to be the one that was asked: with several partners, one must not answer for another (ATT-065).
pub(crate) fn partner(partner: &str, request: &PendingRequest, trace: &mut Trace) -> Result<(), Error> {
    let asked = &request.identity_provider;
    trace.check(&PARTNER, partner == asked, || asked.to_owned(), || partner.to_owned())
}
