//! How the network is reached: names, roots and the clock are arguments.

use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::rt::{Read, Write};
use hyper::{Method, Request, Uri};
use hyper_util::rt::TokioIo;
use openssl::error::ErrorStack;
use openssl::ssl::{Ssl, SslContext, SslMethod, SslVerifyMode, SslVersion};
use openssl::x509::X509;
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::verify::X509CheckFlags;
use pkioverheid::Certificate;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_openssl::SslStream;

use crate::observations::{Answer, Tls};

/// How the network is reached.
#[derive(Clone)]
pub struct Network {
    resolve: Option<Arc<Resolve>>,
    roots: TrustedRoots,
    now: fn() -> DateTime<Utc>,
    patience: Duration,
}

type Resolve = dyn Fn(&str, u16) -> Option<SocketAddr> + Send + Sync;

/// Who may vouch for a server that browsers go to.
#[derive(Clone, Debug)]
pub enum TrustedRoots {
    /// The roots of the operating system, as in a browser.
    System,
    /// These certificates, in PEM form.
    Pem(Vec<u8>),
}

impl Network {
    /// Takes names and roots from the operating system. An exchange may take ten seconds.
    #[must_use]
    pub fn new(now: fn() -> DateTime<Utc>) -> Self {
        Self { resolve: None, roots: TrustedRoots::System, now, patience: Duration::from_secs(10) }
    }

    /// Takes the address of each host and port from `resolve`, and asks nobody else: for tests.
    #[must_use]
    pub fn with_addresses(self, resolve: impl Fn(&str, u16) -> Option<SocketAddr> + Send + Sync + 'static) -> Self {
        Self { resolve: Some(Arc::new(resolve)), ..self }
    }

    /// Takes these for the roots that may vouch for a server.
    #[must_use]
    pub fn with_roots(self, roots: TrustedRoots) -> Self {
        Self { roots, ..self }
    }

    /// Looks at the TLS of a host.
    pub(crate) async fn tls(&self, host: &str, port: u16) -> Result<Tls, String> {
        let stream = self.handshake(host, port, false).await?;
        let ssl = stream.ssl();
        let certificate =
            ssl.peer_certificate().and_then(|x509| x509.to_der().ok()).ok_or("it showed no certificate")?;
        let certificate = Certificate::read_all(&certificate).map_err(|error| error.to_string())?.into_iter().next();
        let certificate = certificate.ok_or("it showed no certificate")?;
        let (result, version) = (ssl.verify_result(), ssl.version_str());
        let fault = (result.as_raw() != 0).then(|| (result.as_raw(), result.error_string().to_owned()));
        // A server may take one connection at a time.
        drop(stream);
        let takes_old = self.handshake(host, port, true).await.is_ok();
        Ok(Tls { host: host.to_owned(), certificate, fault, version, takes_old })
    }

    /// Asks for a page, or posts a form. Nothing is followed; by https, only a server whose certificate holds is spoken to.
    pub(crate) async fn fetch(&self, url: &str, form: Option<String>) -> Result<Answer, String> {
        let uri: Uri = url.parse().map_err(|_| format!("{url} is no URL"))?;
        let authority = uri.authority().ok_or_else(|| format!("{url} has no host"))?.clone();
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let encrypted = uri.scheme_str() == Some("https");
        let port = authority.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
        let request = Request::builder()
            .method(if form.is_some() { Method::POST } else { Method::GET })
            .uri(uri.path_and_query().map_or("/", |target| target.as_str()))
            .header(HOST, authority.as_str())
            .header("accept-language", "nl");
        let request = match form {
            Some(form) => {
                request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(Full::new(Bytes::from(form)))
            }
            None => request.body(Full::default()),
        };
        let request = request.map_err(|error| error.to_string())?;
        let answer = timeout(self.patience, async {
            if encrypted {
                let stream = self.handshake(&host, port, false).await?;
                match stream.ssl().verify_result() {
                    result if result.as_raw() == 0 => self.exchange(TokioIo::new(stream), request).await,
                    result => Err(format!("the certificate of {host} does not hold: {}", result.error_string())),
                }
            } else {
                self.exchange(TokioIo::new(self.connect(&host, port).await?), request).await
            }
        });
        answer.await.map_err(|_| format!("no answer from {host} within {} s", self.patience.as_secs()))?
    }

    async fn exchange<S>(&self, stream: S, request: Request<Full<Bytes>>) -> Result<Answer, String>
    where
        S: Read + Write + Unpin + Send + 'static,
    {
        let said = |error: hyper::Error| error.to_string();
        let (mut sender, connection) = http1::handshake(stream).await.map_err(said)?;
        let connection = tokio::spawn(connection);
        let (head, body) = sender.send_request(request).await.map_err(said)?.into_parts();
        let at = (self.now)();
        let body = Limited::new(body, LARGEST_PAGE).collect().await.map_err(|error| error.to_string())?;
        connection.abort();
        let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        Ok(Answer { status: head.status.as_u16(), headers, body: body.to_bytes().to_vec(), at })
    }

    async fn handshake(&self, host: &str, port: u16, old: bool) -> Result<SslStream<TcpStream>, String> {
        let ssl = self.session(host, old).map_err(|error| error.to_string())?;
        let tcp = self.connect(host, port).await?;
        let mut stream = SslStream::new(ssl, tcp).map_err(|error| error.to_string())?;
        let shaken = timeout(self.patience, Pin::new(&mut stream).connect()).await;
        shaken.map_err(|_| format!("no TLS from {host}"))?.map_err(|error| format!("no TLS from {host}: {error}"))?;
        Ok(stream)
    }

    async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, String> {
        let addresses: Vec<SocketAddr> = match &self.resolve {
            Some(resolve) => resolve(host, port).into_iter().collect(),
            None => {
                let found = timeout(self.patience, lookup_host((host, port))).await;
                found
                    .map_err(|_| format!("no address of {host}"))?
                    .map_err(|error| format!("{host}: {error}"))?
                    .collect()
            }
        };
        if addresses.is_empty() {
            return Err(format!("{host} has no address"));
        }
        let connected = timeout(self.patience, TcpStream::connect(&*addresses)).await;
        connected.map_err(|_| format!("no connection to {host}"))?.map_err(|error| format!("{host}: {error}"))
    }

    /// What does not hold is looked at after the handshake, so that all of it can be said.
    fn session(&self, host: &str, old: bool) -> Result<Ssl, ErrorStack> {
        let mut builder = SslContext::builder(SslMethod::tls_client())?;
        builder.set_verify(SslVerifyMode::NONE);
        match &self.roots {
            TrustedRoots::System => builder.set_default_verify_paths()?,
            TrustedRoots::Pem(pem) => {
                let mut store = X509StoreBuilder::new()?;
                for root in X509::stack_from_pem(pem)? {
                    store.add_cert(root)?;
                }
                builder.set_cert_store(store.build());
            }
        }
        if old {
            // OpenSSL itself offers what is old at this level alone.
            builder.set_cipher_list("ALL:@SECLEVEL=0")?;
            builder.set_min_proto_version(Some(SslVersion::TLS1))?;
            builder.set_max_proto_version(Some(SslVersion::TLS1_1))?;
        }
        let mut ssl = Ssl::new(&builder.build())?;
        ssl.param_mut().set_hostflags(X509CheckFlags::NO_PARTIAL_WILDCARDS);
        match host.parse() {
            Ok(address) => ssl.param_mut().set_ip(address)?,
            Err(_) => {
                ssl.param_mut().set_host(host)?;
                ssl.set_hostname(host)?;
            }
        }
        Ok(ssl)
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").field("patience", &self.patience).finish_non_exhaustive()
    }
}

const LARGEST_PAGE: usize = 4 * 1024 * 1024;
