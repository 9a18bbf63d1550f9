use std::fmt;
use std::time::Duration;

use hyper::header::HeaderValue;
use openssl::pkey::{PKey, Private};
use openssl::ssl::SslContext;
use openssl::x509::X509;
use saml_xml::Limits;
use thiserror::Error;

use crate::tls;

/// How the other side is reached and recognised, and how long it may take. Immutable; one for each connection.
#[derive(Clone)]
pub struct BackChannel {
    roots: Vec<X509>,
    client: Option<ClientCertificate>,
    pub(crate) tls: SslContext,
    pub(crate) content_type: HeaderValue,
    pub(crate) connect_timeout: Duration,
    pub(crate) timeout: Duration,
    pub(crate) body_limit: usize,
}

/// Our certificate with what is between it and a root, and its key.
#[derive(Clone)]
pub(crate) struct ClientCertificate {
    pub(crate) key: PKey<Private>,
    pub(crate) certificate: X509,
    pub(crate) intermediates: Vec<X509>,
}

/// Settings that cannot make a back channel.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A certificate file that holds none, or something else.
    #[error("expected one or more X.509 certificates in PEM form for {place}, found something else")]
    Certificate {
        /// What the certificates are for.
        place: &'static str,
    },
    /// A value that cannot be a header.
    #[error("expected a content type of visible ASCII, found something else")]
    ContentType,
    /// A private key that does not belong to the certificate.
    #[error("expected the private key of the client certificate, found another")]
    KeyMismatch,
    /// A private key that cannot be read.
    #[error("expected a private key in PEM form without a pass phrase, found something else")]
    PrivateKey,
    /// OpenSSL does not take the settings, a key or signature too weak for it among them.
    #[error("expected certificates that OpenSSL takes for TLS, found others")]
    Tls,
}

impl ConfigError {
    /// Returns the stable word for logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Certificate { .. } => "config_certificate",
            Self::ContentType => "config_content_type",
            Self::KeyMismatch => "config_key_mismatch",
            Self::PrivateKey => "config_private_key",
            Self::Tls => "config_tls",
        }
    }
}

impl BackChannel {
    /// Makes a back channel to a side whose certificate comes from one of `roots`, one or more in PEM form.
    ///
    /// Nothing else is trusted: for DigiD these are the private roots of PKIoverheid. Connecting may take 5 seconds,
    /// the whole 10, and the answer may have as many bytes as any message.
    ///
    /// # Errors
    /// [`ConfigError::Certificate`] when `roots` holds no certificate, [`ConfigError::Tls`] when OpenSSL does not take
    /// it.
    ///
    /// ```
    /// use saml_backchannel::BackChannel;
    ///
    /// assert_eq!(BackChannel::new(b"").unwrap_err().code(), "config_certificate");
    /// ```
    pub fn new(roots: &[u8]) -> Result<Self, ConfigError> {
        let roots = certificates(roots, "the roots")?;
        Ok(Self {
            tls: tls::context(&roots, None).map_err(|_| ConfigError::Tls)?,
            roots,
            client: None,
            content_type: HeaderValue::from_static("text/xml"),
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
            body_limit: Limits::message().bytes,
        })
    }

    /// Shows our certificate to the other side: the private key, and the certificate with those between it and the root
    /// behind it, both in PEM form. A broker that asks for none needs none.
    ///
    /// # Errors
    /// [`ConfigError::PrivateKey`], [`ConfigError::Certificate`], [`ConfigError::KeyMismatch`], [`ConfigError::Tls`].
    pub fn with_client_certificate(self, private_key: &[u8], chain: &[u8]) -> Result<Self, ConfigError> {
        // The empty pass phrase keeps OpenSSL from asking for one on the terminal.
        let key = PKey::private_key_from_pem_passphrase(private_key, b"").map_err(|_| ConfigError::PrivateKey)?;
        let place = "the client";
        let mut intermediates = certificates(chain, place)?;
        let certificate = intermediates.remove(0);
        if !certificate.public_key().is_ok_and(|public| key.public_eq(&public)) {
            return Err(ConfigError::KeyMismatch);
        }
        let client = Some(ClientCertificate { key, certificate, intermediates });
        let tls = tls::context(&self.roots, client.as_ref()).map_err(|_| ConfigError::Tls)?;
        Ok(Self { client, tls, ..self })
    }

    /// Returns our certificate in DER form, where we show one: it has an end that somebody must know of.
    #[must_use]
    pub fn client_certificate_der(&self) -> Option<Vec<u8>> {
        self.client.as_ref().and_then(|client| client.certificate.to_der().ok())
    }

    /// Sets the `Content-Type` of the question; `text/xml` unless set. Some brokers want `application/soap+xml`.
    ///
    /// # Errors
    /// [`ConfigError::ContentType`] for what cannot stand in a header.
    pub fn with_content_type(self, content_type: &str) -> Result<Self, ConfigError> {
        let content_type = HeaderValue::from_str(content_type).map_err(|_| ConfigError::ContentType)?;
        Ok(Self { content_type, ..self })
    }

    /// Sets how long connecting may take, TLS included, and how long the whole may; 5 and 10 seconds unless set.
    #[must_use]
    pub fn with_timeouts(self, connect: Duration, whole: Duration) -> Self {
        Self { connect_timeout: connect, timeout: whole, ..self }
    }

    /// Sets the most bytes that an answer may have; what is over the limit of a message is refused later anyway.
    #[must_use]
    pub fn with_body_limit(self, bytes: usize) -> Self {
        Self { body_limit: bytes, ..self }
    }
}

impl fmt::Debug for BackChannel {
    /// Leaves keys out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackChannel")
            .field("roots", &self.roots.len())
            .field("client_certificate", &self.client.is_some())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

fn certificates(pem: &[u8], place: &'static str) -> Result<Vec<X509>, ConfigError> {
    match X509::stack_from_pem(pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(ConfigError::Certificate { place }),
    }
}
