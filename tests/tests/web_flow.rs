//! `saml demo`, as it is built: a login over HTTP, and the servers that it starts.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::TcpListener;
use std::process::Output;

use saml_tests::demo::Demo;
use saml_tests::{http, saml};
use serde_json::Value;

#[test]
fn a_login_over_http_ends_with_a_verified_bsn_and_level() {
    let output = run(&["demo", "--once"]);

    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.starts_with(r#"{"result":"authenticated","sector":"bsn","bsn":"90*****36","level":"substantial","#),
        "{text}"
    );
    assert_eq!((text.lines().count(), text.ends_with('\n')), (1, true));
    let said: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&said["authority"], &said["binding"]), (&"simulator".into(), &"post".into()));
    assert!(said["checks"].as_u64().unwrap() > 20, "{text}");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn the_level_that_is_asked_for_is_the_level_that_is_reached() {
    for level in ["basic", "middle", "high"] {
        let output = run(&["demo", "--once", "--level", level, "--lang", "en"]);
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(said["level"], level);
    }
}

#[test]
fn each_profile_ends_authenticated_over_mutual_tls() {
    let st_saml = "urn:nl-eid-gdi:1.0:AD:00000004166909913000:entities:9002";
    for (arguments, authority) in [
        (["--profile", "digid"], Value::Null),
        (["--profile", "st-saml"], st_saml.into()),
        (["--binding", "artifact"], "simulator".into()),
    ] {
        let output = run(&[&["demo", "--once"][..], &arguments].concat());

        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{arguments:?}");
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&said["result"], &said["level"]), (&"authenticated".into(), &"substantial".into()));
        assert_eq!((&said["bsn"], &said["authority"]), (&"90*****36".into(), &authority));
        assert_eq!(said["binding"], "artifact");
    }
}

#[test]
fn digid_is_not_asked_to_answer_by_post() {
    let output = run(&["demo", "--once", "--profile", "digid", "--binding", "post"]);

    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    assert!(String::from_utf8(output.stderr).unwrap().contains("by artifact alone"));
}

#[test]
fn a_test_says_what_the_next_login_does() {
    let demo = Demo::start();
    let log_in = || {
        let answer = http::get(&format!("{}saml/login", demo.portal));
        http::get(answer.header("location").unwrap()).body
    };

    let answer = http::send("PUT", &demo.control, "application/json", r#"{"outcome": "cancel", "key": "next"}"#);
    assert_eq!(answer.status, 204, "{}", answer.body);
    let (scripted, usual) = (log_in(), log_in());

    assert!(scripted.contains("name=\"SAMLResponse\"") && !scripted.contains("name=\"bsn\""), "{scripted}");
    assert!(usual.contains("name=\"bsn\"") && !usual.contains("name=\"SAMLResponse\""), "{usual}");
    let at_the_broker = http::send("PUT", &format!("{}next-login", demo.broker), "application/json", "{}");
    assert_eq!(at_the_broker.status, 404);
}

#[test]
fn the_portal_keeps_others_away() {
    let demo = Demo::start();

    let page = http::get(&demo.portal);

    assert_eq!(page.status, 200);
    assert!(page.body.contains("Inloggen met DigiD") && page.body.contains("<html lang=\"nl\">"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    assert!(policy.ends_with(&format!("form-action 'self' {}", demo.broker.trim_end_matches('/'))), "{policy}");
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(!page.body.contains("<script"));
}

#[test]
fn who_is_not_logged_in_has_no_session() {
    let demo = Demo::start();

    let answer = http::get(&format!("{}session", demo.portal));

    assert_eq!((answer.status, answer.header("location")), (303, Some("/")));
}

#[test]
fn an_answer_that_nobody_asked_for_logs_nobody_in() {
    let demo = Demo::start();
    let acs = format!("{}saml/acs", demo.portal);

    let answer = http::send("POST", &acs, "application/x-www-form-urlencoded", "SAMLResponse=PGEvPg%3D%3D");

    assert_eq!(answer.status, 403);
    assert!(answer.body.contains(saml_digid::texts::ERROR_NL));
    assert!(answer.headers.iter().all(|(name, value)| name != "set-cookie" || value.contains("Max-Age=0")));
}

#[test]
fn both_sides_publish_signed_metadata() {
    let demo = Demo::start();

    for url in [format!("{}saml/metadata", demo.portal), format!("{}broker/sp/saml/metadata", demo.broker)] {
        let answer = http::get(&url);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/samlmetadata+xml")));
        assert!(saml_metadata::Metadata::parse_unverified(answer.body.as_bytes()).unwrap().is_signed(), "{url}");
    }
}

#[test]
fn a_port_that_is_taken_is_named_with_the_option_that_chooses_another() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    for (option, other) in [("--portal-port", "--broker-port"), ("--broker-port", "--portal-port")] {
        let output = run(&["demo", option, &port.to_string(), other, "0"]);

        assert_eq!(output.status.code(), Some(2));
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
        let expected = format!("saml demo: port {port} is taken: choose another with {option} (0 picks a free one)\n");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
    }
}

#[test]
fn the_help_shows_an_example() {
    let text = String::from_utf8(run(&["demo", "--help"]).stdout).unwrap();

    assert!(text.contains("Examples:") && text.contains("saml demo --once"), "{text}");
}

fn run(arguments: &[&str]) -> Output {
    saml().args(arguments).output().unwrap()
}
