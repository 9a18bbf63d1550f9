use std::fmt;

use crate::{Error, sectoral_number::SectoralNumber};

/// A citizen service number (burgerservicenummer) that passed the eleven-test.
///
/// `Debug` is redacted; there is no `Display`, no `Serialize` and no `Hash`. Two are compared in constant time, and the
/// digits are overwritten when it is dropped, as far as safe code can.
///
/// ```
/// use saml_name_id::Bsn;
///
/// let bsn = Bsn::parse("900029365")?;
/// assert_eq!(bsn.masked(), "90*****65");
/// assert_eq!(format!("{bsn:?}"), "Bsn(redacted)");
/// # Ok::<(), saml_name_id::Error>(())
/// ```
///
/// It cannot be shown by accident, neither by a format string nor by `to_string`:
///
/// ```compile_fail,E0277
/// let bsn = saml_name_id::Bsn::parse("900029365").unwrap();
/// println!("{bsn}");
/// ```
///
/// ```compile_fail,E0599
/// let bsn = saml_name_id::Bsn::parse("900029365").unwrap();
/// bsn.to_string();
/// ```
///
/// Nor can it be mistaken for a sofinummer, which has the same form (ATT-204):
///
/// ```compile_fail,E0308
/// use saml_name_id::{Bsn, SofiNumber};
/// let _ = Bsn::parse("900029365").unwrap() == SofiNumber::parse("900029365").unwrap();
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Bsn(SectoralNumber);

impl Bsn {
    /// Reads exactly nine ASCII digits that pass the eleven-test.
    ///
    /// Nothing is trimmed and nothing is padded: DigiD always sends nine digits (ATT-203).
    ///
    /// # Errors
    ///
    /// [`Error::BsnLength`], [`Error::BsnNotDigits`], [`Error::BsnAllZero`] or [`Error::BsnElevenTest`].
    ///
    /// ```
    /// use saml_name_id::{Bsn, Error};
    ///
    /// assert_eq!(Bsn::parse("123456789"), Err(Error::BsnElevenTest));
    /// assert_eq!(Bsn::parse("12345678"), Err(Error::BsnLength { found: 8 }));
    /// ```
    pub fn parse(text: &str) -> Result<Bsn, Error> {
        SectoralNumber::parse(text).map(Bsn)
    }

    /// Returns the nine digits, for the one place that needs them.
    ///
    /// They never belong in a log, an error, a trace, a URL, a cookie or a metric.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Returns the first two and the last two digits with five stars between them.
    #[must_use]
    pub fn masked(&self) -> String {
        self.0.masked()
    }

    /// Tells whether DigiD's pre-production takes the account for a test account: the number starts with a 9.
    ///
    /// No published table says that nobody has such a number in production, so refusing them is a choice of the caller.
    #[must_use]
    pub fn is_test_number(&self) -> bool {
        self.expose().starts_with('9')
    }
}

impl fmt::Debug for Bsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bsn(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_bsn_shows_its_first_two_and_last_two_digits() {
        assert_eq!(Bsn::parse("900026236").unwrap().masked(), "90*****36");
    }

    #[test]
    fn debug_shows_no_digit_in_any_format() {
        let bsn = Bsn::parse("900029365").unwrap();

        assert_eq!(format!("{bsn:?}"), "Bsn(redacted)");
        assert_eq!(format!("{:#?}", Some(&bsn)), "Some(\n    Bsn(redacted),\n)");
    }

    #[test]
    fn a_test_number_starts_with_a_nine() {
        assert!(Bsn::parse("999990007").unwrap().is_test_number());
        assert!(!Bsn::parse("123456782").unwrap().is_test_number());
    }
}
