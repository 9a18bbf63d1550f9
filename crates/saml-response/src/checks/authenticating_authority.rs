use saml_protocol::{AuthnStatement, NameId};

use crate::authorities::{Authorities, Kind};
use crate::checks::AUTHENTICATING_AUTHORITY;
use crate::error::Error;
use crate::trace::Trace;

/// Requires the identity provider behind a broker to be one that we chose, and returns it.
///
/// It is named by `AuthenticatingAuthority` and by the `NameQualifier` of the NameID. Behind a broker at least one must
/// be there, and all that are there must be allowed, and agree unless several may be named, of which the first is
/// returned; an issuer that is no broker names nobody but itself (ATT-142, ATT-208).
pub(crate) fn authenticating_authority(
    statement: &AuthnStatement<'_>,
    name_id: &NameId<'_>,
    issuer: &str,
    authorities: &Authorities,
    trace: &mut Trace,
) -> Result<Option<String>, Error> {
    let named: Vec<&str> = statement.authenticating_authorities.iter().copied().chain(name_id.name_qualifier).collect();
    let found = || if named.is_empty() { "nothing".to_owned() } else { named.join(", ") };
    match &authorities.0 {
        Kind::WhoeverTheIssuerNames => {
            trace.not_checked(&AUTHENTICATING_AUTHORITY, "the issuer answers for whoever authenticated");
            Ok(None)
        }
        Kind::IssuerItself => {
            let itself = named.iter().all(|name| *name == issuer);
            let expected = || format!("nobody, or the issuer {issuer}");
            trace.check(&AUTHENTICATING_AUTHORITY, itself, expected, found)?;
            Ok(None)
        }
        Kind::EachOf(allowed) | Kind::OneOf(allowed) => {
            let is_allowed = |name: &&str| allowed.iter().any(|entity_id| entity_id == name);
            let all_allowed = !named.is_empty() && named.iter().all(is_allowed);
            trace.check(&AUTHENTICATING_AUTHORITY, all_allowed, || format!("one of: {}", allowed.join(", ")), found)?;
            let one_only = matches!(authorities.0, Kind::OneOf(_));
            if one_only && named.windows(2).any(|pair| pair.first() != pair.last()) {
                let code = "authenticating_authority_ambiguous";
                return Err(trace.fail(&AUTHENTICATING_AUTHORITY, code, "one authority", found()));
            }
            Ok(named.first().map(|name| (*name).to_owned()))
        }
    }
}
