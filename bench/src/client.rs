//! A browser as far as a load needs one: connections that stay open, and a cookie jar for each login.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Request};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A connection to one server, made when it is needed and kept.
pub(crate) struct Connection {
    address: SocketAddr,
    host: &'static str,
    sender: Option<SendRequest<Body>>,
}

/// What a server answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// The request may have been taken: the connection broke, or no answer came in time.
    Lost,
    /// Nobody listens there.
    NotConnected,
}

impl Connection {
    /// Names the server; `host` is what it is asked for as.
    pub(crate) const fn new(address: SocketAddr, host: &'static str) -> Self {
        Self { address, host, sender: None }
    }

    pub(crate) async fn get(&mut self, target: &str, jar: &Jar) -> Result<Answer, Unanswered> {
        let request = Request::get(target).header(HOST, self.host);
        self.send(jar.onto(request).body(Body::empty())).await
    }

    /// Posts the body of a form.
    pub(crate) async fn post(&mut self, target: &str, jar: &Jar, form: &Bytes) -> Result<Answer, Unanswered> {
        let request = Request::post(target).header(HOST, self.host).header(CONTENT_TYPE, FORM);
        self.send(jar.onto(request).body(Body::from(form.clone()))).await
    }

    async fn send(&mut self, request: axum::http::Result<Request<Body>>) -> Result<Answer, Unanswered> {
        // What cannot be written down is never sent.
        let request = request.map_err(|_| Unanswered::NotConnected)?;
        let answered = timeout(PATIENCE, self.exchange(request)).await.unwrap_or(Err(Unanswered::Lost));
        if answered.is_err() {
            self.sender = None;
        }
        answered
    }

    async fn exchange(&mut self, request: Request<Body>) -> Result<Answer, Unanswered> {
        let kept = match self.sender.take() {
            Some(mut sender) => sender.ready().await.ok().map(|()| sender),
            None => None,
        };
        let mut sender = match kept {
            Some(sender) => sender,
            None => self.connect().await?,
        };
        let answer = sender.send_request(request).await.map_err(|_| Unanswered::Lost)?;
        let (head, body) = answer.into_parts();
        let body = to_bytes(Body::new(body), LARGEST_PAGE).await.map_err(|_| Unanswered::Lost)?;
        self.sender = Some(sender);
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
    }

    async fn connect(&self) -> Result<SendRequest<Body>, Unanswered> {
        let stream = TcpStream::connect(self.address).await.map_err(|_| Unanswered::NotConnected)?;
        stream.set_nodelay(true).map_err(|_| Unanswered::NotConnected)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|_| Unanswered::NotConnected)?;
        tokio::spawn(connection);
        Ok(sender)
    }
}

impl Answer {
    /// Returns where a redirect leads.
    pub(crate) fn location(&self) -> Option<&str> {
        let is_redirect = (300..400).contains(&self.status);
        self.headers.get(LOCATION).filter(|_| is_redirect).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// The cookies of one browser, which all servers of a portal share.
#[derive(Clone, Default)]
pub(crate) struct Jar(BTreeMap<String, String>);

impl Jar {
    /// Takes what an answer sets, and forgets what it clears.
    pub(crate) fn keep(&mut self, answer: &Answer) {
        for cookie in answer.headers.get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok()) {
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let Some((name, value)) = pair.split_once('=') else { continue };
            let is_cleared = attributes.contains("Max-Age=0");
            match is_cleared {
                true => self.0.remove(name),
                false => self.0.insert(name.to_owned(), value.to_owned()),
            };
        }
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), value.to_owned());
    }

    /// Tells whether there is a cookie whose name begins so.
    pub(crate) fn has(&self, beginning: &str) -> bool {
        self.0.keys().any(|name| name.starts_with(beginning))
    }

    fn onto(&self, request: axum::http::request::Builder) -> axum::http::request::Builder {
        let pairs: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        match HeaderValue::try_from(pairs.join("; ")) {
            Ok(cookies) if !pairs.is_empty() => request.header(COOKIE, cookies),
            _ => request,
        }
    }
}

/// Returns what stands between two texts.
pub(crate) fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    text.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}

/// Longer than any answer of a server that is there, however busy it is.
const PATIENCE: Duration = Duration::from_secs(10);
const LARGEST_PAGE: usize = 1024 * 1024;
const FORM: &str = "application/x-www-form-urlencoded";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_stays_until_it_is_cleared() {
        let answer = |cookie: &str| {
            let headers = HeaderMap::from_iter([(SET_COOKIE, HeaderValue::from_str(cookie).unwrap())]);
            Answer { status: 200, headers, body: Bytes::new() }
        };
        let mut jar = Jar::default();
        jar.keep(&answer("__Host-saml-session=5a; Path=/; HttpOnly"));
        assert!(jar.has("__Host-saml-session") && !jar.has("__Host-saml-browser"));
        jar.keep(&answer("__Host-saml-session=; Path=/; Max-Age=0"));
        assert!(!jar.has("__Host-saml-session"));
    }

    #[tokio::test]
    async fn nobody_listening_is_told_from_an_answer_that_is_lost() {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move { drop(listener.accept().await) });
        let mut connection = Connection::new(address, "localhost");
        assert_eq!(connection.get("/", &Jar::default()).await.err(), Some(Unanswered::Lost));
        server.await.unwrap();
        assert_eq!(connection.get("/", &Jar::default()).await.err(), Some(Unanswered::NotConnected));
    }
}
