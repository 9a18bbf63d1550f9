//! A store that fails, or does not do its duty, logs nobody in.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use saml_forge::{Failure, Outcome as Answered};
use saml_sp::{LoginOptions, Outcome};
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore};
use saml_state::{
    BrowserBinding, Inserted, PendingRequest, ReplayCache, ReplayKey, RequestId, RequestStore, StoreError,
};

use crate::portal::{accepted, answer, begin, browser, login, now, permits, portal_with, post, refused};

/// What goes wrong in a store.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    FindIsDown,
    None,
    RememberIsDown,
    /// Another answer was quicker, between finding and taking.
    TakeComesTooLate,
    TakeIsDown,
    /// The store breaks its duty to delete what it returns.
    TakeKeeps,
}

/// A store that several portals share.
#[derive(Clone)]
pub(crate) struct Shared {
    requests: Arc<MemoryRequestStore>,
    fault: Fault,
}

impl Shared {
    pub(crate) fn new() -> Self {
        Self::with(Fault::None)
    }

    fn with(fault: Fault) -> Self {
        Self { requests: Arc::new(MemoryRequestStore::new(100)), fault }
    }

    fn down_if(&self, fault: Fault) -> Result<(), StoreError> {
        if self.fault == fault { Err(StoreError::Unavailable) } else { Ok(()) }
    }
}

impl RequestStore for Shared {
    async fn remember(
        &self,
        browser: &BrowserBinding,
        request: PendingRequest,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.down_if(Fault::RememberIsDown)?;
        self.requests.remember(browser, request, now).await
    }

    async fn find(
        &self,
        browser: &BrowserBinding,
        request_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<PendingRequest>, StoreError> {
        self.down_if(Fault::FindIsDown)?;
        self.requests.find(browser, request_id, now).await
    }

    async fn take(
        &self,
        browser: &BrowserBinding,
        request_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<PendingRequest>, StoreError> {
        self.down_if(Fault::TakeIsDown)?;
        match self.fault {
            Fault::TakeComesTooLate => Ok(None),
            Fault::TakeKeeps => self.requests.find(browser, request_id, now).await,
            _ => self.requests.take(browser, request_id, now).await,
        }
    }
}

/// A replay cache that is down.
struct Down;

impl ReplayCache for Down {
    async fn insert(
        &self,
        _key: &ReplayKey,
        _keep_until: DateTime<Utc>,
        _now: DateTime<Utc>,
    ) -> Result<Inserted, StoreError> {
        Err(StoreError::Unavailable)
    }
}

#[tokio::test]
async fn a_store_that_works_logs_in() {
    let portal = portal_with(Shared::with(Fault::None), MemoryReplayCache::new(100));
    let id = begin(&portal, &browser(1)).await;

    accepted(post(&portal, &browser(1), &answer(&id, login())).await);
}

#[tokio::test]
async fn a_request_that_cannot_be_remembered_is_not_sent() {
    let portal = portal_with(Shared::with(Fault::RememberIsDown), MemoryReplayCache::new(100));

    let error = portal.login(&browser(1), &LoginOptions::default(), permits(), now()).await.unwrap_err();
    assert_eq!(error.code(), "store_unavailable");
}

#[tokio::test]
async fn a_request_store_that_is_down_logs_nobody_in() {
    for fault in [Fault::FindIsDown, Fault::TakeIsDown] {
        let portal = portal_with(Shared::with(fault), MemoryReplayCache::new(100));
        let id = begin(&portal, &browser(1)).await;

        let refusal = refused(post(&portal, &browser(1), &answer(&id, login())).await, "store_unavailable");
        assert_eq!(refusal.outcome(), Outcome::Failed, "{fault:?}");
    }
}

#[tokio::test]
async fn a_replay_cache_that_is_down_logs_nobody_in() {
    let portal = portal_with(Shared::new(), Down);
    let id = begin(&portal, &browser(1)).await;

    let refusal = refused(post(&portal, &browser(1), &answer(&id, login())).await, "store_unavailable");
    assert_eq!((refusal.outcome(), refusal.return_to()), (Outcome::Failed, Some(&permits())));
    refused(post(&portal, &browser(1), &answer(&id, login())).await, "pending_request");
}

#[tokio::test]
async fn a_replay_cache_that_is_full_logs_nobody_in() {
    let portal = portal_with(Shared::new(), MemoryReplayCache::new(0));
    let id = begin(&portal, &browser(1)).await;

    refused(post(&portal, &browser(1), &answer(&id, login())).await, "store_full");
}

#[tokio::test]
async fn a_failure_that_cannot_use_its_request_up_is_no_cancelled_login() {
    let portal = portal_with(Shared::with(Fault::TakeIsDown), MemoryReplayCache::new(100));
    let id = begin(&portal, &browser(1)).await;
    let cancelled = answer(&id, Answered::Failure(Failure::cancelled()));

    let refusal = refused(post(&portal, &browser(1), &cancelled).await, "store_unavailable");
    assert_eq!((refusal.outcome(), refusal.return_to()), (Outcome::Failed, Some(&permits())));
}

#[tokio::test]
async fn a_request_that_another_answer_took_first_is_refused() {
    let portal = portal_with(Shared::with(Fault::TakeComesTooLate), MemoryReplayCache::new(100));
    let id = begin(&portal, &browser(1)).await;

    let refusal = refused(post(&portal, &browser(1), &answer(&id, login())).await, "request_once");
    assert_eq!((refusal.outcome(), refusal.request_id().map(RequestId::as_str)), (Outcome::NotOpen, Some(id.as_str())));
}

#[tokio::test]
async fn an_assertion_that_was_seen_before_is_refused_even_when_the_request_is_still_open() {
    let portal = portal_with(Shared::with(Fault::TakeKeeps), MemoryReplayCache::new(100));
    let id = begin(&portal, &browser(1)).await;
    let xml = answer(&id, login());

    accepted(post(&portal, &browser(1), &xml).await);
    let refusal = refused(post(&portal, &browser(1), &xml).await, "assertion_replayed");
    assert_eq!(refusal.outcome(), Outcome::Failed);
    // Another assertion is another matter: only the first line of defence is broken here.
    accepted(post(&portal, &browser(1), &answer(&id, login())).await);
}
