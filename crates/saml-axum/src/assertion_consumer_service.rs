use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use saml_bindings::{carries_artifact, require_form_content_type};
use saml_digid::LevelOfAssurance;
use saml_response::Trace;
use saml_sp::{Authentication, Outcome, Received, Refusal};
use saml_state::{BrowserBinding, ReplayCache, RequestStore, SessionId, SessionStore};
use saml_xml_security::random_bytes;

use crate::cancelled::marked;
use crate::continue_login::continuation;
use crate::incident::{Checks, Reference, status};
use crate::pages;
use crate::portal::SamlPortal;
use crate::session::{Session, absolute_end};

impl<R, C, S> SamlPortal<R, C, S>
where
    R: RequestStore + 'static,
    C: ReplayCache + 'static,
    S: SessionStore<Session> + 'static,
{
    /// Consumes the form that the identity provider let the browser post.
    pub(crate) async fn assertion_consumer_service(
        State(portal): State<Self>,
        headers: HeaderMap,
        body: Result<Bytes, BytesRejection>,
    ) -> Response {
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if let Err(error) = require_form_content_type(content_type) {
            return portal.unreadable(&headers, error.code(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        let body = match body {
            Ok(body) => body,
            Err(rejection) => return portal.unreadable(&headers, "body_unreadable", rejection.status()),
        };
        let (browser, now) = (portal.cookies().browser(&headers), portal.now());
        let service_provider = portal.service_provider();
        let received = match &portal.settings().back_channel {
            Some(back_channel) if carries_artifact(&body) => {
                service_provider.artifact_consumer_service(back_channel, browser.as_ref(), &body, now).await
            }
            _ => service_provider.assertion_consumer_service(browser.as_ref(), &body, now).await,
        };
        portal.judged(&headers, browser.as_ref(), &received).await
    }

    /// Consumes the artifact that the identity provider put into the query of a redirect.
    ///
    /// Without an artifact somebody reloads the page, or came back to it: there is nothing to do or to be afraid of.
    pub(crate) async fn artifact_consumer_service(
        State(portal): State<Self>,
        RawQuery(query): RawQuery,
        headers: HeaderMap,
    ) -> Response {
        let query = query.unwrap_or_default();
        if !carries_artifact(query.as_bytes()) {
            return Redirect::to(portal.settings().start_page.as_str()).into_response();
        }
        let Some(back_channel) = &portal.settings().back_channel else {
            return portal.unreadable(&headers, "artifact_not_taken", StatusCode::METHOD_NOT_ALLOWED);
        };
        let browser = portal.cookies().browser(&headers);
        let (service_provider, now) = (portal.service_provider(), portal.now());
        let received =
            service_provider.artifact_consumer_service(back_channel, browser.as_ref(), query.as_bytes(), now).await;
        portal.judged(&headers, browser.as_ref(), &received).await
    }

    async fn judged(
        &self,
        headers: &HeaderMap,
        browser: Option<&BrowserBinding>,
        Received { verdict, trace }: &Received,
    ) -> Response {
        let mut response = match verdict {
            Ok(authentication) => self.accepted(headers, authentication, trace).await,
            Err(refusal) => self.refused(headers, browser, refusal, trace).await,
        };
        if let Some(cookie) = browser.and_then(|browser| self.cookies().renew_browser(headers, browser)) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        response
    }

    async fn accepted(&self, headers: &HeaderMap, authentication: &Authentication, trace: &Trace) -> Response {
        match self.open_session(headers, authentication, trace).await {
            Ok(id) => {
                let level = authentication.level().map_or("other", LevelOfAssurance::name);
                let sector = authentication.subject().identity.kind();
                tracing::info!(level, sector, checks = trace.records().len(), "login finished");
                let set = AppendHeaders([(SET_COOKIE, self.cookies().set_session(&id))]);
                (set, Redirect::to(authentication.return_to().as_str())).into_response()
            }
            Err(code) => {
                let reference = Reference::new();
                tracing::error!(code, %reference, "session not opened");
                let language = self.cookies().language(headers);
                self.failed(headers, StatusCode::SERVICE_UNAVAILABLE, &reference, language).await
            }
        }
    }

    /// Opens a session under a new ID; the one that the browser held ends (ATT-171).
    async fn open_session(
        &self,
        headers: &HeaderMap,
        authentication: &Authentication,
        trace: &Trace,
    ) -> Result<SessionId, &'static str> {
        let now = self.now();
        self.end_session(headers).await.map_err(|error| error.code())?;
        let random = random_bytes().map_err(|error| error.code())?;
        let subject = self.service_provider().session_subject(authentication).map_err(|error| error.code())?;
        let session = Session::new(authentication, trace, now);
        let end = absolute_end(authentication, now);
        self.sessions().create(random, session, subject, end, now).await.map_err(|error| error.code())
    }

    async fn refused(
        &self,
        headers: &HeaderMap,
        browser: Option<&BrowserBinding>,
        refusal: &Refusal,
        trace: &Trace,
    ) -> Response {
        let (reference, language) = (Reference::new(), self.cookies().language(headers));
        let code = refusal.code();
        tracing::warn!(code, %reference, checks = %Checks(trace.records()), "login refused");
        match refusal.outcome() {
            Outcome::Cancelled => {
                let page = refusal.return_to().unwrap_or(&self.settings().start_page);
                Redirect::to(&marked(page)).into_response()
            }
            Outcome::NotOpen => match (browser, refusal.request_id()) {
                // It may be the second of a double click, and the first has logged this browser in.
                (Some(_), Some(request)) => Redirect::to(&continuation(request)).into_response(),
                _ => (StatusCode::FORBIDDEN, pages::not_open(self.settings())).into_response(),
            },
            Outcome::Failed if refusal.return_to().is_some() => {
                self.failed(headers, status(code), &reference, language).await
            }
            // Of nothing that this browser asked for: any site can make it bring that, and must not log anybody out.
            Outcome::Failed => (status(code), pages::failed(self.settings(), &reference, language)).into_response(),
        }
    }

    fn unreadable(&self, headers: &HeaderMap, code: &'static str, status: StatusCode) -> Response {
        let reference = Reference::new();
        tracing::warn!(code, %reference, "login refused");
        (status, pages::failed(self.settings(), &reference, self.cookies().language(headers))).into_response()
    }
}
