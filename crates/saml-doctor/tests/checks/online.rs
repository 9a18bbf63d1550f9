//! What was seen over the network: judged here, seen in `network.rs`.

use chrono::TimeDelta;
use saml_doctor::Outcome::{NotLookedAt, Problem, Warning};

use crate::Case;
use crate::world::Base::{Broker, Digid};
use crate::world::{Draft, fixture, tls};

/// A check that passes on what is seen of a good portal.
fn seen(code: &'static str, bad: fn(&mut Draft), outcome: saml_doctor::Outcome, said: &'static str) -> Case {
    Case::new(code, Broker, bad, outcome, said).after(|draft| {
        draft.online();
    })
}

/// A check that passes on what a good portal answers to a forged message.
fn probed(code: &'static str, bad: fn(&mut Draft), outcome: saml_doctor::Outcome, said: &'static str) -> Case {
    Case::new(code, Digid, bad, outcome, said).after(|draft| {
        draft.refuses();
    })
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        seen(
            "tls_certificate",
            |draft| draft.tls().fault = Some((62, "hostname mismatch".to_owned())),
            Problem,
            "hostname mismatch",
        ),
        seen("tls_certificate", |draft| draft.seen = None, NotLookedAt, "--online"),
        seen("tls_expiry", |draft| draft.at += TimeDelta::days(365 - 14), Warning, "14 days"),
        seen("tls_expiry", |draft| draft.at += TimeDelta::days(366), Problem, "renew it now"),
        Case::new(
            "tls_issuer",
            Broker,
            |draft| draft.tls().host = "portal.gemeente-elders.eu".to_owned(),
            Problem,
            "Let's Encrypt",
        )
        .after(|draft| {
            draft.online();
            draft.tls().certificate = crate::network::lets_encrypt();
        }),
        seen("tls_version", |draft| draft.tls().takes_old = true, Problem, "TLS 1.0 or 1.1"),
        seen(
            "partner_metadata_current",
            |draft| {
                draft.seen.as_mut().unwrap().partner_metadata.as_mut().unwrap().as_mut().unwrap().body =
                    fixture("metadata/broker-production-hub-paths.xml")
            },
            Problem,
            "+ entity_id: https://broker.example.nl/auth/saml",
        ),
        seen(
            "own_metadata_current",
            |draft| draft.seen.as_mut().unwrap().own_metadata.as_mut().unwrap().status = 404,
            Problem,
            "404",
        ),
        seen(
            "own_metadata_current",
            |draft| draft.copy("test-signing.crt.pem", "next.crt.pem"),
            NotLookedAt,
            "cannot be made",
        ),
        seen(
            "http_redirect",
            |draft| draft.seen.as_mut().unwrap().plain_http.as_mut().unwrap().status = 200,
            Problem,
            "answers with 200",
        ),
        seen("hsts", |draft| draft.header("strict-transport-security", None), Problem, "no Strict-Transport-Security"),
        seen("hsts", |draft| draft.header("strict-transport-security", Some("max-age=300")), Warning, "half a year"),
        seen("clock", |draft| late(draft, 6), Warning, "6 s ahead"),
        seen("clock", |draft| late(draft, -40), Problem, "40 s behind"),
        seen("clock", no_date, NotLookedAt, "had no Date header"),
        seen("clock", |draft| draft.seen.as_mut().unwrap().partner_metadata = None, NotLookedAt, "names no URL"),
        seen(
            "security_headers",
            |draft| {
                draft.header(
                    "content-security-policy",
                    Some("default-src 'self' 'unsafe-inline'; frame-ancestors 'none'"),
                )
            },
            Problem,
            "unsafe-inline",
        ),
        seen("security_headers", |draft| draft.header("x-content-type-options", None), Problem, "nosniff"),
        seen(
            "organisation_on_page",
            |draft| draft.start_page().body = b"<h1>Leverancier</h1>".to_vec(),
            Problem,
            "Gemeente Elders is not on it",
        ),
        probed("unsolicited_refused", |draft| draft.refuses().unsolicited.status = 303, Problem, "answered with 303"),
        probed("unsolicited_refused", |draft| draft.refuses().unsolicited.status = 404, Problem, "no portal took"),
        probed("unsolicited_refused", |draft| draft.refuses().unsolicited.status = 502, Problem, "no portal took"),
        probed("unsolicited_refused", |draft| draft.portal = None, NotLookedAt, "--portal"),
        probed(
            "unsolicited_refused",
            |draft| draft.portal = Some(Err("no connection".to_owned())),
            Problem,
            "no connection",
        ),
        probed(
            "error_text_shown",
            |draft| draft.refuses().unreadable.body = b"<p>Inloggen is niet gelukt.</p>".to_vec(),
            Problem,
            "item L10",
        ),
    ]
}

/// Makes our clock differ from that of the servers.
fn late(draft: &mut Draft, seconds: i64) {
    let answers = draft.seen.as_mut().unwrap();
    answers.partner_metadata.as_mut().unwrap().as_mut().unwrap().at += TimeDelta::seconds(seconds);
}

/// Leaves the time of the start page, which is our own.
fn no_date(draft: &mut Draft) {
    let answer = draft.seen.as_mut().unwrap().partner_metadata.as_mut().unwrap();
    answer.as_mut().unwrap().headers.retain(|(name, _)| name != "date");
}

#[test]
fn the_partner_is_looked_at_as_the_portal_is() {
    let mut draft = Draft::new(Broker);
    draft.online();
    let mut partner = tls("broker.example.com");
    partner.certificate = crate::network::lets_encrypt();
    draft.seen.as_mut().unwrap().partner_tls = Some(Ok(partner));
    let finding = draft.finding("tls_issuer").unwrap();
    assert_eq!((finding.outcome, finding.found.contains("broker.example.com")), (Problem, true));
}
