use chrono::{DateTime, Utc};
use saml_digid::LevelOfAssurance;
use saml_forge::{Answer, Answered, Attribute, Failure, Identifiers, Login, Outcome, Signed};
use saml_xml_security::random_bytes;

use crate::authn_request::AcceptedRequest;
use crate::config::{AnswerSettings, NameIdForm, SimulatorConfig};
use crate::refusal::Refusal;
use crate::st_saml::StSamlSettings;

/// Writes the answer that somebody logged in.
///
/// A level below the one asked for is no SAML error: the broker shows a page, and the portal hears nothing.
pub(crate) fn logged_in(
    request: &AcceptedRequest,
    bsn: &str,
    level: LevelOfAssurance,
    config: &SimulatorConfig,
    now: DateTime<Utc>,
) -> Result<String, Refusal> {
    if let Some(expected) = request.level.filter(|expected| level < *expected) {
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
    let answered = Answered {
        request_id: request.id.clone(),
        service_provider: request.service_provider.metadata.entity_id().to_owned(),
        assertion_consumer_service: request.consumer.location.clone(),
    };
    let identifiers = Identifiers::from_random(random_bytes()?);
    let now = request.script.clock(now);
    let answer = Answer::signicat(&config.entity_id, answered, identifiers, now, outcome);
    Ok(Answer { signed, ..answer }.write(config.signing_key(request.script.key))?)
}

const BSN_SECTOR: &str = "s00000000";
