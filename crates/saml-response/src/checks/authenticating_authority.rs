use saml_protocol::{AuthnStatement, NameId};

use crate::authorities::Authorities;
use crate::checks::AUTHENTICATING_AUTHORITY;
use crate::error::Error;
use crate::trace::Trace;

/// Requires the identity provider behind a broker to be one that we chose, and returns it.
///
/// It is named by `AuthenticatingAuthority` and by the `NameQualifier` of the NameID; at least one must be there, and all
/// that are there must be allowed and agree (ATT-142, ATT-208).
pub(crate) fn authenticating_authority(
    statement: &AuthnStatement<'_>,
    name_id: &NameId<'_>,
    authorities: &Authorities,
    trace: &mut Trace,
) -> Result<Option<String>, Error> {
    let Some(allowed) = &authorities.0 else {
        trace.not_checked(&AUTHENTICATING_AUTHORITY, "the issuer authenticates by itself");
        return Ok(None);
    };
    let named: Vec<&str> = statement.authenticating_authorities.iter().copied().chain(name_id.name_qualifier).collect();
    let expected = || format!("one of: {}", allowed.join(", "));
    let found = || if named.is_empty() { "nothing".to_owned() } else { named.join(", ") };
    let all_allowed = !named.is_empty() && named.iter().all(|name| allowed.iter().any(|entity_id| entity_id == name));
    trace.check(&AUTHENTICATING_AUTHORITY, all_allowed, expected, found)?;
    if named.windows(2).any(|pair| pair.first() != pair.last()) {
        let code = "authenticating_authority_ambiguous";
        return Err(trace.fail(&AUTHENTICATING_AUTHORITY, code, "one authority".to_owned(), found()));
    }
    Ok(named.first().map(|name| (*name).to_owned()))
}
