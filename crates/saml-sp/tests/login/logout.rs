//! Logout, from here and from the identity provider.

use saml_bindings::{MessageParameter, PostForm, decode_post, encode_redirect, soap_body, soap_envelope};
use saml_metadata::{Endpoint, IdentityProvider, IdentityProviderMetadata, Metadata};
use saml_protocol::{Binding, LogoutRequest, LogoutResponse, NameId, Status, status_codes};
use saml_sp::{
    Arrived, Authentication, Dispatch, IdentityProviderSession, Logout, LogoutError, LogoutOutcome, LogoutReceived,
    RequestBinding, ServiceProvider, SingleLogout,
};
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};
use saml_state::{KeyedDigest, SessionId, SessionStore, SessionSubject, StoreError};
use saml_xml::{Document, ParseOptions, Writer};
use saml_xml_security::{AlgorithmPolicy, SignOptions, SignatureAlgorithm, sign, verify};

use crate::portal::{
    BROKER, BROKER_KEY, BSN, PORTAL, PORTAL_KEY, accepted, after, answer, begin, body, broker, browser, configuration,
    login, now, permits, post, posted,
};

const SLO: &str = "https://portal.example/saml/slo";
const SOAP: &str = "https://portal.example/saml/slo/soap";
const BROKER_SLO: &str = "https://broker.example/broker/sp/saml/logout";
const SAML_REQUEST: MessageParameter = MessageParameter::SamlRequest;
const SAML_RESPONSE: MessageParameter = MessageParameter::SamlResponse;

type Portal = ServiceProvider<MemoryRequestStore, MemoryReplayCache>;
type Sessions = MemorySessionStore<&'static str>;

fn portal_of(identity_provider: IdentityProvider, single_logout: SingleLogout) -> Portal {
    let configuration = configuration(identity_provider, RequestBinding::Redirect).with_single_logout(single_logout);
    ServiceProvider::new(configuration, MemoryRequestStore::new(100), MemoryReplayCache::new(100))
}

fn portal() -> Portal {
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

async fn log_in(portal: &Portal) -> Authentication {
    let id = begin(portal, &browser(1)).await;
    accepted(post(portal, &browser(1), &answer(&id, login())).await)
}

/// Begins a logout under the browser that is kept for it, and returns the ID of the request.
async fn log_out(portal: &Portal, session: &IdentityProviderSession) -> String {
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

fn response_xml(in_response_to: &str, code: &str, second_level: Option<&str>) -> String {
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

fn query(xml: &str, parameter: MessageParameter) -> String {
    let signer = Some((&*BROKER_KEY, SignatureAlgorithm::RsaSha256));
    let url = encode_redirect(SLO, parameter, xml, Some("https://evil.example"), signer).unwrap();
    url.split_once('?').unwrap().1.to_owned()
}

fn form(xml: &str, parameter: MessageParameter) -> Vec<u8> {
    let signed = sign(xml, &BROKER_KEY, &SignOptions::default()).unwrap();
    body(&PostForm::new(SLO, parameter, &signed, Some("b3f0")).unwrap())
}

async fn arrive(portal: &Portal, browser_number: Option<u8>, arrived: Arrived<'_>) -> LogoutReceived {
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

fn code(received: &LogoutReceived) -> &'static str {
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

/// Sessions of the citizen who logged in, by their place: the one, one more, one of another, one of nobody.
async fn open(
    portal: &Portal,
    sessions: &impl SessionStore<&'static str>,
    authentication: &Authentication,
) -> [SessionId; 4] {
    let subject = portal.session_subject(authentication).unwrap().unwrap();
    let more = SessionSubject { session_index: None, ..subject };
    let other = SessionSubject { name: KeyedDigest::from_bytes([7; 32]), ..subject };
    let mut ids = Vec::new();
    for (number, subject) in (0..).zip([Some(subject), Some(more), Some(other), None]) {
        ids.push(sessions.create([number; 32], "session", subject, after(3600), now()).await.unwrap());
    }
    ids.try_into().unwrap()
}

async fn living(sessions: &impl SessionStore<&'static str>, ids: &[SessionId; 4]) -> [bool; 4] {
    let mut living = [false; 4];
    for (place, id) in living.iter_mut().zip(ids) {
        *place = sessions.read(id, now()).await.unwrap().is_some();
    }
    living
}

fn request_xml(authentication: &Authentication, change: impl FnOnce(&mut LogoutRequest<'_>)) -> String {
    let name_id = authentication.name_id();
    let mut request = LogoutRequest {
        id: "_request",
        issue_instant: now(),
        destination: Some(SLO),
        reason: None,
        not_on_or_after: None,
        issuer: BROKER,
        name_id: NameId {
            value: name_id.expose(),
            format: name_id.format(),
            name_qualifier: name_id.name_qualifier(),
            sp_name_qualifier: name_id.sp_name_qualifier(),
        },
        session_indexes: vec![authentication.session_index().unwrap()],
    };
    change(&mut request);
    let mut writer = Writer::new();
    request.write(&mut writer);
    writer.finish().unwrap()
}

/// Reads the answer that goes to the broker, by its signature.
fn answer_of(dispatch: &Dispatch) -> (String, Option<String>) {
    let read = |document: &Document| {
        let response = LogoutResponse::read(document.root()).unwrap();
        assert_eq!((response.in_response_to, response.issuer), (Some("_request"), PORTAL));
        assert_eq!(response.destination, Some(BROKER_SLO));
        (response.status.code.to_owned(), response.status.second_level.map(str::to_owned))
    };
    let (options, keys) = (ParseOptions::message(), [PORTAL_KEY.verifying_key().clone()]);
    match dispatch {
        Dispatch::Form(form) => {
            assert_eq!(
                (form.action(), form.parameter(), form.relay_state()),
                (BROKER_SLO, SAML_RESPONSE, Some("b3f0"))
            );
            let message = decode_post(&body(form), SAML_RESPONSE).unwrap();
            let document = Document::parse(message.xml(), &options).unwrap();
            read(&verify(document.root(), &keys, &AlgorithmPolicy::modern(), &options).unwrap().into_document())
        }
        Dispatch::Redirect(url) => {
            let query = url.strip_prefix(&format!("{BROKER_SLO}?")).unwrap();
            let message = saml_bindings::decode_redirect(query, SAML_RESPONSE).unwrap();
            message.verify(&keys, &AlgorithmPolicy::modern()).unwrap();
            read(&Document::parse(message.xml(), &options).unwrap())
        }
    }
}

#[tokio::test]
async fn a_request_of_the_identity_provider_ends_the_sessions_that_it_names() {
    let (portal, sessions) = (portal(), Sessions::new(10));
    let authentication = log_in(&portal).await;
    let ids = open(&portal, &sessions, &authentication).await;

    let body = form(&request_xml(&authentication, |_| ()), SAML_REQUEST);
    let received = portal.single_logout_service(&sessions, None, Arrived::Form(&body), now()).await;
    assert!(!format!("{received:?}").contains(BSN));
    let Logout::Asked { answer, ended } = received.verdict.unwrap() else { panic!("expected a request") };
    assert_eq!((ended, answer_of(&answer)), (Ok(1), (status_codes::SUCCESS.to_owned(), None)));
    assert_eq!(living(&sessions, &ids).await, [false, true, true, true]);

    let again = portal.single_logout_service(&sessions, None, Arrived::Form(&body), now()).await;
    assert_eq!(code(&again), "logout_replayed");
}

#[tokio::test]
async fn portals_with_one_digest_key_find_a_session_by_the_same_digests_and_with_another_key_do_not() {
    let with_key = |key| portal_of(broker(None), SingleLogout::new(SLO).unwrap().with_digest_key([key; 32]));
    let (one, two, other) = (with_key(1), with_key(1), with_key(2));
    let authentication = log_in(&one).await;
    let subject = |portal: &Portal| portal.session_subject(&authentication).unwrap();
    assert_eq!(subject(&one), subject(&two));
    assert_ne!(subject(&one), subject(&other));
}

#[tokio::test]
async fn a_request_without_session_index_ends_all_of_that_name_and_of_nobody_else() {
    let (portal, sessions) = (portal(), Sessions::new(10));
    let authentication = log_in(&portal).await;
    let ids = open(&portal, &sessions, &authentication).await;

    let query = query(&request_xml(&authentication, |request| request.session_indexes.clear()), SAML_REQUEST);
    let received = portal.single_logout_service(&sessions, None, Arrived::Query(&query), now()).await;
    let Logout::Asked { answer, ended } = received.verdict.unwrap() else { panic!("expected a request") };
    assert!(matches!(answer, Dispatch::Redirect(_)));
    assert_eq!(ended, Ok(2));
    assert_eq!(living(&sessions, &ids).await, [false, false, true, true]);
}

#[tokio::test]
async fn a_request_with_another_name_format_or_qualifier_ends_nothing() {
    let (portal, sessions) = (portal(), Sessions::new(10));
    let authentication = log_in(&portal).await;
    let ids = open(&portal, &sessions, &authentication).await;
    let changes: [fn(&mut LogoutRequest<'_>); 4] = [
        |request| request.name_id.value = "s00000000:123456782",
        |request| request.name_id.format = Some("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"),
        |request| request.name_id.name_qualifier = Some("https://other.example/saml"),
        |request| request.name_id.sp_name_qualifier = Some("https://other.example/saml"),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let id = format!("_request{number}");
        let xml = request_xml(&authentication, change).replace("_request", &id);
        let received =
            portal.single_logout_service(&sessions, None, Arrived::Form(&form(&xml, SAML_REQUEST)), now()).await;
        let Logout::Asked { ended, .. } = received.verdict.unwrap() else { panic!("expected a request") };
        assert_eq!(ended, Ok(0));
    }
    assert_eq!(living(&sessions, &ids).await, [true; 4]);
}

#[tokio::test]
async fn what_is_left_out_of_a_name_means_its_default() {
    let (portal, sessions) = (portal(), Sessions::new(10));
    let authentication = log_in(&portal).await;
    open(&portal, &sessions, &authentication).await;
    // The format of the login is the one that is meant where none is named, and the name is relative to the two parties.
    let xml = request_xml(&authentication, |request| {
        request.name_id.format = None;
        request.name_id.sp_name_qualifier = Some(PORTAL);
    });
    let received = portal.single_logout_service(&sessions, None, Arrived::Form(&form(&xml, SAML_REQUEST)), now()).await;
    let Logout::Asked { ended, .. } = received.verdict.unwrap() else { panic!("expected a request") };
    assert_eq!(ended, Ok(1));
}

#[tokio::test]
async fn a_request_that_is_not_signed_ends_nothing() {
    let (portal, sessions) = (portal(), Sessions::new(10));
    let authentication = log_in(&portal).await;
    let ids = open(&portal, &sessions, &authentication).await;
    let xml = request_xml(&authentication, |_| ());

    let unsigned = body(&PostForm::new(SLO, SAML_REQUEST, &xml, None).unwrap());
    let received = portal.single_logout_service(&sessions, None, Arrived::Form(&unsigned), now()).await;
    assert_eq!(code(&received), "signature_missing");
    let by_us = sign(&xml, &PORTAL_KEY, &SignOptions::default()).unwrap();
    let by_us = body(&PostForm::new(SLO, SAML_REQUEST, &by_us, None).unwrap());
    let received = portal.single_logout_service(&sessions, None, Arrived::Form(&by_us), now()).await;
    assert_eq!(code(&received), "signature_invalid");
    assert_eq!(living(&sessions, &ids).await, [true; 4]);
}

#[tokio::test]
async fn a_request_over_soap_is_answered_over_soap_where_that_is_allowed() {
    let sessions = Sessions::new(10);
    let (allowed, refused) = (portal(), portal_of(broker(None), SingleLogout::new(SLO).unwrap()));
    let authentication = log_in(&allowed).await;
    let ids = open(&allowed, &sessions, &authentication).await;
    // As DigiD sends it: no destination, no session index.
    let xml = request_xml(&authentication, |request| {
        request.destination = None;
        request.session_indexes.clear();
    });
    let envelope = soap_envelope(&sign(&xml, &BROKER_KEY, &SignOptions::default()).unwrap()).unwrap();

    let (verdict, _) = refused.single_logout_soap(&sessions, envelope.as_bytes(), now()).await;
    assert_eq!(verdict.unwrap_err().code(), "logout_not_configured");
    let (verdict, _) = allowed.single_logout_soap(&sessions, soap_envelope(&xml).unwrap().as_bytes(), now()).await;
    assert_eq!(verdict.unwrap_err().code(), "signature_missing");
    assert_eq!(living(&sessions, &ids).await, [true; 4]);

    let (verdict, trace) = allowed.single_logout_soap(&sessions, envelope.as_bytes(), now()).await;
    let answer = verdict.unwrap();
    assert!(!format!("{trace:?}").contains(BSN));
    assert_eq!((answer.ended, living(&sessions, &ids).await), (Ok(2), [false, false, true, true]));
    let document = Document::parse(answer.envelope.as_bytes(), &ParseOptions::message()).unwrap();
    let keys = [PORTAL_KEY.verifying_key().clone()];
    let message = soap_body(&document).unwrap();
    let verified = verify(message, &keys, &AlgorithmPolicy::modern(), &ParseOptions::message()).unwrap();
    let response = LogoutResponse::read(verified.root()).unwrap();
    assert_eq!((response.status, response.in_response_to), (Status::success(), Some("_request")));
    let (again, _) = allowed.single_logout_soap(&sessions, envelope.as_bytes(), now()).await;
    assert_eq!(again.unwrap_err().code(), "logout_replayed");
}

/// A store that is down.
struct Down;

impl SessionStore<&'static str> for Down {
    async fn create(
        &self,
        _: [u8; 32],
        _: &'static str,
        _: Option<SessionSubject>,
        _: chrono::DateTime<chrono::Utc>,
        _: chrono::DateTime<chrono::Utc>,
    ) -> Result<SessionId, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn read(&self, _: &SessionId, _: chrono::DateTime<chrono::Utc>) -> Result<Option<&'static str>, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn remove(
        &self,
        _: &SessionId,
        _: chrono::DateTime<chrono::Utc>,
    ) -> Result<Option<&'static str>, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn remove_of_subject(
        &self,
        _: &KeyedDigest,
        _: &[KeyedDigest],
        _: chrono::DateTime<chrono::Utc>,
    ) -> Result<usize, StoreError> {
        Err(StoreError::Unavailable)
    }
}

#[tokio::test]
async fn a_store_that_is_down_makes_the_logout_a_partial_one() {
    let portal = portal();
    let authentication = log_in(&portal).await;
    let body = form(&request_xml(&authentication, |_| ()), SAML_REQUEST);
    let received = portal.single_logout_service(&Down, None, Arrived::Form(&body), now()).await;
    let Logout::Asked { answer, ended } = received.verdict.unwrap() else { panic!("expected a request") };
    assert_eq!(ended, Err(StoreError::Unavailable));
    let partial = Some(status_codes::PARTIAL_LOGOUT.to_owned());
    assert_eq!(answer_of(&answer), (status_codes::RESPONDER.to_owned(), partial));
}

#[tokio::test]
async fn an_answer_goes_where_the_identity_provider_wants_answers() {
    let file = IdentityProviderMetadata {
        single_logout: vec![Endpoint { binding: Binding::HttpPost, location: "https://broker.example/slo".to_owned() }],
        ..IdentityProviderMetadata::new(
            "_m",
            BROKER,
            vec![BROKER_KEY.verifying_key().clone()],
            vec![Endpoint { binding: Binding::HttpRedirect, location: "https://broker.example/login".to_owned() }],
        )
    };
    let place = "Location=\"https://broker.example/slo\"";
    let file = file.write().unwrap();
    assert!(file.contains(place));
    let file = file.replace(place, &format!("{place} ResponseLocation=\"{BROKER_SLO}\""));
    let identity_provider = Metadata::parse_unverified(file.as_bytes()).unwrap().identity_provider().unwrap();
    let portal = portal_of(identity_provider, SingleLogout::new(SLO).unwrap());
    let authentication = log_in(&portal).await;
    let body = form(&request_xml(&authentication, |_| ()), SAML_REQUEST);
    let received = portal.single_logout_service(&Sessions::new(1), None, Arrived::Form(&body), now()).await;
    let Logout::Asked { answer, .. } = received.verdict.unwrap() else { panic!("expected a request") };
    assert_eq!(answer_of(&answer).0, status_codes::SUCCESS);
    let session = authentication.identity_provider_session();
    let dispatch = portal.logout(&browser(9), &session, permits(), now()).await.unwrap();
    assert!(matches!(dispatch, Dispatch::Form(form) if form.action() == "https://broker.example/slo"));
}

#[tokio::test]
async fn a_message_that_is_none_is_refused() {
    let portal = portal();
    for query in ["", "RelayState=b3f0", "SAMLart=AAQA", "SAMLRequest=a&SAMLResponse=a"] {
        let received = arrive(&portal, Some(9), Arrived::Query(query)).await;
        assert!(code(&received).starts_with("binding_"), "{query}: {}", code(&received));
    }
}
