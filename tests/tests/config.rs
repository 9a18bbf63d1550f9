//! The configuration file: the full example, the file that `saml init` writes, the commands that take it, and a login at a
//! portal that runs by it.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use saml_config::{ConfigFile, Error, PartError, Parts};
use saml_digid::Environment;
use saml_metadata::Metadata;
use saml_tests::{fixtures, http, not_run, saml};
use saml_xml_security::{AlgorithmPolicy, VerifyingKey};
use serde_json::Value;
use toml::Table;

/// An empty directory for one test.
fn place(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("config-{name}"));
    let _ = std::fs::remove_dir_all(&place);
    std::fs::create_dir_all(&place).unwrap();
    place
}

fn run(arguments: &[&str]) -> Output {
    saml().args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn init(out: &Path, more: &[&str]) -> Output {
    let usual = ["init", "--organisation", "Gemeente Voorbeeld", "--out", out.to_str().unwrap()];
    run(&[&usual, more].concat())
}

fn succeeded(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Returns what a command said that ended with 2, which must be one line.
fn refused(output: &Output) -> String {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
    said
}

const BROKER: [&str; 4] = ["--base-url", "https://portal.example.nl", "--domain", "login.example.nl"];
const PKIOVERHEID: [&str; 6] =
    ["--base-url", "https://portal.example.nl", "--oin", "00000001823288444000", "--trade-register-number", "12345678"];

/// Returns the keys of each table that there is, as the reader knows them: it lists them when it meets another.
fn keys_not_in(file: &Table) -> BTreeSet<String> {
    let mut paths = Vec::new();
    tables(file, &mut Vec::new(), &mut paths);
    let mut missing = BTreeSet::new();
    for path in paths {
        let mut changed = file.clone();
        let table = descend(&mut changed, &path);
        let present: BTreeSet<String> = table.keys().cloned().collect();
        table.insert("zzz".to_owned(), toml::Value::Integer(1));
        let Err(Error::Unknown { found, known, .. }) = ConfigFile::parse(&changed.to_string()) else { continue };
        assert_eq!(found, "zzz");
        missing.extend(known.into_iter().filter(|key| !present.contains(key)).map(|key| {
            // The environments have the same keys.
            [path.get(1..).unwrap_or_default(), &[key]].concat().join(".")
        }));
    }
    missing
}

fn tables(table: &Table, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    found.push(path.clone());
    for (key, value) in table {
        let inner = value.as_table().or_else(|| value.as_array()?.first()?.as_table());
        if let Some(inner) = inner {
            path.push(key.clone());
            tables(inner, path, found);
            path.pop();
        }
    }
}

fn descend<'t>(table: &'t mut Table, path: &[String]) -> &'t mut Table {
    let mut table = table;
    for key in path {
        table = match table.get_mut(key).unwrap() {
            toml::Value::Array(list) => list[0].as_table_mut().unwrap(),
            value => value.as_table_mut().unwrap(),
        };
    }
    table
}

#[test]
fn the_example_can_be_read_has_every_key_and_nothing_that_cannot_be_together() {
    let text = std::fs::read_to_string(fixtures().join("saml.toml")).unwrap();
    let file = ConfigFile::parse(&text).unwrap();
    for (environment, deployment) in file.deployments() {
        assert_eq!(Parts::new(deployment, environment, fixtures()).conflicts(), []);
    }
    // A key is missing where neither environment has it.
    let file: Table = text.parse().unwrap();
    let only = |environment: &str| Table::from_iter([(environment.to_owned(), file[environment].clone())]);
    let [before, live] = ["preproduction", "production"].map(|environment| keys_not_in(&only(environment)));
    let missing: Vec<&String> =
        before.intersection(&live).filter(|key| !NOT_TOGETHER.contains(&key.as_str())).collect();
    assert_eq!(missing, Vec::<&String>::new());
    // The search finds what is missing.
    let cut = text.replace("website = \"https://www.example.nl\"\n", "").parse().unwrap();
    assert!(keys_not_in(&cut).contains("registration.website"));
}

/// The other environment.
const NOT_TOGETHER: [&str; 2] = ["preproduction", "production"];

#[test]
fn the_file_of_the_readme_can_be_read_and_has_nothing_that_cannot_be_together() {
    let readme = std::fs::read_to_string(fixtures().join("../README.md")).unwrap();
    let section = readme.split("## One configuration file").nth(1).unwrap();
    let text = section.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let file = ConfigFile::parse(text).unwrap();
    let deployment = file.preproduction.unwrap();
    assert_eq!(Parts::new(&deployment, Environment::PreProduction, ".").conflicts(), []);
}

#[test]
fn init_writes_every_key_with_a_comment_and_what_it_writes_can_be_read_with_all_of_them_set() {
    let place = place("every-key");
    succeeded(&init(&place, &BROKER));
    let text = std::fs::read_to_string(place.join("saml.toml")).unwrap();
    let all: String = text
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ') && !rest.is_empty()).unwrap_or(line))
        .map(|line| format!("{line}\n"))
        .collect();
    ConfigFile::parse(&all).unwrap();
    assert_eq!(keys_not_in(&all.parse().unwrap()), BTreeSet::from(["production".to_owned()]));
    let mut before = "";
    for line in text.lines().filter(|line| line.trim_start_matches('#').starts_with('[')) {
        assert_ne!(before, line, "twice");
        before = line;
    }
}

#[test]
fn init_for_a_broker_writes_keys_and_metadata_that_a_portal_can_use() {
    let place = place("broker");
    let said = succeeded(&init(&place, &BROKER));
    let folder = place.join("preproduction");
    let mut names: Vec<String> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["metadata.xml", "signing.crt.pem", "signing.key.pem"]);
    for name in &names {
        assert!(said.contains(name), "{said}");
    }
    for left in ["What only you can do", "identity-provider.xml", "identity-provider.crt.pem", "saml doctor --config"] {
        assert!(said.contains(left), "{said}");
    }
    let key = VerifyingKey::from_certificate_pem(&std::fs::read(folder.join("signing.crt.pem")).unwrap()).unwrap();
    let metadata = std::fs::read(folder.join("metadata.xml")).unwrap();
    let metadata = Metadata::verify(&metadata, &[key], &AlgorithmPolicy::rsa()).unwrap();
    assert_eq!(metadata.entity_id(), "https://portal.example.nl/saml/metadata");

    let file = ConfigFile::parse(&std::fs::read_to_string(place.join("saml.toml")).unwrap()).unwrap();
    let deployment = file.preproduction.unwrap();
    let parts = Parts::new(&deployment, Environment::PreProduction, &place);
    assert_eq!(parts.conflicts(), []);
    assert!(parts.key_schedule().is_ok() && parts.profile().is_ok());
    let missing = parts.identity_provider(chrono::DateTime::UNIX_EPOCH).unwrap_err();
    assert!(matches!(&missing, PartError::File { key, .. } if key == "preproduction.identity_provider.metadata"));
}

#[test]
fn init_for_digid_and_stelsel_toegang_writes_keys_and_requests_and_says_that_certificates_are_to_come() {
    for (profile, more, roles) in [
        ("digid", &[][..], &["signing", "tls"][..]),
        ("st-saml", &["--service", "375b1cb1-14b7-42e9-a534-16cc4d8997b0"], &["signing", "tls", "encryption"]),
    ] {
        let place = place(profile);
        let said = succeeded(&init(&place, &[&["--profile", profile][..], &PKIOVERHEID, more].concat()));
        for role in roles {
            let request = std::fs::read(place.join(format!("preproduction/{role}.csr.pem"))).unwrap();
            assert!(request.starts_with(b"-----BEGIN CERTIFICATE REQUEST-----"));
            assert!(place.join(format!("preproduction/{role}.key.pem")).is_file());
        }
        assert!(!place.join("preproduction/metadata.xml").exists());
        assert!(said.contains("Until then there is nothing to sign with"), "{said}");
        let file = ConfigFile::parse(&std::fs::read_to_string(place.join("saml.toml")).unwrap()).unwrap();
        let deployment = file.preproduction.unwrap();
        assert_eq!(Parts::new(&deployment, Environment::PreProduction, &place).conflicts(), []);
    }
}

#[cfg(unix)]
#[test]
fn private_keys_can_be_read_by_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = place("modes");
    succeeded(&init(&place, &[&["--profile", "digid"][..], &PKIOVERHEID].concat()));
    let mode = |name: &str| std::fs::metadata(place.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("preproduction/signing.key.pem"), mode("preproduction/tls.key.pem")), (0o600, 0o600));
    assert_ne!(mode("preproduction/signing.csr.pem"), 0o600);
}

#[test]
fn init_overwrites_nothing_and_takes_back_what_it_began() {
    let place = place("again");
    succeeded(&init(&place, &BROKER));
    let before = std::fs::read(place.join("preproduction/signing.key.pem")).unwrap();
    assert!(refused(&init(&place, &BROKER)).contains("saml.toml has [preproduction] already"));

    std::fs::remove_file(place.join("saml.toml")).unwrap();
    assert!(refused(&init(&place, &BROKER)).contains("signing.key.pem is there already, and is never overwritten"));
    assert_eq!(std::fs::read(place.join("preproduction/signing.key.pem")).unwrap(), before);

    std::fs::remove_file(place.join("preproduction/signing.key.pem")).unwrap();
    assert!(refused(&init(&place, &BROKER)).contains("signing.crt.pem is there already"));
    assert!(!place.join("preproduction/signing.key.pem").exists());
    assert!(!place.join("saml.toml").exists());
}

#[test]
fn init_adds_the_other_environment_to_a_file_and_leaves_the_first_as_it_is() {
    let place = place("both");
    succeeded(&init(&place, &BROKER));
    let first = std::fs::read_to_string(place.join("saml.toml")).unwrap();
    succeeded(&init(&place, &[&["--environment", "production"][..], &BROKER].concat()));
    let both = std::fs::read_to_string(place.join("saml.toml")).unwrap();
    assert!(both.starts_with(&first));
    let file = ConfigFile::parse(&both).unwrap();
    assert_eq!(file.deployments().count(), 2);
    assert_eq!(file.production.unwrap().login.authorities, ["https://was.digid.nl/saml/idp/metadata"]);
    let [one, other] = ["preproduction", "production"]
        .map(|environment| std::fs::read(place.join(environment).join("signing.key.pem")).unwrap());
    assert_ne!(one, other);
}

#[test]
fn init_says_all_that_is_missing_at_once_and_what_will_not_do() {
    let place = place("missing");
    let out = place.to_str().unwrap();
    let said = refused(&run(&["init", "--out", out]));
    assert!(said.contains("--base-url, --organisation, --domain, found none"), "{said}");
    for (more, part) in [
        (&["--base-url", "http://portal.example.nl", "--domain", "a.nl"][..], "--base-url: expected https://"),
        (&["--base-url", "https://portal.example.nl/path", "--domain", "a.nl"], "--base-url: expected https://"),
        (&["--base-url", "https://portal.example.nl", "--domain", "https://a.nl"], "--domain: expected a domain"),
        (&["--base-url", "https://portal.example.nl", "--oin", "00000001823288444000"], "--oin says nothing with"),
    ] {
        let said = refused(&init(&place, more));
        assert!(said.contains(part), "{said}");
    }
    let digid = |oin: &str, number: &str| {
        let more =
            ["--profile", "digid", "--base-url", "https://a.nl", "--oin", oin, "--trade-register-number", number];
        refused(&init(&place, &more))
    };
    assert!(digid("123", "12345678").contains("--oin: expected an OIN of twenty digits"));
    assert!(digid("00000001823288444000", "1234").contains("--trade-register-number: expected eight digits"));
    assert_eq!(std::fs::read_dir(&place).unwrap().count(), 0);
}

#[test]
fn metadata_and_explain_take_their_settings_from_the_file() {
    let config = place("commands").join("saml.toml");
    let keys = format!("\"{}/", fixtures().canonicalize().unwrap().display());
    let text = BY_FILE.replace("\"FIXTURES/", &keys);
    std::fs::write(&config, &text).unwrap();
    let config = config.to_str().unwrap();

    let metadata = succeeded(&run(&["metadata", "new", "--config", config, "--at", "2026-03-02T10:00:00Z"]));
    let metadata = Metadata::parse_unverified(metadata.as_bytes()).unwrap();
    assert_eq!(metadata.entity_id(), "https://portal.example.nl/saml/metadata");

    let response = fixtures().join("responses/response-assertion-signed.xml");
    let explain = |more: &[&str]| {
        let usual = ["explain", "--config", config, "--request-id", "_0f3b6c1d9a7e4285b1c0d3e6f9a2b5c8", "--at"];
        run(&[&usual, more, &[response.to_str().unwrap()]].concat())
    };
    let accepted = explain(&["2026-03-02T10:00:45Z"]);
    assert_eq!(accepted.status.code(), Some(0), "{}", String::from_utf8_lossy(&accepted.stdout));
    assert_eq!(explain(&["2026-03-02T11:00:00Z"]).status.code(), Some(1));
    // An option goes before the file.
    assert_eq!(explain(&["2026-03-02T10:00:45Z", "--entity-id", "https://other.example.nl"]).status.code(), Some(1));
    // What no option says, the file says.
    std::fs::write(config, text.replace("level = ", "sector_code = \"stripped\"\nlevel = ")).unwrap();
    assert_eq!(explain(&["2026-03-02T10:00:45Z"]).status.code(), Some(1));
    assert!(
        refused(&explain(&["2026-03-02T10:00:45Z", "--profile", "digid"]))
            .contains("--profile is in the configuration")
    );

    let said = refused(&run(&["metadata", "fetch", "--config", config]));
    assert!(said.contains("expected identity_provider.metadata_url and roots"), "{said}");
    let said = refused(&run(&["metadata", "new", "--config", config, "--environment", "production"]));
    assert!(said.contains("expected the table [production], found none"), "{said}");
}

const BY_FILE: &str = r#"
[preproduction]
profile = "signicat-broker"
[preproduction.portal]
base_url = "https://portal.example.nl"
organisation = "Gemeente Voorbeeld"
[preproduction.login]
level = "substantial"
authorities = ["https://was-preprod1.digid.nl/saml/idp/metadata"]
[preproduction.identity_provider]
metadata = "FIXTURES/metadata/broker-preproduction.xml"
trust_keys = ["FIXTURES/keys/broker-signing.crt.pem"]
[preproduction.keys.signing]
key = "FIXTURES/keys/service-provider.key.pem"
certificate = "FIXTURES/keys/service-provider.crt.pem"
[preproduction.signicat]
domain = "login.example.nl"
"#;

/// A program that runs until it is dropped, and what it said in its first line.
struct Running {
    process: Child,
    /// Kept open: a program whose output nobody reads ends.
    output: Option<BufReader<ChildStdout>>,
    line: String,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut process =
            saml().args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        Self { process, output: Some(output), line }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Returns a port that was free a moment ago, for a URL that must be known before its server starts.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn three_commands_lead_to_a_login_at_a_portal_of_ones_own() {
    let said = log_in_at_ones_own("portal", "substantial", |_, text| text);
    assert!(said["checks"].as_u64().unwrap() > 20, "{said}");
}

#[test]
fn a_logout_reaches_the_broker_where_the_file_says_so() {
    log_in_at_ones_own("logout", "high", |_, text| text.replace("#single_logout = false", "single_logout = true"));
}

#[test]
fn a_session_of_a_portal_with_redis_is_there_and_not_in_the_portal() {
    let socket = std::env::temp_dir().join(format!("saml-config-{}.sock", std::process::id()));
    let data = place("redis-data");
    let arguments = ["--port", "0", "--unixsocket", socket.to_str().unwrap(), "--appendonly", "yes", "--save", ""];
    let arguments = [
        &arguments[..],
        &["--appendfsync", "always", "--maxmemory-policy", "noeviction", "--dir", data.to_str().unwrap()],
    ]
    .concat();
    let Ok(process) = Command::new("redis-server").args(arguments).stdout(Stdio::piped()).spawn() else {
        not_run(1, "sessions on Redis", "there is no redis-server");
        return;
    };
    let mut redis = Running { process, output: None, line: String::new() };
    let mut output = BufReader::new(redis.process.stdout.take().unwrap());
    while !redis.line.contains("eady to accept connections") {
        redis.line.clear();
        assert_ne!(output.read_line(&mut redis.line).unwrap(), 0, "Redis ended by itself");
    }
    redis.output = Some(output);
    let url = format!("redis+unix://{}", socket.display());
    let said = log_in_at_ones_own("redis", "middle", |place, text| {
        for (name, secret) in [("url", &url), ("sealing", &"07".repeat(32)), ("digest", &"08".repeat(32))] {
            std::fs::write(place.join(name), format!("{secret}\n")).unwrap();
        }
        let state = "[preproduction.state]\nstore = \"redis\"\nurl = { file = \"url\" }\n\
                     sealing_keys = [{ file = \"sealing\" }]\ndigest_key = { file = \"digest\" }\n";
        format!("{text}\n{state}")
    });
    assert!(said["checks"].as_u64().unwrap() > 20, "{said}");
    let _ = std::fs::remove_file(socket);
}

/// Logs in at a portal that runs by the file that `saml init` writes, once `change` has had it; returns
/// what the portal said of the session.
fn log_in_at_ones_own(name: &str, level: &str, change: impl FnOnce(&Path, String) -> String) -> Value {
    let place = place(name);
    let (portal, broker) = (free_port(), free_port().to_string());
    let base_url = format!("http://127.0.0.1:{portal}");
    succeeded(&init(&place, &["--base-url", &base_url, "--domain", "login.example.nl", "--level", level]));
    let config = place.join("saml.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, change(&place, text)).unwrap();
    let config = config.to_str().unwrap();

    let demo = Running::start(&["demo", "--config", config, "--broker-port", &broker]);
    assert!(demo.line.starts_with(&format!("Broker: http://127.0.0.1:{broker}/")), "{}", demo.line);
    let listen = format!("127.0.0.1:{portal}");
    let metrics = format!("127.0.0.1:{}", free_port());
    let running = Running::start(&["portal", "--config", config, "--listen", &listen, "--metrics", &metrics]);
    assert!(running.line.starts_with(&format!("Portal: http://{listen}/")), "{}", running.line);

    let health = http::get(&format!("{base_url}/health"));
    assert_eq!(health.status, 200);
    let health: Value = serde_json::from_str(&health.body).unwrap();
    assert_eq!(health["status"], "ok");
    let start = http::get(&format!("{base_url}/?lang=en")).body;
    assert!(start.contains("Gemeente Voorbeeld") && start.contains("<html lang=\"en\">"), "{start}");
    assert!(start.contains("Log in with DigiD") && !start.contains("demonstration"), "{start}");
    let published = http::get(&format!("{base_url}/saml/metadata")).body;
    let key = VerifyingKey::from_certificate_pem(&std::fs::read(place.join("preproduction/signing.crt.pem")).unwrap());
    assert!(Metadata::verify(published.as_bytes(), &[key.unwrap()], &AlgorithmPolicy::rsa()).is_ok());

    // The broker of before knows the portal again, and the portal it.
    drop(demo);
    let said = succeeded(&run(&["demo", "--config", config, "--broker-port", &broker, "--once"]));
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&said["result"], &said["level"]), (&"authenticated".into(), &level.into()));
    assert_eq!(said["authority"], "https://was-preprod1.digid.nl/saml/idp/metadata");
    let numbers = http::get(&format!("http://{metrics}/metrics")).body;
    assert!(numbers.contains("saml_events_total{event=\"login finished\",code=\"\"} 1\n"), "{numbers}");
    assert_eq!(http::get(&format!("{base_url}/metrics")).status, 404);
    said
}

#[test]
fn the_broker_of_the_demo_overwrites_no_partner_and_serves_no_production() {
    let place = place("no-production");
    succeeded(&init(&place, &BROKER));
    succeeded(&init(&place, &[&["--environment", "production"][..], &BROKER].concat()));
    let config = place.join("saml.toml");
    let demo = |environment: &str| {
        let usual = ["demo", "--broker-port", "0", "--config", config.to_str().unwrap(), "--environment", environment];
        refused(&run(&usual))
    };
    assert!(demo("production").contains("this broker lets anybody in"));
    let partner = place.join("preproduction/identity-provider.xml");
    std::fs::write(&partner, "a partner").unwrap();
    assert!(demo("preproduction").contains("identity-provider.xml is there already, and is not of this broker"));
    assert_eq!(std::fs::read_to_string(&partner).unwrap(), "a partner");
}

#[test]
fn the_broker_of_the_demo_takes_its_own_files_again_and_leaves_others_that_came_in_their_place() {
    let place = place("own-files");
    succeeded(&init(&place, &BROKER));
    let config = place.join("saml.toml");
    let arguments = ["demo", "--broker-port", "0", "--config", config.to_str().unwrap()];
    let partner = place.join("preproduction/identity-provider.xml");
    drop(Running::start(&arguments));
    let first = std::fs::read_to_string(&partner).unwrap();
    // Another port is another entity ID.
    drop(Running::start(&arguments));
    assert_ne!(std::fs::read_to_string(&partner).unwrap(), first);

    std::fs::copy(fixtures().join("metadata/broker-preproduction.xml"), &partner).unwrap();
    assert!(refused(&run(&arguments)).contains("identity-provider.xml is there already, and is not of this broker"));
}

#[test]
fn a_portal_does_not_start_without_what_the_file_names() {
    let place = place("no-partner");
    succeeded(&init(&place, &BROKER));
    let config = place.join("saml.toml");
    let portal = |more: &[&str]| {
        let usual = ["portal", "--listen", "127.0.0.1:0", "--config", config.to_str().unwrap()];
        refused(&run(&[&usual, more].concat()))
    };
    assert!(portal(&[]).contains("preproduction.identity_provider.metadata: expected a file that can be read at"));
    assert!(portal(&["--environment", "production"]).contains("expected the table [production], found none"));
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("\nbase_url", "\nbase_ur")).unwrap();
    let said = portal(&[]);
    assert!(said.contains("saml.toml: line ") && said.contains("did you mean `base_url`?"), "{said}");
}
