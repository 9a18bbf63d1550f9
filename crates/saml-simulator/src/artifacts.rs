use std::time::Duration;

use chrono::{DateTime, Utc};
use saml_bindings::{Artifact, soap_body};
use saml_forge::{ArtifactAnswer, Failure, Identifiers};
use saml_protocol::{ArtifactResolve, status_codes};
use saml_xml::{Document, ParseOptions};
use saml_xml_security::{AlgorithmPolicy, random_bytes, verify};

use crate::authn_request::{AcceptedRequest, registered};
use crate::config::{ARTIFACT_RESOLUTION_INDEX, SimulatorConfig};
use crate::kept::Kept;
use crate::refusal::{Refusal, shorten};
use crate::script::{ArtifactFate, Script};

/// The answers that wait until the portal asks for them over the back channel.
#[derive(Default)]
pub(crate) struct Artifacts(Kept<Waiting>);

/// An answer, and whom it is for. It has no `Debug`: it holds a BSN.
#[derive(Clone)]
struct Waiting {
    service_provider: String,
    message: String,
    script: Script,
}

/// What the back channel answers.
pub(crate) struct Resolved {
    pub(crate) envelope: String,
    /// How long it is held back.
    pub(crate) delay: Duration,
}

impl Artifacts {
    /// Keeps an answer, and returns the URL that brings the browser back with its artifact (SAML Bindings 3.6.3).
    pub(crate) fn keep(
        &self,
        request: &AcceptedRequest,
        message: String,
        config: &SimulatorConfig,
        now: DateTime<Utc>,
    ) -> Result<String, Refusal> {
        let artifact = Artifact::new(&config.entity_id, ARTIFACT_RESOLUTION_INDEX, random_bytes()?);
        let url = artifact.url(&request.consumer.location, request.relay_state.as_deref());
        let script = request.script.clone();
        if script.artifact != ArtifactFate::Expired {
            let service_provider = request.service_provider.metadata.entity_id().to_owned();
            self.0.add(artifact.to_base64(), Waiting { service_provider, message, script }, now);
        }
        Ok(url)
    }

    /// Answers an `ArtifactResolve` in its SOAP envelope, as it came over the back channel.
    ///
    /// An artifact of somebody else is `Requester` and `RequestDenied`; one that is unknown, used or too old is a
    /// success without a message (SAML Bindings 3.6.5.2, DigiD SAML 3.7).
    pub(crate) fn resolve(
        &self,
        envelope: &[u8],
        config: &SimulatorConfig,
        now: DateTime<Utc>,
    ) -> Result<Resolved, Refusal> {
        let options = ParseOptions::message();
        let document = Document::parse(envelope, &options)?;
        let element = soap_body(&document)?;
        let sender = registered(ArtifactResolve::read(element)?.issuer, config)?;
        let verified = verify(element, sender.metadata.signing_keys(), &AlgorithmPolicy::modern(), &options)?;
        let request = ArtifactResolve::read(verified.root())?;
        if let (Some(expected), Some(found)) = (&config.artifact_resolution, request.destination)
            && expected != found
        {
            return Err(Refusal::Destination { expected: expected.clone(), found: shorten(found) });
        }
        let artifact = Artifact::parse(request.artifact)?;
        artifact.require_source(&config.entity_id)?;

        let key = artifact.to_base64();
        let issuer = sender.metadata.entity_id();
        let is_of_another = self.0.peek(&key, now).is_some_and(|waiting| waiting.service_provider != issuer);
        let waiting = if is_of_another { None } else { self.0.take(&key, now) };
        let (message, script) = waiting.map(|waiting| (waiting.message, waiting.script)).unzip();
        let script = script.unwrap_or_default();
        let denied = || Failure {
            code: status_codes::REQUESTER.to_owned(),
            second_level: Some(status_codes::REQUEST_DENIED.to_owned()),
            message: None,
        };
        let answer = ArtifactAnswer {
            id: Identifiers::from_random(random_bytes()?).response,
            issuer: config.entity_id.clone(),
            in_response_to: match script.artifact {
                ArtifactFate::AnswersAnother => Identifiers::from_random(random_bytes()?).response,
                _ => request.id.to_owned(),
            },
            issue_instant: script.clock(now),
            failure: is_of_another.then(denied),
            message,
        };
        let envelope = answer.write(config.signing_key(script.key))?;
        Ok(Resolved { envelope, delay: Duration::from_millis(script.resolve_delay_ms.into()) })
    }
}
