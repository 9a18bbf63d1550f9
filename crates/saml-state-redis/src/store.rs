use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use redis::{RedisError, Script, Value};
use saml_state::StoreError;
use saml_xml_security::keyed_digest;

use crate::call::Call;
use crate::error::Error;
use crate::line::Line;
use crate::scripts::Scripts;
use crate::settings::RedisSettings;

/// A Redis that several portals share. A clone uses the same connection.
///
/// A connection that breaks is made again by itself; what was under way then fails, and nothing is sent twice.
#[derive(Clone)]
pub struct RedisStore {
    line: Line,
    /// For what waits for replicas, so that nothing else waits behind it.
    waiting: Line,
    pub(crate) settings: Arc<RedisSettings>,
    pub(crate) scripts: Arc<Scripts>,
}

impl RedisStore {
    /// Connects, and looks whether this Redis keeps what it is given; each connection that is made later is looked at
    /// too.
    ///
    /// # Errors
    /// [`Error`], whose every variant says what is wrong with this Redis or with the way to it.
    pub async fn connect(settings: RedisSettings) -> Result<Self, Error> {
        if !settings.has_hash_tag() {
            return Err(Error::Name { found: settings.name });
        }
        let line = Line::open(&settings).await?;
        let waiting = if settings.replicas > 0 { Line::open(&settings).await? } else { line.clone() };
        let scripts = Arc::new(Scripts::new(settings.clock_difference));
        Ok(Self { line, waiting, settings: Arc::new(settings), scripts })
    }

    /// Begins the call of a script: with the clock, and the present time.
    pub(crate) fn call<'a>(&self, script: &'a Script, now: DateTime<Utc>) -> Call<'a> {
        Call::new(script).key(self.settings.clock_key()).arg(microseconds(now))
    }

    /// Runs what a failover may undo: at worst somebody begins anew.
    pub(crate) async fn run(&self, call: &Call<'_>) -> Result<Vec<Value>, StoreError> {
        Ok(self.line.run(call, 0).await?.0)
    }

    /// Runs what must not come undone, and tells as well whether as many replicas know it as have to.
    pub(crate) async fn run_for_good(&self, call: &Call<'_>) -> Result<(Vec<Value>, bool), StoreError> {
        let (answer, know_it) = self.waiting.run(call, self.settings.replicas).await?;
        Ok((answer, know_it >= self.settings.replicas))
    }

    /// Returns the key of something; no two lists of parts have the same.
    pub(crate) fn key(&self, kind: &str, parts: &[&[u8]]) -> Result<String, StoreError> {
        let mut octets = kind.as_bytes().to_vec();
        for part in parts {
            octets.extend(part.len().to_be_bytes());
            octets.extend(*part);
        }
        let digest = keyed_digest(&self.settings.digest_key, &octets).map_err(|error| unavailable(error.code()))?;
        let digest = digest.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        Ok(format!("{{{}}}:{kind}:{digest}", self.settings.name))
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Logs why the store did not do its duty. What Redis says names a key at most, which is a digest.
pub(crate) fn unavailable(code: &'static str) -> StoreError {
    tracing::error!(code, "store unavailable");
    StoreError::Unavailable
}

/// Logs what the connection said.
pub(crate) fn failed(error: &RedisError) -> StoreError {
    tracing::error!(code = "redis", %error, "store unavailable");
    StoreError::Unavailable
}

/// Returns the time as the scripts count it: microseconds, which a number of Lua holds exactly until the year 2255.
pub(crate) fn microseconds(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros()
}

/// Returns the time as the scripts count it, rounded up: what lives until then lives no shorter.
pub(crate) fn microseconds_up(time: DateTime<Utc>) -> i64 {
    let is_whole = time.timestamp_subsec_nanos().is_multiple_of(1000);
    if is_whole { microseconds(time) } else { microseconds(time).saturating_add(1) }
}

/// Returns the parts of an answer, the first of which is its word.
pub(crate) fn texts(answer: &[Value]) -> Vec<&[u8]> {
    answer.iter().filter_map(text).collect()
}

fn text(value: &Value) -> Option<&[u8]> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        _ => None,
    }
}

/// Says why an answer is none of those that are expected.
pub(crate) fn not_answered(answer: &[&[u8]]) -> StoreError {
    unavailable(match answer {
        [b"clock_ahead"] => "redis_clock_ahead",
        [b"clock_behind"] => "redis_clock_behind",
        _ => "redis_answer",
    })
}

/// Reads a number out of an answer; anything else is an answer that nobody understands.
pub(crate) fn number<N: FromStr>(text: &[u8]) -> Result<N, StoreError> {
    let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
    number.ok_or_else(|| unavailable("redis_answer"))
}

/// Reads a time as [`microseconds`] writes it.
pub(crate) fn time(text: &[u8]) -> Result<DateTime<Utc>, StoreError> {
    number(text).map(|microseconds| DateTime::from_timestamp_micros(microseconds).unwrap_or(DateTime::<Utc>::MAX_UTC))
}
