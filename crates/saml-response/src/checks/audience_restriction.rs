use saml_protocol::Conditions;

use crate::checks::AUDIENCE_RESTRICTION;
use crate::error::Error;
use crate::trace::Trace;

/// Requires the assertion to be for us: each `AudienceRestriction` must list our entity ID, and there must be one.
///
/// Compared byte for byte (ATT-103 to ATT-105); several restrictions are a conjunction (SAML errata E46).
pub(crate) fn audience_restriction(
    conditions: Option<&Conditions<'_>>,
    entity_id: &str,
    trace: &mut Trace,
) -> Result<(), Error> {
    let restrictions = conditions.map_or(&[][..], |conditions| &conditions.audience_restrictions);
    let for_us = !restrictions.is_empty() && restrictions.iter().all(|audiences| audiences.contains(&entity_id));
    let found = || {
        let all: Vec<_> = restrictions.iter().map(|audiences| audiences.join(" or ")).collect();
        if all.is_empty() { "no AudienceRestriction".to_owned() } else { all.join(" and ") }
    };
    trace.check(&AUDIENCE_RESTRICTION, for_us, || entity_id.to_owned(), found)
}
