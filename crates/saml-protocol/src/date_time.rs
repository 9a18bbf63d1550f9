use std::iter;

use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, Utc};
use saml_xml::Element;

use crate::error::Error;

/// Reads an `xs:dateTime` in UTC: `2026-01-31T12:00:00Z`, with any number of digits after the second.
///
/// Refused: another zone or none (SAML Core 1.3.3), a year that has not four digits, white space, a leap second,
/// `24:00:00`. Never falls back to a default (ATT-148).
///
/// ```
/// use saml_protocol::parse_date_time;
///
/// let time = parse_date_time("2025-09-22T10:33:57.454Z").unwrap();
/// assert_eq!(time.timestamp_millis(), 1_758_537_237_454);
/// assert_eq!(parse_date_time("2025-09-22T10:33:57"), None);
/// assert_eq!(parse_date_time("2025-09-22T12:33:57+02:00"), None);
/// ```
#[must_use]
pub fn parse_date_time(text: &str) -> Option<DateTime<Utc>> {
    let (moment, fraction) = text.strip_suffix('Z')?.as_bytes().split_first_chunk::<19>()?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2] = *moment else {
        return None;
    };
    let year = i32::try_from(number(&[y1, y2, y3, y4])?).ok()?;
    let date = NaiveDate::from_ymd_opt(year, number(&[m1, m2])?, number(&[d1, d2])?)?;
    let nanoseconds = match fraction {
        [] => 0,
        [b'.', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => {
            let nine = digits.iter().copied().chain(iter::repeat(b'0')).take(9);
            nine.fold(0, |nanoseconds, digit| nanoseconds * 10 + u32::from(digit - b'0'))
        }
        _ => return None,
    };
    let time = NaiveTime::from_hms_nano_opt(number(&[h1, h2])?, number(&[n1, n2])?, number(&[s1, s2])?, nanoseconds)?;
    Some(date.and_time(time).and_utc())
}

/// Writes an `xs:dateTime` in UTC with milliseconds, as Signicat does; a leap second as the second after it.
#[must_use]
pub fn format_date_time(time: DateTime<Utc>) -> String {
    // SAML Core 1.3.3: "Implementations MUST NOT generate time instants that specify leap seconds."
    let time = DateTime::from_timestamp_millis(time.timestamp_millis()).unwrap_or(time);
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Reads a time that may be absent.
pub(crate) fn optional_date_time(
    element: Element<'_>,
    attribute: &'static str,
) -> Result<Option<DateTime<Utc>>, Error> {
    element
        .attribute(attribute)
        .map(|text| parse_date_time(text).ok_or(Error::DateTime { place: attribute }))
        .transpose()
}

/// Reads a number of a few digits.
fn number(digits: &[u8]) -> Option<u32> {
    let plain = digits.iter().all(u8::is_ascii_digit);
    plain.then(|| digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_fraction_digits_is_read() {
        assert_eq!(parse_date_time("2026-01-31T12:00:00Z"), parse_date_time("2026-01-31T12:00:00.000Z"));
        let precise = parse_date_time("2026-01-31T12:00:00.12345678901234Z").unwrap();
        assert_eq!(precise.timestamp_subsec_nanos(), 123_456_789);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let time = parse_date_time("2026-01-31T12:00:00.250Z").unwrap();
        assert_eq!(format_date_time(time), "2026-01-31T12:00:00.250Z");
    }

    #[test]
    fn a_leap_second_is_never_written() {
        let leap_second: DateTime<Utc> = "2016-12-31T23:59:60.056Z".parse().unwrap();
        assert_eq!(format_date_time(leap_second), "2017-01-01T00:00:00.056Z");
        let second_before: DateTime<Utc> = "2016-12-31T23:59:59.056Z".parse().unwrap();
        assert_eq!(format_date_time(second_before), "2016-12-31T23:59:59.056Z");
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "",
            "Z",
            "2026-01-31",
            "2026-01-31 12:00:00Z",
            "2026-01-31t12:00:00z",
            " 2026-01-31T12:00:00Z",
            "2026-01-31T12:00:00.Z",
            "2026-01-31T12:00:00.1a",
            "2026-01-31T12:00Z",
            "2026-02-30T12:00:00Z",
            "2026-01-31T24:00:00Z",
            "2026-01-31T12:00:60Z",
            "+2026-01-31T12:00:00Z",
            "-026-01-31T12:00:00Z",
            "99999-01-31T12:00:00Z",
            "2026-1-31T12:00:00Z",
            "2026-01-31T+2:00:00Z",
            "2026-01-31T12:00:00-00:00",
        ] {
            assert_eq!(parse_date_time(text), None, "{text}");
        }
    }
}
