//! The command `saml doctor`: what it shows, how it exits, and a portal that it asks.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::process::Output;

use pkioverheid::{Generation, TestHierarchy, TestLeaf};
use saml_tests::demo::Demo;
use saml_tests::folder::Folder;
use saml_tests::saml;
use serde_json::Value;

fn doctor(folder: &Folder, more: &[&str]) -> Output {
    folder.saml("doctor", &[&["--at", "2026-03-02T10:00:00Z"], more].concat())
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn outcome<'a>(json: &'a Value, code: &str) -> &'a Value {
    let checks = json["checks"].as_array().unwrap();
    &checks.iter().find(|check| check["code"] == code).unwrap()["outcome"]
}

#[test]
fn without_a_problem_it_exits_with_zero_whatever_is_left_for_people() {
    let folder = Folder::new("good", &[]);
    let output = doctor(&folder, &[]);
    let text = text(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    for part in [
        "preproduction, looked at as of 2026-03-02 10:00 UTC",
        "6  Protocol between portal and partner",
        " for people",
        "not asked over the network: run it with --online",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(!text.contains('\x1b'), "colour is for terminals");
}

#[test]
fn a_problem_is_shown_with_what_to_do_and_exits_with_one() {
    let folder = Folder::new("problem", &[("level = ", "scoping = [\"idp:digid\"]\nlevel = ")]);
    let output = doctor(&folder, &["--environment", "preproduction"]);
    assert_eq!(output.status.code(), Some(1));
    for part in [
        "  problem   scoping_value",
        "found  idp:digid is the form of OpenID Connect",
        "do     set login.scoping",
        "why    ",
        "preproduction: 1 problem, ",
    ] {
        assert!(text(&output).contains(part), "{part} is not in {}", text(&output));
    }
}

#[test]
fn json_has_every_check_and_a_summary_that_counts_them() {
    let folder = Folder::new("json", &[]);
    let json: Value = serde_json::from_slice(&doctor(&folder, &["--json"]).stdout).unwrap();
    let checks = json["checks"].as_array().unwrap();
    for check in checks {
        for key in ["environment", "code", "title", "outcome", "found", "why", "source"] {
            assert!(check[key].is_string(), "{key} is not in {check}");
        }
    }
    let outcomes = json["summary"][0]["outcomes"].as_object().unwrap();
    let total: u64 = outcomes.values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!((total, outcomes["problem"].as_u64()), (checks.len() as u64, Some(0)));
    assert_eq!(json["summary"][0]["environment"], "preproduction");
}

#[test]
fn a_portal_that_runs_is_asked_with_a_forged_message() {
    let demo = Demo::start();
    let folder = Folder::new("portal", &[]);
    let asked = ["--environment", "preproduction", "--json", "--portal", demo.portal.trim_end_matches('/')];
    let json: Value = serde_json::from_slice(&doctor(&folder, &asked).stdout).unwrap();
    assert_eq!(outcome(&json, "unsolicited_refused"), "ok", "{json:#}");
    assert_eq!(outcome(&json, "error_text_shown"), "ok", "{json:#}");

    // The demo shows the text of the present checklist.
    let folder = Folder::new("other-text", &[("organisation =", "error_text = \"checklist-7\"\norganisation =")]);
    let output = doctor(&folder, &asked);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((outcome(&json, "error_text_shown"), output.status.code()), (&Value::from("problem"), Some(1)));
}

#[test]
fn a_test_root_is_believed_where_it_is_named_and_nowhere_else() {
    let hierarchy = TestHierarchy::new(Generation::G1, "2026-03-02T10:00:00Z".parse().unwrap()).unwrap();
    let leaf = TestLeaf::new("00000001123456789000", "2026-03-02T10:00:00Z".parse().unwrap());
    let certificate = hierarchy.issue(&leaf).unwrap().certificate().to_pem().unwrap();
    let folder = Folder::new(
        "root",
        &[
            (
                "[preproduction.keys.signing]",
                "[preproduction.keys]\nissuers = \"issuers.pem\"\n[preproduction.keys.signing]",
            ),
            ("domain =", "pkioverheid_certificate = \"pkio.crt.pem\"\ndomain ="),
        ],
    );
    std::fs::write(folder.path("pkio.crt.pem"), certificate).unwrap();
    let issuers: Vec<u8> = hierarchy.authorities().iter().flat_map(|issuer| issuer.to_pem().unwrap()).collect();
    std::fs::write(folder.path("issuers.pem"), issuers).unwrap();
    let root = format!("g1={}", hierarchy.authorities().last().unwrap().sha256_key_name().unwrap());
    for (more, expected) in [(&[][..], "problem"), (&["--danger-test-root", root.as_str()][..], "ok")] {
        let output = doctor(&folder, &[&["--environment", "preproduction", "--json"], more].concat());
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(outcome(&json, "pkio_chain"), expected, "{json:#}");
    }
}

#[test]
fn wrong_input_is_one_sentence_and_exits_with_two() {
    let folder = Folder::new("wrong", &[]);
    let misspelt = Folder::new("misspelt", &[("organisation", "organization")]);
    for (output, said) in [
        (doctor(&folder, &["--environment", "production"]), "expected the table [production], found none"),
        (doctor(&folder, &["--environment", "acceptance"]), "possible values: preproduction, production"),
        (doctor(&folder, &["--portal", "http://127.0.0.1:1"]), "--environment"),
        (
            doctor(&folder, &["--environment", "preproduction", "--portal", "https://www.example.org"]),
            "only test what is yours",
        ),
        (doctor(&folder, &["--environment", "preproduction", "--danger-test-root", "g4=12"]), "64 hexadecimal digits"),
        (doctor(&folder, &["--environment", "production", "--danger-test-root", "g4=12"]), "citizens are no test"),
        (
            doctor(&misspelt, &[]),
            "saml.toml: line 6, column 1: expected a known key, found `organization`; did you mean `organisation`?",
        ),
        (saml().args(["doctor", "--config", "/no/such/file"]).output().unwrap(), "/no/such/file"),
    ] {
        let shown = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!(output.status.code(), Some(2), "{shown}");
        assert!(shown.contains(said) && output.stdout.is_empty(), "{said} is not in {shown}");
    }
}

#[test]
fn the_help_says_how_it_exits_and_has_an_example() {
    let help = text(&saml().args(["doctor", "--help"]).output().unwrap());
    for part in ["Exit status: 0 without a problem", "saml doctor --config saml.toml --environment production --online"]
    {
        assert!(help.contains(part), "{part} is not in {help}");
    }
}
