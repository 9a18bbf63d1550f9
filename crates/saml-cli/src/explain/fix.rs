//! What is likely to mend a refusal, in words: one table, from the code of the check and the facts to a sentence.

mod clock;
mod difference;
mod keys;
mod login;
mod message;
mod table;

pub(crate) use keys::describe as describe_key;

use chrono::{DateTime, Utc};
use saml_protocol::parse_date_time;
use saml_response::Record;

use crate::explain::decide::Decision;
use crate::explain::settings::Settings;

/// What a sentence is made of. Nothing is guessed: what the facts do not say is not said.
pub(crate) struct Facts<'a> {
    /// The check that failed.
    pub(crate) record: &'a Record,
    pub(crate) settings: &'a Settings,
    pub(crate) decision: &'a Decision,
    /// The ID of each AuthnRequest in the recording, with its number.
    pub(crate) requests: &'a [(String, usize)],
}

/// How a code becomes a sentence.
#[derive(Clone, Copy)]
pub(crate) enum Fix {
    /// From the facts.
    Of(fn(&Facts<'_>) -> String),
    /// The same sentence always.
    Words(&'static str),
    /// No message is refused with this code.
    Never,
}

/// Returns what is likely to mend what was refused; `None` for a code without an entry, of which a test knows none.
pub(crate) fn fix(facts: &Facts<'_>) -> Option<String> {
    match table::entry(facts.record.code)? {
        Fix::Of(sentence) => Some(sentence(facts)),
        Fix::Words(words) => Some(words.to_owned()),
        Fix::Never => None,
    }
}

impl Facts<'_> {
    fn expected(&self) -> String {
        self.record.expected.to_string()
    }

    fn found(&self) -> String {
        self.record.found.to_string()
    }

    /// Returns what was found, where it is a time.
    fn found_time(&self) -> Option<DateTime<Utc>> {
        parse_date_time(&self.found())
    }

    /// Tells whether it is the metadata that was refused, before the message was looked at.
    fn is_metadata(&self) -> bool {
        self.decision.partner.is_none()
    }

    /// Returns what the keys of the partner came from.
    const fn source_of_keys(&self) -> &'static str {
        if self.settings.metadata.is_some() { "the metadata" } else { "--trust-key" }
    }
}
