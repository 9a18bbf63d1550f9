use std::convert::Infallible;

use axum::extract::{FromRequestParts, OptionalFromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use saml_state::{ReturnPath, SessionStore};

use crate::cancelled::{is_cancelled, marked};
use crate::events::Event;
use crate::portal::SamlPortal;
use crate::session::Session;

/// Extracts the session of the citizen who is logged in; its use has begun a new quarter of an hour.
///
/// Refused with [`NotLoggedIn`] when there is none. `Option<LoggedIn>` lets everybody in, and says whether one is.
/// It works in the pages that went through [`SamlPortal::router`]; in others nobody is ever logged in.
///
/// ```
/// use axum::{Router, routing::get};
/// use saml_axum::LoggedIn;
///
/// async fn permits(LoggedIn(session): LoggedIn) -> String {
///     format!("You are {}", session.identity.masked())
/// }
///
/// let pages: Router = Router::new().route("/permits", get(permits));
/// # let _ = pages;
/// ```
#[derive(Clone, Debug)]
pub struct LoggedIn(pub Session);

/// Nobody is logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotLoggedIn {
    /// Somebody looks at a page: they are sent to the start page, to log in; with [`is_cancelled`](crate::is_cancelled)
    /// still true there, where it was for the page.
    StartPage(ReturnPath),
    /// Something else than looking at a page was tried: it is refused with status 401.
    Unauthorized,
}

impl IntoResponse for NotLoggedIn {
    fn into_response(self) -> Response {
        match self {
            Self::StartPage(page) => Redirect::to(page.as_str()).into_response(),
            Self::Unauthorized => StatusCode::UNAUTHORIZED.into_response(),
        }
    }
}

impl<T: Send + Sync> FromRequestParts<T> for LoggedIn {
    type Rejection = NotLoggedIn;

    async fn from_request_parts(parts: &mut Parts, _: &T) -> Result<Self, NotLoggedIn> {
        let looks = [Method::GET, Method::HEAD].contains(&parts.method);
        match parts.extensions.get::<Current>() {
            Some(Current { session: Some(session), .. }) => Ok(Self(session.clone())),
            Some(Current { start_page, .. }) if looks => {
                // Who cancelled on the way to a page for who is logged in is told so on the start page (Logius T7).
                let told = is_cancelled(parts.uri.query()).then(|| ReturnPath::parse(&marked(start_page)).ok());
                Err(NotLoggedIn::StartPage(told.flatten().unwrap_or_else(|| start_page.clone())))
            }
            _ => Err(NotLoggedIn::Unauthorized),
        }
    }
}

impl<T: Send + Sync> OptionalFromRequestParts<T> for LoggedIn {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &T) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get::<Current>().and_then(|current| current.session.clone()).map(Self))
    }
}

/// What the pages of the application can ask.
#[derive(Clone)]
struct Current {
    session: Option<Session>,
    start_page: ReturnPath,
}

/// Reads the session of the browser before a page is made.
pub(crate) async fn read_session<R, C, S>(
    State(portal): State<SamlPortal<R, C, S>>,
    mut request: Request,
    next: Next,
) -> Response
where
    R: Send + Sync + 'static,
    C: Send + Sync + 'static,
    S: SessionStore<Session> + 'static,
{
    let session = match portal.cookies().session(request.headers()) {
        Some(id) => portal.sessions().read(&id, portal.now()).await.unwrap_or_else(|error| {
            // A store that is down logs nobody in.
            portal.tell(&Event::SessionNotRead { code: error.code(), reference: None });
            None
        }),
        None => None,
    };
    let start_page = portal.settings().start_page.clone();
    request.extensions_mut().insert(Current { session, start_page });
    next.run(request).await
}
