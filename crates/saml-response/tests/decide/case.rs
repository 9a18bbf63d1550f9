//! A good response and everything it is judged by, to change one thing in.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use saml_protocol::{
    Assertion, Attribute, AttributeValue, AuthnStatement, BEARER, Conditions, NameId, Response, Status, Subject,
    SubjectConfirmation, status_codes,
};
use saml_response::{
    AttributeFilter, Authorities, Error, Expectation, Levels, ReceivedResponse, ResponsePolicy, SentArtifactResolve,
    Trace, TrustedSender, ValidAssertion, Verdict,
};
use saml_state::{PendingRequest, RelayState, RequestId, ReturnPath};
use saml_xml::{Document, ParseOptions, Writer};
use saml_xml_security::{SignOptions, SigningKey, VerifyingKey, sign};

pub(crate) const BROKER: &str = "https://broker.example/broker/sp/saml";
pub(crate) const PORTAL: &str = "https://portal.example/saml/metadata";
pub(crate) const ACS: &str = "https://portal.example/saml/acs";
pub(crate) const REQUEST_ID: &str = "_3e5b0a6f";
pub(crate) const AUTHORITY: &str = "https://digid.example/saml/idp/metadata";
/// What must stand in no trace and no error.
pub(crate) const CANARY: &str = "900026236";
pub(crate) const ATTRIBUTE_CANARY: &str = "canary of an attribute";

pub(crate) const LOW: &str = "urn:example:level:low";
pub(crate) const MIDDLE: &str = "urn:example:level:middle";
/// As high as `MIDDLE`, in another vocabulary.
pub(crate) const ALSO_MIDDLE: &str = "urn:example:other:middle";
pub(crate) const HIGH: &str = "urn:example:level:high";
pub(crate) const SCALE: &[(&str, u8)] = &[(LOW, 10), (MIDDLE, 20), (HIGH, 30), (ALSO_MIDDLE, 20)];

pub(crate) static KEY: LazyLock<SigningKey> = LazyLock::new(generate);
pub(crate) static OTHER_KEY: LazyLock<SigningKey> = LazyLock::new(generate);

fn generate() -> SigningKey {
    SigningKey::generate_self_signed(2048, "broker.example", 0, 4_000_000_000).unwrap()
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Signed {
    Assertion,
    Both,
    Nothing,
    Response,
}

/// A message and what it is judged by.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) response: Response<'static>,
    pub(crate) assertion: Option<Assertion<'static>>,
    pub(crate) signed: Signed,
    pub(crate) sign_options: SignOptions,
    pub(crate) request: PendingRequest,
    pub(crate) entity_id: &'static str,
    pub(crate) keys: Vec<VerifyingKey>,
    pub(crate) policy: ResponsePolicy,
    pub(crate) now: DateTime<Utc>,
}

pub(crate) fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).unwrap()
}

pub(crate) fn seconds_from_now(seconds: i64) -> DateTime<Utc> {
    now() + TimeDelta::seconds(seconds)
}

/// The good case with one thing changed.
pub(crate) fn case(change: impl FnOnce(&mut Case)) -> Case {
    let mut case = good();
    change(&mut case);
    case
}

/// The good case with one thing changed in its assertion.
pub(crate) fn assertion(change: impl FnOnce(&mut Assertion<'static>)) -> Case {
    case(|case| change(case.assertion.as_mut().unwrap()))
}

/// The good case: requested 30 seconds ago, answered 2 seconds ago, response and assertion both signed.
pub(crate) fn good() -> Case {
    let issued_at = seconds_from_now(-2);
    Case {
        response: Response {
            id: "_response",
            issue_instant: issued_at,
            in_response_to: Some(REQUEST_ID),
            destination: Some(ACS),
            issuer: Some(BROKER),
            status: Status::success(),
        },
        assertion: Some(Assertion {
            id: "_assertion",
            issue_instant: issued_at,
            issuer: BROKER,
            subject: Some(Subject { name_id: Some(name_id()), confirmations: vec![confirmation()] }),
            conditions: Some(Conditions {
                not_before: Some(seconds_from_now(-7)),
                not_on_or_after: Some(seconds_from_now(118)),
                audience_restrictions: vec![vec![PORTAL]],
                one_time_use: false,
            }),
            authn_statements: vec![AuthnStatement {
                authn_instant: issued_at,
                session_index: Some("session-1"),
                session_not_on_or_after: None,
                class_ref: Some(MIDDLE),
                authenticating_authorities: vec![AUTHORITY],
            }],
            attributes: vec![attribute("nin")],
        }),
        signed: Signed::Both,
        sign_options: SignOptions { inclusive_prefixes: vec!["xs".to_owned()], ..SignOptions::default() },
        request: PendingRequest {
            id: RequestId::parse(REQUEST_ID).unwrap(),
            issued_at: seconds_from_now(-30),
            identity_provider: BROKER.to_owned(),
            assertion_consumer_service: ACS.to_owned(),
            requested_level: Some(MIDDLE.to_owned()),
            force_authn: true,
            return_to: ReturnPath::parse("/permits").unwrap(),
            relay_state: RelayState::from_random([7; 20]),
        },
        entity_id: PORTAL,
        keys: vec![KEY.verifying_key().clone()],
        policy: ResponsePolicy::web_sso()
            .with_levels(Levels::ordered(SCALE, 10))
            .with_authorities(Authorities::one_of([AUTHORITY.to_owned(), "https://other.example".to_owned()]))
            .with_attributes(AttributeFilter::named(["nin".to_owned()])),
        now: now(),
    }
}

pub(crate) fn name_id() -> NameId<'static> {
    NameId {
        value: "s00000000:900026236",
        format: Some("urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"),
        name_qualifier: Some(AUTHORITY),
        sp_name_qualifier: None,
    }
}

pub(crate) fn confirmation() -> SubjectConfirmation<'static> {
    SubjectConfirmation {
        method: BEARER,
        recipient: Some(ACS),
        in_response_to: Some(REQUEST_ID),
        not_before: None,
        not_on_or_after: Some(seconds_from_now(118)),
    }
}

pub(crate) fn attribute(name: &'static str) -> Attribute<'static> {
    Attribute { name, name_format: None, values: vec![AttributeValue::Text(ATTRIBUTE_CANARY)] }
}

pub(crate) fn failure(code: &'static str, second_level: Option<&'static str>) -> Status<'static> {
    Status { code, second_level, message: Some("<b>text of the sender</b>") }
}

pub(crate) fn cancelled() -> Status<'static> {
    failure(status_codes::RESPONDER, Some(status_codes::AUTHN_FAILED))
}

impl Case {
    /// Writes and signs the message.
    pub(crate) fn xml(&self) -> String {
        self.xml_with(str::to_owned)
    }

    /// Writes and signs the message, with something done to the XML of the assertion before it is signed.
    pub(crate) fn xml_with(&self, edit: impl FnOnce(&str) -> String) -> String {
        let assertion = self.assertion.as_ref().map(|assertion| {
            let mut writer = Writer::new();
            assertion.write(&mut writer);
            let xml = edit(&writer.finish().unwrap());
            match self.signed {
                Signed::Assertion | Signed::Both => self.sign(&xml),
                Signed::Nothing | Signed::Response => xml,
            }
        });
        let assertion = assertion.map(|xml| Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap());
        let mut writer = Writer::new();
        self.response.write(&mut writer, assertion.as_ref());
        let xml = writer.finish().unwrap();
        match self.signed {
            Signed::Both | Signed::Response => self.sign(&xml),
            Signed::Assertion | Signed::Nothing => xml,
        }
    }

    pub(crate) fn sign(&self, xml: &str) -> String {
        sign(xml, &KEY, &self.sign_options).unwrap()
    }

    pub(crate) fn accepted(&self) -> ValidAssertion {
        self.accepts(&self.xml())
    }

    /// Accepts this message instead of its own, as it comes by HTTP-POST.
    pub(crate) fn accepts(&self, xml: &str) -> ValidAssertion {
        self.judge(ReceivedResponse::parse, xml, Trace::new()).0.unwrap()
    }

    pub(crate) fn rejected(&self, code: &str) -> Error {
        self.rejects(&self.xml(), code)
    }

    /// Rejects this message instead of its own, as it comes by HTTP-POST.
    pub(crate) fn rejects(&self, xml: &str, code: &str) -> Error {
        self.rejects_from(ReceivedResponse::parse, xml, code)
    }

    pub(crate) fn accepts_soap(&self, xml: &str) -> ValidAssertion {
        self.judge(parse_soap, xml, Trace::new()).0.unwrap()
    }

    pub(crate) fn rejects_soap(&self, xml: &str, code: &str) -> Error {
        self.rejects_from(parse_soap, xml, code)
    }

    /// Asserts the code, and what holds of every rejection: the last record of the trace is the error, nothing personal
    /// stands in either, and a trace of failures only comes to the same error.
    pub(crate) fn rejects_from(&self, parse: Parse, xml: &str, code: &str) -> Error {
        let (result, trace) = self.judge(parse, xml, Trace::new());
        let Err(error) = result else { panic!("expected {code}, found an accepted response") };
        assert_eq!(error.code(), code, "{error}");

        let (last, before) = trace.records().split_last().unwrap();
        assert_eq!(last, error.record());
        assert_eq!(last.verdict, Verdict::Failed);
        assert!(before.iter().all(|record| record.verdict != Verdict::Failed), "{before:?}");

        for text in [error.to_string(), format!("{error:?}"), format!("{trace:?}")] {
            assert!(!text.contains(CANARY) && !text.contains(ATTRIBUTE_CANARY), "{text}");
        }
        let (again, failures) = self.judge(parse, xml, Trace::failures_only());
        assert_eq!(again.unwrap_err(), error);
        assert_eq!(failures.records(), [error.record().clone()]);
        error
    }

    /// Walks the whole road.
    pub(crate) fn judge(&self, parse: Parse, xml: &str, mut trace: Trace) -> (Result<ValidAssertion, Error>, Trace) {
        let sender = TrustedSender { entity_id: BROKER, keys: &self.keys };
        let expectation = Expectation { request: &self.request, entity_id: self.entity_id, now: self.now };
        let result = parse(xml.as_bytes(), &mut trace)
            .and_then(|received| received.authenticate(&sender, &self.policy, &mut trace))
            .and_then(|authentic| authentic.validate(&expectation, &mut trace));
        (result, trace)
    }
}

/// Parses the answer to the `ArtifactResolve` that was sent a second ago.
pub(crate) fn parse_soap(xml: &[u8], trace: &mut Trace) -> Result<ReceivedResponse, Error> {
    let sent = SentArtifactResolve { id: "_resolve", issued_at: seconds_from_now(-1) };
    ReceivedResponse::parse_soap(xml, &sent, trace)
}

pub(crate) type Parse = fn(&[u8], &mut Trace) -> Result<ReceivedResponse, Error>;

/// Returns the source of the first element with this local name, without its own signature.
pub(crate) fn source(xml: &str, local_name: &str) -> String {
    let document = Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap();
    let found = document.elements().find(|element| element.local_name() == local_name).unwrap();
    found.source().to_owned()
}

/// Returns the first signature in `xml`.
pub(crate) fn signature(xml: &str) -> String {
    source(xml, "Signature")
}

/// Replaces one thing, which must be there.
pub(crate) fn replaced(xml: &str, from: &str, to: &str) -> String {
    assert!(xml.contains(from), "{from} stands nowhere");
    xml.replacen(from, to, 1)
}
