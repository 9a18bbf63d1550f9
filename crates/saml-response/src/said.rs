use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use crate::checks::seconds;

/// What a record says, in words, written out only when somebody reads it.
#[derive(Clone, PartialEq, Eq)]
pub struct Said(pub(crate) Words);

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Words {
    Fixed(&'static str),
    /// Our own text.
    Text(String),
    /// Text of a message.
    Found(String),
    Moment(DateTime<Utc>),
    /// Words before a time that is now, give or take the skew, or that runs until then.
    Around {
        before: &'static str,
        from: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
        skew: TimeDelta,
    },
    Bytes(usize),
}

impl Said {
    pub(crate) const fn bytes(count: usize) -> Self {
        Self(Words::Bytes(count))
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Words::Fixed(words) => f.write_str(words),
            Words::Text(text) => f.write_str(text),
            Words::Found(text) => write_without_numbers(text, f),
            Words::Moment(time) => f.write_str(&seconds(*time)),
            Words::Around { before, from, now, skew } => {
                f.write_str(before)?;
                if let Some(from) = from {
                    write!(f, " {} to", seconds(*from))?;
                }
                write!(f, " now {} ± {} s", seconds(*now), skew.num_seconds())
            }
            Words::Bytes(count) => write!(f, "{count} bytes"),
        }
    }
}

/// Writes the words as Display does, so that neither shows a number.
impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

/// Writes text, and blots out nine digits in a row, which could be somebody's number wherever a message has them: in
/// the name of an element, the entity ID of an authority, a level. More digits, as in an OIN, are none, and neither are
/// those inside a long hexadecimal number, such as a fingerprint.
fn write_without_numbers(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for part in text.split_inclusive(|c: char| !c.is_ascii_hexdigit()) {
        if part.trim_end_matches(|c: char| !c.is_ascii_hexdigit()).len() >= HEXADECIMAL {
            f.write_str(part)?;
            continue;
        }
        for part in part.split_inclusive(|c: char| !c.is_ascii_digit()) {
            let digits = part.trim_end_matches(|c: char| !c.is_ascii_digit());
            match part.strip_prefix(digits) {
                Some(behind) if digits.len() == NUMBER => write!(f, "*********{behind}")?,
                _ => f.write_str(part)?,
            }
        }
    }
    Ok(())
}

/// How many digits 128 random bits have, the least that IDs of requests and fingerprints are made of.
const HEXADECIMAL: usize = 32;

/// How many digits a BSN has.
const NUMBER: usize = 9;

/// Compares the words.
impl PartialEq<&str> for Said {
    fn eq(&self, other: &&str) -> bool {
        self.to_string() == **other
    }
}

impl From<&'static str> for Said {
    fn from(words: &'static str) -> Self {
        Self(Words::Fixed(words))
    }
}

impl From<String> for Said {
    fn from(text: String) -> Self {
        Self(Words::Text(text))
    }
}

impl From<DateTime<Utc>> for Said {
    fn from(time: DateTime<Utc>) -> Self {
        Self(Words::Moment(time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_written_out_when_they_are_read() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let around = |from| Said(Words::Around { before: "from", from, now, skew: TimeDelta::seconds(60) });
        for (said, words) in [
            ("one".into(), "one"),
            ("one".to_owned().into(), "one"),
            (now.into(), "2027-01-15T08:00:00.000Z"),
            (around(None), "from now 2027-01-15T08:00:00.000Z ± 60 s"),
            (around(Some(now)), "from 2027-01-15T08:00:00.000Z to now 2027-01-15T08:00:00.000Z ± 60 s"),
            (Said::bytes(7), "7 bytes"),
        ] {
            let said: Said = said;
            assert_eq!(said.to_string(), words);
            assert_eq!(said, words);
            assert_ne!(said, "other words");
        }
    }
}
