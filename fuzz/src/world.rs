use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta, Utc};
use saml_digid::{Environment, LevelOfAssurance, Profile};
use saml_forge::attack::{self, Carrier};
use saml_forge::{Answer, Answered, Attribute, GoodMessage, Identifiers, Keys, Login, Outcome, Signed};
use saml_response::{Error, Expectation, ReceivedResponse, Trace, TrustedSender, ValidAssertion};
use saml_state::{PendingRequest, RelayState, RequestId, ReturnPath};
use saml_xml_security::{DecryptionKey, SigningKey, VerifyingKey};

/// The names and the moment are those of `fixtures/`, so that the files there are good messages here.
pub const ISSUER: &str = "https://broker.pre.example.nl/broker/sp/saml";
pub const SERVICE_PROVIDER: &str = "https://portal.example.nl/saml/metadata";
pub const ASSERTION_CONSUMER_SERVICE: &str = "https://portal.example.nl/saml/acs";
pub const REQUEST_ID: &str = "_0f3b6c1d9a7e4285b1c0d3e6f9a2b5c8";
/// The citizen whom the identity provider names.
pub const CITIZEN: &str = "s00000000:900026236";
/// The citizen whom the attacker wants to be.
pub const FORGED: &str = "s00000000:123456782";

/// The trusted key: one of 2048 bits, because each input is signed with it.
pub fn identity_provider_key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| {
        SigningKey::from_pem(
            include_bytes!("../../fixtures/keys/broker-signing-next.key.pem"),
            include_bytes!("../../fixtures/keys/broker-signing-next.crt.pem"),
        )
        .expect("a key of the fixtures")
    })
}

/// Our own key, which nobody trusts as a sender.
pub fn service_provider_key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| {
        SigningKey::from_pem(
            include_bytes!("../../fixtures/keys/service-provider.key.pem"),
            include_bytes!("../../fixtures/keys/service-provider.crt.pem"),
        )
        .expect("a key of the fixtures")
    })
}

/// Our own key for what is encrypted to us, and a key that nothing is encrypted for.
pub fn decryption_keys() -> &'static [DecryptionKey; 2] {
    static KEYS: OnceLock<[DecryptionKey; 2]> = OnceLock::new();
    KEYS.get_or_init(|| {
        [service_provider_key(), identity_provider_key()].map(|key| {
            DecryptionKey::from_pem(&key.private_key_pem().expect("a key of the fixtures")).expect("an RSA key")
        })
    })
}

/// Walks the road of a message, whichever binding it came by: only what names a citizen is let in.
pub fn judge(xml: &[u8]) -> Result<ValidAssertion, Error> {
    static POLICY: OnceLock<Profile> = OnceLock::new();
    let profile = POLICY.get_or_init(|| {
        let authorities = [AUTHORITY.to_owned()];
        Profile::signicat_broker(Environment::PreProduction, LevelOfAssurance::Middle, authorities).expect("a profile")
    });
    static TRUSTED: OnceLock<[VerifyingKey; 1]> = OnceLock::new();
    let keys = TRUSTED.get_or_init(|| [identity_provider_key().verifying_key().clone()]);
    static REQUEST: OnceLock<PendingRequest> = OnceLock::new();
    let request = REQUEST.get_or_init(pending_request);

    let mut trace = Trace::new();
    let received = match ReceivedResponse::parse(xml, &mut trace) {
        Ok(received) => received,
        Err(_) => ReceivedResponse::danger_parse_soap_of_unknown_resolve(xml, &mut trace)?,
    };
    let sender = TrustedSender { entity_id: ISSUER, keys };
    let expectation = Expectation { request, entity_id: SERVICE_PROVIDER, now: answered_at() + TimeDelta::seconds(2) };
    let assertion = received
        .decrypt_with(&decryption_keys()[..1], SERVICE_PROVIDER)
        .authenticate(&sender, profile.response(), &mut trace)?
        .validate(&expectation, &mut trace)?;
    profile.subject(&assertion, &mut trace)?;
    Ok(assertion)
}

/// Returns the genuine messages: signed at the assertion, at the response, and at both.
pub fn genuine() -> [String; 3] {
    [Signed::Assertion, Signed::Response, Signed::Both].map(|signed| good_message().signed(signed))
}

/// Returns every message of the catalogue of attacks that comes as a `Response` or in SOAP.
///
/// The keys are fixed, so that an input picks the same message every time.
pub fn forged_messages() -> &'static [Vec<u8>] {
    static MESSAGES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    MESSAGES.get_or_init(|| {
        let attacks = attack::all().filter(|attack| matches!(attack.carrier, Carrier::Response | Carrier::Soap));
        let variants = attacks.flat_map(|attack| attack.variants(good_message()).expect("the good message has it all"));
        variants.map(|variant| variant.message).collect()
    })
}

/// Returns the genuine message that the attacks are made from.
pub fn good_message() -> &'static GoodMessage {
    static GOOD: OnceLock<GoodMessage> = OnceLock::new();
    GOOD.get_or_init(|| {
        let keys = Keys {
            identity_provider: identity_provider_key().clone(),
            attacker: service_provider_key().clone(),
            recipient: service_provider_key().verifying_key().clone(),
        };
        let request = Answered {
            request_id: REQUEST_ID.to_owned(),
            service_provider: SERVICE_PROVIDER.to_owned(),
            assertion_consumer_service: ASSERTION_CONSUMER_SERVICE.to_owned(),
        };
        let level = LevelOfAssurance::Substantial.authn_context_class();
        let mut login = Login::new(CITIZEN, AUTHORITY, level);
        login.attributes = vec![Attribute::new("idpId", CITIZEN)];
        let mut random = [0xb7; 48];
        random[..16].fill(0xa5);
        let identifiers = Identifiers::from_random(random);
        let answer = Answer::signicat(ISSUER, request, identifiers, answered_at(), Outcome::Login(login));
        GoodMessage::new(&answer, keys, FORGED).expect("a good message")
    })
}

fn pending_request() -> PendingRequest {
    PendingRequest {
        id: RequestId::parse(REQUEST_ID).expect("an ID"),
        issued_at: answered_at() - TimeDelta::seconds(42),
        identity_provider: ISSUER.to_owned(),
        assertion_consumer_service: ASSERTION_CONSUMER_SERVICE.to_owned(),
        requested_level: Some(LevelOfAssurance::Substantial.authn_context_class().to_owned()),
        force_authn: true,
        return_to: ReturnPath::parse("/").expect("a path"),
        relay_state: RelayState::from_random([0; 20]),
    }
}

fn answered_at() -> DateTime<Utc> {
    "2026-03-02T10:00:42Z".parse().expect("a time")
}

const AUTHORITY: &str = "https://was-preprod1.digid.nl/saml/idp/metadata";
