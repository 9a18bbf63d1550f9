//! A browser as far as a login needs one: it keeps cookies, and remembers what servers and logs could have seen.

use std::collections::{BTreeMap, BTreeSet};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use saml_bindings::Received;
use tower::ServiceExt;

use crate::answers::Fields;

#[derive(Default)]
pub(crate) struct Browser {
    pub(crate) cookies: BTreeMap<String, String>,
    /// The names of those that are not sent with a form of another site.
    lax: BTreeSet<String>,
    /// Every URL and header so far.
    pub(crate) seen: String,
}

pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Browser {
    pub(crate) async fn get(&mut self, portal: &Router, url: &str) -> Page {
        self.send(portal, Method::GET, url, None, String::new()).await
    }

    pub(crate) async fn post(&mut self, portal: &Router, url: &str, body: &Fields) -> Page {
        self.send(portal, Method::POST, url, Some("application/x-www-form-urlencoded"), body.encoded()).await
    }

    /// Posts a form of another site, without the cookies that are `Lax`.
    pub(crate) async fn post_from_elsewhere(&mut self, portal: &Router, url: &str, body: &Fields) -> Page {
        let lax = self.lax.clone();
        let kept: Vec<_> = lax.iter().filter_map(|name| self.cookies.remove_entry(name)).collect();
        let page = self.post(portal, url, body).await;
        for (name, value) in kept {
            if !page.cookies().iter().any(|cookie| cookie.starts_with(&format!("{name}="))) {
                self.cookies.insert(name, value);
            }
        }
        page
    }

    pub(crate) async fn send(
        &mut self,
        portal: &Router,
        method: Method,
        url: &str,
        content_type: Option<&str>,
        body: String,
    ) -> Page {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::builder().method(method).uri(url).header(COOKIE, pairs.join("; "));
        if let Some(content_type) = content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        let response = portal.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        for cookie in head.headers.get_all(SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            if rest.contains("SameSite=Lax") {
                self.lax.insert(name.to_owned());
            }
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), rest.split(';').next().unwrap().to_owned());
            }
        }
        self.seen.push_str(url);
        for (name, value) in &head.headers {
            self.seen.push_str(&format!("\n{name}: {}", String::from_utf8_lossy(value.as_bytes())));
        }
        let text = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
        Page { status: head.status, headers: head.headers, text }
    }

    /// Begins a login and returns the ID of the request that went to the broker.
    pub(crate) async fn begin(&mut self, portal: &Router, url: &str) -> String {
        let page = self.get(portal, url).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
        request_id(page.location().as_bytes())
    }
}

impl Page {
    pub(crate) fn location(&self) -> &str {
        self.headers[LOCATION].to_str().unwrap()
    }

    /// Returns the cookies that the browser is told to keep, as they are set.
    pub(crate) fn cookies(&self) -> Vec<&str> {
        self.headers.get_all(SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap()).collect()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// Returns the value of a field in the form of the page.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.text.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap().split('"').next().unwrap()
    }

    /// Returns the reference that the user reads.
    pub(crate) fn reference(&self) -> String {
        self.text.split("<code>").nth(1).unwrap().split("</code>").next().unwrap().to_owned()
    }
}

/// Returns the ID of the request in a URL, or in a form.
pub(crate) fn request_id(message: &[u8]) -> String {
    let xml = String::from_utf8(Received::detect(message).unwrap().xml().to_vec()).unwrap();
    xml.split(" ID=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}
