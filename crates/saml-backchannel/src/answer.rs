use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HOST, PRAGMA};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use saml_bindings::soap_body;
use saml_xml::{Document, ParseOptions};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::back_channel::BackChannel;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::tls;

impl BackChannel {
    /// Posts an envelope and returns the body of the answer, within the time that the whole may take.
    pub(crate) async fn post(&self, endpoint: &Endpoint, envelope: String) -> Result<Vec<u8>, Error> {
        let request = self.request(endpoint, envelope)?;
        let answer = timeout(self.timeout, async {
            let (response, _connection) = self.send(endpoint, request).await?;
            self.body(response).await
        });
        answer.await.map_err(|_| self.too_late())?
    }

    /// Sends a request; the answer still has to be read, with the connection kept so long.
    pub(crate) async fn send(
        &self,
        endpoint: &Endpoint,
        request: Request<Full<Bytes>>,
    ) -> Result<(Response<Incoming>, Connection), Error> {
        let connected = timeout(self.connect_timeout, tls::connect(&self.tls, endpoint)).await;
        let stream = connected.map_err(|_| Error::ConnectTimeout { seconds: self.connect_timeout.as_secs() })??;
        let handshake = http1::Builder::new().max_buf_size(HEADER_LIMIT).handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(|_| Error::Http)?;
        let mut tasks = JoinSet::new();
        tasks.spawn(connection);
        match sender.send_request(request).await {
            Ok(response) => Ok((response, Connection { _tasks: tasks })),
            Err(error) => {
                // Under TLS 1.3 the refusal of our certificate comes after the handshake, to whoever reads or writes
                // first.
                let connection = tasks.join_next().await.and_then(Result::ok).and_then(Result::err);
                let refused = tls::refused_certificate(&error);
                Err(refused.or_else(|| tls::refused_certificate(&connection?)).unwrap_or(Error::Http))
            }
        }
    }

    pub(crate) const fn too_late(&self) -> Error {
        Error::Timeout { seconds: self.timeout.as_secs() }
    }

    fn request(&self, endpoint: &Endpoint, envelope: String) -> Result<Request<Full<Bytes>>, Error> {
        Request::post(&endpoint.target)
            .header(HOST, &endpoint.authority)
            .header(CONTENT_TYPE, &self.content_type)
            .header("SOAPAction", SOAP_ACTION)
            // SAML Bindings 3.2.3.2.
            .header(CACHE_CONTROL, "no-cache, no-store")
            .header(PRAGMA, "no-cache")
            .body(Full::new(Bytes::from(envelope)))
            .map_err(|_| Error::Endpoint)
    }

    async fn body(&self, response: Response<Incoming>) -> Result<Vec<u8>, Error> {
        let (head, body) = response.into_parts();
        let found = head.status.as_u16();
        let is_fault = head.status == StatusCode::INTERNAL_SERVER_ERROR;
        if head.status.is_redirection() {
            return Err(Error::Redirect { found });
        }
        if head.status != StatusCode::OK && !is_fault {
            return Err(Error::Status { found });
        }
        let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !is_xml(content_type) {
            let found = content_type.chars().take(60).collect();
            return Err(if is_fault { Error::Status { found: 500 } } else { Error::ContentType { found } });
        }
        let body = collect(body, self.body_limit).await?;
        if is_fault { Err(fault(&body).unwrap_or(Error::Status { found })) } else { Ok(body) }
    }
}

/// What carries an answer: closed when this is dropped, whatever ends it.
pub(crate) struct Connection {
    _tasks: JoinSet<hyper::Result<()>>,
}

/// Reads a body of at most `limit` bytes.
pub(crate) async fn collect(body: Incoming, limit: usize) -> Result<Vec<u8>, Error> {
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes().to_vec()),
        Err(error) if error.is::<LengthLimitError>() => Err(Error::TooLarge { limit }),
        Err(_) => Err(Error::Http),
    }
}

/// Tells a SOAP fault, which comes with status 500 (SAML Bindings 3.2.3.3), from a server that broke down.
fn fault(body: &[u8]) -> Option<Error> {
    let document = Document::parse(body, &ParseOptions::message()).ok()?;
    match soap_body(&document) {
        Err(fault @ saml_bindings::Error::SoapFault) => Some(Error::Binding(fault)),
        _ => None,
    }
}

fn is_xml(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
    let is_utf8 = |part: &str| match part.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
            value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    };
    matches!(kind.as_str(), "text/xml" | "application/soap+xml") && parts.all(is_utf8)
}

// SAML Bindings 3.2.3: the value for requesters that set one; SOAP 1.1 6.1.1 has it in quotes.
const SOAP_ACTION: &str = "\"http://www.oasis-open.org/committees/security\"";

/// Far more than the head of an answer has.
const HEADER_LIMIT: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_in_utf8_is_taken_and_nothing_else() {
        for good in ["text/xml", "TEXT/XML; charset=\"UTF-8\"", "application/soap+xml; action=a; charset=utf-8"] {
            assert!(is_xml(good), "{good}");
        }
        for bad in ["", "text/html", "text/xml; charset=iso-8859-1", "text/xml-external", "application/xml"] {
            assert!(!is_xml(bad), "{bad}");
        }
    }
}
