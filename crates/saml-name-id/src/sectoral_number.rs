use std::hint::black_box;

use crate::Error;

/// Nine digits that pass the eleven-test and are not all zero: the one form of BSN and sofinummer.
///
/// Both share one number space and one check (DigiD's own check of the BSN); what tells them apart is the sector code,
/// hence a public type for each.
#[derive(Clone, Eq)]
pub(crate) struct SectoralNumber([u8; LENGTH]);

impl SectoralNumber {
    pub(crate) fn parse(text: &str) -> Result<SectoralNumber, Error> {
        let found = text.chars().count();
        if found != LENGTH {
            return Err(Error::BsnLength { found });
        }
        // Nine characters that are not nine bytes are not all ASCII, so not all digits.
        let digits: [u8; LENGTH] = text.as_bytes().try_into().map_err(|_| Error::BsnNotDigits)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(Error::BsnNotDigits);
        }
        if digits == [b'0'; LENGTH] {
            return Err(Error::BsnAllZero);
        }
        if eleven_test_sum(&digits) % 11 != 0 {
            return Err(Error::BsnElevenTest);
        }
        Ok(SectoralNumber(digits))
    }

    #[expect(clippy::expect_used, reason = "the bytes are ASCII digits, see parse")]
    pub(crate) fn expose(&self) -> &str {
        std::str::from_utf8(&self.0).expect("nine ASCII digits")
    }

    pub(crate) fn masked(&self) -> String {
        let [first, second, .., eighth, ninth] = self.0.map(char::from);
        format!("{first}{second}*****{eighth}{ninth}")
    }
}

impl PartialEq for SectoralNumber {
    /// Compares in a time that does not depend on where two numbers differ.
    fn eq(&self, other: &SectoralNumber) -> bool {
        let difference = self.0.iter().zip(&other.0).fold(0, |difference, (ours, theirs)| difference | (ours ^ theirs));
        black_box(difference) == 0
    }
}

impl Drop for SectoralNumber {
    /// Overwrites the digits; copies that a move left behind are out of reach.
    fn drop(&mut self) {
        self.0 = [0; LENGTH];
        black_box(&self.0);
    }
}

fn eleven_test_sum(digits: &[u8; LENGTH]) -> i32 {
    digits.iter().zip(WEIGHTS).map(|(digit, weight)| i32::from(digit - b'0') * weight).sum()
}

const LENGTH: usize = 9;

// The eleven-test of the BSN: 9·d1 + 8·d2 + … + 2·d8 − 1·d9 is a multiple of eleven.
const WEIGHTS: [i32; LENGTH] = [9, 8, 7, 6, 5, 4, 3, 2, -1];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_valid_vector_is_accepted_unchanged() {
        for valid in [
            "000000012",
            "111222333",
            "123456782",
            "900026236",
            "900029365",
            "900070341",
            "900095271",
            "999990007",
            "999990019",
            "999990925",
            "999991772",
            "999993653",
            "999994669",
            "999999011",
            "999999047",
            "999999990",
        ] {
            assert_eq!(SectoralNumber::parse(valid).map(|number| number.expose().to_owned()).as_deref(), Ok(valid));
        }
    }

    #[test]
    fn a_number_that_fails_the_eleven_test_is_rejected() {
        for invalid in ["123456789", "012345678", "999990000", "123456783"] {
            assert_eq!(SectoralNumber::parse(invalid).err(), Some(Error::BsnElevenTest), "{invalid}");
        }
    }

    #[test]
    fn the_range_of_test_persons_holds_909_valid_numbers() {
        let valid = (999_990_007..=999_999_990).filter(|number| SectoralNumber::parse(&number.to_string()).is_ok());

        assert_eq!(valid.count(), 909);
    }

    #[test]
    fn one_changed_digit_is_always_rejected() {
        for position in 0..LENGTH {
            for digit in b'0'..=b'9' {
                let mut digits = *b"900029365";
                let changed = digits[position] != digit;
                digits[position] = digit;
                let result = SectoralNumber::parse(std::str::from_utf8(&digits).unwrap());
                assert_eq!(result.is_err(), changed);
            }
        }
    }

    #[test]
    fn nine_zeros_are_rejected_although_they_pass_the_eleven_test() {
        assert_eq!(eleven_test_sum(b"000000000") % 11, 0);
        assert_eq!(SectoralNumber::parse("000000000").err(), Some(Error::BsnAllZero));
    }

    #[test]
    fn a_number_of_another_length_is_rejected_and_not_padded() {
        for (text, found) in [("", 0), ("12345678", 8), ("12", 2), ("0900029365", 10), ("900029365 ", 10)] {
            assert_eq!(SectoralNumber::parse(text).err(), Some(Error::BsnLength { found }), "{text:?}");
        }
    }

    #[test]
    fn anything_but_ascii_digits_is_rejected() {
        for text in
            ["90002936x", " 90002936", "-90002936", "９０００２９３６５", "٩٠٠٠٢٩٣٦٥", "90002936\u{200b}", "90002936\0"]
        {
            assert_eq!(SectoralNumber::parse(text).err(), Some(Error::BsnNotDigits), "{text:?}");
        }
    }

    #[test]
    fn numbers_are_equal_only_when_every_digit_is() {
        let number = |text| SectoralNumber::parse(text).unwrap();

        assert!(number("999990007") == number("999990007"));
        assert!(number("999990007") != number("999990019"));
        assert!(number("900029365") != number("900026236"));
        // Two digits differ by the same bit, which must not cancel out.
        assert!(number("900029365") != number("940029765"));
    }
}
