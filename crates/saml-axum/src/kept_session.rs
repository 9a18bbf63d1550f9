use chrono::{DateTime, Utc};
use saml_digid::LevelOfAssurance;
use saml_name_id::{Bsn, Identity, Pseudonym, SofiNumber};
use saml_response::{SubjectNameId, Verdict};
use saml_sp::IdentityProviderSession;
use saml_state::{KeptSession, RequestId, ReturnPath};
use serde::{Deserialize, Serialize};

use crate::session::{Session, SessionAttribute, SessionCheck};

/// The form is written for the seal of a store alone, which is why [`Session`] itself cannot be serialized: it holds
/// who it is.
impl KeptSession for Session {
    fn to_bytes(&self) -> Vec<u8> {
        // Every field is text, a number or a list of these, of which there is always a JSON.
        serde_json::to_vec(&Kept::of(self)).unwrap_or_default()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice::<Kept>(bytes).ok()?.session()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    kind: String,
    identity: String,
    acting: Option<String>,
    level: Option<String>,
    authn_context_class: Option<String>,
    issuer: String,
    authority: Option<String>,
    session_index: Option<String>,
    name_id: [Option<String>; 4],
    attributes: Vec<(String, Vec<String>)>,
    checks: Vec<[String; 5]>,
    logged_in_at: i64,
    request_id: String,
    return_to: String,
}

impl Kept {
    fn of(session: &Session) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let name_id = session.at_identity_provider.name_id();
        let check = |check: &SessionCheck| {
            let SessionCheck { code, clause, expected, found, verdict } = check.clone();
            [code, clause, expected, found, verdict.as_str().to_owned()]
        };
        Self {
            kind: session.identity.kind().to_owned(),
            identity: match &session.identity {
                Identity::Bsn(bsn) => bsn.expose().to_owned(),
                Identity::Sofi(number) => number.expose().to_owned(),
                Identity::Pseudonym(pseudonym) => pseudonym.expose().to_owned(),
                // A kind that is new here is not read back, so that nobody is taken for somebody else.
                _ => String::new(),
            },
            acting: session.acting.as_ref().map(|bsn| bsn.expose().to_owned()),
            level: session.level.map(|level| level.name().to_owned()),
            authn_context_class: session.authn_context_class.clone(),
            issuer: session.issuer.clone(),
            authority: session.authority.clone(),
            session_index: session.session_index.clone(),
            name_id: [
                Some(name_id.expose().to_owned()),
                owned(name_id.format()),
                owned(name_id.name_qualifier()),
                owned(name_id.sp_name_qualifier()),
            ],
            attributes: session.attributes.iter().map(|kept| (kept.name.clone(), kept.values.clone())).collect(),
            checks: session.checks.iter().map(check).collect(),
            logged_in_at: session.logged_in_at.timestamp_micros(),
            request_id: session.request_id.as_str().to_owned(),
            return_to: session.return_to.as_str().to_owned(),
        }
    }

    fn session(self) -> Option<Session> {
        let [value, format, name_qualifier, sp_name_qualifier] = self.name_id;
        let name_id = SubjectNameId::restored(value?, format, name_qualifier, sp_name_qualifier);
        let at_identity_provider =
            IdentityProviderSession::restored(self.issuer.clone(), name_id, self.session_index.clone());
        Some(Session {
            identity: match self.kind.as_str() {
                "bsn" => Identity::Bsn(Bsn::parse(&self.identity).ok()?),
                "sofi" => Identity::Sofi(SofiNumber::parse(&self.identity).ok()?),
                "pseudonym" => Identity::Pseudonym(Pseudonym::parse(&self.identity).ok()?),
                _ => return None,
            },
            acting: match self.acting {
                Some(digits) => Some(Bsn::parse(&digits).ok()?),
                None => None,
            },
            level: match self.level {
                Some(name) => Some(LevelOfAssurance::from_name(&name)?),
                None => None,
            },
            authn_context_class: self.authn_context_class,
            issuer: self.issuer,
            authority: self.authority,
            session_index: self.session_index,
            at_identity_provider,
            attributes: self.attributes.into_iter().map(|(name, values)| SessionAttribute { name, values }).collect(),
            checks: self.checks.into_iter().map(check).collect::<Option<_>>()?,
            logged_in_at: DateTime::<Utc>::from_timestamp_micros(self.logged_in_at)?,
            request_id: RequestId::parse(&self.request_id).ok()?,
            return_to: ReturnPath::parse(&self.return_to).ok()?,
        })
    }
}

fn check([code, clause, expected, found, verdict]: [String; 5]) -> Option<SessionCheck> {
    let verdict =
        [Verdict::Failed, Verdict::NotChecked, Verdict::Passed].into_iter().find(|known| known.as_str() == verdict)?;
    Some(SessionCheck { code, clause, expected, found, verdict })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(identity: Identity) -> Session {
        let name_id = SubjectNameId::restored("s00000000:900026236".to_owned(), None, Some("idp".to_owned()), None);
        Session {
            identity,
            acting: Some(Bsn::parse("900029365").unwrap()),
            level: Some(LevelOfAssurance::High),
            authn_context_class: Some("urn:class".to_owned()),
            issuer: "https://broker.example".to_owned(),
            authority: Some("https://was.digid.nl/saml/idp/metadata".to_owned()),
            session_index: Some("_index".to_owned()),
            at_identity_provider: IdentityProviderSession::restored(
                "https://broker.example".to_owned(),
                name_id,
                Some("_index".to_owned()),
            ),
            attributes: vec![SessionAttribute { name: "nin".to_owned(), values: vec!["900026236".to_owned()] }],
            checks: vec![SessionCheck {
                code: "issuer".to_owned(),
                clause: "SAML Core 3.2.2".to_owned(),
                expected: "a".to_owned(),
                found: "b".to_owned(),
                verdict: Verdict::NotChecked,
            }],
            logged_in_at: DateTime::from_timestamp(1_772_366_400, 5_000).unwrap(),
            request_id: RequestId::from_random([7; 20]),
            return_to: ReturnPath::parse("/permits?a=b").unwrap(),
        }
    }

    #[test]
    fn a_session_of_every_kind_is_read_as_it_was_written() {
        for identity in [
            Identity::Bsn(Bsn::parse("900026236").unwrap()),
            Identity::Sofi(SofiNumber::parse("900026236").unwrap()),
            Identity::Pseudonym(Pseudonym::parse("900026236").unwrap()),
        ] {
            let session = session(identity);
            let read = Session::from_bytes(&session.to_bytes()).unwrap();
            assert_eq!(read.to_bytes(), session.to_bytes());
            assert_eq!((read.identity, read.acting), (session.identity, session.acting));
            assert_eq!(read.at_identity_provider, session.at_identity_provider);
        }
    }

    #[test]
    fn a_session_without_what_may_be_absent_is_read_as_it_was_written() {
        let full = session(Identity::Pseudonym(Pseudonym::parse("a name").unwrap()));
        let bare = Session { acting: None, level: None, authority: None, ..full };
        let read = Session::from_bytes(&bare.to_bytes()).unwrap();
        assert_eq!((read.acting, read.level, read.authority), (None, None, None));
    }

    #[test]
    fn what_is_no_session_is_nobody() {
        let whole = String::from_utf8(session(Identity::Bsn(Bsn::parse("900026236").unwrap())).to_bytes()).unwrap();
        assert!(Session::from_bytes(whole.as_bytes()).is_some());
        for (known, unknown) in [
            ("\"kind\":\"bsn\"", "\"kind\":\"king\""),
            ("\"identity\":\"900026236\"", "\"identity\":\"900026237\""),
            ("\"acting\":\"900029365\"", "\"acting\":\"\""),
            ("\"level\":\"high\"", "\"level\":\"highest\""),
            ("not_checked", "unchecked"),
            ("/permits", "permits"),
            ("\"issuer\"", "\"issuers\""),
        ] {
            assert!(whole.contains(known), "{known}");
            assert!(Session::from_bytes(whole.replacen(known, unknown, 1).as_bytes()).is_none(), "{unknown}");
        }
    }
}
