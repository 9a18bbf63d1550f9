//! Certificates over time: how long they last, when to order, what comes next.

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc, Weekday};
use pkioverheid::Certificate;
use saml_config::PublishedKeys;

use super::certificates::{each, other_certificates};
use crate::check::{Check, Seen};
use crate::files::certificate_of;
use crate::step::Step;
use crate::subject::{Subject, some};

pub(crate) static PKIO_EXPIRY: Check = Check {
    code: "pkio_expiry",
    step: Step::Renewal,
    title: "The certificate of PKIoverheid lasts",
    why: "When it expires nobody can log in. Issuers take about five working days, and Logius as long to take the new one.",
    source: "Signicat, Go to production, step 10; Signicat, DigiD certificates",
    look: |subject| each(subject, |named, certificate, _| lasts(subject, named.place, certificate, Order::Pkioverheid)),
};

pub(crate) static OWN_EXPIRY: Check = Check {
    code: "own_expiry",
    step: Step::Renewal,
    title: "Our other certificates last",
    why: "The broker refuses what is signed with an expired certificate; a new one must be registered before it signs.",
    source: "Signicat, Go to production, step 10; django-digid-eherkenning 0.21.0",
    look: |subject| {
        let seen =
            other_certificates(subject.deployment).into_iter().map(|(place, path)| match subject.certificates(path) {
                Ok((certificate, _)) => lasts(subject, place, &certificate, Order::Ourselves),
                Err(reason) => Seen::not_looked_at(reason, "see key_pairs"),
            });
        Seen::worst(seen.collect())
    },
};

/// Who makes the next certificate.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Pkioverheid,
    Ourselves,
}

fn lasts(subject: &Subject<'_>, place: &str, certificate: &Certificate, order: Order) -> Seen {
    let (until, days) = (certificate.not_after(), certificate.days_left(subject.at));
    let order_by = order_by(until);
    let next = match order {
        Order::Pkioverheid => {
            format!("order the next one on {order_by} at the latest, and have Logius take it before the old one ends")
        }
        Order::Ourselves => {
            format!("make the next one by {order_by}, set keys.next, and have the partner take our metadata anew")
        }
    };
    let found = format!("{place}: until {}, {days} days", day(until));
    if subject.at < certificate.not_before() {
        let begins = format!("{place}: it begins on {}", day(certificate.not_before()));
        return Seen::problem(begins, "wait, or keep the certificate that holds now");
    }
    if certificate.check_validity(subject.at).is_err() {
        return Seen::problem(format!("{place}: it expired on {}", day(until)), "renew it now");
    }
    match [URGENT, SOON, NOTICE].into_iter().find(|limit| days <= *limit) {
        Some(limit @ URGENT) => Seen::problem(found, format!("{limit} days or less: {next}")),
        Some(limit) => Seen::warning(found, format!("{limit} days or less: {next}")),
        None => Seen::ok(format!("{found}; order the next one by {order_by}")),
    }
}

/// Returns the last day to order the certificate that comes after one: ten working days before its end, five for the
/// issuer and five for Logius.
#[must_use]
pub fn order_by(until: DateTime<Utc>) -> NaiveDate {
    working_days_before(until, LEAD_TIME)
}

/// Returns the day that is so many working days before a moment; Saturdays and Sundays are none, public holidays count
/// as ones.
#[must_use]
pub fn working_days_before(until: DateTime<Utc>, working_days: u32) -> NaiveDate {
    let mut day = until.date_naive();
    let mut working_days = working_days;
    while working_days > 0 {
        day = day.checked_sub_days(Days::new(1)).unwrap_or(day);
        if !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
            working_days -= 1;
        }
    }
    day
}

fn day(at: DateTime<Utc>) -> NaiveDate {
    at.date_naive()
}

/// How many days before the end of a certificate its renewal begins.
pub const NOTICE: i64 = 60;
/// Days before the end at which it becomes pressing; in the last fortnight no order comes in time with certainty.
const SOON: i64 = 30;
const URGENT: i64 = 14;
/// Working days: five for the issuer, five for Logius (Signicat, certificates; Logius, changes).
const LEAD_TIME: u32 = 10;

pub(crate) static NEXT_KEY: Check = Check {
    code: "next_key",
    step: Step::Renewal,
    title: "The next key takes over while both certificates hold",
    why: "Between two certificates of which one has ended and the other not begun, nothing that we sign is accepted.",
    source: "django-digid-eherkenning 0.21.0 and 0.24.0",
    look: |subject| {
        let keys = &subject.deployment.keys;
        let next = keys.next.as_ref()?;
        let read = |path| subject.certificates(path).map(|(certificate, _)| certificate);
        let unread = |reason| Seen::not_looked_at(reason, "see key_pairs");
        let current = some!(read(&keys.signing.certificate).map_err(unread));
        let coming = some!(read(&next.certificate).map_err(unread));
        let mend = "set keys.next.signs_from to a moment at which both certificates hold, after the partner has taken our metadata";
        let ends = next.both_until.filter(|_| next.publish == PublishedKeys::Both);
        Some(if current == coming {
            Seen::problem("keys.next is the certificate that signs now", "make a new key and certificate")
        } else if current.has_key_of(&coming) {
            Seen::problem("keys.next has the key that signs now", "make a new key: a renewal is for a fresh one")
        } else if current.check_validity(next.signs_from).is_err() || coming.check_validity(next.signs_from).is_err() {
            Seen::problem(
                format!(
                    "the change is on {}; the present one holds until {}, the next from {}",
                    day(next.signs_from),
                    day(current.not_after()),
                    day(coming.not_before())
                ),
                mend,
            )
        } else if ends.is_some_and(|until| until < next.signs_from) {
            Seen::problem("the present one is withdrawn while it still signs", mend)
        } else if next.signs_from <= subject.at {
            Seen::warning(
                format!("the next key signs since {}", day(next.signs_from)),
                "make it keys.signing, and take keys.next away",
            )
        } else {
            Seen::ok(format!("it signs from {}", day(next.signs_from)))
        })
    },
};

pub(crate) static PARTNER_KEY_EXPIRY: Check = Check {
    code: "partner_key_expiry",
    step: Step::Renewal,
    title: "The certificate that the partner signs with lasts",
    why: "At its end the partner signs with another key, which only fresh metadata has; no overlap is promised.",
    source: "Signicat, SAML metadata; open-forms#6612",
    look: |subject| {
        let partner = some!(subject.partner().map_err(|reason| Seen::not_looked_at(reason, "see partner_metadata")));
        let mend = "ask the partner when it changes keys; fetch its metadata every day (saml metadata fetch), and pin the next key";
        let judged = partner.signing_keys().iter().map(|key| match certificate_of(key) {
            Err(reason) => Seen::problem(reason, mend),
            Ok(certificate) => {
                let (until, days) = (day(certificate.not_after()), certificate.days_left(subject.at));
                match days {
                    ..0 => Seen::warning(format!("expired on {until}"), mend),
                    0..=NOTICE => Seen::warning(format!("until {until}, {days} days"), mend),
                    _ => Seen::ok(format!("until {until}, {days} days")),
                }
            }
        });
        // One that lasts is enough: the others are those of a change.
        let judged: Vec<Seen> = judged.collect();
        let good = judged.iter().find(|seen| seen.outcome == crate::check::Outcome::Ok).cloned();
        good.or_else(|| Seen::worst(judged))
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_working_days_before_the_end_is_the_last_day_to_order() {
        // 2026-12-31 is a Thursday: two weeks of five working days before it.
        let until: DateTime<Utc> = "2026-12-31T12:00:00Z".parse().unwrap();
        assert_eq!(order_by(until).to_string(), "2026-12-17");
        let monday: DateTime<Utc> = "2026-11-30T12:00:00Z".parse().unwrap();
        assert_eq!(order_by(monday).to_string(), "2026-11-16");
    }
}
