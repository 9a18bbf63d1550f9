//! Our side: the whole road, as an application goes it.

use std::collections::BTreeSet;
use std::fs::File;
use std::hint::black_box;
use std::path::PathBuf;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use chrono::{DateTime, TimeDelta, Utc};
use saml_bindings::{MessageParameter, decode_post, decode_redirect};
use saml_digid::Profile;
use saml_metadata::{Aggregate, IdentityProvider, Metadata};
use saml_response::{Expectation, ReceivedResponse, SentArtifactResolve, Trace, TrustedSender};
use saml_sp::{Configuration, LoginOptions, RequestBinding, ServiceProvider};
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore};
use saml_state::{BrowserBinding, Inserted, PendingRequest, ReplayCache, ReplayKey, RequestStore, ReturnPath};
use saml_xml_security::{AlgorithmPolicy, DecryptionKey, VerifyingKey};

use crate::cases::{Case, Kind};
use crate::clock::thread_cpu_nanoseconds;
use crate::message::{self, Carrier};
use crate::world::{BROKER_4096_KEY, BROKER_KEY, PORTAL, World, browser, pending, profile};
use crate::{Result, aggregate};

/// A case that is ready to be run.
pub(crate) enum Ours {
    Aggregate { file: PathBuf, keys: Option<[VerifyingKey; 1]> },
    Metadata { file: Vec<u8>, keys: [VerifyingKey; 1] },
    Pool(Box<Pool>),
    Requests { configuration: Box<Configuration>, at: DateTime<Utc> },
}

/// Messages, and the portal that they come to.
pub(crate) struct Pool {
    configuration: Configuration,
    back_channel: IdentityProvider,
    profile: Profile,
    decryption: Vec<DecryptionKey>,
    items: Vec<Item>,
    at: DateTime<Utc>,
    next: usize,
    road: Road,
    remark: Option<String>,
}

/// How the road is gone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Road {
    /// As an application goes it.
    Facade,
    /// Step by step.
    StepsWithTrace,
    /// Step by step, with a trace that keeps failures only.
    StepsWithoutTrace,
}

struct Item {
    name: String,
    arriving: Vec<u8>,
    carrier: Carrier,
    browser: BrowserBinding,
    pending: PendingRequest,
    expect: String,
}

type Portal = ServiceProvider<MemoryRequestStore, MemoryReplayCache>;

impl Ours {
    /// Reads what the case needs, and checks that it ends as it must.
    pub(crate) fn prepare(case: Case, world: &World, road: Road) -> Result<Self> {
        let is_plain = matches!(case.kind, Kind::Messages | Kind::ColdStart);
        if road != Road::Facade && !is_plain {
            return Err("the trace is compared on validation only".into());
        }
        match case.kind {
            Kind::Aggregate { is_verified } => {
                let keys = if is_verified { Some([world.key(BROKER_KEY)?.verifying_key().clone()]) } else { None };
                Ok(Self::Aggregate { file: world.directory().join(aggregate::FILE), keys })
            }
            Kind::Metadata => {
                let keys = [world.key(BROKER_KEY)?.verifying_key().clone()];
                Ok(Self::Metadata { file: world.metadata(BROKER_KEY)?, keys })
            }
            Kind::Request => {
                let binding = if case.name == "post-request" { RequestBinding::Post } else { RequestBinding::Redirect };
                Ok(Self::Requests { configuration: Box::new(world.configuration(binding)?), at: Utc::now() })
            }
            Kind::Hostile(_) => {
                let mut pool = Pool::read(case, world, road)?;
                pool.remark_on_first()?;
                Ok(Self::Pool(Box::new(pool)))
            }
            Kind::ColdStart | Kind::FloodMean | Kind::Messages => {
                Ok(Self::Pool(Box::new(Pool::read(case, world, road)?)))
            }
            Kind::FloodWorst => {
                let mut pool = Pool::read(case, world, road)?;
                pool.keep_the_dearest()?;
                Ok(Self::Pool(Box::new(pool)))
            }
        }
    }

    /// Returns which message it is and what came of it, where the case has one only.
    pub(crate) fn remark(&self) -> Option<&str> {
        match self {
            Self::Pool(pool) => pool.remark.as_deref(),
            Self::Aggregate { .. } | Self::Metadata { .. } | Self::Requests { .. } => None,
        }
    }

    /// Runs the case, and returns the nanoseconds of processor time that `iterations` took.
    pub(crate) fn run(&mut self, iterations: usize) -> Result<u64> {
        match self {
            Self::Aggregate { file, keys } => timed(|| {
                for _ in 0..iterations {
                    let file = File::open(&file)?;
                    let aggregate = match keys {
                        Some(keys) => Aggregate::verify(file, keys, &AlgorithmPolicy::rsa())?,
                        None => Aggregate::parse_unverified(file)?,
                    };
                    if black_box(aggregate).len() != aggregate::ENTITIES {
                        return Err("expected each entity in the index".into());
                    }
                }
                Ok(())
            }),
            Self::Metadata { file, keys } => timed(|| {
                for _ in 0..iterations {
                    let metadata = Metadata::verify(black_box(file), keys, &AlgorithmPolicy::rsa())?;
                    black_box(metadata.identity_provider()?);
                }
                Ok(())
            }),
            Self::Requests { configuration, at } => requests(configuration, *at, iterations),
            Self::Pool(pool) => pool.run(iterations),
        }
    }
}

fn requests(configuration: &Configuration, at: DateTime<Utc>, iterations: usize) -> Result<u64> {
    let replays = MemoryReplayCache::new(1);
    let portal = ServiceProvider::new(configuration.clone(), MemoryRequestStore::new(iterations), replays);
    let prepared: Result<Vec<_>> =
        (0..iterations).map(|number| Ok((browser(number), ReturnPath::parse("/permits")?))).collect();
    let prepared = prepared?;
    let options = LoginOptions::default();
    timed(|| {
        for (browser, return_to) in prepared {
            black_box(ready(portal.login(&browser, &options, return_to, at))??);
        }
        Ok(())
    })
}

impl Pool {
    fn read(case: Case, world: &World, road: Road) -> Result<Self> {
        let (issued, messages) = message::read(&world.directory().join(case.name))?;
        let mut items = Vec::new();
        for (number, message) in messages.into_iter().enumerate() {
            items.push(Item {
                arriving: message.arriving(),
                carrier: message.carrier,
                browser: browser(number),
                pending: pending(&message.request_id, issued)?,
                expect: message.expect,
                name: message.name,
            });
        }
        let back_channel = if items.iter().any(|item: &Item| item.carrier == Carrier::Soap) {
            world.identity_provider(BROKER_4096_KEY)?
        } else {
            world.identity_provider(BROKER_KEY)?
        };
        Ok(Self {
            configuration: world.configuration(RequestBinding::Redirect)?,
            back_channel,
            profile: profile()?,
            decryption: vec![world.decryption_key()?],
            items,
            at: issued + TimeDelta::seconds(10),
            next: 0,
            road,
            remark: None,
        })
    }

    /// Keeps the message that takes longest, by the shortest of several times.
    fn keep_the_dearest(&mut self) -> Result<()> {
        let mut best = vec![u64::MAX; self.items.len()];
        for _ in 0..5 {
            for best in &mut best {
                *best = (*best).min(self.run(1)?);
            }
        }
        let dearest = best.iter().enumerate().max_by_key(|(_, time)| **time).map_or(0, |(place, _)| place);
        self.items = self.items.drain(..).skip(dearest).take(1).collect();
        self.next = 0;
        self.remark_on_first()
    }

    /// Remembers which message comes first and what comes of it.
    fn remark_on_first(&mut self) -> Result<()> {
        if let Some(item) = self.items.first() {
            let (requests, replays) = self.stores(std::slice::from_ref(item))?;
            let portal = ServiceProvider::new(self.configuration.clone(), requests, replays);
            let code = self.receive(&portal, item)?.unwrap_or("accepted");
            self.remark = Some(format!("{}: {code}", item.name));
        }
        Ok(())
    }

    fn run(&mut self, iterations: usize) -> Result<u64> {
        let mut total = 0;
        let mut left = iterations;
        while left > 0 {
            let batch = self.batch(left)?;
            total += self.run_batch(batch)?;
            left -= batch.len().min(left).max(1);
            self.next = (self.next + batch.len()) % self.items.len().max(1);
        }
        Ok(total)
    }

    /// Returns the next messages that answer different requests, so that one portal can have them all open.
    fn batch(&self, at_most: usize) -> Result<&[Item]> {
        let rest = self.items.get(self.next..).unwrap_or_default();
        let mut seen = BTreeSet::new();
        let length = rest.iter().take(at_most).take_while(|item| seen.insert(item.pending.id.as_str())).count();
        rest.get(..length).filter(|batch| !batch.is_empty()).ok_or_else(|| "a case without messages".into())
    }

    /// Lets a portal with these requests open receive the answers; only that is timed.
    fn run_batch(&self, batch: &[Item]) -> Result<u64> {
        let (requests, replays) = self.stores(batch)?;
        // The facade has no door for the back channel and keeps every trace: else the same steps, one by one.
        if self.road != Road::Facade || batch.iter().any(|item| item.carrier == Carrier::Soap) {
            return timed(|| {
                batch.iter().try_for_each(|item| {
                    let is_kept = self.road != Road::StepsWithoutTrace;
                    let mut trace = if is_kept { Trace::new() } else { Trace::failures_only() };
                    let outcome = self.steps(item, &requests, &replays, &mut trace);
                    black_box(trace);
                    as_expected(item, outcome.err().map(|error| error.to_string()).as_deref())
                })
            });
        }
        let portal = ServiceProvider::new(self.configuration.clone(), requests, replays);
        timed(|| batch.iter().try_for_each(|item| as_expected(item, self.receive(&portal, item)?)))
    }

    /// Returns stores in which the requests of a batch are pending.
    fn stores(&self, batch: &[Item]) -> Result<(MemoryRequestStore, MemoryReplayCache)> {
        let requests = MemoryRequestStore::new(batch.len());
        for item in batch {
            ready(requests.remember(&item.browser, item.pending.clone(), self.at))??;
        }
        Ok((requests, MemoryReplayCache::new(batch.len())))
    }

    /// Lets the portal receive a message, and returns the code of the refusal.
    fn receive(&self, portal: &Portal, item: &Item) -> Result<Option<&'static str>> {
        if item.carrier == Carrier::Query {
            let query = std::str::from_utf8(black_box(&item.arriving))?;
            let outcome = decode_redirect(query, MessageParameter::SamlRequest);
            return Ok(outcome.err().map(|error| error.code()));
        }
        let body = black_box(&item.arriving);
        let received = black_box(ready(portal.assertion_consumer_service(Some(&item.browser), body, self.at))?);
        Ok(received.verdict.as_ref().err().map(saml_sp::Refusal::code))
    }

    /// Goes the road step by step, with any trace.
    fn steps(
        &self,
        item: &Item,
        requests: &MemoryRequestStore,
        replays: &MemoryReplayCache,
        trace: &mut Trace,
    ) -> Result<()> {
        let coded = |error: saml_response::Error| Coded(error.code());
        let (received, keys) = if item.carrier == Carrier::Soap {
            let sent = SentArtifactResolve { id: "_resolve", issued_at: self.at };
            let received = ReceivedResponse::parse_soap(black_box(&item.arriving), &sent, trace).map_err(coded)?;
            (received, self.back_channel.signing_keys())
        } else {
            let message = decode_post(black_box(&item.arriving), MessageParameter::SamlResponse)?;
            let received = ReceivedResponse::parse(message.xml(), trace).map_err(coded)?;
            (received, self.configuration.identity_provider().signing_keys())
        };
        let id = received.in_response_to().ok_or("no request")?;
        let request = ready(requests.find(&item.browser, id, self.at))??.ok_or("no such request")?;
        let sender = TrustedSender { entity_id: self.back_channel.entity_id(), keys };
        let expectation = Expectation { request: &request, entity_id: PORTAL, now: self.at };
        let assertion = received
            .decrypt_with(&self.decryption, PORTAL)
            .authenticate(&sender, self.profile.response(), trace)
            .map_err(coded)?
            .validate(&expectation, trace)
            .map_err(coded)?;
        black_box(self.profile.subject(&assertion, trace).map_err(coded)?);
        ready(requests.take(&item.browser, request.id.as_str(), self.at))??.ok_or("used")?;
        let key = ReplayKey::new(assertion.issuer(), assertion.id())?;
        if ready(replays.insert(&key, assertion.replay_until(), self.at))?? != Inserted::First {
            return Err(Coded("assertion_replayed").into());
        }
        black_box(assertion);
        Ok(())
    }
}

/// A refusal on the way, by its code.
#[derive(Debug)]
struct Coded(&'static str);

impl std::fmt::Display for Coded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Coded {}

fn as_expected(item: &Item, code: Option<&str>) -> Result<()> {
    let is = match (item.expect.as_str(), code) {
        ("accept", None) | ("any", _) | ("refuse", Some(_)) => true,
        (expected, Some(found)) => expected == found,
        (_, None) => false,
    };
    if is {
        return Ok(());
    }
    let found = code.unwrap_or("accept");
    Err(format!("{}: expected {}, found {found}", item.name, item.expect).into())
}

fn timed(work: impl FnOnce() -> Result<()>) -> Result<u64> {
    let start = thread_cpu_nanoseconds();
    work()?;
    Ok(thread_cpu_nanoseconds() - start)
}

/// Takes the value of a future that never waits: stores in memory do not.
fn ready<T>(future: impl Future<Output = T>) -> Result<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Ok(value),
        Poll::Pending => Err("a store in memory had to wait".into()),
    }
}
