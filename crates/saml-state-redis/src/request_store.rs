use chrono::{DateTime, Utc};
use redis::Script;
use saml_state::{BrowserBinding, PendingRequest, RequestStore, StoreError};

use crate::kept_request::{open, seal};
use crate::store::{RedisStore, microseconds, not_answered, texts, time};

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
        let call = self
            .call(&self.scripts.remember, now)
            .key(key)
            .arg(microseconds(end))
            .arg(request.id.as_str())
            .arg(sealed)
            .arg(PendingRequest::PER_BROWSER);
        match texts(&self.run(&call).await?)[..] {
            [b"kept"] => Ok(()),
            [b"duplicate"] => Err(StoreError::Duplicate),
            [b"ended", latest] => Err(StoreError::AlreadyEnded { end, now: time(latest)? }),
            ref other => Err(not_answered(other)),
        }
    }

    async fn find(
        &self,
        browser: &BrowserBinding,
        request_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<PendingRequest>, StoreError> {
        self.request(&self.scripts.find, browser, request_id, now).await
    }

    async fn take(
        &self,
        browser: &BrowserBinding,
        request_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<PendingRequest>, StoreError> {
        self.request(&self.scripts.take, browser, request_id, now).await
    }
}

impl RedisStore {
    fn browser_key(&self, browser: &BrowserBinding) -> Result<String, StoreError> {
        self.key("requests", &[&browser.bytes()])
    }

    async fn request(
        &self,
        script: &Script,
        browser: &BrowserBinding,
        request_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<PendingRequest>, StoreError> {
        let key = self.browser_key(browser)?;
        let call = self.call(script, now).key(key.as_str()).arg(request_id);
        match texts(&self.run(&call).await?)[..] {
            [b"found", sealed] => open(sealed, request_id, &key, &self.settings.sealing_keys).map(Some),
            [b"none"] => Ok(None),
            ref other => Err(not_answered(other)),
        }
    }
}
