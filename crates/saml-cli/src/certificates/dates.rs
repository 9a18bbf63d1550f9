//! The days of a renewal.

use chrono::{DateTime, TimeDelta, Utc};
use saml_config::{NextKeyFiles, PublishedKeys};

/// The days of a renewal that follow from what `keys.next` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dates {
    /// The first moment at which the next key signs.
    pub(crate) switch: DateTime<Utc>,
    /// From when nobody needs the old signing key.
    pub(crate) signing_may_go: DateTime<Utc>,
    /// From when nobody encrypts to an old key any more.
    pub(crate) decryption_may_go: DateTime<Utc>,
}

impl Dates {
    pub(crate) fn of(next: &NextKeyFiles) -> Self {
        let until = next.both_until.filter(|_| next.publish == PublishedKeys::Both);
        Self::new(next.signs_from, until)
    }

    /// `both_until` is until when both certificates are published, where they are.
    pub(crate) fn new(switch: DateTime<Utc>, both_until: Option<DateTime<Utc>>) -> Self {
        let last = both_until.map_or(switch, |until| until.max(switch));
        let signing_may_go = last + TimeDelta::days(A_DAY_TO_GO_BACK);
        Self { switch, signing_may_go, decryption_may_go: signing_may_go + TimeDelta::days(SIDES_THAT_READ_LATE) }
    }
}

/// What was signed before the switch is used up within minutes; a day leaves time to see that all is well.
const A_DAY_TO_GO_BACK: i64 = 1;
/// Partners that refresh our metadata late go on encrypting to the old key; without it, nobody could log in through
/// them.
const SIDES_THAT_READ_LATE: i64 = 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_keys_go_after_the_last_day_on_which_they_are_published() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let (switch, until) = (at("2027-01-01T00:00:00Z"), at("2027-01-15T00:00:00Z"));
        assert_eq!(Dates::new(switch, None).signing_may_go, at("2027-01-02T00:00:00Z"));
        assert_eq!(Dates::new(switch, Some(until)).signing_may_go, at("2027-01-16T00:00:00Z"));
        assert_eq!(Dates::new(switch, Some(until)).decryption_may_go, at("2027-02-15T00:00:00Z"));
    }
}
