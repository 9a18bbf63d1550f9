//! Each check, on a deployment without faults and on one that differs from it in one thing.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![cfg(unix)]

mod certificates;
mod inventory;
mod metadata;
mod network;
mod online;
mod people;
mod settings;
mod world;

use std::collections::BTreeSet;

use saml_doctor::{CHECKS, Outcome, examine};
use world::{Base, Draft};

/// A check with what makes it pass, and what then makes it fail.
pub(crate) struct Case {
    code: &'static str,
    base: Base,
    good: fn(&mut Draft),
    bad: fn(&mut Draft),
    /// How it ends before the one change, and after it; `None` where it is of no concern.
    outcomes: [Option<Outcome>; 2],
    /// What is said after it.
    said: &'static str,
}

impl Case {
    /// The check passes on the good deployment, and fails after one change.
    pub(crate) fn new(
        code: &'static str,
        base: Base,
        bad: fn(&mut Draft),
        outcome: Outcome,
        said: &'static str,
    ) -> Self {
        Self { code, base, good: |_| {}, bad, outcomes: [Some(Outcome::Ok), Some(outcome)], said }
    }

    /// The check passes after `good`.
    pub(crate) fn after(self, good: fn(&mut Draft)) -> Self {
        Self { good, ..self }
    }

    fn run(&self) {
        let mut draft = Draft::new(self.base);
        (self.good)(&mut draft);
        let before = draft.finding(self.code);
        assert_eq!(
            before.as_ref().map(|finding| finding.outcome),
            self.outcomes[0],
            "{} passes: {before:?}",
            self.code
        );
        (self.bad)(&mut draft);
        let after = draft.finding(self.code);
        assert_eq!(after.as_ref().map(|finding| finding.outcome), self.outcomes[1], "{} fails: {after:?}", self.code);
        let shown = after.map(|finding| format!("{}; {}", finding.found, finding.mend.unwrap_or_default()));
        let shown = shown.unwrap_or_default();
        assert!(shown.contains(self.said), "{}: {} is not in {shown}", self.code, self.said);
    }
}

fn cases() -> Vec<Case> {
    [settings::cases(), metadata::cases(), certificates::cases(), people::cases(), online::cases()]
        .into_iter()
        .flatten()
        .collect()
}

fn run(cases: Vec<Case>) {
    for case in cases {
        case.run();
    }
}

#[test]
fn every_check_has_a_case_in_which_it_passes_and_fails() {
    let known: BTreeSet<&str> = CHECKS.iter().map(|check| check.code).collect();
    let tried: BTreeSet<&str> = cases().iter().map(|case| case.code).collect();
    assert_eq!(known.len(), CHECKS.len(), "a code stands twice");
    assert_eq!(tried, known);
}

#[test]
fn what_the_file_says_is_looked_at() {
    run(settings::cases());
}

#[test]
fn what_the_metadata_says_is_looked_at() {
    run(metadata::cases());
}

#[test]
fn keys_and_certificates_are_looked_at() {
    run(certificates::cases());
}

#[test]
fn what_only_people_can_do_is_said_where_it_is_due() {
    run(people::cases());
}

#[test]
fn what_was_seen_over_the_network_is_looked_at() {
    run(online::cases());
}

#[test]
fn a_deployment_without_faults_has_no_problem_and_no_warning() {
    for base in [Base::Broker, Base::Digid] {
        let mut draft = Draft::new(base);
        draft.online();
        draft.refuses();
        let report = draft.with_subject(examine);
        let faults = |outcome: Outcome| {
            let found = report.findings.iter().filter(|finding| finding.outcome == outcome);
            found.map(|finding| format!("{finding:?}")).collect::<Vec<_>>()
        };
        assert_eq!(faults(Outcome::Problem), Vec::<String>::new());
        if base == Base::Broker {
            assert_eq!(faults(Outcome::Warning), Vec::<String>::new());
            assert_eq!(faults(Outcome::NotLookedAt), Vec::<String>::new());
        }
    }
}

#[test]
fn every_check_says_why_it_matters_and_where_that_comes_from() {
    for check in CHECKS {
        assert!(check.code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte.is_ascii_digit()));
        assert!(check.why.ends_with('.') && !check.title.ends_with('.') && !check.source.is_empty(), "{check:?}");
    }
}
