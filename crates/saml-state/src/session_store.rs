use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use crate::handle::Handle;
use crate::{Error, KeyedDigest, SessionSubject, StoreError};

/// Keeps the sessions of users who logged in.
///
/// **Duty:** a session is found only by an ID that the store itself made from fresh randomness, so that nobody can fix
/// another's session beforehand; it ends when it was idle for [`SessionId::IDLE`], at its absolute end, and when it is
/// removed, and never comes back. A living session is never dropped for room.
pub trait SessionStore<S: Send>: Send + Sync {
    /// Opens a session and returns its ID, made of 32 bytes from a cryptographic source of randomness.
    ///
    /// A session with a `subject` is found by [`remove_of_subject`](Self::remove_of_subject) from then on.
    ///
    /// # Errors
    ///
    /// [`StoreError::Full`] when there is no room, [`StoreError::Duplicate`] when the ID is in use,
    /// [`StoreError::AlreadyEnded`] when the session would not live, [`StoreError::Unavailable`].
    fn create(
        &self,
        random: [u8; 32],
        session: S,
        subject: Option<SessionSubject>,
        absolute_end: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<SessionId, StoreError>> + Send;

    /// Reads a living session, which counts as use: its idle time starts anew, up to its absolute end.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`].
    fn read(&self, id: &SessionId, now: DateTime<Utc>) -> impl Future<Output = Result<Option<S>, StoreError>> + Send;

    /// Ends a session, and returns it if it was living.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`]; the session may still live then, so the user must not be told that it ended.
    fn remove(&self, id: &SessionId, now: DateTime<Utc>) -> impl Future<Output = Result<Option<S>, StoreError>> + Send;

    /// Ends every living session of `name` that has one of `session_indexes`, or all of `name` where none is given, and
    /// returns how many those were (SAML Core 3.7.1).
    ///
    /// **Duty:** no session of another name ever ends by it, whatever its session index (ATT-176), nor one without a
    /// subject.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`]; some of the sessions may still live then, and the identity provider must be told
    /// so.
    fn remove_of_subject(
        &self,
        name: &KeyedDigest,
        session_indexes: &[KeyedDigest],
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send;
}

/// The secret in a browser's cookie that is its session.
///
/// Only a [`SessionStore`] that opens a session makes a new one. `Debug` is redacted; two are compared in constant
/// time.
///
/// ```
/// use saml_state::{Error, SessionId};
///
/// let id = SessionId::parse(&"5a".repeat(32))?;
/// assert_eq!(id.expose(), "5a".repeat(32));
/// assert_eq!(format!("{id:?}"), "SessionId(redacted)");
/// assert_eq!(SessionId::parse("5a"), Err(Error::HandleMalformed { found: 2 }));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SessionId(Handle);

impl SessionId {
    /// How long a session lives without being used (DigiD SAML 3.7: at most 15 minutes).
    pub const IDLE: TimeDelta = TimeDelta::minutes(15);

    /// Makes an ID of 32 bytes from a cryptographic source of randomness; for implementations of [`SessionStore`].
    #[must_use]
    pub fn from_random(random: [u8; 32]) -> SessionId {
        SessionId(Handle::from_random(random))
    }

    /// Reads what a cookie holds: 64 lower-case hexadecimal digits.
    ///
    /// # Errors
    ///
    /// [`Error::HandleMalformed`].
    pub fn parse(text: &str) -> Result<SessionId, Error> {
        Handle::parse(text).map(SessionId)
    }

    /// Returns the text for the cookie, and for nothing else.
    #[must_use]
    pub fn expose(&self) -> String {
        self.0.expose()
    }

    /// Returns the bytes, for implementations of [`SessionStore`]; a store keeps a digest of them.
    #[must_use]
    pub fn bytes(&self) -> [u8; 32] {
        self.0.bytes()
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(redacted)")
    }
}
