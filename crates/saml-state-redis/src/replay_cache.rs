use chrono::{DateTime, Utc};
use saml_state::{Inserted, ReplayCache, ReplayKey, StoreError};

use crate::store::{RedisStore, microseconds_up, not_answered, texts, time, unavailable};

impl ReplayCache for RedisStore {
    async fn insert(
        &self,
        key: &ReplayKey,
        keep_until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Inserted, StoreError> {
        let entry = self.key("replay", &[key.issuer().as_bytes(), key.assertion_id().as_bytes()])?;
        let call = self.call(&self.scripts.insert, now).key(entry).arg(microseconds_up(keep_until));
        let (answer, is_kept) = self.run_for_good(&call).await?;
        match texts(&answer)[..] {
            [b"first"] if is_kept => Ok(Inserted::First),
            [b"first"] => Err(unavailable("redis_replicas")),
            [b"replayed"] => Ok(Inserted::Replayed),
            [b"ended", latest] => Err(StoreError::AlreadyEnded { end: keep_until, now: time(latest)? }),
            ref other => Err(not_answered(other)),
        }
    }
}
