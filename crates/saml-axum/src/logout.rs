use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use saml_state::{ReplayCache, RequestStore, SessionStore};

use crate::incident::Reference;
use crate::pages;
use crate::portal::SamlPortal;
use crate::session::Session;

impl<R, C, S> SamlPortal<R, C, S>
where
    R: RequestStore + 'static,
    C: ReplayCache + 'static,
    S: SessionStore<Session> + 'static,
{
    /// Ends the session here; the one at the identity provider goes on.
    ///
    /// No token against CSRF is needed: the session cookie is `Lax`, so the form of another site comes without it, and
    /// then nothing is ended and the browser's cookie is left alone.
    pub(crate) async fn logout(State(portal): State<Self>, headers: HeaderMap) -> Response {
        let start_page = Redirect::to(portal.settings().start_page.as_str());
        match portal.end_session(&headers).await {
            Ok(true) => (AppendHeaders([(SET_COOKIE, portal.cookies().clear_session())]), start_page).into_response(),
            Ok(false) => start_page.into_response(),
            Err(error) => {
                let reference = Reference::new();
                tracing::error!(code = error.code(), %reference, "session not ended");
                let set = AppendHeaders([(SET_COOKIE, portal.cookies().clear_session())]);
                // Who is told that the session ended may leave the computer to the next.
                (StatusCode::SERVICE_UNAVAILABLE, set, pages::not_logged_out(portal.settings(), &reference))
                    .into_response()
            }
        }
    }
}
