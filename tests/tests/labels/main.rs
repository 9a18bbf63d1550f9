//! Each message of the corpus with a label: the good accepted, the bad refused, and refused for what is bad in it.
//!
//! `fixtures/corpus-expectations.tsv` says which code refuses each bad message, `fixtures/corpus-exceptions.toml` with
//! which messages we do other than their label says, and why.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

mod adapted;
mod doors;
mod every_door;
mod facts;
mod lists;
mod rows;
mod signatures;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use saml_tests::{corpus, files, not_run, say};

use crate::doors::Outcome;
use crate::facts::{Keys, setting};
use crate::lists::{Changes, Exceptions, Expectation, Why};
use crate::rows::{Label, Row, rows};

/// How many messages of SAML have a label, and how many vectors of XML Signature and XML Encryption.
const MESSAGES: usize = 254;
const VECTORS: usize = 424;
const FILES: usize = 2446;

#[test]
fn each_message_with_a_label_gives_its_verdict() {
    let Some(corpus) = corpus(MESSAGES, "messages with a label") else { return };
    let rows = messages(&corpus);
    let keys = Keys::read(&corpus, &rows);
    let (expectations, exceptions) = (lists::expectations(), lists::exceptions());
    let mut run = Run::new(keys, &expectations, &exceptions);
    rows.iter().for_each(|row| run.message(row));
    run.require_all_used();
    run.report();
    assert!(run.wrong.is_empty(), "{} of {} messages:\n{}", run.wrong.len(), rows.len(), run.wrong.join("\n"));
}

#[test]
fn signatures_in_the_corpus_hold_or_are_refused_by_what_they_are() {
    let Some(corpus) = corpus(VECTORS, "vectors of XML Signature") else { return };
    let all = rows(&corpus);
    let keys = Keys::read(&corpus, &all);
    let encrypted = signatures::encryption_vectors(&corpus);
    not_run(encrypted, "vectors of XML Encryption", "none is an EncryptedAssertion");
    let mut wrong = Vec::new();
    for project in signatures::PROJECTS {
        let found = signatures::judge(&corpus, project.name, &keys);
        let counts = signatures::counts(&found);
        say(&format!("signatures of {}: {counts:?}", project.name));
        let of = |codes: &[&str]| {
            let chosen = found.iter().filter(|(_, code)| codes.contains(&code.as_str()));
            chosen.map(|(file, code)| (file.as_str(), code.as_str())).collect::<BTreeSet<_>>()
        };
        let broken = of(&["signature_digest_mismatch", "signature_invalid", "signature_no_key"]);
        let accepted = of(&["accepted"]);
        let listed = project.accepted.iter().map(|file| (*file, "accepted")).collect();
        wrong.extend(accepted.symmetric_difference(&listed).map(|one| format!("{} {one:?}", project.name)));
        let listed = project.broken.iter().map(|(file, code, _)| (*file, *code)).collect();
        wrong.extend(broken.symmetric_difference(&listed).map(|one| format!("{} {one:?}", project.name)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_value_of_each_good_vector_in_our_algorithms_holds_over_its_signed_info() {
    let Some(corpus) = corpus(VECTORS, "vectors of XML Signature") else { return };
    let keys = Keys::read(&corpus, &rows(&corpus));
    let found = signatures::values(&corpus, &keys);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, what) in &found {
        *counts.entry(what.as_str()).or_default() += 1;
    }
    say(&format!("vectors of XML Signature: {counts:?}"));
    let refused: BTreeSet<&str> =
        found.iter().filter(|(_, what)| what == "does not hold").map(|(file, _)| file.as_str()).collect();
    let listed = signatures::REFUSED_VALUES.iter().flat_map(|(_, files)| files.iter().copied()).collect();
    assert_eq!(refused, listed);
    for (why, files) in signatures::REFUSED_VALUES {
        not_run(files.len(), "vectors of XML Signature", why);
    }
}

#[test]
fn every_file_of_the_corpus_goes_through_every_door_without_a_panic() {
    let Some(corpus) = corpus(FILES, "files through every door") else { return };
    let files = files(&corpus);
    assert!(files.len() >= FILES, "{}", files.len());
    let counts = every_door::run(&files);
    say(&format!("{} files through every door, opened by: {counts:?}", files.len()));
}

/// Returns the rows that are messages of SAML, or claim to be.
fn messages(corpus: &Path) -> Vec<Row> {
    let rows: Vec<_> = rows(corpus).into_iter().filter(|row| row.repo != signatures::XMLSEC).collect();
    assert!(rows.len() >= MESSAGES, "{}", rows.len());
    rows
}

/// A run over all messages: what is wrong, and what became of them.
struct Run<'a> {
    keys: Keys,
    expectations: &'a [Expectation],
    exceptions: &'a Exceptions,
    wrong: Vec<String>,
    counts: BTreeMap<&'static str, usize>,
    not_read: BTreeMap<String, usize>,
    used: BTreeSet<String>,
}

impl<'a> Run<'a> {
    fn new(keys: Keys, expectations: &'a [Expectation], exceptions: &'a Exceptions) -> Self {
        let (wrong, counts) = (Vec::new(), BTreeMap::new());
        Self { keys, expectations, exceptions, wrong, counts, not_read: BTreeMap::new(), used: BTreeSet::new() }
    }

    fn message(&mut self, row: &Row) {
        let is_row = |repo: &str, path: &str| repo == row.repo && path == row.path;
        let expectation = self.expectations.iter().find(|one| is_row(&one.repo, &one.path));
        let exception = self.exceptions.exceptions.iter().find(|one| is_row(&one.repo, &one.path));
        let changes = expectation.map(|one| &one.changes).or(exception.map(|one| &one.changes));
        let (found, adapted) = self.judge(row, &changes.cloned().unwrap_or_default());
        if let Outcome::NotRead(root) = found {
            *self.not_read.entry(root).or_default() += 1;
            return;
        }
        let found = found.code();
        let adapted = adapted.as_ref().map_or("accepted", Outcome::code);
        if let Some(exception) = exception {
            self.used.insert(name(row));
            let differs = match row.label {
                Label::Bad => found == "accepted",
                Label::Good | Label::Parses => (found, adapted) != ("accepted", "accepted"),
            };
            self.require(row, differs, "the exception is stale: it is as its label says");
            self.require_codes(row, (found, adapted), (&exception.found, &exception.adapted));
            self.count("other than its label, by an exception with its reason");
            return;
        }
        match (row.label, expectation) {
            (Label::Bad, Some(expectation)) => {
                self.used.insert(name(row));
                let adapted = if expectation.adapted == "-" { "-" } else { adapted };
                self.require_codes(row, (found, adapted), (&expectation.code, &expectation.adapted));
                let refused = match expectation.why {
                    Why::Labelled => found,
                    Why::Adapted => adapted,
                    Why::Earlier => "-",
                };
                self.require(row, refused != "accepted" && found != "accepted", "a bad message is accepted");
                self.count(match expectation.why {
                    Why::Labelled => "bad, refused for the labelled reason",
                    Why::Adapted => "bad, refused by design; signed anew, refused for the labelled reason",
                    Why::Earlier => "bad, refused earlier for another reason, which is said",
                });
            }
            (Label::Bad, None) => self.wrong.push(format!("{}: not in the list, found {found}, {adapted}", name(row))),
            (Label::Good | Label::Parses, _) => {
                let by_design = found != "accepted" && self.is_of_a_class(row, found);
                self.require_codes(
                    row,
                    (if by_design { "accepted" } else { found }, adapted),
                    ("accepted", "accepted"),
                );
                self.count(match (row.label, by_design) {
                    (Label::Parses, _) => "parsed",
                    (_, true) => "good, refused by design as one of a class; adapted where it can be, accepted",
                    (_, false) => "good, accepted",
                });
            }
        }
    }

    /// Judges a message as it is, and adapted where it is one that can be.
    fn judge(&self, row: &Row, changes: &Changes) -> (Outcome, Option<Outcome>) {
        let message = match row.message() {
            Ok(message) => message,
            Err(code) => return (Outcome::Refused(code), None),
        };
        let setting = setting(row, &message, &self.keys, changes);
        let adapted = (row.label != Label::Parses).then(|| adapted::judge(&message, &setting, changes)).flatten();
        (doors::judge(row, &message, &setting), adapted)
    }

    fn is_of_a_class(&mut self, row: &Row, found: &str) -> bool {
        let message = String::from_utf8(row.message().unwrap()).unwrap();
        let class = self.exceptions.classes.iter().find(|class| class.found == found && message.contains(&class.holds));
        class.is_some_and(|class| {
            self.used.insert(class.holds.clone());
            true
        })
    }

    fn require_codes(&mut self, row: &Row, found: (&str, &str), expected: (&str, &str)) {
        self.require(row, found == expected, &format!("expected {expected:?}, found {found:?}"));
    }

    fn require(&mut self, row: &Row, holds: bool, otherwise: &str) {
        if !holds {
            self.wrong.push(format!("{}: {otherwise}", name(row)));
        }
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// Requires that nothing stands in the lists that no message was found for.
    fn require_all_used(&mut self) {
        let expectations = self.expectations.iter().map(|one| format!("{} {}", one.repo, one.path));
        let exceptions = self.exceptions.exceptions.iter().map(|one| format!("{} {}", one.repo, one.path));
        let classes = self.exceptions.classes.iter().map(|class| class.holds.clone());
        for entry in expectations.chain(exceptions).chain(classes) {
            if !self.used.contains(&entry) {
                self.wrong.push(format!("{entry}: in a list, and no message is so"));
            }
        }
    }

    fn report(&self) {
        for (what, count) in &self.counts {
            say(&format!("{count:4} {what}"));
        }
        for (root, count) in &self.not_read {
            not_run(*count, &format!("messages with the root {root}"), "there is no reader for it here");
        }
    }
}

fn name(row: &Row) -> String {
    format!("{} {}", row.repo, row.path)
}
