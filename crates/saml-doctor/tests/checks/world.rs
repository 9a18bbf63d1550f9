//! A deployment without faults, of which a case changes one thing.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use pkioverheid::{Certificate, Generation, KeyPair, LeafKind, PinnedRoots, TestHierarchy, TestLeaf};
use saml_config::{ConfigFile, Parts};
use saml_digid::Environment;
use saml_doctor::{Answer, CHECKS, Finding, Observations, PortalAnswer, Subject, Tls};
use saml_metadata::{Endpoint, IdentityProviderMetadata, IndexedEndpoint, ServiceProviderMetadata};
use saml_protocol::Binding;
use saml_xml_security::SigningKey;

pub(crate) const OIN: &str = "00000001123456789000";

pub(crate) fn at() -> DateTime<Utc> {
    "2026-03-02T10:00:00Z".parse().unwrap()
}

pub(crate) static G1: LazyLock<TestHierarchy> = LazyLock::new(|| TestHierarchy::new(Generation::G1, at()).unwrap());
pub(crate) static G4: LazyLock<TestHierarchy> = LazyLock::new(|| TestHierarchy::new(Generation::G4, at()).unwrap());

/// Who the partner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    Broker,
    Digid,
    Routed,
}

/// A deployment that is about to be looked at.
pub(crate) struct Draft {
    pub(crate) text: String,
    pub(crate) folder: PathBuf,
    pub(crate) at: DateTime<Utc>,
    pub(crate) environment: Environment,
    pub(crate) roots: PinnedRoots,
    pub(crate) seen: Option<Observations>,
    pub(crate) portal: Option<Result<PortalAnswer, String>>,
}

impl Draft {
    pub(crate) fn new(base: Base) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("saml-doctor-{}-{number}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        for (name, content) in FILES.iter() {
            let path = folder.join(name);
            std::fs::write(&path, content).unwrap();
            close(&path);
        }
        let text = match base {
            Base::Broker => BROKER.to_owned(),
            Base::Digid => DIGID.to_owned(),
            Base::Routed => ROUTED.to_owned(),
        };
        let root = |hierarchy: &TestHierarchy| hierarchy.authorities().last().unwrap().sha256_key_name().unwrap();
        let roots =
            PinnedRoots::none().and(Generation::G1, &root(&G1)).unwrap().and(Generation::G4, &root(&G4)).unwrap();
        let environment = Environment::Production;
        let mut draft = Self { text, folder, at: at(), environment, roots, seen: None, portal: None };
        draft.register();
        draft
    }

    /// Writes what is registered of us: what the file makes now.
    fn register(&mut self) {
        let config = ConfigFile::parse(&self.text).unwrap();
        let deployment = config.production.unwrap();
        let file = Parts::new(&deployment, Environment::Production, &self.folder).metadata(self.at).unwrap();
        self.write("registered.xml", file);
    }

    /// Replaces the one place of a text in `saml.toml`.
    pub(crate) fn set(&mut self, from: &str, to: &str) {
        assert_eq!(self.text.matches(from).count(), 1, "{from} is not in the file once");
        self.text = self.text.replace(from, to);
    }

    /// Adds a line to a table of production.
    pub(crate) fn add(&mut self, table: &str, line: &str) {
        let head = format!("[production.{table}]\n");
        self.set(&head, &format!("{head}{line}\n"));
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.folder.join(name);
        std::fs::write(&path, content).unwrap();
        close(&path);
    }

    pub(crate) fn copy(&self, from: &str, to: &str) {
        self.write(to, std::fs::read(self.folder.join(from)).unwrap());
    }

    /// Replaces a text in a file.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.folder.join(name)).unwrap();
        assert!(text.contains(from), "{from} is not in {name}");
        self.write(name, text.replacen(from, to, 1));
    }

    /// Issues another certificate for `name`, with its key.
    pub(crate) fn issue(&self, name: &str, hierarchy: &TestHierarchy, leaf: &TestLeaf<'_>) {
        let (key, certificate) = pem(&hierarchy.issue(leaf).unwrap());
        self.write(&format!("{name}.key.pem"), key);
        self.write(&format!("{name}.crt.pem"), certificate);
    }

    /// Adds what is seen of a good portal over the network.
    pub(crate) fn online(&mut self) -> &mut Observations {
        let config = ConfigFile::parse(&self.text).unwrap();
        let deployment = config.production.unwrap();
        let metadata = Parts::new(&deployment, Environment::Production, &self.folder).metadata(self.at).unwrap();
        let partner = std::fs::read(self.folder.join(&deployment.identity_provider.metadata)).unwrap();
        let page = format!("<html><h1>{}</h1></html>", deployment.portal.organisation);
        let answer = |body: Vec<u8>| Answer {
            status: 200,
            headers: HEADERS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body,
            at: self.at,
        };
        let redirect = vec![("location".to_owned(), "https://portal.gemeente-elders.nl/".to_owned())];
        let seen = Observations {
            portal_tls: Ok(tls("portal.gemeente-elders.nl")),
            partner_tls: Some(Ok(tls("broker.example.nl"))),
            start_page: Ok(answer(page.into_bytes())),
            plain_http: Ok(Answer { status: 308, headers: redirect, body: Vec::new(), at: self.at }),
            partner_metadata: Some(Ok(answer(partner))),
            own_metadata: Ok(answer(metadata.into_bytes())),
        };
        self.seen.insert(seen)
    }

    pub(crate) fn start_page(&mut self) -> &mut Answer {
        self.seen.as_mut().unwrap().start_page.as_mut().unwrap()
    }

    pub(crate) fn header(&mut self, name: &str, value: Option<&str>) {
        let page = self.start_page();
        page.headers.retain(|(found, _)| found != name);
        page.headers.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    }

    pub(crate) fn tls(&mut self) -> &mut Tls {
        self.seen.as_mut().unwrap().portal_tls.as_mut().unwrap()
    }

    /// Adds what a portal answers to a forged message.
    pub(crate) fn refuses(&mut self) -> &mut PortalAnswer {
        let body = format!("<main><p>{}</p></main>", saml_digid::texts::ERROR_NL).into_bytes();
        let unreadable = Answer { status: 400, headers: Vec::new(), body, at: self.at };
        let unsolicited = Answer { status: 403, body: Vec::new(), ..unreadable.clone() };
        let url = "http://127.0.0.1:8080/saml/acs".to_owned();
        self.portal.insert(Ok(PortalAnswer { url, unsolicited, unreadable })).as_mut().unwrap()
    }

    /// Returns what the check with `code` sees.
    pub(crate) fn finding(&self, code: &str) -> Option<Finding> {
        let check = CHECKS.iter().find(|check| check.code == code).unwrap();
        self.with_subject(|subject| check.look(subject))
    }

    pub(crate) fn with_subject<T>(&self, look: impl FnOnce(&Subject<'_>) -> T) -> T {
        let config = ConfigFile::parse(&self.text).unwrap();
        let mut subject = Subject::new(&config, self.environment, &self.folder, self.at).unwrap();
        subject = subject.danger_with_roots(self.roots.clone());
        if let Some(seen) = &self.seen {
            subject = subject.with_observations(seen.clone());
        }
        if let Some(portal) = &self.portal {
            subject = subject.with_portal(portal.clone());
        }
        look(&subject)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The TLS of a host with a certificate of a test authority.
pub(crate) fn tls(host: &str) -> Tls {
    Tls { host: host.to_owned(), certificate: SERVER.clone(), fault: None, version: "TLSv1.3", takes_old: false }
}

static SERVER: LazyLock<Certificate> = LazyLock::new(|| G1.issue(&leaf()).unwrap().certificate().clone());

/// What PKIoverheid's G1 issues.
pub(crate) fn leaf() -> TestLeaf<'static> {
    TestLeaf { kind: LeafKind::PrivateServices, ..TestLeaf::new(OIN, at()) }
}

pub(crate) fn pem(pair: &KeyPair) -> (Vec<u8>, Vec<u8>) {
    (pair.private_key().to_pem().unwrap(), pair.certificate().to_pem().unwrap())
}

pub(crate) fn self_signed(name: &str, days: i64) -> SigningKey {
    let (first, last) = (at() - TimeDelta::days(1), at() + TimeDelta::days(days));
    SigningKey::generate_self_signed(2048, name, first.timestamp(), last.timestamp()).unwrap()
}

pub(crate) fn signing_key(pair: &KeyPair) -> SigningKey {
    let (key, certificate) = pem(pair);
    SigningKey::from_pem(&key, &certificate).unwrap()
}

/// Writes metadata of an identity provider with the endpoints of DigiD.
pub(crate) fn identity_provider(entity_id: &str, key: &SigningKey) -> String {
    let host = entity_id.split('/').nth(2).unwrap();
    let endpoint = |binding, path| Endpoint { binding, location: format!("https://{host}{path}") };
    let sign_on = vec![endpoint(Binding::HttpRedirect, "/sso"), endpoint(Binding::HttpPost, "/sso")];
    let mut metadata = IdentityProviderMetadata::new("_idp", entity_id, vec![key.verifying_key().clone()], sign_on);
    let location = format!("https://{host}/ars");
    metadata.artifact_resolution =
        vec![IndexedEndpoint { index: 0, is_default: None, binding: Binding::Soap, location }];
    metadata.single_logout = vec![endpoint(Binding::HttpRedirect, "/slo")];
    metadata.sign(key).unwrap()
}

/// Writes the metadata for Logius, as the broker does.
pub(crate) fn for_logius(pair: &KeyPair) -> String {
    let key = signing_key(pair);
    let location = "https://broker.example.nl/broker/authn/digid/acs".to_owned();
    let consumer = IndexedEndpoint { index: 0, is_default: None, binding: Binding::HttpArtifact, location };
    let entity_id = "https://broker.example.nl/broker/authn/digid";
    ServiceProviderMetadata::new("_sp", entity_id, vec![key.verifying_key().clone()], vec![consumer])
        .sign(&key)
        .unwrap()
}

pub(crate) fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)).unwrap()
}

fn close(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// The files of a good deployment, by their names.
static FILES: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |name: &str, content: Vec<u8>| files.push((name.to_owned(), content));
    for name in ["signing", "next", "test-signing"] {
        let days = if name == "next" { 700 } else { 365 };
        let key = self_signed("portal.gemeente-elders.nl", days);
        add(&format!("{name}.key.pem"), key.private_key_pem().unwrap());
        add(&format!("{name}.crt.pem"), key.verifying_key().certificate_pem().unwrap());
    }
    for name in ["pkio", "client", "decryption", "test-pkio"] {
        let pair = G1.issue(&leaf()).unwrap();
        let (key, certificate) = pem(&pair);
        add(&format!("{name}.key.pem"), key);
        add(&format!("{name}.crt.pem"), certificate);
        if name == "pkio" {
            add("logius.xml", for_logius(&pair).into_bytes());
        }
    }
    let authorities: Vec<&Certificate> = G1.authorities().iter().chain(G4.authorities()).collect();
    add("issuers.pem", authorities.iter().flat_map(|certificate| certificate.to_pem().unwrap()).collect());
    add("roots.pem", G1.authorities().last().unwrap().to_pem().unwrap());
    let partner = self_signed("saml-sign.digid.nl", 365);
    add("digid.crt.pem", partner.verifying_key().certificate_pem().unwrap());
    add("digid.xml", identity_provider("https://was.digid.nl/saml/idp/metadata", &partner).into_bytes());
    for (name, from) in [
        ("broker.xml", "metadata/broker-production.xml"),
        ("test-broker.xml", "metadata/broker-preproduction.xml"),
        ("broker.crt.pem", "keys/broker-signing.crt.pem"),
    ] {
        add(name, fixture(from));
    }
    for (name, digit) in
        [("sealing.key", "1"), ("digest.key", "2"), ("test-sealing.key", "3"), ("test-digest.key", "4")]
    {
        add(name, format!("{}\n", format!("{digit}a").repeat(32)).into_bytes());
    }
    add("redis.url", b"redis://:password@127.0.0.1:6379\n".to_vec());
    add("portal.log", b"2026-03-02T10:00:00Z login accepted reference=ab12\n".to_vec());
    files
});

const HEADERS: [(&str, &str); 6] = [
    ("date", "Mon, 02 Mar 2026 10:00:00 GMT"),
    ("strict-transport-security", "max-age=31536000"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("content-type", "text/html; charset=utf-8"),
];

const BROKER: &str = include_str!("broker.toml");
const DIGID: &str = include_str!("digid.toml");
const ROUTED: &str = include_str!("routed.toml");
