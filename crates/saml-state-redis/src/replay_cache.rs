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
        let entry = self.replay_key(key)?;
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

    async fn insert_then(
        &self,
        (key, keep_until): (&ReplayKey, DateTime<Utc>),
        (then, then_until): (&ReplayKey, DateTime<Utc>),
        now: DateTime<Utc>,
    ) -> Result<Option<Inserted>, StoreError> {
        let call = self.call(&self.scripts.insert_then, now).key(self.replay_key(key)?).key(self.replay_key(then)?);
        let call = call.arg(microseconds_up(keep_until)).arg(microseconds_up(then_until));
        let (answer, is_kept) = self.run_for_good(&call).await?;
        match texts(&answer)[..] {
            [b"first"] if is_kept => Ok(Some(Inserted::First)),
            [b"first"] => Err(unavailable("redis_replicas")),
            [b"then_replayed"] => Ok(Some(Inserted::Replayed)),
            [b"replayed"] => Ok(None),
            [b"ended", latest] => Err(StoreError::AlreadyEnded { end: keep_until.min(then_until), now: time(latest)? }),
            ref other => Err(not_answered(other)),
        }
    }
}

impl RedisStore {
    fn replay_key(&self, key: &ReplayKey) -> Result<String, StoreError> {
        self.key("replay", &[key.issuer().as_bytes(), key.assertion_id().as_bytes()])
    }
}
