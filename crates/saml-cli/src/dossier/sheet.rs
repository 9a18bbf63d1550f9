//! The data sheet for the Aanvraagformulier and the Wijzigingsformulier.

use saml_config::{AnswerBinding, Contact, Deployment, Level, PartnerProfile, Registration};
use saml_doctor::{Entry, Facts};

use super::document::{Block, Document, Value};
use super::{CANONICAL, Evidence};
use crate::certificates::Lang;

/// Writes what the forms ask for; what the file does not say is marked.
pub(super) fn document(evidence: &Evidence<'_>) -> Document {
    let deployment = evidence.deployment();
    let mut blocks = vec![
        Block::Text(format!(
            "Gegevens voor het Aanvraagformulier en het Wijzigingsformulier van Logius, gemaakt op {} uit de configuratie. \
             Neem ze over in het formulier en controleer ze. Wat ontbreekt, is gemarkeerd.",
            evidence.at.format("%Y-%m-%d")
        )),
        Block::Section("Organisatie en dienst".to_owned()),
        Block::Facts(organisation(evidence)),
        Block::Section("Aansluiting".to_owned()),
        Block::Facts(connection(evidence)),
        Block::Section("Certificaten".to_owned()),
        Block::Text(whose_certificates(deployment.profile).to_owned()),
    ];
    blocks.extend(certificates(evidence));
    blocks.push(Block::Section("Technisch contact".to_owned()));
    blocks.push(Block::Facts(contact(evidence)));
    Document { title: format!("Aansluitgegevens DigiD: {}", in_dutch(evidence.name())), blocks }
}

fn organisation(evidence: &Evidence<'_>) -> Vec<(String, Value)> {
    let registration = evidence.deployment().registration.as_ref();
    let from = |take: fn(&Registration) -> Option<String>, key: &str| {
        Value::or_missing(registration.and_then(take), set(evidence, &format!("registration.{key}")))
    };
    facts([
        ("Omgeving", known(in_dutch(evidence.name()))),
        ("Organisatie die het BSN mag gebruiken", known(&evidence.deployment().portal.organisation)),
        ("OIN", from(|table| table.oin.clone(), "oin")),
        ("Webdienstnaam", from(|table| Some(table.web_service_name.clone()), "web_service_name")),
        ("Website", from(|table| table.website.clone(), "website")),
        ("Sector", known("BSN (s00000000)")),
    ])
}

fn connection(evidence: &Evidence<'_>) -> Vec<(String, Value)> {
    let Deployment { portal, login, registration, profile, .. } = evidence.deployment();
    let single_sign_on = registration.as_ref().map(|table| if table.single_sign_on { "ja" } else { "nee" });
    let mut all = facts([("Aansluiting via", known(via(*profile))), ("URL aansluiting", known(&portal.base_url))]);
    all.extend(match profile {
        PartnerProfile::SignicatBroker => at_the_broker(evidence),
        _ => ours(evidence),
    });
    let digest = super::canonical::digest(evidence.canonical.as_bytes());
    all.extend(facts([
        ("Betrouwbaarheidsniveau", known(level(login.level))),
        ("DigiD eenmalig inloggen", Value::or_missing(single_sign_on, set(evidence, "registration.single_sign_on"))),
        ("DigiD Machtigen", known(if login.representation { "ja" } else { "nee" })),
        ("SHA-256 van de configuratie", known(format!("{digest} ({CANONICAL})"))),
    ]));
    all
}

/// Returns our own endpoints, for a portal that the other side knows by its metadata.
fn ours(evidence: &Evidence<'_>) -> Vec<(String, Value)> {
    let portal = &evidence.deployment().portal;
    let consumer = portal.assertion_consumer_service();
    let binding = match evidence.parts.answer_binding() {
        AnswerBinding::Artifact => "HTTP-Artifact",
        _ => "HTTP-POST",
    };
    let logout = if portal.single_logout {
        portal.single_logout_service()
    } else {
        "geen (portal.single_logout staat uit)".to_owned()
    };
    let metadata =
        format!("maak het bestand met: saml metadata new --config saml.toml --environment {}", evidence.name());
    facts([
        ("EntityID", known(portal.entity_id())),
        ("Assertion Consumer Service (ACS)", known(format!("{consumer} ({binding})"))),
        ("Single Logout Service (SLO)", known(logout)),
        ("Hostnamen", known(hosts(&[&portal.base_url, &consumer]))),
        ("Metadata", known(metadata)),
    ])
}

/// Returns the endpoints of the broker: Logius registers those, and knows nothing of ours.
fn at_the_broker(evidence: &Evidence<'_>) -> Vec<(String, Value)> {
    let portal = &evidence.deployment().portal;
    let mut all = match &evidence.broker {
        None => facts([("Metadata van Signicat", Value::Missing(set(evidence, "signicat.digid_metadata")))]),
        Some(Err(reason)) => facts([("Metadata van Signicat", Value::Missing(reason.clone()))]),
        Some(Ok(role)) => {
            let consumers = role.assertion_consumer_services().iter().map(|endpoint| endpoint.location.as_str());
            let logout = role.single_logout().iter().map(|endpoint| endpoint.location.as_str());
            let (consumers, logout): (Vec<&str>, Vec<&str>) = (consumers.collect(), logout.collect());
            let places = [consumers.as_slice(), logout.as_slice()].concat();
            let logout = if logout.is_empty() { "geen".to_owned() } else { logout.join(", ") };
            facts([
                ("EntityID (van Signicat)", known(role.entity_id())),
                ("Assertion Consumer Service, ACS (van Signicat)", known(consumers.join(", "))),
                ("Single Logout Service, SLO (van Signicat)", known(logout)),
                ("Hostnamen (van Signicat)", known(hosts(&places))),
                ("Metadata", known("het bestand van Signicat (\"Get Signicat metadata\")")),
            ])
        }
    };
    all.extend(facts([
        ("EntityID bij Signicat, niet bij Logius", known(portal.entity_id())),
        ("ACS bij Signicat, niet bij Logius", known(portal.assertion_consumer_service())),
    ]));
    all
}

/// Returns the certificates that the form asks for: those of PKIoverheid, ours or that of the broker.
fn certificates(evidence: &Evidence<'_>) -> Vec<Block> {
    let is_broker = evidence.deployment().profile == PartnerProfile::SignicatBroker;
    let wanted = |entry: &Entry| {
        if is_broker {
            entry.place == "signicat.pkioverheid_certificate"
        } else {
            entry.place.starts_with("keys.") && entry.place != "keys.issuers" || entry.place == "back_channel.client"
        }
    };
    let found: Vec<&Entry> = evidence.looked.rows.iter().map(|row| &row.entry).filter(|entry| wanted(entry)).collect();
    if found.is_empty() {
        let task = set(evidence, "signicat.pkioverheid_certificate");
        return vec![Block::Facts(facts([("Publieke deel PKIO-certificaat", Value::Missing(task))]))];
    }
    let each = found.into_iter().flat_map(|entry| {
        let role = Lang::Nl.role(entry.role);
        let fields = match &entry.facts {
            Err(reason) => facts([("Certificaat", Value::Missing(format!("{reason} ({})", entry.place)))]),
            Ok(read) => fields(evidence, entry, read),
        };
        [Block::Heading(format!("Certificaat: {role}")), Block::Facts(fields)]
    });
    each.collect()
}

fn fields(evidence: &Evidence<'_>, entry: &Entry, read: &Facts) -> Vec<(String, Value)> {
    let day = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%d %H:%M UTC").to_string();
    let until = if read.not_after < evidence.at {
        Value::Missing(format!("een certificaat dat geldt; dit is verlopen op {}", day(read.not_after)))
    } else {
        known(day(read.not_after))
    };
    let needs_oin = evidence.deployment().profile != PartnerProfile::WebSso;
    let oin = match &read.oin {
        None if !needs_oin => known("geen"),
        oin => Value::or_missing(oin.clone(), "een certificaat van PKIoverheid met het OIN van de organisatie"),
    };
    let subject = if read.organisation.is_empty() { String::new() } else { format!(", O={}", read.organisation) };
    facts([
        ("Bestand (publieke deel)", known(entry.file.display().to_string())),
        ("Onderwerp", known(format!("CN={}{subject}", read.subject))),
        ("OIN", oin),
        ("Uitgever", known(&read.issuer)),
        ("Serienummer", known(&read.serial)),
        ("Geldig vanaf", known(day(read.not_before))),
        ("Geldig tot en met", until),
        ("SHA-256", known(&read.sha256)),
    ])
}

fn contact(evidence: &Evidence<'_>) -> Vec<(String, Value)> {
    let contact = evidence.deployment().registration.as_ref().and_then(|table| table.technical_contact.as_ref());
    let from = |take: fn(&Contact) -> Option<String>, key: &str| {
        Value::or_missing(contact.and_then(take), set(evidence, &format!("registration.technical_contact.{key}")))
    };
    facts([
        ("Naam", from(|contact| Some(contact.name.clone()), "name")),
        ("E-mail", from(|contact| Some(contact.email.clone()), "email")),
        ("Telefoon", from(|contact| contact.telephone.clone(), "telephone")),
    ])
}

const fn whose_certificates(profile: PartnerProfile) -> &'static str {
    match profile {
        PartnerProfile::SignicatBroker => {
            "Het certificaat van PKIoverheid staat bij Signicat. De private sleutel blijft daar; wij hebben alleen het publieke deel."
        }
        PartnerProfile::WebSso => "Deze aansluiting loopt niet via DigiD zelf.",
        _ => "Stuur alleen het publieke deel. De private sleutel gaat nooit naar iemand anders.",
    }
}

const fn via(profile: PartnerProfile) -> &'static str {
    match profile {
        PartnerProfile::Digid => "DigiD, rechtstreeks (SAML 3.x)",
        PartnerProfile::SignicatBroker => "de broker Signicat",
        PartnerProfile::StSaml => "de routeringsdienst van Stelsel Toegang (ST-SAML)",
        _ => "een andere identity provider (geen DigiD)",
    }
}

/// Returns the name of a level in the words of DigiD.
pub(super) const fn level(level: Level) -> &'static str {
    match level {
        Level::Basic => "Basis",
        Level::Middle => "Midden",
        Level::Substantial => "Substantieel",
        Level::High => "Hoog",
        _ => "onbekend",
    }
}

pub(super) fn in_dutch(environment: &str) -> &str {
    if environment == "production" { "productie" } else { "preproductie" }
}

fn hosts(urls: &[&str]) -> String {
    let mut found: Vec<&str> = Vec::new();
    for &url in urls {
        let host = url.split_once("://").map_or(url, |(_, rest)| rest).split(['/', ':']).next().unwrap_or_default();
        if !found.contains(&host) {
            found.push(host);
        }
    }
    found.join(", ")
}

fn set(evidence: &Evidence<'_>, key: &str) -> String {
    format!("zet {}.{key} in de configuratie", evidence.name())
}

fn known(value: impl Into<String>) -> Value {
    Value::Known(value.into())
}

fn facts<const N: usize>(facts: [(&str, Value); N]) -> Vec<(String, Value)> {
    facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
