use chrono::DateTime;
use saml_digid::LevelOfAssurance;
use saml_name_id::{Bsn, Identity, Pseudonym, SofiNumber};
use saml_protocol::NameId;
use saml_response::{SignedAttribute, SubjectNameId};
use saml_sp::IdentityProviderSession;
use saml_state_redis::KeptSession;
use serde::{Deserialize, Serialize};

use super::Session;

/// A session as it is sealed: the one place where who it is can be written down, and nothing but the seal reads it.
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
    at_identity_provider: (String, KeptName, Option<String>),
    attributes: Vec<(String, Vec<String>, Vec<KeptName>)>,
    /// Seconds since 1970, and nanoseconds of the next.
    logged_in_at: (i64, u32),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptName {
    value: String,
    format: Option<String>,
    name_qualifier: Option<String>,
    sp_name_qualifier: Option<String>,
}

impl KeptSession for Session {
    /// Leaves the checks out: they are in the log of the login.
    fn to_bytes(&self) -> Vec<u8> {
        let identity = match &self.identity {
            Identity::Bsn(bsn) => bsn.expose(),
            Identity::Sofi(number) => number.expose(),
            Identity::Pseudonym(pseudonym) => pseudonym.expose(),
            // A kind that is not known here is not read again either.
            _ => "",
        };
        let there = &self.at_identity_provider;
        let attribute = |attribute: &SignedAttribute| {
            let identifiers = attribute.identifiers().iter().map(KeptName::of).collect();
            (attribute.name().to_owned(), attribute.expose().to_vec(), identifiers)
        };
        let kept = Kept {
            kind: self.identity.kind().to_owned(),
            identity: identity.to_owned(),
            acting: self.acting.as_ref().map(|bsn| bsn.expose().to_owned()),
            level: self.level.map(|level| level.name().to_owned()),
            authn_context_class: self.authn_context_class.clone(),
            issuer: self.issuer.clone(),
            authority: self.authority.clone(),
            session_index: self.session_index.clone(),
            at_identity_provider: (
                there.issuer().to_owned(),
                KeptName::of(there.name_id()),
                there.session_index().map(str::to_owned),
            ),
            attributes: self.attributes.iter().map(attribute).collect(),
            logged_in_at: (self.logged_in_at.timestamp(), self.logged_in_at.timestamp_subsec_nanos()),
        };
        // Strings and numbers can always be written; what is empty is not read again.
        serde_json::to_vec(&kept).unwrap_or_default()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let kept: Kept = serde_json::from_slice(bytes).ok()?;
        let identity = match kept.kind.as_str() {
            "bsn" => Identity::Bsn(Bsn::parse(&kept.identity).ok()?),
            "sofi" => Identity::Sofi(SofiNumber::parse(&kept.identity).ok()?),
            "pseudonym" => Identity::Pseudonym(Pseudonym::parse(&kept.identity).ok()?),
            _ => return None,
        };
        // Somebody who acts for another must not become that other.
        let acting = kept.acting.map(|bsn| Bsn::parse(&bsn)).transpose().ok()?;
        let level = match kept.level {
            Some(level) => Some(LevelOfAssurance::from_name(&level)?),
            None => None,
        };
        let (issuer, name, session_index) = kept.at_identity_provider;
        let attributes = kept.attributes.into_iter().map(|(name, values, identifiers)| {
            let identifiers = identifiers.iter().map(KeptName::name_id).collect();
            SignedAttribute::danger_restore(name, values, identifiers)
        });
        let (seconds, nanoseconds) = kept.logged_in_at;
        Some(Self {
            identity,
            acting,
            level,
            authn_context_class: kept.authn_context_class,
            issuer: kept.issuer,
            authority: kept.authority,
            session_index: kept.session_index,
            at_identity_provider: IdentityProviderSession::danger_restore(issuer, name.name_id(), session_index),
            attributes: attributes.collect(),
            checks: Vec::new(),
            logged_in_at: DateTime::from_timestamp(seconds, nanoseconds)?,
        })
    }
}

impl KeptName {
    fn of(name_id: &SubjectNameId) -> Self {
        Self {
            value: name_id.expose().to_owned(),
            format: name_id.format().map(str::to_owned),
            name_qualifier: name_id.name_qualifier().map(str::to_owned),
            sp_name_qualifier: name_id.sp_name_qualifier().map(str::to_owned),
        }
    }

    fn name_id(&self) -> SubjectNameId {
        NameId {
            value: &self.value,
            format: self.format.as_deref(),
            name_qualifier: self.name_qualifier.as_deref(),
            sp_name_qualifier: self.sp_name_qualifier.as_deref(),
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn name(value: &str) -> SubjectNameId {
        NameId { value, format: Some("urn:f"), name_qualifier: Some("urn:n"), sp_name_qualifier: None }.into()
    }

    fn session(identity: Identity) -> Session {
        let attributes = vec![
            SignedAttribute::danger_restore("initials".to_owned(), vec!["A.B.".to_owned()], Vec::new()),
            SignedAttribute::danger_restore("urn:id".to_owned(), Vec::new(), vec![name("900029365")]),
        ];
        Session {
            identity,
            acting: Some(Bsn::parse("900026236").unwrap()),
            level: Some(LevelOfAssurance::Substantial),
            authn_context_class: Some("urn:class".to_owned()),
            issuer: "https://broker.example".to_owned(),
            authority: Some("urn:authority".to_owned()),
            session_index: Some("1".to_owned()),
            at_identity_provider: IdentityProviderSession::danger_restore(
                "https://broker.example".to_owned(),
                name("s00000000:900029365"),
                Some("1".to_owned()),
            ),
            attributes,
            checks: Vec::new(),
            logged_in_at: DateTime::from_timestamp(1_800_000_000, 123_456_789).unwrap(),
        }
    }

    #[test]
    fn a_session_is_after_its_stay_elsewhere_what_it_was() {
        for identity in [
            Identity::Bsn(Bsn::parse("900029365").unwrap()),
            Identity::Sofi(SofiNumber::parse("900029365").unwrap()),
            Identity::Pseudonym(Pseudonym::parse("900029365").unwrap()),
        ] {
            let before = session(identity);
            let after = Session::from_bytes(&before.to_bytes()).unwrap();
            assert_eq!((&after.identity, &after.acting), (&before.identity, &before.acting));
            assert_eq!((after.level, &after.authn_context_class), (before.level, &before.authn_context_class));
            assert_eq!((&after.issuer, &after.authority), (&before.issuer, &before.authority));
            assert_eq!(after.session_index, before.session_index);
            assert_eq!(after.at_identity_provider, before.at_identity_provider);
            assert_eq!((&after.attributes, after.logged_in_at), (&before.attributes, before.logged_in_at));
            assert_eq!(format!("{after:?}"), format!("{before:?}"));
        }
    }

    #[test]
    fn what_is_not_a_session_whole_is_none() {
        let kept = String::from_utf8(session(Identity::Bsn(Bsn::parse("900029365").unwrap())).to_bytes()).unwrap();
        assert!(Session::from_bytes(kept.as_bytes()).is_some());
        for (from, to) in [
            ("\"kind\":\"bsn\"", "\"kind\":\"other\""),
            ("\"identity\":\"900029365\"", "\"identity\":\"900029366\""),
            // Somebody who acts for another.
            ("\"acting\":\"900026236\"", "\"acting\":\"900026237\""),
            ("\"level\":\"substantial\"", "\"level\":\"substantial2\""),
            ("{\"kind\"", "{\"more\":1,\"kind\""),
        ] {
            assert!(kept.contains(from), "{from}");
            assert!(Session::from_bytes(kept.replacen(from, to, 1).as_bytes()).is_none(), "{to}");
        }
        assert!(Session::from_bytes(b"").is_none());
    }
}
