//! The way to Redis over TLS: what was pinned is trusted, and nothing else.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use chrono::Utc;
use pkioverheid::{Certificate, Generation, KeyPair, TestHierarchy, TestLeaf};
use saml_state::Inserted;
use saml_state_redis::{Error, RedisSettings, RedisStore};

use crate::server::{DURABLE, FREE, Server, insert, settings};

/// A certificate with its key and issuers, as PEM, in files of its own.
struct Issued {
    certificates: PathBuf,
    key: PathBuf,
}

impl Issued {
    fn new(hierarchy: &TestHierarchy, host: &str, name: &str) -> Self {
        let host_names = [host];
        let leaf = TestLeaf { host_names: &host_names, ..TestLeaf::new("00000099000000001000", Utc::now()) };
        let pair: KeyPair = hierarchy.issue(&leaf).unwrap();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let issued = Self {
            certificates: folder.join(format!("redis-{name}.crt.pem")),
            key: folder.join(format!("redis-{name}.key.pem")),
        };
        let chain = [pair.certificate()].into_iter().chain(pair.issuers()).map(|one| one.to_pem().unwrap());
        std::fs::write(&issued.certificates, chain.collect::<Vec<_>>().concat()).unwrap();
        std::fs::write(&issued.key, pair.private_key().to_pem().unwrap()).unwrap();
        issued
    }

    fn certificates(&self) -> Vec<u8> {
        std::fs::read(&self.certificates).unwrap()
    }

    fn key(&self) -> Vec<u8> {
        std::fs::read(&self.key).unwrap()
    }
}

/// Authorities that are ours and others that are not, made once, for that takes seconds.
fn hierarchies() -> &'static [TestHierarchy; 2] {
    static HIERARCHIES: LazyLock<[TestHierarchy; 2]> =
        LazyLock::new(|| [(); 2].map(|()| TestHierarchy::new(Generation::G4, Utc::now()).unwrap()));
    &HIERARCHIES
}

fn root(hierarchy: &TestHierarchy) -> Vec<u8> {
    hierarchy.authorities().last().map(Certificate::to_pem).unwrap().unwrap()
}

/// Starts a Redis that speaks TLS on one of its ports, and asks for a certificate or does not.
async fn server(hierarchy: &TestHierarchy, issued: &Issued, name: &str, asks: &str) -> Option<Server> {
    let roots = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("redis-{name}.roots.pem"));
    std::fs::write(&roots, root(hierarchy)).unwrap();
    let [certificates, key, roots] = [&issued.certificates, &issued.key, &roots].map(|path| path.to_str().unwrap());
    let tls = [
        ["--tls-port", FREE],
        ["--tls-cert-file", certificates],
        ["--tls-key-file", key],
        ["--tls-ca-cert-file", roots],
        ["--tls-auth-clients", asks],
    ];
    Server::start(&[DURABLE, tls.as_flattened()].concat()).await
}

fn secure(server: &Server, host: &str) -> RedisSettings {
    settings(&format!("rediss://{host}:{}", server.port("--tls-port")))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_is_trusted_whose_certificate_comes_from_a_pinned_root_and_bears_its_name() {
    let [ours, other] = hierarchies();
    let issued = Issued::new(ours, "localhost", "server");
    let Some(server) = server(ours, &issued, "server", "no").await else { return };
    let refused = async |settings| RedisStore::connect(settings).await.unwrap_err();

    let store = RedisStore::connect(secure(&server, "localhost").with_roots(&root(ours))).await.unwrap();
    assert_eq!(insert(&store, 1).await, Ok(Inserted::First));
    // One of several roots.
    let both = [root(other), root(ours)].concat();
    assert!(RedisStore::connect(secure(&server, "localhost").with_roots(&both)).await.is_ok());

    assert!(matches!(refused(secure(&server, "localhost").with_roots(&root(other))).await, Error::Connect(_)));
    // The same server by a name that its certificate does not bear.
    assert!(matches!(refused(secure(&server, "127.0.0.1").with_roots(&root(ours))).await, Error::Connect(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_root_nothing_is_trusted_and_no_url_changes_that() {
    let refused = async |settings| RedisStore::connect(settings).await.unwrap_err().code();
    let nowhere = || settings("rediss://localhost:1");
    assert_eq!(refused(nowhere()).await, "redis_no_roots");
    // Without any certificate in it, the roots of the operating system would stand in.
    assert_eq!(refused(nowhere().with_roots(b"")).await, "redis_no_roots");
    assert_eq!(refused(nowhere().with_roots(b"-----BEGIN CERTIFICATE-----\nnone\n")).await, "redis_certificates");
    let root = root(&hierarchies()[0]);
    assert_eq!(refused(nowhere().with_roots(&root)).await, "redis_connect");
    assert_eq!(refused(settings("rediss://localhost:1/#insecure").with_roots(&root)).await, "redis_not_verified");
    assert_eq!(refused(nowhere().with_roots(&root).with_client_certificate(b"a", b"b")).await, "redis_certificates");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_asks_for_our_certificate_lets_in_who_has_one() {
    let [ours, other] = hierarchies();
    let issued = Issued::new(ours, "localhost", "mutual");
    let Some(server) = server(ours, &issued, "mutual", "yes").await else { return };
    let [client, stranger] =
        [(ours, "client"), (other, "stranger")].map(|(one, name)| Issued::new(one, "portal.example.nl", name));
    let with = |issued: &Issued| {
        let settings = secure(&server, "localhost").with_roots(&root(ours));
        settings.with_client_certificate(&issued.certificates(), &issued.key())
    };

    let store = RedisStore::connect(with(&client)).await.unwrap();
    assert_eq!(insert(&store, 1).await, Ok(Inserted::First));
    let without = secure(&server, "localhost").with_roots(&root(ours));
    for settings in [without, with(&stranger)] {
        assert_eq!(RedisStore::connect(settings).await.unwrap_err().code(), "redis_connect");
    }
}
