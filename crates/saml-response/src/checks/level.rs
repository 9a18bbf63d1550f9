use saml_protocol::AuthnStatement;
use saml_state::PendingRequest;

use crate::checks::{LEVEL, or_nothing};
use crate::error::Error;
use crate::levels::{Kind, Levels, rank};
use crate::trace::Trace;

/// Requires the level that was reached to be known, not below the floor, and not below what was asked for (ATT-123).
pub(crate) fn level(
    statement: &AuthnStatement<'_>,
    request: &PendingRequest,
    levels: &Levels,
    trace: &mut Trace,
) -> Result<Option<String>, Error> {
    let found = statement.class_ref;
    let requested = request.requested_level.as_deref();
    match &levels.0 {
        Kind::Exact => {
            let fits = requested.is_none() || found == requested;
            let expected = || requested.unwrap_or("any level, as none was asked for").to_owned();
            trace.check(&LEVEL, fits, expected, || or_nothing(found))?;
        }
        Kind::Ordered { scale, floor } => {
            let name = |wanted: u8| scale.iter().find(|(_, rank)| *rank == wanted).map_or("none", |(uri, _)| uri);
            // A level that was asked for but is not on the scale cannot be compared with anything.
            let wanted = requested.map_or(Some(*floor), |uri| rank(scale, uri).map(|asked| asked.max(*floor)));
            let expected = || match wanted {
                Some(wanted) => format!("{} or higher", name(wanted)),
                None => "a level that can be compared with the one asked for".to_owned(),
            };
            let Some(reached) = found.and_then(|uri| rank(scale, uri)) else {
                let code = if found.is_none() { "level_missing" } else { "level_unknown" };
                return Err(trace.fail(&LEVEL, code, expected(), or_nothing(found)));
            };
            if wanted.is_none_or(|wanted| reached < wanted) {
                return Err(trace.fail(&LEVEL, "level_too_low", expected(), or_nothing(found)));
            }
            trace.pass(&LEVEL, expected, || or_nothing(found));
        }
    }
    Ok(found.map(str::to_owned))
}
