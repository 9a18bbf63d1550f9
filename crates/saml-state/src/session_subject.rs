use std::fmt;

/// Whom a session is about, so that the identity provider can end it by name.
///
/// There is no name in it: what a store and its backups hold is a digest that nobody makes without the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionSubject {
    /// Of the identity provider and the whole `NameID`: value, format and qualifiers.
    pub name: KeyedDigest,
    /// Of the session at the identity provider, where it named one.
    pub session_index: Option<KeyedDigest>,
}

impl SessionSubject {
    /// Tells whether a logout of `name` and `session_indexes` means this session; without indexes it means all of the
    /// name.
    ///
    /// ```
    /// use saml_state::{KeyedDigest, SessionSubject};
    ///
    /// let [name, other, index] = [1, 2, 3].map(|byte| KeyedDigest::from_bytes([byte; 32]));
    /// let subject = SessionSubject { name, session_index: Some(index) };
    /// assert!(subject.is_meant(&name, &[]) && subject.is_meant(&name, &[other, index]));
    /// assert!(!subject.is_meant(&name, &[other]) && !subject.is_meant(&other, &[index]));
    /// ```
    #[must_use]
    pub fn is_meant(&self, name: &KeyedDigest, session_indexes: &[KeyedDigest]) -> bool {
        let has = |index: KeyedDigest| session_indexes.contains(&index);
        self.name == *name && (session_indexes.is_empty() || self.session_index.is_some_and(has))
    }
}

/// A digest with a key that the store does not have, such as an HMAC with SHA-256.
///
/// It stands for the same person in every session, so `Debug` is redacted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyedDigest([u8; 32]);

impl KeyedDigest {
    /// Takes the bytes of the digest.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes of the digest, for implementations of [`SessionStore`](crate::SessionStore).
    #[must_use]
    pub const fn bytes(&self) -> [u8; 32] {
        self.0
    }
}

impl fmt::Debug for KeyedDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyedDigest(redacted)")
    }
}
