//! Questions to a server on the machine itself, and files from it: each refusal stands beside an answer that differs in
//! one thing.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod certificates;
mod fetch;
mod server;

use std::sync::LazyLock;
use std::time::Duration;

use chrono::{DateTime, Utc};
use openssl::nid::Nid;
use openssl::ssl::SslVersion;
use saml_backchannel::{ArtifactRequest, BackChannel, ConfigError, Error};
use saml_bindings::{Artifact, soap_body};
use saml_protocol::ArtifactResolve;
use saml_xml::{Document, ParseOptions};
use saml_xml_security::{AlgorithmPolicy, SigningKey, verify};

use crate::certificates::{FOREVER, Identity, Request};
use crate::server::{Answer, Behaviour, Server};

static ROOT: LazyLock<Identity> = LazyLock::new(Identity::root);
static OTHER_ROOT: LazyLock<Identity> = LazyLock::new(Identity::root);
static SERVER: LazyLock<Identity> = LazyLock::new(|| Identity::server(&ROOT, &["localhost", "127.0.0.1"]));
static CLIENT: LazyLock<Identity> = LazyLock::new(|| Identity::client(&ROOT));
static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate_self_signed(2048, "portal.example", 0, FOREVER).unwrap());

const GOOD: &str = "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><a/></soap:Body>\
                    </soap:Envelope>";
const FAULT: &str = "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><soap:Fault>\
                     <faultcode>soap:Server</faultcode><faultstring>x</faultstring></soap:Fault></soap:Body>\
                     </soap:Envelope>";

fn http(status: &str, content_type: &str, body: &str) -> Answer {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n");
    Answer::Bytes(format!("{head}{body}").into_bytes())
}

fn good_answer() -> Answer {
    http("200 OK", "text/xml; charset=utf-8", GOOD)
}

fn behaviour(answer: Answer) -> Behaviour<'static> {
    Behaviour { identity: &SERVER, client_root: None, newest_version: None, answer }
}

fn back_channel() -> BackChannel {
    BackChannel::new(&ROOT.certificate_pem()).unwrap()
}

fn with_client(client: &Identity) -> BackChannel {
    back_channel().with_client_certificate(&client.key_pem(), &client.certificate_pem()).unwrap()
}

fn now() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn artifact() -> Artifact {
    Artifact::new("https://idp.example/saml", 0, [7; 20])
}

async fn resolve(back_channel: &BackChannel, endpoint: &str) -> Result<Vec<u8>, Error> {
    let (id, issuer, artifact) = ("_resolve", "https://portal.example/saml", &artifact());
    back_channel.resolve(&ArtifactRequest { endpoint, id, issuer, artifact, key: &KEY, now: now() }).await
}

async fn ask(back_channel: &BackChannel, behaviour: &Behaviour<'_>) -> Result<Vec<u8>, Error> {
    let server = Server::start(behaviour).await;
    resolve(back_channel, &server.url("localhost")).await
}

async fn answered(answer: Answer) -> Result<Vec<u8>, Error> {
    ask(&back_channel(), &behaviour(answer)).await
}

fn rejected(result: Result<Vec<u8>, Error>, code: &str) -> Error {
    let error = result.unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    error
}

#[tokio::test]
async fn the_answer_is_returned_byte_for_byte() {
    assert_eq!(answered(good_answer()).await, Ok(GOOD.as_bytes().to_vec()));
}

#[tokio::test]
async fn the_question_is_a_signed_artifact_resolve_in_soap() {
    let server = Server::start(&behaviour(good_answer())).await;
    let url = server.url("localhost");
    resolve(&back_channel(), &url).await.unwrap();

    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /ars?a=b HTTP/1.1\r\n"), "{head}");
    for header in [
        &format!("host: localhost:{}", server.port),
        "content-type: text/xml",
        "soapaction: \"http://www.oasis-open.org/committees/security\"",
        "cache-control: no-cache, no-store",
    ] {
        assert!(head.lines().any(|line| line.eq_ignore_ascii_case(header)), "{header} is not in {head}");
    }
    let document = Document::parse(body.as_bytes(), &ParseOptions::message()).unwrap();
    let keys = [KEY.verifying_key().clone()];
    let message = soap_body(&document).unwrap();
    let verified = verify(message, &keys, &AlgorithmPolicy::modern(), &ParseOptions::message()).unwrap();
    let expected = ArtifactResolve {
        id: "_resolve",
        issue_instant: now(),
        destination: Some(&url),
        issuer: "https://portal.example/saml",
        artifact: &artifact().to_base64(),
    };
    assert_eq!(ArtifactResolve::read(verified.root()), Ok(expected));
}

#[tokio::test]
async fn the_content_type_of_the_question_can_be_another() {
    let server = Server::start(&behaviour(good_answer())).await;
    let back_channel = back_channel().with_content_type("application/soap+xml").unwrap();
    resolve(&back_channel, &server.url("localhost")).await.unwrap();

    assert!(server.requests()[0].contains("content-type: application/soap+xml\r\n"));
}

#[tokio::test]
async fn a_server_under_another_root_is_rejected() {
    let others = Identity::server(&OTHER_ROOT, &["localhost"]);
    let elsewhere = Behaviour { identity: &others, ..behaviour(good_answer()) };

    let other_root = BackChannel::new(&OTHER_ROOT.certificate_pem()).unwrap();
    assert!(ask(&other_root, &elsewhere).await.is_ok());
    rejected(ask(&back_channel(), &elsewhere).await, "backchannel_server_root");
}

#[tokio::test]
async fn a_chain_signed_with_rsassa_pss_and_sha_512_holds() {
    let root = Identity::pss_root();
    let identity = Identity::server(&root, &["localhost"]);
    let signature = identity.certificate.signature_algorithm().object().nid();
    assert_eq!(signature, Nid::RSASSAPSS);
    let server = Behaviour { identity: &identity, ..behaviour(good_answer()) };

    let pinned = BackChannel::new(&root.certificate_pem()).unwrap();
    assert!(ask(&pinned, &server).await.is_ok());
    rejected(ask(&back_channel(), &server).await, "backchannel_server_root");
}

#[tokio::test]
async fn a_server_that_vouches_for_itself_is_rejected() {
    let itself = Identity::new(&Request { issuer: None, names: &["localhost"], not_after: FOREVER });
    let server = Behaviour { identity: &itself, ..behaviour(good_answer()) };

    rejected(ask(&back_channel(), &server).await, "backchannel_server_root");
}

#[tokio::test]
async fn a_server_with_another_name_is_rejected() {
    for (names, host, code) in [
        (&["localhost"][..], "localhost", None),
        (&["other.example"], "localhost", Some("backchannel_server_name")),
        (&["127.0.0.1"], "127.0.0.1", None),
        (&["127.0.0.2", "localhost"], "127.0.0.1", Some("backchannel_server_name")),
    ] {
        let identity = Identity::server(&ROOT, names);
        let server = Server::start(&Behaviour { identity: &identity, ..behaviour(good_answer()) }).await;
        let result = resolve(&back_channel(), &server.url(host)).await;
        assert_eq!(result.err().map(|error| error.code()), code, "{names:?} at {host}");
    }
}

#[tokio::test]
async fn a_server_certificate_that_has_expired_is_rejected() {
    let expired = Identity::new(&Request { issuer: Some(&ROOT), names: &["localhost"], not_after: 1 });
    let server = Behaviour { identity: &expired, ..behaviour(good_answer()) };

    let error = rejected(ask(&back_channel(), &server).await, "backchannel_server_certificate");
    assert_eq!(error, Error::ServerCertificate { found: "certificate has expired" });
}

#[tokio::test]
async fn an_rsa_key_under_2048_bits_is_rejected_on_either_side() {
    let (short, long) = (Identity::rsa_server(&ROOT, 1024), Identity::rsa_server(&ROOT, 2048));
    let server = |identity| Behaviour { identity, ..behaviour(good_answer()) };

    assert!(ask(&back_channel(), &server(&long)).await.is_ok());
    let error = rejected(ask(&back_channel(), &server(&short)).await, "backchannel_server_certificate");
    assert_eq!(error, Error::ServerCertificate { found: "EE certificate key too weak" });
    let as_client = |identity: &Identity| {
        back_channel().with_client_certificate(&identity.key_pem(), &identity.certificate_pem()).err()
    };
    assert_eq!((as_client(&long), as_client(&short)), (None, Some(ConfigError::Tls)));
}

#[tokio::test]
async fn a_server_that_wants_a_client_certificate_gets_ours() {
    let server = Behaviour { client_root: Some(&ROOT), ..behaviour(good_answer()) };

    assert!(ask(&with_client(&CLIENT), &server).await.is_ok());
    let error = rejected(ask(&back_channel(), &server).await, "backchannel_client_certificate");
    assert_eq!(error, Error::ClientCertificate { alert: 116 });
    let others = Identity::client(&OTHER_ROOT);
    let error = rejected(ask(&with_client(&others), &server).await, "backchannel_client_certificate");
    assert_eq!(error, Error::ClientCertificate { alert: 48 });
}

#[tokio::test]
async fn a_server_that_wants_no_client_certificate_answers_with_and_without() {
    assert!(ask(&with_client(&CLIENT), &behaviour(good_answer())).await.is_ok());
    assert!(ask(&back_channel(), &behaviour(good_answer())).await.is_ok());
}

#[tokio::test]
async fn tls_1_2_is_spoken_and_nothing_older() {
    let newest = |version| Behaviour { newest_version: Some(version), ..behaviour(good_answer()) };

    assert!(ask(&back_channel(), &newest(SslVersion::TLS1_2)).await.is_ok());
    rejected(ask(&back_channel(), &newest(SslVersion::TLS1_1)).await, "backchannel_tls");
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_rejected() {
    let limited = |limit| back_channel().with_body_limit(limit);

    assert!(ask(&limited(GOOD.len()), &behaviour(good_answer())).await.is_ok());
    let error = rejected(ask(&limited(GOOD.len() - 1), &behaviour(good_answer())).await, "backchannel_too_large");
    assert_eq!(error, Error::TooLarge { limit: GOOD.len() - 1 });
}

#[tokio::test]
async fn an_answer_that_does_not_say_its_length_is_limited_too() {
    let chunked = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{GOOD}\r\n0\r\n\r\n",
        GOOD.len()
    );
    let chunked = behaviour(Answer::Bytes(chunked.into_bytes()));

    assert!(ask(&back_channel(), &chunked).await.is_ok());
    rejected(ask(&back_channel().with_body_limit(GOOD.len() - 1), &chunked).await, "backchannel_too_large");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let target = Server::start(&behaviour(good_answer())).await;
    for status in [301, 302, 307, 308] {
        let location = target.url("localhost");
        let redirect = format!("HTTP/1.1 {status} Elsewhere\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        let error = rejected(answered(Answer::Bytes(redirect.into_bytes())).await, "backchannel_redirect");
        assert_eq!(error, Error::Redirect { found: status });
    }
    assert!(target.requests().is_empty());
}

#[tokio::test]
async fn another_status_is_rejected() {
    for (status, found) in [("404 Not Found", 404), ("201 Created", 201), ("503 Busy", 503)] {
        let error = rejected(answered(http(status, "text/xml", GOOD)).await, "backchannel_status");
        assert_eq!(error, Error::Status { found });
    }
}

#[tokio::test]
async fn another_content_type_is_rejected() {
    assert!(answered(http("200 OK", "application/soap+xml", GOOD)).await.is_ok());
    let error = rejected(answered(http("200 OK", "text/html", GOOD)).await, "backchannel_content_type");
    assert_eq!(error, Error::ContentType { found: "text/html".to_owned() });
    let none = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{GOOD}", GOOD.len());
    rejected(answered(Answer::Bytes(none.into_bytes())).await, "backchannel_content_type");
}

#[tokio::test]
async fn a_soap_fault_is_told_from_a_server_that_broke_down() {
    let status = "500 Internal Server Error";
    rejected(answered(http(status, "text/xml", FAULT)).await, "binding_soap_fault");
    rejected(answered(http(status, "text/xml", GOOD)).await, "backchannel_status");
    rejected(answered(http(status, "text/html", "<h1>Oops</h1>")).await, "backchannel_status");
}

#[tokio::test]
async fn an_answer_that_is_no_http_or_breaks_off_is_rejected() {
    rejected(answered(Answer::Bytes(b"hello\r\n\r\n".to_vec())).await, "backchannel_http");
    let short = format!("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 999\r\n\r\n{GOOD}");
    rejected(answered(Answer::Bytes(short.into_bytes())).await, "backchannel_http");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_not_waited_for() {
    let patience = Duration::from_millis(300);
    let silent = back_channel().with_timeouts(Duration::from_secs(60), patience);
    rejected(ask(&silent, &behaviour(Answer::Silence)).await, "backchannel_timeout");

    let deaf = back_channel().with_timeouts(patience, Duration::from_secs(60));
    rejected(ask(&deaf, &behaviour(Answer::NoHandshake)).await, "backchannel_connect_timeout");
}

#[tokio::test]
async fn a_host_that_nothing_listens_at_is_rejected() {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("https://127.0.0.1:{}/ars", listener.local_addr().unwrap().port());
    drop(listener);

    rejected(resolve(&back_channel(), &url).await, "backchannel_connect");
}

#[tokio::test]
async fn nothing_is_sent_without_tls() {
    rejected(resolve(&back_channel(), "http://127.0.0.1/ars").await, "backchannel_endpoint");
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let with = |key: &[u8], chain: &[u8]| back_channel().with_client_certificate(key, chain).err();
    let (key, chain) = (CLIENT.key_pem(), CLIENT.certificate_pem());
    assert_eq!(with(&key, &chain), None);
    assert_eq!(with(&SERVER.key_pem(), &chain), Some(ConfigError::KeyMismatch));
    assert_eq!(with(b"no key", &chain), Some(ConfigError::PrivateKey));
    assert_eq!(with(&key, b""), Some(ConfigError::Certificate { place: "the client" }));
    assert_eq!(BackChannel::new(&key).err(), Some(ConfigError::Certificate { place: "the roots" }));
    assert_eq!(back_channel().with_content_type("text/xml\r\nx: y").err(), Some(ConfigError::ContentType));
}

#[test]
fn debug_shows_no_key() {
    let text = format!("{:?}", with_client(&CLIENT));
    assert_eq!(text, "BackChannel { roots: 1, client_certificate: true, timeout: 10s, .. }");
}
