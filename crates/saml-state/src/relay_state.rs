use std::fmt;

use crate::Error;
use crate::handle::hexadecimal;

/// The opaque text that travels with a request and comes back with its response.
///
/// It says nothing and grants nothing: where the browser goes after the login is kept here, in
/// [`PendingRequest::return_to`](crate::PendingRequest::return_to), never in the relay state (ATT-167).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayState(String);

impl RelayState {
    /// Makes a relay state of 20 bytes from a cryptographic source of randomness: 40 hexadecimal digits.
    #[must_use]
    pub fn from_random(random: [u8; 20]) -> RelayState {
        RelayState(hexadecimal(&random))
    }

    /// Reads a relay state: 1 to 80 ASCII letters, digits, hyphens and underscores.
    ///
    /// # Errors
    ///
    /// [`Error::RelayStateMalformed`].
    ///
    /// ```
    /// use saml_state::{Error, RelayState};
    ///
    /// assert_eq!(RelayState::parse("b3f0")?.as_str(), "b3f0");
    /// assert_eq!(RelayState::parse("https://a.example"), Err(Error::RelayStateMalformed { found: 17 }));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<RelayState, Error> {
        let may = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if (1..=LIMIT).contains(&text.len()) && text.bytes().all(may) {
            Ok(RelayState(text.to_owned()))
        } else {
            Err(Error::RelayStateMalformed { found: text.len() })
        }
    }

    /// Returns the text as it stands in the request.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RelayState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// SAML Bindings 3.4.3 and 3.5.3; DigiD enforces it (DigiD SAML 3.7).
const LIMIT: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_state_of_our_own_is_read_back() {
        let relay_state = RelayState::from_random([0xf0; 20]);

        assert_eq!(RelayState::parse(relay_state.as_str()), Ok(relay_state));
    }

    #[test]
    fn a_relay_state_of_more_than_80_bytes_is_rejected() {
        assert!(RelayState::parse(&"a".repeat(80)).is_ok());
        assert_eq!(RelayState::parse(&"a".repeat(81)), Err(Error::RelayStateMalformed { found: 81 }));
    }

    #[test]
    fn a_text_that_could_mean_something_is_rejected() {
        for text in ["", "/", "a b", "a\n", "<a>", "a&b", "a.example", "é", "a\0"] {
            assert_eq!(RelayState::parse(text), Err(Error::RelayStateMalformed { found: text.len() }), "{text:?}");
        }
    }
}
