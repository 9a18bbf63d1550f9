use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use saml_digid::{LevelOfAssurance, ProfileName};
use saml_sp::{Dispatch, LoginOptions};
use saml_state::{BrowserBinding, ReplayCache, RequestStore, ReturnPath, SessionStore};
use saml_xml_security::random_bytes;
use serde::Deserialize;

use crate::cancelled::unmarked;
use crate::events::Event;
use crate::incident::Reference;
use crate::language::Language;
use crate::pages;
use crate::portal::SamlPortal;
use crate::session::Session;

/// What the link or form of the start page says.
#[derive(Deserialize)]
pub(crate) struct LoginQuery {
    level: Option<String>,
    return_to: Option<String>,
    lang: Option<String>,
}

impl<R, C, S> SamlPortal<R, C, S>
where
    R: RequestStore + 'static,
    C: ReplayCache + 'static,
    S: SessionStore<Session> + 'static,
{
    /// Begins a login: `level` by name (at Stelsel Toegang, none), `return_to` a local path, `lang` the code of a
    /// language.
    ///
    /// What is none of these is refused with status 400, not corrected.
    pub(crate) async fn login(
        State(portal): State<Self>,
        headers: HeaderMap,
        query: Result<Query<LoginQuery>, QueryRejection>,
    ) -> Response {
        let query = query.ok().map(|Query(query)| query);
        let Some((options, level, return_to, language)) = query.and_then(|query| portal.read(query)) else {
            return pages::bad_request(portal.settings()).into_response();
        };
        let cookies = portal.cookies();
        // One binding serves all tabs of a browser, so that they do not push each other out.
        let browser = match cookies.browser(&headers) {
            Some(browser) => browser,
            None => match random_bytes() {
                Ok(random) => BrowserBinding::from_random(random),
                Err(error) => return portal.not_begun(error.code(), language),
            },
        };
        let dispatch = match portal.service_provider().login(&browser, &options, return_to, portal.now()).await {
            Ok(dispatch) => dispatch,
            Err(error) => return portal.not_begun(error.code(), language),
        };
        portal.tell(&Event::LoginStarted { level: level.map(LevelOfAssurance::name), profile: portal.profile() });
        portal.tell_what_expires();
        let set =
            AppendHeaders([(SET_COOKIE, cookies.set_browser(&browser)), (SET_COOKIE, cookies.set_language(language))]);
        match dispatch {
            Dispatch::Form(form) => (set, pages::post_login(portal.settings(), &form, language)).into_response(),
            Dispatch::Redirect(url) => (set, Redirect::to(&url)).into_response(),
        }
    }

    fn read(&self, query: LoginQuery) -> Option<(LoginOptions, Option<LevelOfAssurance>, ReturnPath, Language)> {
        // A form sends an empty value for a field that was left alone.
        let given = |value: Option<String>| value.filter(|value| !value.is_empty());
        let mut options = LoginOptions::default();
        let service_provider = self.service_provider();
        let configuration = service_provider.configuration();
        let profile = configuration.profile().name();
        let level = given(query.level).map(|name| LevelOfAssurance::from_name(&name).ok_or(())).transpose().ok()?;
        if let Some(level) = level {
            // ST-SAML 1.0, AuthnRequest: the service catalogue fixes the level, and no answer could be compared with
            // another.
            if profile == ProfileName::StSaml {
                return None;
            }
            // No floor holds there: the class must be exactly the one that was asked for, so that who chooses it in a
            // link would choose how little is enough.
            let class = level.authn_context_class();
            let configured = configuration.settings().requested_level();
            if profile == ProfileName::WebSso && configured.is_some_and(|configured| configured != class) {
                return None;
            }
            options = options.with_level(class);
        }
        let language = match given(query.lang) {
            Some(code) => Language::from_code(&code)?,
            None => Language::default(),
        };
        // Only the broker knows the extension that says it.
        if profile == ProfileName::SignicatBroker {
            options = options.with_language(language.code());
        }
        let return_to = match given(query.return_to) {
            Some(path) => ReturnPath::parse(&unmarked(&ReturnPath::parse(&path).ok()?)).ok()?,
            None => self.settings().start_page.clone(),
        };
        Some((options, level, return_to, language))
    }

    /// Shows the fixed error text. Any site can send a browser here, and must not log anybody out.
    fn not_begun(&self, code: &'static str, language: Language) -> Response {
        let reference = Reference::new();
        self.tell(&Event::LoginNotBegun { code, reference: &reference });
        (StatusCode::SERVICE_UNAVAILABLE, pages::failed(self.settings(), &reference, language)).into_response()
    }
}
