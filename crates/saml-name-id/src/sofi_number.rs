use std::fmt;

use crate::{Error, sectoral_number::SectoralNumber};

/// A sofinummer, sector `s00000001`: the form and check of a [`Bsn`](crate::Bsn), but another person's number.
///
/// `Debug` is redacted; there is no `Display`, no `Serialize` and no `Hash`. Two are compared in constant time, and the
/// digits are overwritten when it is dropped, as far as safe code can.
///
/// ```
/// use saml_name_id::SofiNumber;
///
/// let number = SofiNumber::parse("123456782")?;
/// assert_eq!(number.masked(), "12*****82");
/// assert_eq!(format!("{number:?}"), "SofiNumber(redacted)");
/// # Ok::<(), saml_name_id::Error>(())
/// ```
///
/// ```compile_fail,E0277
/// let number = saml_name_id::SofiNumber::parse("123456782").unwrap();
/// println!("{number}");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SofiNumber(SectoralNumber);

impl SofiNumber {
    /// Reads exactly nine ASCII digits that pass the eleven-test.
    ///
    /// # Errors
    ///
    /// The same as [`Bsn::parse`](crate::Bsn::parse).
    pub fn parse(text: &str) -> Result<SofiNumber, Error> {
        SectoralNumber::parse(text).map(SofiNumber)
    }

    /// Returns the nine digits, for the one place that needs them.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Returns the first two and the last two digits with five stars between them.
    #[must_use]
    pub fn masked(&self) -> String {
        self.0.masked()
    }
}

impl fmt::Debug for SofiNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SofiNumber(redacted)")
    }
}
