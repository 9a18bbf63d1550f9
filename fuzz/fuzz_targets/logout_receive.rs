//! Properties: no bytes make the road of a logout message panic, by any binding; nothing passes that the partner did
//! not sign; and what its key has signed as it stands passes only as what it says: by the partner, for this endpoint,
//! of now.

#![no_main]

use std::str::from_utf8;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use libfuzzer_sys::fuzz_target;
use saml_bindings::soap_envelope;
use saml_fuzz::{identity_provider_key, second_reader, sign_anew};
use saml_logout::{LogoutPolicy, ReceivedLogoutRequest, ReceivedLogoutResponse, ValidLogoutRequest};
use saml_response::{Error, Trace, TrustedSender};
use saml_state::{PendingRequest, RelayState, RequestId, ReturnPath};
use saml_xml_security::{SigningKey, VerifyingKey};

static TRUSTED: LazyLock<[VerifyingKey; 1]> = LazyLock::new(|| [identity_provider_key().verifying_key().clone()]);
static STRANGER: LazyLock<[VerifyingKey; 1]> = LazyLock::new(|| {
    let key = SigningKey::generate_self_signed(2048, "stranger", 0, 4_000_000_000).unwrap();
    [key.verifying_key().clone()]
});

fuzz_target!(|bytes: &[u8]| {
    let query = from_utf8(bytes).ok();
    let trace = &mut Trace::new();
    let requests = [
        Some(ReceivedLogoutRequest::from_post(bytes, trace)),
        Some(ReceivedLogoutRequest::from_soap(bytes, trace)),
        query.map(|query| ReceivedLogoutRequest::from_redirect(query, trace)),
    ];
    let stranger = TrustedSender { entity_id: PARTNER, keys: STRANGER.as_slice() };
    let policy = LogoutPolicy::signed().danger_accept_rsa_sha1_redirect_response();
    for received in requests.into_iter().flatten().flatten() {
        let _ = received.issuer();
        assert!(received.authenticate(&stranger, &policy, trace).is_err());
    }
    let responses = [
        Some(ReceivedLogoutResponse::from_post(bytes, trace)),
        Some(ReceivedLogoutResponse::from_soap(bytes, trace)),
        query.map(|query| ReceivedLogoutResponse::from_redirect(query, trace)),
    ];
    for received in responses.into_iter().flatten().flatten() {
        let _ = (received.issuer(), received.in_response_to());
        assert!(received.authenticate(&stranger, &policy, trace).is_err());
    }
    behind_the_signature(bytes);
});

/// Reaches the code behind the signature with whatever the fuzzer writes.
fn behind_the_signature(bytes: &[u8]) {
    let Some(signed) = sign_anew(bytes) else { return };
    let Ok(envelope) = soap_envelope(&signed.xml) else { return };
    let _ = response(envelope.as_bytes());
    let Ok(request) = request(envelope.as_bytes()) else { return };
    assert_eq!(request.issuer(), PARTNER);
    let says_so = signed.octets.iter().any(|octets| {
        let seen = second_reader(octets);
        let texts = |name: &str| -> Vec<String> {
            let found = seen.iter().filter(|element| element.name == name && element.parent == Some(0));
            found.map(|element| element.trimmed_text().unwrap_or_default().to_owned()).collect()
        };
        let Some(root) = seen.first() else { return false };
        let destination = root.attribute("Destination");
        root.name == "LogoutRequest"
            && root.attribute("ID") == Some(request.id())
            && texts("Issuer") == [PARTNER]
            && texts("NameID") == [request.name_id().expose().trim_matches([' ', '\t', '\n', '\r'])]
            && texts("SessionIndex") == request.session_indexes()
            && destination.is_none_or(|destination| destination == ENDPOINT)
    });
    assert!(says_so, "{}", signed.xml);
}

fn request(envelope: &[u8]) -> Result<ValidLogoutRequest, Error> {
    let (policy, mut trace) = (LogoutPolicy::signed(), Trace::new());
    let sender = TrustedSender { entity_id: PARTNER, keys: TRUSTED.as_slice() };
    ReceivedLogoutRequest::from_soap(envelope, &mut trace)?.authenticate(&sender, &policy, &mut trace)?.validate(
        ENDPOINT,
        now(),
        &mut trace,
    )
}

fn response(envelope: &[u8]) -> Result<(), Error> {
    let (policy, mut trace) = (LogoutPolicy::signed(), Trace::new());
    let sender = TrustedSender { entity_id: PARTNER, keys: TRUSTED.as_slice() };
    let pending = PendingRequest {
        id: RequestId::parse("_request").unwrap(),
        issued_at: now(),
        identity_provider: PARTNER.to_owned(),
        assertion_consumer_service: ENDPOINT.to_owned(),
        requested_level: None,
        force_authn: false,
        return_to: ReturnPath::parse("/").unwrap(),
        relay_state: RelayState::from_random([0; 20]),
    };
    ReceivedLogoutResponse::from_soap(envelope, &mut trace)?
        .authenticate(&sender, &policy, &mut trace)?
        .validate(&pending, ENDPOINT, now(), &mut trace)
        .map(drop)
}

fn now() -> DateTime<Utc> {
    "2026-03-02T10:00:42Z".parse().expect("a time")
}

const PARTNER: &str = "https://broker.pre.example.nl/broker/sp/saml";
const ENDPOINT: &str = "https://portal.example.nl/saml/slo";
