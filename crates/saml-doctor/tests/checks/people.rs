//! What only people can do.

use saml_digid::Environment;
use saml_doctor::Outcome::Human;

use crate::Case;
use crate::world::Base::{Broker, Digid};
use crate::world::{Base, Draft};

/// A task that is there, and after one change is not.
fn task(code: &'static str, base: Base, gone: fn(&mut Draft)) -> Case {
    Case { outcomes: [Some(Human), None], ..Case::new(code, base, gone, Human, "") }
}

/// A task that is there, and after one change says something else.
fn says(code: &'static str, base: Base, change: fn(&mut Draft), said: &'static str) -> Case {
    Case { outcomes: [Some(Human), Some(Human)], ..Case::new(code, base, change, Human, said) }
}

pub(crate) fn cases() -> Vec<Case> {
    let preproduction = |draft: &mut Draft| draft.environment = Environment::PreProduction;
    vec![
        task("agreements", Digid, another_partner),
        task("preproduction_approved", Broker, preproduction),
        says("preproduction_approved", Digid, |_| {}, "preproduction is not in the file"),
        task("production_account", Broker, preproduction),
        task("dnssec", Digid, another_partner),
        task("dnssec", Digid, |draft| draft.set("portal.gemeente-elders.nl", "127.0.0.1:8443")),
        task("digid_active", Broker, another_partner_for_broker),
        task("certificate_uploaded", Broker, another_partner_for_broker),
        task("get_metadata", Broker, |draft| {
            draft.set("[production.signicat]\n", "[production.signicat]\ndigid_metadata = \"logius.xml\"\n")
        })
        .after(|draft| draft.set("digid_metadata = \"logius.xml\"\n", "")),
        task("request_form", Digid, another_partner),
        says("request_form", Digid, |_| {}, "Webdienstnaam: Mijn Elders; niveau: midden; eenmalig inloggen: nee"),
        task("activation_form", Broker, |draft| activated(draft, "2026-03-01")),
        task("approval", Digid, another_partner),
        task("audit", Broker, preproduction),
        says(
            "audit",
            Broker,
            |draft| activated(draft, "2026-02-01"),
            "the first report is due by 2026-04-01; then 2027-01-01 to 2027-05-01",
        ),
        says(
            "audit",
            Broker,
            |draft| activated(draft, "2025-06-01"),
            "was due by 2025-08-01; then 2026-01-01 to 2026-05-01",
        ),
        task("tell_logius", Broker, preproduction),
    ]
}

fn activated(draft: &mut Draft, day: &str) {
    draft.set("web_service_name", &format!("activated_on = {day}\nweb_service_name"));
}

fn another_partner(draft: &mut Draft) {
    draft.set("\"digid\"", "\"web-sso\"");
}

fn another_partner_for_broker(draft: &mut Draft) {
    draft.text = draft.text.replacen("\"signicat-broker\"", "\"web-sso\"", 1);
}
