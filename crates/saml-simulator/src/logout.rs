use chrono::{DateTime, Utc};
use saml_bindings::PostForm;
use saml_logout::{LogoutAnswer, LogoutExpectation, LogoutKind, ReceivedLogout};
use saml_protocol::{Binding, Status};
use saml_response::{Trace, TrustedSender};
use saml_xml_security::{AlgorithmPolicy, random_bytes};

use crate::authn_request::registered;
use crate::config::SimulatorConfig;
use crate::refusal::Refusal;

/// How an answer to a logout goes back.
pub(crate) enum Answered {
    Post(PostForm),
    Redirect(String),
}

/// Answers the `LogoutRequest` in the body of a form, at the first place that the metadata of the service provider names.
///
/// Nobody is logged in at the simulator longer than a login takes, so that there is nothing to end.
pub(crate) fn answer(body: &[u8], config: &SimulatorConfig, now: DateTime<Utc>) -> Result<Answered, Refusal> {
    let mut trace = Trace::failures_only();
    let received = ReceivedLogout::post(body, LogoutKind::Request, &mut trace)?;
    let service_provider = registered(received.issuer().unwrap_or_default(), config)?;
    let metadata = &service_provider.metadata;
    let sender = TrustedSender { entity_id: metadata.entity_id(), keys: metadata.signing_keys() };
    let expectation = LogoutExpectation { destination: &config.logout_url, now };
    let demand =
        received.authenticate(&sender, &AlgorithmPolicy::modern(), &mut trace)?.demand(&expectation, &mut trace)?;

    let endpoint = metadata.single_logout().first().ok_or(Refusal::SingleLogoutService)?;
    let random = random_bytes()?;
    let answer = LogoutAnswer::new(Status::success(), &demand.id, &config.entity_id, &endpoint.location, random, now)?;
    Ok(match endpoint.binding {
        Binding::HttpPost => Answered::Post(answer.post(None, &config.key)?),
        Binding::HttpRedirect => Answered::Redirect(answer.redirect(None, &config.key)?),
        _ => return Err(Refusal::SingleLogoutService),
    })
}
