use chrono::{DateTime, Utc};
use redis::{ScriptInvocation, Value};
use saml_state::{KeyedDigest, SessionId, SessionStore, SessionSubject, StoreError};

use crate::store::{RedisStore, bytes, failed, microseconds, time, unavailable};

/// A session that can be written down for a store that seals it, and read again.
///
/// It is a trait of its own, so that what holds a BSN need not be serializable for everything else.
pub trait KeptSession: Send + Sized {
    /// Returns the session as bytes. They go into the seal and nowhere else.
    fn to_bytes(&self) -> Vec<u8>;

    /// Reads what [`to_bytes`](Self::to_bytes) wrote; `None` for anything else, as after a change of its form.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

impl KeptSession for String {
    fn to_bytes(&self) -> Vec<u8> {
        self.clone().into_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        String::from_utf8(bytes.to_vec()).ok()
    }
}

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
        let mut script = self.scripts.create.key(self.clock_key());
        script.key(key);
        if let Some(subject) = subject {
            script.key(self.subject_key(&subject.name)?);
        }
        let index = subject.and_then(|subject| subject.session_index);
        let index = index.map_or(Ok(String::new()), |index| self.index(&index))?;
        script.arg(microseconds(now)).arg(idle()).arg(microseconds(absolute_end)).arg(sealed).arg(index);
        let answer = self.run(&script).await?;
        match texts(&answer)[..] {
            [b"created"] => Ok(id),
            [b"duplicate"] => Err(StoreError::Duplicate),
            [b"ended", end, latest] => Err(StoreError::AlreadyEnded { end: told(end)?, now: told(latest)? }),
            ref other => Err(self.not_answered(other)),
        }
    }

    async fn read(&self, id: &SessionId, now: DateTime<Utc>) -> Result<Option<S>, StoreError> {
        let key = self.session_key(id)?;
        let mut script = self.scripts.read.key(self.clock_key());
        script.key(&key).arg(microseconds(now)).arg(idle());
        self.session(&key, &script).await
    }

    async fn remove(&self, id: &SessionId, now: DateTime<Utc>) -> Result<Option<S>, StoreError> {
        let key = self.session_key(id)?;
        let mut script = self.scripts.remove.key(self.clock_key());
        script.key(&key).arg(microseconds(now));
        self.session(&key, &script).await
    }

    async fn remove_of_subject(
        &self,
        name: &KeyedDigest,
        session_indexes: &[KeyedDigest],
        now: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        let mut script = self.scripts.remove_of_subject.key(self.clock_key());
        script.key(self.subject_key(name)?).arg(microseconds(now));
        for index in session_indexes {
            script.arg(self.index(index)?);
        }
        let answer = self.run(&script).await?;
        match texts(&answer)[..] {
            [b"removed", count] => number(count),
            ref other => Err(self.not_answered(other)),
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

    async fn session<S: KeptSession>(&self, key: &str, script: &ScriptInvocation<'_>) -> Result<Option<S>, StoreError> {
        let answer = self.run(script).await?;
        match texts(&answer)[..] {
            [b"found", sealed] => {
                let opened = self.settings.sealing_keys.open(sealed, key.as_bytes());
                let opened = opened.map_err(|error| unavailable(error.code()))?;
                S::from_bytes(&opened).map(Some).ok_or_else(|| unavailable("redis_value"))
            }
            [b"none"] => Ok(None),
            ref other => Err(self.not_answered(other)),
        }
    }

    async fn run(&self, script: &ScriptInvocation<'_>) -> Result<Vec<Value>, StoreError> {
        script.invoke_async(&mut self.connection.clone()).await.map_err(|error| failed(&error))
    }

    fn not_answered(&self, answer: &[&[u8]]) -> StoreError {
        unavailable(if answer == [b"clock_ahead"] { "redis_clock_ahead" } else { "redis_answer" })
    }
}

fn texts(answer: &[Value]) -> Vec<&[u8]> {
    answer.iter().filter_map(bytes).collect()
}

fn number<N: std::str::FromStr>(text: &[u8]) -> Result<N, StoreError> {
    let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
    number.ok_or_else(|| unavailable("redis_answer"))
}

fn told(text: &[u8]) -> Result<DateTime<Utc>, StoreError> {
    number(text).map(time)
}

fn idle() -> i64 {
    SessionId::IDLE.num_microseconds().unwrap_or(i64::MAX)
}
