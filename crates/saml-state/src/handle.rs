use std::fmt::Write;
use std::hint::black_box;

use crate::Error;

/// A random secret of 32 bytes that a browser holds, in a cookie, as 64 lower-case hexadecimal digits.
#[derive(Clone, Eq)]
pub(crate) struct Handle([u8; LENGTH]);

impl Handle {
    pub(crate) fn from_random(random: [u8; LENGTH]) -> Handle {
        Handle(random)
    }

    pub(crate) fn parse(text: &str) -> Result<Handle, Error> {
        let malformed = || Error::HandleMalformed { found: text.len() };
        if text.len() != 2 * LENGTH {
            return Err(malformed());
        }
        let mut bytes = [0; LENGTH];
        let (pairs, _) = text.as_bytes().as_chunks::<2>();
        for (byte, &[high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = nibble(high).zip(nibble(low)).map(|(high, low)| high << 4 | low).ok_or_else(malformed)?;
        }
        Ok(Handle(bytes))
    }

    pub(crate) fn expose(&self) -> String {
        hexadecimal(&self.0)
    }

    pub(crate) fn bytes(&self) -> [u8; LENGTH] {
        self.0
    }
}

impl PartialEq for Handle {
    /// Compares in a time that does not depend on where two handles differ.
    fn eq(&self, other: &Handle) -> bool {
        let difference = self.0.iter().zip(&other.0).fold(0, |difference, (ours, theirs)| difference | (ours ^ theirs));
        black_box(difference) == 0
    }
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

// Upper case is not read: one secret has one text.
fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

const LENGTH: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn random() -> [u8; LENGTH] {
        std::array::from_fn(|position| (position * 9) as u8)
    }

    #[test]
    fn what_the_browser_holds_is_read_back() {
        let handle = Handle::from_random(random());

        assert_eq!(handle.expose().len(), 64);
        assert!(Handle::parse(&handle.expose()).unwrap() == handle);
    }

    #[test]
    fn any_other_text_is_rejected() {
        let text = Handle::from_random(random()).expose();

        for other in [
            String::new(),
            text.to_uppercase(),
            format!("{text}0"),
            text.replacen('0', " ", 1),
            text.replacen('0', "", 1),
            "é".repeat(32),
            "g".repeat(64),
        ] {
            assert_eq!(Handle::parse(&other).err(), Some(Error::HandleMalformed { found: other.len() }), "{other:?}");
        }
    }

    #[test]
    fn handles_that_differ_in_one_bit_are_different() {
        for position in 0..LENGTH {
            let mut other = random();
            other[position] ^= 1;
            assert!(Handle::from_random(random()) != Handle::from_random(other));
        }
    }
}
