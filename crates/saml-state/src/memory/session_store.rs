use std::fmt;

use chrono::{DateTime, Utc};

use super::expiring::Expiring;
use crate::{KeyedDigest, SessionId, SessionStore, SessionSubject, StoreError};

/// A [`SessionStore`] in the memory of one process, for at most `capacity` sessions at a time.
pub struct MemorySessionStore<S>(Expiring<[u8; 32], Open<S>>);

impl<S> MemorySessionStore<S> {
    /// Makes an empty store; one of capacity zero refuses everything.
    #[must_use]
    pub fn new(capacity: usize) -> MemorySessionStore<S> {
        MemorySessionStore(Expiring::new(capacity))
    }
}

impl<S: Clone + Send> SessionStore<S> for MemorySessionStore<S> {
    async fn create(
        &self,
        random: [u8; 32],
        session: S,
        subject: Option<SessionSubject>,
        absolute_end: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<SessionId, StoreError> {
        let id = SessionId::from_random(random);
        let mut sessions = self.0.at(now)?;
        let end = end_of_idle(sessions.now(), absolute_end);
        sessions.insert(id.bytes(), Open { absolute_end, subject, session }, end)?;
        Ok(id)
    }

    async fn read(&self, id: &SessionId, now: DateTime<Utc>) -> Result<Option<S>, StoreError> {
        let mut sessions = self.0.at(now)?;
        let now = sessions.now();
        let Some(open) = sessions.get_mut(&id.bytes()) else {
            return Ok(None);
        };
        let (session, absolute_end) = (open.session.clone(), open.absolute_end);
        sessions.set_end(&id.bytes(), end_of_idle(now, absolute_end));
        Ok(Some(session))
    }

    async fn remove(&self, id: &SessionId, now: DateTime<Utc>) -> Result<Option<S>, StoreError> {
        Ok(self.0.at(now)?.remove(&id.bytes()).map(|open| open.session))
    }

    async fn remove_of_subject(
        &self,
        name: &KeyedDigest,
        session_indexes: &[KeyedDigest],
        now: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        let is_meant = |open: &Open<S>| open.subject.is_some_and(|subject| subject.is_meant(name, session_indexes));
        // Every session is looked at; only a request that the identity provider signed leads here.
        Ok(self.0.at(now)?.remove_where(is_meant))
    }
}

impl<S> fmt::Debug for MemorySessionStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemorySessionStore").field("capacity", &self.0.capacity()).finish_non_exhaustive()
    }
}

struct Open<S> {
    absolute_end: DateTime<Utc>,
    subject: Option<SessionSubject>,
    session: S,
}

fn end_of_idle(now: DateTime<Utc>, absolute_end: DateTime<Utc>) -> DateTime<Utc> {
    now.checked_add_signed(SessionId::IDLE).map_or(absolute_end, |idle_end| idle_end.min(absolute_end))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::contract::session_store as contract;
    use crate::memory::tests::in_parallel;

    #[tokio::test]
    async fn a_session_is_read_under_its_own_id() {
        contract::a_session_is_read_under_its_own_id(&MemorySessionStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn an_idle_session_ends_after_15_minutes() {
        contract::an_idle_session_ends_after_15_minutes(&MemorySessionStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn use_keeps_a_session() {
        contract::use_keeps_a_session(&MemorySessionStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn use_does_not_keep_a_session_past_its_absolute_end() {
        contract::use_does_not_keep_a_session_past_its_absolute_end(&MemorySessionStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn a_session_that_ended_is_refused() {
        contract::a_session_that_ended_is_refused(&MemorySessionStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn a_clock_that_goes_back_revives_and_prolongs_nothing() {
        contract::a_clock_that_goes_back_revives_and_prolongs_nothing(&MemorySessionStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn a_removed_session_is_gone() {
        contract::a_removed_session_is_gone(&MemorySessionStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn removing_a_session_that_ended_returns_nothing() {
        contract::removing_a_session_that_ended_returns_nothing(&MemorySessionStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn a_logout_ends_the_sessions_that_it_names() {
        contract::a_logout_ends_the_sessions_that_it_names(&MemorySessionStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn a_logout_without_session_index_ends_all_of_that_name_alone() {
        contract::a_logout_without_session_index_ends_all_of_that_name_alone(&MemorySessionStore::new(100))
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_logout_counts_living_sessions_alone() {
        contract::a_logout_counts_living_sessions_alone(&MemorySessionStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn a_large_session_is_read_whole() {
        contract::a_large_session_is_read_whole(&MemorySessionStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn an_id_in_use_is_refused() {
        contract::an_id_in_use_is_refused(&MemorySessionStore::new(100)).await.unwrap();
    }

    #[tokio::test]
    async fn one_of_100_parallel_removals_gets_the_session() {
        contract::one_of_100_parallel_removals_gets_the_session(Arc::new(MemorySessionStore::new(100)), in_parallel)
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_full_store_refuses() {
        contract::a_full_store_refuses(&MemorySessionStore::new(3), 3).await.unwrap();
        contract::a_full_store_refuses(&MemorySessionStore::new(1), 1).await.unwrap();
    }

    #[test]
    fn debug_shows_no_session() {
        assert_eq!(format!("{:?}", MemorySessionStore::<String>::new(7)), "MemorySessionStore { capacity: 7, .. }");
    }
}
