use crate::{Bsn, Pseudonym, SofiNumber};

/// Who logged in, as one of the kinds of name that [`NameIdRules`](crate::NameIdRules) can read.
///
/// A BSN and a sofinummer of the same digits are different identities (ATT-204). `Debug` shows the kind only.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A citizen by BSN.
    Bsn(Bsn),
    /// A citizen by sofinummer.
    Sofi(SofiNumber),
    /// A user by any other name.
    Pseudonym(Pseudonym),
}

impl Identity {
    /// Returns what kind of identity it is: `bsn`, `sofi` or `pseudonym`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Identity::Bsn(_) => "bsn",
            Identity::Sofi(_) => "sofi",
            Identity::Pseudonym(_) => "pseudonym",
        }
    }

    /// Returns the identity with all but its first two and last two characters hidden.
    #[must_use]
    pub fn masked(&self) -> String {
        match self {
            Identity::Bsn(bsn) => bsn.masked(),
            Identity::Sofi(number) => number.masked(),
            Identity::Pseudonym(pseudonym) => pseudonym.masked(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_digits_of_another_kind_are_another_identity() {
        let bsn = Identity::Bsn(Bsn::parse("900029365").unwrap());
        let sofi = Identity::Sofi(SofiNumber::parse("900029365").unwrap());
        let pseudonym = Identity::Pseudonym(Pseudonym::parse("900029365").unwrap());

        assert_eq!(bsn, bsn.clone());
        assert_ne!(bsn, sofi);
        assert_ne!(bsn, pseudonym);
        assert_ne!(sofi, pseudonym);
        assert_eq!([bsn.kind(), sofi.kind(), pseudonym.kind()], ["bsn", "sofi", "pseudonym"]);
        assert_eq!([bsn.masked(), sofi.masked(), pseudonym.masked()], ["90*****65", "90*****65", "90*****65"]);
    }

    #[test]
    fn debug_shows_the_kind_and_no_digit() {
        let shown = [
            Identity::Bsn(Bsn::parse("900029365").unwrap()),
            Identity::Sofi(SofiNumber::parse("900029365").unwrap()),
            Identity::Pseudonym(Pseudonym::parse("900029365").unwrap()),
        ];

        assert_eq!(
            format!("{shown:?}"),
            "[Bsn(Bsn(redacted)), Sofi(SofiNumber(redacted)), Pseudonym(Pseudonym(redacted))]"
        );
    }
}
