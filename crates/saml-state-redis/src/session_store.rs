use chrono::{DateTime, Utc};
use redis::Value;
use saml_state::{KeptSession, KeyedDigest, SessionId, SessionStore, SessionSubject, StoreError};

use crate::store::{RedisStore, microseconds, not_answered, number, texts, time, unavailable};

impl<S: KeptSession> SessionStore<S> for RedisStore {
    async fn create(
        &self,
        random: [u8; 32],
        session: S,
        subject: Option<SessionSubject>,
        absolute_end: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<SessionId, StoreError> {
        let id = SessionId::from_random(random);
        let key = self.session_key(&id)?;
        let keys = &self.settings.sealing_keys;
        let sealed = keys.seal(&session.to_bytes(), key.as_bytes()).map_err(|error| unavailable(error.code()))?;
        let mut call = self.call(&self.scripts.create, now).key(key);
        if let Some(subject) = subject {
            call = call.key(self.subject_key(&subject.name)?);
        }
        let index = subject.and_then(|subject| subject.session_index);
        let index = index.map_or(Ok(String::new()), |index| self.index(&index))?;
        let call = call.arg(idle()).arg(microseconds(absolute_end)).arg(sealed).arg(index);
        match texts(&self.run(&call).await?)[..] {
            [b"created"] => Ok(id),
            [b"duplicate"] => Err(StoreError::Duplicate),
            [b"ended", end, latest] => Err(StoreError::AlreadyEnded { end: time(end)?, now: time(latest)? }),
            ref other => Err(not_answered(other)),
        }
    }

    async fn read(&self, id: &SessionId, now: DateTime<Utc>) -> Result<Option<S>, StoreError> {
        let key = self.session_key(id)?;
        let answer = self.run(&self.call(&self.scripts.read, now).key(key.as_str()).arg(idle())).await?;
        self.session(&key, &answer)
    }

    async fn remove(&self, id: &SessionId, now: DateTime<Utc>) -> Result<Option<S>, StoreError> {
        let key = self.session_key(id)?;
        let call = self.call(&self.scripts.remove, now).key(key.as_str());
        let (answer, is_kept) = self.run_for_good(&call).await?;
        match self.session(&key, &answer)? {
            Some(_) if !is_kept => Err(unavailable("redis_replicas")),
            removed => Ok(removed),
        }
    }

    async fn remove_of_subject(
        &self,
        name: &KeyedDigest,
        session_indexes: &[KeyedDigest],
        now: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        let mut call = self.call(&self.scripts.remove_of_subject, now).key(self.subject_key(name)?);
        for index in session_indexes {
            call = call.arg(self.index(index)?);
        }
        let (answer, is_kept) = self.run_for_good(&call).await?;
        match texts(&answer)[..] {
            [b"removed", count] => match number(count)? {
                1.. if !is_kept => Err(unavailable("redis_replicas")),
                count => Ok(count),
            },
            ref other => Err(not_answered(other)),
        }
    }
}

impl RedisStore {
    fn session_key(&self, id: &SessionId) -> Result<String, StoreError> {
        self.key("session", &[&id.bytes()])
    }

    fn subject_key(&self, name: &KeyedDigest) -> Result<String, StoreError> {
        self.key("subject", &[&name.bytes()])
    }

    fn index(&self, index: &KeyedDigest) -> Result<String, StoreError> {
        self.key("index", &[&index.bytes()])
    }

    fn session<S: KeptSession>(&self, key: &str, answer: &[Value]) -> Result<Option<S>, StoreError> {
        match texts(answer)[..] {
            [b"found", sealed] => {
                let opened = self.settings.sealing_keys.open(sealed, key.as_bytes());
                let opened = opened.map_err(|error| unavailable(error.code()))?;
                S::from_bytes(&opened).map(Some).ok_or_else(|| unavailable("redis_value"))
            }
            [b"none"] => Ok(None),
            ref other => Err(not_answered(other)),
        }
    }
}

fn idle() -> i64 {
    SessionId::IDLE.num_microseconds().unwrap_or(i64::MAX)
}
