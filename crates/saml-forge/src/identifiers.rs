use std::fmt::Write;

/// The identifiers of one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifiers {
    /// The `ID` of the `Response`.
    pub response: String,
    /// The `ID` of the `Assertion`.
    pub assertion: String,
    /// The `SessionIndex`.
    pub session_index: String,
}

impl Identifiers {
    /// Makes identifiers as the broker does: `_` and 32 hexadecimal digits, and a UUID for the session.
    ///
    /// ```
    /// use saml_forge::Identifiers;
    ///
    /// let identifiers = Identifiers::from_random([0xa5; 48]);
    /// assert_eq!(identifiers.response, "_a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5");
    /// assert_eq!(identifiers.session_index, "a5a5a5a5-a5a5-45a5-a5a5-a5a5a5a5a5a5");
    /// ```
    #[must_use]
    pub fn from_random(random: [u8; 48]) -> Self {
        let (response, rest) = random.split_at(16);
        let (assertion, session) = rest.split_at(16);
        Self {
            response: format!("_{}", hexadecimal(response)),
            assertion: format!("_{}", hexadecimal(assertion)),
            session_index: uuid(session),
        }
    }
}

/// Writes 16 bytes as a UUID of version 4 (RFC 9562 5.4).
fn uuid(random: &[u8]) -> String {
    let mut text = String::new();
    for (place, byte) in random.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&hexadecimal(&[match place {
            6 => byte & 0x0F | 0x40,
            8 => byte & 0x3F | 0x80,
            _ => *byte,
        }]));
    }
    text
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
