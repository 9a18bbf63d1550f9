//! Sentences about times.

use chrono::{DateTime, TimeDelta, Utc};
use saml_protocol::parse_date_time;

use super::Facts;
use crate::explain::settings::rfc3339;

/// For a moment that has not come yet, or that lies before the request.
pub(super) fn instant(facts: &Facts<'_>) -> String {
    let Some(found) = facts.found_time() else { return UNKNOWN.to_owned() };
    if found > facts.settings.at {
        return behind(facts, found);
    }
    match facts.settings.request_at {
        Some(asked) if found < asked => {
            let early = duration(asked - found);
            match facts.record.code {
                "authn_instant" => format!(
                    "The user logged in {early} before the request, which demanded a new login (ForceAuthn): the \
                     identity provider answered from an older session. Have single sign-on switched off there for \
                     this service."
                ),
                _ => format!(
                    "It was made {early} before the request was sent: it answers an earlier login, or the clock of \
                     the identity provider is behind by as much. Log in again; if it stays so, tell the identity \
                     provider."
                ),
            }
        }
        _ => UNKNOWN.to_owned(),
    }
}

/// For conditions that do not hold yet.
pub(super) fn not_yet(facts: &Facts<'_>) -> String {
    facts.found_time().map_or_else(|| UNKNOWN.to_owned(), |start| behind(facts, start))
}

/// For what has ended.
pub(super) fn expired(facts: &Facts<'_>) -> String {
    let (at, Some(end)) = (facts.settings.at, facts.found_time()) else {
        return "The assertion says no end, which it must: ask the identity provider for NotOnOrAfter in the confirmation."
            .to_owned();
    };
    let late = duration(at - end);
    let made = made_at(facts);
    let holds = made.filter(|made| *made < end).map(|made| format!(", {} after it was made", duration(end - made)));
    let ended =
        format!("It ended at {}{}, {late} before the moment judged at.", rfc3339(end), holds.unwrap_or_default());
    if at - end > TimeDelta::hours(1) {
        let made = made.map_or_else(String::new, |made| format!(" (it was made at {})", rfc3339(made)));
        return format!("{ended} To explain an old message, give --at the moment it was received{made}.");
    }
    format!(
        "{ended} A difference of {} is allowed. If it was received at once, your clock is at least {late} ahead: let \
         it follow NTP. If not, it came late: a slow network, a page left open, or a message sent twice.",
        allowed(facts)
    )
}

/// For metadata that has ended.
pub(super) fn metadata_expired(facts: &Facts<'_>) -> String {
    let found = facts.found();
    let until = found.rsplit_once("validUntil ").and_then(|(_, until)| DateTime::parse_from_rfc3339(until.trim()).ok());
    let since =
        until.map(|until| format!(" {} before the moment judged at", duration(facts.settings.at - until.to_utc())));
    format!(
        "The metadata ended{}: fetch it again, and do so every day (`saml metadata fetch`).",
        since.unwrap_or_default()
    )
}

/// Says how far the clock is behind: as far as the latest time that the message says it was made at, where that is
/// later.
fn behind(facts: &Facts<'_>, found: DateTime<Utc>) -> String {
    let at = facts.settings.at;
    let (what, latest) = match made_at(facts) {
        Some(made) if made >= found => ("made", made),
        _ => ("to begin or to happen", found),
    };
    let ahead = duration(latest - at);
    if latest - at > TimeDelta::days(1) {
        return format!(
            "The message says that it was {what} at {}, {ahead} after the moment judged at: is --at the moment it was received?",
            rfc3339(latest)
        );
    }
    format!(
        "Your clock is {ahead} behind that of the identity provider, or more: the message was {what} at {}, and was \
         judged at {}. A difference of {} is allowed. Let the clock follow NTP.",
        rfc3339(latest),
        rfc3339(at),
        allowed(facts)
    )
}

fn allowed(facts: &Facts<'_>) -> String {
    duration(facts.decision.profile.response().clock_skew().as_delta())
}

/// Returns the latest time that a message or an assertion says it was made at.
fn made_at(facts: &Facts<'_>) -> Option<DateTime<Utc>> {
    let elements = facts.decision.document.iter().flat_map(|document| document.elements());
    elements.filter_map(|element| element.attribute("IssueInstant").and_then(parse_date_time)).max()
}

/// Says how long, in the two largest units: `41 s`, `2 min 5 s`, `3 h`, `12 days 1 h`.
pub(super) fn duration(length: TimeDelta) -> String {
    // Whole seconds that are enough.
    let seconds = (length.num_milliseconds().max(0) + 999) / 1000;
    let units =
        [(seconds / 86_400, "days"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let Some(first) = units.iter().position(|(count, _)| *count > 0) else { return "0 s".to_owned() };
    let shown = units.iter().skip(first).take(2).filter(|(count, _)| *count > 0);
    let word = |count: i64, unit: &'static str| if (count, unit) == (1, "days") { "day" } else { unit };
    shown.map(|(count, unit)| format!("{count} {}", word(*count, unit))).collect::<Vec<_>>().join(" ")
}

const UNKNOWN: &str = "The time does not fit: compare what was expected with what was found.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_said_in_its_two_largest_units() {
        for (milliseconds, words) in [
            (0, "0 s"),
            (1, "1 s"),
            (40_001, "41 s"),
            (125_000, "2 min 5 s"),
            (120_000, "2 min"),
            (3 * 3_600_000 + 1000, "3 h"),
            (86_400_000 + 3_600_000, "1 day 1 h"),
            (-5, "0 s"),
        ] {
            assert_eq!(duration(TimeDelta::milliseconds(milliseconds)), words);
        }
    }
}
