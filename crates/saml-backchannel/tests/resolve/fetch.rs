//! Metadata over TLS: what takes the place of the copy in use, and what leaves it where it is.

use chrono::TimeDelta;
use saml_backchannel::{Fetched, MetadataFetcher};
use saml_metadata::{Endpoint, IdentityProviderMetadata, MetadataRefresh, MetadataSource, QueryIdentifier};
use saml_protocol::Binding;

use super::*;

const ENTITY: &str = "https://broker.example/saml";

fn file(id: &str) -> String {
    file_until(id, None)
}

fn file_until(id: &str, valid_until: Option<DateTime<Utc>>) -> String {
    let location = "https://broker.example/login".to_owned();
    let login = vec![Endpoint { binding: Binding::HttpPost, location }];
    let metadata = IdentityProviderMetadata::new(id, ENTITY, vec![KEY.verifying_key().clone()], login);
    IdentityProviderMetadata { valid_until, ..metadata }.sign(&KEY).unwrap()
}

/// Answers 200 with more headers, each with its line end.
fn gives(headers: &str, body: &str) -> Answer {
    let length = body.len();
    Answer::Bytes(format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: {length}\r\n\r\n{body}").into_bytes())
}

fn says(status: &str) -> Answer {
    Answer::Bytes(format!("HTTP/1.1 {status}\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n").into_bytes())
}

fn refresh() -> MetadataRefresh {
    let source = MetadataSource::new(ENTITY, vec![KEY.verifying_key().clone()]).unwrap();
    MetadataRefresh::new(source, Duration::from_secs(3600))
}

fn fetcher(back_channel: BackChannel, server: &Server) -> MetadataFetcher {
    MetadataFetcher::new(back_channel, &server.url("localhost"), refresh()).unwrap()
}

/// A server that gives one file, and a fetcher that has it.
async fn fetched(headers: &str) -> (Server, MetadataFetcher) {
    let server = Server::start(&behaviour(gives(headers, &file("_1")))).await;
    let mut fetcher = fetcher(back_channel(), &server);
    assert_eq!(fetcher.fetch(now()).await, Ok(Fetched::Changed(file("_1").into_bytes())));
    (server, fetcher)
}

/// Refuses what the server says now, and keeps the copy in use.
async fn refused(server: &Server, fetcher: &mut MetadataFetcher, answer: Answer, code: &str) {
    let before = fetcher.refresh().identity_provider().cloned();
    assert!(before.is_some());
    server.now_says(answer);
    let error = fetcher.fetch(now()).await.unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    assert_eq!(fetcher.refresh().identity_provider(), before.as_ref());
    let failure = fetcher.refresh().status(now()).failure.unwrap();
    assert_eq!((failure.code, failure.reason), (code.to_owned(), error.to_string()));
}

#[tokio::test]
async fn a_believed_file_is_taken_into_use_and_given_back_to_be_kept() {
    let (server, mut fetcher) = fetched("Content-Type: text/plain\r\n").await;
    assert_eq!(fetcher.refresh().identity_provider().unwrap().entity_id(), ENTITY);
    let shown = format!("{fetcher:?}");
    assert!(shown.contains("localhost") && !shown.contains("broker.example"), "{shown}");
    assert!(!fetcher.refresh().is_due(now()));
    let request = server.requests().remove(0);
    assert!(request.starts_with("GET /ars?a=b HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("accept: application/samlmetadata+xml,"), "{request}");
    assert!(!request.contains("if-"), "{request}");

    assert_eq!(fetcher.fetch(now()).await, Ok(Fetched::Confirmed));
    server.now_says(gives("", &file("_2")));
    assert_eq!(fetcher.fetch(now()).await, Ok(Fetched::Changed(file("_2").into_bytes())));
}

#[tokio::test]
async fn the_source_is_asked_for_another_file_than_the_one_in_use() {
    let date = "Sun, 01 Mar 2026 10:00:00 GMT";
    let (server, mut fetcher) = fetched(&format!("ETag: \"1\"\r\nLast-Modified: {date}\r\n")).await;
    server.now_says(says("304 Not Modified"));
    assert_eq!(fetcher.fetch(now()).await, Ok(Fetched::Confirmed));
    let request = server.requests().remove(1);
    assert!(request.contains("if-none-match: \"1\"\r\n"), "{request}");
    assert!(request.contains(&format!("if-modified-since: {date}\r\n")), "{request}");
}

#[tokio::test]
async fn not_modified_confirms_nothing_when_that_was_not_asked() {
    let (server, mut fetcher) = fetched("").await;
    refused(&server, &mut fetcher, says("304 Not Modified"), "backchannel_status").await;

    let (server, mut fetcher) = fetched("ETag: \"1\"\r\n").await;
    server.now_says(says("304 Not Modified"));
    assert_eq!(fetcher.fetch(now()).await, Ok(Fetched::Confirmed));
}

#[tokio::test]
async fn a_copy_that_has_expired_is_not_asked_by() {
    let end = now() + TimeDelta::hours(1);
    let server = Server::start(&behaviour(gives("ETag: \"1\"\r\n", &file_until("_1", Some(end))))).await;
    let mut fetcher = fetcher(back_channel(), &server);
    fetcher.fetch(now()).await.unwrap();
    server.now_says(says("304 Not Modified"));
    assert_eq!(fetcher.fetch(end - TimeDelta::seconds(1)).await, Ok(Fetched::Confirmed));
    assert_eq!(fetcher.fetch(end).await.unwrap_err().code(), "metadata_expired");

    let next = file_until("_2", Some(end + TimeDelta::hours(1)));
    server.now_says(gives("", &next));
    assert_eq!(fetcher.fetch(end).await, Ok(Fetched::Changed(next.into_bytes())));
    let asks: Vec<_> = server.requests().iter().map(|request| request.contains("if-none-match:")).collect();
    assert_eq!(asks, [false, true, true, false]);
}

#[tokio::test]
async fn what_is_said_of_a_file_that_is_not_believed_is_not_asked_by() {
    let (server, mut fetcher) = fetched("ETag: \"1\"\r\n").await;
    let changed = file("_2").replace("/login", "/elsewhere");
    refused(&server, &mut fetcher, gives("ETag: \"2\"\r\n", &changed), "signature_digest_mismatch").await;
    server.now_says(gives("", &file("_2")));
    fetcher.fetch(now()).await.unwrap();
    assert!(server.requests()[2].contains("if-none-match: \"1\"\r\n"));
}

#[tokio::test]
async fn no_failure_takes_the_last_good_copy_away() {
    let (server, mut fetcher) = fetched("").await;
    let unsigned = "<md:EntityDescriptor xmlns:md='urn:oasis:names:tc:SAML:2.0:metadata' entityID='x'/>";
    for (answer, code) in [
        (says("404 Not Found"), "backchannel_status"),
        (says("302 Found"), "backchannel_redirect"),
        (gives("", ""), "xml_unexpected_end"),
        (gives("", unsigned), "signature_missing"),
        (Answer::Bytes(b"nonsense\r\n\r\n".to_vec()), "backchannel_http"),
        (gives("", &" ".repeat((8 << 20) + 1)), "backchannel_too_large"),
    ] {
        refused(&server, &mut fetcher, answer, code).await;
    }
    assert_eq!(fetcher.refresh().status(now()).failure.unwrap().attempts, 6);
    server.now_says(gives("", &file("_1")));
    assert_eq!(fetcher.fetch(now()).await, Ok(Fetched::Confirmed));
    assert_eq!(fetcher.refresh().status(now()).failure, None);
}

#[tokio::test]
async fn a_source_that_says_nothing_is_left_after_a_while() {
    let server = Server::start(&behaviour(Answer::Silence)).await;
    let patience = Duration::from_millis(500);
    let mut impatient = fetcher(back_channel().with_timeouts(patience, patience), &server);
    assert_eq!(impatient.fetch(now()).await.unwrap_err().code(), "backchannel_timeout");
}

#[tokio::test]
async fn a_source_under_another_root_or_another_scheme_is_refused() {
    let server = Server::start(&behaviour(gives("", &file("_1")))).await;
    let elsewhere = BackChannel::new(&OTHER_ROOT.certificate_pem()).unwrap();
    assert_eq!(fetcher(elsewhere, &server).fetch(now()).await.unwrap_err().code(), "backchannel_server_root");
    assert!(fetcher(back_channel(), &server).fetch(now()).await.is_ok());

    let url = server.url("localhost").replace("https", "http");
    let error = MetadataFetcher::new(back_channel(), &url, refresh()).unwrap_err();
    assert_eq!(error.code(), "backchannel_endpoint");
}

#[tokio::test]
async fn a_metadata_query_is_answered_by_the_entity_that_was_asked_for() {
    let server = Server::start(&behaviour(gives("", &file("_1")))).await;
    let base = format!("https://localhost:{}/mdq", server.port);
    let url = QueryIdentifier::Sha1.url(&base, ENTITY).unwrap();
    let mut fetcher = MetadataFetcher::new(back_channel(), &url, refresh()).unwrap();
    assert!(fetcher.fetch(now()).await.is_ok());
    let path = url.strip_prefix(&format!("https://localhost:{}", server.port)).unwrap();
    assert!(server.requests()[0].starts_with(&format!("GET {path} HTTP/1.1\r\n")));

    let another = "https://other.example/saml";
    let source = MetadataSource::new(another, vec![KEY.verifying_key().clone()]).unwrap();
    let url = QueryIdentifier::EntityId.url(&base, another).unwrap();
    let refresh = MetadataRefresh::new(source, Duration::from_secs(3600));
    let mut fetcher = MetadataFetcher::new(back_channel(), &url, refresh).unwrap();
    assert_eq!(fetcher.fetch(now()).await.unwrap_err().code(), "metadata_entity_mismatch");
}
