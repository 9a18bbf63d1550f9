use saml_state::PendingRequest;

use crate::checks::{IN_RESPONSE_TO, or_nothing};
use crate::error::Error;
use crate::trace::Trace;

/// Requires the response to answer the pending request; an unsolicited response is never accepted (ATT-108, ATT-109).
pub(crate) fn in_response_to(found: Option<&str>, request: &PendingRequest, trace: &mut Trace) -> Result<(), Error> {
    let expected = request.id.as_str();
    trace.check(&IN_RESPONSE_TO, found == Some(expected), || expected.to_owned(), || or_nothing(found))
}
