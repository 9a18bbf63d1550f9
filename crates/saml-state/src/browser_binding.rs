use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::Error;
use crate::handle::Handle;

/// The secret in a browser's cookie that ties its pending requests to it (ATT-111).
///
/// A response is accepted only in the browser that holds the binding under which its request was remembered, so that
/// nobody's login can be finished in another's browser. `Debug` is redacted; two are compared by the secret alone, in
/// constant time.
///
/// A [`RequestStore`](crate::RequestStore) that keeps nothing itself lets the browser carry its requests, sealed,
/// behind the secret in the same cookie. So after each call of a store the cookie is to be set anew wherever
/// [`expose`](Self::expose) has changed.
///
/// ```
/// use saml_state::BrowserBinding;
///
/// let binding = BrowserBinding::from_random([7; 32]);
/// let cookie = binding.expose();
/// assert_eq!(BrowserBinding::parse(&cookie)?, binding);
/// assert_eq!(format!("{binding:?}"), "BrowserBinding(redacted)");
///
/// binding.carry("c2VhbGVk")?;
/// assert_eq!(binding.expose(), format!("{cookie}.c2VhbGVk"));
/// assert_eq!(BrowserBinding::parse(&binding.expose())?.carried(), "c2VhbGVk");
/// # Ok::<(), saml_state::Error>(())
/// ```
pub struct BrowserBinding {
    secret: Handle,
    carried: Mutex<String>,
}

impl BrowserBinding {
    /// How many bytes a browser carries at most: with name, secret and attributes a cookie of 4096, which every browser
    /// takes (RFC 6265, 6.1).
    pub const CARRIED_LIMIT: usize = 3900;

    /// Makes a binding of 32 bytes from a cryptographic source of randomness.
    #[must_use]
    pub fn from_random(random: [u8; 32]) -> BrowserBinding {
        BrowserBinding { secret: Handle::from_random(random), carried: Mutex::default() }
    }

    /// Reads what a cookie holds: 64 lower-case hexadecimal digits, and after a full stop what the browser carries, if
    /// anything.
    ///
    /// What is carried is read as text, and means nothing until the store that wrote it has opened it.
    ///
    /// # Errors
    ///
    /// [`Error::HandleMalformed`], [`Error::CarriedMalformed`].
    pub fn parse(text: &str) -> Result<BrowserBinding, Error> {
        let (secret, carried) = match text.split_once('.') {
            Some((_, "")) => return Err(Error::CarriedMalformed { found: 0 }),
            Some(parts) => parts,
            None => (text, ""),
        };
        let binding = BrowserBinding { secret: Handle::parse(secret)?, carried: Mutex::default() };
        binding.carry(carried)?;
        Ok(binding)
    }

    /// Returns the text for the cookie, and for nothing else.
    pub fn expose(&self) -> String {
        let (secret, carried) = (self.secret.expose(), self.lock());
        if carried.is_empty() { secret } else { format!("{secret}.{carried}") }
    }

    /// Returns the bytes of the secret, for implementations of [`RequestStore`](crate::RequestStore); a store keeps a
    /// digest of them.
    #[must_use]
    pub fn bytes(&self) -> [u8; 32] {
        self.secret.bytes()
    }

    /// Returns what the browser carries for a store that keeps nothing itself; empty where it carries nothing.
    #[must_use]
    pub fn carried(&self) -> String {
        self.lock().clone()
    }

    /// Lets the browser carry this instead, for a store that keeps nothing itself: ASCII letters, digits, hyphens and
    /// underscores, or nothing.
    ///
    /// # Errors
    ///
    /// [`Error::CarriedMalformed`] for another text, and for one of more than [`CARRIED_LIMIT`](Self::CARRIED_LIMIT)
    /// bytes.
    pub fn carry(&self, text: &str) -> Result<(), Error> {
        let may = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if text.len() > Self::CARRIED_LIMIT || !text.bytes().all(may) {
            return Err(Error::CarriedMalformed { found: text.len() });
        }
        text.clone_into(&mut self.lock());
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, String> {
        // Each change is one assignment, so that none is left half done.
        self.carried.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clone for BrowserBinding {
    fn clone(&self) -> Self {
        BrowserBinding { secret: self.secret.clone(), carried: Mutex::new(self.carried()) }
    }
}

impl PartialEq for BrowserBinding {
    fn eq(&self, other: &Self) -> bool {
        self.secret == other.secret
    }
}

impl Eq for BrowserBinding {}

impl fmt::Debug for BrowserBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BrowserBinding(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_carries_is_bounded() {
        let binding = BrowserBinding::from_random([7; 32]);
        let (longest, too_long) = ("a".repeat(3900), "a".repeat(3901));

        assert_eq!(binding.carry(&longest), Ok(()));
        assert_eq!(binding.carry(&too_long), Err(Error::CarriedMalformed { found: 3901 }));
        assert_eq!(binding.carried(), longest);
        let cookie = format!("{}.{too_long}", "07".repeat(32));
        assert_eq!(BrowserBinding::parse(&cookie).err(), Some(Error::CarriedMalformed { found: 3901 }));
    }

    #[test]
    fn a_text_that_could_not_stand_in_a_cookie_is_not_carried() {
        let binding = BrowserBinding::from_random([7; 32]);
        for text in ["a b", "a;b", "a=b", "a.b", "a\n", "é", "a,b", "\"a\""] {
            assert_eq!(binding.carry(text), Err(Error::CarriedMalformed { found: text.len() }), "{text:?}");
            let cookie = format!("{}.{text}", "07".repeat(32));
            assert_eq!(BrowserBinding::parse(&cookie).err(), Some(Error::CarriedMalformed { found: text.len() }));
        }
        let cookie = format!("{}.", "07".repeat(32));
        assert_eq!(BrowserBinding::parse(&cookie).err(), Some(Error::CarriedMalformed { found: 0 }));
    }

    #[test]
    fn who_carries_nothing_any_more_has_the_cookie_of_the_beginning() {
        let binding = BrowserBinding::from_random([7; 32]);
        binding.carry("abc").unwrap();
        assert_eq!(binding.clone().expose(), format!("{}.abc", "07".repeat(32)));
        binding.carry("").unwrap();
        assert_eq!(binding.expose(), "07".repeat(32));
    }
}
