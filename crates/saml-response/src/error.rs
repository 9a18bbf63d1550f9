use thiserror::Error;

use crate::trace::Record;

/// A response that lets nobody in: the record of the check that failed.
///
/// One form for all refusals, because the record of the trace is the error: code, clause, expected and found are what
/// every reader of an error needs here, and nobody may treat one refusal more mildly than another.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{record}")]
pub struct Error {
    record: Box<Record>,
}

impl Error {
    /// Returns the stable word for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.record.code
    }

    /// Returns the record of the failed check.
    #[must_use]
    pub fn record(&self) -> &Record {
        &self.record
    }
}

impl From<Record> for Error {
    fn from(record: Record) -> Self {
        Self { record: Box::new(record) }
    }
}
