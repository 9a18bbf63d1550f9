use chrono::{DateTime, Utc};
use saml_protocol::{BEARER, Subject, SubjectConfirmation};
use saml_state::PendingRequest;

use crate::checks::{
    BEARER_CONFIRMATION, CONFIRMATION_EXPIRED, CONFIRMATION_IN_RESPONSE_TO, CONFIRMATION_NOT_BEFORE, RECIPIENT, Window,
    moment, or_nothing,
};
use crate::error::Error;
use crate::trace::Trace;

/// Requires one bearer confirmation in which everything holds, and returns the latest end of any of them: until then, a
/// replay of the assertion could pass by another confirmation (ATT-112).
///
/// What holds in one confirmation is not combined with what holds in another (ATT-131). With several, the trace shows
/// the one that passed, or the first of them when none did.
pub(crate) fn bearer_confirmation(
    subject: Option<&Subject<'_>>,
    request: &PendingRequest,
    window: &Window,
    trace: &mut Trace,
) -> Result<DateTime<Utc>, Error> {
    let confirmations = subject.map_or(&[][..], |subject| &subject.confirmations);
    let mut bearers = confirmations.iter().filter(|confirmation| confirmation.method == BEARER);
    let passing = bearers.clone().find(|one| all_hold(one, request, window, &mut Trace::failures_only()).is_ok());
    let chosen = passing.or_else(|| bearers.next());
    trace.check(
        &BEARER_CONFIRMATION,
        chosen.is_some(),
        || BEARER.to_owned(),
        || or_nothing(confirmations.first().map(|confirmation| confirmation.method)),
    )?;
    let ends = confirmations.iter().filter(|confirmation| confirmation.method == BEARER);
    let ends = ends.filter_map(|confirmation| confirmation.not_on_or_after);
    match chosen {
        Some(confirmation) => Ok(ends.fold(all_hold(confirmation, request, window, trace)?, DateTime::max)),
        None => Err(trace.fail(&BEARER_CONFIRMATION, BEARER_CONFIRMATION.code, BEARER.to_owned(), "none")),
    }
}

fn all_hold(
    confirmation: &SubjectConfirmation<'_>,
    request: &PendingRequest,
    window: &Window,
    trace: &mut Trace,
) -> Result<DateTime<Utc>, Error> {
    let url = request.assertion_consumer_service.as_str();
    let recipient = confirmation.recipient;
    trace.check(&RECIPIENT, recipient == Some(url), || url.to_owned(), || or_nothing(recipient))?;

    let id = request.id.as_str();
    let answers = confirmation.in_response_to;
    trace.check(&CONFIRMATION_IN_RESPONSE_TO, answers == Some(id), || id.to_owned(), || or_nothing(answers))?;

    let not_before = confirmation.not_before;
    trace.check(&CONFIRMATION_NOT_BEFORE, not_before.is_none(), || "no NotBefore", || moment(not_before, "none"))?;

    let end = confirmation.not_on_or_after;
    let holds = end.is_some_and(|end| window.is_before(end));
    let found = || moment(end, "no NotOnOrAfter");
    trace.check(&CONFIRMATION_EXPIRED, holds, || window.around("an end after"), found)?;
    end.ok_or_else(|| trace.fail(&CONFIRMATION_EXPIRED, CONFIRMATION_EXPIRED.code, "an end", found()))
}
