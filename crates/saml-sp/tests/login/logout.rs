//! Logout that begins here, and what the identity provider answers.

use saml_bindings::{MessageParameter, PostForm, decode_post, encode_redirect};
use saml_metadata::{Endpoint, IdentityProvider, IdentityProviderMetadata, Metadata};
use saml_protocol::{Binding, LogoutRequest, LogoutResponse, Status, status_codes};
use saml_sp::{
    Arrived, Authentication, Dispatch, IdentityProviderSession, Logout, LogoutError, LogoutOutcome, LogoutReceived,
    RequestBinding, ServiceProvider, SingleLogout,
};
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};
use saml_xml::{Document, ParseOptions, Writer};
use saml_xml_security::{AlgorithmPolicy, SignOptions, SignatureAlgorithm, sign, verify};

use crate::portal::{
    BROKER, BROKER_KEY, BSN, PORTAL, PORTAL_KEY, accepted, answer, begin, body, broker, browser, configuration, login,
    now, permits, post, posted,
};

pub(crate) const SLO: &str = "https://portal.example/saml/slo";
const SOAP: &str = "https://portal.example/saml/slo/soap";
pub(crate) const BROKER_SLO: &str = "https://broker.example/broker/sp/saml/logout";
pub(crate) const SAML_REQUEST: MessageParameter = MessageParameter::SamlRequest;
pub(crate) const SAML_RESPONSE: MessageParameter = MessageParameter::SamlResponse;

pub(crate) type Portal = ServiceProvider<MemoryRequestStore, MemoryReplayCache>;
pub(crate) type Sessions = MemorySessionStore<&'static str>;

pub(crate) fn portal_of(identity_provider: IdentityProvider, single_logout: SingleLogout) -> Portal {
    let configuration = configuration(identity_provider, RequestBinding::Redirect).with_single_logout(single_logout);
    ServiceProvider::new(configuration, MemoryRequestStore::new(100), MemoryReplayCache::new(100))
}

pub(crate) fn portal() -> Portal {
    portal_of(broker(None), SingleLogout::new(SLO).unwrap().with_soap(SOAP))
}

/// A broker that takes logout messages at these endpoints alone.
fn broker_with(endpoints: &[Endpoint]) -> IdentityProvider {
    let sso = Endpoint { binding: Binding::HttpRedirect, location: "https://broker.example/login".to_owned() };
    let keys = vec![BROKER_KEY.verifying_key().clone()];
    let metadata = IdentityProviderMetadata {
        single_logout: endpoints.to_vec(),
        ..IdentityProviderMetadata::new("_m", BROKER, keys, vec![sso])
    };
    Metadata::parse_unverified(metadata.write().unwrap().as_bytes()).unwrap().identity_provider().unwrap()
}

fn by_redirect_alone() -> IdentityProvider {
    broker_with(&[Endpoint { binding: Binding::HttpRedirect, location: BROKER_SLO.to_owned() }])
}

pub(crate) async fn log_in(portal: &Portal) -> Authentication {
    let id = begin(portal, &browser(1)).await;
    accepted(post(portal, &browser(1), &answer(&id, login())).await)
}

/// Begins a logout under the browser that is kept for it, and returns the ID of the request.
pub(crate) async fn log_out(portal: &Portal, session: &IdentityProviderSession) -> String {
    match portal.logout(&browser(9), session, permits(), now()).await.unwrap() {
        Dispatch::Form(form) => request_of(&form, |request| request.id.to_owned()),
        Dispatch::Redirect(url) => panic!("expected a form, found {url}"),
    }
}

/// Verifies the request in a form as the broker does, and reads it.
fn request_of<T>(form: &PostForm, read: impl FnOnce(&LogoutRequest<'_>) -> T) -> T {
    let message = decode_post(&body(form), SAML_REQUEST).unwrap();
    let options = ParseOptions::message();
    let document = Document::parse(message.xml(), &options).unwrap();
    let keys = [PORTAL_KEY.verifying_key().clone()];
    let verified = verify(document.root(), &keys, &AlgorithmPolicy::modern(), &options).unwrap();
    read(&LogoutRequest::read(verified.root(), &[]).unwrap())
}

pub(crate) fn response_xml(in_response_to: &str, code: &str, second_level: Option<&str>) -> String {
    let response = LogoutResponse {
        id: "_response",
        issue_instant: now(),
        in_response_to: Some(in_response_to),
        destination: Some(SLO),
        issuer: BROKER,
        status: Status { code, second_level, message: None },
    };
    let mut writer = Writer::new();
    response.write(&mut writer);
    writer.finish().unwrap()
}

pub(crate) fn query(xml: &str, parameter: MessageParameter) -> String {
    let signer = Some((&*BROKER_KEY, SignatureAlgorithm::RsaSha256));
    let url = encode_redirect(SLO, parameter, xml, Some("https://evil.example"), signer).unwrap();
    url.split_once('?').unwrap().1.to_owned()
}

pub(crate) fn form(xml: &str, parameter: MessageParameter) -> Vec<u8> {
    let signed = sign(xml, &BROKER_KEY, &SignOptions::default()).unwrap();
    body(&PostForm::new(SLO, parameter, &signed, Some("b3f0")).unwrap())
}

pub(crate) async fn arrive(portal: &Portal, browser_number: Option<u8>, arrived: Arrived<'_>) -> LogoutReceived {
    let browser = browser_number.map(browser);
    let sessions = Sessions::new(1);
    let received = portal.single_logout_service(&sessions, browser.as_ref(), arrived, now()).await;
    let shown = format!("{received:?}");
    assert!(!shown.contains(BSN), "{shown}");
    received
}

fn finished(received: LogoutReceived) -> LogoutOutcome {
    match received.verdict.unwrap() {
        Logout::Finished { outcome, return_to } => {
            assert_eq!(return_to, permits());
            outcome
        }
        Logout::Asked { .. } => panic!("expected the end of a logout, found a request"),
    }
}

pub(crate) fn code(received: &LogoutReceived) -> &'static str {
    received.verdict.as_ref().err().map_or("accepted", |refusal| refusal.code())
}

#[tokio::test]
async fn a_logout_names_all_that_was_signed_at_the_login() {
    let portal = portal();
    let authentication = log_in(&portal).await;
    let session = authentication.identity_provider_session();
    assert!(!format!("{session:?}").contains(BSN));

    let Dispatch::Form(form) = portal.logout(&browser(9), &session, permits(), now()).await.unwrap() else {
        panic!("expected a form")
    };
    assert_eq!(form.action(), BROKER_SLO);
    request_of(&form, |request| {
        let name_id = authentication.name_id();
        assert_eq!(request.name_id.value, format!("s00000000:{BSN}"));
        assert!(request.name_id.format.is_some() && request.name_id.name_qualifier.is_some());
        assert_eq!(
            (request.name_id.format, request.name_id.name_qualifier),
            (name_id.format(), name_id.name_qualifier())
        );
        assert_eq!(request.session_indexes, [authentication.session_index().unwrap()]);
        assert_eq!((request.issuer, request.destination), (PORTAL, Some(BROKER_SLO)));
    });
}

#[tokio::test]
async fn a_number_of_a_person_is_not_put_into_a_url() {
    let single_logout = SingleLogout::new(SLO).unwrap();
    let portal = portal_of(by_redirect_alone(), single_logout.clone());
    let session = log_in(&portal).await.identity_provider_session();
    let refused = portal.logout(&browser(9), &session, permits(), now()).await.unwrap_err();
    assert_eq!((&refused, refused.code()), (&LogoutError::NameInUrl, "logout_name_in_url"));

    let portal = portal_of(by_redirect_alone(), single_logout.danger_allow_name_in_url());
    let dispatch = portal.logout(&browser(9), &session, permits(), now()).await.unwrap();
    assert!(matches!(dispatch, Dispatch::Redirect(url) if url.starts_with(BROKER_SLO)));
}

#[tokio::test]
async fn what_cannot_be_told_says_why() {
    let session = log_in(&portal()).await.identity_provider_session();
    let single_logout = || SingleLogout::new(SLO).unwrap();
    let soap = Endpoint { binding: Binding::Soap, location: BROKER_SLO.to_owned() };
    let not_configured =
        ServiceProvider::new(configuration(broker(None), RequestBinding::Redirect), MemoryRequestStore::new(1), ());
    let full = configuration(broker(None), RequestBinding::Redirect).with_single_logout(single_logout());
    let full = ServiceProvider::new(full, MemoryRequestStore::new(0), ());
    let refused = not_configured.logout(&browser(9), &session, permits(), now()).await.unwrap_err();
    assert_eq!(refused.code(), "logout_not_configured");
    assert_eq!(full.logout(&browser(9), &session, permits(), now()).await.unwrap_err().code(), "store_full");
    for (portal, code) in [
        (portal_of(broker_with(&[soap]), single_logout()), "logout_no_endpoint"),
        (portal_of(broker(Some(now())), single_logout()), "metadata_expired"),
    ] {
        assert_eq!(portal.logout(&browser(9), &session, permits(), now()).await.unwrap_err().code(), code);
    }
}

#[tokio::test]
async fn how_a_logout_went_is_told_in_the_browser_that_began_it_once() {
    for (code_at_top, second_level, outcome) in [
        (status_codes::SUCCESS, None, LogoutOutcome::Complete),
        (status_codes::RESPONDER, Some(status_codes::PARTIAL_LOGOUT), LogoutOutcome::Partial),
        (status_codes::RESPONDER, Some(status_codes::REQUEST_DENIED), LogoutOutcome::Failed),
    ] {
        let portal = portal();
        let session = log_in(&portal).await.identity_provider_session();
        let id = log_out(&portal, &session).await;
        let xml = response_xml(&id, code_at_top, second_level);
        let query = query(&xml, SAML_RESPONSE);

        for other in [None, Some(8)] {
            assert_eq!(code(&arrive(&portal, other, Arrived::Query(&query)).await), "pending_request");
        }
        // The relay state is whatever somebody put there; where to go on was remembered.
        assert_eq!(finished(arrive(&portal, Some(9), Arrived::Query(&query)).await), outcome);
        let again = arrive(&portal, Some(9), Arrived::Form(&form(&xml, SAML_RESPONSE))).await;
        assert_eq!(code(&again), "pending_request");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_signed_finishes_nothing() {
    let portal = portal();
    let session = log_in(&portal).await.identity_provider_session();
    let id = log_out(&portal, &session).await;
    let xml = response_xml(&id, status_codes::SUCCESS, None);

    let unsigned = body(&PostForm::new(SLO, SAML_RESPONSE, &xml, None).unwrap());
    assert_eq!(code(&arrive(&portal, Some(9), Arrived::Form(&unsigned)).await), "signature_missing");
    let signed = form(&xml, SAML_RESPONSE);
    assert_eq!(finished(arrive(&portal, Some(9), Arrived::Form(&signed)).await), LogoutOutcome::Complete);
}

#[tokio::test]
async fn a_request_to_log_in_is_not_one_to_log_out_and_the_other_way_around() {
    let portal = portal();
    let login_id = begin(&portal, &browser(1)).await;
    let finished_login = form(&response_xml(&login_id, status_codes::SUCCESS, None), SAML_RESPONSE);
    assert_eq!(code(&arrive(&portal, Some(1), Arrived::Form(&finished_login)).await), "pending_request");

    let session = log_in(&portal).await.identity_provider_session();
    let id = log_out(&portal, &session).await;
    let login = portal.assertion_consumer_service(Some(&browser(9)), &posted(&answer(&id, login())), now()).await;
    assert_eq!(login.verdict.unwrap_err().code(), "destination");
}

#[tokio::test]
async fn a_message_that_is_none_is_refused() {
    let portal = portal();
    for query in ["", "RelayState=b3f0", "SAMLart=AAQA", "SAMLRequest=a&SAMLResponse=a"] {
        let received = arrive(&portal, Some(9), Arrived::Query(query)).await;
        assert!(code(&received).starts_with("binding_"), "{query}: {}", code(&received));
    }
}
