use std::fmt;

use crate::error::Error;
use crate::said::{Said, Words};

/// One check on the road of a response: its stable code, and the clause that asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// A stable word in snake case, for logs, metrics and tests.
    pub code: &'static str,
    /// The clause of the specification.
    pub clause: &'static str,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// What was found is not what was expected: the login is refused.
    Failed,
    /// The check does not apply here, or the caller could not know what to expect; `expected` says why.
    NotChecked,
    /// What was found is what was expected.
    Passed,
}

impl Verdict {
    /// Returns the word for logs and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::NotChecked => "not_checked",
            Self::Passed => "passed",
        }
    }
}

/// What one check saw. It holds no personal data: a NameID or an attribute is said to be there, not quoted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// The code of the check, or of the particular failure.
    pub code: &'static str,
    /// The clause of the specification.
    pub clause: &'static str,
    /// What should have been found.
    pub expected: Said,
    /// What was found.
    pub found: Said,
    /// How it ended.
    pub verdict: Verdict,
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = self.found.to_string();
        // The sentence of an error further down says itself what it expected and found.
        let link = if found.starts_with("expected ") { "; " } else { ", found " };
        write!(f, "{}: expected {}{link}{found} ({})", self.code, self.expected, self.clause)
    }
}

/// The records of one response, in the order of the road.
///
/// The same record makes the error, the log line and the page that explains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    records: Vec<Record>,
    off: bool,
}

impl Trace {
    /// Starts an empty trace.
    #[must_use]
    pub const fn new() -> Self {
        Self { records: Vec::new(), off: false }
    }

    /// Starts a trace that keeps failures only.
    #[must_use]
    pub const fn failures_only() -> Self {
        Self { records: Vec::new(), off: true }
    }

    /// Returns the records in the order they were made.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Writes the record of a check.
    ///
    /// # Errors
    /// An [`Error`] made of the record when `passed` is false.
    pub fn check<E, F>(
        &mut self,
        check: &'static Check,
        passed: bool,
        expected: impl FnOnce() -> E,
        found: impl FnOnce() -> F,
    ) -> Result<(), Error>
    where
        E: Into<Said>,
        F: Into<Said>,
    {
        if !passed {
            return Err(self.fail(check, check.code, expected(), found()));
        }
        self.pass(check, expected, found);
        Ok(())
    }

    /// Writes the record of a check that passed.
    pub fn pass<E, F>(&mut self, check: &'static Check, expected: impl FnOnce() -> E, found: impl FnOnce() -> F)
    where
        E: Into<Said>,
        F: Into<Said>,
    {
        if !self.off {
            let (expected, found) = (expected().into(), self::found(found().into()));
            let verdict = Verdict::Passed;
            self.push(Record { code: check.code, clause: check.clause, expected, found, verdict });
        }
    }

    /// Writes the record of a check that failed, with the code of the particular failure.
    pub fn fail(
        &mut self,
        check: &'static Check,
        code: &'static str,
        expected: impl Into<Said>,
        found: impl Into<Said>,
    ) -> Error {
        let verdict = Verdict::Failed;
        let (expected, found) = (expected.into(), self::found(found.into()));
        let record = Record { code, clause: check.clause, expected, found, verdict };
        self.push(record.clone());
        Error::from(record)
    }

    /// Writes the record of a check that was not made, and why.
    pub fn not_checked(&mut self, check: &'static Check, why: &'static str) {
        if !self.off {
            self.push(Record {
                code: check.code,
                clause: check.clause,
                expected: why.into(),
                found: "".into(),
                verdict: Verdict::NotChecked,
            });
        }
    }

    fn push(&mut self, record: Record) {
        if self.records.is_empty() {
            self.records.reserve(USUAL_RECORDS);
        }
        self.records.push(record);
    }
}

/// Makes of a text what is shown of a message: cut to a length that fits a log line, without characters that
/// are not seen (ATT-144).
fn found(said: Said) -> Said {
    let Words::Text(text) = said.0 else { return said };
    if text.len() <= LONGEST_FOUND && is_printable_ascii(&text) {
        return Said(Words::Found(text));
    }
    Said(Words::Found(text.chars().filter(|c| !is_unseen(*c)).take(LONGEST_FOUND).collect()))
}

/// Tells what ends a line, or changes what the others look like: control characters, and those that turn the direction
/// of text or take no room.
fn is_unseen(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{AD}' | '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// Looks at many bytes together, as nearly everything that is found is such text.
fn is_printable_ascii(text: &str) -> bool {
    text.bytes().fold(true, |all, byte| all & (0x20..0x7F).contains(&byte))
}

/// Room for the records of a login, so that they are allocated once.
const USUAL_RECORDS: usize = 48;

/// Longer than any entity ID, URL or identifier that real partners use.
const LONGEST_FOUND: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    static CHECK: Check = Check { code: "message_type", clause: "none" };

    /// Writes what a check found; the same is shown whether it passed or failed, and by Debug as well.
    fn found(text: &str) -> String {
        let mut trace = Trace::new();
        trace.pass(&CHECK, || "something", || text.to_owned());
        let failed = trace.fail(&CHECK, CHECK.code, "something", text.to_owned()).to_string();
        let [passed, _] = trace.records() else { panic!("{trace:?}") };
        assert_eq!(passed.to_string(), failed);
        assert_eq!(format!("{:?}", passed.found), format!("{:?}", passed.found.to_string()));
        failed
    }

    #[test]
    fn an_error_further_down_says_itself_what_it_expected() {
        assert_eq!(found("two"), "message_type: expected something, found two (none)");
        let sentence = found("expected nine digits, found eight");
        assert_eq!(sentence, "message_type: expected something; expected nine digits, found eight (none)");
    }

    #[test]
    fn what_is_not_seen_is_left_out_of_what_was_found() {
        let said = found("a\u{202E}b\u{2028}c\u{7}d\u{200B}e\u{EB}");
        assert_eq!(said, "message_type: expected something, found abcde\u{EB} (none)");
    }

    #[test]
    fn nine_digits_in_what_was_found_are_blotted_out_wherever_they_stand() {
        for (text, said) in [
            ("900026236", "*********"),
            ("n900026236", "n*********"),
            ("a900026236f", "a*********f"),
            ("s00000000:900026236, 900026236!", "s00000000:*********, *********!"),
        ] {
            assert_eq!(found(text), format!("message_type: expected something, found {said} (none)"));
        }
    }

    #[test]
    fn fewer_and_more_digits_stay() {
        for text in [
            "urn:nl-eid-gdi:1.0:AD:00000004166909913000:entities:9002",
            "90002623",
            "9000262361",
            "_0f3b6c1d900026236ab1c0d3e6f9a2b5c8",
            "2026-03-01T12:00:00Z",
        ] {
            assert_eq!(found(text), format!("message_type: expected something, found {text} (none)"));
        }
    }
}
