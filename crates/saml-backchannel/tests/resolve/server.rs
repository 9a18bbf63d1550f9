//! A server on a free port of the machine itself, which says what it is told to say.

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use openssl::ssl::{Ssl, SslContext, SslMethod, SslVerifyMode, SslVersion};
use openssl::x509::store::X509StoreBuilder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_openssl::SslStream;

use crate::certificates::Identity;

/// How the server behaves.
pub(crate) struct Behaviour<'a> {
    pub(crate) identity: &'a Identity,
    /// The root that a client certificate must come from; none is asked for without.
    pub(crate) client_root: Option<&'a Identity>,
    pub(crate) newest_version: Option<SslVersion>,
    pub(crate) answer: Answer,
}

/// What the server says to a request.
#[derive(Clone)]
pub(crate) enum Answer {
    Bytes(Vec<u8>),
    /// Nothing at all, with the connection left open.
    Silence,
    /// Not even a TLS handshake.
    NoHandshake,
}

pub(crate) struct Server {
    pub(crate) port: u16,
    answer: Arc<Mutex<Answer>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) async fn start(behaviour: &Behaviour<'_>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(Mutex::new(behaviour.answer.clone()));
        let context = context(behaviour);
        let (next, log) = (Arc::clone(&answer), Arc::clone(&requests));
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let answer = next.lock().unwrap().clone();
                tokio::spawn(serve(tcp, context.clone(), answer, Arc::clone(&log)));
            }
        });
        Self { port, answer, requests }
    }

    /// Says something else from now on.
    pub(crate) fn now_says(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    pub(crate) fn url(&self, host: &str) -> String {
        format!("https://{host}:{}/ars?a=b", self.port)
    }

    /// Returns the requests that came in whole, head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve(mut tcp: TcpStream, context: SslContext, answer: Answer, log: Arc<Mutex<Vec<String>>>) {
    if matches!(answer, Answer::NoHandshake) {
        drain(&mut tcp).await;
        return;
    }
    let mut stream = SslStream::new(Ssl::new(&context).unwrap(), tcp).unwrap();
    if Pin::new(&mut stream).accept().await.is_err() {
        // What the client has sent already must be read, or the alert would be lost with it.
        drain(stream.get_mut()).await;
        return;
    }
    let Some(request) = read_request(&mut stream).await else { return };
    log.lock().unwrap().push(request);
    if let Answer::Bytes(bytes) = answer {
        let _ = stream.write_all(&bytes).await;
        let _ = stream.shutdown().await;
    }
    let mut rest = [0; 1024];
    while matches!(stream.read(&mut rest).await, Ok(1..)) {}
}

async fn drain(tcp: &mut TcpStream) {
    let mut rest = [0; 1024];
    while matches!(tcp.read(&mut rest).await, Ok(1..)) {}
}

async fn read_request(stream: &mut SslStream<TcpStream>) -> Option<String> {
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lower = head.to_ascii_lowercase();
            let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if body.len() == length.unwrap_or(0) {
                return Some(text);
            }
        }
        match stream.read(&mut piece).await {
            Ok(count @ 1..) => request.extend_from_slice(&piece[..count]),
            _ => return None,
        }
    }
}

fn context(behaviour: &Behaviour<'_>) -> SslContext {
    let mut builder = SslContext::builder(SslMethod::tls_server()).unwrap();
    builder.set_max_proto_version(behaviour.newest_version).unwrap();
    // By default OpenSSL is asked for TLS 1.2 at least; an old server is part of the tests.
    builder.set_min_proto_version(None).unwrap();
    builder.set_cipher_list("ALL:@SECLEVEL=0").unwrap();
    builder.set_certificate(&behaviour.identity.certificate).unwrap();
    builder.set_private_key(&behaviour.identity.key).unwrap();
    if let Some(root) = behaviour.client_root {
        let mut store = X509StoreBuilder::new().unwrap();
        store.add_cert(root.certificate.clone()).unwrap();
        builder.set_cert_store(store.build());
        builder.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
        builder.set_session_id_context(b"test").unwrap();
    }
    builder.build()
}
