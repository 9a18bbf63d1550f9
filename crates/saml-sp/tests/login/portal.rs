//! A portal, the broker that it sends citizens to, and the browsers between them.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU8, Ordering};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use saml_authn_request::AuthnRequestSettings;
use saml_bindings::{MessageParameter, PostForm, decode_post, decode_redirect};
use saml_digid::{DIGID_PRE_PRODUCTION, Environment, LevelOfAssurance, Profile};
use saml_forge::{Answer, Answered, Attribute, Identifiers, Login, Outcome, Signed, SignicatPaths, signicat_metadata};
use saml_metadata::{IdentityProvider, Metadata};
use saml_sp::{
    Authentication, Configuration, Dispatch, LoginOptions, Received, Refusal, RequestBinding, ServiceProvider,
};
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore};
use saml_state::{BrowserBinding, ReplayCache, RequestStore, ReturnPath};
use saml_xml_security::SigningKey;

pub(crate) const BROKER: &str = "https://broker.example/broker/sp/saml";
pub(crate) const PORTAL: &str = "https://portal.example/saml/metadata";
pub(crate) const ACS: &str = "https://portal.example/saml/acs";
pub(crate) const BSN: &str = "900026236";
pub(crate) const ATTRIBUTE_CANARY: &str = "canary of an attribute";

pub(crate) static PORTAL_KEY: LazyLock<SigningKey> = LazyLock::new(|| generate("portal.example"));
pub(crate) static BROKER_KEY: LazyLock<SigningKey> = LazyLock::new(|| generate("broker.example"));

fn generate(name: &str) -> SigningKey {
    SigningKey::generate_self_signed(2048, name, 0, 4_000_000_000).unwrap()
}

pub(crate) fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).unwrap()
}

pub(crate) fn after(seconds: i64) -> DateTime<Utc> {
    now() + TimeDelta::seconds(seconds)
}

pub(crate) fn browser(number: u8) -> BrowserBinding {
    BrowserBinding::from_random([number; 32])
}

pub(crate) fn permits() -> ReturnPath {
    ReturnPath::parse("/permits").unwrap()
}

pub(crate) fn broker(valid_until: Option<DateTime<Utc>>) -> IdentityProvider {
    broker_at("https://broker.example", valid_until)
}

pub(crate) fn broker_at(base: &str, valid_until: Option<DateTime<Utc>>) -> IdentityProvider {
    broker_with(base, &BROKER_KEY, valid_until)
}

pub(crate) fn broker_with(base: &str, key: &SigningKey, valid_until: Option<DateTime<Utc>>) -> IdentityProvider {
    let keys = vec![key.verifying_key().clone()];
    let file = signicat_metadata("_metadata", base, SignicatPaths::Broker, keys, valid_until).write().unwrap();
    Metadata::parse_unverified(file.as_bytes()).unwrap().identity_provider().unwrap()
}

pub(crate) fn configuration(identity_provider: IdentityProvider, binding: RequestBinding) -> Configuration {
    let settings = AuthnRequestSettings::signicat(PORTAL, ACS)
        .with_requested_level(LevelOfAssurance::Middle.authn_context_class());
    let authorities = [DIGID_PRE_PRODUCTION.to_owned()];
    let profile = Profile::signicat_broker(Environment::PreProduction, LevelOfAssurance::Middle, authorities).unwrap();
    Configuration::new(settings, PORTAL_KEY.clone(), identity_provider, profile, binding).unwrap()
}

/// A portal with these stores.
pub(crate) fn portal_with<R, C>(requests: R, replays: C) -> ServiceProvider<R, C> {
    ServiceProvider::new(configuration(broker(None), RequestBinding::Redirect), requests, replays)
}

/// A portal with stores in memory.
pub(crate) fn portal() -> ServiceProvider<MemoryRequestStore, MemoryReplayCache> {
    portal_with(MemoryRequestStore::new(100), MemoryReplayCache::new(100))
}

/// Begins a login in `browser` now, and returns the ID of its request.
pub(crate) async fn begin<R: RequestStore, C>(portal: &ServiceProvider<R, C>, browser: &BrowserBinding) -> String {
    request_id(&portal.login(browser, &LoginOptions::default(), permits(), now()).await.unwrap())
}

/// Returns the request as the broker reads it.
pub(crate) fn request_xml(start: &Dispatch) -> String {
    let xml = match start {
        Dispatch::Redirect(url) => {
            let (_, query) = url.split_once('?').unwrap();
            decode_redirect(query, MessageParameter::SamlRequest).unwrap().xml().to_vec()
        }
        Dispatch::Form(form) => decode_post(&body(form), MessageParameter::SamlRequest).unwrap().xml().to_vec(),
    };
    String::from_utf8(xml).unwrap()
}

pub(crate) fn request_id(start: &Dispatch) -> String {
    let xml = request_xml(start);
    let (_, rest) = xml.split_once(" ID=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

/// A login that succeeds, with sector code, at `Substantial`.
pub(crate) fn login() -> Outcome {
    let mut login = Login::new(
        &format!("s00000000:{BSN}"),
        DIGID_PRE_PRODUCTION,
        LevelOfAssurance::Substantial.authn_context_class(),
    );
    login.attributes = vec![Attribute::new("nin", BSN), Attribute::new("other", ATTRIBUTE_CANARY)];
    Outcome::Login(login)
}

/// The broker's answer to a request, made now.
pub(crate) fn answer(request_id: &str, outcome: Outcome) -> String {
    answer_at(request_id, outcome, now())
}

pub(crate) fn answer_at(request_id: &str, outcome: Outcome, made_at: DateTime<Utc>) -> String {
    make_answer(request_id, outcome, made_at, Signed::Both)
}

/// The broker's answer with other parts signed, made now.
pub(crate) fn answer_signed(request_id: &str, outcome: Outcome, signed: Signed) -> String {
    make_answer(request_id, outcome, now(), signed)
}

fn make_answer(request_id: &str, outcome: Outcome, made_at: DateTime<Utc>, signed: Signed) -> String {
    // Every answer has identifiers of its own.
    static ANSWERS: AtomicU8 = AtomicU8::new(0);
    let number = ANSWERS.fetch_add(1, Ordering::Relaxed);
    let mut random = *b"sixteen bytes 1.sixteen bytes 2.sixteen bytes 3.";
    random.iter_mut().for_each(|byte| *byte = byte.wrapping_add(number));
    let answered = Answered {
        request_id: request_id.to_owned(),
        service_provider: PORTAL.to_owned(),
        assertion_consumer_service: ACS.to_owned(),
    };
    let mut answer = Answer::signicat(BROKER, answered, Identifiers::from_random(random), made_at, outcome);
    answer.signed = signed;
    answer.write(&BROKER_KEY).unwrap()
}

/// Returns what a browser posts for a form.
pub(crate) fn body(form: &PostForm) -> Vec<u8> {
    let escaped = form.message_base64().replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    format!("{}={escaped}&RelayState={}", form.parameter().name(), form.relay_state().unwrap_or_default()).into_bytes()
}

pub(crate) fn posted(xml: &str) -> Vec<u8> {
    body(&PostForm::new(ACS, MessageParameter::SamlResponse, xml, None).unwrap())
}

/// Posts an answer in `browser` now.
pub(crate) async fn post<R: RequestStore, C: ReplayCache>(
    portal: &ServiceProvider<R, C>,
    browser: &BrowserBinding,
    xml: &str,
) -> Received {
    portal.assertion_consumer_service(Some(browser), &posted(xml), now()).await
}

pub(crate) fn accepted(received: Received) -> Authentication {
    let shown = format!("{received:?}");
    assert!(!shown.contains(BSN) && !shown.contains(ATTRIBUTE_CANARY), "{shown}");
    received.verdict.unwrap()
}

/// Asserts the code, and what holds of every refusal: nothing personal stands in it or in the trace.
pub(crate) fn refused(received: Received, code: &str) -> Refusal {
    let shown = format!("{received:?}");
    assert!(!shown.contains(BSN) && !shown.contains(ATTRIBUTE_CANARY), "{shown}");
    let Err(refusal) = received.verdict else { panic!("expected {code}, found a login") };
    assert_eq!(refusal.code(), code, "{refusal}");
    assert!(!refusal.to_string().contains(BSN), "{refusal}");
    refusal
}
