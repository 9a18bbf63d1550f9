//! Each attack of the catalogue, through the routes and as an error.

use chrono::{DateTime, TimeDelta, Utc};
use saml_axum::Session;
use saml_bindings::decode_redirect;
use saml_forge::attack::{self, Attack, Carrier};
use saml_forge::{GoodMessage, Keys, Outcome};
use saml_metadata::Metadata;
use saml_response::{Expectation, ReceivedResponse, SentArtifactResolve, Trace, TrustedSender};
use saml_sp::{Arrived, ServiceProvider};
use saml_state::memory::{MemoryReplayCache, MemorySessionStore};
use saml_state::{BrowserBinding, PendingRequest, RelayState, RequestId, RequestStore, ReturnPath, StoreError};
use saml_tests::say;
use saml_xml_security::{AlgorithmPolicy, DecryptionKey};

use crate::browser::{Browser, form};
use crate::needles::{ATTRIBUTE, FORGED, NAME_ID};
use crate::portal::{
    ACS, BROKER_KEY, ENTITY_ID, ISSUER, PORTAL_KEY, Portal, answer, configuration, key, login, now, settings,
};
use crate::witness::{is_clean, note};

/// Larger ones are about size, with nobody in them that smaller ones have not.
const LARGEST: usize = 100_000;

struct Attacked {
    portal: Portal,
    service_provider: ServiceProvider<AlwaysOpen, MemoryReplayCache>,
    sessions: MemorySessionStore<Session>,
}

impl Attacked {
    fn new() -> Self {
        let service_provider = || ServiceProvider::new(configuration(), AlwaysOpen, MemoryReplayCache::new(10_000));
        let portal = Portal::of(service_provider(), MemorySessionStore::new(10_000), settings());
        Self { portal, service_provider: service_provider(), sessions: MemorySessionStore::new(10) }
    }

    async fn take(&self, carrier: Carrier, message: &[u8]) {
        let mut browser = Browser::default();
        browser.cookies.insert("__Host-saml-browser".to_owned(), "5a".repeat(32));
        let binding = BrowserBinding::from_random([0x5a; 32]);
        let (url, body) = match carrier {
            Carrier::Form => ("/saml/acs", message.to_vec()),
            Carrier::Response => ("/saml/acs", form("SAMLResponse", message).into_bytes()),
            Carrier::LogoutRequest => ("/saml/slo", form("SAMLRequest", message).into_bytes()),
            Carrier::LogoutResponse => ("/saml/slo", form("SAMLResponse", message).into_bytes()),
            Carrier::Soap => return soap(message),
            Carrier::Metadata => {
                let keys = [BROKER_KEY.verifying_key().clone()];
                let judged = Metadata::verify(message, &keys, &AlgorithmPolicy::rsa());
                return note_error(judged.map(|metadata| metadata.identity_provider()));
            }
            Carrier::Redirect => {
                let query = std::str::from_utf8(message).unwrap();
                let keys = [BROKER_KEY.verifying_key().clone()];
                let parameter = saml_bindings::MessageParameter::SamlResponse;
                let judged = decode_redirect(query, parameter);
                return note_error(judged.and_then(|redirect| redirect.verify(&keys, &AlgorithmPolicy::rsa())));
            }
            _ => panic!("{carrier:?} is new"),
        };
        if url == "/saml/acs" {
            let received = self.service_provider.assertion_consumer_service(Some(&binding), &body, now()).await;
            note("what came of it", format!("{received:?} {received:#?}"));
            note_error(received.verdict);
            browser.post(&self.portal.router, url, body).await;
        } else {
            let arrived = Arrived::Form(&body);
            let service = self.service_provider.single_logout_service(&self.sessions, Some(&binding), arrived, now());
            let received = service.await;
            note("what came of it", format!("{:?}", received.trace));
            note_error(received.verdict.map(|_| ()));
            browser.post(&self.portal.router, url, body).await;
        }
    }
}

fn soap(message: &[u8]) {
    let mut trace = Trace::new();
    let configuration = configuration();
    let sent = SentArtifactResolve { id: "_resolve", issued_at: now() };
    let keys = [BROKER_KEY.verifying_key().clone()];
    let decryption = [DecryptionKey::from_pem(&PORTAL_KEY.private_key_pem().unwrap()).unwrap()];
    let (sender, request) = (TrustedSender { entity_id: ISSUER, keys: &keys }, request());
    let expectation = Expectation { request: &request, entity_id: ENTITY_ID, now: now() + TimeDelta::seconds(2) };
    let judged = ReceivedResponse::parse_soap(message, &sent, &mut trace)
        .and_then(|received| {
            let received = received.decrypt_with(&decryption, ENTITY_ID);
            received.authenticate(&sender, configuration.profile().response(), &mut trace)
        })
        .and_then(|authentic| authentic.validate(&expectation, &mut trace));
    tracing::debug!(?trace, "judged");
    note_error(judged);
}

fn note_error<T: std::fmt::Debug, E: std::error::Error>(judged: Result<T, E>) {
    match judged {
        Ok(accepted) => note("what was accepted", format!("{accepted:?}")),
        Err(error) => note("the error", format!("{error} {error:?} {error:#?}")),
    }
    tracing::trace!("judged");
}

fn request() -> PendingRequest {
    PendingRequest {
        id: RequestId::parse("_request").unwrap(),
        issued_at: now() - TimeDelta::seconds(30),
        identity_provider: ISSUER.to_owned(),
        assertion_consumer_service: ACS.to_owned(),
        requested_level: None,
        force_authn: true,
        return_to: ReturnPath::parse("/shows").unwrap(),
        relay_state: RelayState::from_random([0; 20]),
    }
}

fn good() -> GoodMessage {
    let keys =
        Keys { identity_provider: BROKER_KEY.clone(), attacker: key(), recipient: PORTAL_KEY.verifying_key().clone() };
    GoodMessage::new(&answer("_request", Outcome::Login(login())), keys, &format!("s00000000:{FORGED}")).unwrap()
}

#[tokio::test]
async fn no_attack_makes_the_portal_tell_who_is_in_it() {
    let (good, attacked) = (good(), Attacked::new());
    let (mut tried, mut skipped, mut families) = (0, 0, 0);
    for attack in attack::all() {
        let variants = attack.variants(&good).unwrap();
        let small: Vec<_> = variants.iter().filter(|variant| variant.message.len() <= LARGEST).collect();
        skipped += variants.len() - small.len();
        families += usize::from(!small.is_empty());
        for variant in small {
            attacked.take(attack.carrier, &variant.message).await;
            is_clean(&named(attack, &variant.name));
            tried += 1;
        }
    }
    attacked.portal.note_numbers();
    tracing::trace!("done");
    is_clean("all attacks");
    let said = format!("canary: {tried} messages of {families} attacks tell nobody; {skipped} larger ones not tried");
    say(&said);
    assert!(families > 100, "{said}");
}

fn named(attack: &Attack, variant: &str) -> String {
    format!("{} {} {variant}", attack.id, attack.name)
}

#[tokio::test]
async fn a_nameid_in_whatever_place_of_a_signed_answer_is_quoted_nowhere() {
    let attacked = Attacked::new();
    for name_id in [NAME_ID, ATTRIBUTE] {
        let mut login = login();
        login.name_id = name_id.to_owned();
        let xml = answer("_request", Outcome::Login(login)).write(&BROKER_KEY).unwrap();
        attacked.take(Carrier::Response, xml.as_bytes()).await;
        is_clean(name_id);
    }
}

/// A store in which the one request of every browser stays open.
struct AlwaysOpen;

impl RequestStore for AlwaysOpen {
    async fn remember(&self, _: &BrowserBinding, _: PendingRequest, _: DateTime<Utc>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn find(&self, _: &BrowserBinding, id: &str, _: DateTime<Utc>) -> Result<Option<PendingRequest>, StoreError> {
        Ok((id == "_request").then(request))
    }

    async fn take(&self, _: &BrowserBinding, id: &str, _: DateTime<Utc>) -> Result<Option<PendingRequest>, StoreError> {
        Ok((id == "_request").then(request))
    }
}
