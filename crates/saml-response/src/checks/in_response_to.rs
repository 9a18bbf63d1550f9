use saml_state::PendingRequest;

use crate::checks::{ARTIFACT_IN_RESPONSE_TO, IN_RESPONSE_TO, or_nothing};
use crate::error::Error;
use crate::trace::Trace;

/// Requires the response to answer the pending request; an unsolicited response is never accepted (ATT-108, ATT-109).
pub(crate) fn in_response_to(found: Option<&str>, request: &PendingRequest, trace: &mut Trace) -> Result<(), Error> {
    let expected = request.id.as_str();
    trace.check(&IN_RESPONSE_TO, found == Some(expected), || expected.to_owned(), || or_nothing(found))
}

/// Requires what came over the back channel to answer what was sent there just now (ATT-162).
pub(crate) fn artifact_in_response_to(found: Option<&str>, resolve: &str, trace: &mut Trace) -> Result<(), Error> {
    let expected = || resolve.to_owned();
    trace.check(&ARTIFACT_IN_RESPONSE_TO, found == Some(resolve), expected, || or_nothing(found))
}
