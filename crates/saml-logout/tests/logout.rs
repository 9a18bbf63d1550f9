//! Logout messages: what is sent, and the road of what comes in.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use saml_bindings::{MessageParameter, PostForm, encode_redirect};
use saml_logout::{
    LogoutAnswer, LogoutDemand, LogoutExpectation, LogoutKind, LogoutOutcome, LogoutQuestion, LogoutSubject,
    ReceivedLogout,
};
use saml_protocol::{LogoutRequest, LogoutResponse, NameId, Status, status_codes};
use saml_response::{SubjectNameId, Trace, TrustedSender};
use saml_xml::Writer;
use saml_xml_security::{AlgorithmPolicy, SignOptions, SignatureAlgorithm, SigningKey, sign};

static KEY: LazyLock<SigningKey> = LazyLock::new(key);
static OTHER_KEY: LazyLock<SigningKey> = LazyLock::new(key);

const PORTAL: &str = "https://portal.example/saml";
const BROKER: &str = "https://broker.example/saml";
const SLO: &str = "https://portal.example/saml/slo";
const BROKER_SLO: &str = "https://broker.example/saml/logout";

fn key() -> SigningKey {
    SigningKey::generate_self_signed(2048, "logout", 0, 4_000_000_000).unwrap()
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

fn name_id() -> NameId<'static> {
    NameId {
        value: "s00000000:900026236",
        format: Some("urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"),
        name_qualifier: Some("simulator"),
        sp_name_qualifier: Some(PORTAL),
    }
}

fn request() -> LogoutRequest<'static> {
    LogoutRequest {
        id: "_request",
        issue_instant: now(),
        destination: Some(BROKER_SLO),
        not_on_or_after: Some(now() + TimeDelta::minutes(1)),
        issuer: PORTAL,
        name_id: name_id(),
        session_indexes: vec!["_session"],
    }
}

fn response() -> LogoutResponse<'static> {
    LogoutResponse {
        id: "_response",
        issue_instant: now(),
        in_response_to: Some("_request"),
        destination: Some(SLO),
        issuer: BROKER,
        status: Status::success(),
    }
}

fn xml(write: impl FnOnce(&mut Writer)) -> String {
    let mut writer = Writer::new();
    write(&mut writer);
    writer.finish().unwrap()
}

/// Returns the body that carries `xml` by HTTP-POST.
fn body(parameter: MessageParameter, xml: &str) -> Vec<u8> {
    encoded(&PostForm::new(SLO, parameter, xml, None).unwrap())
}

fn encoded(form: &PostForm) -> Vec<u8> {
    let value: String = form.message_base64().bytes().map(|byte| format!("%{byte:02X}")).collect();
    format!("{}={value}", form.parameter().name()).into_bytes()
}

fn signed(xml: &str, key: &SigningKey) -> String {
    sign(xml, key, &SignOptions::default()).unwrap()
}

/// Goes the road of an answer that came by HTTP-POST.
fn judged(xml: &str) -> Result<LogoutOutcome, &'static str> {
    judged_for(xml, Some("_request"))
}

fn judged_for(xml: &str, request_id: Option<&str>) -> Result<LogoutOutcome, &'static str> {
    let mut trace = Trace::new();
    let received = ReceivedLogout::post(&body(MessageParameter::SamlResponse, xml), LogoutKind::Response, &mut trace);
    let verdict = received.and_then(|received| {
        let expectation = LogoutExpectation { destination: SLO, now: now() };
        let keys = [KEY.verifying_key().clone()];
        let sender = TrustedSender { entity_id: BROKER, keys: &keys };
        received.authenticate(&sender, &AlgorithmPolicy::modern(), &mut trace)?.outcome(
            request_id,
            &expectation,
            &mut trace,
        )
    });
    verdict.map_err(|error| error.code())
}

fn answer(response: &LogoutResponse<'_>) -> Result<LogoutOutcome, &'static str> {
    judged(&signed(&xml(|writer| response.write(writer)), &KEY))
}

/// Goes the road of an answer that came by HTTP-Redirect.
fn redirected(query: &str) -> Result<LogoutOutcome, &'static str> {
    let mut trace = Trace::new();
    let received = ReceivedLogout::redirect(query, LogoutKind::Response, &mut trace);
    let verdict = received.and_then(|received| {
        let expectation = LogoutExpectation { destination: SLO, now: now() };
        let keys = [KEY.verifying_key().clone()];
        let sender = TrustedSender { entity_id: BROKER, keys: &keys };
        let authentic = received.authenticate(&sender, &AlgorithmPolicy::modern(), &mut trace)?;
        authentic.outcome(Some("_request"), &expectation, &mut trace)
    });
    verdict.map_err(|error| error.code())
}

fn query(xml: &str, key: Option<&SigningKey>) -> String {
    let signer = key.map(|key| (key, SignatureAlgorithm::RsaSha256));
    let url = encode_redirect(SLO, MessageParameter::SamlResponse, xml, None, signer).unwrap();
    url.split_once('?').unwrap().1.to_owned()
}

/// Goes the road of a request.
fn demanded(request: &LogoutRequest<'_>) -> Result<LogoutDemand, &'static str> {
    let body = body(MessageParameter::SamlRequest, &signed(&xml(|writer| request.write(writer)), &KEY));
    followed(&body)
}

fn followed(body: &[u8]) -> Result<LogoutDemand, &'static str> {
    let mut trace = Trace::new();
    let received = ReceivedLogout::post(body, LogoutKind::Request, &mut trace);
    let verdict = received.and_then(|received| {
        let expectation = LogoutExpectation { destination: BROKER_SLO, now: now() };
        let keys = [KEY.verifying_key().clone()];
        let sender = TrustedSender { entity_id: PORTAL, keys: &keys };
        received.authenticate(&sender, &AlgorithmPolicy::modern(), &mut trace)?.demand(&expectation, &mut trace)
    });
    verdict.map_err(|error| error.code())
}

#[test]
fn what_is_asked_names_the_subject_as_it_was_signed() {
    let subject = LogoutSubject { name_id: &SubjectNameId::from(name_id()), session_index: Some("_session") };
    let question = LogoutQuestion::new(subject, PORTAL, BROKER_SLO, [7; 20], now()).unwrap();
    let id = format!("_{}", "07".repeat(20));
    assert_eq!((question.id(), format!("{question:?}")), (id.as_str(), format!("LogoutQuestion(to {BROKER_SLO})")));

    let form = question.post(&KEY).unwrap();
    assert_eq!((form.action(), form.relay_state()), (BROKER_SLO, None));
    let sent = saml_bindings::decode_post(&encoded(&form), MessageParameter::SamlRequest).unwrap();
    let sent = saml_xml::Document::parse(sent.xml(), &saml_xml::ParseOptions::message()).unwrap();
    let sent = LogoutRequest::read(sent.root()).unwrap();
    assert_eq!(sent, LogoutRequest { id: &id, not_on_or_after: None, ..request() });
    assert_eq!(followed(&encoded(&form)), Ok(LogoutDemand { id, session_indexes: vec!["_session".to_owned()] }));
}

#[test]
fn a_request_that_does_not_fit_is_refused() {
    assert!(demanded(&request()).is_ok());
    assert_eq!(demanded(&LogoutRequest { issuer: BROKER, ..request() }), Err("issuer"));
    assert_eq!(demanded(&LogoutRequest { destination: Some(SLO), ..request() }), Err("destination"));
    assert_eq!(demanded(&LogoutRequest { destination: None, ..request() }), Err("destination"));
    let ended = Some(now() - TimeDelta::minutes(1));
    assert_eq!(demanded(&LogoutRequest { not_on_or_after: ended, ..request() }), Err("logout_expired"));
    let old = now() - TimeDelta::seconds(301);
    assert_eq!(demanded(&LogoutRequest { issue_instant: old, ..request() }), Err("issue_instant"));
    let unsigned = body(MessageParameter::SamlRequest, &xml(|writer| request().write(writer)));
    let received = ReceivedLogout::post(&unsigned, LogoutKind::Request, &mut Trace::new()).unwrap();
    assert_eq!((received.issuer(), format!("{received:?}").as_str()), (Some(PORTAL), "ReceivedLogout(LogoutRequest)"));
    assert_eq!(followed(&unsigned), Err("signature_missing"));
}

#[test]
fn an_answer_is_taken_by_post_and_by_redirect() {
    let made = || LogoutAnswer::new(Status::success(), "_request", BROKER, SLO, [1; 20], now()).unwrap();
    assert_eq!(format!("{:?}", made()), format!("LogoutAnswer(to {SLO})"));
    let mut trace = Trace::new();
    let form = made().post(Some("b3f0"), &KEY).unwrap();
    assert_eq!(form.relay_state(), Some("b3f0"));
    assert!(ReceivedLogout::post(&encoded(&form), LogoutKind::Response, &mut trace).is_ok());
    let url = made().redirect(None, &KEY).unwrap();
    assert_eq!(redirected(url.strip_prefix(&format!("{SLO}?")).unwrap()), Ok(LogoutOutcome::Complete));
    assert_eq!(answer(&response()), Ok(LogoutOutcome::Complete));
}

#[test]
fn att_177_an_answer_that_is_forged_or_not_asked_for_is_refused() {
    let plain = xml(|writer| response().write(writer));
    assert_eq!(judged(&signed(&plain, &KEY)), Ok(LogoutOutcome::Complete));
    assert_eq!(judged(&plain), Err("signature_missing"));
    assert_eq!(judged(&signed(&plain, &OTHER_KEY)), Err("signature_invalid"));
    assert_eq!(judged_for(&signed(&plain, &KEY), Some("_other")), Err("in_response_to"));
    assert_eq!(judged_for(&signed(&plain, &KEY), None), Err("in_response_to"));
    assert_eq!(answer(&LogoutResponse { in_response_to: None, ..response() }), Err("in_response_to"));
    assert_eq!(answer(&LogoutResponse { issuer: PORTAL, ..response() }), Err("issuer"));
    assert_eq!(answer(&LogoutResponse { destination: Some(BROKER_SLO), ..response() }), Err("destination"));
    assert_eq!(answer(&LogoutResponse { destination: None, ..response() }), Err("destination"));

    assert_eq!(redirected(&query(&plain, Some(&KEY))), Ok(LogoutOutcome::Complete));
    assert_eq!(redirected(&query(&plain, None)), Err("binding_signature_missing"));
    assert_eq!(redirected(&query(&plain, Some(&OTHER_KEY))), Err("signature_invalid"));
}

#[test]
fn an_answer_is_good_for_five_minutes_give_or_take_the_clocks() {
    let made = |seconds| answer(&LogoutResponse { issue_instant: now() + TimeDelta::seconds(seconds), ..response() });
    assert_eq!(made(-300), Ok(LogoutOutcome::Complete));
    assert_eq!(made(-301), Err("issue_instant"));
    assert_eq!(made(60), Ok(LogoutOutcome::Complete));
    assert_eq!(made(61), Err("issue_instant"));
}

#[test]
fn att_179_what_did_not_all_end_is_never_complete() {
    let with = |code, second_level| {
        answer(&LogoutResponse { status: Status { code, second_level, message: None }, ..response() })
    };
    let partial = Some(status_codes::PARTIAL_LOGOUT);
    assert_eq!(with(status_codes::SUCCESS, None), Ok(LogoutOutcome::Complete));
    assert_eq!(with(status_codes::SUCCESS, partial), Ok(LogoutOutcome::Partial));
    assert_eq!(with(status_codes::RESPONDER, partial), Ok(LogoutOutcome::Partial));
    assert_eq!(with(status_codes::RESPONDER, None), Err("logout_status"));
    assert_eq!(with(status_codes::RESPONDER, Some(status_codes::REQUEST_DENIED)), Err("logout_status"));
}

#[test]
fn att_180_what_is_wrapped_is_refused() {
    let genuine = signed(&xml(|writer| response().write(writer)), &KEY);
    assert_eq!(judged(&genuine), Ok(LogoutOutcome::Complete));
    // The forged message around the genuine one, with its signature beside it.
    let status =
        "<samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>";
    let (start, _) = genuine.split_once('>').unwrap();
    let forged = start.replace("_response", "_forged").replace("\"_request\"", "\"_attack\"");
    let (_, rest) = genuine.split_once("<ds:Signature").unwrap();
    let (signature, _) = rest.split_once("</ds:Signature>").unwrap();
    let signature = format!("<ds:Signature{signature}</ds:Signature>");
    let issuer = format!("<saml:Issuer>{BROKER}</saml:Issuer>");
    let extensions = format!("<samlp:Extensions>{}</samlp:Extensions>", genuine.replace(&signature, ""));
    let wrapped = format!("{forged}>{issuer}{signature}{extensions}{status}</samlp:LogoutResponse>");
    assert_eq!(judged(&wrapped), Err("signature_reference_uri"));
    let within =
        format!("{forged}>{issuer}<samlp:Extensions>{genuine}</samlp:Extensions>{status}</samlp:LogoutResponse>");
    assert_eq!(judged(&within), Err("signature_missing"));
}

#[test]
fn another_message_is_refused() {
    let request = xml(|writer| request().write(writer));
    assert_eq!(judged(&signed(&request, &KEY)), Err("message_type"));
    assert_eq!(judged("<a/>"), Err("message_type"));
    assert_eq!(judged("<a>"), Err("xml_unexpected_end"));
    let mut trace = Trace::new();
    let body = body(MessageParameter::SamlRequest, &signed(&request, &KEY));
    let error = ReceivedLogout::post(&body, LogoutKind::Response, &mut trace).unwrap_err();
    assert_eq!(error.code(), "binding_parameter_unexpected");
}
