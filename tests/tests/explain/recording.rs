//! What a browser recorded of a login: HAR files, and exports of SAML-tracer.

use saml_bindings::{MessageParameter, encode_redirect};
use serde_json::{Value, json};

use super::*;

const SECRETS: [&str; 4] = ["cookie-secret", "hunter2", "relay-secret", BSN];

fn request() -> String {
    String::from_utf8(read(&fixtures().join("requests/authn-request-unsigned.xml"))).unwrap()
}

fn redirect() -> String {
    let endpoint = "https://broker.pre.example.nl/broker/sp/saml/login";
    encode_redirect(endpoint, MessageParameter::SamlRequest, &request(), Some("relay-secret"), None).unwrap()
}

fn entry(method: &str, url: &str, at: &str, post: Value) -> Value {
    json!({
        "startedDateTime": at,
        "request": {
            "method": method, "url": url, "postData": post,
            "cookies": [{"name": "session", "value": "cookie-secret"}],
            "headers": [{"name": "Cookie", "value": "session=cookie-secret"}],
        },
        "response": {"status": 200, "headers": [], "content": {"mimeType": "text/html", "text": "hunter2"}},
    })
}

/// A login as Chromium records it: the request in the query, and the answer in a form.
fn har(response: &[u8]) -> Value {
    let form = format!("SAMLResponse={}&RelayState=relay-secret&password=hunter2", escaped(&STANDARD.encode(response)));
    json!({"log": {"version": "1.2", "creator": {"name": "test"}, "entries": [
        entry("GET", "https://portal.example.nl/start?token=hunter2", "2026-03-02T09:59:59.000Z", Value::Null),
        entry("GET", &redirect(), "2026-03-02T10:00:00.000Z", Value::Null),
        entry("POST", "https://broker.pre.example.nl/login", "2026-03-02T10:00:30.000Z", json!({
            "mimeType": "application/x-www-form-urlencoded", "text": "bsn=900026236&password=hunter2",
        })),
        entry("POST", "https://me:hunter2@portal.example.nl/saml/acs", "2026-03-02T11:00:45.000+01:00", json!({
            "mimeType": "application/x-www-form-urlencoded", "text": form,
        })),
    ]}})
}

/// The same login as SAML-tracer exports it.
fn saml_tracer(response: &[u8]) -> Value {
    let headers = json!([{"name": "Cookie", "value": "session=cookie-secret"}]);
    let answered =
        |date: &str| json!([{"name": "Date", "value": date}, {"name": "Set-Cookie", "value": "cookie-secret"}]);
    json!({"timestamp": "2026-03-02T12:00:00.000Z", "requests": [
        {
            "method": "GET", "url": redirect(), "requestId": "1", "requestHeaders": headers,
            "get": [["SAMLRequest", "hidden"], ["RelayState", "relay-secret"]], "protocol": "SAML-P", "saml": request(),
            "responseStatus": 200, "responseHeaders": answered("Mon, 02 Mar 2026 10:00:01 GMT"),
        },
        {
            "method": "POST", "url": ACS, "requestId": "2", "requestHeaders": headers,
            "post": [["SAMLResponse", STANDARD.encode(response)], ["RelayState", "relay-secret"]], "protocol": "SAML-P",
            "saml": String::from_utf8(response.to_vec()).unwrap(),
            "responseStatus": 302, "responseHeaders": answered("Mon, 02 Mar 2026 10:00:45 GMT"),
        },
    ]})
}

/// The command with what no recording tells.
fn explain_recording() -> Command {
    let mut command = saml();
    command.args(["explain", "--profile", "signicat-broker", "--entity-id", "https://portal.example.nl/saml/metadata"]);
    command.args(["--allow-authority", "https://was-preprod1.digid.nl/saml/idp/metadata"]);
    command.arg("--metadata").arg(fixtures().join("metadata/broker-preproduction.xml"));
    command
}

fn explained(recording: &Value, arguments: &[&str]) -> Output {
    let mut command = explain_recording();
    command.args(arguments);
    let output = with_input(command, recording.to_string().as_bytes());
    for secret in SECRETS {
        for printed in [&output.stdout, &output.stderr] {
            let printed = String::from_utf8_lossy(printed);
            assert!(!printed.contains(secret), "{secret} is printed: {printed}");
        }
    }
    output
}

fn report(recording: &Value, arguments: &[&str]) -> Value {
    let output = explained(recording, &[&["--json"], arguments].concat());
    json(&output)
}

fn taken(report: &Value) -> String {
    report["taken"].as_array().unwrap().iter().map(|taken| taken.as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_har_file_tells_what_no_option_says() {
    let report = report(&har(&read(&good())), &[]);
    assert_eq!(report["verdict"], "accepted", "{report:#}");
    assert_eq!(
        report["message"],
        "message 2 of the recording: Response by HTTP-POST to https://portal.example.nl/saml/acs"
    );
    let taken = taken(&report);
    for words in [
        &format!("--request-id {REQUEST_ID} is that of the AuthnRequest in the recording, message 1"),
        "--acs https://portal.example.nl/saml/acs is what the AuthnRequest says",
        "--at 2026-03-02T10:00:45Z is when it was sent, by the clock of the browser",
        "--level urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard is what the AuthnRequest asks for",
        "--request-at 2026-03-02T10:00:00Z, with ForceAuthn, is what the AuthnRequest says",
    ] {
        assert!(taken.contains(words), "{words:?} is not in {taken}");
    }
}

#[test]
fn an_option_is_stronger_than_the_recording() {
    let har = har(&read(&good()));
    for (option, value, code) in [
        ("--at", "2026-03-02T11:00:45Z", "confirmation_expired"),
        ("--acs", "https://portal.example.nl/acs", "destination"),
        ("--request-id", "_another", "in_response_to"),
        ("--level", "high", "level_too_low"),
        ("--request-at", "2026-03-02T10:05:00Z", "issue_instant"),
    ] {
        assert_eq!(report(&har, &[option, value])["code"], code, "{option}");
    }
}

#[test]
fn parameters_are_read_as_each_browser_writes_them() {
    let value = STANDARD.encode(read(&good()));
    for value in [value.clone(), escaped(&value)] {
        let mut har = har(b"");
        har["log"]["entries"][3]["request"]["postData"] = json!({
            "mimeType": "application/x-www-form-urlencoded",
            "params": [{"name": "password", "value": "hunter2"}, {"name": "SAMLResponse", "value": value}],
        });
        assert_eq!(report(&har, &[])["verdict"], "accepted");
    }
}

#[test]
fn an_export_of_saml_tracer_is_read_in_both_its_forms() {
    let export = saml_tracer(&read(&good()));
    let now = report(&export, &[]);
    assert_eq!(now["verdict"], "accepted", "{now:#}");
    assert!(
        taken(&now).contains("--at 2026-03-02T10:00:45Z is when it was sent, by the clock of the server that answered")
    );

    // Before its version 1.0, headers were pairs.
    let mut old = export.clone();
    for request in old["requests"].as_array_mut().unwrap() {
        for side in ["requestHeaders", "responseHeaders"] {
            let pairs = request[side].as_array().unwrap().iter().map(|header| json!([header["name"], header["value"]]));
            request[side] = pairs.collect();
        }
    }
    assert_eq!(report(&old, &[])["verdict"], "accepted");

    // It can be told to hide what forms hold; what it decoded is there still.
    let mut hidden = export.clone();
    hidden["requests"][1]["post"] = json!([["SAMLResponse", "*****"], ["RelayState", "*****"]]);
    assert_eq!(report(&hidden, &[])["verdict"], "accepted");
    hidden["requests"][1].as_object_mut().unwrap().remove("saml");
    assert_usage(
        &explained(&hidden, &[]),
        &["message 2 of the recording: its value is hidden, cut off, or no message"],
    );

    // The time of the export is not that of the login.
    let mut timeless = export;
    timeless["requests"][1]["responseHeaders"] = json!([]);
    assert_usage(&explained(&timeless, &[]), &["expected --at, as the recording has no time for this message"]);
}

#[test]
fn of_several_responses_one_is_chosen_by_its_number() {
    let mut har = har(&read(&good()));
    let mut again = har["log"]["entries"][3].clone();
    let cancelled = read(&fixtures().join("responses/response-cancelled.xml"));
    again["request"]["postData"]["text"] = json!(format!("SAMLResponse={}", escaped(&STANDARD.encode(cancelled))));
    let entries = har["log"]["entries"].as_array_mut().unwrap();
    // The first is recorded twice, as a browser does that sends a form again.
    entries.push(entries[3].clone());
    entries.push(again);
    let output = explained(&har, &[]);
    assert_usage(&output, &["choose one of these with --message N"]);
    let list = String::from_utf8(output.stderr).unwrap();
    let rows: Vec<Vec<&str>> = list.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["N", "kind", "binding", "time", "ID", "to"]);
    let login = "https://broker.pre.example.nl/broker/sp/saml/login";
    assert_eq!(rows[1], ["1", "AuthnRequest", "HTTP-Redirect", "2026-03-02T10:00:00Z", REQUEST_ID, login]);
    let id = "_response.response-assertion-signed";
    assert_eq!(rows[2], ["2", "Response", "HTTP-POST", "2026-03-02T10:00:45Z", id, ACS]);
    assert_eq!((rows[3][0], rows.len()), ("3", 4));

    assert_eq!(report(&har, &["--message", "2"])["verdict"], "accepted");
    assert_eq!(report(&har, &["--message", "3"])["code"], "status_authn_failed");
    assert_eq!(report(&har, &["--message", "1"])["code"], "message_type");
    for number in ["0", "4"] {
        assert_usage(&explained(&har, &["--message", number]), &["--message", "AuthnRequest"]);
    }
}

#[test]
fn an_artifact_cannot_be_explained_alone() {
    let mut har = har(b"");
    let url = format!(
        "{ACS}?SAMLart=AAQAANyT7WmS4bcVC%2FADNk5kW5yDG3PRBwcHBwcHBwcHBwcHBwcHBwcHBwc%3D&RelayState=relay-secret"
    );
    har["log"]["entries"][3] = entry("GET", &url, "2026-03-02T10:00:45Z", Value::Null);
    assert_usage(&explained(&har, &[]), &["an artifact only", "back channel", "HTTP-Artifact"]);
    assert_usage(&explained(&har, &["--message", "2"]), &["message 2", "an artifact only"]);

    // A proxy records the back channel too.
    let envelope = saml_bindings::soap_envelope(&artifact_response()).unwrap();
    let mut resolve =
        entry("POST", "https://broker.pre.example.nl/ars", "2026-03-02T10:00:45Z", json!({"text": "<a/>"}));
    resolve["response"]["content"] = json!({"text": STANDARD.encode(envelope), "encoding": "base64"});
    har["log"]["entries"].as_array_mut().unwrap().push(resolve);
    let report = report(&har, &[]);
    assert_eq!(
        report["message"],
        "message 3 of the recording: ArtifactResponse by SOAP to https://broker.pre.example.nl/ars"
    );
    assert_eq!(report["verdict"], "accepted", "{report:#}");
}

/// The good message as the back channel brings it, signed.
fn artifact_response() -> String {
    let key = |name: &str| read(&fixtures().join("keys").join(name));
    let signer = SigningKey::from_pem(&key("broker-signing.key.pem"), &key("broker-signing.crt.pem")).unwrap();
    let message = String::from_utf8(read(&good())).unwrap();
    let issuer = "https://broker.pre.example.nl/broker/sp/saml";
    let xml = format!(
        "<p:ArtifactResponse xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_a\" Version=\"2.0\" \
         IssueInstant=\"2026-03-02T10:00:44Z\" InResponseTo=\"_r\">\
         <s:Issuer xmlns:s=\"urn:oasis:names:tc:SAML:2.0:assertion\">{issuer}</s:Issuer>\
         <p:Status><p:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></p:Status>{message}\
         </p:ArtifactResponse>"
    );
    sign(&xml, &signer, &SignOptions::default()).unwrap()
}

#[test]
fn an_answer_to_another_login_of_the_recording_is_told_by_its_number() {
    let mut har = har(&read(&good()));
    let other = request().replace(REQUEST_ID, "_another");
    let mut second = har["log"]["entries"][1].clone();
    let endpoint = "https://broker.pre.example.nl/broker/sp/saml/login";
    second["request"]["url"] =
        json!(encode_redirect(endpoint, MessageParameter::SamlRequest, &other, None, None).unwrap());
    har["log"]["entries"].as_array_mut().unwrap().insert(2, second);
    // The request that it names is the one it is judged by, though another was sent later.
    assert_eq!(report(&har, &[])["verdict"], "accepted");
    let report = report(&har, &["--request-id", "_another"]);
    assert_eq!(report["code"], "in_response_to");
    let fix = report["fix"].as_str().unwrap();
    assert!(fix.contains(&format!("the AuthnRequest {REQUEST_ID}, message 1 of the recording")), "{fix}");
}

#[test]
fn a_recording_that_cannot_be_read_is_named_without_quoting_it() {
    let whole = har(&read(&good())).to_string();
    let cut = &whole[..whole.len() - 40];
    for (input, words) in [
        (cut, "it was cut off"),
        ("{\"log\": hunter2}", "expected JSON, found something else at line 1, column 9"),
        ("{\"log\": \"hunter2\"}", "JSON of another form at line 1"),
        ("{\"requests\": [{\"url\": 5}]}", "JSON of another form"),
        ("{\"cookies\": \"hunter2\"}", "found other JSON"),
        ("{\"log\": {\"entries\": []}}", "a SAML message in it, found none"),
        ("{\"requests\": []}", "a SAML message in it, found none"),
    ] {
        let output = with_input(explain_recording(), input.as_bytes());
        assert_usage(&output, &["saml explain: ", words]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!said.contains("hunter2"), "{said}");
    }
    let mut nothing = saml_tracer(&read(&good()));
    nothing["requests"].as_array_mut().unwrap().remove(1);
    assert_usage(&explained(&nothing, &[]), &["the recording has no response", "AuthnRequest"]);
}

#[test]
fn without_a_recording_the_options_are_needed() {
    let message = read(&good());
    for (given, missing) in [
        (&["--acs", ACS, "--at", AT][..], "expected --request-id; only a recording"),
        (&["--request-id", REQUEST_ID, "--at", AT], "expected --acs; only a recording"),
        (&["--request-id", REQUEST_ID, "--acs", ACS], "expected --at; only a recording"),
        (&["--acs", ACS], "expected --request-id and --at; only a recording"),
        (&["--request-id", REQUEST_ID, "--acs", ACS, "--at", AT, "--message", "1"], "--message: expected a recording"),
    ] {
        let mut command = explain_recording();
        command.args(given);
        assert_usage(&with_input(command, &message), &[missing]);
    }
}
