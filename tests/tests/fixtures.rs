//! Each case of `fixtures/cases.toml` through the command `saml explain`: accepted, or rejected with that code.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use saml_tests::{fixtures, saml};

#[test]
fn each_case_gives_its_verdict() {
    let cases: toml::Table = std::fs::read_to_string(fixtures().join("cases.toml")).unwrap().parse().unwrap();
    let cases = cases["case"].as_array().unwrap();
    assert!(cases.len() >= 40, "{}", cases.len());
    let wrong: Vec<String> = cases.iter().filter_map(|case| differs(case.as_table().unwrap())).collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// Runs one case and says what is different from what is expected.
fn differs(case: &toml::Table) -> Option<String> {
    let text = |name: &str| case[name].as_str().unwrap();
    let mut command = saml();
    command.arg("explain").arg("--json");
    for (option, field) in [
        ("--profile", "profile"),
        ("--entity-id", "entity_id"),
        ("--acs", "acs"),
        ("--request-id", "request_id"),
        ("--request-at", "request_at"),
        ("--at", "at"),
    ] {
        command.args([option, text(field)]);
    }
    command.arg("--metadata").arg(fixtures().join(text("metadata")));
    if !text("level").is_empty() {
        command.args(["--level", text("level")]);
    }
    for authority in case["authorities"].as_array().unwrap() {
        command.args(["--allow-authority", authority.as_str().unwrap()]);
    }
    let output = command.arg(fixtures().join(text("file"))).output().unwrap();
    let report: serde_json::Value = match serde_json::from_slice(&output.stdout) {
        Ok(report) => report,
        Err(_) => return Some(format!("{}: {}", text("id"), String::from_utf8_lossy(&output.stderr))),
    };
    let found = report["code"].as_str().unwrap_or("accept");
    let status = if found == "accept" { 0 } else { 1 };
    let agrees = found == text("expect") && output.status.code() == Some(status);
    (!agrees).then(|| format!("{}: expected {}, found {found}, {}", text("id"), text("expect"), output.status))
}
