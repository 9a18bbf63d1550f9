//! The certificates of an environment as they stand at a moment: what the list, the picture and the dossier are made
//! of.

use std::collections::BTreeSet;
use std::path::Path;

use chrono::{DateTime, Utc};
use saml_config::{NextKeyFiles, Parts, environment_name};
use saml_digid::Environment;
use saml_doctor::{Entry, NOTICE, Owner, Subject, inventory};

use crate::config::folder;

/// The certificates of one environment, as they are at a moment.
pub(crate) struct Looked {
    pub(crate) environment: Environment,
    pub(crate) at: DateTime<Utc>,
    pub(crate) rows: Vec<Row>,
    /// The renewal that is in the file.
    pub(crate) next: Option<NextKeyFiles>,
}

/// A certificate, how it stands, and where it is published.
pub(crate) struct Row {
    pub(crate) entry: Entry,
    pub(crate) state: State,
    /// Where others read it; empty where nobody does.
    pub(crate) published: Vec<String>,
}

/// How a certificate stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It holds, and will for a while.
    Ok,
    /// It has not begun.
    Begins,
    /// It ends within the notice.
    Ends,
    Expired,
    /// It cannot be read.
    Unreadable,
}

impl State {
    /// Returns the stable word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Begins => "begins",
            Self::Ends => "ends",
            Self::Expired => "expired",
            Self::Unreadable => "unreadable",
        }
    }

    /// Tells whether somebody must do something.
    pub(crate) const fn is_finding(self) -> bool {
        matches!(self, Self::Ends | Self::Expired | Self::Unreadable)
    }

    fn of(entry: &Entry, at: DateTime<Utc>) -> Self {
        match &entry.facts {
            Err(_) => Self::Unreadable,
            Ok(facts) if at > facts.not_after => Self::Expired,
            Ok(facts) if at < facts.not_before => Self::Begins,
            Ok(facts) if (facts.not_after - at).num_days() <= NOTICE => Self::Ends,
            Ok(_) => Self::Ok,
        }
    }
}

impl Looked {
    /// Looks at what the configuration file at `path` says of an environment.
    pub(crate) fn at(subject: &Subject<'_>, path: &Path, at: DateTime<Utc>) -> Self {
        let entries = inventory(subject);
        let parts = Parts::new(subject.deployment(), subject.environment(), folder(path));
        let ours = in_our_metadata(&parts, at);
        let in_file = |place: &str| -> BTreeSet<String> {
            let there = entries.iter().filter(|entry| entry.place == place);
            there.filter_map(|entry| entry.facts.as_ref().ok()).map(|facts| facts.sha256.clone()).collect()
        };
        let (registered, broker) = (in_file(REGISTERED), in_file(BROKER));
        let published = |entry: &Entry| {
            let Ok(facts) = &entry.facts else { return Vec::new() };
            let mut places = Vec::new();
            if entry.place == PARTNER {
                places.push("metadata of the partner".to_owned());
            }
            if entry.owner == Owner::Ours {
                match &ours {
                    Ok(ours) if ours.contains(&facts.sha256) => places.push("our metadata".to_owned()),
                    Err(_) if entry.place.starts_with("keys.") => {
                        places.push("unknown: our metadata cannot be made, see saml doctor".to_owned());
                    }
                    _ => {}
                }
                for (held, name) in
                    [(&registered, "our registered metadata"), (&broker, "metadata of the broker for Logius")]
                {
                    if held.contains(&facts.sha256) {
                        places.push(name.to_owned());
                    }
                }
            }
            places
        };
        let row =
            |entry: &Entry| Row { state: State::of(entry, at), published: published(entry), entry: entry.clone() };
        let rows = entries.iter().map(row).collect();
        Self { environment: subject.environment(), at, rows, next: subject.deployment().keys.next.clone() }
    }

    /// Returns the environment as it is called in the file.
    pub(crate) const fn name(&self) -> &'static str {
        environment_name(self.environment)
    }

    /// Returns the certificates for which somebody must do something.
    pub(crate) fn findings(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.state.is_finding())
    }
}

impl Row {
    /// Returns how many whole days it still holds; negative once it has expired.
    pub(crate) fn days_left(&self, at: DateTime<Utc>) -> Option<i64> {
        let until = self.entry.facts.as_ref().ok()?.not_after;
        // The day that has begun counts: a certificate that ended an hour ago has -1.
        Some((until - at).num_seconds().div_euclid(SECONDS_OF_A_DAY))
    }
}

/// Returns the word for whose a certificate is.
pub(crate) const fn owner(owner: Owner) -> &'static str {
    match owner {
        Owner::Ours => "ours",
        Owner::Partner => "partner",
        Owner::Authority => "authority",
    }
}

/// Returns the SHA-256 of each certificate that our metadata has at a moment.
fn in_our_metadata(parts: &Parts<'_>, at: DateTime<Utc>) -> Result<BTreeSet<String>, saml_config::PartError> {
    let metadata = parts.unsigned_metadata(&parts.key_schedule()?, at)?;
    let keys = metadata.signing_keys.iter().chain(&metadata.encryption_keys);
    Ok(keys.map(|key| key.sha256_fingerprint().to_owned()).collect())
}

/// Places as the inventory names them.
const PARTNER: &str = "identity_provider.metadata";
const REGISTERED: &str = "registration.registered_metadata";
const BROKER: &str = "signicat.digid_metadata";
const SECONDS_OF_A_DAY: i64 = 86_400;
