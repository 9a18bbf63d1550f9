//! Entries about logout that need sessions, or are about what we send.

use saml_authn_request::AuthnRequestSettings;
use saml_bindings::{MessageParameter, PostForm, decode_post};
use saml_forge::{SignicatPaths, signicat_metadata};
use saml_logout::LogoutOutcome;
use saml_metadata::Metadata;
use saml_protocol::{LogoutRequest, LogoutResponse, NameId, Status, status_codes};
use saml_sp::{
    Arrived, Authentication, Configuration, Dispatch, LoginOptions, Logout, RequestBinding, ServiceProvider,
    SingleLogout,
};
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};
use saml_state::{BrowserBinding, ReturnPath, SessionId, SessionStore, SessionSubject};
use saml_tests::{escaped, say};
use saml_xml::{Document, ParseOptions, Writer};
use saml_xml_security::{SignOptions, sign};

use crate::world::{ACS, BROKER, CITIZEN, FORGED, PORTAL, SLO, World, answer, form, keys, now};

type Portal = ServiceProvider<MemoryRequestStore, MemoryReplayCache>;
type Sessions = MemorySessionStore<&'static str>;

fn portal() -> Portal {
    let keys_of_broker = vec![keys()[0].verifying_key().clone()];
    let file = signicat_metadata("_m", "https://broker.example.nl", SignicatPaths::Broker, keys_of_broker, None);
    let broker = Metadata::parse_unverified(file.write().unwrap().as_bytes()).unwrap().identity_provider().unwrap();
    let settings = AuthnRequestSettings::signicat(PORTAL, ACS);
    let profile = World::new().profile;
    let configuration = Configuration::new(settings, keys()[2].clone(), broker, profile, RequestBinding::Post).unwrap();
    let configuration = configuration.with_single_logout(SingleLogout::new(SLO).unwrap());
    ServiceProvider::new(configuration, MemoryRequestStore::new(10), MemoryReplayCache::new(10))
}

/// Logs somebody in, as the broker lets them.
async fn log_in(portal: &Portal, citizen: &str) -> Authentication {
    let browser = BrowserBinding::from_random([1; 32]);
    let path = ReturnPath::parse("/permits").unwrap();
    let started = portal.login(&browser, &LoginOptions::default(), path, now()).await.unwrap();
    let Dispatch::Form(request) = started else { panic!("a form") };
    let message = decode_post(&body(&request), MessageParameter::SamlRequest).unwrap();
    let document = Document::parse(message.xml(), &ParseOptions::message()).unwrap();
    let mut answer = answer();
    answer.request.request_id = document.root().attribute("ID").unwrap().to_owned();
    let random = saml_xml_security::random_bytes().unwrap();
    answer.identifiers = saml_forge::Identifiers::from_random(random);
    if let saml_forge::Outcome::Login(login) = &mut answer.outcome {
        login.name_id = format!("s00000000:{citizen}");
    }
    let xml = answer.write(&keys()[0]).unwrap();
    let body = form("SAMLResponse", xml.as_bytes());
    portal.assertion_consumer_service(Some(&browser), &body, now()).await.verdict.unwrap()
}

async fn open(portal: &Portal, sessions: &Sessions, number: u8, authentication: &Authentication) -> SessionId {
    let subject: Option<SessionSubject> = portal.session_subject(authentication).unwrap();
    let end = now() + chrono::TimeDelta::hours(1);
    sessions.create([number; 32], "session", subject, end, now()).await.unwrap()
}

/// Sends a request that the broker signed, and returns how many sessions ended.
async fn asked(portal: &Portal, sessions: &Sessions, id: &str, name_id: NameId<'_>, indexes: Vec<&str>) -> usize {
    let request = LogoutRequest {
        id,
        issue_instant: now(),
        destination: Some(SLO),
        reason: None,
        not_on_or_after: None,
        issuer: BROKER,
        name_id,
        session_indexes: indexes,
    };
    let mut writer = Writer::new();
    request.write(&mut writer);
    let xml = sign(&writer.finish().unwrap(), &keys()[0], &SignOptions::default()).unwrap();
    let body = form("SAMLRequest", xml.as_bytes());
    match portal.single_logout_service(sessions, None, Arrived::Form(&body), now()).await.verdict.unwrap() {
        Logout::Asked { ended, .. } => ended.unwrap(),
        Logout::Finished { .. } => panic!("a request"),
    }
}

fn name_id(authentication: &Authentication) -> NameId<'_> {
    let name_id = authentication.name_id();
    NameId {
        value: name_id.expose(),
        format: name_id.format(),
        name_qualifier: name_id.name_qualifier(),
        sp_name_qualifier: name_id.sp_name_qualifier(),
    }
}

#[tokio::test]
async fn att_176_logout_other_user() {
    let (portal, sessions) = (portal(), Sessions::new(10));
    let (citizen, other) = (log_in(&portal, CITIZEN).await, log_in(&portal, FORGED).await);
    let first = open(&portal, &sessions, 1, &citizen).await;
    let second = open(&portal, &sessions, 2, &citizen).await;
    let others = open(&portal, &sessions, 3, &other).await;

    // The session index of one, and the name of another.
    let index = citizen.session_index().unwrap();
    assert_eq!(asked(&portal, &sessions, "_1", name_id(&other), vec![index]).await, 0);
    let unknown = NameId { value: "s00000000:999990019", ..name_id(&citizen) };
    assert_eq!(asked(&portal, &sessions, "_2", unknown, vec![]).await, 0);
    for id in [&first, &second, &others] {
        assert!(sessions.read(id, now()).await.unwrap().is_some());
    }
    // No index means all of that name, and of nobody else.
    assert_eq!(asked(&portal, &sessions, "_3", name_id(&citizen), vec![]).await, 2);
    assert!(sessions.read(&others, now()).await.unwrap().is_some());
    say("ATT-176 logout_other_user: a request ends sessions of the whole name that it gives, and no others");
}

/// Begins a logout, and returns what the broker reads of it.
async fn log_out(portal: &Portal, authentication: &Authentication) -> (BrowserBinding, Document) {
    let browser = BrowserBinding::from_random([9; 32]);
    let session = authentication.identity_provider_session();
    let path = ReturnPath::parse("/goodbye").unwrap();
    let Dispatch::Form(form) = portal.logout(&browser, &session, path, now()).await.unwrap() else { panic!("a form") };
    let message = decode_post(&body(&form), MessageParameter::SamlRequest).unwrap();
    (browser, Document::parse(message.xml(), &ParseOptions::message()).unwrap())
}

/// Answers a logout as the broker, with a relay state that leads away, and returns what came of it.
async fn answered(status: Status<'_>) -> (LogoutOutcome, ReturnPath) {
    let portal = portal();
    let citizen = log_in(&portal, CITIZEN).await;
    let (browser, request) = log_out(&portal, &citizen).await;
    let response = LogoutResponse {
        id: "_response",
        issue_instant: now(),
        in_response_to: request.root().attribute("ID"),
        destination: Some(SLO),
        issuer: BROKER,
        status,
    };
    let mut writer = Writer::new();
    response.write(&mut writer);
    let xml = sign(&writer.finish().unwrap(), &keys()[0], &SignOptions::default()).unwrap();
    let mut body = form("SAMLResponse", xml.as_bytes());
    body.extend(b"&RelayState=https%3A%2F%2Fevil.example%2F");
    let sessions = Sessions::new(1);
    match portal.single_logout_service(&sessions, Some(&browser), Arrived::Form(&body), now()).await.verdict.unwrap() {
        Logout::Finished { outcome, return_to } => (outcome, return_to),
        Logout::Asked { .. } => panic!("an answer"),
    }
}

#[tokio::test]
async fn att_178_logout_relay_redirect() {
    let (_, return_to) = answered(Status::success()).await;
    assert_eq!(return_to.as_str(), "/goodbye");
    say("ATT-178 logout_relay_redirect: where to go on is what was remembered, a local path");
}

#[tokio::test]
async fn att_179_logout_partial_success() {
    let status = |code, second_level| Status { code, second_level, message: None };
    let partial = Some(status_codes::PARTIAL_LOGOUT);
    for (status, expected) in [
        (Status::success(), LogoutOutcome::Complete),
        (status(status_codes::SUCCESS, partial), LogoutOutcome::Partial),
        (status(status_codes::RESPONDER, partial), LogoutOutcome::Partial),
        (status(status_codes::RESPONDER, Some(status_codes::REQUEST_DENIED)), LogoutOutcome::Failed),
        (status(status_codes::REQUESTER, None), LogoutOutcome::Failed),
        (status("urn:other", Some(status_codes::SUCCESS)), LogoutOutcome::Failed),
    ] {
        assert_eq!(answered(status).await.0, expected, "{status:?}");
    }
    say("ATT-179 logout_partial_success: complete, partial and failed are three outcomes");
}

#[tokio::test]
async fn att_181_logout_name_id_mismatch() {
    let portal = portal();
    let citizen = log_in(&portal, CITIZEN).await;
    let (_, document) = log_out(&portal, &citizen).await;
    let request = LogoutRequest::read(document.root(), &[]).unwrap();
    assert!(request.name_id == name_id(&citizen));
    assert!(request.name_id.format.is_some() && request.name_id.name_qualifier.is_some());
    assert_eq!(request.session_indexes, [citizen.session_index().unwrap()]);
    say("ATT-181 logout_name_id_mismatch: the name goes out with the format and qualifiers that were signed");
}

fn body(form: &PostForm) -> Vec<u8> {
    format!("{}={}", form.parameter().name(), escaped(form.message_base64())).into_bytes()
}
