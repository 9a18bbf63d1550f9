//! What tests say beforehand of the next login.

use axum::http::StatusCode;
use chrono::TimeDelta;
use saml_metadata::Metadata;
use saml_protocol::{Assertion, Response, ResponseAssertion, status_codes};
use saml_simulator::{AnswerSettings, Routers, SimulatorConfig, routers};
use saml_xml::{Document, ParseOptions};
use saml_xml_security::{AlgorithmPolicy, SigningKey, verify};

use crate::browser::{Browser, Page};
use crate::portal::{BROKER_KEY, PORTAL_KEY, config, key, now, redirect, request, verified};

struct Parties {
    browser: Browser,
    control: Browser,
}

impl Parties {
    fn new() -> Self {
        Self::of(config(AnswerSettings::default()))
    }

    fn of(config: SimulatorConfig) -> Self {
        let Routers { browser, control, .. } = routers(config);
        Self { browser: Browser::at(browser), control: Browser::at(control) }
    }

    async fn script(&self, script: &str) {
        let page = self.control.put_json("/next-login", script).await;
        assert_eq!((page.status, page.html.as_str()), (StatusCode::NO_CONTENT, ""));
    }

    async fn ask(&self) -> Page {
        self.browser.get(&redirect(&request(), None, Some(&PORTAL_KEY))).await
    }
}

fn is_signed_by(xml: &str, key: &SigningKey) -> bool {
    let options = ParseOptions::message();
    let document = Document::parse(xml.as_bytes(), &options).unwrap();
    verify(document.root(), &[key.verifying_key().clone()], &AlgorithmPolicy::modern(), &options).is_ok()
}

#[tokio::test]
async fn one_login_ends_without_its_page() {
    let parties = Parties::new();
    parties.script(r#"{"outcome": {"log_in": {"bsn": "900026236", "level": "high"}}}"#).await;

    let page = parties.ask().await;
    assert!(page.log.contains("outcome=\"login\"") && !page.log.contains("900026236"), "{}", page.log);
    let verified = verified(&page.answer());
    let (response, assertion) = Response::read(verified.root()).unwrap();
    assert!(response.status.is_success());
    let ResponseAssertion::Plain(assertion) = assertion else { panic!("expected an assertion") };
    let assertion = Assertion::read(assertion).unwrap();
    assert_eq!(assertion.subject.unwrap().name_id.unwrap().value, "s00000000:900026236");
    assert_eq!(assertion.authn_statements[0].class_ref, Some("urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI"));

    // The one after it has its page again.
    assert!(parties.ask().await.value_of("handle").is_some());
}

#[tokio::test]
async fn a_login_can_be_made_to_fail() {
    let parties = Parties::new();
    for (script, second_level) in [
        (r#"{"outcome": "cancel"}"#, status_codes::AUTHN_FAILED),
        (r#"{"outcome": "error"}"#, status_codes::REQUEST_DENIED),
    ] {
        parties.script(script).await;
        let verified = verified(&parties.ask().await.answer());
        assert_eq!(Response::read(verified.root()).unwrap().0.status.second_level, Some(second_level));
    }
    parties.script(r#"{"outcome": {"log_in": {"bsn": "900026236", "level": "basic"}}}"#).await;
    parties.ask().await.assert_refused("level_too_low");
}

#[tokio::test]
async fn a_request_that_is_refused_leaves_the_script_to_the_next() {
    let parties = Parties::new();
    parties.script(r#"{"outcome": "cancel"}"#).await;

    parties.browser.get(&redirect(&request(), None, None)).await.assert_refused("binding_signature_missing");
    assert!(parties.ask().await.value_of("SAMLResponse").is_some());
}

#[tokio::test]
async fn the_clock_of_an_answer_can_be_ahead_and_behind() {
    let parties = Parties::new();
    for offset in [-90, 90] {
        parties.script(&format!(r#"{{"outcome": "cancel", "clock_offset_seconds": {offset}}}"#)).await;
        let verified = verified(&parties.ask().await.answer());
        let issued = Response::read(verified.root()).unwrap().0.issue_instant;
        assert_eq!(issued, now() + TimeDelta::seconds(offset));
    }
}

#[tokio::test]
async fn an_answer_is_signed_with_the_next_key_that_the_metadata_announces() {
    let next = key("next.example.nl");
    let config = config(AnswerSettings::default()).with_next_key(next.clone()).unwrap();
    let announced = Metadata::parse_unverified(config.metadata().as_bytes()).unwrap().identity_provider().unwrap();
    assert_eq!(announced.signing_keys(), [BROKER_KEY.verifying_key().clone(), next.verifying_key().clone()]);

    let parties = Parties::of(config);
    for (choice, signer) in [("current", &*BROKER_KEY), ("next", &next)] {
        parties.script(&format!(r#"{{"outcome": "cancel", "key": "{choice}"}}"#)).await;
        let answer = parties.ask().await.answer();
        assert_eq!(is_signed_by(&answer, &BROKER_KEY), choice == "current");
        assert!(is_signed_by(&answer, signer));
    }
}

#[tokio::test]
async fn a_script_that_cannot_be_followed_is_refused_with_the_reason() {
    let parties = Parties::new();
    for (script, status, reason) in [
        ("{", StatusCode::BAD_REQUEST, "EOF"),
        (r#"{"outcom": "cancel"}"#, StatusCode::UNPROCESSABLE_ENTITY, "unknown field `outcom`"),
        (r#"{"key": "next"}"#, StatusCode::UNPROCESSABLE_ENTITY, "expected a simulator with a next key"),
        (
            r#"{"outcome": {"log_in": {"bsn": "900026237", "level": "high"}}}"#,
            StatusCode::UNPROCESSABLE_ENTITY,
            "expected a BSN: nine digits",
        ),
        (
            r#"{"outcome": {"log_in": {"bsn": 900026236, "level": "high"}}}"#,
            StatusCode::UNPROCESSABLE_ENTITY,
            "expected a BSN in a string",
        ),
        (
            r#"{"outcome": {"log_in": {"bsn": "900026236", "level": "highest"}}}"#,
            StatusCode::UNPROCESSABLE_ENTITY,
            "expected basic, middle, substantial or high",
        ),
    ] {
        let page = parties.control.put_json("/next-login", script).await;
        assert_eq!(page.status, status, "{script}");
        assert!(page.html.contains(reason) && !page.html.contains("90002623"), "{}", page.html);
    }
    assert!(parties.ask().await.value_of("handle").is_some());
}

#[tokio::test]
async fn a_page_of_another_site_cannot_send_a_script() {
    let parties = Parties::new();
    let page = parties.control.post_xml("/next-login", "{}".to_owned()).await;
    assert_eq!(page.status, StatusCode::METHOD_NOT_ALLOWED);
    let page = parties.control.put_as("/next-login", "text/plain", "{}").await;
    assert_eq!(page.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    // Where a browser comes to, there is no control.
    assert_eq!(parties.browser.put_json("/next-login", "{}").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_failure_has_the_codes_of_its_script() {
    let parties = Parties::new();
    for (outcome, second_level) in [
        ("error", Some(status_codes::REQUEST_DENIED)),
        ("no_authn_context", Some(status_codes::NO_AUTHN_CONTEXT)),
        ("responder", None),
    ] {
        parties.script(&format!(r#"{{"outcome": "{outcome}"}}"#)).await;
        let page = parties.ask().await;
        let verified = verified(&page.answer());
        let (response, _) = Response::read(verified.root()).unwrap();
        assert_eq!((response.status.code, response.status.second_level), (status_codes::RESPONDER, second_level));
    }
}

#[tokio::test]
async fn an_answer_has_the_flaw_of_its_script_and_no_other() {
    let parties = Parties::new();
    let answer = async |level: &str, flaw: &str| {
        let outcome = format!(r#"{{"log_in": {{"bsn": "900026236", "level": "{level}"}}}}"#);
        parties.script(&format!(r#"{{"outcome": {outcome}{flaw}}}"#)).await;
        parties.ask().await.answer()
    };
    let good = answer("high", "").await;
    assert!(is_signed_by(&good, &BROKER_KEY) && !good.contains("another-service-provider"));

    let audience = answer("high", r#", "flaw": "audience""#).await;
    assert!(is_signed_by(&audience, &BROKER_KEY));
    assert!(audience.contains("<saml:Audience>urn:example:another-service-provider</saml:Audience>"), "{audience}");

    let level = answer("basic", r#", "flaw": "level""#).await;
    assert!(is_signed_by(&level, &BROKER_KEY) && level.contains("PasswordProtectedTransport"), "{level}");

    let signature = answer("high", r#", "flaw": "signature""#).await;
    assert!(!is_signed_by(&signature, &BROKER_KEY));
    assert_eq!(signature.len(), good.len());
}
