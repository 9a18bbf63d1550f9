//! Just enough of a browser, and of an operator who reads the log.

use std::io;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE};
use axum::http::{HeaderMap, Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml_simulator::{AnswerSettings, router};
use tower::ServiceExt;

use crate::portal::config;

pub(crate) const LOG_IN: &str = "/broker/authn/simulator/authenticate/digid";

pub(crate) struct Browser {
    router: Router,
    accept_language: &'static str,
}

pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) html: String,
    /// What was logged meanwhile.
    pub(crate) log: String,
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Browser {
    pub(crate) fn new() -> Self {
        Self::at(router(config(AnswerSettings::default())))
    }

    pub(crate) fn at(router: Router) -> Self {
        Self { router, accept_language: "nl" }
    }

    pub(crate) fn preferring(self, accept_language: &'static str) -> Self {
        Self { accept_language, ..self }
    }

    pub(crate) async fn get(&self, path: &str) -> Page {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, fields: &[(String, String)]) -> Page {
        let body: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let request = Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body.join("&"))).unwrap()).await
    }

    pub(crate) async fn post_xml(&self, path: &str, body: String) -> Page {
        self.send(Request::post(path).header(CONTENT_TYPE, "text/xml").body(Body::from(body)).unwrap()).await
    }

    pub(crate) async fn put_json(&self, path: &str, body: &str) -> Page {
        self.put_as(path, "application/json", body).await
    }

    pub(crate) async fn put_as(&self, path: &str, content_type: &str, body: &str) -> Page {
        self.send(Request::put(path).header(CONTENT_TYPE, content_type).body(Body::from(body.to_owned())).unwrap())
            .await
    }

    /// Fills in the form of a login page and presses the button that goes to `path`.
    pub(crate) async fn submit(&self, page: &Page, path: &str, bsn: &str, level: &str) -> Page {
        let fields = [("handle", page.value_of("handle").unwrap()), ("lang", page.value_of("lang").unwrap())];
        let typed = [("bsn", bsn.to_owned()), ("loa", level.to_owned())];
        let fields: Vec<_> = fields.into_iter().chain(typed).map(|(name, value)| (name.to_owned(), value)).collect();
        self.post(path, &fields).await
    }

    async fn send(&self, mut request: Request<Body>) -> Page {
        request.headers_mut().insert(ACCEPT_LANGUAGE, self.accept_language.parse().unwrap());
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        let guard = tracing::subscriber::set_default(subscriber);
        let response = self.router.clone().oneshot(request).await.unwrap();
        drop(guard);
        let (status, headers) = (response.status(), response.headers().clone());
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        Page { status, headers, html: String::from_utf8(body.to_vec()).unwrap(), log: log.text() }
    }
}

impl Page {
    /// Returns the value of a field of the form, as it stands in the page.
    pub(crate) fn value_of(&self, name: &str) -> Option<String> {
        let (_, rest) = self.html.split_once(&format!("name=\"{name}\" value=\""))?;
        Some(rest.split('"').next()?.to_owned())
    }

    /// Returns the message of an answer page.
    pub(crate) fn answer(&self) -> String {
        assert_eq!(self.status, StatusCode::OK, "{}", self.html);
        let message = self.value_of("SAMLResponse").expect("a page with an answer");
        let message = message.replace("&#43;", "+").replace("&#61;", "=").replace("&#47;", "/");
        String::from_utf8(STANDARD.decode(message).unwrap()).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    #[track_caller]
    pub(crate) fn assert_refused(&self, code: &str) {
        assert_eq!(self.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(self.html.contains("Er ging iets mis") || self.html.contains("Something went wrong"), "{}", self.html);
        assert!(self.html.contains("02-03-2026 10:00 UTC"), "{}", self.html);
        assert_eq!(self.value_of("SAMLResponse"), None);
        assert!(self.log.contains(&format!("code=\"{code}\"")), "{}", self.log);
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn encode(value: &str) -> String {
    value.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
