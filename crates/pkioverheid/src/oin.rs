use std::fmt;

use crate::error::Error;

/// An Organisatie-Identificatienummer: 20 digits that name an organisation in Dutch government traffic.
///
/// Eight digits of prefix name the [`OinRegister`], then comes the number in that register, then zeros. This is the
/// form that certificates have; main numbers with letters, which the OIN standard knows for BRIN, are refused
/// (PKIoverheid G4 certificate profiles: `^000000[0-9]{2}[0-9]{9}000$`).
///
/// ```
/// use pkioverheid::{Oin, OinRegister};
///
/// let oin = Oin::parse("00000003123456780000")?;
/// assert_eq!((oin.register(), oin.number()), (OinRegister::Kvk, "12345678"));
/// assert_eq!(Oin::parse("00000003123456789000").unwrap_err().code(), "oin_form");
/// # Ok::<(), pkioverheid::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Oin {
    digits: String,
    register: OinRegister,
}

/// The register that the number in an OIN comes from (OIN standard, table of prefixes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OinRegister {
    /// `00000001`: RSIN, nine digits.
    Rsin,
    /// `00000002`: Fi-nummer, nine digits.
    FiNumber,
    /// `00000003`: the trade register of the KVK, eight digits.
    Kvk,
    /// `00000004`: a SubOIN, nine digits.
    SubOin,
    /// `00000006`: a number given out by Logius.
    Logius,
    /// `00000007`: BRIN.
    Brin,
    /// `00000008`: a foreign register.
    Foreign,
    /// `00000009`: the UZI register, eight digits.
    Uzi,
    /// `00000010`: TRR-BD.
    TrrBd,
    /// `00000099`: a test OIN.
    Test,
}

impl Oin {
    /// Reads 20 ASCII digits: prefix, number, zeros.
    ///
    /// Nothing is trimmed or padded. Refused: the prefix `00000005`, which is not given out, and any not in the table.
    ///
    /// # Errors
    /// [`Error::OinForm`], [`Error::OinPrefix`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() != 20 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::OinForm { expected: "20 ASCII digits" });
        }
        let (prefix, rest) = text.split_at_checked(8).unwrap_or_default();
        let register = match prefix {
            "00000001" => OinRegister::Rsin,
            "00000002" => OinRegister::FiNumber,
            "00000003" => OinRegister::Kvk,
            "00000004" => OinRegister::SubOin,
            "00000006" => OinRegister::Logius,
            "00000007" => OinRegister::Brin,
            "00000008" => OinRegister::Foreign,
            "00000009" => OinRegister::Uzi,
            "00000010" => OinRegister::TrrBd,
            "00000099" => OinRegister::Test,
            _ => return Err(Error::OinPrefix { found: prefix.to_owned() }),
        };
        let (number, suffix) = rest.split_at_checked(register.digits()).unwrap_or_default();
        if suffix.bytes().any(|byte| byte != b'0') {
            return Err(Error::OinForm { expected: "zeros behind the number" });
        }
        if number.bytes().all(|byte| byte == b'0') {
            return Err(Error::OinForm { expected: "a number that is not zero" });
        }
        Ok(Self { digits: text.to_owned(), register })
    }

    /// Returns the 20 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.digits
    }

    /// Returns the register that the prefix names.
    #[must_use]
    pub const fn register(&self) -> OinRegister {
        self.register
    }

    /// Returns the number in the register: eight or nine digits.
    #[must_use]
    pub fn number(&self) -> &str {
        self.digits.get(8..8 + self.register.digits()).unwrap_or_default()
    }
}

impl OinRegister {
    const fn digits(self) -> usize {
        match self {
            Self::Kvk | Self::Uzi => 8,
            _ => 9,
        }
    }
}

impl fmt::Display for Oin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.digits)
    }
}

impl fmt::Debug for Oin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oin({})", self.digits)
    }
}
