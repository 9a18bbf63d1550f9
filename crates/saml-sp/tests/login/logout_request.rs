//! Logout that the identity provider asks for, by a request of its own.

use chrono::{DateTime, Utc};
use saml_bindings::{PostForm, decode_post, decode_redirect, soap_body, soap_envelope};
use saml_metadata::{Endpoint, IdentityProviderMetadata, Metadata};
use saml_protocol::{Binding, LogoutRequest, LogoutResponse, NameId, Status, status_codes};
use saml_response::ClockSkew;
use saml_sp::{Arrived, Authentication, Dispatch, Logout, LogoutPolicy, SingleLogout};
use saml_state::{KeyedDigest, SessionId, SessionStore, SessionSubject, StoreError};
use saml_xml::{Document, ParseOptions, Writer};
use saml_xml_security::{AlgorithmPolicy, SignOptions, sign, verify};

use crate::logout::{
    BROKER_SLO, Portal, SAML_REQUEST, SAML_RESPONSE, SLO, Sessions, arrive, code, form, log_in, log_out, portal,
    portal_of, query, response_xml,
};
use crate::portal::{BROKER, BROKER_KEY, BSN, PORTAL, PORTAL_KEY, after, body, broker, browser, now, permits};

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
            let message = decode_redirect(query, SAML_RESPONSE).unwrap();
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
    // The format of the login is the one that is meant where none is named, and the name is relative to the two
    // parties.
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
        _: DateTime<Utc>,
        _: DateTime<Utc>,
    ) -> Result<SessionId, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn read(&self, _: &SessionId, _: DateTime<Utc>) -> Result<Option<&'static str>, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn remove(&self, _: &SessionId, _: DateTime<Utc>) -> Result<Option<&'static str>, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn remove_of_subject(
        &self,
        _: &KeyedDigest,
        _: &[KeyedDigest],
        _: DateTime<Utc>,
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
async fn a_message_is_held_to_the_policy_that_was_set() {
    let strict = LogoutPolicy::signed().with_clock_skew(ClockSkew::seconds(0).unwrap());
    let single_logout = SingleLogout::new(SLO).unwrap();
    for (single_logout, verdict) in
        [(single_logout.clone(), "accepted"), (single_logout.with_policy(strict), "issue_instant")]
    {
        let portal = portal_of(broker(None), single_logout);
        let authentication = log_in(&portal).await;
        let request = request_xml(&authentication, |request| request.issue_instant = after(30));
        let request = form(&request, SAML_REQUEST);
        assert_eq!(code(&arrive(&portal, None, Arrived::Form(&request)).await), verdict);

        let id = log_out(&portal, &authentication.identity_provider_session()).await;
        let response = response_xml(&id, status_codes::SUCCESS, None).replace("T12:00:00", "T12:00:30");
        let response = form(&response, SAML_RESPONSE);
        assert_eq!(code(&arrive(&portal, Some(9), Arrived::Form(&response)).await), verdict);
    }
}
