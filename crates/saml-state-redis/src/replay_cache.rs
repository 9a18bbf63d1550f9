use chrono::{DateTime, Utc};
use saml_state::{Inserted, ReplayCache, ReplayKey, StoreError};

use crate::store::{RedisStore, failed, microseconds, time, unavailable};

impl ReplayCache for RedisStore {
    async fn insert(
        &self,
        key: &ReplayKey,
        keep_until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Inserted, StoreError> {
        let entry = self.key("replay", &[key.issuer().as_bytes(), key.assertion_id().as_bytes()])?;
        let mut connection = self.connection.clone();
        let answer: Vec<String> = self
            .scripts
            .insert
            .key(self.clock_key())
            .key(entry)
            .arg(microseconds(now))
            .arg(microseconds(keep_until))
            .invoke_async(&mut connection)
            .await
            .map_err(|error| failed(&error))?;
        match answer.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["first"] => {}
            ["replayed"] => return Ok(Inserted::Replayed),
            ["ended", latest] => {
                let latest = latest.parse().map_err(|_| unavailable("redis_answer"))?;
                return Err(StoreError::AlreadyEnded { end: keep_until, now: time(latest) });
            }
            ["clock_ahead"] => return Err(unavailable("redis_clock_ahead")),
            _ => return Err(unavailable("redis_answer")),
        }
        if self.settings.replicas > 0 {
            let milliseconds = u64::try_from(self.settings.timeout.as_millis() / 2).unwrap_or(u64::MAX).max(1);
            let have_it: usize = redis::cmd("WAIT")
                .arg(self.settings.replicas)
                .arg(milliseconds)
                .query_async(&mut connection)
                .await
                .map_err(|error| failed(&error))?;
            if have_it < self.settings.replicas {
                return Err(unavailable("redis_replicas"));
            }
        }
        Ok(Inserted::First)
    }
}
