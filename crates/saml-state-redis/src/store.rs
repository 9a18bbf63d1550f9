use std::fmt;

use chrono::{DateTime, Utc};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisError, Value};
use saml_state::StoreError;
use saml_xml_security::keyed_digest;

use crate::error::Error;
use crate::scripts::Scripts;
use crate::settings::RedisSettings;

/// A Redis that several portals share. A clone uses the same connection.
///
/// A connection that breaks is made again by itself; what was under way then fails, and nothing is sent twice.
#[derive(Clone)]
pub struct RedisStore {
    pub(crate) connection: ConnectionManager,
    pub(crate) settings: RedisSettings,
    pub(crate) scripts: Scripts,
}

impl RedisStore {
    /// Connects, and looks whether this Redis keeps what it is given.
    ///
    /// # Errors
    /// [`Error::Connect`], [`Error::Eviction`], [`Error::NotDurable`].
    pub async fn connect(settings: RedisSettings) -> Result<Self, Error> {
        let client = Client::open(settings.url.as_str()).map_err(Error::Connect)?;
        let timeout = Some(settings.timeout);
        // Whoever waits for a login is told at once; the next call tries again.
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(timeout)
            .set_response_timeout(timeout)
            .set_number_of_retries(0);
        let mut connection = ConnectionManager::new_with_config(client, config).await.map_err(Error::Connect)?;
        let info: String =
            redis::cmd("INFO").arg("everything").query_async(&mut connection).await.map_err(Error::Connect)?;
        let fact =
            |name: &str| info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap_or("unknown");
        let policy = fact("maxmemory_policy");
        if policy != "noeviction" {
            return Err(Error::Eviction { found: policy.to_owned() });
        }
        if fact("aof_enabled") != "1" && !settings.may_forget {
            return Err(Error::NotDurable);
        }
        Ok(Self { connection, settings, scripts: Scripts::new() })
    }

    /// Returns the key that holds the latest time that any portal told, so that no clock brings back what has ended.
    pub(crate) fn clock_key(&self) -> String {
        format!("{{{}}}:clock", self.settings.name)
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

pub(crate) fn failed(error: &RedisError) -> StoreError {
    tracing::error!(code = "redis", %error, "store unavailable");
    StoreError::Unavailable
}

/// Returns the time as the scripts count it: microseconds, which a number of Lua holds exactly until the year 2255.
pub(crate) fn microseconds(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros()
}

pub(crate) fn time(microseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(microseconds).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

pub(crate) fn bytes(value: &Value) -> Option<&[u8]> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        _ => None,
    }
}
