use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{FormRejection, JsonRejection};
use axum::extract::{Form, Json, RawQuery, State};
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post, put};
use chrono::{DateTime, Utc};
use saml_bindings::require_form_content_type;
use saml_digid::LevelOfAssurance;
use saml_forge::{Failure, Identifiers};
use saml_protocol::Binding;
use saml_xml_security::random_bytes;
use serde::Deserialize;
use tokio::time::sleep;

use crate::answer;
use crate::artifacts::Artifacts;
use crate::authn_request::AcceptedRequest;
use crate::config::{ARTIFACT_RESOLUTION_PATH, SimulatorConfig};
use crate::kept::Kept;
use crate::language::Language;
use crate::logout::{Next, Sessions};
use crate::pages::{
    AnswerPage, ErrorPage, LoggedOutPage, LoginPage, SessionsPage, form_value, stylesheet, submit_script,
};
use crate::refusal::Refusal;
use crate::script::{KeyChoice, NextLogin, Script, ScriptedOutcome};

/// Returns the routes of a simulator; what it remembers is in memory, and gone with the router.
///
/// It is to be served at the base URL of the configuration.
///
/// ```
/// use chrono::DateTime;
/// use saml_metadata::Metadata;
/// use saml_simulator::{SimulatorConfig, router};
/// use saml_xml_security::SigningKey;
///
/// let key = SigningKey::generate_self_signed(2048, "simulator", 0, 4_000_000_000)?;
/// let config = SimulatorConfig::new("http://127.0.0.1:8081", key, Vec::new(), || DateTime::UNIX_EPOCH)?;
/// let broker = Metadata::parse_unverified(config.metadata().as_bytes())?.identity_provider()?;
/// assert_eq!(broker.entity_id(), "http://127.0.0.1:8081/broker/sp/saml");
///
/// let routes = router(config);
/// # let _ = routes;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn router(config: SimulatorConfig) -> Router {
    routers(config).browser
}

/// The routes of one simulator, at the places that they are served.
#[derive(Debug)]
#[non_exhaustive]
pub struct Routers {
    /// What a browser comes to, at the base URL of the configuration.
    pub browser: Router,
    /// What a portal asks over the back channel: to be served where
    /// [`SimulatorConfig::with_artifact_resolution`] says, by a [`BackChannelListener`](crate::BackChannelListener).
    pub back_channel: Router,
    /// Where tests say what the next login does ([scripted logins](crate#scripted-logins)): to be served on a loopback
    /// address, and only where that is wanted, since whoever comes to it can log in as anybody.
    pub control: Router,
}

/// Returns the routes of a simulator for browsers, for the back channel and for tests, which remember the same.
pub fn routers(config: SimulatorConfig) -> Routers {
    let simulator = Arc::new(Simulator {
        config,
        next_login: NextLogin::default(),
        logins: Kept::default(),
        sessions: Sessions::default(),
        artifacts: Artifacts::default(),
    });
    let browser = Router::new()
        .route("/broker/sp/saml/metadata", get(metadata))
        .route("/broker/sp/saml/login", get(redirect_login).post(post_login))
        .route("/broker/authn/simulator/authenticate/digid", get(login_page).post(log_in))
        .route("/broker/authn/simulator/authenticate/digid/cancel", post(cancel))
        .route("/broker/authn/simulator/authenticate/digid/error", post(fail))
        .route("/broker/sp/saml/logout", post(take_logout))
        .route("/broker/authn/simulator/sessions", get(sessions).post(end_session))
        .route("/assets/style.css", get(async || stylesheet()))
        .route("/assets/submit.js", get(async || submit_script()))
        .with_state(Arc::clone(&simulator));
    let control = Router::new().route("/next-login", put(script_login)).with_state(Arc::clone(&simulator));
    let back_channel = Router::new().route(ARTIFACT_RESOLUTION_PATH, post(resolve_artifact)).with_state(simulator);
    Routers { browser, back_channel, control }
}

struct Simulator {
    config: SimulatorConfig,
    next_login: NextLogin,
    /// The requests whose login page is open, by the handle in that page.
    logins: Kept<AcceptedRequest>,
    sessions: Sessions,
    artifacts: Artifacts,
}

/// The fields of the login form. It has no `Debug`: it holds a BSN.
#[derive(Deserialize)]
struct LoginForm {
    handle: String,
    lang: String,
    bsn: String,
    loa: String,
}

/// The fields that every button of the form sends, whichever it is.
#[derive(Deserialize)]
struct FailureForm {
    handle: String,
    lang: String,
}

async fn metadata(State(simulator): State<Arc<Simulator>>) -> Response {
    ([(CONTENT_TYPE, "application/samlmetadata+xml")], simulator.config.metadata().to_owned()).into_response()
}

async fn redirect_login(
    State(simulator): State<Arc<Simulator>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = query.unwrap_or_default();
    let request = AcceptedRequest::from_redirect(&query, &simulator.config);
    simulator.begin(request, Language::from_query(&query), &headers)
}

async fn post_login(
    State(simulator): State<Arc<Simulator>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let request = require_form_content_type(content_type)
        .map_err(Refusal::from)
        .and_then(|()| AcceptedRequest::from_post(&body, &simulator.config));
    simulator.begin(request, query.as_deref().and_then(Language::from_query), &headers)
}

async fn login_page(
    State(simulator): State<Arc<Simulator>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = query.unwrap_or_default();
    let language = choose(Language::from_query(&query), &headers);
    let handle = query.split('&').find_map(|field| field.strip_prefix("handle=")).unwrap_or_default();
    match simulator.logins.peek(handle, simulator.now()) {
        Some(request) => LoginPage::new(language, handle, &request).into_response(),
        None => simulator.refuse(&Refusal::LoginUnknown, language),
    }
}

async fn log_in(
    State(simulator): State<Arc<Simulator>>,
    headers: HeaderMap,
    form: Result<Form<LoginForm>, FormRejection>,
) -> Response {
    let Ok(Form(form)) = form else { return simulator.refuse(&Refusal::Form, choose(None, &headers)) };
    let language = choose(Language::from_tag(&form.lang), &headers);
    let Some(level) = LevelOfAssurance::ALL.into_iter().find(|level| form_value(*level) == form.loa) else {
        return simulator.refuse(&Refusal::Form, language);
    };
    let now = simulator.now();
    // The eleven-test is the portal's to make: a number that fails it shows whether it does.
    if form.bsn.len() != 9 || !form.bsn.bytes().all(|byte| byte.is_ascii_digit()) {
        return match simulator.logins.peek(&form.handle, now) {
            Some(request) => {
                LoginPage::new(language, &form.handle, &request).with_wrong_bsn(&form.bsn, level).into_response()
            }
            None => simulator.refuse(&Refusal::LoginUnknown, language),
        };
    }
    simulator.finish(&form.handle, language, "login", |request| {
        answer::logged_in(request, &form.bsn, level, &simulator.config, now)
    })
}

async fn cancel(
    State(simulator): State<Arc<Simulator>>,
    headers: HeaderMap,
    form: Result<Form<FailureForm>, FormRejection>,
) -> Response {
    simulator.finish_failed(form, &headers, "cancel", Failure::cancelled())
}

async fn fail(
    State(simulator): State<Arc<Simulator>>,
    headers: HeaderMap,
    form: Result<Form<FailureForm>, FormRejection>,
) -> Response {
    simulator.finish_failed(form, &headers, "error", Failure::request_denied())
}

async fn take_logout(State(simulator): State<Arc<Simulator>>, headers: HeaderMap, body: Bytes) -> Response {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let next = require_form_content_type(content_type)
        .map_err(Refusal::from)
        .and_then(|()| simulator.sessions.take(&body, &simulator.config, simulator.now()));
    simulator.go_on(next, choose(None, &headers))
}

async fn sessions(State(simulator): State<Arc<Simulator>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let language = choose(query.as_deref().and_then(Language::from_query), &headers);
    SessionsPage::new(language, &simulator.sessions.all(simulator.now())).into_response()
}

async fn end_session(
    State(simulator): State<Arc<Simulator>>,
    headers: HeaderMap,
    form: Result<Form<FailureForm>, FormRejection>,
) -> Response {
    let Ok(Form(form)) = form else { return simulator.refuse(&Refusal::Form, choose(None, &headers)) };
    let next = simulator.sessions.end(&form.handle, &simulator.config, simulator.now());
    simulator.go_on(next, choose(Language::from_tag(&form.lang), &headers))
}

async fn resolve_artifact(State(simulator): State<Arc<Simulator>>, body: Bytes) -> Response {
    let answer = simulator.artifacts.resolve(&body, &simulator.config, simulator.now());
    let (status, envelope) = match answer {
        Ok(resolved) => {
            sleep(resolved.delay).await;
            tracing::info!("simulator resolved an artifact");
            (StatusCode::OK, resolved.envelope)
        }
        Err(refusal) => {
            tracing::warn!(code = refusal.code(), "simulator refused an ArtifactResolve: {refusal}");
            (StatusCode::INTERNAL_SERVER_ERROR, FAULT.to_owned())
        }
    };
    (status, [(CONTENT_TYPE, "text/xml; charset=utf-8")], envelope).into_response()
}

/// Takes the script of the next login. A page of another site cannot send one: with this method and this content type a
/// browser asks first, and nobody answers that it may.
async fn script_login(
    State(simulator): State<Arc<Simulator>>,
    script: Result<Json<Script>, JsonRejection>,
) -> Response {
    match script {
        Ok(Json(script)) if script.key == KeyChoice::Next && simulator.config.next_key.is_none() => {
            (StatusCode::UNPROCESSABLE_ENTITY, "expected a simulator with a next key, found one without")
                .into_response()
        }
        Ok(Json(script)) => {
            simulator.next_login.set(script);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(rejection) => (rejection.status(), rejection.body_text()).into_response(),
    }
}

impl Simulator {
    fn now(&self) -> DateTime<Utc> {
        (self.config.clock)()
    }

    /// Shows the login page for a request, unless a script says how the login ends.
    fn begin(
        &self,
        request: Result<AcceptedRequest, Refusal>,
        asked: Option<Language>,
        headers: &HeaderMap,
    ) -> Response {
        let mut request = match request {
            Ok(request) => request,
            Err(refusal) => return self.refuse(&refusal, choose(asked, headers)),
        };
        let language = choose(asked.or(request.language), headers);
        request.script = self.next_login.take();
        if let Some(outcome) = request.script.outcome.take() {
            return self.follow(&request, outcome, language);
        }
        let random = match random_bytes::<16>() {
            Ok(random) => random,
            Err(error) => return self.refuse(&error.into(), language),
        };
        let handle: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        self.logins.add(handle.clone(), request.clone(), self.now());
        LoginPage::new(language, &handle, &request).into_response()
    }

    /// Ends a login as its script says.
    fn follow(&self, request: &AcceptedRequest, outcome: ScriptedOutcome, language: Language) -> Response {
        let (config, now) = (&self.config, self.now());
        let (name, answer) = match outcome {
            ScriptedOutcome::LogIn(login) => {
                ("login", answer::logged_in(request, login.bsn.expose(), login.level, config, now))
            }
            ScriptedOutcome::Cancel => ("cancel", answer::failed(request, Failure::cancelled(), config, now)),
            ScriptedOutcome::Error => ("error", answer::failed(request, Failure::request_denied(), config, now)),
            ScriptedOutcome::NoAuthnContext => {
                ("error", answer::failed(request, Failure::no_authn_context(), config, now))
            }
            ScriptedOutcome::Responder => {
                let bare = Failure { second_level: None, ..Failure::request_denied() };
                ("error", answer::failed(request, bare, config, now))
            }
        };
        self.deliver(request, name, answer, language)
    }

    /// Ends a login of the login page.
    fn finish(
        &self,
        handle: &str,
        language: Language,
        outcome: &'static str,
        write: impl FnOnce(&AcceptedRequest) -> Result<String, Refusal>,
    ) -> Response {
        match self.logins.take(handle, self.now()) {
            Some(request) => self.deliver(&request, outcome, write(&request), language),
            None => self.refuse(&Refusal::LoginUnknown, language),
        }
    }

    /// Brings an answer to the portal: by a page that carries it, or by its artifact.
    fn deliver(
        &self,
        request: &AcceptedRequest,
        outcome: &'static str,
        answer: Result<String, Refusal>,
        language: Language,
    ) -> Response {
        let remembered = answer.and_then(|answer| {
            let service_provider = request.service_provider.metadata.entity_id();
            self.sessions.remember(service_provider, &answer, self.now()).map(|()| answer)
        });
        let answered = remembered.and_then(|answer| match request.consumer.binding {
            Binding::HttpArtifact => {
                let url = self.artifacts.keep(request, answer, &self.config, self.now())?;
                Ok(Redirect::to(&url).into_response())
            }
            _ => Ok(AnswerPage::new(language, request, &answer).into_response()),
        });
        match answered {
            Ok(response) => {
                let service_provider = request.service_provider.metadata.entity_id();
                tracing::info!(service_provider, outcome, "simulator answered");
                response
            }
            Err(refusal) => self.refuse(&refusal, language),
        }
    }

    fn finish_failed(
        &self,
        form: Result<Form<FailureForm>, FormRejection>,
        headers: &HeaderMap,
        outcome: &'static str,
        failure: Failure,
    ) -> Response {
        let Ok(Form(form)) = form else { return self.refuse(&Refusal::Form, choose(None, headers)) };
        let language = choose(Language::from_tag(&form.lang), headers);
        self.finish(&form.handle, language, outcome, |request| {
            answer::failed(request, failure, &self.config, self.now())
        })
    }

    /// Lets the browser go on with a logout.
    fn go_on(&self, next: Result<Next, Refusal>, language: Language) -> Response {
        match next {
            Ok(Next::Post(form)) => AnswerPage::of(language, &form).into_response(),
            Ok(Next::Redirect(url)) => Redirect::to(&url).into_response(),
            Ok(Next::Finished(outcome)) => {
                tracing::info!(outcome = outcome.as_str(), "simulator logged somebody out");
                LoggedOutPage::new(language, outcome).into_response()
            }
            Err(refusal) => self.refuse(&refusal, language),
        }
    }

    /// Shows a reference to the user, and writes the reason beside it in the log.
    fn refuse(&self, refusal: &Refusal, language: Language) -> Response {
        let reference = random_bytes().map(Identifiers::from_random).map(|identifiers| identifiers.session_index);
        let reference = reference.unwrap_or_default();
        tracing::warn!(reference, code = refusal.code(), "simulator refused: {refusal}");
        ErrorPage::new(language, &reference, self.now()).into_response()
    }
}

/// Chooses the language that is asked for, else one that the browser prefers, else Dutch.
fn choose(asked: Option<Language>, headers: &HeaderMap) -> Language {
    let accepted = || Language::from_accept_language(headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?);
    asked.or_else(accepted).unwrap_or(Language::Dutch)
}

/// Why an `ArtifactResolve` is not answered stands in the log.
const FAULT: &str = "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><soap:Fault>\
    <faultcode>soap:Client</faultcode><faultstring>refused</faultstring></soap:Fault></soap:Body></soap:Envelope>";
