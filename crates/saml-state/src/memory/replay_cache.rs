use std::fmt;

use chrono::{DateTime, Utc};

use super::expiring::Expiring;
use crate::{Inserted, ReplayCache, ReplayKey, StoreError};

/// A [`ReplayCache`] in the memory of one process, for at most `capacity` assertions at a time.
///
/// Each takes twice the length of its issuer and ID, so 4 KiB at the most.
pub struct MemoryReplayCache(Expiring<ReplayKey, ()>);

impl MemoryReplayCache {
    /// Makes an empty cache; one of capacity zero refuses everything.
    #[must_use]
    pub fn new(capacity: usize) -> MemoryReplayCache {
        MemoryReplayCache(Expiring::new(capacity))
    }
}

impl ReplayCache for MemoryReplayCache {
    async fn insert(
        &self,
        key: &ReplayKey,
        keep_until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Inserted, StoreError> {
        let mut keys = self.0.at(now)?;
        match keys.insert(key.clone(), (), keep_until) {
            Ok(()) => Ok(Inserted::First),
            Err(StoreError::Duplicate) => Ok(Inserted::Replayed),
            Err(error) => Err(error),
        }
    }
}

impl fmt::Debug for MemoryReplayCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryReplayCache").field("capacity", &self.0.capacity()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::contract::replay_cache as contract;
    use crate::memory::tests::in_parallel;

    #[tokio::test]
    async fn a_key_is_first_once() {
        contract::a_key_is_first_once(&MemoryReplayCache::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn a_key_may_be_first_again_after_its_end() {
        contract::a_key_may_be_first_again_after_its_end(&MemoryReplayCache::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn a_key_lives_to_its_last_nanosecond() {
        contract::a_key_lives_to_its_last_nanosecond(&MemoryReplayCache::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn the_second_of_two_keys_needs_the_first() {
        contract::the_second_of_two_keys_needs_the_first(&MemoryReplayCache::new(100)).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn one_of_100_parallel_inserts_has_both() {
        let cache = Arc::new(MemoryReplayCache::new(100));
        contract::one_of_100_parallel_inserts_has_both(cache, in_parallel).await.unwrap();
    }

    #[tokio::test]
    async fn a_replay_does_not_move_the_end() {
        contract::a_replay_does_not_move_the_end(&MemoryReplayCache::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn a_clock_that_goes_back_opens_no_replay() {
        contract::a_clock_that_goes_back_opens_no_replay(&MemoryReplayCache::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn keys_are_compared_byte_for_byte() {
        contract::keys_are_compared_byte_for_byte(&MemoryReplayCache::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn the_longest_keys_are_told_apart() {
        contract::the_longest_keys_are_told_apart(&MemoryReplayCache::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn one_of_100_parallel_inserts_is_first() {
        contract::one_of_100_parallel_inserts_is_first(Arc::new(MemoryReplayCache::new(100)), in_parallel)
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_full_cache_refuses() {
        contract::a_full_cache_refuses(&MemoryReplayCache::new(3), 3).await.unwrap();
        contract::a_full_cache_refuses(&MemoryReplayCache::new(1), 1).await.unwrap();
    }
}
