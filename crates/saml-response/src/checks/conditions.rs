use saml_protocol::Conditions;

use crate::checks::{CONDITIONS_EXPIRED, CONDITIONS_NOT_BEFORE, Window, moment};
use crate::error::Error;
use crate::trace::Trace;

/// Requires the present time to lie in the window of the conditions (ATT-119).
///
/// A bound that is not there does not limit; the confirmation has an end in any case.
pub(crate) fn conditions(conditions: Option<&Conditions<'_>>, window: &Window, trace: &mut Trace) -> Result<(), Error> {
    let start = conditions.and_then(|conditions| conditions.not_before);
    trace.check(
        &CONDITIONS_NOT_BEFORE,
        start.is_none_or(|start| window.has_begun(start)),
        || window.around("a start before"),
        || moment(start, "none"),
    )?;
    let end = conditions.and_then(|conditions| conditions.not_on_or_after);
    trace.check(
        &CONDITIONS_EXPIRED,
        end.is_none_or(|end| window.is_before(end)),
        || window.around("an end after"),
        || moment(end, "none"),
    )
}
