//! A portal that runs by the file, and the broker of the demo as its partner.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use saml_metadata::Metadata;
use saml_tests::{fixtures, http, not_run, saml};
use saml_xml_security::{AlgorithmPolicy, VerifyingKey};
use serde_json::Value;

use crate::{BROKER, init, place, refused, run, succeeded};

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
fn a_language_that_is_chosen_is_kept_in_a_cookie_and_by_https_in_a_secure_one() {
    for (name, scheme, secure) in [("language-http", "http", ""), ("language-https", "https", "; Secure")] {
        let config = place(name).join("saml.toml");
        let text = std::fs::read_to_string(fixtures().join("short.toml")).unwrap();
        let text = text.replace("https://portal.example.nl", &format!("{scheme}://localhost:8080"));
        let fixtures = fixtures().canonicalize().unwrap();
        let text = ["metadata", "keys"].iter().fold(text, |text, folder| {
            text.replace(&format!("\"{folder}/"), &format!("\"{}/", fixtures.join(folder).display()))
        });
        std::fs::write(&config, text).unwrap();
        let portal = Running::start(&["portal", "--listen", "127.0.0.1:0", "--config", config.to_str().unwrap()]);
        let url = portal.line.split_whitespace().nth(1).unwrap().to_owned();

        assert_eq!(http::get(&url).header("set-cookie"), None);
        let chosen = http::get(&format!("{url}?lang=en"));
        let kept = format!("portal-language=en; Path=/; HttpOnly; SameSite=Lax{secure}");
        assert_eq!(chosen.header("set-cookie"), Some(kept.as_str()));
        let again = http::exchange("GET", &url, &[("Cookie", "portal-language=en")], "");
        assert!(again.body.contains("<html lang=\"en\">"), "{}", again.body);
    }
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
