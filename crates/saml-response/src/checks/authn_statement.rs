use saml_protocol::AuthnStatement;
use saml_state::PendingRequest;

use crate::checks::{AUTHN_INSTANT, AUTHN_STATEMENT, SESSION_NOT_ON_OR_AFTER, Window, moment};
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
        return Err(trace.fail(&AUTHN_STATEMENT, AUTHN_STATEMENT.code, "one AuthnStatement", found));
    };
    trace.pass(&AUTHN_STATEMENT, || "one AuthnStatement", || "one");

    let instant = statement.authn_instant;
    let fresh = !request.force_authn || instant + window.skew >= request.issued_at;
    let expected = || {
        if request.force_authn { window.since("from", request.issued_at) } else { window.around("any time to") }
    };
    trace.check(&AUTHN_INSTANT, fresh && window.has_begun(instant), expected, || instant)?;

    let end = statement.session_not_on_or_after;
    trace.check(
        &SESSION_NOT_ON_OR_AFTER,
        end.is_none_or(|end| window.is_before(end)),
        || window.around("an end after"),
        || moment(end, "none"),
    )?;
    Ok(statement)
}
