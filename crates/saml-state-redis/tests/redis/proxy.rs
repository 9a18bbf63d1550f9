//! A way to Redis that fails where a test wants it to.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// Passes on what comes, until it is told to cut or to swallow; ends with the test.
pub(crate) struct Proxy {
    port: u16,
    state: Arc<State>,
    accepting: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    plan: Mutex<Plan>,
    cut: Notify,
    hang_up: Notify,
    hung_up: Notify,
}

#[derive(Default)]
struct Plan {
    passed: [usize; 2],
    /// Which way, and how many bytes go that way before everything is cut.
    cut_after: Option<(Way, usize)>,
    connections: usize,
    swallowed: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    ToRedis,
    ToPortal,
}

impl Proxy {
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let ours = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let accepting = tokio::spawn(async move {
            while let Ok((portal, _)) = listener.accept().await {
                portal.set_nodelay(true).unwrap();
                let Ok(redis) = TcpStream::connect(("127.0.0.1", port)).await else { continue };
                redis.set_nodelay(true).unwrap();
                tokio::spawn(connection(portal, redis, Arc::clone(&shared)));
            }
        });
        Self { port: ours, state, accepting }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Cuts every connection once so many bytes more went this way; those after it are passed on again.
    pub(crate) fn cut_after(&self, way: Way, bytes: usize) {
        self.state.plan.lock().unwrap().cut_after = Some((way, bytes));
    }

    /// Returns how many bytes went this way.
    pub(crate) fn passed(&self, way: Way) -> usize {
        self.state.plan.lock().unwrap().passed[way as usize]
    }

    /// Swallows from now on what comes on the present connections, and lets them be; new ones are passed on.
    pub(crate) fn swallow(&self) {
        let mut plan = self.state.plan.lock().unwrap();
        plan.swallowed = plan.connections;
    }

    /// Hangs up the present connection as a Redis does that stops, and waits until the portal has hung up too.
    pub(crate) async fn hang_up(&self) {
        self.state.hang_up.notify_waiters();
        self.state.hung_up.notified().await;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn connection(portal: TcpStream, redis: TcpStream, state: Arc<State>) {
    let number = {
        let mut plan = state.plan.lock().unwrap();
        plan.connections += 1;
        plan.connections
    };
    let ((mut from_portal, mut to_portal), (mut from_redis, mut to_redis)) = (portal.into_split(), redis.into_split());
    tokio::select! {
        () = pass(&mut from_portal, &mut to_redis, Way::ToRedis, number, &state) => {}
        () = pass(&mut from_redis, &mut to_portal, Way::ToPortal, number, &state) => {}
        () = state.cut.notified() => {}
        () = state.hang_up.notified() => {
            to_portal.shutdown().await.unwrap();
            while let Ok(1..) = from_portal.read(&mut [0; 64]).await {}
            state.hung_up.notify_one();
        }
    }
}

async fn pass(from: &mut OwnedReadHalf, to: &mut OwnedWriteHalf, way: Way, number: usize, state: &State) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let (length, is_cut) = {
            let mut plan = state.plan.lock().unwrap();
            if number <= plan.swallowed {
                continue;
            }
            let (length, is_cut) = match &mut plan.cut_after {
                Some((cut, left)) if *cut == way && *left <= read => (*left, true),
                Some((cut, left)) if *cut == way => {
                    *left -= read;
                    (read, false)
                }
                _ => (read, false),
            };
            if is_cut {
                plan.cut_after = None;
            }
            plan.passed[way as usize] += length;
            (length, is_cut)
        };
        if to.write_all(&buffer[..length]).await.is_err() || is_cut {
            break;
        }
    }
    state.cut.notify_waiters();
}
