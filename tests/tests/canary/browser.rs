//! A browser that keeps cookies, and writes down all that it is given.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml_bindings::Received;
use saml_tests::escaped;
use tower::ServiceExt;

use crate::witness::note;

#[derive(Clone, Default)]
pub(crate) struct Browser {
    pub(crate) cookies: BTreeMap<String, String>,
}

pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Browser {
    pub(crate) async fn get(&mut self, portal: &Router, url: &str) -> Page {
        let page = self.shown(portal, url).await;
        note(&format!("the page {url}"), &page.text);
        page
    }

    /// Gets a page that may show who is logged in.
    pub(crate) async fn shown(&mut self, portal: &Router, url: &str) -> Page {
        self.send(portal, Method::GET, url, "", Vec::new()).await
    }

    pub(crate) async fn post(&mut self, portal: &Router, url: &str, form: impl Into<Vec<u8>>) -> Page {
        let page = self.post_for_other(portal, url, form).await;
        note(&format!("the answer of {url}"), &page.text);
        page
    }

    /// Posts a form that is answered with a form for the identity provider, which has to say who it is about.
    pub(crate) async fn post_for_other(&mut self, portal: &Router, url: &str, form: impl Into<Vec<u8>>) -> Page {
        self.send(portal, Method::POST, url, "application/x-www-form-urlencoded", form.into()).await
    }

    pub(crate) async fn send(
        &mut self,
        portal: &Router,
        method: Method,
        url: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> Page {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder().method(method).uri(url).header(COOKIE, pairs.join("; "));
        let request = request.header(CONTENT_TYPE, content_type).body(Body::from(body)).unwrap();
        let response = portal.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        for (name, value) in &head.headers {
            note(&format!("the header {name}"), value.as_bytes());
        }
        if let Some(location) = head.headers.get(LOCATION) {
            note_message(location.as_bytes());
        }
        for cookie in head.headers.get_all(SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), rest.split(';').next().unwrap().to_owned());
            }
        }
        let text = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
        Page { status: head.status, headers: head.headers, text }
    }

    /// Begins a login and returns the ID of its request.
    pub(crate) async fn begin(&mut self, portal: &Router, url: &str) -> String {
        let page = self.get(portal, url).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
        let xml = String::from_utf8(Received::detect(page.location().as_bytes()).unwrap().xml().to_vec()).unwrap();
        xml.split(" ID=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }
}

/// Writes down the message that a URL carries, which is compressed in there.
pub(crate) fn note_message(location: &[u8]) {
    if let Ok(message) = Received::detect(location) {
        note("a message in a URL", message.xml());
    }
}

impl Page {
    pub(crate) fn location(&self) -> &str {
        self.headers[LOCATION].to_str().unwrap()
    }
}

/// Returns the body of a form with a message.
pub(crate) fn form(parameter: &str, xml: &[u8]) -> String {
    format!("{parameter}={}", escaped(&STANDARD.encode(xml)))
}
