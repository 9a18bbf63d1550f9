//! Answers in the shape of the broker, and the road down to who logged in.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use saml_digid::{DIGID_PRE_PRODUCTION, Environment, LevelOfAssurance, Profile, Subject};
use saml_forge::{Answer, Answered, Attribute, Identifiers, Login, Outcome};
use saml_response::{Error, Expectation, ReceivedResponse, Trace, TrustedSender, ValidAssertion};
use saml_state::{PendingRequest, RelayState, RequestId, ReturnPath};
use saml_xml_security::SigningKey;

pub(crate) const BSN: &str = "900026236";
/// Who asserts, in every case.
const ISSUER: &str = "https://broker.example/broker/sp/saml";

pub(crate) const OTHER_BSN: &str = "900029365";

/// Different in each part: no identifier may stand twice.
const IDENTIFIERS: [u8; 48] = *b"sixteen bytes 1.sixteen bytes 2.sixteen bytes 3.";

static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate_self_signed(2048, "broker.example", 0, 4_000_000_000).unwrap());

/// One login, and what was asked for.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) profile: Profile,
    pub(crate) login: Login,
    pub(crate) requested_level: Option<String>,
}

/// A login at the pre-production of DigiD behind the broker, with sector code, at `Substantial`.
pub(crate) fn broker() -> Case {
    Case {
        profile: Profile::signicat_broker(
            Environment::PreProduction,
            LevelOfAssurance::Middle,
            [DIGID_PRE_PRODUCTION.to_owned()],
        )
        .unwrap(),
        login: Login::new(
            &format!("s00000000:{BSN}"),
            DIGID_PRE_PRODUCTION,
            LevelOfAssurance::Substantial.authn_context_class(),
        ),
        requested_level: None,
    }
}

/// The same login by an issuer that names nobody but itself, as DigiD does.
pub(crate) fn digid(floor: LevelOfAssurance) -> Case {
    let mut case = Case { profile: Profile::digid(floor), ..broker() };
    ISSUER.clone_into(&mut case.login.authority);
    case
}

/// The login at the broker with these attributes.
pub(crate) fn with_attributes(attributes: &[(&str, &str)]) -> Case {
    let mut case = broker();
    case.login.attributes = attributes.iter().map(|(name, value)| Attribute::new(name, value)).collect();
    case
}

/// The login at the broker with another NameID.
pub(crate) fn with_name_id(name_id: &str) -> Case {
    let mut case = broker();
    name_id.clone_into(&mut case.login.name_id);
    case
}

impl Case {
    pub(crate) fn at_level(mut self, class_ref: &str) -> Self {
        class_ref.clone_into(&mut self.login.class_ref);
        self
    }

    pub(crate) fn requested(mut self, class_ref: &str) -> Self {
        self.requested_level = Some(class_ref.to_owned());
        self
    }

    pub(crate) fn accepted(&self) -> Subject {
        self.judge().0.unwrap()
    }

    pub(crate) fn rejected(&self, code: &str) -> Error {
        let (result, trace) = self.judge();
        let Err(error) = result else { panic!("expected {code}, found an accepted login") };

        assert_eq!(error.code(), code, "{error}");
        assert_eq!(trace.records().last(), Some(error.record()));
        for text in [error.to_string(), format!("{error:?} {trace:?}")] {
            assert!(!text.contains(BSN) && !text.contains(OTHER_BSN), "{text}");
        }
        error
    }

    pub(crate) fn assertion(&self) -> ValidAssertion {
        self.validate(&mut Trace::new()).unwrap()
    }

    fn judge(&self) -> (Result<Subject, Error>, Trace) {
        let mut trace = Trace::new();
        let result = self.validate(&mut trace).and_then(|assertion| self.profile.subject(&assertion, &mut trace));
        (result, trace)
    }

    fn validate(&self, trace: &mut Trace) -> Result<ValidAssertion, Error> {
        const PORTAL: &str = "https://portal.example/saml/metadata";
        const ACS: &str = "https://portal.example/saml/acs";
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let answered = Answered {
            request_id: "_request".to_owned(),
            service_provider: PORTAL.to_owned(),
            assertion_consumer_service: ACS.to_owned(),
        };
        let outcome = Outcome::Login(self.login.clone());
        let xml = Answer::signicat(ISSUER, answered, Identifiers::from_random(IDENTIFIERS), now, outcome)
            .write(&KEY)
            .unwrap();
        let request = PendingRequest {
            id: RequestId::parse("_request").unwrap(),
            issued_at: now,
            identity_provider: ISSUER.to_owned(),
            assertion_consumer_service: ACS.to_owned(),
            requested_level: self.requested_level.clone(),
            force_authn: true,
            return_to: ReturnPath::parse("/").unwrap(),
            relay_state: RelayState::from_random([1; 20]),
        };
        let policy = self.profile.response();
        let sender = TrustedSender { entity_id: ISSUER, keys: &[KEY.verifying_key().clone()] };
        let expectation = Expectation { request: &request, entity_id: PORTAL, now };
        ReceivedResponse::parse(xml.as_bytes(), trace)?
            .authenticate(&sender, policy, trace)?
            .validate(&expectation, trace)
    }
}
