use std::pin::Pin;

use openssl::error::ErrorStack;
use openssl::ssl::{self, Ssl, SslContext, SslMethod, SslOptions, SslVerifyMode, SslVersion};
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::verify::X509CheckFlags;
use openssl::x509::{X509, X509VerifyResult};
use tokio::net::TcpStream;
use tokio_openssl::SslStream;

use crate::back_channel::ClientCertificate;
use crate::endpoint::Endpoint;
use crate::error::Error;

/// Makes what every connection of one back channel has in common.
///
/// `SslConnector` would load the roots of the operating system; this does not.
pub(crate) fn context(roots: &[X509], client: Option<&ClientCertificate>) -> Result<SslContext, ErrorStack> {
    // The configuration of the machine's OpenSSL may ask for more, never for less.
    let level = SslContext::builder(SslMethod::tls_client())?.build().security_level().max(BITS_112);
    let mut builder = SslContext::builder(SslMethod::tls_client())?;
    builder.set_min_proto_version(Some(SslVersion::TLS1_2))?;
    builder.set_cipher_list(TLS_1_2_CIPHERS)?;
    builder.set_security_level(level);
    builder.set_options(SslOptions::NO_COMPRESSION | SslOptions::NO_RENEGOTIATION);
    let mut store = X509StoreBuilder::new()?;
    for root in roots {
        store.add_cert(root.clone())?;
    }
    builder.set_cert_store(store.build());
    builder.set_verify(SslVerifyMode::PEER);
    if let Some(client) = client {
        builder.set_certificate(&client.certificate)?;
        for intermediate in &client.intermediates {
            builder.add_extra_chain_cert(intermediate.clone())?;
        }
        builder.set_private_key(&client.key)?;
    }
    Ok(builder.build())
}

/// Connects to `endpoint`, and goes on only when its certificate comes from a pinned root and bears its name.
pub(crate) async fn connect(context: &SslContext, endpoint: &Endpoint) -> Result<SslStream<TcpStream>, Error> {
    let host = || endpoint.host.clone();
    let ssl = session(context, endpoint).map_err(|_| Error::Tls)?;
    let tcp = TcpStream::connect((endpoint.host.as_str(), endpoint.port)).await;
    let tcp = tcp.map_err(|_| Error::Connect { host: host() })?;
    let mut stream = SslStream::new(ssl, tcp).map_err(|_| Error::Tls)?;
    match Pin::new(&mut stream).connect().await {
        Ok(()) => Ok(stream),
        Err(error) => Err(match stream.ssl().verify_result() {
            X509VerifyResult::OK => refused_certificate(&error).unwrap_or(Error::Tls),
            found if ROOT_NOT_FOUND.contains(&found.as_raw()) => Error::ServerRoot,
            found if OTHER_NAME.contains(&found.as_raw()) => Error::ServerName { host: host() },
            found => Error::ServerCertificate { found: found.error_string() },
        }),
    }
}

/// Finds the alert below `error` by which the other side refuses our certificate, or the lack of one.
pub(crate) fn refused_certificate(error: &(dyn std::error::Error + 'static)) -> Option<Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let inner = inner.and_then(|inner| inner.downcast_ref::<ssl::Error>());
        if let Some(error) = error.downcast_ref::<ssl::Error>().or(inner) {
            return error.ssl_error()?.errors().iter().find_map(alert).map(|alert| Error::ClientCertificate { alert });
        }
        next = error.source();
    }
    None
}

fn session(context: &SslContext, endpoint: &Endpoint) -> Result<Ssl, ErrorStack> {
    let mut ssl = Ssl::new(context)?;
    ssl.param_mut().set_hostflags(X509CheckFlags::NO_PARTIAL_WILDCARDS);
    match endpoint.address() {
        Some(address) => ssl.param_mut().set_ip(address)?,
        None => {
            ssl.param_mut().set_host(&endpoint.host)?;
            ssl.set_hostname(&endpoint.host)?;
        }
    }
    Ok(ssl)
}

/// Returns the alert that an OpenSSL error stands for, where it is about a certificate.
fn alert(error: &openssl::error::Error) -> Option<u8> {
    // OpenSSL numbers the reason of an alert from 1000 on.
    let alert = u8::try_from(error.reason_code() - 1000).ok()?;
    CERTIFICATE_ALERTS.contains(&alert).then_some(alert)
}

// NCSC-NL, ICT security guidelines for TLS: what is good there for TLS 1.2. The suites of TLS 1.3 are all of that kind.
const TLS_1_2_CIPHERS: &str = "ECDHE+AESGCM:ECDHE+CHACHA20";

// OpenSSL's level for 112 bits: RSA of 2048 bits, and no SHA-1. Not everywhere is it the least without being asked for
// (SSL_CTX_set_security_level(3)).
const BITS_112: u32 = 2;

// X509_V_ERR_* of OpenSSL: issuer not found, self-signed at depth zero and above, issuer not found here, leaf not
// verified.
const ROOT_NOT_FOUND: [i32; 5] = [2, 18, 19, 20, 21];
// X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH.
const OTHER_NAME: [i32; 2] = [62, 64];

// RFC 8446 6.2: bad_certificate to certificate_unknown, unknown_ca, access_denied, certificate_required.
const CERTIFICATE_ALERTS: [u8; 8] = [42, 43, 44, 45, 46, 48, 49, 116];
