//! Who plays a part, and how a message is judged: as `saml-sp` does it, without the stores.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use saml_bindings::{MessageParameter, decode_post, decode_redirect};
use saml_digid::{Environment, LevelOfAssurance, Profile};
use saml_forge::attack::{self, Carrier, HARMLESS};
use saml_forge::{Answer, Answered, GoodMessage, Identifiers, Keys, Login, Outcome, Signed};
use saml_logout::{LogoutPolicy, ReceivedLogoutRequest, ReceivedLogoutResponse};
use saml_metadata::Metadata;
use saml_name_id::Identity;
use saml_response::{Expectation, ReceivedResponse, SentArtifactResolve, Trace, TrustedSender, ValidAssertion};
use saml_state::{PendingRequest, RelayState, RequestId, ReturnPath};
use saml_tests::{escaped, say};
use saml_xml_security::{AlgorithmPolicy, DecryptionKey, SigningKey, VerifyingKey};

pub(crate) const BROKER: &str = "https://broker.example.nl/broker/sp/saml";
pub(crate) const PORTAL: &str = "https://portal.example.nl/saml/metadata";
pub(crate) const ACS: &str = "https://portal.example.nl/saml/acs";
pub(crate) const SLO: &str = "https://portal.example.nl/saml/slo";
pub(crate) const CITIZEN: &str = "900026236";
pub(crate) const FORGED: &str = "123456782";

/// The identity provider, the attacker, and us.
pub(crate) fn keys() -> &'static [SigningKey; 3] {
    static KEYS: OnceLock<[SigningKey; 3]> = OnceLock::new();
    // The attacker calls itself by the name of the broker.
    KEYS.get_or_init(|| {
        ["broker.example.nl", "broker.example.nl", "portal.example.nl"]
            .map(|name| SigningKey::generate_self_signed(2048, name, 0, 4_000_000_000).unwrap())
    })
}

pub(crate) fn now() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// Returns the answer of the broker to our request, as it is made when all goes well.
pub(crate) fn answer() -> Answer {
    let request = Answered {
        request_id: "_request".to_owned(),
        service_provider: PORTAL.to_owned(),
        assertion_consumer_service: ACS.to_owned(),
    };
    let level = LevelOfAssurance::Substantial.authn_context_class();
    let login = Login::new(&format!("s00000000:{CITIZEN}"), "simulator", level);
    let mut random = [0xb7; 48];
    random[..16].fill(0xa5);
    Answer::signicat(BROKER, request, Identifiers::from_random(random), now(), Outcome::Login(login))
}

pub(crate) fn good() -> &'static GoodMessage {
    static GOOD: OnceLock<GoodMessage> = OnceLock::new();
    GOOD.get_or_init(|| {
        let [identity_provider, attacker, recipient] = keys().clone();
        let keys = Keys { identity_provider, attacker, recipient: recipient.verifying_key().clone() };
        GoodMessage::new(&answer(), keys, &format!("s00000000:{FORGED}")).unwrap()
    })
}

/// Returns the good message as XML.
pub(crate) fn genuine(signed: Signed) -> String {
    good().signed(signed)
}

/// What a message is judged by.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) profile: Profile,
    pub(crate) keys: Vec<VerifyingKey>,
    pub(crate) request: PendingRequest,
    pub(crate) now: DateTime<Utc>,
}

impl World {
    pub(crate) fn new() -> Self {
        let floor = LevelOfAssurance::Middle;
        let authorities = ["simulator".to_owned()];
        Self {
            profile: Profile::signicat_broker(Environment::PreProduction, floor, authorities).unwrap(),
            keys: vec![keys()[0].verifying_key().clone()],
            request: PendingRequest {
                id: RequestId::parse("_request").unwrap(),
                issued_at: now() - TimeDelta::seconds(30),
                identity_provider: BROKER.to_owned(),
                assertion_consumer_service: ACS.to_owned(),
                requested_level: Some(LevelOfAssurance::Substantial.authn_context_class().to_owned()),
                force_authn: true,
                return_to: ReturnPath::parse("/").unwrap(),
                relay_state: RelayState::from_random([0; 20]),
            },
            now: now() + TimeDelta::seconds(2),
        }
    }

    /// Judges a message and returns who is let in, or the code of the refusal.
    pub(crate) fn judge(&self, carrier: Carrier, message: &[u8]) -> Result<String, &'static str> {
        match carrier {
            Carrier::Form => {
                let post = decode_post(message, MessageParameter::SamlResponse).map_err(|error| error.code())?;
                self.response(post.xml(), false)
            }
            Carrier::LogoutRequest => self.logout_request(message).map_err(|error| error.code()),
            Carrier::LogoutResponse => self.logout_response(message).map_err(|error| error.code()),
            Carrier::Metadata => self.metadata(message).map_err(|error| error.code()),
            Carrier::Redirect => {
                let query = std::str::from_utf8(message).unwrap();
                let verified = decode_redirect(query, MessageParameter::SamlResponse)
                    .and_then(|redirect| redirect.verify(&self.keys, &AlgorithmPolicy::rsa()).map(|_| ()));
                verified.map(|()| CITIZEN.to_owned()).map_err(|error| error.code())
            }
            Carrier::Response => self.response(message, false),
            Carrier::Soap => self.response(message, true),
            _ => panic!("{carrier:?} is new"),
        }
    }

    pub(crate) fn response(&self, xml: &[u8], soap: bool) -> Result<String, &'static str> {
        let (assertion, _) = self.traced(xml, soap).map_err(|(error, _)| error.code())?;
        match self.profile.subject(&assertion, &mut Trace::new()) {
            Ok(subject) => match subject.identity {
                Identity::Bsn(bsn) => Ok(bsn.expose().to_owned()),
                other => panic!("{}", other.kind()),
            },
            Err(error) => Err(error.code()),
        }
    }

    /// Walks the road, and returns what was written on the way.
    pub(crate) fn traced(
        &self,
        xml: &[u8],
        soap: bool,
    ) -> Result<(ValidAssertion, Trace), (saml_response::Error, Trace)> {
        let mut trace = Trace::new();
        let policy = self.profile.response();
        let sender = TrustedSender { entity_id: BROKER, keys: &self.keys };
        let expectation = Expectation { request: &self.request, entity_id: PORTAL, now: self.now };
        let decryption = [DecryptionKey::from_pem(&keys()[2].private_key_pem().unwrap()).unwrap()];
        let mut road = || {
            let received = if soap {
                let sent = SentArtifactResolve { id: "_resolve", issued_at: now() };
                ReceivedResponse::parse_soap(xml, &sent, &mut trace)
            } else {
                ReceivedResponse::parse(xml, &mut trace)
            };
            let authentic = received?.decrypt_with(&decryption, PORTAL).authenticate(&sender, policy, &mut trace)?;
            authentic.validate(&expectation, &mut trace)
        };
        match road() {
            Ok(assertion) => Ok((assertion, trace)),
            Err(error) => Err((error, trace)),
        }
    }

    /// Judges a request to log out, and returns who it names.
    fn logout_request(&self, xml: &[u8]) -> Result<String, saml_response::Error> {
        let (policy, mut trace) = (LogoutPolicy::signed(), Trace::new());
        let sender = TrustedSender { entity_id: BROKER, keys: &self.keys };
        let request = ReceivedLogoutRequest::from_post(&form("SAMLRequest", xml), &mut trace)?
            .authenticate(&sender, &policy, &mut trace)?
            .validate(SLO, self.now, &mut trace)?;
        Ok(request.name_id().expose().trim_start_matches("s00000000:").to_owned())
    }

    fn logout_response(&self, xml: &[u8]) -> Result<String, saml_response::Error> {
        let (policy, mut trace) = (LogoutPolicy::signed(), Trace::new());
        let sender = TrustedSender { entity_id: BROKER, keys: &self.keys };
        ReceivedLogoutResponse::from_post(&form("SAMLResponse", xml), &mut trace)?
            .authenticate(&sender, &policy, &mut trace)?
            .validate(&self.request, SLO, self.now, &mut trace)
            .map(|_| CITIZEN.to_owned())
    }

    fn metadata(&self, file: &[u8]) -> Result<String, saml_metadata::Error> {
        let metadata = Metadata::verify(file, &self.keys, &AlgorithmPolicy::rsa())?;
        metadata.require_entity_id(BROKER)?;
        let provider = metadata.identity_provider()?;
        provider.check_valid(self.now)?;
        assert_eq!(provider.signing_keys(), &self.keys);
        Ok(CITIZEN.to_owned())
    }

    /// Requires the genuine citizen to be let in.
    #[track_caller]
    pub(crate) fn accepts(&self, xml: &str) {
        assert_eq!(self.response(xml.as_bytes(), false).as_deref(), Ok(CITIZEN));
    }

    #[track_caller]
    pub(crate) fn rejects(&self, xml: &str, code: &str) {
        assert_eq!(self.response(xml.as_bytes(), false), Err(code));
    }
}

/// Returns the body of a form with a message.
pub(crate) fn form(parameter: &str, xml: &[u8]) -> Vec<u8> {
    format!("{parameter}={}", escaped(&STANDARD.encode(xml))).into_bytes()
}

/// Tries every variant of a catalogue entry, named as its test is, and tells what came of it.
pub(crate) fn refused(test: &str) {
    let (number, name) = test.strip_prefix("att_").unwrap().split_once('_').unwrap();
    let (id, world) = (format!("ATT-{number}"), World::new());
    let mut wrong = Vec::new();
    let mut codes: Vec<&str> = Vec::new();
    let mut count = 0;
    for attack in attack::all().filter(|attack| attack.id == id) {
        assert_eq!(attack.name, name);
        for variant in attack.variants(good()).unwrap() {
            count += 1;
            let twin = world.judge(attack.carrier, &variant.twin);
            if twin.as_deref() != Ok(CITIZEN) {
                wrong.push(format!("{}: the good twin: {twin:?}", variant.name));
            }
            assert_ne!(variant.message, variant.twin, "{id} {}", variant.name);
            let found = world.judge(attack.carrier, &variant.message);
            let expected = if variant.expect == HARMLESS { Ok(CITIZEN.to_owned()) } else { Err(variant.expect) };
            if found != expected {
                wrong.push(format!("{}: expected {}, found {found:?}", variant.name, variant.expect));
            }
            if !codes.contains(&variant.expect) {
                codes.push(variant.expect);
            }
        }
    }
    assert!(count > 0, "{id} makes no message");
    assert!(wrong.is_empty(), "{id} {name}, {} of {count} variants:\n{}", wrong.len(), wrong.join("\n"));
    say(&format!("{id} {name}: {count} variants: {}", codes.join(", ")));
}
