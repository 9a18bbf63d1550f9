use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, IntoResponseParts, Redirect, Response};
use saml_bindings::require_form_content_type;
use saml_sp::{LogoutCarrier, LogoutOutcome, LogoutSubject};
use saml_state::{ReplayCache, RequestStore, SessionStore};

use crate::incident::Reference;
use crate::language::Language;
use crate::pages;
use crate::portal::SamlPortal;
use crate::session::Session;

impl<R, C, S> SamlPortal<R, C, S>
where
    R: RequestStore + 'static,
    C: ReplayCache + 'static,
    S: SessionStore<Session> + 'static,
{
    /// Ends the session here, and then, with single logout, asks the identity provider to end its own.
    ///
    /// No token against CSRF is needed: the session cookie is `Lax`, so the form of another site comes without it, and
    /// then nothing is ended and the browser's cookie is left alone.
    pub(crate) async fn logout(State(portal): State<Self>, headers: HeaderMap) -> Response {
        let start_page = Redirect::to(portal.settings().start_page.as_str());
        let Some(id) = portal.cookies().session(&headers) else { return start_page.into_response() };
        let clear = portal.cookies().clear_session();
        match portal.sessions().remove(&id, portal.now()).await {
            Ok(Some(session)) if portal.settings().single_logout => {
                let language = portal.cookies().language(&headers);
                portal.ask_to_end(&session, language, AppendHeaders([(SET_COOKIE, clear)]))
            }
            Ok(_) => (AppendHeaders([(SET_COOKIE, clear)]), start_page).into_response(),
            Err(error) => {
                let reference = Reference::new();
                tracing::error!(code = error.code(), %reference, "session not ended");
                let set = AppendHeaders([(SET_COOKIE, clear)]);
                // Who is told that the session ended may leave the computer to the next.
                (StatusCode::SERVICE_UNAVAILABLE, set, pages::not_logged_out(portal.settings(), &reference))
                    .into_response()
            }
        }
    }

    /// Shows the page that carries the question to the identity provider; where there is none, what ended has ended.
    fn ask_to_end(&self, session: &Session, language: Language, cleared: impl IntoResponseParts) -> Response {
        let subject = LogoutSubject { name_id: &session.name_id, session_index: session.session_index.as_deref() };
        match self.service_provider().logout(subject, self.now()) {
            Ok(start) => {
                let set = AppendHeaders([(SET_COOKIE, self.cookies().set_logout(&start.id))]);
                (cleared, set, pages::ask_to_end(self.settings(), &start.form, language)).into_response()
            }
            Err(error) => {
                tracing::warn!(code = error.code(), "identity provider not asked to end its session: {error}");
                (cleared, pages::logged_out(self.settings(), LogoutOutcome::Partial)).into_response()
            }
        }
    }

    /// Takes the answer of the identity provider by HTTP-Redirect.
    pub(crate) async fn single_logout_redirect(
        State(portal): State<Self>,
        headers: HeaderMap,
        RawQuery(query): RawQuery,
    ) -> Response {
        portal.answered(&headers, LogoutCarrier::Redirect(&query.unwrap_or_default()))
    }

    /// Takes the answer of the identity provider by HTTP-POST.
    pub(crate) async fn single_logout_post(State(portal): State<Self>, headers: HeaderMap, body: Bytes) -> Response {
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match require_form_content_type(content_type) {
            Ok(()) => portal.answered(&headers, LogoutCarrier::Post(&body)),
            Err(error) => portal.unanswered(error.code()),
        }
    }

    /// Tells what ended, and nothing else: wherever the answer would lead, it is not followed (ATT-178).
    fn answered(&self, headers: &HeaderMap, carrier: LogoutCarrier<'_>) -> Response {
        let (request_id, url) = (self.cookies().logout(headers), self.settings().single_logout_url());
        match self.service_provider().single_logout_service(carrier, request_id, &url, self.now()).verdict {
            Ok(outcome) => {
                tracing::info!(is_complete = outcome == LogoutOutcome::Complete, "logout finished");
                let cleared = AppendHeaders([(SET_COOKIE, self.cookies().clear_logout())]);
                (cleared, pages::logged_out(self.settings(), outcome)).into_response()
            }
            Err(error) => self.unanswered(error.code()),
        }
    }

    fn unanswered(&self, code: &'static str) -> Response {
        tracing::warn!(code, "answer to a logout refused");
        (StatusCode::FORBIDDEN, pages::logged_out(self.settings(), LogoutOutcome::Partial)).into_response()
    }
}
