use std::fmt;

use crate::Error;
use crate::handle::Handle;

/// The secret in a browser's cookie that ties its pending requests to it (ATT-111).
///
/// A response is accepted only in the browser that holds the binding under which its request was remembered, so that
/// nobody's login can be finished in another's browser. `Debug` is redacted; two are compared in constant time.
///
/// ```
/// use saml_state::BrowserBinding;
///
/// let binding = BrowserBinding::from_random([7; 32]);
/// let cookie = binding.expose();
/// assert_eq!(BrowserBinding::parse(&cookie)?, binding);
/// assert_eq!(format!("{binding:?}"), "BrowserBinding(redacted)");
/// # Ok::<(), saml_state::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct BrowserBinding(Handle);

impl BrowserBinding {
    /// Makes a binding of 32 bytes from a cryptographic source of randomness.
    pub fn from_random(random: [u8; 32]) -> BrowserBinding {
        BrowserBinding(Handle::from_random(random))
    }

    /// Reads what a cookie holds: 64 lower-case hexadecimal digits.
    ///
    /// # Errors
    ///
    /// [`Error::HandleMalformed`].
    pub fn parse(text: &str) -> Result<BrowserBinding, Error> {
        Handle::parse(text).map(BrowserBinding)
    }

    /// Returns the text for the cookie, and for nothing else.
    pub fn expose(&self) -> String {
        self.0.expose()
    }

    /// Returns the bytes, for implementations of [`RequestStore`](crate::RequestStore); a store keeps a digest of them.
    #[must_use]
    pub fn bytes(&self) -> [u8; 32] {
        self.0.bytes()
    }
}

impl fmt::Debug for BrowserBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BrowserBinding(redacted)")
    }
}
