use std::fmt;

use crate::Error;

/// Any other name that an identity provider gives a user, compared byte for byte.
///
/// Nothing is folded, normalised or trimmed: that could make one user's name another's (ATT-136). `Debug` is redacted,
/// for a name can be an e-mail address; there is no `Display` and no `Serialize`.
///
/// ```
/// use saml_name_id::Pseudonym;
///
/// let pseudonym = Pseudonym::parse("_8f2c1e90b7")?;
/// assert_eq!(pseudonym.expose(), "_8f2c1e90b7");
/// assert_ne!(pseudonym, Pseudonym::parse("_8F2C1E90B7")?);
/// # Ok::<(), saml_name_id::Error>(())
/// ```
///
/// ```compile_fail,E0277
/// let pseudonym = saml_name_id::Pseudonym::parse("_8f2c1e90b7").unwrap();
/// println!("{pseudonym}");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Pseudonym(String);

impl Pseudonym {
    /// Reads a name that is not empty, has no control characters, and no white space around it.
    ///
    /// # Errors
    ///
    /// [`Error::NameIdEmpty`] (also when there is only white space, ATT-135), [`Error::NameIdSurroundingWhiteSpace`]
    /// or [`Error::NameIdControlCharacter`].
    pub fn parse(text: &str) -> Result<Pseudonym, Error> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(Error::NameIdEmpty);
        }
        if trimmed.len() != text.len() {
            return Err(Error::NameIdSurroundingWhiteSpace);
        }
        if text.chars().any(char::is_control) {
            return Err(Error::NameIdControlCharacter);
        }
        Ok(Pseudonym(text.to_owned()))
    }

    /// Returns the name exactly as it was sent.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns the first two and the last two characters with five stars between them.
    ///
    /// A name of fewer than nine characters becomes five stars: four of its characters would give it away.
    #[must_use]
    pub fn masked(&self) -> String {
        let characters: Vec<char> = self.0.chars().collect();
        match characters.as_slice() {
            [first, second, hidden @ .., last_but_one, last] if hidden.len() >= HIDDEN_AT_LEAST => {
                format!("{first}{second}*****{last_but_one}{last}")
            }
            _ => "*****".to_owned(),
        }
    }
}

impl fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonym(redacted)")
    }
}

// As many as a masked BSN hides.
const HIDDEN_AT_LEAST: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_text_is_rejected() {
        for text in ["", " ", "\n\t ", "\u{a0}"] {
            assert_eq!(Pseudonym::parse(text), Err(Error::NameIdEmpty), "{text:?}");
        }
    }

    #[test]
    fn white_space_around_a_name_is_rejected_and_not_trimmed() {
        assert!(Pseudonym::parse("alice").is_ok());
        for text in [" alice", "alice ", "alice\n", "\r\n  alice", "alice\u{a0}", "\u{2003}alice"] {
            assert_eq!(Pseudonym::parse(text), Err(Error::NameIdSurroundingWhiteSpace), "{text:?}");
        }
    }

    #[test]
    fn a_control_character_is_rejected() {
        for text in ["ali\0ce", "alice\u{7f}", "ali\nce", "\u{1b}alice", "ali\u{80}ce"] {
            assert_eq!(Pseudonym::parse(text), Err(Error::NameIdControlCharacter), "{text:?}");
        }
    }

    #[test]
    fn names_that_look_alike_are_different() {
        let name = |text| Pseudonym::parse(text).unwrap();

        assert_eq!(name("alice"), name("alice"));
        for other in ["Alice", "аlice", "al\u{200b}ice", "alice\u{200b}", "ａlice", "al ice"] {
            assert_ne!(name("alice"), name(other), "{other:?}");
        }
        assert_ne!(name("caf\u{e9}"), name("cafe\u{301}"));
    }

    #[test]
    fn masking_hides_at_least_five_characters() {
        let masked = |text| Pseudonym::parse(text).unwrap().masked();

        assert_eq!(masked("a"), "*****");
        assert_eq!(masked("abcdefgh"), "*****");
        assert_eq!(masked("abcdefghi"), "ab*****hi");
        assert_eq!(masked("éé12345éé"), "éé*****éé");
    }

    #[test]
    fn debug_is_redacted() {
        assert_eq!(format!("{:?}", Pseudonym::parse("alice").unwrap()), "Pseudonym(redacted)");
    }
}
