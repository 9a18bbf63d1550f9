use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use crate::checks::seconds;

/// What a record says, in words, written out only when somebody reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said(pub(crate) Words);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Words {
    Fixed(&'static str),
    Text(String),
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
