use chrono::{DateTime, Utc};
use saml_state::PendingRequest;

use crate::checks::{ISSUE_INSTANT, Window};
use crate::error::Error;
use crate::trace::Trace;

/// Requires a message or an assertion to be made after the request, and not in the future (ATT-121).
pub(crate) fn issue_instant(
    issued_at: DateTime<Utc>,
    request: &PendingRequest,
    window: &Window,
    trace: &mut Trace,
) -> Result<(), Error> {
    let fits = issued_at + window.skew >= request.issued_at && window.has_begun(issued_at);
    let expected = || window.since("from the request at", request.issued_at);
    trace.check(&ISSUE_INSTANT, fits, expected, || issued_at)
}
