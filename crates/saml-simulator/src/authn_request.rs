use saml_bindings::{MessageParameter, decode_post, decode_redirect};
use saml_digid::{LevelOfAssurance, SIMULATOR};
use saml_metadata::{Endpoint, ServiceProvider};
use saml_protocol::{AssertionConsumerService, AuthnRequest, Binding};
use saml_xml::{Document, ParseOptions};
use saml_xml_security::{AlgorithmPolicy, verify};

use crate::config::{RegisteredServiceProvider, SimulatorConfig};
use crate::language::Language;
use crate::origin::origin;
use crate::refusal::{Refusal, shorten};
use crate::script::Script;

/// A request that a registered service provider signed, down to what its answer needs.
#[derive(Clone, Debug)]
pub(crate) struct AcceptedRequest {
    pub(crate) service_provider: RegisteredServiceProvider,
    pub(crate) id: String,
    /// Where the answer goes, and how.
    pub(crate) consumer: Endpoint,
    pub(crate) relay_state: Option<String>,
    /// The level that is asked for at least.
    pub(crate) level: Option<LevelOfAssurance>,
    /// The language that the request asks for.
    pub(crate) language: Option<Language>,
    /// What is different about this login.
    pub(crate) script: Script,
}

impl AcceptedRequest {
    /// Takes a request from the query string of an HTTP-Redirect.
    pub(crate) fn from_redirect(query: &str, config: &SimulatorConfig) -> Result<Self, Refusal> {
        let message = decode_redirect(query, MessageParameter::SamlRequest)?;
        let document = Document::parse(message.xml(), &ParseOptions::message())?;
        let request = AuthnRequest::read(document.root())?;
        let service_provider = registered(request.issuer, config)?;
        message.verify(service_provider.metadata.signing_keys(), &AlgorithmPolicy::modern())?;
        Self::accept(&request, service_provider, message.relay_state(), config)
    }

    /// Takes a request from the body of an HTTP-POST.
    pub(crate) fn from_post(body: &[u8], config: &SimulatorConfig) -> Result<Self, Refusal> {
        let message = decode_post(body, MessageParameter::SamlRequest)?;
        let options = ParseOptions::message();
        let document = Document::parse(message.xml(), &options)?;
        let service_provider = registered(AuthnRequest::read(document.root())?.issuer, config)?;
        let keys = service_provider.metadata.signing_keys();
        let verified = verify(document.root(), keys, &AlgorithmPolicy::modern(), &options)?;
        Self::accept(&AuthnRequest::read(verified.root())?, service_provider, message.relay_state(), config)
    }

    fn accept(
        request: &AuthnRequest<'_>,
        service_provider: &RegisteredServiceProvider,
        relay_state: Option<&str>,
        config: &SimulatorConfig,
    ) -> Result<Self, Refusal> {
        // A signed message names where it goes (SAML Bindings 3.4.5.2 and 3.5.5.2).
        if request.destination != Some(&config.login_url) {
            let found = shorten(request.destination.unwrap_or("nothing"));
            return Err(Refusal::Destination { expected: config.login_url.clone(), found });
        }
        // The real broker finds an unregistered URL only after the user logged in; the page is the same.
        let consumer = consumer_service(request, &service_provider.metadata, config)?;
        if !request.scoping.is_empty() && !request.scoping.iter().any(|name| SCOPES.contains(name)) {
            return Err(Refusal::Scoping { found: shorten(&request.scoping.join(", ")) });
        }
        Ok(Self {
            service_provider: service_provider.clone(),
            id: request.id.to_owned(),
            consumer,
            relay_state: relay_state.map(str::to_owned),
            level: requested_level(request)?,
            language: requested_language(request),
            script: Script::default(),
        })
    }
}

/// Finds the service provider that a message says to be from, by what nobody vouches for yet.
pub(crate) fn registered<'c>(
    issuer: &str,
    config: &'c SimulatorConfig,
) -> Result<&'c RegisteredServiceProvider, Refusal> {
    let found = config.service_providers.iter().find(|known| known.metadata.entity_id() == issuer);
    let known = found.ok_or_else(|| Refusal::ServiceProviderUnknown { found: shorten(issuer) })?;
    known.metadata.check_valid((config.clock)())?;
    Ok(known)
}

/// Returns where the answer goes: one of the registered metadata, with HTTP-POST, or with HTTP-Artifact where there is
/// a back channel.
fn consumer_service(
    request: &AuthnRequest<'_>,
    service_provider: &ServiceProvider,
    config: &SimulatorConfig,
) -> Result<Endpoint, Refusal> {
    let mut services = service_provider.assertion_consumer_services().iter();
    let (service, asked) = match request.assertion_consumer_service {
        AssertionConsumerService::Default => {
            (service_provider.default_assertion_consumer_service(), "the default".to_owned())
        }
        AssertionConsumerService::Index(index) => {
            (services.find(|service| service.index == index), format!("index {index}"))
        }
        AssertionConsumerService::Url { url, binding } => {
            let fits = |registered| binding.is_none_or(|asked| asked == registered);
            (services.find(|service| service.location == url && fits(service.binding)), shorten(url))
        }
    };
    let is_served = |binding| match binding {
        Binding::HttpPost => true,
        Binding::HttpArtifact => config.artifact_resolution.is_some(),
        _ => false,
    };
    match service {
        Some(service) if is_served(service.binding) && origin(&service.location).is_some() => {
            Ok(Endpoint { binding: service.binding, location: service.location.clone() })
        }
        _ => Err(Refusal::AssertionConsumerService { found: asked }),
    }
}

/// Returns the lowest level that is asked for; whatever the comparison, the broker takes it as the least.
fn requested_level(request: &AuthnRequest<'_>) -> Result<Option<LevelOfAssurance>, Refusal> {
    let Some(context) = &request.requested_authn_context else { return Ok(None) };
    let known = context.class_refs.iter().filter_map(|class_ref| LevelOfAssurance::from_uri(class_ref));
    known.min().map(Some).ok_or(Refusal::LevelUnknown)
}

fn requested_language(request: &AuthnRequest<'_>) -> Option<Language> {
    let parameter = request.requested_attributes.iter().find(|attribute| attribute.name == LANGUAGE_PARAMETER)?;
    parameter.values.first().and_then(|tag| Language::from_tag(tag))
}

/// The names of the identity providers behind this broker, as `ProviderID` names them.
const SCOPES: [&str; 2] = ["digid", SIMULATOR];
const LANGUAGE_PARAMETER: &str = "signicat:param:language";
