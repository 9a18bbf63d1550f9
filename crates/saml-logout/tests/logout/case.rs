//! Good logout messages and everything they are judged by, to change one thing in.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use saml_bindings::{MessageParameter, encode_redirect, soap_envelope};
use saml_logout::{
    LogoutPolicy, ReceivedLogoutRequest, ReceivedLogoutResponse, ValidLogoutRequest, ValidLogoutResponse,
};
use saml_protocol::{LogoutRequest, LogoutResponse, NameId, Status};
use saml_response::{Error, Trace, TrustedSender, Verdict};
use saml_state::{PendingRequest, RelayState, RequestId, ReturnPath};
use saml_xml::Writer;
use saml_xml_security::{SignOptions, SignatureAlgorithm, SigningKey, VerifyingKey, sign};

pub(crate) const BROKER: &str = "https://broker.example/saml";
pub(crate) const SLO: &str = "https://portal.example/saml/slo";
pub(crate) const REQUEST_ID: &str = "_3e5b0a6f";
/// What must stand in no trace and no error.
pub(crate) const CANARY: &str = "s00000000:900026236";

pub(crate) static KEY: LazyLock<SigningKey> = LazyLock::new(generate);
pub(crate) static OTHER_KEY: LazyLock<SigningKey> = LazyLock::new(generate);

fn generate() -> SigningKey {
    SigningKey::generate_self_signed(2048, "broker.example", 0, 4_000_000_000).unwrap()
}

pub(crate) fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).unwrap()
}

pub(crate) fn from_now(seconds: i64) -> DateTime<Utc> {
    now() + TimeDelta::seconds(seconds)
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum By {
    Post,
    Redirect,
    Soap,
}

impl By {
    pub(crate) const ALL: [Self; 3] = [Self::Post, Self::Redirect, Self::Soap];
}

pub(crate) fn request() -> LogoutRequest<'static> {
    LogoutRequest {
        id: "_request",
        issue_instant: now(),
        destination: Some(SLO),
        reason: None,
        not_on_or_after: None,
        issuer: BROKER,
        name_id: NameId { value: CANARY, format: None, name_qualifier: Some("urn:digid"), sp_name_qualifier: None },
        session_indexes: vec!["_7"],
    }
}

pub(crate) fn response() -> LogoutResponse<'static> {
    LogoutResponse {
        id: "_response",
        issue_instant: now(),
        in_response_to: Some(REQUEST_ID),
        destination: Some(SLO),
        issuer: BROKER,
        status: Status::success(),
    }
}

pub(crate) fn pending() -> PendingRequest {
    PendingRequest {
        id: RequestId::parse(REQUEST_ID).unwrap(),
        issued_at: from_now(-30),
        identity_provider: BROKER.to_owned(),
        assertion_consumer_service: SLO.to_owned(),
        requested_level: None,
        force_authn: false,
        return_to: ReturnPath::parse("/").unwrap(),
        relay_state: RelayState::from_random([1; 20]),
    }
}

pub(crate) fn xml_of_request(request: &LogoutRequest<'_>) -> String {
    let mut writer = Writer::new();
    request.write(&mut writer);
    writer.finish().unwrap()
}

pub(crate) fn xml_of_response(response: &LogoutResponse<'_>) -> String {
    let mut writer = Writer::new();
    response.write(&mut writer);
    writer.finish().unwrap()
}

/// Carries a message, signed as the binding asks for, or not at all.
pub(crate) fn carry(xml: &str, parameter: MessageParameter, by: By, key: Option<&SigningKey>) -> Vec<u8> {
    let enveloped = || key.map_or_else(|| xml.to_owned(), |key| sign(xml, key, &SignOptions::default()).unwrap());
    match by {
        By::Post => posted(&enveloped(), parameter),
        By::Soap => soap_envelope(&enveloped()).unwrap().into_bytes(),
        By::Redirect => {
            let signer = key.map(|key| (key, SignatureAlgorithm::RsaSha256));
            let url = encode_redirect(SLO, parameter, xml, Some("b3f0"), signer).unwrap();
            url.split_once('?').unwrap().1.as_bytes().to_vec()
        }
    }
}

pub(crate) fn posted(xml: &str, parameter: MessageParameter) -> Vec<u8> {
    let form = saml_bindings::PostForm::new(SLO, parameter, xml, None).unwrap();
    let escaped = form.message_base64().replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    format!("{}={escaped}&RelayState=b3f0", parameter.name()).into_bytes()
}

/// Everything a message is judged by.
pub(crate) struct Judge {
    pub(crate) keys: Vec<VerifyingKey>,
    pub(crate) policy: LogoutPolicy,
    pub(crate) endpoint: &'static str,
    pub(crate) pending: PendingRequest,
    pub(crate) now: DateTime<Utc>,
}

impl Default for Judge {
    fn default() -> Self {
        Self {
            keys: vec![KEY.verifying_key().clone()],
            policy: LogoutPolicy::signed(),
            endpoint: SLO,
            pending: pending(),
            now: now(),
        }
    }
}

impl Judge {
    pub(crate) fn request(&self, bytes: &[u8], by: By) -> Result<ValidLogoutRequest, Error> {
        let mut trace = Trace::new();
        let sender = TrustedSender { entity_id: BROKER, keys: &self.keys };
        let received = match by {
            By::Post => ReceivedLogoutRequest::from_post(bytes, &mut trace),
            By::Redirect => ReceivedLogoutRequest::from_redirect(std::str::from_utf8(bytes).unwrap(), &mut trace),
            By::Soap => ReceivedLogoutRequest::from_soap(bytes, &mut trace),
        };
        let verdict = received.and_then(|received| {
            received.authenticate(&sender, &self.policy, &mut trace)?.validate(self.endpoint, self.now, &mut trace)
        });
        tells_nobody(&verdict, &trace);
        verdict
    }

    pub(crate) fn response(&self, bytes: &[u8], by: By) -> Result<ValidLogoutResponse, Error> {
        let mut trace = Trace::new();
        let sender = TrustedSender { entity_id: BROKER, keys: &self.keys };
        let received = match by {
            By::Post => ReceivedLogoutResponse::from_post(bytes, &mut trace),
            By::Redirect => ReceivedLogoutResponse::from_redirect(std::str::from_utf8(bytes).unwrap(), &mut trace),
            By::Soap => ReceivedLogoutResponse::from_soap(bytes, &mut trace),
        };
        let verdict = received.and_then(|received| {
            let authentic = received.authenticate(&sender, &self.policy, &mut trace)?;
            authentic.validate(&self.pending, self.endpoint, self.now, &mut trace)
        });
        tells_nobody(&verdict, &trace);
        verdict
    }
}

/// What holds of every verdict: it says nothing of who logs out, and a refusal is the last record of its trace.
fn tells_nobody<T: std::fmt::Debug>(verdict: &Result<T, Error>, trace: &Trace) {
    let shown = format!("{verdict:?} {trace:?}");
    assert!(!shown.contains("900026236"), "{shown}");
    let failed: Vec<_> = trace.records().iter().filter(|record| record.verdict == Verdict::Failed).collect();
    assert_eq!(failed.last().map(|record| record.code), verdict.as_ref().err().map(Error::code));
    assert!(failed.len() <= 1, "{shown}");
}

/// Judges a request in every binding, signed as it should be, and returns the one code that all of them give.
pub(crate) fn verdict_of_request(request: &LogoutRequest<'_>, judge: &Judge) -> Result<(), &'static str> {
    the_same(By::ALL.map(|by| {
        let bytes = carry(&xml_of_request(request), MessageParameter::SamlRequest, by, Some(&KEY));
        judge.request(&bytes, by).map(drop).map_err(|error| error.code())
    }))
}

/// Judges a response in every binding, signed as it should be, and returns the one code that all of them give.
pub(crate) fn verdict_of_response(response: &LogoutResponse<'_>, judge: &Judge) -> Result<(), &'static str> {
    the_same(By::ALL.map(|by| {
        let bytes = carry(&xml_of_response(response), MessageParameter::SamlResponse, by, Some(&KEY));
        judge.response(&bytes, by).map(drop).map_err(|error| error.code())
    }))
}

fn the_same(verdicts: [Result<(), &'static str>; 3]) -> Result<(), &'static str> {
    assert!(verdicts.iter().all(|verdict| *verdict == verdicts[0]), "{verdicts:?}");
    verdicts[0]
}
