//! `saml forge run`.

use std::path::PathBuf;
use std::process::{Command, Output};

use saml_tests::{fixtures, http, saml};
use saml_xml::{Document, ParseOptions};
use serde_json::Value;

use crate::targets::{ISSUER, closed, indifferent, naive, portal};

/// The command against the target at `url`, as far as it is the same for all.
fn run(url: &str, acs: &str, entity_id: &str) -> Command {
    let key = |kind: &str| fixtures().join(format!("keys/broker-signing-next.{kind}.pem"));
    let mut command = saml();
    command.args(["forge", "run", "--expect-reject", "--rate", "200", "--issuer", ISSUER]);
    command.arg("--target").arg(format!("{url}{acs}")).arg("--entity-id").arg(format!("{url}{entity_id}"));
    command.arg("--key").arg(key("key")).arg("--cert").arg(key("crt"));
    command
}

fn run_naive(url: &str) -> Command {
    let mut command = run(url, "/acs", "");
    command.args(["--login-url", &format!("{url}/login"), "--success-body", "Hello"]);
    command
}

fn run_portal(url: &str) -> Command {
    let mut command = run(url, "/saml/acs", "/saml/metadata");
    command.args(["--login-url", &format!("{url}/saml/login?level=substantial"), "--success-status", "302,303"]);
    command.args(["--session-url", &format!("{url}/session"), "--session-body", "logged in"]);
    command.args(["--forged-shown", "12*****82"]);
    command
}

fn ended(mut command: Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// A file for this test alone.
fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn json(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(file(name)).unwrap()).unwrap()
}

#[test]
fn our_own_portal_refuses_every_attack_and_lets_the_good_twins_in() {
    let mut command = run_portal(&portal());
    command.arg("--json").arg(file("portal.json")).arg("--junit").arg(file("portal.xml"));

    let (code, said, told) = ended(command);

    assert_eq!(code, Some(0), "{said}{told}");
    let report = json("portal.json");
    let count = |name: &str| report["counts"][name].as_u64().unwrap();
    assert!(count("tried") > 850 && count("refused") > 800, "{said}");
    assert_eq!((count("let_in"), count("error"), count("unproven")), (0, 0, 0), "{said}");
    assert!(count("harmless") > 25, "{said}");
    assert!(said.contains("not carried by a POSTed Response") && said.contains("needs --encrypt-to"), "{said}");
    assert!(count("not_posted") > 10);
    let junit = std::fs::read_to_string(file("portal.xml")).unwrap();
    assert!(junit.contains("failures=\"0\" errors=\"0\"") && !junit.contains("<failure"), "{said}");
    assert!(!said.contains("900026236") && !junit.contains("900026236"));
}

#[test]
fn a_target_that_asks_only_for_some_signature_lets_wrapped_messages_in() {
    let mut command = run_naive(&naive());
    command.args(["--only", "ATT-024,ATT-025,ATT-033,ATT-103,ATT-152"]);
    command.arg("--json").arg(file("naive.json")).arg("--junit").arg(file("naive.xml"));

    let (code, said, told) = ended(command);

    assert_eq!(code, Some(1), "{said}{told}");
    assert!(said.contains("LET IN") && said.contains("as the one whom the attacker wants to be"), "{said}");
    assert!(said.contains("not tried: 1 attack with 6 messages, not carried by a POSTed Response: ATT-152"), "{said}");
    let report = json("naive.json");
    let verdict = |id: &str, variant: &str| {
        let messages = report["messages"].as_array().unwrap();
        let found = messages.iter().find(|message| message["id"] == id && message["variant"] == variant);
        found.unwrap_or_else(|| panic!("{id} {variant}"))["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(verdict("ATT-024", "forged_first"), "LET IN");
    assert_eq!(verdict("ATT-103", "no_conditions"), "LET IN");
    assert_eq!(verdict("ATT-033", "both_excluded"), "refused");
    let junit = std::fs::read(file("naive.xml")).unwrap();
    let document = Document::parse(&junit, &ParseOptions::message()).unwrap();
    let failures = document.elements().filter(|element| element.local_name() == "failure").count();
    let suite = document.root().children().next().unwrap();
    assert_eq!(suite.attribute("failures").unwrap(), failures.to_string());
    assert!(failures > 5, "{said}");
    let cases = document.elements().filter(|element| element.local_name() == "testcase").count();
    assert_eq!(suite.attribute("tests").unwrap(), cases.to_string());
}

#[test]
fn a_target_that_refuses_everything_is_not_called_safe() {
    let url = closed();

    let (code, said, told) = ended(run_naive(&url));

    assert_eq!((code, said.as_str()), (Some(2), ""), "{told}");
    assert!(told.contains("the good message is not let in (status 403)") && told.contains("--entity-id"), "{told}");
}

#[test]
fn a_success_that_a_form_without_a_message_has_too_is_none() {
    let (code, said, told) = ended(run_naive(&indifferent()));

    assert_eq!((code, said.as_str()), (Some(2), ""), "{told}");
    assert!(told.contains("narrow it down"), "{told}");
}

#[test]
fn a_request_that_is_answered_once_shows_at_the_end() {
    let url = portal();
    let login = http::get(&format!("{url}/saml/login?level=substantial&return_to=/account"));
    let location = login.header("location").unwrap().to_owned();
    let query = location.split_once('?').unwrap().1;
    let redirect = saml_bindings::decode_redirect(query, saml_bindings::MessageParameter::SamlRequest).unwrap();
    let document = Document::parse(redirect.xml(), &ParseOptions::message()).unwrap();
    let mut command = run(&url, "/saml/acs", "/saml/metadata");
    command.args(["--in-response-to", document.root().attribute("ID").unwrap(), "--only", "ATT-103"]);
    command.args(["--relay-state", redirect.relay_state().unwrap(), "--success-location", "/account"]);
    for (_, value) in login.headers.iter().filter(|(name, _)| name == "set-cookie") {
        command.args(["--cookie", value.split(';').next().unwrap()]);
    }

    let (code, said, told) = ended(command);

    assert_eq!((code, said.as_str()), (Some(2), ""), "{told}");
    assert!(told.contains("let in at the start and is not at the end") && told.contains("--login-url"), "{told}");
}

#[test]
fn another_machine_is_left_alone_unless_it_is_said_to_be_ours() {
    let naive = naive();
    let elsewhere = "http://192.0.2.1";
    let mut target = run(elsewhere, "/acs", "");
    target.args(["--login-url", &format!("{naive}/login"), "--success-body", "Hello"]);
    let mut login = run(&naive, "/acs", "");
    login.args(["--login-url", &format!("{elsewhere}/login"), "--success-body", "Hello"]);
    for (command, option) in [(target, "--target"), (login, "--login-url")] {
        let (code, said, told) = ended(command);
        assert_eq!((code, said.as_str()), (Some(2), ""), "{told}");
        assert!(told.contains(option) && told.contains("--i-own-this-target"), "{told}");
    }
}

#[test]
fn wrong_usage_is_told_with_what_to_do() {
    let url = naive();
    let mut nothing = run(&url, "/acs", "");
    nothing.args(["--login-url", &format!("{url}/login")]);
    let mut tls = run(&url.replace("http:", "https:"), "/acs", "");
    tls.args(["--login-url", &format!("{url}/login"), "--success-body", "Hello"]);
    let mut no_request = run(&url, "/acs", "");
    no_request.args(["--login-url", &format!("{url}/url"), "--success-body", "Hello"]);
    let mut unknown = run_naive(&url);
    unknown.args(["--only", "ATT-999"]);
    for (command, expected) in [
        (nothing, "--success-status"),
        (tls, "put a proxy on this machine"),
        (no_request, "found status 200"),
        (unknown, "found ATT-999: saml forge list shows them all"),
    ] {
        let (code, said, told) = ended(command);
        assert_eq!((code, said.as_str()), (Some(2), ""), "{told}");
        assert!(told.contains(expected), "{told}");
    }
}
