use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use saml_digid::LevelOfAssurance;
use saml_name_id::Bsn;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// What one login does that others do not; the default is a login like any other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Script {
    /// How the login ends, without its page; it is taken out when it is carried out.
    pub(crate) outcome: Option<ScriptedOutcome>,
    /// How far the clock of the answer, and of the `ArtifactResponse` around it, is ahead.
    pub(crate) clock_offset_seconds: i32,
    pub(crate) key: KeyChoice,
    pub(crate) artifact: ArtifactFate,
    /// What is wrong with the answer of who logs in, so that a portal must refuse it.
    pub(crate) flaw: Option<Flaw>,
    /// How long the `ArtifactResponse` is held back.
    pub(crate) resolve_delay_ms: u16,
}

/// How the login ends, without its page.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ScriptedOutcome {
    LogIn(ScriptedLogin),
    Cancel,
    Error,
    NoAuthnContext,
    Responder,
}

/// Who logs in, and at which level.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScriptedLogin {
    #[serde(deserialize_with = "bsn")]
    pub(crate) bsn: Bsn,
    #[serde(deserialize_with = "level")]
    pub(crate) level: LevelOfAssurance,
}

/// What the answer is signed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeyChoice {
    #[default]
    Current,
    Next,
}

/// What is wrong with an answer that says who logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Flaw {
    /// It is meant for another service provider.
    Audience,
    /// Its level is lower than the one asked for, of which a broker would show a page.
    Level,
    /// Its signatures do not hold.
    Signature,
}

/// What becomes of an artifact until it is resolved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ArtifactFate {
    #[default]
    Good,
    /// It is no longer known.
    Expired,
    /// What it stands for comes as the answer to another `ArtifactResolve`.
    AnswersAnother,
}

impl Script {
    /// Returns what the clock says in the answer.
    pub(crate) fn clock(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let offset = TimeDelta::seconds(self.clock_offset_seconds.into());
        now.checked_add_signed(offset).unwrap_or(now)
    }
}

/// The script that waits for a login.
#[derive(Debug, Default)]
pub(crate) struct NextLogin(Mutex<Option<Script>>);

impl NextLogin {
    /// Lets the next login follow a script, in place of one that none followed yet.
    pub(crate) fn set(&self, script: Script) {
        // Nothing can panic while the lock is held, so that what is inside is whole.
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(script);
    }

    /// Takes the script for the login that begins now; the one after it follows none.
    pub(crate) fn take(&self) -> Script {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }
}

/// Reads a BSN; the error does not repeat it.
fn bsn<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bsn, D::Error> {
    let text = String::deserialize(deserializer).map_err(|_| Error::custom("expected a BSN in a string"))?;
    Bsn::parse(&text).map_err(|_| Error::custom("expected a BSN: nine digits that pass the eleven-test"))
}

fn level<'de, D: Deserializer<'de>>(deserializer: D) -> Result<LevelOfAssurance, D::Error> {
    let name = String::deserialize(deserializer)?;
    LevelOfAssurance::from_name(&name).ok_or_else(|| Error::custom("expected basic, middle, substantial or high"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_cannot_be_so_far_ahead_stays_where_it_is() {
        let script = Script { clock_offset_seconds: 90, ..Script::default() };
        assert_eq!(script.clock(DateTime::UNIX_EPOCH), DateTime::UNIX_EPOCH + TimeDelta::seconds(90));
        assert_eq!(script.clock(DateTime::<Utc>::MAX_UTC), DateTime::<Utc>::MAX_UTC);
    }

    #[test]
    fn a_script_is_followed_by_one_login() {
        let next = NextLogin::default();
        let script = Script { resolve_delay_ms: 1, ..Script::default() };
        next.set(Script::default());
        next.set(script.clone());
        assert_eq!(next.take(), script);
        assert_eq!(next.take(), Script::default());
    }
}
