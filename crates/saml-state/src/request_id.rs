use std::fmt;

use crate::Error;
use crate::handle::hexadecimal;

/// The ID of a request that this service provider sent, which its response has to name in `InResponseTo`.
///
/// Two are compared byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(String);

impl RequestId {
    /// Makes an ID of 20 bytes from a cryptographic source of randomness: an underscore and 40 hexadecimal digits.
    ///
    /// SAML Core 1.3.4 recommends 160 bits; the underscore is there because an XML name cannot start with a digit.
    ///
    /// ```
    /// use saml_state::RequestId;
    ///
    /// let id = RequestId::from_random([0xa5; 20]);
    /// assert_eq!(id.as_str(), format!("_{}", "a5".repeat(20)));
    /// ```
    #[must_use]
    pub fn from_random(random: [u8; 20]) -> RequestId {
        RequestId(format!("_{}", hexadecimal(&random)))
    }

    /// Reads an ID that was made elsewhere: an XML name without colon, in ASCII.
    ///
    /// # Errors
    ///
    /// [`Error::RequestIdMalformed`].
    ///
    /// ```
    /// use saml_state::{Error, RequestId};
    ///
    /// assert!(RequestId::parse("_5f1.a-b").is_ok());
    /// assert_eq!(RequestId::parse("5f1"), Err(Error::RequestIdMalformed { found: 3 }));
    /// ```
    pub fn parse(text: &str) -> Result<RequestId, Error> {
        let first_may = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
        let other_may = |byte: u8| first_may(byte) || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
        let is_name = text.bytes().next().is_some_and(first_may) && text.bytes().all(other_may);
        if is_name && text.len() <= LIMIT {
            Ok(RequestId(text.to_owned()))
        } else {
            Err(Error::RequestIdMalformed { found: text.len() })
        }
    }

    /// Returns the ID as it stands in the request.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// Of our own making: stores have to bound what they keep.
const LIMIT: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_our_own_is_read_back() {
        let id = RequestId::from_random([0x0f; 20]);

        assert_eq!(RequestId::parse(id.as_str()), Ok(id));
    }

    #[test]
    fn a_text_that_is_no_xml_name_is_rejected() {
        for text in ["", "1a", "-a", ".a", "a b", " a", "a\n", "a:b", "a#b", "é", "a/b", "a\0"] {
            assert_eq!(RequestId::parse(text), Err(Error::RequestIdMalformed { found: text.len() }), "{text:?}");
        }
    }

    #[test]
    fn an_id_of_more_than_1024_bytes_is_rejected() {
        assert!(RequestId::parse(&"a".repeat(1024)).is_ok());
        assert_eq!(RequestId::parse(&"a".repeat(1025)), Err(Error::RequestIdMalformed { found: 1025 }));
    }
}
