//! The validator alone: no runtime, no clock of its own, no socket. One answer goes in, who logged in comes out.
//!
//! ```sh
//! cargo run -p saml-response --example validate -- \
//!     fixtures/responses/response-assertion-signed.xml fixtures/keys/broker-signing.crt.pem
//! ```

use std::error::Error;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use chrono::{DateTime, Utc};
use saml_response::{
    Authorities, Expectation, Levels, ReceivedResponse, ResponsePolicy, Trace, TrustedSender, ValidAssertion,
};
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore};
use saml_state::{
    BrowserBinding, Inserted, PendingRequest, RelayState, ReplayCache, ReplayKey, RequestId, RequestStore, ReturnPath,
};
use saml_xml_security::VerifyingKey;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [answer, certificate] = arguments.as_slice() else {
        return Err("expected two files: an answer, and the certificate of who must have signed it".into());
    };
    let answer = read(answer)?;
    let agent = Agent {
        keys: vec![VerifyingKey::from_certificate_pem(&read(certificate)?)?],
        policy: ResponsePolicy::web_sso()
            .with_levels(Levels::ordered(LEVELS, 30))
            .with_authorities(Authorities::one_of(["https://was-preprod1.digid.nl/saml/idp/metadata".to_owned()])),
        requests: MemoryRequestStore::new(10_000),
        seen: MemoryReplayCache::new(10_000),
    };

    // When the browser asked to log in. Its cookie holds the binding, which is random, as the ID is.
    let asked_at: DateTime<Utc> = "2026-03-02T10:00:00Z".parse()?;
    let browser = BrowserBinding::from_random([7; 32]);
    wait(agent.requests.remember(&browser, request(asked_at)?, asked_at))?;

    // When the answer comes in. The time is an argument: an agent asks its own clock.
    let now = "2026-03-02T10:00:45Z".parse()?;
    let assertion = agent.accept(&answer, &browser, now)?;
    say(&format!("logged in: {:?}, level {}", assertion.name_id(), assertion.level().unwrap_or("none")));

    match agent.accept(&answer, &browser, now) {
        Ok(_) => Err("the same answer logged in twice".into()),
        Err(refusal) => {
            say(&format!("the same answer again: {refusal}"));
            Ok(())
        }
    }
}

/// What decides: whose keys count, what an answer must be like, and what was asked and seen before.
struct Agent {
    keys: Vec<VerifyingKey>,
    policy: ResponsePolicy,
    requests: MemoryRequestStore,
    seen: MemoryReplayCache,
}

impl Agent {
    fn accept(
        &self,
        answer: &[u8],
        browser: &BrowserBinding,
        now: DateTime<Utc>,
    ) -> Result<ValidAssertion, Box<dyn Error>> {
        let mut trace = Trace::new();
        let received = ReceivedResponse::parse(answer, &mut trace)?;

        // Nothing in the answer is known to be true yet. What it must be is in the request that this browser made.
        let id = received.in_response_to().ok_or("an answer that nobody asked for")?.to_owned();
        let request = wait(self.requests.find(browser, &id, now))?.ok_or("no such request of this browser")?;

        let sender = TrustedSender { entity_id: &request.identity_provider, keys: &self.keys };
        let expectation = Expectation { request: &request, entity_id: US, now };
        let judged = received
            .authenticate(&sender, &self.policy, &mut trace)
            .and_then(|authentic| authentic.validate(&expectation, &mut trace));
        for record in trace.records() {
            say(&format!("{:11} {}", record.verdict.as_str(), record.code));
        }
        let assertion = judged?;

        // Each once: the request is taken, and the assertion was never seen before. Else nobody logs in.
        wait(self.requests.take(browser, &id, now))?.ok_or("a request that was answered meanwhile")?;
        let key = ReplayKey::new(assertion.issuer(), assertion.id())?;
        match wait(self.seen.insert(&key, assertion.replay_until(), now))? {
            Inserted::First => Ok(assertion),
            Inserted::Replayed => Err("an assertion that was seen before".into()),
        }
    }
}

/// Everything that the answer must agree with.
fn request(asked_at: DateTime<Utc>) -> Result<PendingRequest, Box<dyn Error>> {
    Ok(PendingRequest {
        id: RequestId::parse("_0f3b6c1d9a7e4285b1c0d3e6f9a2b5c8")?,
        issued_at: asked_at,
        identity_provider: "https://broker.pre.example.nl/broker/sp/saml".to_owned(),
        assertion_consumer_service: "https://portal.example.nl/saml/acs".to_owned(),
        requested_level: Some(SUBSTANTIAL.to_owned()),
        force_authn: true,
        return_to: ReturnPath::parse("/")?,
        relay_state: RelayState::from_random([7; 20]),
    })
}

/// Waits without a runtime. Stores in memory are ready at once; give others a thread to wait on.
fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::yield_now(),
        }
    }
}

fn read(path: &str) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{path}: {error}"))
}

#[allow(clippy::print_stdout, reason = "its user reads it")]
fn say(line: &str) {
    println!("{line}");
}

/// Our entity ID.
const US: &str = "https://portal.example.nl/saml/metadata";
const SUBSTANTIAL: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard";
/// The levels that exist, with their order. A class that is not here is refused.
const LEVELS: &[(&str, u8)] = &[
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport", 10),
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract", 20),
    (SUBSTANTIAL, 30),
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI", 40),
];
