use chrono::{DateTime, Utc};
use redis::{Script, Value};
use saml_state::{BrowserBinding, PendingRequest, RequestStore, StoreError};

use crate::kept_request::{open, seal};
use crate::store::{RedisStore, bytes, failed, microseconds, time, unavailable};

impl RequestStore for RedisStore {
    async fn remember(
        &self,
        browser: &BrowserBinding,
        request: PendingRequest,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let end = request.ends_at(now);
        let key = self.browser_key(browser)?;
        let sealed = seal(&request, &key, &self.settings.sealing_keys)?;
        let answer: Vec<String> = self
            .scripts
            .remember
            .key(self.clock_key())
            .key(key)
            .arg(microseconds(now))
            .arg(microseconds(end))
            .arg(request.id.as_str())
            .arg(sealed)
            .arg(PendingRequest::PER_BROWSER)
            .invoke_async(&mut self.connection.clone())
            .await
            .map_err(|error| failed(&error))?;
        match answer.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["kept"] => Ok(()),
            ["duplicate"] => Err(StoreError::Duplicate),
            ["ended", latest] => {
                let latest = latest.parse().map_err(|_| unavailable("redis_answer"))?;
                Err(StoreError::AlreadyEnded { end, now: time(latest) })
            }
            ["clock_ahead"] => Err(unavailable("redis_clock_ahead")),
            _ => Err(unavailable("redis_answer")),
        }
    }

    async fn find(
        &self,
        browser: &BrowserBinding,
        request_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<PendingRequest>, StoreError> {
        self.answer(&self.scripts.find, browser, request_id, now).await
    }

    async fn take(
        &self,
        browser: &BrowserBinding,
        request_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<PendingRequest>, StoreError> {
        self.answer(&self.scripts.take, browser, request_id, now).await
    }
}

impl RedisStore {
    fn browser_key(&self, browser: &BrowserBinding) -> Result<String, StoreError> {
        self.key("requests", &[&browser.bytes()])
    }

    async fn answer(
        &self,
        script: &Script,
        browser: &BrowserBinding,
        request_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<PendingRequest>, StoreError> {
        let key = self.browser_key(browser)?;
        let answer: Vec<Value> = script
            .key(self.clock_key())
            .key(&key)
            .arg(microseconds(now))
            .arg(request_id)
            .invoke_async(&mut self.connection.clone())
            .await
            .map_err(|error| failed(&error))?;
        let parts: Vec<&[u8]> = answer.iter().filter_map(bytes).collect();
        match parts[..] {
            [b"found", sealed] => open(sealed, request_id, &key, &self.settings.sealing_keys).map(Some),
            [b"none"] => Ok(None),
            [b"clock_ahead"] => Err(unavailable("redis_clock_ahead")),
            _ => Err(unavailable("redis_answer")),
        }
    }
}
