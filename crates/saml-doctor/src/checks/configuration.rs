//! Values of the file that go together, and a portal that can be made of it.

use saml_config::PartError;

use crate::check::{Check, Outcome, Seen};
use crate::step::Step;
use crate::subject::Subject;

pub(crate) static CONFIGURATION: Check = Check {
    code: "configuration",
    step: Step::Protocol,
    title: "A portal can be made of the file",
    why: "What cannot go together stops the portal at its start; better here than on the evening of the change.",
    source: "saml.toml",
    look: |subject| {
        let conflicts = subject.parts.conflicts().into_iter().filter(|error| !is_looked_at_elsewhere(error));
        let seen = Seen::worst(conflicts.map(|error| seen(&error)).collect());
        Some(seen.unwrap_or_else(|| match subject.parts.configuration(subject.at) {
            Ok(_) => Seen::ok("it can"),
            Err(error) if error.key().ends_with(".identity_provider.metadata") => {
                Seen::not_looked_at("the partner's metadata will not do yet", "see partner_metadata and partner_valid")
            }
            Err(error) => seen_of_part(&error),
        }))
    },
};

fn seen_of_part(error: &PartError) -> Seen {
    Seen::problem(error, format!("set {} right", error.key()))
}

/// Judges by the conflicts with these codes; `None` where there is none of them.
pub(super) fn conflict(subject: &Subject<'_>, codes: &[&str]) -> Option<Seen> {
    let conflicts = subject.parts.conflicts();
    let ours = conflicts.iter().filter(|error| codes.contains(&error.code()));
    Seen::worst(ours.map(seen).collect())
}

fn seen(error: &PartError) -> Seen {
    match error {
        PartError::Value { key, expected, found, mend, .. } => Seen {
            outcome: Outcome::Problem,
            found: format!("{key}: expected {expected}, found {found}"),
            mend: Some((*mend).to_owned()),
        },
        other => seen_of_part(other),
    }
}

/// Conflicts that have a check of their own, with the reason in the words of its subject.
fn is_looked_at_elsewhere(error: &PartError) -> bool {
    [ANSWER_BINDING, BACK_CHANNEL, CLIENT, SINGLE_LOGOUT, SINGLE_SIGN_ON, SERVICE].contains(&error.code())
}

pub(super) const ANSWER_BINDING: &str = "config_answer_binding";
pub(super) const BACK_CHANNEL: &str = "config_no_back_channel";
pub(super) const CLIENT: &str = "config_no_client";
pub(super) const SERVICE: &str = "config_no_service";
pub(super) const SINGLE_LOGOUT: &str = "config_single_logout";
pub(super) const SINGLE_SIGN_ON: &str = "config_single_sign_on";
