use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use saml_bindings::require_form_content_type;
use saml_sp::{Arrived, Logout};
use saml_state::{ReplayCache, RequestStore, SessionStore, StoreError};

use crate::events::{Began, Ended, Event, Refused};
use crate::incident::{Reference, status};
use crate::pages;
use crate::portal::SamlPortal;
use crate::session::Session;

impl<R, C, S> SamlPortal<R, C, S>
where
    R: RequestStore + 'static,
    C: ReplayCache + 'static,
    S: SessionStore<Session> + 'static,
{
    /// Takes a logout message by HTTP-Redirect.
    pub(crate) async fn single_logout_by_redirect(
        State(portal): State<Self>,
        RawQuery(query): RawQuery,
        headers: HeaderMap,
    ) -> Response {
        portal.take(&headers, Arrived::Query(&query.unwrap_or_default())).await
    }

    /// Takes a logout message by HTTP-POST.
    pub(crate) async fn single_logout_by_post(
        State(portal): State<Self>,
        headers: HeaderMap,
        body: Result<Bytes, BytesRejection>,
    ) -> Response {
        if let Err(error) = require_form_content_type(content_type(&headers)) {
            return portal.not_taken(error.code(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        match body {
            Ok(body) => portal.take(&headers, Arrived::Form(&body)).await,
            Err(rejection) => portal.not_taken("body_unreadable", rejection.status()),
        }
    }

    /// Takes a logout request from the identity provider itself; why one is refused, the log says alone.
    pub(crate) async fn single_logout_over_soap(
        State(portal): State<Self>,
        headers: HeaderMap,
        body: Result<Bytes, BytesRejection>,
    ) -> Response {
        let kind = content_type(&headers).split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("text/xml") {
            portal.tell(&Event::LogoutRefused(Refused::unread("soap_content_type", &Reference::new())));
            return soap(StatusCode::UNSUPPORTED_MEDIA_TYPE, FAULT.to_owned());
        }
        let Ok(body) = body else {
            portal.tell(&Event::LogoutRefused(Refused::unread("body_unreadable", &Reference::new())));
            return soap(StatusCode::BAD_REQUEST, FAULT.to_owned());
        };
        let service_provider = portal.service_provider();
        let (verdict, trace) = service_provider.single_logout_soap(portal.sessions(), &body, portal.now()).await;
        match verdict {
            Ok(answer) => {
                portal.tell_ended(&answer.ended);
                soap(StatusCode::OK, answer.envelope)
            }
            Err(refusal) => {
                portal.tell(&Event::LogoutRefused(Refused::new(&refusal, &Reference::new(), &trace)));
                // SAML Bindings 3.2.3.3: a fault comes with status 500.
                soap(StatusCode::INTERNAL_SERVER_ERROR, FAULT.to_owned())
            }
        }
    }

    /// Takes what a browser brought. A message that is refused ends no session, whoever's browser it came in (ATT-175).
    async fn take(&self, headers: &HeaderMap, arrived: Arrived<'_>) -> Response {
        let (service_provider, browser) = (self.service_provider(), self.cookies().logout(headers));
        let received =
            service_provider.single_logout_service(self.sessions(), browser.as_ref(), arrived, self.now()).await;
        match received.verdict {
            Ok(Logout::Asked { answer, ended }) => {
                self.tell_ended(&ended);
                self.brings(headers, &answer, Began::IdentityProvider)
            }
            Ok(Logout::Finished { outcome, .. }) => {
                self.tell(&Event::LogoutFinished { began: Began::Here, ended: Ended::There(outcome) });
                let set = AppendHeaders([(SET_COOKIE, self.cookies().clear_logout())]);
                (set, pages::logged_out(self.settings(), outcome)).into_response()
            }
            Err(refusal) => {
                let (code, reference) = (refusal.code(), Reference::new());
                self.tell(&Event::LogoutRefused(Refused::new(&refusal, &reference, &received.trace)));
                (status(code), pages::logout_refused(self.settings(), &reference)).into_response()
            }
        }
    }

    fn not_taken(&self, code: &'static str, status: StatusCode) -> Response {
        let reference = Reference::new();
        self.tell(&Event::LogoutRefused(Refused::unread(code, &reference)));
        (status, pages::logout_refused(self.settings(), &reference)).into_response()
    }

    fn tell_ended(&self, ended: &Result<usize, StoreError>) {
        let ended = match ended {
            Ok(ended) => Ended::Sessions(*ended),
            Err(error) => Ended::Unknown(error.code()),
        };
        self.tell(&Event::LogoutFinished { began: Began::IdentityProvider, ended });
    }
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn soap(status: StatusCode, envelope: String) -> Response {
    (status, [(CONTENT_TYPE, "text/xml; charset=utf-8")], envelope).into_response()
}

/// Says nothing of the reason.
const FAULT: &str = "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><soap:Fault>\
    <faultcode>soap:Client</faultcode><faultstring>refused</faultstring></soap:Fault></soap:Body></soap:Envelope>";
