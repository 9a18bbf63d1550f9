//! Preproduction and production share nothing.

use pkioverheid::Certificate;
use saml_config::{Deployment, Secret, Store};

use crate::check::{Check, Seen};
use crate::files::{own_keys, pkio_certificates};
use crate::step::Step;
use crate::subject::{Subject, some};

pub(crate) static CERTIFICATES_DIFFER: Check = Check {
    code: "certificates_differ",
    step: Step::Certificate,
    title: "Preproduction and production have certificates of their own",
    why: "Logius wants different ones; with one key, what a test system leaks opens the real one.",
    source: "Logius, factsheet SAML-certificaten en metadata; Signicat, DigiD set-up",
    look: |subject| {
        let other = some!(other(subject)?);
        let (ours, theirs) = (certificates(subject, subject.deployment), certificates(subject, other));
        let shared = ours.iter().filter(|(_, ours)| theirs.iter().any(|(_, theirs)| ours.has_key_of(theirs)));
        let shared: Vec<&str> = shared.map(|(place, _)| *place).collect();
        Some(match shared.is_empty() {
            _ if ours.is_empty() || theirs.is_empty() => {
                Seen::not_looked_at("no certificate can be read", "see key_pairs")
            }
            true => Seen::ok("no key is used in both"),
            false => subject.strict(
                format!("{} has a key that the other environment has too", shared.join(", ")),
                "make another key for each environment, and register it there",
            ),
        })
    },
};

fn certificates(subject: &Subject<'_>, deployment: &Deployment) -> Vec<(&'static str, Certificate)> {
    let own = own_keys(deployment).into_iter().map(|own| (own.place, own.certificate));
    let all =
        own.chain(pkio_certificates(deployment).iter().map(|named| (named.place, named.path))).collect::<Vec<_>>();
    let mut found: Vec<(&'static str, Certificate)> = Vec::new();
    for (place, path) in all {
        if let Ok((certificate, _)) = subject.certificates(path)
            && !found.iter().any(|(_, known)| *known == certificate)
        {
            found.push((place, certificate));
        }
    }
    found
}

pub(crate) static ENTITY_IDS_DIFFER: Check = Check {
    code: "entity_ids_differ",
    step: Step::Protocol,
    title: "Preproduction and production are different parties",
    why: "With one entity ID an assertion of preproduction, where anybody can be anybody, is for the audience of production too.",
    source: "Signicat, DigiD set-up; DigiD SAML 3.7, metadata",
    look: |subject| {
        let other = some!(other(subject)?);
        let ours = subject.deployment.portal.entity_id();
        Some(match ours == other.portal.entity_id() {
            true => {
                subject.strict(format!("both are {ours}"), "give each environment its host, or set portal.entity_id")
            }
            false => Seen::ok(ours),
        })
    },
};

pub(crate) static PARTNERS_DIFFER: Check = Check {
    code: "partners_differ",
    step: Step::Metadata,
    title: "Preproduction and production trust different partners",
    why: "What preproduction vouches for must count for nothing in production.",
    source: "Signicat, DigiD set-up",
    look: |subject| {
        let other = some!(other(subject)?);
        let paths = [&subject.deployment.identity_provider.metadata, &other.identity_provider.metadata];
        let mend = "get the metadata of each environment from the partner's account for it";
        let [ours, theirs] = paths.map(|path| subject.metadata(path));
        let (ours, theirs) = match (ours, theirs) {
            (Ok(ours), Ok(theirs)) => (ours, theirs),
            (Err(reason), _) | (_, Err(reason)) => return Some(Seen::not_looked_at(reason, "see partner_metadata")),
        };
        Some(match ours.entity_id() == theirs.entity_id() {
            true => subject.strict(format!("both trust {}", ours.entity_id()), mend),
            false => Seen::ok(ours.entity_id()),
        })
    },
};

pub(crate) static STATE_DIFFERS: Check = Check {
    code: "state_differs",
    step: Step::Protocol,
    title: "Preproduction and production keep their state apart",
    why: "In one Redis under one name, a session of a test person is a session of production.",
    source: "DigiD assessment 3.0, U/WA.05",
    look: |subject| {
        let state = &subject.deployment.state;
        let other = &some!(other(subject)?).state;
        if state.store != Store::Redis || other.store != Store::Redis {
            return None;
        }
        let read = |secrets: Vec<&Secret>| -> Vec<String> {
            secrets.into_iter().filter_map(|secret| subject.secret("state", secret).ok()).collect()
        };
        let urls = [state, other].map(|state| read(state.url.iter().collect()));
        let keys = [state, other].map(|state| read(state.sealing_keys.iter().chain(&state.digest_key).collect()));
        let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "saml".to_owned());
        let same_place = matches!(&urls, [ours, theirs] if !ours.is_empty() && ours == theirs);
        let shared_key = matches!(&keys, [ours, theirs] if ours.iter().any(|key| theirs.contains(key)));
        let same_name = name(&state.name) == name(&other.name);
        Some(if shared_key {
            subject.strict("a key of the state is used in both", "make other keys for each environment")
        } else if same_place && same_name {
            subject.strict(
                format!("one Redis, and one name: {}", name(&state.name)),
                "give each environment its Redis, or its state.name",
            )
        } else {
            Seen::ok("another place or name, and other keys")
        })
    },
};

/// Returns the deployment of the other environment, where the file has it.
fn other<'a>(subject: &Subject<'a>) -> Option<Result<&'a Deployment, Seen>> {
    let mend = "keep both environments in one file";
    let missing = || Seen::not_looked_at("the file has no other environment to compare with", mend);
    Some(subject.other.ok_or_else(missing))
}
