//! The values of options that several commands have. Each error says what was expected.

use chrono::{DateTime, Utc};
use saml_axum::Language;
use saml_digid::LevelOfAssurance;

/// Reads a moment, which must say its offset (RFC 3339).
pub(crate) fn time(text: &str) -> Result<DateTime<Utc>, String> {
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .map_err(|_| "expected a time such as 2026-01-31T12:00:00Z".to_owned())
}

/// Reads the name of a level of assurance.
pub(crate) fn level(name: &str) -> Result<LevelOfAssurance, String> {
    LevelOfAssurance::from_name(name).ok_or_else(|| "expected basic, middle, substantial or high".to_owned())
}

/// Reads the code of a language that the pages are written in.
pub(crate) fn language(code: &str) -> Result<Language, String> {
    Language::from_code(code).ok_or_else(|| "expected nl or en".to_owned())
}
