use std::error::Error as _;
use std::sync::{Arc, PoisonError, RwLock};

use redis::aio::MultiplexedConnection;
use redis::{ErrorKind, RedisError, ServerErrorKind, Value};
use saml_state::StoreError;
use tokio::sync::OnceCell;

use crate::call::Call;
use crate::error::Error;
use crate::node::{Open, open};
use crate::settings::RedisSettings;
use crate::store::failed;

/// One connection that all calls of a process share, each sent without waiting for the answers to those before it.
///
/// When it breaks, or goes silent, the next call makes another, and all that come meanwhile wait for that one. Nothing
/// is sent twice, but for what a node of a cluster refused to run because another has the keys.
#[derive(Clone)]
pub(crate) struct Line(Arc<Shared>);

struct Shared {
    settings: RedisSettings,
    attempt: RwLock<Arc<OnceCell<Option<Open>>>>,
}

impl Line {
    /// # Errors
    /// What [`open`] says.
    pub(crate) async fn open(settings: &RedisSettings) -> Result<Self, Error> {
        let attempt = Arc::new(OnceCell::new_with(Some(Some(open(settings).await?))));
        Ok(Self(Arc::new(Shared { settings: settings.clone(), attempt: RwLock::new(attempt) })))
    }

    /// Runs a script, and returns its answer and how many replicas know what it wrote, of those to be waited for.
    pub(crate) async fn run(&self, call: &Call<'_>, replicas: usize) -> Result<(Vec<Value>, usize), StoreError> {
        let mut was_moved = false;
        loop {
            let attempt = self.attempt();
            let mut connection = self.connection(&attempt).await?;
            let error = match call.send(&mut connection, replicas, self.0.settings.timeout / 2).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if is_of_the_connection(&error) {
                self.forget(&attempt);
            }
            let moved = error.kind() == ErrorKind::Server(ServerErrorKind::Moved);
            if was_moved || !moved {
                return Err(failed(&error));
            }
            was_moved = true;
        }
    }

    async fn connection(&self, attempt: &Arc<OnceCell<Option<Open>>>) -> Result<MultiplexedConnection, StoreError> {
        let opened = attempt.get_or_init(async || {
            let told = |error: &Error| {
                let cause = error.source().map(ToString::to_string).unwrap_or_default();
                tracing::error!(code = error.code(), %error, cause, "store unavailable");
            };
            open(&self.0.settings).await.inspect_err(told).ok()
        });
        match opened.await {
            Some(open) => Ok(open.connection.clone()),
            None => {
                self.forget(attempt);
                Err(StoreError::Unavailable)
            }
        }
    }

    /// Returns the attempt that is under way or has succeeded; one whose connection broke is made anew.
    fn attempt(&self) -> Arc<OnceCell<Option<Open>>> {
        let attempt = Arc::clone(&self.0.attempt.read().unwrap_or_else(PoisonError::into_inner));
        if !matches!(attempt.get(), Some(Some(open)) if open.is_broken()) {
            return attempt;
        }
        self.forget(&attempt);
        Arc::clone(&self.0.attempt.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts a fresh attempt in the place of this one, unless somebody did.
    fn forget(&self, attempt: &Arc<OnceCell<Option<Open>>>) {
        let mut current = self.0.attempt.write().unwrap_or_else(PoisonError::into_inner);
        if Arc::ptr_eq(&current, attempt) {
            *current = Arc::default();
        }
    }
}

/// Tells whether another connection could do better: this one is broken or silent, or its node is not ours any more.
fn is_of_the_connection(error: &RedisError) -> bool {
    !matches!(
        error.kind(),
        ErrorKind::Extension | ErrorKind::Server(ServerErrorKind::ResponseError | ServerErrorKind::NoPerm)
    )
}
