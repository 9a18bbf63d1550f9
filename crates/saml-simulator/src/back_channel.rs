use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use axum::serve::Listener;
use openssl::pkey::PKey;
use openssl::ssl::{Ssl, SslContext, SslMethod, SslVerifyMode, SslVersion};
use openssl::x509::X509;
use openssl::x509::store::X509StoreBuilder;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_openssl::SslStream;

use crate::error::ConfigError;

/// Listens for portals that show a client certificate: what the back channel of a simulator is served over.
///
/// ```no_run
/// use saml_simulator::{BackChannelListener, Routers};
///
/// async fn serve(routers: Routers, listener: BackChannelListener) -> std::io::Result<()> {
///     axum::serve(listener, routers.back_channel).await
/// }
/// ```
pub struct BackChannelListener {
    tcp: TcpListener,
    tls: SslContext,
}

impl BackChannelListener {
    /// Listens on `tcp` with the private key and the certificate chain of the server, and demands a client certificate
    /// that comes from one of `client_roots`; all in PEM form.
    ///
    /// # Errors
    /// [`ConfigError::Tls`] for keys and certificates that cannot be read, or that do not belong together.
    pub fn new(tcp: TcpListener, private_key: &[u8], chain: &[u8], client_roots: &[u8]) -> Result<Self, ConfigError> {
        Ok(Self { tcp, tls: context(private_key, chain, client_roots).ok_or(ConfigError::Tls)? })
    }
}

impl Listener for BackChannelListener {
    type Addr = SocketAddr;
    type Io = SslStream<TcpStream>;

    /// Returns the next connection whose client showed a certificate; who shows none, or takes too long, is passed
    /// over.
    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (tcp, address) = Listener::accept(&mut self.tcp).await;
            let Ok(mut stream) = Ssl::new(&self.tls).and_then(|tls| SslStream::new(tls, tcp)) else { continue };
            match timeout(PATIENCE, Pin::new(&mut stream).accept()).await {
                Ok(Ok(())) => return (stream, address),
                Ok(Err(error)) => tracing::warn!(%address, "simulator refused a TLS handshake: {error}"),
                Err(_) => tracing::warn!(%address, "simulator ended a TLS handshake that took too long"),
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}

fn context(private_key: &[u8], chain: &[u8], client_roots: &[u8]) -> Option<SslContext> {
    let mut builder = SslContext::builder(SslMethod::tls_server()).ok()?;
    builder.set_min_proto_version(Some(SslVersion::TLS1_2)).ok()?;
    let mut chain = X509::stack_from_pem(chain).ok()?.into_iter();
    let certificate = chain.next()?;
    builder.set_certificate(&certificate).ok()?;
    for intermediate in chain {
        builder.add_extra_chain_cert(intermediate).ok()?;
    }
    // The empty pass phrase keeps OpenSSL from asking for one on the terminal.
    let private_key = PKey::private_key_from_pem_passphrase(private_key, b"").ok()?;
    builder.set_private_key(&private_key).ok()?;
    builder.check_private_key().ok()?;
    let mut roots = X509StoreBuilder::new().ok()?;
    let client_roots = X509::stack_from_pem(client_roots).ok()?;
    // Without one nobody could be let in.
    client_roots.first()?;
    for root in client_roots {
        roots.add_cert(root).ok()?;
    }
    builder.set_cert_store(roots.build());
    builder.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
    builder.set_session_id_context(b"saml-simulator").ok()?;
    Some(builder.build())
}

/// For one handshake, in which nobody else is served: longer than any on one machine takes.
const PATIENCE: Duration = Duration::from_secs(5);
