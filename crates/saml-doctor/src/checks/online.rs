//! What shows over the network alone.

use chrono::{DateTime, TimeDelta, Utc};
use pkioverheid::Certificate;
use saml_config::ErrorText;
use saml_digid::texts;
use saml_metadata::Metadata;

use super::addresses::{differences, ours};
use crate::check::{Check, Seen};
use crate::observations::{Answer, Observations, Tls};
use crate::step::Step;
use crate::subject::{Subject, some};
use crate::url::is_below;

/// Returns what was seen, or why nothing was.
fn online<'s>(subject: &'s Subject<'_>) -> Result<&'s Observations, Seen> {
    subject.online.as_ref().ok_or_else(|| Seen::not_looked_at("not asked over the network", "run it with --online"))
}

/// Looks at the TLS of the portal, and of the partner where that could be seen.
fn both(subject: &Subject<'_>, look: impl Fn(&Tls) -> Seen) -> Option<Seen> {
    let seen = some!(online(subject));
    let portal = some!(seen.portal_tls.as_ref().map_err(|reason| Seen::not_looked_at(reason, "see tls_certificate")));
    let partner = seen.partner_tls.as_ref().and_then(|tls| tls.as_ref().ok());
    Seen::worst([Some(portal), partner].into_iter().flatten().map(look).collect())
}

/// Reads an answer, or says why there is none.
fn answer<'s>(answer: &'s Result<Answer, String>, mend: &str) -> Result<&'s Answer, Seen> {
    match answer {
        Ok(answer) => Ok(answer),
        Err(reason) => Err(Seen::problem(reason, mend)),
    }
}

/// Returns the start page; that it cannot be reached is for `tls_certificate` to say.
fn start_page<'s>(subject: &'s Subject<'_>) -> Result<&'s Answer, Seen> {
    let page = online(subject)?.start_page.as_ref();
    page.map_err(|reason| Seen::not_looked_at(reason, "see tls_certificate"))
}

pub(crate) static TLS_CERTIFICATE: Check = Check {
    code: "tls_certificate",
    step: Step::Account,
    title: "Browsers believe the server certificate of the portal",
    why: "Every browser must, for its name, from a public root; an intermediate that is missing fails in some browsers alone.",
    source: "NCSC-NL, TLS guidelines; Logius, DigiD certificates since August 2022",
    look: |subject| {
        Some(match &some!(online(subject)).portal_tls {
            Err(reason) => Seen::problem(reason, "let the portal answer by https"),
            Ok(Tls { fault: Some((number, words)), host, .. }) if !EXPIRED.contains(number) => Seen::problem(
                format!("{host}: {words}"),
                "bring a certificate for this name from a public issuer, with its intermediates behind it",
            ),
            Ok(tls) => Seen::ok(format!("{}, from {}", tls.host, tls.certificate.issuer())),
        })
    },
};

/// X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED: another check's.
const EXPIRED: [i32; 2] = [9, 10];

pub(crate) static TLS_EXPIRY: Check = Check {
    code: "tls_expiry",
    step: Step::Renewal,
    title: "The server certificates last",
    why: "Certificates of the web last for weeks now: what does not renew by itself ends on a Sunday.",
    source: "Signicat, Go to production, steps 1 and 10",
    look: |subject| {
        both(subject, |tls| {
            let (until, days) = (tls.certificate.not_after().date_naive(), tls.certificate.days_left(subject.at));
            let found = format!("{}: until {until}, {days} days", tls.host);
            match days {
                ..0 => Seen::problem(found, "renew it now"),
                0..=14 => Seen::warning(found, "see why it did not renew by itself"),
                _ => Seen::ok(found),
            }
        })
    },
};

pub(crate) static TLS_ISSUER: Check = Check {
    code: "tls_issuer",
    step: Step::Account,
    title: "Only .nl hosts show a certificate of Let's Encrypt",
    why: "Logius takes a server certificate of Let's Encrypt on a .nl domain alone.",
    source: "Signicat, Go to production, step 1",
    look: |subject| {
        both(subject, |tls| {
            let issuer = tls.certificate.issuer_organisation();
            match is_lets_encrypt(&tls.certificate) && !is_below(&tls.host, "nl") {
                true => subject.strict(
                    format!("{} has one of {issuer}", tls.host),
                    "move to a .nl domain, or bring a certificate of another issuer",
                ),
                false => Seen::ok(format!("{}: {issuer}", tls.host)),
            }
        })
    },
};

fn is_lets_encrypt(certificate: &Certificate) -> bool {
    certificate.issuer_organisation().eq_ignore_ascii_case("Let's Encrypt")
}

pub(crate) static TLS_VERSION: Check = Check {
    code: "tls_version",
    step: Step::Protocol,
    title: "The portal speaks TLS 1.2 or 1.3 alone",
    why: "The NCSC has phased out what is older; the auditor's scan finds it.",
    source: "NCSC-NL, TLS guidelines; DigiD assessment 3.0, U/WA.05",
    look: |subject| {
        let seen = some!(online(subject));
        let tls = some!(seen.portal_tls.as_ref().map_err(|reason| Seen::not_looked_at(reason, "see tls_certificate")));
        Some(match tls.takes_old {
            true => Seen::problem(format!("{} takes TLS 1.0 or 1.1 too", tls.host), "switch TLS 1.0 and 1.1 off"),
            false => Seen::ok(tls.version),
        })
    },
};

pub(crate) static PARTNER_METADATA_CURRENT: Check = Check {
    code: "partner_metadata_current",
    step: Step::Metadata,
    title: "The copy of the partner's metadata is what the partner publishes",
    why: "An old copy has old keys: logins stop when the partner changes them.",
    source: "open-forms#6612",
    look: |subject| {
        let Some(fetched) = &some!(online(subject)).partner_metadata else {
            return Some(Seen::not_looked_at(
                "the file names no URL to fetch it from",
                "set identity_provider.metadata_url",
            ));
        };
        let mend = "run `saml metadata fetch`; see what changed with `saml metadata diff`";
        let fetched = some!(answer(fetched, "see that the URL in identity_provider.metadata_url is right"));
        let path = &subject.deployment.identity_provider.metadata;
        let copy = some!(subject.metadata(path).map_err(|reason| Seen::not_looked_at(reason, "see partner_metadata")));
        Some(match published(fetched).and_then(|published| differences(&copy, &published)) {
            Ok(facts) if facts.is_empty() => Seen::ok("the same"),
            Ok(facts) => Seen::problem(facts.join("; "), mend),
            Err(reason) => Seen::problem(reason, "see that the URL in identity_provider.metadata_url is right"),
        })
    },
};

pub(crate) static OWN_METADATA_CURRENT: Check = Check {
    code: "own_metadata_current",
    step: Step::Protocol,
    title: "The portal publishes the metadata that this file makes",
    why: "A partner that reads it again (\"Dynamic with URL\") takes what it finds; a portal with an older file there loses its new key.",
    source: "Signicat, SAML 2.0 quick start",
    look: |subject| {
        let mend = "let the portal run with this file, and start it again";
        let fetched = some!(answer(
            &some!(online(subject)).own_metadata,
            "let the portal publish /saml/metadata below its base URL"
        ));
        let ours = some!(ours(subject));
        Some(match published(fetched).and_then(|published| differences(&published, &ours)) {
            Ok(facts) if facts.is_empty() => Seen::ok("the same"),
            Ok(facts) => Seen::problem(facts.join("; "), mend),
            Err(reason) => Seen::problem(reason, mend),
        })
    },
};

fn published(fetched: &Answer) -> Result<Metadata, String> {
    match fetched.status {
        200 => Metadata::parse_unverified(&fetched.body)
            .map_err(|error| format!("no metadata there: {}: {error}", error.code())),
        status => Err(format!("the URL answers with {status}")),
    }
}

pub(crate) static CLOCK: Check = Check {
    code: "clock",
    step: Step::Protocol,
    title: "Our clock agrees with that of the partner",
    why: "Assertions are dated back by five seconds and last for two minutes: a clock that is behind refuses everybody.",
    source: "seen at the Signicat broker; DigiD SAML 3.7, times",
    look: |subject| {
        let unknown = |why: &str| Some(Seen::not_looked_at(why, "compare the clock with an NTP server"));
        // The portal's own answer has our clock, or that of the proxy before it: a clock agrees with itself.
        let Some(fetched) = &some!(online(subject)).partner_metadata else {
            return unknown("the file names no URL of the partner, whose answer would have its time");
        };
        let unseen = |reason| Seen::not_looked_at(reason, "see partner_metadata_current");
        let answer = some!(fetched.as_ref().map_err(unseen));
        let Some(theirs) = date(answer) else {
            return unknown("the answer of the partner had no Date header");
        };
        // The header has whole seconds.
        let off = (answer.at - theirs).num_seconds();
        let found = match off {
            0 => "no second off".to_owned(),
            1.. => format!("{off} s ahead"),
            _ => format!("{} s behind", -off),
        };
        let mend = "let the clock be set by NTP (chronyc tracking says how far it is off)";
        Some(match off.abs() {
            0..=5 => Seen::ok(found),
            6..=30 => Seen::warning(found, mend),
            _ => Seen::problem(found, mend),
        })
    },
};

fn date(answer: &Answer) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(answer.header("date")?).ok().map(|date| date.to_utc())
}

pub(crate) static HTTP_REDIRECT: Check = Check {
    code: "http_redirect",
    step: Step::Protocol,
    title: "Plain http leads to https",
    why: "A citizen who types the name comes by http first; nothing but the way to https may be there.",
    source: "DigiD assessment 3.0, U/PW.02 and U/WA.05",
    look: |subject| {
        let seen = some!(online(subject));
        // A host that cannot be reached at all says nothing of http.
        some!(seen.portal_tls.as_ref().map_err(|reason| Seen::not_looked_at(reason, "see tls_certificate")));
        let Ok(answer) = &seen.plain_http else {
            return Some(Seen::ok("nothing answers by http"));
        };
        let location = answer.header("location").unwrap_or_default();
        Some(match (answer.status, location.starts_with("https://")) {
            (301 | 302 | 303 | 307 | 308, true) => Seen::ok(format!("{} to https", answer.status)),
            (status, _) => Seen::problem(
                format!("plain http answers with {status}"),
                "redirect everything from http to https with 308",
            ),
        })
    },
};

pub(crate) static HSTS: Check = Check {
    code: "hsts",
    step: Step::Protocol,
    title: "Browsers are told to stay with https (HSTS)",
    why: "Without it the first request of each visit can be turned elsewhere.",
    source: "DigiD assessment 3.0, U/PW.02",
    look: |subject| {
        let mend = "send Strict-Transport-Security: max-age=31536000 with every answer";
        let page = some!(start_page(subject));
        let Some(value) = page.header("strict-transport-security") else {
            return Some(Seen::problem("no Strict-Transport-Security", mend));
        };
        let age = value
            .split(';')
            .filter_map(|part| part.trim().strip_prefix("max-age="))
            .find_map(|age| age.trim_matches('"').parse::<i64>().ok());
        Some(match age {
            Some(seconds) if seconds >= TimeDelta::days(180).num_seconds() => Seen::ok(value),
            _ => Seen::warning(format!("{value}, less than half a year"), mend),
        })
    },
};

pub(crate) static SECURITY_HEADERS: Check = Check {
    code: "security_headers",
    step: Step::Audit,
    title: "The pages carry security headers",
    why: "The assessment asks for them; `unsafe-inline` and `unsafe-eval` only by exception.",
    source: "DigiD assessment 3.0, U/PW.03",
    look: |subject| {
        let page = some!(start_page(subject));
        let policy = page.header("content-security-policy").unwrap_or_default();
        let framed = !policy.contains("frame-ancestors") && page.header("x-frame-options").is_none();
        let rules = [
            (policy.is_empty(), "no Content-Security-Policy"),
            (
                policy.contains("'unsafe-inline'") || policy.contains("'unsafe-eval'"),
                "unsafe-inline or unsafe-eval in the policy",
            ),
            (framed, "others may frame the pages"),
            (page.header("x-content-type-options") != Some("nosniff"), "no X-Content-Type-Options: nosniff"),
            (page.header("referrer-policy").is_none(), "no Referrer-Policy"),
        ];
        let broken: Vec<&str> = rules.into_iter().filter(|(broken, _)| *broken).map(|(_, rule)| rule).collect();
        Some(match broken.is_empty() {
            true => Seen::ok("all of them"),
            false => Seen::problem(
                broken.join(", "),
                "send the headers with every page, from the portal or the proxy before it",
            ),
        })
    },
};

pub(crate) static ORGANISATION_ON_PAGE: Check = Check {
    code: "organisation_on_page",
    step: Step::Approval,
    title: "The start page says who the organisation is",
    why: "The name of the organisation that may use the BSN must stand where the login begins.",
    source: "Logius checklist, C2",
    look: |subject| {
        let page = some!(start_page(subject));
        let name = subject.deployment.portal.organisation.as_str();
        Some(if page.status != 200 {
            Seen::problem(
                format!("the start page answers with {}", page.status),
                "set portal.start_page to the page where logins begin",
            )
        } else if page.text().contains(name) {
            Seen::ok(name)
        } else {
            Seen::problem(format!("{name} is not on it"), "show portal.organisation beside the login button")
        })
    },
};

pub(crate) static UNSOLICITED_REFUSED: Check = Check {
    code: "unsolicited_refused",
    step: Step::Protocol,
    title: "The portal refuses a forged answer that nobody asked for",
    why: "Matching each answer to a request of this browser is what removes the risk that Signicat names for logins by app.",
    source: "Signicat, Go to production, step 3",
    look: |subject| {
        let probed = some!(portal(subject));
        Some(match probed.unsolicited.status {
            // Nobody is there who could refuse: another address, another method, or a portal that is down.
            status @ (404 | 405 | 500..=u16::MAX) => Seen::problem(
                format!("{} answered with {status}: no portal took the message", probed.url),
                "name the portal itself with --portal, while it runs, and see that it takes answers at that path",
            ),
            status @ 400.. => Seen::ok(format!("{status} at {}", probed.url)),
            status => Seen::problem(
                format!("{} answered with {status}", probed.url),
                "do not put this portal to use: find out what takes messages there, and let saml-sp do it",
            ),
        })
    },
};

pub(crate) static ERROR_TEXT_SHOWN: Check = Check {
    code: "error_text_shown",
    step: Step::Approval,
    title: "The portal shows the error text to the letter",
    why: "A tester compares it letter by letter.",
    source: "Logius checklist, T6 and L10",
    look: |subject| {
        let probed = some!(portal(subject));
        let (text, item) = match subject.deployment.portal.error_text {
            ErrorText::Checklist7 => (texts::ERROR_CHECKLIST_7_NL, "T6"),
            _ => (texts::ERROR_NL, "L10"),
        };
        subject.is_digid().then(|| match probed.unreadable.text().contains(text) {
            true => Seen::ok(format!("the text of item {item}")),
            false => Seen::problem(
                format!("the page at {} does not have the text of item {item}", probed.url),
                "show the text of saml_digid::texts unaltered, without line breaks of your own",
            ),
        })
    },
};

fn portal<'s>(subject: &'s Subject<'_>) -> Result<&'s crate::observations::PortalAnswer, Seen> {
    match &subject.portal {
        None => Err(Seen::not_looked_at("no portal was asked", "run it with --portal URL, against a portal of yours")),
        Some(Err(reason)) => Err(Seen::problem(reason, "see that the portal runs at the URL of --portal")),
        Some(Ok(probed)) => Ok(probed),
    }
}
