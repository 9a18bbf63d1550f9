//! Logging out, in both directions and by each binding.

use axum::http::{Method, StatusCode};
use saml_bindings::{MessageParameter, Received, encode_redirect, soap_envelope};
use saml_protocol::{LogoutRequest, LogoutResponse, NameId, Status, status_codes};
use saml_xml::Writer;
use saml_xml_security::{SignOptions, SignatureAlgorithm, sign};

use crate::browser::{Browser, Page, form};
use crate::needles::{BSN, NAME_ID};
use crate::portal::{BROKER_KEY, ISSUER, PORTAL, Portal, SLO, logged_in, login, now};
use crate::witness::{is_clean, note};

fn request(id: &str, name: &str, destination: &str) -> String {
    let request = LogoutRequest {
        id,
        issue_instant: now(),
        destination: Some(destination),
        reason: None,
        not_on_or_after: None,
        issuer: ISSUER,
        name_id: NameId {
            value: name,
            format: Some("urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"),
            name_qualifier: Some(saml_digid::SIMULATOR),
            sp_name_qualifier: None,
        },
        session_indexes: Vec::new(),
    };
    let mut writer = Writer::new();
    request.write(&mut writer);
    writer.finish().unwrap()
}

fn response(in_response_to: &str, code: &str) -> String {
    let response = LogoutResponse {
        id: "_response",
        issue_instant: now(),
        in_response_to: Some(in_response_to),
        destination: Some(SLO),
        issuer: ISSUER,
        status: Status { code, second_level: None, message: Some(BSN) },
    };
    let mut writer = Writer::new();
    response.write(&mut writer);
    signed(&writer.finish().unwrap())
}

fn signed(xml: &str) -> String {
    sign(xml, &BROKER_KEY, &SignOptions::default()).unwrap()
}

async fn logged_in_at(portal: &Portal) -> Browser {
    let mut browser = Browser::default();
    let id = browser.begin(&portal.router, "/saml/login?return_to=/shows").await;
    browser.post(&portal.router, "/saml/acs", logged_in(&id, login())).await;
    assert!(browser.shown(&portal.router, "/shows").await.text.starts_with(BSN));
    browser
}

/// Returns the message that a page posts to the broker.
fn message_in(page: &Page) -> String {
    let value = page.text.split("name=\"SAMLRequest\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let value = value.replace("&#43;", "+").replace("&#x2b;", "+").replace("&#61;", "=").replace("&#47;", "/");
    String::from_utf8(Received::detect(value.as_bytes()).unwrap().xml().to_vec()).unwrap()
}

#[tokio::test]
async fn a_logout_that_begins_here_names_the_citizen_in_the_form_for_the_broker_alone() {
    for code in [status_codes::SUCCESS, status_codes::RESPONDER] {
        let portal = Portal::new();
        let mut browser = logged_in_at(&portal).await;

        let page = browser.post_for_other(&portal.router, "/saml/logout", "").await;

        let message = message_in(&page);
        assert!(message.contains(BSN), "{message}");
        let id = message.split(" ID=\"").nth(1).unwrap().split('"').next().unwrap();
        let answer = form("SAMLResponse", response(id, code).as_bytes());
        browser.post(&portal.router, "/saml/slo", answer.clone()).await;
        browser.post(&portal.router, "/saml/slo", answer).await;
        portal.note_numbers();
        is_clean("a logout that begins here");
    }
}

#[tokio::test]
async fn a_logout_that_begins_at_the_broker_is_answered_without_saying_who_it_was() {
    let portal = Portal::new();
    let name = format!("s00000000:{BSN}");
    let signer = Some((&*BROKER_KEY, SignatureAlgorithm::RsaSha256));
    for (id, name, signs) in
        [("_1", name.as_str(), true), ("_2", name.as_str(), false), ("_3", NAME_ID, true), ("_4", BSN, true)]
    {
        let mut citizen = logged_in_at(&portal).await;
        let xml = request(id, name, SLO);
        let by_form = if signs { signed(&xml) } else { xml.clone() };
        citizen.post(&portal.router, "/saml/slo", form("SAMLRequest", by_form.as_bytes())).await;

        let xml = request(&format!("{id}_redirect"), name, SLO);
        let signer = signer.filter(|_| signs);
        let url = encode_redirect(SLO, MessageParameter::SamlRequest, &xml, None, signer).unwrap();
        Browser::default().get(&portal.router, url.strip_prefix(PORTAL).unwrap()).await;

        let xml = request(&format!("{id}_soap"), name, &format!("{SLO}/soap"));
        let envelope = soap_envelope(&if signs { signed(&xml) } else { xml }).unwrap();
        let (mut broker, url) = (Browser::default(), "/saml/slo/soap");
        let page = broker.send(&portal.router, Method::POST, url, "text/xml", envelope.into_bytes()).await;
        let expected = if signs { StatusCode::OK } else { StatusCode::INTERNAL_SERVER_ERROR };
        assert_eq!(page.status, expected, "{}", page.text);
        note("the answer over SOAP", page.text);
        portal.note_numbers();
        is_clean("a logout that begins at the broker");
    }
}
