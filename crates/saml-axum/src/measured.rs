//! How long the stores and the back channel take to answer, and with which code.

use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};
use saml_backchannel::{ArtifactRequest, BackChannel, ResolveArtifact};
use saml_state::{
    BrowserBinding, Inserted, KeyedDigest, PendingRequest, ReplayCache, ReplayKey, RequestStore, SessionId,
    SessionStore, SessionSubject, StoreError,
};
use tracing::Instrument;

use crate::events::Event;
use crate::incident::Reference;
use crate::metrics::Meters;

/// A store, each call of which is measured.
#[derive(Debug)]
pub(crate) struct Measured<T> {
    store: Arc<T>,
    meters: Meters,
}

impl<T> Measured<T> {
    pub(crate) fn new(store: Arc<T>, meters: &Meters) -> Self {
        Self { store, meters: meters.clone() }
    }

    async fn call<V>(
        &self,
        call: &'static str,
        answer: impl Future<Output = Result<V, StoreError>> + Send,
    ) -> Result<V, StoreError> {
        measure(&self.meters, call, answer, StoreError::code).await
    }
}

impl<T: RequestStore> RequestStore for Measured<T> {
    async fn remember(
        &self,
        browser: &BrowserBinding,
        request: PendingRequest,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.call("request_remember", self.store.remember(browser, request, now)).await
    }

    async fn find(
        &self,
        browser: &BrowserBinding,
        request_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<PendingRequest>, StoreError> {
        self.call("request_find", self.store.find(browser, request_id, now)).await
    }

    async fn take(
        &self,
        browser: &BrowserBinding,
        request_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<PendingRequest>, StoreError> {
        self.call("request_take", self.store.take(browser, request_id, now)).await
    }

    async fn take_recording<C: ReplayCache>(
        &self,
        browser: &BrowserBinding,
        request_id: &str,
        record: (&C, &ReplayKey, DateTime<Utc>),
        now: DateTime<Utc>,
    ) -> Result<Option<Inserted>, StoreError> {
        let taken = self.store.take_recording(browser, request_id, record, now);
        self.call("request_take_recording", taken).await
    }
}

impl<T: ReplayCache> ReplayCache for Measured<T> {
    async fn insert(
        &self,
        key: &ReplayKey,
        keep_until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Inserted, StoreError> {
        self.call("replay_insert", self.store.insert(key, keep_until, now)).await
    }

    async fn insert_then(
        &self,
        key: (&ReplayKey, DateTime<Utc>),
        then: (&ReplayKey, DateTime<Utc>),
        now: DateTime<Utc>,
    ) -> Result<Option<Inserted>, StoreError> {
        self.call("replay_insert_then", self.store.insert_then(key, then, now)).await
    }
}

impl<S: Send, T: SessionStore<S>> SessionStore<S> for Measured<T> {
    async fn create(
        &self,
        random: [u8; 32],
        session: S,
        subject: Option<SessionSubject>,
        absolute_end: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<SessionId, StoreError> {
        self.call("session_create", self.store.create(random, session, subject, absolute_end, now)).await
    }

    async fn read(&self, id: &SessionId, now: DateTime<Utc>) -> Result<Option<S>, StoreError> {
        self.call("session_read", self.store.read(id, now)).await
    }

    async fn remove(&self, id: &SessionId, now: DateTime<Utc>) -> Result<Option<S>, StoreError> {
        self.call("session_remove", self.store.remove(id, now)).await
    }

    async fn remove_of_subject(
        &self,
        name: &KeyedDigest,
        session_indexes: &[KeyedDigest],
        now: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        self.call("session_remove_of_subject", self.store.remove_of_subject(name, session_indexes, now)).await
    }
}

/// The back channel for one login, which tells what goes wrong under the reference of that login.
pub(crate) struct Resolving<'a> {
    pub(crate) back_channel: &'a BackChannel,
    pub(crate) meters: &'a Meters,
    pub(crate) reference: &'a Reference,
}

impl ResolveArtifact for Resolving<'_> {
    async fn resolve(&self, request: &ArtifactRequest<'_>) -> Result<Vec<u8>, saml_backchannel::Error> {
        let answer = self.back_channel.resolve(request);
        let answer = measure(self.meters, "artifact_resolve", answer, saml_backchannel::Error::code).await;
        if let Err(error) = &answer {
            Event::ArtifactNotResolved { code: error.code(), reference: self.reference }.tell(self.meters);
        }
        answer
    }
}

/// Waits for an answer in a span of its own, and says how long that took.
pub(crate) async fn measure<V, E>(
    meters: &Meters,
    call: &'static str,
    answer: impl Future<Output = Result<V, E>> + Send,
    code: impl Fn(&E) -> &'static str,
) -> Result<V, E> {
    let begun = Instant::now();
    let answer = answer.instrument(tracing::debug_span!("call", call)).await;
    meters.called(call, answer.as_ref().err().map_or("", code), begun.elapsed());
    answer
}
