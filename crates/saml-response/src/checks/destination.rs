use saml_state::PendingRequest;

use crate::authentic::Head;
use crate::checks::{DESTINATION, or_nothing};
use crate::error::Error;
use crate::trace::Trace;

/// Requires the response to be for the URL that the request said it should come to (ATT-107).
///
/// A signed response that came through the browser must name it; DigiD leaves it out on the back channel.
pub(crate) fn destination(head: &Head, request: &PendingRequest, trace: &mut Trace) -> Result<(), Error> {
    let expected = request.assertion_consumer_service.as_str();
    let found = head.destination.as_deref();
    if found.is_none() && !head.destination_required {
        trace.not_checked(&DESTINATION, "not there, and not required of this message");
        return Ok(());
    }
    trace.check(&DESTINATION, found == Some(expected), || expected.to_owned(), || or_nothing(found))
}
