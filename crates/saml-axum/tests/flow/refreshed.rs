//! Metadata that is fetched: when it is taken into use, and what the log says of it.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use chrono::TimeDelta;
use saml_axum::{SamlPortal, Session};
use saml_backchannel::{BackChannel, Fetched, MetadataFetcher};
use saml_forge::{SignicatPaths, signicat_metadata};
use saml_metadata::{Endpoint, IdentityProviderMetadata, MetadataRefresh, MetadataSource};
use saml_protocol::Binding;
use saml_simulator::BackChannelListener;
use saml_sp::RequestBinding;
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};
use tokio::net::TcpListener;

use crate::log;
use crate::mutual_tls::{AUTHORITY, Identity};
use crate::portal::{BROKER, BROKER_KEY, now, service_provider, settings};

type Portal = SamlPortal<MemoryRequestStore, MemoryReplayCache, MemorySessionStore<Session>>;

fn portal(binding: RequestBinding) -> Portal {
    log::keep();
    SamlPortal::new(service_provider(binding, 10), MemorySessionStore::new(10), settings())
}

fn entity_id() -> String {
    format!("{BROKER}/broker/sp/saml")
}

/// Publishes a file where the fetchers of these channels look for it.
async fn published<const N: usize>(file: &str, channels: [BackChannel; N]) -> [MetadataFetcher; N] {
    let tcp = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("https://localhost:{}/metadata", tcp.local_addr().unwrap().port());
    let Identity { private_key, chain } = &AUTHORITY.broker;
    let listener = BackChannelListener::new(tcp, private_key, chain, &AUTHORITY.root).unwrap();
    let served = file.to_owned();
    tokio::spawn(async { axum::serve(listener, Router::new().route("/metadata", get(async || served))).await });
    channels.map(|channel| {
        let source = MetadataSource::new(&entity_id(), vec![BROKER_KEY.verifying_key().clone()]).unwrap();
        MetadataFetcher::new(channel, &url, MetadataRefresh::new(source, Duration::from_secs(3600))).unwrap()
    })
}

/// A channel that the broker does not let in, and one that it does.
fn channels() -> [BackChannel; 2] {
    let without = BackChannel::new(&AUTHORITY.root).unwrap();
    let Identity { private_key, chain } = &AUTHORITY.portal;
    let with = without.clone().with_client_certificate(private_key, chain).unwrap();
    [without, with]
}

#[tokio::test]
async fn metadata_that_is_fetched_is_told_when_it_changes_and_when_it_does_not_come() {
    let until = now() + TimeDelta::days(30);
    let keys = vec![BROKER_KEY.verifying_key().clone()];
    let file = signicat_metadata("_m", BROKER, SignicatPaths::Broker, keys, Some(until)).sign(&BROKER_KEY).unwrap();
    let [mut not_let_in, mut fetcher] = published(&file, channels()).await;
    let portal = portal(RequestBinding::Redirect);

    assert_eq!(portal.refresh_metadata(&mut fetcher).await, Some(Fetched::Changed(file.into_bytes())));
    let sha256 = BROKER_KEY.verifying_key().sha256_fingerprint();
    let replaced = format!(
        "metadata replaced entity_id=\"{}\" keys=[\"{sha256}\"] valid_until=\"{}\"",
        entity_id(),
        until.to_rfc3339()
    );
    assert_eq!(log::audited(), [replaced]);
    assert_eq!(portal.refresh_metadata(&mut fetcher).await, Some(Fetched::Confirmed));
    assert_eq!(log::audited(), Vec::<String>::new());
    for attempts in 1..3 {
        assert_eq!(portal.refresh_metadata(&mut not_let_in).await, None);
        let code = "backchannel_client_certificate";
        assert_eq!(log::audited(), [format!("metadata not refreshed code=\"{code}\" attempts={attempts}")]);
    }
}

#[tokio::test]
async fn metadata_that_is_not_in_use_is_tried_and_told_again_whenever_it_is_confirmed() {
    let keys = vec![BROKER_KEY.verifying_key().clone()];
    let login = Endpoint { binding: Binding::HttpRedirect, location: format!("{BROKER}/login") };
    let file = IdentityProviderMetadata::new("_m", &entity_id(), keys, vec![login]).sign(&BROKER_KEY).unwrap();
    let [_, fetcher] = published(&file, channels()).await;

    // Where the file was only fetched yet, it is taken into use, and then that is told no more.
    let (can, mut fetcher_of_can) = (portal(RequestBinding::Redirect), fetcher.clone());
    assert!(matches!(fetcher_of_can.fetch(now()).await, Ok(Fetched::Changed(_))));
    assert_eq!(can.refresh_metadata(&mut fetcher_of_can).await, Some(Fetched::Confirmed));
    let sha256 = BROKER_KEY.verifying_key().sha256_fingerprint();
    assert_eq!(log::audited(), [format!("metadata replaced entity_id=\"{}\" keys=[\"{sha256}\"]", entity_id())]);
    assert_eq!(can.refresh_metadata(&mut fetcher_of_can).await, Some(Fetched::Confirmed));
    assert_eq!(log::audited(), Vec::<String>::new());

    // Where it has no endpoint for the binding of our requests, it is refused each time.
    let (cannot, mut fetcher_of_cannot) = (portal(RequestBinding::Post), fetcher);
    assert!(matches!(fetcher_of_cannot.fetch(now()).await, Ok(Fetched::Changed(_))));
    for _ in 0..2 {
        assert_eq!(cannot.refresh_metadata(&mut fetcher_of_cannot).await, None);
        assert_eq!(log::audited(), ["metadata not replaced code=\"config_no_endpoint\""]);
    }
}
