use saml_protocol::AuthnStatement;
use saml_state::PendingRequest;

use crate::checks::{AUTHN_INSTANT, AUTHN_STATEMENT, SESSION_NOT_ON_OR_AFTER, Window, seconds};
use crate::error::Error;
use crate::trace::Trace;

/// Requires one statement of authentication, made when we asked for it, whose session has not ended.
///
/// With ForceAuthn the user must have been authenticated after the request: a broker's single sign-on otherwise answers
/// with an old login (ATT-124). Of several statements none is picked (ATT-133).
pub(crate) fn authn_statement<'s, 'a>(
    statements: &'s [AuthnStatement<'a>],
    request: &PendingRequest,
    window: &Window,
    trace: &mut Trace,
) -> Result<&'s AuthnStatement<'a>, Error> {
    let [statement] = statements else {
        let found = statements.len().to_string();
        return Err(trace.fail(&AUTHN_STATEMENT, AUTHN_STATEMENT.code, "one AuthnStatement".to_owned(), found));
    };
    trace.pass(&AUTHN_STATEMENT, || "one AuthnStatement".to_owned(), || "one".to_owned());

    let instant = statement.authn_instant;
    let fresh = !request.force_authn || instant + window.skew >= request.issued_at;
    let expected = || {
        let from = if request.force_authn { seconds(request.issued_at) } else { "any time".to_owned() };
        format!("from {from} to {}", window.describe())
    };
    trace.check(&AUTHN_INSTANT, fresh && window.has_begun(instant), expected, || seconds(instant))?;

    let end = statement.session_not_on_or_after;
    trace.check(
        &SESSION_NOT_ON_OR_AFTER,
        end.is_none_or(|end| window.is_before(end)),
        || format!("an end after {}", window.describe()),
        || end.map_or_else(|| "none".to_owned(), seconds),
    )?;
    Ok(statement)
}
