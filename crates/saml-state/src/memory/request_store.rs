use std::fmt;

use chrono::{DateTime, Utc};

use super::expiring::Expiring;
use crate::{BrowserBinding, PendingRequest, RequestStore, StoreError};

/// A [`RequestStore`] in the memory of one process, for at most `capacity` browsers at a time.
pub struct MemoryRequestStore(Expiring<[u8; 32], Vec<Waiting>>);

impl MemoryRequestStore {
    /// Makes an empty store; one of capacity zero refuses everything.
    ///
    /// Each browser has at most [`PendingRequest::PER_BROWSER`] requests in it.
    #[must_use]
    pub fn new(capacity: usize) -> MemoryRequestStore {
        MemoryRequestStore(Expiring::new(capacity))
    }
}

impl RequestStore for MemoryRequestStore {
    async fn remember(
        &self,
        browser: &BrowserBinding,
        request: PendingRequest,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut browsers = self.0.at(now)?;
        let end = request.ends_at(now);
        let now = browsers.now();
        if end <= now {
            return Err(StoreError::AlreadyEnded { end, now });
        }
        let browser = browser.bytes();
        let Some(list) = browsers.get_mut(&browser) else {
            return browsers.insert(browser, vec![Waiting { end, request }], end);
        };
        list.retain(|waiting| waiting.end > now);
        if list.iter().any(|waiting| waiting.request.id == request.id) {
            return Err(StoreError::Duplicate);
        }
        if list.len() >= PendingRequest::PER_BROWSER {
            list.remove(0);
        }
        list.push(Waiting { end, request });
        let last_end = list.iter().fold(end, |last, waiting| last.max(waiting.end));
        browsers.set_end(&browser, last_end);
        Ok(())
    }

    async fn find(
        &self,
        browser: &BrowserBinding,
        request_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<PendingRequest>, StoreError> {
        let mut browsers = self.0.at(now)?;
        let now = browsers.now();
        let list = browsers.get_mut(&browser.bytes());
        let found = list.and_then(|list| list.iter().find(|waiting| waiting.answers_to(request_id, now)));
        Ok(found.map(|waiting| waiting.request.clone()))
    }

    async fn take(
        &self,
        browser: &BrowserBinding,
        request_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<PendingRequest>, StoreError> {
        let mut browsers = self.0.at(now)?;
        let now = browsers.now();
        let browser = browser.bytes();
        let Some(list) = browsers.get_mut(&browser) else {
            return Ok(None);
        };
        let position = list.iter().position(|waiting| waiting.answers_to(request_id, now));
        let taken = position.map(|position| list.remove(position));
        if list.is_empty() {
            browsers.remove(&browser);
        }
        Ok(taken.map(|waiting| waiting.request))
    }
}

impl fmt::Debug for MemoryRequestStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryRequestStore").field("capacity", &self.0.capacity()).finish_non_exhaustive()
    }
}

struct Waiting {
    end: DateTime<Utc>,
    request: PendingRequest,
}

impl Waiting {
    // The list outlives its shorter-lived requests, so each end is looked at.
    fn answers_to(&self, request_id: &str, now: DateTime<Utc>) -> bool {
        self.end > now && self.request.id.as_str() == request_id
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::contract::request_store as contract;
    use crate::memory::tests::in_parallel;

    #[tokio::test]
    async fn a_request_is_taken_as_it_was_remembered() {
        contract::a_request_is_taken_as_it_was_remembered(&MemoryRequestStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn a_request_is_taken_once() {
        contract::a_request_is_taken_once(&MemoryRequestStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn finding_does_not_take() {
        contract::finding_does_not_take(&MemoryRequestStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn another_browser_gets_nothing() {
        contract::another_browser_gets_nothing(&MemoryRequestStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn a_request_ends_after_15_minutes() {
        contract::a_request_ends_after_15_minutes(&MemoryRequestStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn a_later_request_does_not_prolong_an_earlier_one() {
        contract::a_later_request_does_not_prolong_an_earlier_one(&MemoryRequestStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn an_issue_time_to_come_does_not_prolong() {
        contract::an_issue_time_to_come_does_not_prolong(&MemoryRequestStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn a_clock_that_goes_back_revives_nothing() {
        contract::a_clock_that_goes_back_revives_nothing(&MemoryRequestStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn a_request_that_ended_is_refused() {
        contract::a_request_that_ended_is_refused(&MemoryRequestStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn a_browser_has_several_requests() {
        contract::a_browser_has_several_requests(&MemoryRequestStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn the_eleventh_request_drops_the_first_of_its_browser() {
        contract::the_eleventh_request_drops_the_first_of_its_browser(&MemoryRequestStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn requests_that_ended_take_no_place() {
        contract::requests_that_ended_take_no_place(&MemoryRequestStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn an_id_in_use_is_refused() {
        contract::an_id_in_use_is_refused(&MemoryRequestStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn ids_are_compared_byte_for_byte() {
        contract::ids_are_compared_byte_for_byte(&MemoryRequestStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn an_oversize_id_is_of_no_request() {
        contract::an_oversize_id_is_of_no_request(&MemoryRequestStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn one_of_100_parallel_takers_gets_the_request() {
        contract::one_of_100_parallel_takers_gets_the_request(Arc::new(MemoryRequestStore::new(100)), in_parallel)
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_full_store_refuses() {
        contract::a_full_store_refuses(&MemoryRequestStore::new(3), 3).await.unwrap();
        contract::a_full_store_refuses(&MemoryRequestStore::new(1), 1).await.unwrap();
    }

    #[tokio::test]
    async fn a_browser_without_requests_takes_no_room() {
        let store = MemoryRequestStore::new(1);

        contract::a_request_is_taken_once(&store).await.unwrap();
        contract::a_full_store_refuses(&store, 1).await.unwrap();
    }
}
