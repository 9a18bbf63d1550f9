//! What the files are made of: the questions, and what will do for an answer.

use std::io::{BufRead, Write};

use clap::ValueEnum;
use pkioverheid::{Generation, Oin};
use saml_digid::LevelOfAssurance;

use super::Arguments;
use super::ask::{Asker, Question};
use crate::config::EnvironmentArgument;
use crate::explain::ProfileArgument;
use crate::failure::Failure;

/// What the files are made of.
#[derive(Debug)]
pub(super) struct Answers {
    pub(super) environment: EnvironmentArgument,
    pub(super) profile: ProfileArgument,
    pub(super) base_url: String,
    pub(super) organisation: String,
    pub(super) entity_id: String,
    pub(super) level: String,
    /// For the profiles that let one choose.
    pub(super) binding: Option<String>,
    pub(super) domain: Option<String>,
    pub(super) web_service_name: String,
    pub(super) oin: Option<String>,
    pub(super) trade_register_number: Option<String>,
    pub(super) service: Option<String>,
    pub(super) generation: Generation,
}

impl Answers {
    /// Gathers the answers in the order in which they depend on each other.
    pub(super) fn gather<R: BufRead, W: Write>(given: &Arguments, mut asker: Asker<R, W>) -> Result<Self, Failure> {
        let environment = asker.ask(&ENVIRONMENT, name(given.environment).as_deref())?;
        let environment = EnvironmentArgument::from_str(&environment, false).map_err(Failure::usage)?;
        let profile = asker.ask(&PROFILE, name(given.profile).as_deref())?;
        let profile = ProfileArgument::from_str(&profile, false).map_err(Failure::usage)?;
        let is_pkioverheid = is_pkioverheid(profile);
        let base_url = asker.ask(&BASE_URL, given.base_url.as_deref())?;
        let base_url = base_url.trim_end_matches('/').to_owned();
        let organisation = asker.ask(&ORGANISATION, given.organisation.as_deref())?;

        let is_broker = profile == ProfileArgument::SignicatBroker;
        let is_routed = profile == ProfileArgument::StSaml;
        let mut only = |asked: bool, question: &Question<'_>, given: &Option<String>| match (asked, given) {
            (true, given) => asker.ask(question, given.as_deref()).map(Some),
            (false, None) => Ok(None),
            (false, Some(_)) => {
                let option = question.option;
                Err(Failure::usage(format!("{option} says nothing with --profile {}: leave it out", value(profile))))
            }
        };
        let oin = only(is_pkioverheid, &OIN, &given.oin)?;
        let trade_register_number = only(is_pkioverheid, &TRADE_REGISTER_NUMBER, &given.trade_register_number)?;
        let service = only(is_routed, &SERVICE, &given.service)?;
        let domain = only(is_broker, &DOMAIN, &given.domain)?;
        let binding = only(!is_pkioverheid, &BINDING, &given.binding)?;

        let entity_id = match (is_routed, &oin) {
            (true, Some(oin)) => {
                // ST-SAML 1.0, EntityID: those from 9000 are for tests.
                let index = if environment == EnvironmentArgument::Production { "0001" } else { "9000" };
                format!("urn:nl-eid-gdi:1.0:DV:{oin}:entities:{index}")
            }
            _ => format!("{base_url}/saml/metadata"),
        };
        let entity_id = asker.ask(&Question { default: Some(&entity_id), ..ENTITY_ID }, given.entity_id.as_deref())?;
        let level = asker.ask(&LEVEL, given.level.as_deref())?;
        let web_service_name = Question { default: Some(&organisation), ..WEB_SERVICE_NAME };
        let web_service_name = asker.ask(&web_service_name, given.web_service_name.as_deref())?;
        asker.finish()?;
        let generation = given.generation.into();
        Ok(Self {
            environment,
            profile,
            base_url,
            organisation,
            entity_id,
            level,
            binding,
            domain,
            web_service_name,
            oin,
            trade_register_number,
            service,
            generation,
        })
    }

    /// Tells whether the partner wants certificates of PKIoverheid from us.
    pub(super) fn is_pkioverheid(&self) -> bool {
        is_pkioverheid(self.profile)
    }

    /// Tells whether answers come by artifact.
    pub(super) fn is_by_artifact(&self) -> bool {
        self.is_pkioverheid() || self.binding.as_deref() == Some("artifact")
    }

    /// Returns the host of the base URL.
    pub(super) fn host(&self) -> &str {
        let authority = self.base_url.split_once("://").map_or("", |(_, rest)| rest);
        authority.split(':').next().unwrap_or(authority)
    }
}

/// Tells whether a partner wants certificates of PKIoverheid from us.
fn is_pkioverheid(profile: ProfileArgument) -> bool {
    matches!(profile, ProfileArgument::Digid | ProfileArgument::StSaml)
}

fn name<T: ValueEnum>(given: Option<T>) -> Option<String> {
    given.map(value)
}

/// Returns the name of a value on the command line.
pub(super) fn value<T: ValueEnum>(value: T) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// Takes the name of one of the values.
fn known<T: ValueEnum>(text: &str) -> Result<(), String> {
    let names: Vec<String> = T::value_variants().iter().map(|known| value(known.clone())).collect();
    T::from_str(text, false).map(drop).map_err(|_| format!("one of {}", names.join(", ")))
}

/// Takes a name as long as fits into a certificate (RFC 5280, ub-organization-name).
fn text(text: &str) -> Result<(), String> {
    let is_text = (1..=64).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if is_text { Ok(()) } else { Err("1 to 64 characters".to_owned()) }
}

/// Takes https, and http for this machine alone.
fn base_url(text: &str) -> Result<(), String> {
    let rest = text.strip_prefix("https://").or_else(|| {
        let rest = text.strip_prefix("http://")?;
        ["127.0.0.1", "localhost"].contains(&rest.split(':').next().unwrap_or_default()).then_some(rest)
    });
    let authority = rest.map(|rest| rest.trim_end_matches('/'));
    let (host, port) = authority.map_or(("", None), |authority| match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    });
    if is_host(host) && port.is_none_or(|port| port.parse::<u16>().is_ok()) {
        return Ok(());
    }
    Err("https:// and a host without a path, such as https://portal.example.nl".to_owned())
}

/// Tells whether each label has letters, digits and hyphens.
fn is_host(text: &str) -> bool {
    let is_label =
        |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    text.split('.').all(is_label)
}

fn domain(text: &str) -> Result<(), String> {
    let fits = is_host(text) && text.contains('.');
    if fits { Ok(()) } else { Err("a domain without a scheme, such as login.example.nl".to_owned()) }
}

fn entity_id(text: &str) -> Result<(), String> {
    let fits = text.contains(':') && text.len() <= 1024 && !text.chars().any(|c| c.is_whitespace() || c.is_control());
    if fits { Ok(()) } else { Err("a URI, such as https://portal.example.nl/saml/metadata".to_owned()) }
}

fn level(text: &str) -> Result<(), String> {
    let is_known = LevelOfAssurance::ALL.iter().any(|level| level.name() == text);
    if is_known { Ok(()) } else { Err("basic, middle, substantial or high".to_owned()) }
}

fn binding(text: &str) -> Result<(), String> {
    if ["post", "artifact"].contains(&text) { Ok(()) } else { Err("post or artifact".to_owned()) }
}

fn oin(text: &str) -> Result<(), String> {
    Oin::parse(text).map(drop).map_err(|_| "an OIN of twenty digits, such as 00000001823288444000".to_owned())
}

fn trade_register_number(text: &str) -> Result<(), String> {
    let fits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { Ok(()) } else { Err("eight digits".to_owned()) }
}

fn service(text: &str) -> Result<(), String> {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    let fits = lengths == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if fits { Ok(()) } else { Err("a UUID, such as 375b1cb1-14b7-42e9-a534-16cc4d8997b0".to_owned()) }
}

const ENVIRONMENT: Question<'_> = Question {
    option: "--environment",
    question: "Environment",
    why: "preproduction or production: each has its own keys, and test persons get into the first alone",
    default: Some("preproduction"),
    check: known::<EnvironmentArgument>,
};
const PROFILE: Question<'_> = Question {
    option: "--profile",
    question: "Partner",
    why: "signicat-broker, digid, st-saml or web-sso: it decides what an answer must be like",
    default: Some("signicat-broker"),
    check: known::<ProfileArgument>,
};
const BASE_URL: Question<'_> = Question {
    option: "--base-url",
    question: "URL of the portal",
    why: "answers come back to it, and it is registered at the partner",
    default: None,
    check: base_url,
};
const ORGANISATION: Question<'_> = Question {
    option: "--organisation",
    question: "Organisation",
    why: "users must read who uses their BSN, which is not the supplier",
    default: None,
    check: text,
};
const OIN: Question<'_> = Question {
    option: "--oin",
    question: "OIN",
    why: "twenty digits, in every certificate of PKIoverheid",
    default: None,
    check: oin,
};
const TRADE_REGISTER_NUMBER: Question<'_> = Question {
    option: "--trade-register-number",
    question: "Number in the trade register",
    why: "eight digits, in the requests for certificates",
    default: None,
    check: trade_register_number,
};
const SERVICE: Question<'_> = Question {
    option: "--service",
    question: "UUID of the service",
    why: "answers must be for this service of the service catalogue",
    default: None,
    check: service,
};
const DOMAIN: Question<'_> = Question {
    option: "--domain",
    question: "Domain of the account at Signicat",
    why: "in production DigiD wants one of your own",
    default: None,
    check: domain,
};
const BINDING: Question<'_> = Question {
    option: "--binding",
    question: "How answers come",
    why: "post, or artifact over a connection from the portal to the partner",
    default: Some("post"),
    check: binding,
};
const ENTITY_ID: Question<'_> = Question {
    option: "--entity-id",
    question: "Our entity ID",
    why: "the name that the partner registers; it cannot change without a new registration",
    default: None,
    check: entity_id,
};
const LEVEL: Question<'_> = Question {
    option: "--level",
    question: "Level of assurance",
    why: "basic, middle, substantial or high: a login below it is refused",
    default: Some("substantial"),
    check: level,
};
const WEB_SERVICE_NAME: Question<'_> = Question {
    option: "--web-service-name",
    question: "Name of the web service",
    why: "users read it at DigiD, and it stands in the forms of Logius",
    default: None,
    check: text,
};
