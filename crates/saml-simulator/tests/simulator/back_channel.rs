//! The back channel over mutual TLS.

use chrono::Utc;
use pkioverheid::{Certificate, Generation, TestHierarchy, TestLeaf};
use saml_backchannel::{ArtifactRequest, BackChannel, Error};
use saml_bindings::Artifact;
use saml_simulator::{AnswerSettings, BackChannelListener, ConfigError, routers};
use tokio::net::TcpListener;

use crate::portal::{PORTAL, PORTAL_KEY, config, now};

/// A private key and its certificates, in PEM form.
type Identity = (Vec<u8>, Vec<u8>);

struct Authority(TestHierarchy);

impl Authority {
    fn new() -> Self {
        Self(TestHierarchy::new(Generation::G4, Utc::now()).unwrap())
    }

    fn root(&self) -> Vec<u8> {
        self.0.authorities().last().unwrap().to_pem().unwrap()
    }

    fn identity(&self, host: &str) -> Identity {
        let leaf = TestLeaf { host_names: &[host], ..TestLeaf::new("00000009999999999004", Utc::now()) };
        let pair = self.0.issue(&leaf).unwrap();
        let chain = std::iter::once(pair.certificate()).chain(pair.issuers());
        let chain: Vec<Vec<u8>> = chain.map(Certificate::to_pem).collect::<Result<_, _>>().unwrap();
        (pair.private_key().to_pem().unwrap(), chain.concat())
    }
}

/// Serves a simulator, and asks it for an artifact that it never gave.
async fn ask(theirs: &Authority, server_name: &str, client: Option<&Identity>) -> Result<(), Error> {
    let tcp = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let origin = format!("https://localhost:{}", tcp.local_addr().unwrap().port());
    let (key, chain) = theirs.identity(server_name);
    let listener = BackChannelListener::new(tcp, &key, &chain, &theirs.root()).unwrap();
    let config = config(AnswerSettings::default()).with_artifact_resolution(&origin).unwrap();
    let entity_id = config.entity_id().to_owned();
    let server = tokio::spawn(async { axum::serve(listener, routers(config).back_channel).await });

    let mut back_channel = BackChannel::new(&theirs.root()).unwrap();
    if let Some((key, chain)) = client {
        back_channel = back_channel.with_client_certificate(key, chain).unwrap();
    }
    let request = ArtifactRequest {
        endpoint: &format!("{origin}/broker/sp/saml/artifact"),
        id: "_resolve",
        issuer: PORTAL,
        artifact: &Artifact::new(&entity_id, 0, [7; 20]),
        key: &PORTAL_KEY,
        now: now(),
    };
    let answer = back_channel.resolve(&request).await;
    server.abort();
    answer.map(|answer| assert!(!answer.is_empty()))
}

#[tokio::test]
async fn who_shows_a_certificate_of_the_pinned_root_is_answered() {
    let authority = Authority::new();
    let client = authority.identity("portal.example.nl");
    assert_eq!(ask(&authority, "localhost", Some(&client)).await, Ok(()));

    let error = ask(&authority, "broker.example.nl", Some(&client)).await.unwrap_err();
    assert_eq!(error.code(), "backchannel_server_name");
}

#[tokio::test]
async fn who_shows_none_or_that_of_another_root_is_refused() {
    let authority = Authority::new();
    let error = ask(&authority, "localhost", None).await.unwrap_err();
    assert_eq!(error.code(), "backchannel_client_certificate");
    let foreign = Authority::new().identity("portal.example.nl");
    let error = ask(&authority, "localhost", Some(&foreign)).await.unwrap_err();
    assert_eq!(error.code(), "backchannel_client_certificate");
}

#[tokio::test]
async fn a_key_without_its_certificate_is_refused() {
    let authority = Authority::new();
    let ((key, chain), (other_key, _)) = (authority.identity("localhost"), authority.identity("localhost"));
    for (key, chain, root, is_good) in [
        (&key, &chain, &authority.root(), true),
        (&other_key, &chain, &authority.root(), false),
        (&key, &Vec::new(), &authority.root(), false),
        (&key, &chain, &b"none".to_vec(), false),
    ] {
        let tcp = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let made = BackChannelListener::new(tcp, key, chain, root).map(|_| ());
        assert_eq!(made, if is_good { Ok(()) } else { Err(ConfigError::Tls) });
    }
}
