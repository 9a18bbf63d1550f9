//! A browser as far as a login needs one: it keeps cookies, follows redirects and fills in forms.

use std::collections::BTreeMap;

use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode, Uri};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::failure::Failure;
use super::form::Form;

/// Speaks plain HTTP with servers on this machine.
#[derive(Default)]
pub(crate) struct Client {
    /// Cookies are kept by host, not by port, so portal and broker share them, as in a browser.
    cookies: BTreeMap<String, String>,
}

/// The page that a request ended at.
pub(crate) struct Page {
    pub(crate) url: String,
    pub(crate) status: StatusCode,
    pub(crate) text: String,
}

impl Client {
    pub(crate) async fn get(&mut self, url: &str) -> Result<Page, Failure> {
        self.follow(Method::GET, url.to_owned(), String::new()).await
    }

    /// Sends a form that was on `page`.
    pub(crate) async fn submit(&mut self, page: &Page, form: &Form) -> Result<Page, Failure> {
        let action = absolute(&page.url, form.action())?;
        match form.is_post() {
            true => self.follow(Method::POST, action, form.encoded()).await,
            false => self.follow(Method::GET, format!("{action}?{}", form.encoded()), String::new()).await,
        }
    }

    async fn follow(&mut self, method: Method, url: String, body: String) -> Result<Page, Failure> {
        let (mut method, mut url, mut body) = (method, url, body);
        for _ in 0..MOST_REDIRECTS {
            let (status, headers, text) = self.exchange(&method, &url, body).await?;
            let Some(location) = headers.get(LOCATION).filter(|_| status.is_redirection()) else {
                return Ok(Page { url, status, text });
            };
            let location = location.to_str().map_err(|_| Failure::new(format!("{url} redirects to no URL")))?;
            // All redirects of this flow are 303, or follow upon a GET.
            (method, url, body) = (Method::GET, absolute(&url, location)?, String::new());
        }
        Err(Failure::new(format!("more than {MOST_REDIRECTS} redirects, the last to {}", without_query(&url))))
    }

    async fn exchange(
        &mut self,
        method: &Method,
        url: &str,
        body: String,
    ) -> Result<(StatusCode, HeaderMap, String), Failure> {
        let failed = |error: &dyn std::fmt::Display| Failure::new(format!("{}: {error}", without_query(url)));
        let uri: Uri = url.parse().map_err(|error| failed(&error))?;
        let authority = uri.authority().map(ToString::to_string).unwrap_or_default();
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let mut request = Request::builder().method(method).uri(target).header(HOST, &authority);
        if !self.cookies.is_empty() {
            let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(COOKIE, pairs.join("; "));
        }
        if method == Method::POST {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let request = request.body(Body::from(body)).map_err(|error| failed(&error))?;

        let stream = TcpStream::connect(&authority).await.map_err(|error| failed(&error))?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| failed(&error))?;
        tokio::spawn(connection);
        let (head, body) = sender.send_request(request).await.map_err(|error| failed(&error))?.into_parts();
        let bytes = to_bytes(Body::new(body), LARGEST_PAGE).await.map_err(|error| failed(&error))?;
        self.keep(&head.headers);
        Ok((head.status, head.headers, String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn keep(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok()) {
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let Some((name, value)) = pair.split_once('=') else { continue };
            let ended = attributes.split(';').any(|attribute| attribute.trim().eq_ignore_ascii_case("Max-Age=0"));
            match ended {
                true => self.cookies.remove(name),
                false => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
    }
}

/// Returns the URL that `reference` means on the page at `base`: a URL, or a path with a slash.
fn absolute(base: &str, reference: &str) -> Result<String, Failure> {
    if reference.starts_with("http://") {
        return Ok(reference.to_owned());
    }
    let base: Uri = base.parse().map_err(Failure::new)?;
    match base.authority() {
        Some(authority) if reference.starts_with('/') => Ok(format!("http://{authority}{reference}")),
        _ => Err(Failure::new(format!("a link to {reference} leads nowhere"))),
    }
}

/// Leaves out of an error what a query may say.
fn without_query(url: &str) -> &str {
    url.split_once('?').map_or(url, |(path, _)| path)
}

const MOST_REDIRECTS: usize = 5;
const LARGEST_PAGE: usize = 1024 * 1024;
