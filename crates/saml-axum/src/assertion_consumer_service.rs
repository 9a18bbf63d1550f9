use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use saml_backchannel::BackChannel;
use saml_bindings::{carries_artifact, require_form_content_type};
use saml_digid::LevelOfAssurance;
use saml_response::Trace;
use saml_sp::{Authentication, Outcome, Received, Refusal};
use saml_state::{BrowserBinding, ReplayCache, RequestStore, SessionId, SessionStore};
use saml_xml_security::random_bytes;

use crate::cancelled::marked;
use crate::continue_login::continuation;
use crate::events::{Event, Refused};
use crate::incident::{Reference, status};
use crate::measured::Resolving;
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
        let reference = Reference::new();
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if let Err(error) = require_form_content_type(content_type) {
            return portal.unreadable(&headers, error.code(), StatusCode::UNSUPPORTED_MEDIA_TYPE, &reference);
        }
        let body = match body {
            Ok(body) => body,
            Err(rejection) => return portal.unreadable(&headers, "body_unreadable", rejection.status(), &reference),
        };
        let (browser, now) = (portal.cookies().browser(&headers), portal.now());
        let service_provider = portal.service_provider();
        let received = match &portal.settings().back_channel {
            Some(back_channel) if carries_artifact(&body) => {
                let resolving = portal.resolving(back_channel, &reference);
                service_provider.artifact_consumer_service(&resolving, browser.as_ref(), &body, now).await
            }
            _ => service_provider.assertion_consumer_service(browser.as_ref(), &body, now).await,
        };
        portal.judged(&headers, browser.as_ref(), &received, &reference).await
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
        let reference = Reference::new();
        let Some(back_channel) = &portal.settings().back_channel else {
            return portal.unreadable(&headers, "artifact_not_taken", StatusCode::METHOD_NOT_ALLOWED, &reference);
        };
        let browser = portal.cookies().browser(&headers);
        let (service_provider, now) = (portal.service_provider(), portal.now());
        let resolving = portal.resolving(back_channel, &reference);
        let received =
            service_provider.artifact_consumer_service(&resolving, browser.as_ref(), query.as_bytes(), now).await;
        portal.judged(&headers, browser.as_ref(), &received, &reference).await
    }

    fn resolving<'a>(&'a self, back_channel: &'a BackChannel, reference: &'a Reference) -> Resolving<'a> {
        Resolving { back_channel, meters: self.meters(), reference }
    }

    async fn judged(
        &self,
        headers: &HeaderMap,
        browser: Option<&BrowserBinding>,
        Received { verdict, trace }: &Received,
        reference: &Reference,
    ) -> Response {
        let mut response = match verdict {
            Ok(authentication) => self.accepted(headers, authentication, trace, reference).await,
            Err(refusal) => self.refused(headers, browser, refusal, trace, reference).await,
        };
        if let Some(cookie) = browser.and_then(|browser| self.cookies().renew_browser(headers, browser)) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        response
    }

    async fn accepted(
        &self,
        headers: &HeaderMap,
        authentication: &Authentication,
        trace: &Trace,
        reference: &Reference,
    ) -> Response {
        match self.open_session(headers, authentication, trace).await {
            Ok(id) => {
                self.tell(&Event::LoginFinished {
                    level: authentication.level().map_or("other", LevelOfAssurance::name),
                    sector: authentication.subject().identity.kind(),
                    authority: authentication.authority(),
                    profile: self.profile(),
                    duration_ms: (self.now() - authentication.requested_at()).num_milliseconds(),
                    checks: trace.records().len(),
                });
                let set = AppendHeaders([(SET_COOKIE, self.cookies().set_session(&id))]);
                (set, Redirect::to(authentication.return_to().as_str())).into_response()
            }
            Err(code) => {
                self.tell(&Event::SessionNotOpened { code, reference });
                let language = self.cookies().language(headers);
                self.failed(headers, StatusCode::SERVICE_UNAVAILABLE, reference, language).await
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
        reference: &Reference,
    ) -> Response {
        let (code, language) = (refusal.code(), self.cookies().language(headers));
        let outcome = refusal.outcome();
        if outcome == Outcome::Cancelled {
            self.tell(&Event::LoginCancelled { code, profile: self.profile(), reference });
        } else {
            self.tell(&Event::LoginRefused(Refused::new(refusal, reference, trace)));
        }
        match outcome {
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
                self.failed(headers, status(code), reference, language).await
            }
            // Of nothing that this browser asked for: any site can make it bring that, and must not log anybody out.
            Outcome::Failed => (status(code), pages::failed(self.settings(), reference, language)).into_response(),
        }
    }

    fn unreadable(
        &self,
        headers: &HeaderMap,
        code: &'static str,
        status: StatusCode,
        reference: &Reference,
    ) -> Response {
        self.tell(&Event::LoginRefused(Refused::unread(code, reference)));
        (status, pages::failed(self.settings(), reference, self.cookies().language(headers))).into_response()
    }
}
