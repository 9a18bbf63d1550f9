use std::fmt;

use crate::SectorCode;

/// Says why a text is not the identity that was asked for.
///
/// It never carries the text, nor any part of it (ATT-203, ATT-205).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Nine zeros: they pass the eleven-test, and are nobody's number.
    BsnAllZero,
    /// Nine digits that do not pass the eleven-test.
    BsnElevenTest,
    /// Another number of characters than nine.
    BsnLength {
        /// How many characters there were.
        found: usize,
    },
    /// Nine characters, of which at least one is not an ASCII digit.
    BsnNotDigits,
    /// A control character in a pseudonym.
    NameIdControlCharacter,
    /// No text, or only white space.
    NameIdEmpty,
    /// Not a sector code, a colon and a number.
    NameIdNotSectoral,
    /// A bare number where a sector code has to say what number it is.
    NameIdSectorMissing,
    /// A sector code where configuration says that the broker strips it.
    NameIdSectorPresent,
    /// A sector code that is not configured.
    NameIdSectorUnexpected {
        /// The sector codes that are configured.
        expected: Vec<SectorCode>,
        /// The sector code in the text, where it is one that this crate knows.
        found: Option<SectorCode>,
    },
    /// White space before or after a pseudonym, where trimming would make it another identity.
    NameIdSurroundingWhiteSpace,
}

impl Error {
    /// Returns the stable word for logs, metrics and test tables.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Error::BsnAllZero => "bsn_all_zero",
            Error::BsnElevenTest => "bsn_eleven_test",
            Error::BsnLength { .. } => "bsn_length",
            Error::BsnNotDigits => "bsn_not_digits",
            Error::NameIdControlCharacter => "name_id_control_character",
            Error::NameIdEmpty => "name_id_empty",
            Error::NameIdNotSectoral => "name_id_not_sectoral",
            Error::NameIdSectorMissing => "name_id_sector_missing",
            Error::NameIdSectorPresent => "name_id_sector_present",
            Error::NameIdSectorUnexpected { .. } => "name_id_sector_unexpected",
            Error::NameIdSurroundingWhiteSpace => "name_id_surrounding_white_space",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::BsnAllZero => f.write_str("expected a number that was issued, found nine zeros"),
            Error::BsnElevenTest => {
                f.write_str("expected a number that passes the eleven-test, found nine digits that do not")
            }
            Error::BsnLength { found } => {
                write!(f, "expected nine digits, found {found} characters")
            }
            Error::BsnNotDigits => f.write_str("expected nine digits, found another character among them"),
            Error::NameIdControlCharacter => f.write_str("expected a name without control characters, found one"),
            Error::NameIdEmpty => f.write_str("expected a name, found none"),
            Error::NameIdNotSectoral => {
                f.write_str("expected a sector code, a colon and nine digits, found another form")
            }
            Error::NameIdSectorMissing => f.write_str("expected a sector code before the number, found none"),
            Error::NameIdSectorPresent => f.write_str("expected a number without sector code, found a sector code"),
            Error::NameIdSectorUnexpected { expected, found } => {
                let expected: Vec<_> = expected.iter().map(|sector| sector.name()).collect();
                let expected = if expected.is_empty() { "none".to_owned() } else { expected.join(" or ") };
                let found = found.map_or("one that is not known", SectorCode::name);
                write!(f, "expected sector {expected}, found {found}")
            }
            Error::NameIdSurroundingWhiteSpace => {
                f.write_str("expected a name without white space around it, found some")
            }
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unexpected_sector_is_told_by_name() {
        let unexpected = |expected, found| Error::NameIdSectorUnexpected { expected, found }.to_string();

        assert_eq!(unexpected(vec![SectorCode::Bsn], Some(SectorCode::Sofi)), "expected sector bsn, found sofi");
        assert_eq!(
            unexpected(vec![SectorCode::Bsn, SectorCode::Sofi], None),
            "expected sector bsn or sofi, found one that is not known"
        );
        assert_eq!(unexpected(vec![], Some(SectorCode::Bsn)), "expected sector none, found bsn");
    }
}
