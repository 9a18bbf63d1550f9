//! The link to the DigiD app holds a request that verifies, and what comes back is taken as documented or refused.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml_bindings::{Artifact, MessageParameter, decode_artifact, decode_redirect, encode_redirect};
use saml_digid::{AppError, AppLinks, AppReturn, AppStop};
use saml_xml_security::{AlgorithmPolicy, SignatureAlgorithm, SigningKey};
use serde_json::Value;

const DOMAIN: &str = "portal.example.nl";
const ICON: &str = "https://portal.example.nl/icon.png";
const RETURN_URL: &str = "https://app.portal.example.nl/back";

fn links() -> AppLinks {
    AppLinks::new(DOMAIN, ICON, RETURN_URL).unwrap()
}

fn key() -> SigningKey {
    SigningKey::generate_self_signed(2048, "portal.example.nl", 0, 4_000_000_000).unwrap()
}

fn redirect(key: Option<&SigningKey>, relay_state: Option<&str>) -> String {
    let signer = key.map(|key| (key, SignatureAlgorithm::RsaSha256));
    let request = MessageParameter::SamlRequest;
    encode_redirect("https://digid.example/sso", request, "<a>request</a>", relay_state, signer).unwrap()
}

/// Returns what the DigiD app reads out of a link.
fn opened(link: &str) -> Value {
    let (base, query) = link.split_once('?').unwrap();
    assert_eq!(base, "https://app.digid.nl/digid-app");
    let escaped = query.strip_prefix("app-app=").unwrap();
    let base64 = escaped.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
    serde_json::from_slice(&STANDARD.decode(base64).unwrap()).unwrap()
}

#[test]
fn the_values_in_a_link_are_those_of_a_redirect_whose_signature_holds() {
    let key = key();
    let link = links().link(&redirect(Some(&key), Some("b3f0"))).unwrap();

    let json = opened(&link);
    let escape = |name: &str| {
        let value = json[name].as_str().unwrap();
        value.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D").replace(':', "%3A").replace('#', "%23")
    };
    let names = ["SAMLRequest", "RelayState", "SigAlg", "Signature"];
    let query = names.map(|name| format!("{name}={}", escape(name))).join("&");
    let message = decode_redirect(&query, MessageParameter::SamlRequest).unwrap();
    assert_eq!(message.xml(), b"<a>request</a>");
    message.verify(&[key.verifying_key().clone()], &AlgorithmPolicy::modern()).unwrap();
    assert_eq!(json["Icon"], ICON);
    assert_eq!(json["ReturnUrl"], RETURN_URL);
    assert_eq!(json["Host"], "");
}

#[test]
fn a_link_names_a_host_in_a_test_alone_and_a_relay_state_where_there_is_one() {
    let link = links().with_test_host("preprod1.digid.nl").link(&redirect(Some(&key()), None)).unwrap();

    let json = opened(&link);
    assert_eq!(json["Host"], "preprod1.digid.nl");
    assert_eq!(json.get("RelayState"), None);
}

#[test]
fn a_request_without_a_signature_gets_no_link() {
    assert_eq!(links().link(&redirect(None, Some("b3f0"))), Err(AppError::NotSigned));
    assert_eq!(links().link("https://digid.example/sso").unwrap_err().code(), "app_link_not_signed");
}

#[test]
fn a_link_of_more_than_2000_bytes_is_refused() {
    let redirect = redirect(Some(&key()), None);
    let with_path = |length: usize| {
        let return_url = format!("{RETURN_URL}/{}", "a".repeat(length));
        AppLinks::new(DOMAIN, ICON, &return_url).unwrap().link(&redirect)
    };

    // Base64 and its escapes move the end by a few bytes at a time.
    let longest = (0..1000).take_while(|length| with_path(*length).is_ok()).last().unwrap();
    assert!((1990..=2000).contains(&with_path(longest).unwrap().len()));
    let error = with_path(longest + 10).unwrap_err();
    assert_eq!(error.code(), "app_link_too_long");
}

#[test]
fn an_icon_or_return_url_of_another_host_is_refused() {
    assert!(AppLinks::new(DOMAIN, ICON, "https://portal.example.nl").is_ok());
    let others = [
        "http://portal.example.nl/back",
        "https://portal.example.org/back",
        "https://evilportal.example.nl/back",
        "https://portal.example.nl@evil.example/back",
        "https://evil.example?https://portal.example.nl",
        "https://portal.example.nl:8443/back",
        "https://user@portal.example.nl/back",
        "https://portal.example.nl/back\n",
        "digid://portal.example.nl/back",
    ];
    for other in others {
        assert_eq!(AppLinks::new(DOMAIN, ICON, other).unwrap_err().code(), "app_url_not_ours", "{other}");
        assert_eq!(AppLinks::new(DOMAIN, other, RETURN_URL).unwrap_err().code(), "app_url_not_ours", "{other}");
    }
}

fn back(json: &str) -> Result<AppReturn, &'static str> {
    let base64 = STANDARD.encode(json).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    AppReturn::read(&format!("app-app={base64}")).map_err(|error| error.code())
}

#[test]
fn an_artifact_comes_back_as_a_browser_would_have_brought_it() {
    let artifact = Artifact::new("https://digid.example/saml", 0, [0xff; 20]);
    let json = |relay_state: &str| format!(r#"{{"SAMLart":"{}","RelayState":{relay_state}}}"#, artifact.to_base64());

    let query = back(&json(r#""b3f0""#)).unwrap().artifact_query().unwrap();
    let message = decode_artifact(query.as_bytes()).unwrap();
    assert_eq!((message.artifact(), message.relay_state()), (&artifact, Some("b3f0")));

    let query = back(&json("null")).unwrap().artifact_query().unwrap();
    assert_eq!(decode_artifact(query.as_bytes()).unwrap().relay_state(), None);
}

#[test]
fn what_the_app_says_of_a_login_that_did_not_happen_is_told_apart() {
    let stops = [
        ("_by_user", AppStop::ByUser),
        ("not_activated", AppStop::NotActivated),
        ("timeout", AppStop::Timeout),
        ("icon_missing", AppStop::IconMissing),
    ];
    for (message, stop) in stops {
        let answer = back(&format!(r#"{{"RelayState":null,"ErrorMessage":"{message}"}}"#)).unwrap();
        assert_eq!(answer, AppReturn::Stopped(stop));
        assert_eq!(answer.artifact_query(), None);
    }
    assert_eq!(back(r#"{"RelayState":null,"ErrorMessage":"by_user"}"#), Err("app_return_unknown"));
    assert_eq!(back(r#"{"RelayState":null,"ErrorMessage":"demo"}"#), Err("app_return_unknown"));
}

#[test]
fn what_is_not_one_artifact_or_one_error_is_refused() {
    let artifact = Artifact::new("https://digid.example/saml", 0, [7; 20]).to_base64();
    let good = format!(r#"{{"SAMLart":"{artifact}"}}"#);
    assert!(back(&good).is_ok());
    let malformed = [
        "{}".to_owned(),
        "[]".to_owned(),
        "demo".to_owned(),
        format!(r#"{{"SAMLart":"{artifact}","ErrorMessage":"timeout"}}"#),
        format!(r#"{{"SAMLart":"{artifact}","SAMLart":"{artifact}"}}"#),
        format!(r#"{{"SAMLart":["{artifact}"]}}"#),
        format!(r#"{{"samlart":"{artifact}"}}"#),
        format!("{good} ") + "x",
    ];
    for json in malformed {
        assert_eq!(back(&json), Err("app_return_malformed"), "{json}");
    }
    assert_eq!(back(r#"{"SAMLart":"demo"}"#), Err("binding_artifact_length"));

    let value = STANDARD.encode(&good).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let code = |query: &str| AppReturn::read(query).map(|_| "taken").map_err(|error| error.code());
    assert_eq!(code(&format!("app-app={value}&other=1")), Ok("taken"));
    for query in [String::new(), format!("app-app={value}&app-app={value}"), format!("app-app=A{value}")] {
        assert_eq!(code(&query), Err("app_return_malformed"), "{query}");
    }
    let padded = format!("app-app={value}&other={}", "a".repeat(8000));
    assert_eq!(code(&padded), Err("app_return_malformed"));
}

#[test]
fn debug_does_not_show_the_artifact() {
    let artifact = Artifact::new("https://digid.example/saml", 0, [7; 20]);
    let answer = AppReturn::Artifact { artifact, relay_state: Some("b3f0".to_owned()) };
    assert_eq!(format!("{answer:?}"), "Artifact(redacted)");
}
