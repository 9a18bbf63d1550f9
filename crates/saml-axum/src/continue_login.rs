use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use saml_state::{ReplayCache, RequestId, RequestStore, SessionStore};

use crate::events::Event;
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
    /// Sends a browser on that brought an answer for which no login is open: to where that very login went, if its
    /// session lives in this browser. Any other reads to continue where it began.
    ///
    /// The answer came in a form of another site, without the session cookie; here the browser sends it. Anybody can
    /// make such a link, and it leads to nothing but a page that the session has been at.
    pub(crate) async fn continue_login(
        State(portal): State<Self>,
        RawQuery(query): RawQuery,
        headers: HeaderMap,
    ) -> Response {
        let session = match portal.cookies().session(&headers) {
            Some(id) => portal.sessions().read(&id, portal.now()).await,
            None => Ok(None),
        };
        let request = query.as_deref().and_then(|query| query.strip_prefix(QUERY));
        match session {
            Ok(Some(session)) if request == Some(session.request_id.as_str()) => {
                Redirect::to(session.return_to.as_str()).into_response()
            }
            Ok(_) => (StatusCode::FORBIDDEN, pages::not_open(portal.settings())).into_response(),
            Err(error) => {
                let reference = Reference::new();
                portal.tell(&Event::SessionNotRead { code: error.code(), reference: Some(&reference) });
                let page = pages::failed(portal.settings(), &reference, portal.cookies().language(&headers));
                (StatusCode::SERVICE_UNAVAILABLE, page).into_response()
            }
        }
    }
}

/// Returns where a browser is sent that may have finished the login with this request before.
pub(crate) fn continuation(request: &RequestId) -> String {
    format!("/saml/continue?{QUERY}{request}")
}

const QUERY: &str = "request=";
