use chrono::{DateTime, Utc};
use saml_state::PendingRequest;

use crate::authentic::ArtifactResponseInstant;
use crate::checks::{ARTIFACT_ISSUE_INSTANT, ISSUE_INSTANT, Window};
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

/// Requires an answer of the back channel to be made after it was asked for, and not in the future (ATT-162).
pub(crate) fn artifact_issue_instant(
    instant: ArtifactResponseInstant,
    window: &Window,
    trace: &mut Trace,
) -> Result<(), Error> {
    let ArtifactResponseInstant { made_at, asked_at } = instant;
    let fits = made_at + window.skew >= asked_at && window.has_begun(made_at);
    let expected = || window.since("from the ArtifactResolve at", asked_at);
    trace.check(&ARTIFACT_ISSUE_INSTANT, fits, expected, || made_at)
}
