//! What is seen of servers on this machine that stand in for the portal and its partner.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use chrono::{DateTime, Utc};
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::ssl::{SslAcceptor, SslMethod, SslVersion};
use openssl::x509::extension::{BasicConstraints, KeyUsage, SubjectAlternativeName};
use openssl::x509::{X509, X509Name};
use pkioverheid::Certificate;
use saml_config::ConfigFile;
use saml_doctor::{CHECKS, Network, Observations, Outcome, Subject, TrustedRoots, observe, probe_portal};

use crate::world::{Base, Draft, at};

/// An authority of the public web, with the name of an organisation.
struct Web {
    key: PKey<Private>,
    certificate: X509,
}

impl Web {
    fn new(organisation: &str) -> Self {
        let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        let name = name(organisation, "R1");
        let certificate = certificate(&name, &key, &name, &key, None, 365);
        Self { key, certificate }
    }

    fn issue(&self, host: &str, days: i64) -> (X509, PKey<Private>) {
        let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        let issued = certificate(
            &name("", host),
            &key,
            &self.certificate.subject_name().to_owned().unwrap(),
            &self.key,
            Some(host),
            days,
        );
        (issued, key)
    }
}

fn name(organisation: &str, common_name: &str) -> X509Name {
    let mut name = X509Name::builder().unwrap();
    if !organisation.is_empty() {
        name.append_entry_by_text("O", organisation).unwrap();
    }
    name.append_entry_by_text("CN", common_name).unwrap();
    name.build()
}

/// Makes a certificate that begins a day ago by the clock of this machine, which OpenSSL looks at.
fn certificate(
    subject: &X509Name,
    key: &PKey<Private>,
    issuer: &X509Name,
    issuer_key: &PKey<Private>,
    host: Option<&str>,
    days: i64,
) -> X509 {
    let now = Utc::now().timestamp();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&BigNum::from_u32(7).unwrap().to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(subject).unwrap();
    builder.set_issuer_name(issuer).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(now - 86_400 * 30).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(now + 86_400 * days).unwrap()).unwrap();
    builder.set_pubkey(key).unwrap();
    match host {
        Some(host) => {
            let names = SubjectAlternativeName::new().dns(host).build(&builder.x509v3_context(None, None)).unwrap();
            builder.append_extension(names).unwrap();
        }
        None => {
            builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
            builder.append_extension(KeyUsage::new().critical().key_cert_sign().build().unwrap()).unwrap();
        }
    }
    builder.sign(issuer_key, MessageDigest::sha256()).unwrap();
    builder.build()
}

/// Returns a certificate that bears the name of Let's Encrypt as its issuer.
pub(crate) fn lets_encrypt() -> Certificate {
    let (issued, _) = Web::new("Let's Encrypt").issue("portal.gemeente-elders.nl", 90);
    Certificate::read_all(&issued.to_der().unwrap()).unwrap().remove(0)
}

/// What a server answers: by the first line of the request, without its version.
type Pages = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// A server on this machine, ended when it is dropped.
struct Server {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start(tls: Option<SslAcceptor>, pages: Pages) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let ended = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&ended);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(stream) = stream else { break };
                match &tls {
                    None => serve(stream, &pages),
                    // Some handshakes are meant to fail.
                    Some(tls) => {
                        if let Ok(stream) = tls.accept(stream) {
                            serve(stream, &pages);
                        }
                    }
                }
            }
        });
        Self { address, ended, thread: Some(thread) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        self.thread.take().map(JoinHandle::join);
    }
}

fn serve(mut stream: impl Read + Write, pages: &Pages) {
    let mut request = Vec::new();
    let mut part = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                let line = head.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
                let _ = stream.write_all(pages(&line).as_bytes());
                let _ = stream.flush();
                return;
            }
        }
        match stream.read(&mut part) {
            Ok(read) if read > 0 => request.extend_from_slice(&part[..read]),
            // A connection that only shakes hands.
            _ => return,
        }
    }
}

fn acceptor((certificate, key): (X509, PKey<Private>), old: bool) -> SslAcceptor {
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
    builder.set_private_key(&key).unwrap();
    builder.set_certificate(&certificate).unwrap();
    if old {
        builder.set_cipher_list("ALL:@SECLEVEL=0").unwrap();
        builder.set_min_proto_version(Some(SslVersion::TLS1)).unwrap();
        builder.clear_options(openssl::ssl::SslOptions::NO_TLSV1 | openssl::ssl::SslOptions::NO_TLSV1_1);
    }
    builder.build()
}

fn page(status: &str, body: &str, headers: &str) -> String {
    let date = "Mon, 02 Mar 2026 10:00:00 GMT";
    format!(
        "HTTP/1.1 {status}\r\ndate: {date}\r\ncontent-length: {}\r\n{headers}connection: close\r\n\r\n{body}",
        body.len()
    )
}

const SAFE: &str = "strict-transport-security: max-age=31536000\r\ncontent-security-policy: default-src 'none'; frame-ancestors 'none'\r\nx-content-type-options: nosniff\r\nreferrer-policy: no-referrer\r\n";

/// The portal and its partner, both behind one server.
struct Stage {
    draft: Draft,
    web: Web,
    encrypted: Server,
    plain: Server,
}

impl Stage {
    fn new(host: &str, days: i64, old: bool) -> Self {
        let draft = Draft::new(Base::Broker);
        let web = Web::new("Web Authority");
        let metadata = std::fs::read_to_string(draft.folder.join("registered.xml")).unwrap();
        let partner = std::fs::read_to_string(draft.folder.join("broker.xml")).unwrap();
        let pages: Pages = Arc::new(move |line| match line {
            "GET /" => page("200 OK", "<h1>Gemeente Elders</h1>", SAFE),
            "GET /saml/metadata" => page("200 OK", &metadata, ""),
            "GET /broker/sp/saml/metadata" => page("200 OK", &partner, ""),
            "POST /saml/acs" => page("400 Bad Request", &format!("<p>{}</p>", saml_digid::texts::ERROR_NL), ""),
            _ => page("404 Not Found", "", ""),
        });
        let encrypted = Server::start(Some(acceptor(web.issue(host, days), old)), pages);
        let redirect = "location: https://portal.gemeente-elders.nl/\r\n";
        let plain = Server::start(None, Arc::new(move |_| page("308 Permanent Redirect", "", redirect)));
        Self { draft, web, encrypted, plain }
    }

    fn network(&self) -> Network {
        let (encrypted, plain) = (self.encrypted.address, self.plain.address);
        let root = self.web.certificate.to_pem().unwrap();
        // The partner's metadata is fetched by the roots of the file.
        self.draft.write("roots.pem", &root);
        Network::new(at)
            .with_roots(TrustedRoots::Pem(root))
            .with_addresses(move |_, port| Some(if port == 443 { encrypted } else { plain }))
    }

    fn outcome(&self, seen: &Observations, code: &str, at: DateTime<Utc>) -> (Outcome, String) {
        let config = ConfigFile::parse(&self.draft.text).unwrap();
        let subject = Subject::new(&config, self.draft.environment, &self.draft.folder, at).unwrap();
        let check = CHECKS.iter().find(|check| check.code == code).unwrap();
        let finding = check.look(&subject.with_observations(seen.clone())).unwrap();
        (finding.outcome, finding.found)
    }

    async fn observe(&self) -> Observations {
        let network = self.network();
        let config = ConfigFile::parse(&self.draft.text).unwrap();
        let subject = Subject::new(&config, self.draft.environment, &self.draft.folder, at()).unwrap();
        observe(&subject, &network).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_portal_is_seen_to_be_good() {
    let stage = Stage::new("portal.gemeente-elders.nl", 90, false);
    let seen = stage.observe().await;
    for code in [
        "tls_certificate",
        "tls_version",
        "http_redirect",
        "hsts",
        "security_headers",
        "organisation_on_page",
        "own_metadata_current",
    ] {
        let (outcome, found) = stage.outcome(&seen, code, at());
        assert_eq!(outcome, Outcome::Ok, "{code}: {found}");
    }
    // The server has no certificate for the name of the partner.
    let (outcome, found) = stage.outcome(&seen, "partner_metadata_current", at());
    assert_eq!((outcome, found.contains("hostname mismatch")), (Outcome::Problem, true), "{found}");
    // The portal's own clock, which is right, says nothing of the partner's.
    assert_eq!(stage.outcome(&seen, "clock", at()).0, Outcome::NotLookedAt);
    assert_eq!(stage.outcome(&seen, "tls_expiry", Utc::now()).0, Outcome::Ok);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metadata_of_the_partner_is_fetched_and_compared() {
    let stage = Stage::new("broker.example.nl", 90, false);
    let seen = stage.observe().await;
    for code in ["partner_metadata_current", "clock"] {
        let (outcome, found) = stage.outcome(&seen, code, at());
        assert_eq!(outcome, Outcome::Ok, "{code}: {found}");
    }
    stage.draft.write("broker.xml", crate::world::fixture("metadata/broker-two-keys.xml"));
    assert_eq!(stage.outcome(&seen, "partner_metadata_current", at()).0, Outcome::Problem);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_for_another_name_or_from_another_root_does_not_hold() {
    let stage = Stage::new("www.gemeente-elders.nl", 90, false);
    let seen = stage.observe().await;
    let (outcome, found) = stage.outcome(&seen, "tls_certificate", at());
    assert_eq!((outcome, found.contains("mismatch")), (Outcome::Problem, true), "{found}");
    // Nothing is asked of a server that is not the one.
    assert_eq!(stage.outcome(&seen, "hsts", at()).0, Outcome::NotLookedAt);

    let stage = Stage::new("portal.gemeente-elders.nl", 90, false);
    let network = stage.network().with_roots(TrustedRoots::Pem(Web::new("Other").certificate.to_pem().unwrap()));
    let config = ConfigFile::parse(&stage.draft.text).unwrap();
    let subject = Subject::new(&config, stage.draft.environment, &stage.draft.folder, at()).unwrap();
    let seen = observe(&subject, &network).await;
    assert_eq!(stage.outcome(&seen, "tls_certificate", at()).0, Outcome::Problem);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_certificate_is_a_matter_of_time_and_not_of_its_name() {
    let stage = Stage::new("portal.gemeente-elders.nl", -1, false);
    let seen = stage.observe().await;
    assert_eq!(stage.outcome(&seen, "tls_certificate", Utc::now()).0, Outcome::Ok);
    assert_eq!(stage.outcome(&seen, "tls_expiry", Utc::now()).0, Outcome::Problem);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_old_versions_is_found_out() {
    let stage = Stage::new("portal.gemeente-elders.nl", 90, true);
    let seen = stage.observe().await;
    let (outcome, found) = stage.outcome(&seen, "tls_version", at());
    assert_eq!(outcome, Outcome::Problem, "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_answer_is_posted_to_the_portal_and_its_answer_judged() {
    let stage = Stage::new("portal.gemeente-elders.nl", 90, false);
    let config = ConfigFile::parse(&stage.draft.text).unwrap();
    let subject = Subject::new(&config, stage.draft.environment, &stage.draft.folder, at()).unwrap();
    let answer = probe_portal(&subject, &stage.network(), "https://portal.gemeente-elders.nl/").await;
    assert_eq!(
        answer.as_ref().map(|probed| (probed.unsolicited.status, probed.url.as_str())),
        Ok((400, "https://portal.gemeente-elders.nl/saml/acs"))
    );
    let report = saml_doctor::examine(&subject.with_portal(answer));
    for code in ["unsolicited_refused", "error_text_shown"] {
        assert_eq!(report.finding(code).unwrap().outcome, Outcome::Ok, "{code}");
    }
}
