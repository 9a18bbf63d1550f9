use crate::Error;

/// What kind of number follows the colon in a DigiD NameID.
///
/// DigiD knows others inside, whose codes it does not publish; a text with any of those is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectorCode {
    /// `s00000000`: a BSN.
    Bsn,
    /// `s00000001`: a sofinummer.
    Sofi,
}

impl SectorCode {
    /// Reads a sector code without its colon: an `s` in either case and eight digits.
    ///
    /// DigiD's text writes `S00000000`, its messages `s00000000` (DigiD SAML 3.7, NameID).
    ///
    /// # Errors
    ///
    /// [`Error::NameIdNotSectoral`] when the text has another form, [`Error::NameIdSectorUnexpected`] when it is the
    /// code of a sector that this crate does not know.
    ///
    /// ```
    /// use saml_name_id::{Error, SectorCode};
    ///
    /// assert_eq!(SectorCode::parse("S00000001"), Ok(SectorCode::Sofi));
    /// assert_eq!(SectorCode::parse("00000001"), Err(Error::NameIdNotSectoral));
    /// ```
    pub fn parse(text: &str) -> Result<SectorCode, Error> {
        SectorCode::from_prefix(text)?
            .ok_or_else(|| Error::NameIdSectorUnexpected { expected: ALL.to_vec(), found: None })
    }

    /// Returns the code as DigiD sends it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            SectorCode::Bsn => "s00000000",
            SectorCode::Sofi => "s00000001",
        }
    }

    /// Returns the short name: `bsn` or `sofi`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            SectorCode::Bsn => "bsn",
            SectorCode::Sofi => "sofi",
        }
    }

    /// Reads what stands before the colon; `None` is a well-formed code of a sector that is not known.
    pub(crate) fn from_prefix(prefix: &str) -> Result<Option<SectorCode>, Error> {
        let digits = prefix.strip_prefix(['s', 'S']).ok_or(Error::NameIdNotSectoral)?;
        if digits.len() != CODE_DIGITS || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::NameIdNotSectoral);
        }
        Ok(ALL.into_iter().find(|sector| sector.code().eq_ignore_ascii_case(prefix)))
    }
}

const ALL: [SectorCode; 2] = [SectorCode::Bsn, SectorCode::Sofi];

// DigiD SAML 3.7, NameID: `^[sS]\d{8}:\d{9}$`.
const CODE_DIGITS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sector_code_is_read_in_either_case() {
        for sector in ALL {
            assert_eq!(SectorCode::parse(sector.code()), Ok(sector));
            assert_eq!(SectorCode::parse(&sector.code().to_uppercase()), Ok(sector));
        }
    }

    #[test]
    fn a_sector_that_is_not_known_is_rejected() {
        let unknown = Error::NameIdSectorUnexpected { expected: ALL.to_vec(), found: None };

        assert_eq!(SectorCode::parse("s00000002"), Err(unknown.clone()));
        assert_eq!(SectorCode::parse("s10000000"), Err(unknown));
    }

    #[test]
    fn anything_but_an_s_and_eight_digits_is_no_sector_code() {
        for text in [
            "",
            "s",
            "s0000000",
            "s000000000",
            "00000000",
            "x00000000",
            "ss0000000",
            "s0000000a",
            " s00000000",
            "ſ00000000",
        ] {
            assert_eq!(SectorCode::parse(text), Err(Error::NameIdNotSectoral), "{text:?}");
        }
    }
}
