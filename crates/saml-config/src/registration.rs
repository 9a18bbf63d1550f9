use std::path::PathBuf;

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, de};

/// What is, or will be, registered at Logius: `[*.registration]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Registration {
    /// The name of the web service that users read (Webdienstnaam).
    pub web_service_name: String,
    /// The OIN of the organisation, twenty digits.
    pub oin: Option<String>,
    /// The website of the organisation.
    pub website: Option<String>,
    /// Whether the service takes part in single sign-on (DigiD eenmalig inloggen); `false` unless set.
    #[serde(default)]
    pub single_sign_on: bool,
    /// Our metadata as it is registered at the other side.
    pub registered_metadata: Option<PathBuf>,
    /// The day on which the production connection was activated, such as `2026-12-31`.
    #[serde(default, deserialize_with = "day")]
    pub activated_on: Option<NaiveDate>,
    /// Whom Logius may call about technical matters.
    pub technical_contact: Option<Contact>,
}

/// A person or team: `[*.registration.technical_contact]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Contact {
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// The telephone number.
    pub telephone: Option<String>,
}

/// What the application around this toolkit does by itself, written down here to be checked: `[*.application]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Application {
    /// After how many minutes without use its own session ends, where it has one besides ours.
    pub session_idle_minutes: Option<u32>,
    /// Log files to search for numbers that are a BSN.
    #[serde(default)]
    pub logs: Vec<PathBuf>,
}

fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
    let found = toml::value::Datetime::deserialize(deserializer)?.to_string();
    let read = found.parse().map(Some);
    read.map_err(|_| de::Error::custom(format!("expected a day such as 2026-12-31, found {found}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_of_the_activation_is_a_day_and_no_moment() {
        let read =
            |day: &str| toml::from_str::<Registration>(&format!("web_service_name = \"a\"\nactivated_on = {day}\n"));
        assert_eq!(read("2026-12-31").unwrap().activated_on, NaiveDate::from_ymd_opt(2026, 12, 31));
        let refused = read("2026-12-31T10:00:00Z").unwrap_err();
        assert!(refused.message().contains("expected a day such as 2026-12-31"), "{refused}");
    }
}
