use std::fmt;

use crate::error::Error;

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
pub struct Record {
    /// The code of the check, or of the particular failure.
    pub code: &'static str,
    /// The clause of the specification.
    pub clause: &'static str,
    /// What should have been found.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// How it ended.
    pub verdict: Verdict,
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, found {} ({})", self.code, self.expected, self.found, self.clause)
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
    pub fn check(
        &mut self,
        check: &'static Check,
        passed: bool,
        expected: impl FnOnce() -> String,
        found: impl FnOnce() -> String,
    ) -> Result<(), Error> {
        if !passed {
            return Err(self.fail(check, check.code, expected(), found()));
        }
        self.pass(check, expected, found);
        Ok(())
    }

    /// Writes the record of a check that passed.
    pub fn pass(&mut self, check: &'static Check, expected: impl FnOnce() -> String, found: impl FnOnce() -> String) {
        if !self.off {
            let (expected, found) = (expected(), shorten(found()));
            let verdict = Verdict::Passed;
            self.records.push(Record { code: check.code, clause: check.clause, expected, found, verdict });
        }
    }

    /// Writes the record of a check that failed, with the code of the particular failure.
    pub fn fail(&mut self, check: &'static Check, code: &'static str, expected: String, found: String) -> Error {
        let verdict = Verdict::Failed;
        let record = Record { code, clause: check.clause, expected, found: shorten(found), verdict };
        self.records.push(record.clone());
        Error::from(record)
    }

    /// Writes the record of a check that was not made, and why.
    pub fn not_checked(&mut self, check: &'static Check, why: &str) {
        if !self.off {
            self.records.push(Record {
                code: check.code,
                clause: check.clause,
                expected: why.to_owned(),
                found: String::new(),
                verdict: Verdict::NotChecked,
            });
        }
    }
}

/// Cuts what was found to a length that fits a log line, without control characters (ATT-144).
fn shorten(found: String) -> String {
    let fits = found.len() <= LONGEST_FOUND && !found.contains(char::is_control);
    if fits { found } else { found.chars().filter(|c| !c.is_control()).take(LONGEST_FOUND).collect() }
}

/// Longer than any entity ID, URL or identifier that real partners use.
const LONGEST_FOUND: usize = 300;
