//! What goes to the portal.

use saml_forge::Signed;
use saml_protocol::{Assertion, AttributeValue, Response, ResponseAssertion, status_codes};
use saml_simulator::{AnswerSettings, LevelVocabulary, NameIdForm, router};
use saml_xml::{Document, Element, ParseOptions};
use saml_xml_security::{AlgorithmPolicy, Error as SignatureError, verify};

use crate::browser::{Browser, LOG_IN};
use crate::portal::{ACS, BROKER_KEY, PORTAL, PORTAL_KEY, REQUEST_ID, config, now, post, redirect, request, verified};

#[tokio::test]
async fn login_by_redirect_ends_in_a_signed_response() {
    let browser = Browser::new();
    let page = browser.get(&redirect(&request(), Some("b3f0"), Some(&PORTAL_KEY))).await;
    let page = browser.submit(&page, LOG_IN, "900026236", "loa3").await;
    assert!(page.html.contains(&format!("action=\"{ACS}\"")), "{}", page.html);
    assert_eq!(page.value_of("RelayState").as_deref(), Some("b3f0"));

    let verified = verified(&page.answer());
    let (response, assertion) = Response::read(verified.root()).unwrap();
    assert!(response.status.is_success());
    assert_eq!((response.in_response_to, response.destination), (Some(REQUEST_ID), Some(ACS)));
    let assertion = Assertion::read(plain(assertion)).unwrap();
    assert_eq!(assertion.issuer, "http://127.0.0.1:8081/broker/sp/saml");
    assert_eq!(assertion.subject.unwrap().name_id.unwrap().value, "s00000000:900026236");
    assert_eq!(assertion.conditions.unwrap().audience_restrictions, [[PORTAL]]);
    let statement = &assertion.authn_statements[0];
    assert_eq!(statement.class_ref, Some("urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard"));
    assert_eq!(statement.authenticating_authorities, ["simulator"]);
    assert_eq!(statement.authn_instant, now());
}

#[tokio::test]
async fn login_by_post_ends_in_a_signed_response() {
    let browser = Browser::new();
    let page = browser.post("/broker/sp/saml/login", &post(&request(), Some(&PORTAL_KEY))).await;
    let page = browser.submit(&page, LOG_IN, "900026236", "loa4").await;
    assert_eq!(page.value_of("RelayState"), None);
    let verified = verified(&page.answer());
    let (response, assertion) = Response::read(verified.root()).unwrap();
    assert!(response.status.is_success());
    let assertion = Assertion::read(plain(assertion)).unwrap();
    let class_ref = assertion.authn_statements[0].class_ref;
    assert_eq!(class_ref, Some("urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI"));
}

#[tokio::test]
async fn cancelling_answers_authn_failed() {
    assert_eq!(failure_of("cancel").await, [status_codes::RESPONDER, status_codes::AUTHN_FAILED]);
}

#[tokio::test]
async fn error_answers_request_denied() {
    assert_eq!(failure_of("error").await, [status_codes::RESPONDER, status_codes::REQUEST_DENIED]);
}

#[tokio::test]
async fn failure_is_signed_also_where_only_assertions_are() {
    let settings = AnswerSettings { signed: Signed::Assertion, ..AnswerSettings::default() };
    let browser = Browser::at(router(config(settings)));
    let page = browser.get(&redirect(&request(), None, Some(&PORTAL_KEY))).await;
    let page = browser.submit(&page, &format!("{LOG_IN}/cancel"), "", "").await;
    verified(&page.answer());
}

#[tokio::test]
async fn answer_follows_the_settings_of_the_service_provider() {
    let settings = AnswerSettings {
        authority: "https://was-preprod1.digid.nl/saml/idp/metadata".to_owned(),
        attributes: false,
        levels: LevelVocabulary::Etoegang,
        name_id: NameIdForm::Stripped,
        st_saml: None,
        signed: Signed::Assertion,
    };
    let document = Document::parse(login(settings).await.as_bytes(), &ParseOptions::message()).unwrap();
    assert_eq!(verification(document.root()), Err(SignatureError::SignatureMissing));
    let element = plain(Response::read(document.root()).unwrap().1);
    assert_eq!(verification(element), Ok(()));
    let assertion = Assertion::read(element).unwrap();
    let name_id = assertion.subject.unwrap().name_id.unwrap();
    assert_eq!(name_id.value, "900026236");
    assert_eq!(name_id.name_qualifier, Some("https://was-preprod1.digid.nl/saml/idp/metadata"));
    let statement = &assertion.authn_statements[0];
    assert_eq!(statement.class_ref, Some("urn:etoegang:core:assurance-class:loa3"));
    assert_eq!(statement.authenticating_authorities, ["https://was-preprod1.digid.nl/saml/idp/metadata"]);
    assert_eq!(assertion.attributes, []);
}

#[tokio::test]
async fn attributes_name_the_person_of_the_name_id() {
    let verified = verified(&login(AnswerSettings::default()).await);
    let assertion = Assertion::read(plain(Response::read(verified.root()).unwrap().1)).unwrap();
    let attributes: Vec<_> =
        assertion.attributes.iter().map(|attribute| (attribute.name, attribute.values.clone())).collect();
    let expected = [
        ("nin", vec![AttributeValue::Text("900026236")]),
        ("idpId", vec![AttributeValue::Text("s00000000:900026236")]),
    ];
    assert_eq!(attributes, expected);
}

#[tokio::test]
async fn relay_state_comes_back_unchanged_whatever_it_holds() {
    let browser = Browser::new();
    let relay_state = "\"><script>alert(1)</script>&";
    let page = browser.get(&redirect(&request(), Some(relay_state), Some(&PORTAL_KEY))).await;
    let page = browser.submit(&page, LOG_IN, "900026236", "loa3").await;
    assert!(!page.html.contains("<script>"), "{}", page.html);
    let escaped = "&#34;&#62;&#60;script&#62;alert(1)&#60;/script&#62;&#38;";
    assert_eq!(page.value_of("RelayState").as_deref(), Some(escaped));
}

async fn login(settings: AnswerSettings) -> String {
    let browser = Browser::at(router(config(settings)));
    let page = browser.get(&redirect(&request(), None, Some(&PORTAL_KEY))).await;
    browser.submit(&page, LOG_IN, "900026236", "loa3").await.answer()
}

async fn failure_of(button: &str) -> [String; 2] {
    let browser = Browser::new();
    let page = browser.get(&redirect(&request(), None, Some(&PORTAL_KEY))).await;
    let page = browser.submit(&page, &format!("{LOG_IN}/{button}"), "", "").await;
    let verified = verified(&page.answer());
    let (response, assertion) = Response::read(verified.root()).unwrap();
    assert_eq!(assertion, ResponseAssertion::None);
    assert_eq!(response.in_response_to, Some(REQUEST_ID));
    [response.status.code.to_owned(), response.status.second_level.unwrap().to_owned()]
}

fn plain(assertion: ResponseAssertion<'_>) -> Element<'_> {
    match assertion {
        ResponseAssertion::Plain(element) => element,
        _ => panic!("expected an assertion"),
    }
}

fn verification(element: Element<'_>) -> Result<(), SignatureError> {
    let keys = [BROKER_KEY.verifying_key().clone()];
    verify(element, &keys, &AlgorithmPolicy::modern(), &ParseOptions::message()).map(drop)
}
