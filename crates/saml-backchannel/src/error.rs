use thiserror::Error;

/// Says why an artifact was not resolved, or metadata not fetched.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// A SOAP fault, or a message that could not be put into its envelope.
    #[error("{0}")]
    Binding(#[from] saml_bindings::Error),
    /// The server refused our certificate, or wants one and got none.
    #[error("expected our client certificate to be taken, found TLS alert {alert}")]
    ClientCertificate {
        /// The alert by which it said so (RFC 8446 6.2).
        alert: u8,
    },
    /// No connection.
    #[error("expected a connection to {host}, found none")]
    Connect {
        /// The host.
        host: String,
    },
    /// No connection in time.
    #[error("expected a connection within {seconds} s, found none")]
    ConnectTimeout {
        /// The seconds that it may take.
        seconds: u64,
    },
    /// An answer that is not XML.
    #[error("expected content type text/xml or application/soap+xml in UTF-8, found {found}")]
    ContentType {
        /// The content type found.
        found: String,
    },
    /// A URL that nothing may be sent to.
    #[error("expected an https URL without user and fragment, found another")]
    Endpoint,
    /// An answer that is not HTTP, or breaks off.
    #[error("expected one complete HTTP answer, found another")]
    Http,
    /// Metadata that came and is not believed.
    #[error("{0}")]
    Metadata(#[from] saml_metadata::Error),
    /// A redirect, which is not followed.
    #[error("expected an answer, found a redirect with status {found}")]
    Redirect {
        /// The status.
        found: u16,
    },
    /// A server certificate that does not hold, for another reason than its root or its name.
    #[error("expected a server certificate that holds, found: {found}")]
    ServerCertificate {
        /// The reason in OpenSSL's words, such as `certificate has expired`.
        found: &'static str,
    },
    /// A server certificate for another host.
    #[error("expected a server certificate for {host}, found one for another name")]
    ServerName {
        /// The host.
        host: String,
    },
    /// A server certificate that comes from none of the pinned roots.
    #[error("expected a server certificate under one of the pinned roots, found another")]
    ServerRoot,
    /// The question could not be signed.
    #[error("{0}")]
    Signature(#[from] saml_xml_security::Error),
    /// An answer with another status than 200.
    #[error("expected status 200, found {found}")]
    Status {
        /// The status.
        found: u16,
    },
    /// No complete answer in time.
    #[error("expected an answer within {seconds} s, found none")]
    Timeout {
        /// The seconds that it may take.
        seconds: u64,
    },
    /// A TLS handshake that failed, for another reason than a certificate.
    #[error("expected a TLS handshake, found a failure")]
    Tls,
    /// An answer that is too large.
    #[error("expected an answer of at most {limit} bytes, found more")]
    TooLarge {
        /// The most bytes it may have.
        limit: usize,
    },
    /// A value holds a character that XML does not allow.
    #[error("{0}")]
    Write(#[from] saml_xml::WriteError),
}

impl Error {
    /// Returns the stable word for logs and metrics; that of the inner error for binding, metadata and signature.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Binding(error) => error.code(),
            Self::ClientCertificate { .. } => "backchannel_client_certificate",
            Self::Connect { .. } => "backchannel_connect",
            Self::ConnectTimeout { .. } => "backchannel_connect_timeout",
            Self::ContentType { .. } => "backchannel_content_type",
            Self::Endpoint => "backchannel_endpoint",
            Self::Http => "backchannel_http",
            Self::Metadata(error) => error.code(),
            Self::Redirect { .. } => "backchannel_redirect",
            Self::ServerCertificate { .. } => "backchannel_server_certificate",
            Self::ServerName { .. } => "backchannel_server_name",
            Self::ServerRoot => "backchannel_server_root",
            Self::Signature(error) => error.code(),
            Self::Status { .. } => "backchannel_status",
            Self::Timeout { .. } => "backchannel_timeout",
            Self::Tls => "backchannel_tls",
            Self::TooLarge { .. } => "backchannel_too_large",
            Self::Write(_) => "backchannel_write",
        }
    }
}
