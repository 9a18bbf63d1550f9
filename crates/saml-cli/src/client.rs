//! A browser as far as a login needs one: it keeps cookies, follows redirects and fills in forms.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode, Uri};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::failure::Failure;
use crate::form::Form;

/// Speaks plain HTTP, with this machine alone unless told otherwise.
pub(crate) struct Client {
    /// By host and name: cookies do not depend on the port, so servers on this machine share them, as in a browser.
    cookies: BTreeMap<(String, String), String>,
    reach: Reach,
    patience: Duration,
}

/// Whom a client may speak with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Anybody.
    Anywhere,
    /// Servers on this machine.
    Loopback,
}

/// What a server answered.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

/// The page that a request ended at.
pub(crate) struct Page {
    pub(crate) url: String,
    pub(crate) status: StatusCode,
    pub(crate) text: String,
}

impl Default for Client {
    fn default() -> Self {
        Self::new(Reach::Loopback, Duration::from_secs(60))
    }
}

impl Client {
    /// `patience` is for one exchange.
    pub(crate) const fn new(reach: Reach, patience: Duration) -> Self {
        Self { cookies: BTreeMap::new(), reach, patience }
    }

    /// Gets a page, wherever redirects lead.
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
            let answer = self.exchange(&method, &url, body).await?;
            let Some(location) = answer.location() else {
                return Ok(Page { url, status: answer.status, text: answer.text });
            };
            // All redirects of this flow are 303, or follow upon a GET.
            (method, url, body) = (Method::GET, absolute(&url, location)?, String::new());
        }
        Err(Failure::new(format!("more than {MOST_REDIRECTS} redirects, the last to {}", without_query(&url))))
    }

    /// Sends one request; a redirect is an answer like any other.
    pub(crate) async fn exchange(
        &mut self,
        method: &Method,
        url: &str,
        body: impl Into<Body>,
    ) -> Result<Answer, Failure> {
        let body = body.into();
        let answer = timeout(self.patience, self.send(method, url, body)).await;
        answer.map_err(|_| failed(url, &format!("no answer within {} s", self.patience.as_secs())))?
    }

    async fn send(&mut self, method: &Method, url: &str, body: Body) -> Result<Answer, Failure> {
        let uri = parse(url)?;
        let authority = uri.authority().map(ToString::to_string).unwrap_or_default();
        let host = uri.host().unwrap_or_default().to_owned();
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let mut request = Request::builder().method(method).uri(target).header(HOST, &authority);
        if let Some(cookies) = self.cookies_for(&host) {
            request = request.header(COOKIE, cookies);
        }
        request = match *method {
            Method::POST => request.header(CONTENT_TYPE, "application/x-www-form-urlencoded"),
            Method::PUT => request.header(CONTENT_TYPE, "application/json"),
            _ => request,
        };
        let request = request.body(body).map_err(|error| failed(url, &error))?;

        let addresses = addresses(url, self.reach).await?;
        let stream = TcpStream::connect(&*addresses).await.map_err(|error| failed(url, &error))?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| failed(url, &error))?;
        let connection = tokio::spawn(connection);
        let (head, body) = sender.send_request(request).await.map_err(|error| failed(url, &error))?.into_parts();
        let bytes = to_bytes(Body::new(body), LARGEST_PAGE).await.map_err(|error| failed(url, &error))?;
        connection.abort();
        self.keep(&host, &head.headers);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(Answer { status: head.status, headers: head.headers, text })
    }

    fn cookies_for(&self, host: &str) -> Option<String> {
        let of_host = self.cookies.iter().filter(|((of, _), _)| of == host);
        let pairs: Vec<String> = of_host.map(|((_, name), value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Keeps the cookies of an answer, and forgets those that it takes away.
    fn keep(&mut self, host: &str, headers: &HeaderMap) {
        for cookie in headers.get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok()) {
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let Some((name, value)) = pair.split_once('=') else { continue };
            let ended = attributes.split(';').any(|attribute| attribute.trim().eq_ignore_ascii_case("Max-Age=0"));
            let key = (host.to_owned(), name.trim().to_owned());
            match ended {
                true => self.cookies.remove(&key),
                false => self.cookies.insert(key, value.trim().to_owned()),
            };
        }
    }

    /// Takes a cookie that was got elsewhere, `name=value`, for the host of `url`.
    pub(crate) fn give(&mut self, url: &str, cookie: &str) -> Result<(), Failure> {
        let host = parse(url)?.host().unwrap_or_default().to_owned();
        let (name, value) =
            cookie.split_once('=').ok_or_else(|| Failure::usage("expected a cookie as NAME=VALUE, found no ="))?;
        self.cookies.insert((host, name.to_owned()), value.to_owned());
        Ok(())
    }
}

impl Answer {
    /// Returns where a redirect leads, as it stands there.
    pub(crate) fn location(&self) -> Option<&str> {
        self.headers.get(LOCATION).filter(|_| self.status.is_redirection()).and_then(|value| value.to_str().ok())
    }
}

impl fmt::Debug for Answer {
    /// Leaves out what the page says, which may be about a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({}, {} bytes)", self.status, self.text.len())
    }
}

/// Returns the addresses that the host of `url` has, of which none may lie beyond `reach`.
///
/// A client connects to these and not to the name, which may mean something else a moment later.
pub(crate) async fn addresses(url: &str, reach: Reach) -> Result<Vec<SocketAddr>, Failure> {
    let uri = parse(url)?;
    let authority = uri.authority().map(ToString::to_string).unwrap_or_default();
    let with_port = if uri.port().is_some() { authority } else { format!("{authority}:80") };
    let found = lookup_host(&with_port).await;
    let addresses: Vec<SocketAddr> = found.map_err(|error| failed(url, &error))?.collect();
    match addresses.iter().find(|address| !address.ip().to_canonical().is_loopback()) {
        Some(beyond) if reach == Reach::Loopback => Err(Failure::usage(format!(
            "{} is not on this machine ({}): only test what is yours, and say so with --i-own-this-target",
            without_query(url),
            beyond.ip()
        ))),
        _ => Ok(addresses),
    }
}

/// Reads a URL that this client can speak to.
fn parse(url: &str) -> Result<Uri, Failure> {
    if url.starts_with("https://") {
        return Err(Failure::usage(format!(
            "expected a URL with http://, found {}: TLS is not spoken here; put a proxy on this machine that speaks it, \
             and name that",
            without_query(url)
        )));
    }
    let uri: Uri = url.parse().map_err(|error| failed(url, &error))?;
    let plain = uri.scheme_str() == Some("http") && uri.authority().is_some_and(|found| !found.as_str().contains('@'));
    match plain {
        true => Ok(uri),
        false => {
            Err(Failure::usage(format!("expected a URL such as http://127.0.0.1:8080/, found {}", without_query(url))))
        }
    }
}

/// Returns the URL that `reference` means on the page at `base`: a URL, a path, or a query.
pub(crate) fn absolute(base: &str, reference: &str) -> Result<String, Failure> {
    if reference.starts_with("http://") || reference.starts_with("https://") {
        return Ok(reference.to_owned());
    }
    let uri: Uri = base.parse().map_err(Failure::new)?;
    let authority = uri.authority().map(ToString::to_string).unwrap_or_default();
    let folder = uri.path().rsplit_once('/').map_or("", |(folder, _)| folder);
    Ok(match reference.chars().next() {
        None => base.to_owned(),
        Some('/') if reference.starts_with("//") => format!("http:{reference}"),
        Some('/') => format!("http://{authority}{reference}"),
        Some('?') => format!("http://{authority}{}{reference}", uri.path()),
        Some(_) => format!("http://{authority}{folder}/{reference}"),
    })
}

/// Leaves out of an error what a query may say.
pub(crate) fn without_query(url: &str) -> &str {
    url.split_once('?').map_or(url, |(path, _)| path)
}

/// Says what went wrong at a URL.
fn failed(url: &str, error: &dyn fmt::Display) -> Failure {
    Failure::new(format!("{}: {error}", without_query(url)))
}

/// More than a login has.
const MOST_REDIRECTS: usize = 5;
/// Bytes; far more than a page of a login has.
const LARGEST_PAGE: usize = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_from_where_it_stands() {
        let read = |reference| absolute("http://h:1/a/b?c", reference).unwrap();
        assert_eq!(read("/d?e"), "http://h:1/d?e");
        assert_eq!(read("d"), "http://h:1/a/d");
        assert_eq!(read("?d"), "http://h:1/a/b?d");
        assert_eq!(read("//other/d"), "http://other/d");
        assert_eq!(read("https://other/d"), "https://other/d");
        assert_eq!(read(""), "http://h:1/a/b?c");
    }

    #[tokio::test]
    async fn another_machine_is_out_of_reach_unless_that_is_said() {
        for url in ["http://192.0.2.1/", "http://[2001:db8::1]:80/"] {
            assert_eq!(addresses(url, Reach::Loopback).await.unwrap_err().exit_code(), std::process::ExitCode::from(2));
            assert!(addresses(url, Reach::Anywhere).await.is_ok());
        }
        for url in ["http://127.0.0.1:1/", "http://127.9.9.9/", "http://[::1]:1/", "http://localhost/"] {
            assert!(addresses(url, Reach::Loopback).await.is_ok(), "{url}");
        }
    }

    #[tokio::test]
    async fn a_url_that_is_not_plain_http_is_refused_with_what_to_do() {
        let said = addresses("https://127.0.0.1/", Reach::Loopback).await.unwrap_err().to_string();
        assert!(said.contains("put a proxy"), "{said}");
        for url in ["http://me@127.0.0.1/", "ftp://127.0.0.1/", "127.0.0.1"] {
            assert!(addresses(url, Reach::Loopback).await.is_err(), "{url}");
        }
    }
}
