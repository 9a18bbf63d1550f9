use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use saml_sp::{Dispatch, LogoutOutcome};
use saml_state::{BrowserBinding, ReplayCache, RequestStore, SessionStore};
use saml_xml_security::random_bytes;

use crate::events::{Began, Ended, Event};
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
    /// Ends the session here, and then, where single logout is configured, sends the browser to end the one at the
    /// identity provider.
    ///
    /// No token against CSRF is needed: the session cookie is `Lax`, so the form of another site comes without it, and
    /// then nothing is ended and the browser's cookie is left alone.
    pub(crate) async fn logout(State(portal): State<Self>, headers: HeaderMap) -> Response {
        let start_page = Redirect::to(portal.settings().start_page.as_str());
        if portal.cookies().session(&headers).is_none() {
            return start_page.into_response();
        }
        let ended = portal.end_session(&headers).await;
        let set = AppendHeaders([(SET_COOKIE, portal.cookies().clear_session())]);
        match ended {
            Ok(Some(session)) if portal.service_provider().configuration().single_logout().is_some() => {
                (set, portal.tell_identity_provider(&headers, &session).await).into_response()
            }
            Ok(session) => {
                if session.is_some() {
                    portal.tell(&Event::LogoutFinished { began: Began::Here, ended: Ended::Here });
                }
                (set, start_page).into_response()
            }
            Err(error) => {
                let reference = Reference::new();
                portal.tell(&Event::SessionNotEnded { code: error.code(), reference: &reference });
                // Who is told that the session ended may leave the computer to the next.
                (StatusCode::SERVICE_UNAVAILABLE, set, pages::not_logged_out(portal.settings(), &reference))
                    .into_response()
            }
        }
    }

    /// Sends the browser to the identity provider with a request to log out, under a cookie made for this one logout.
    async fn tell_identity_provider(&self, headers: &HeaderMap, session: &Session) -> Response {
        let not_told = |code: &'static str| {
            self.tell(&Event::LogoutFinished { began: Began::Here, ended: Ended::NotTold(code) });
            pages::logged_out(self.settings(), LogoutOutcome::Failed)
        };
        let browser = match random_bytes() {
            Ok(random) => BrowserBinding::from_random(random),
            Err(error) => return not_told(error.code()),
        };
        let (login, start_page) = (&session.at_identity_provider, self.settings().start_page.clone());
        match self.service_provider().logout(&browser, login, start_page, self.now()).await {
            Ok(dispatch) => {
                self.tell(&Event::LogoutStarted);
                let set = AppendHeaders([(SET_COOKIE, self.cookies().set_logout(&browser))]);
                (set, self.brings(headers, &dispatch, Began::Here)).into_response()
            }
            Err(error) => not_told(error.code()),
        }
    }

    /// Returns what makes the browser bring a logout message to the identity provider.
    pub(crate) fn brings(&self, headers: &HeaderMap, dispatch: &Dispatch, began: Began) -> Response {
        match dispatch {
            Dispatch::Form(form) => pages::post_logout(self.settings(), form, self.cookies().language(headers), began),
            Dispatch::Redirect(url) => Redirect::to(url).into_response(),
        }
    }
}
