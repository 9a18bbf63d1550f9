use chrono::{DateTime, Utc};
use saml_digid::LevelOfAssurance;
use saml_forge::{Answer, Answered, Attribute, Failure, Identifiers, Login, Outcome, Signed};
use saml_xml_security::random_bytes;

use crate::authn_request::AcceptedRequest;
use crate::config::{AnswerSettings, NameIdForm, SimulatorConfig};
use crate::refusal::Refusal;
use crate::script::Flaw;
use crate::st_saml::StSamlSettings;

/// Writes the answer that somebody logged in.
///
/// A level below the one asked for is no SAML error: the broker shows a page, and the portal hears nothing, unless a
/// script says otherwise.
pub(crate) fn logged_in(
    request: &AcceptedRequest,
    bsn: &str,
    level: LevelOfAssurance,
    config: &SimulatorConfig,
    now: DateTime<Utc>,
) -> Result<String, Refusal> {
    let asked = request.level.filter(|_| request.script.flaw != Some(Flaw::Level));
    if let Some(expected) = asked.filter(|expected| level < *expected) {
        return Err(Refusal::LevelTooLow { expected, found: level });
    }
    let settings = &request.service_provider.answers;
    let login = match &settings.st_saml {
        Some(st_saml) => st_saml.login(bsn, level, &settings.authority)?,
        None => login(bsn, level, settings),
    };
    write(request, Outcome::Login(login), settings.signed, config, now)
}

/// Writes the answer that the login failed, signed whatever the settings say: there is no assertion to sign.
pub(crate) fn failed(
    request: &AcceptedRequest,
    failure: Failure,
    config: &SimulatorConfig,
    now: DateTime<Utc>,
) -> Result<String, Refusal> {
    let is_st_saml = request.service_provider.answers.st_saml.is_some();
    let failure = if is_st_saml { StSamlSettings::failure(failure) } else { failure };
    write(request, Outcome::Failure(failure), Signed::Response, config, now)
}

fn login(bsn: &str, level: LevelOfAssurance, settings: &AnswerSettings) -> Login {
    let name_id = match settings.name_id {
        NameIdForm::SectorCode => format!("{BSN_SECTOR}:{bsn}"),
        NameIdForm::Stripped => bsn.to_owned(),
    };
    let attributes = if settings.attributes {
        vec![Attribute::new("nin", bsn), Attribute::new("idpId", &name_id)]
    } else {
        Vec::new()
    };
    Login { attributes, ..Login::new(&name_id, &settings.authority, settings.levels.class(level)) }
}

fn write(
    request: &AcceptedRequest,
    outcome: Outcome,
    signed: Signed,
    config: &SimulatorConfig,
    now: DateTime<Utc>,
) -> Result<String, Refusal> {
    let flaw = request.script.flaw;
    let service_provider = match flaw {
        Some(Flaw::Audience) => ANOTHER_AUDIENCE,
        _ => request.service_provider.metadata.entity_id(),
    };
    let answered = Answered {
        request_id: request.id.clone(),
        service_provider: service_provider.to_owned(),
        assertion_consumer_service: request.consumer.location.clone(),
    };
    let identifiers = Identifiers::from_random(random_bytes()?);
    let now = request.script.clock(now);
    let answer = Answer::signicat(&config.entity_id, answered, identifiers, now, outcome);
    let written = Answer { signed, ..answer }.write(config.signing_key(request.script.key))?;
    Ok(if flaw == Some(Flaw::Signature) { with_broken_signatures(&written) } else { written })
}

/// Changes the first character of each signature value.
fn with_broken_signatures(answer: &str) -> String {
    let mut parts = answer.split("SignatureValue>");
    let mut broken = parts.next().unwrap_or_default().to_owned();
    for (number, part) in parts.enumerate() {
        broken.push_str("SignatureValue>");
        let mut characters = part.chars();
        // Each second one stands behind an end tag.
        match characters.next().filter(|_| number % 2 == 0) {
            Some(first) => {
                broken.push(if first == 'A' { 'B' } else { 'A' });
                broken.push_str(characters.as_str());
            }
            None => broken.push_str(part),
        }
    }
    broken
}

const ANOTHER_AUDIENCE: &str = "urn:example:another-service-provider";
const BSN_SECTOR: &str = "s00000000";
