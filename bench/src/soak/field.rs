use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use chrono::Utc;
use saml_digid::DIGID_PRE_PRODUCTION;
use saml_metadata::Metadata;
use saml_simulator::{AnswerSettings, RegisteredServiceProvider, SimulatorConfig};
use saml_xml_security::AlgorithmPolicy;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::numbers::TestNumbers;
use super::tally::Tally;
use crate::Result;
use crate::client::Jar;
use crate::node::{Log, Node};
use crate::portal::Secrets;
use crate::world::{BROKER_KEY, BROKER_ORIGIN, PORTAL_KEY, World};

/// The portals, the broker, and what is counted.
pub(super) struct Field {
    pub(super) nodes: Vec<Node>,
    pub(super) broker: SocketAddr,
    pub(super) log: Arc<Log>,
    pub(super) numbers: TestNumbers,
    pub(super) secrets: Secrets,
    next: AtomicUsize,
    is_over: AtomicBool,
    tally: Mutex<Tally>,
    recent: Mutex<VecDeque<Accepted>>,
    watch: Mutex<Option<Watch>>,
}

/// An answer that let somebody in, with the cookies that it came with.
#[derive(Clone)]
pub(super) struct Accepted {
    pub(super) form: Bytes,
    pub(super) jar: Jar,
}

/// Whoever waits for the first login that finishes after a moment, at one portal or at any.
struct Watch {
    since: Instant,
    node: Option<usize>,
    tell: oneshot::Sender<Duration>,
}

impl Field {
    /// Starts the broker in this process and the portals in theirs.
    pub(super) async fn lay_out(world: &World, redis: &str, nodes: usize) -> Result<Self> {
        let key = world.key(PORTAL_KEY)?;
        let pinned = std::slice::from_ref(key.verifying_key());
        let metadata = Metadata::verify(world.portal_metadata()?.as_bytes(), pinned, &AlgorithmPolicy::rsa())?;
        let answers = AnswerSettings { authority: DIGID_PRE_PRODUCTION.to_owned(), ..AnswerSettings::default() };
        let portal = RegisteredServiceProvider { metadata: metadata.service_provider()?, answers };
        let broker = SimulatorConfig::new(BROKER_ORIGIN, world.key(BROKER_KEY)?, vec![portal], Utc::now)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        tokio::spawn(async { axum::serve(listener, saml_simulator::router(broker)).await });

        let (secrets, log) = (Secrets::random()?, Arc::new(Log::default()));
        let nodes = (0..nodes).map(|_| Node::start(world.directory(), redis, &secrets, &log)).collect::<Result<_>>()?;
        Ok(Self {
            nodes,
            broker: address,
            log,
            numbers: TestNumbers::default(),
            secrets,
            next: AtomicUsize::default(),
            is_over: AtomicBool::default(),
            tally: Mutex::default(),
            recent: Mutex::default(),
            watch: Mutex::default(),
        })
    }

    /// Returns the node whose turn it is, and how often it was anybody's.
    pub(super) fn turn(&self) -> (usize, usize) {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        (turn % self.nodes.len(), turn)
    }

    pub(super) fn goes_on(&self) -> bool {
        !self.is_over.load(Ordering::Relaxed)
    }

    pub(super) fn stop(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    pub(super) fn with_tally<T>(&self, look: impl FnOnce(&mut Tally) -> T) -> T {
        look(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn sample(&self) {
        let memory = self.nodes.iter().map(Node::resident_kb).collect();
        self.with_tally(|tally| tally.memory.push(memory));
    }

    /// Counts somebody as let in, which nobody may be who came and went while the store was down.
    pub(super) fn let_in(&self, node: usize, sent: Instant) {
        let now = Instant::now();
        self.with_tally(|tally| tally.let_in_while_down += u64::from(tally.was_down(sent, now)));
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |watch: &mut Watch| watch.since <= now && watch.node.is_none_or(|expected| expected == node);
        if let Some(watch) = watch.take_if(is_it) {
            // Nobody waits any more when the soak was interrupted.
            let _ = watch.tell.send(now - watch.since);
        }
    }

    /// Waits for the first login that finishes after `since`; returns how long after.
    pub(super) async fn first_login(&self, since: Instant, node: Option<usize>) -> Option<Duration> {
        let (tell, told) = oneshot::channel();
        *self.watch.lock().unwrap_or_else(PoisonError::into_inner) = Some(Watch { since, node, tell });
        tokio::time::timeout(PATIENCE, told).await.ok()?.ok()
    }

    pub(super) fn keep(&self, accepted: Accepted) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.push_back(accepted);
        if recent.len() > RECENT {
            recent.pop_front();
        }
    }

    /// Returns the answers that let somebody in last.
    pub(super) fn recent(&self) -> Vec<Accepted> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

const RECENT: usize = 32;
/// Whoever is not let in by then has not healed.
const PATIENCE: Duration = Duration::from_secs(60);
