use askama::Template;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use saml_bindings::{MessageParameter, PostForm};
use saml_digid::LevelOfAssurance;
use saml_logout::LogoutOutcome;

use crate::authn_request::AcceptedRequest;
use crate::language::Language;
use crate::logout::Login;
use crate::origin::origin;

/// The page on which is chosen who logs in.
#[derive(Template)]
#[template(path = "login.html")]
pub(crate) struct LoginPage<'a> {
    language: Language,
    handle: &'a str,
    service_provider: &'a str,
    requested: Option<&'static str>,
    bsn: &'a str,
    bsn_is_wrong: bool,
    levels: [LevelOption; 4],
}

/// A level that can be chosen.
struct LevelOption {
    value: &'static str,
    name: &'static str,
    selected: bool,
}

/// The page that carries the answer to the portal.
#[derive(Template)]
#[template(path = "answer.html")]
pub(crate) struct AnswerPage<'a> {
    language: Language,
    action: &'a str,
    parameter: &'static str,
    message_base64: String,
    relay_state: Option<&'a str>,
}

/// The page with who is logged in, and a button to log each of them out.
#[derive(Template)]
#[template(path = "sessions.html")]
pub(crate) struct SessionsPage<'a> {
    language: Language,
    logins: Vec<OpenLogin<'a>>,
}

/// A login as the page shows it: not whose it is.
struct OpenLogin<'a> {
    handle: &'a str,
    service_provider: &'a str,
    time: String,
}

/// The page after a logout that began here.
#[derive(Template)]
#[template(path = "logged_out.html")]
pub(crate) struct LoggedOutPage {
    language: Language,
    text: &'static str,
}

/// The page of the broker when something went wrong that the portal does not hear of.
#[derive(Template)]
#[template(path = "error.html")]
pub(crate) struct ErrorPage<'a> {
    language: Language,
    reference: &'a str,
    time: String,
}

impl<'a> LoginPage<'a> {
    pub(crate) fn new(language: Language, handle: &'a str, request: &'a AcceptedRequest) -> Self {
        Self {
            language,
            handle,
            service_provider: request.service_provider.metadata.entity_id(),
            requested: request.level.map(|level| level_name(level, language)),
            bsn: DEFAULT_BSN,
            bsn_is_wrong: false,
            levels: options(request.level.unwrap_or(LevelOfAssurance::Middle), language),
        }
    }

    /// Shows the page again, because `bsn` has not nine digits.
    pub(crate) fn with_wrong_bsn(self, bsn: &'a str, chosen: LevelOfAssurance) -> Self {
        Self { bsn, bsn_is_wrong: true, levels: options(chosen, self.language), ..self }
    }

    pub(crate) fn into_response(self) -> Response {
        page(StatusCode::OK, &self, None)
    }
}

impl<'a> AnswerPage<'a> {
    pub(crate) fn new(language: Language, request: &'a AcceptedRequest, answer: &str) -> Self {
        Self {
            language,
            action: &request.consumer.location,
            parameter: MessageParameter::SamlResponse.name(),
            message_base64: STANDARD.encode(answer),
            // Unlike the binding, the broker sets no limit to its length.
            relay_state: request.relay_state.as_deref(),
        }
    }

    pub(crate) fn of(language: Language, form: &'a PostForm) -> Self {
        let message_base64 = form.message_base64().to_owned();
        let parameter = form.parameter().name();
        Self { language, action: form.action(), parameter, message_base64, relay_state: form.relay_state() }
    }

    pub(crate) fn into_response(self) -> Response {
        page(StatusCode::OK, &self, origin(self.action))
    }
}

impl<'a> SessionsPage<'a> {
    pub(crate) fn new(language: Language, logins: &'a [(String, Login)]) -> Self {
        let shown = logins.iter().map(|(handle, login)| OpenLogin {
            handle,
            service_provider: &login.service_provider,
            time: time(login.at),
        });
        Self { language, logins: shown.collect() }
    }

    pub(crate) fn into_response(self) -> Response {
        page(StatusCode::OK, &self, None)
    }
}

impl LoggedOutPage {
    pub(crate) const fn new(language: Language, outcome: LogoutOutcome) -> Self {
        let text = match outcome {
            LogoutOutcome::Complete => {
                language.pick("De dienst heeft de sessie beëindigd.", "The service ended the session.")
            }
            LogoutOutcome::Partial => language
                .pick("De dienst heeft niet alle sessies beëindigd.", "The service did not end all of the sessions."),
            LogoutOutcome::Failed => {
                language.pick("De dienst heeft de sessie niet beëindigd.", "The service did not end the session.")
            }
        };
        Self { language, text }
    }

    pub(crate) fn into_response(self) -> Response {
        page(StatusCode::OK, &self, None)
    }
}

impl<'a> ErrorPage<'a> {
    pub(crate) fn new(language: Language, reference: &'a str, now: DateTime<Utc>) -> Self {
        Self { language, reference, time: time(now) }
    }

    pub(crate) fn into_response(self) -> Response {
        page(StatusCode::INTERNAL_SERVER_ERROR, &self, None)
    }
}

/// Returns the value of a level in the login form, as the broker's simulator has it.
#[must_use]
pub const fn form_value(level: LevelOfAssurance) -> &'static str {
    match level {
        LevelOfAssurance::Basic => "loa2",
        LevelOfAssurance::Middle => "loa2plus",
        LevelOfAssurance::Substantial => "loa3",
        LevelOfAssurance::High => "loa4",
    }
}

fn options(chosen: LevelOfAssurance, language: Language) -> [LevelOption; 4] {
    LevelOfAssurance::ALL.map(|level| LevelOption {
        value: form_value(level),
        name: level_name(level, language),
        selected: level == chosen,
    })
}

fn time(moment: DateTime<Utc>) -> String {
    moment.format("%d-%m-%Y %H:%M UTC").to_string()
}

const fn level_name(level: LevelOfAssurance, language: Language) -> &'static str {
    language.pick(level.dutch_name(), level.name())
}

/// Returns the stylesheet that all pages share.
pub(crate) fn stylesheet() -> Response {
    asset("text/css; charset=utf-8", include_str!("../assets/style.css"))
}

/// Returns the script that sends the answer without a click.
pub(crate) fn submit_script() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("../assets/submit.js"))
}

fn asset(content_type: &'static str, text: &'static str) -> Response {
    ([(CONTENT_TYPE, content_type), (X_CONTENT_TYPE_OPTIONS, "nosniff")], text).into_response()
}

/// Renders a page; its forms may go to the simulator itself, and to the origin `form_target`.
fn page(status: StatusCode, template: &impl Template, form_target: Option<&str>) -> Response {
    let form_target = form_target.map(|origin| format!(" {origin}")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'{form_target}; \
         base-uri 'none'; frame-ancestors 'none'"
    );
    let (Ok(html), Ok(policy)) = (template.render(), HeaderValue::try_from(policy)) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, policy),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (status, headers, html).into_response()
}

/// A test number that passes the eleven-test.
const DEFAULT_BSN: &str = "900026236";
