use chrono::{DateTime, Utc};
use saml_bindings::{MessageParameter, PostForm};
use saml_logout::{
    LogoutOutcome, LogoutPolicy, NewLogoutRequest, NewLogoutResponse, ReceivedLogoutRequest, ReceivedLogoutResponse,
    UnsignedLogout,
};
use saml_metadata::ServiceProvider;
use saml_protocol::{Assertion, Binding, Response, ResponseAssertion, Status};
use saml_response::{SubjectNameId, Trace, TrustedSender};
use saml_state::{PendingRequest, RelayState, RequestId, ReturnPath};
use saml_xml::{Document, ParseOptions};
use saml_xml_security::{SignatureAlgorithm, random_bytes};

use crate::authn_request::registered;
use crate::config::SimulatorConfig;
use crate::kept::Kept;
use crate::refusal::Refusal;

/// Who is logged in, and which logouts the simulator asked for.
#[derive(Default)]
pub(crate) struct Sessions {
    /// By the handle that the page with the sessions has.
    logins: Kept<Login>,
    /// By the ID of the request.
    asked: Kept<PendingRequest>,
}

/// A login that was answered: what a logout must name of it. It has no `Debug`: the name may be a BSN.
#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) service_provider: String,
    pub(crate) at: DateTime<Utc>,
    name_id: SubjectNameId,
    session_index: Option<String>,
}

/// What a browser does next.
pub(crate) enum Next {
    Post(PostForm),
    Redirect(String),
    /// The service provider answered our request.
    Finished(LogoutOutcome),
}

impl Sessions {
    /// Remembers the login in an answer; one that failed, or that says nothing in plain text, is none.
    pub(crate) fn remember(&self, service_provider: &str, answer: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        let document = Document::parse(answer.as_bytes(), &ParseOptions::message())?;
        let (_, ResponseAssertion::Plain(assertion)) = Response::read(document.root())? else { return Ok(()) };
        let assertion = Assertion::read(assertion)?;
        let Some(name_id) = assertion.subject.and_then(|subject| subject.name_id) else { return Ok(()) };
        let session_index = assertion.authn_statements.first().and_then(|statement| statement.session_index);
        let login = Login {
            service_provider: service_provider.to_owned(),
            at: now,
            name_id: name_id.into(),
            session_index: session_index.map(str::to_owned),
        };
        self.logins.add(handle()?, login, now);
        Ok(())
    }

    /// Returns who is logged in, the last first, by the handle that ends it.
    pub(crate) fn all(&self, now: DateTime<Utc>) -> Vec<(String, Login)> {
        let mut all = self.logins.all(now);
        all.sort_by(|(one, first), (other, second)| second.at.cmp(&first.at).then_with(|| one.cmp(other)));
        all
    }

    /// Ends a login and asks its service provider to end the session there.
    pub(crate) fn end(&self, handle: &str, config: &SimulatorConfig, now: DateTime<Utc>) -> Result<Next, Refusal> {
        let login = self.logins.peek(handle, now).ok_or(Refusal::LoginUnknown)?;
        let metadata = &registered(&login.service_provider, config)?.metadata;
        // Not by HTTP-Redirect: a NameID must not stand in a URL.
        let destination = metadata.single_logout_location(Binding::HttpPost).ok_or(Refusal::SingleLogoutService)?;
        let pending = PendingRequest {
            id: RequestId::from_random(random_bytes()?),
            issued_at: now,
            identity_provider: login.service_provider.clone(),
            assertion_consumer_service: config.logout_url.clone(),
            requested_level: None,
            force_authn: false,
            return_to: ReturnPath::parse("/").map_err(|_| Refusal::LoginUnknown)?,
            relay_state: RelayState::from_random(random_bytes()?),
        };
        let request = NewLogoutRequest {
            issuer: &config.entity_id,
            destination,
            name_id: &login.name_id,
            session_index: login.session_index.as_deref(),
            relay_state: Some(pending.relay_state.as_str()),
            algorithm: SignatureAlgorithm::RsaSha256,
        };
        let request = request.create(&pending.id, now)?;
        let next = send(request, Binding::HttpPost, config)?;
        // What can fail has not: from here on the login is over on both sides.
        self.logins.take(handle, now);
        self.asked.add(pending.id.as_str().to_owned(), pending, now);
        Ok(next)
    }

    /// Takes the logout message in the body of a form: answers a request, or ends what was asked.
    pub(crate) fn take(&self, body: &[u8], config: &SimulatorConfig, now: DateTime<Utc>) -> Result<Next, Refusal> {
        match MessageParameter::carried(body) {
            Some(MessageParameter::SamlResponse) => self.finish(body, config, now),
            _ => self.answer(body, config, now),
        }
    }

    /// Ends the logins that a request of their service provider names, and answers at the first place that its metadata
    /// names.
    ///
    /// A name that differs in format or qualifier from the one that was asserted is somebody else's, as with identity
    /// providers that are strict (SAML Core 3.3.4). Where nobody is logged in, there is nothing to end.
    fn answer(&self, body: &[u8], config: &SimulatorConfig, now: DateTime<Utc>) -> Result<Next, Refusal> {
        let (policy, mut trace) = (LogoutPolicy::signed(), Trace::failures_only());
        let received = ReceivedLogoutRequest::from_post(body, &mut trace)?;
        let metadata = &registered(received.issuer().unwrap_or_default(), config)?.metadata;
        let request = received.authenticate(&sender(metadata), &policy, &mut trace)?;
        let request = request.validate(&config.logout_url, now, &mut trace)?;

        let endpoints = metadata.single_logout().iter();
        let mut by_browser = endpoints.filter(|endpoint| endpoint.binding != Binding::Soap);
        let binding = by_browser.next().ok_or(Refusal::SingleLogoutService)?.binding;
        let destination = metadata.single_logout_answer_location(binding).ok_or(Refusal::SingleLogoutService)?;
        for (handle, login) in self.logins.all(now) {
            let is_named = request.session_indexes().is_empty()
                || login.session_index.is_some_and(|index| request.session_indexes().contains(&index));
            if login.service_provider == request.issuer() && login.name_id == *request.name_id() && is_named {
                self.logins.take(&handle, now);
            }
        }
        let response = NewLogoutResponse {
            issuer: &config.entity_id,
            destination: Some(destination),
            in_response_to: request.id(),
            status: Status::success(),
            relay_state: request.relay_state(),
            algorithm: SignatureAlgorithm::RsaSha256,
        };
        send(response.create(&RequestId::from_random(random_bytes()?), now)?, binding, config)
    }

    fn finish(&self, body: &[u8], config: &SimulatorConfig, now: DateTime<Utc>) -> Result<Next, Refusal> {
        let (policy, mut trace) = (LogoutPolicy::signed(), Trace::failures_only());
        let received = ReceivedLogoutResponse::from_post(body, &mut trace)?;
        let id = received.in_response_to().unwrap_or_default().to_owned();
        let pending = self.asked.peek(&id, now).ok_or(Refusal::LoginUnknown)?;
        let metadata = &registered(&pending.identity_provider, config)?.metadata;
        let response = received.authenticate(&sender(metadata), &policy, &mut trace)?;
        let response = response.validate(&pending, &config.logout_url, now, &mut trace)?;
        self.asked.take(&id, now);
        Ok(Next::Finished(response.outcome()))
    }
}

fn send(message: UnsignedLogout, binding: Binding, config: &SimulatorConfig) -> Result<Next, Refusal> {
    Ok(match binding {
        Binding::HttpPost => Next::Post(message.post(&config.key)?),
        Binding::HttpRedirect => Next::Redirect(message.redirect(&config.key)?),
        _ => return Err(Refusal::SingleLogoutService),
    })
}

fn sender(metadata: &ServiceProvider) -> TrustedSender<'_> {
    TrustedSender { entity_id: metadata.entity_id(), keys: metadata.signing_keys() }
}

fn handle() -> Result<String, Refusal> {
    let random = random_bytes::<16>()?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}
