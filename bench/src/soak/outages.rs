use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch::Receiver;
use tokio::task::{JoinSet, block_in_place};
use tokio::time::{sleep, sleep_until};

use super::field::Field;
use super::login::{Client, Prepared};
use crate::Result;
use crate::redis_server::RedisServer;

/// What kills Redis and portals in turn, and looks what becomes of the logins.
pub(super) struct Outages {
    field: Arc<Field>,
    redis: RedisServer,
    kills: Vec<Kill>,
}

/// One kill.
#[derive(Clone, Debug)]
pub(super) struct Kill {
    pub(super) what: String,
    /// Since the beginning.
    pub(super) at: Duration,
    /// From the new start to the first login that finished; none within a minute.
    pub(super) healed: Option<Duration>,
}

impl Outages {
    pub(super) fn new(field: &Arc<Field>, redis: RedisServer) -> Self {
        Self { field: Arc::clone(field), redis, kills: Vec::new() }
    }

    pub(super) fn into_kills(self) -> Vec<Kill> {
        self.kills
    }

    /// Kills until the end is near, and waits for it, or for somebody who interrupts.
    pub(super) async fn go_on(&mut self, begun: Instant, length: Duration, interrupted: Receiver<bool>) -> Result<()> {
        let end = begun + length;
        let gap = (length / 8).clamp(Duration::from_secs(2), Duration::from_secs(30));
        let mut number = 0;
        loop {
            let next = Instant::now() + gap;
            let is_last = next + gap > end;
            let mut told = interrupted.clone();
            tokio::select! {
                () = sleep_until(if is_last { end } else { next }.into()) => {}
                _ = told.wait_for(|interrupted| *interrupted) => return Ok(()),
            }
            if is_last {
                return Ok(());
            }
            let at = begun.elapsed();
            let (what, healed) = match number % 2 {
                0 => ("redis".to_owned(), self.store_outage().await?),
                _ => {
                    // The first stays, so that its memory can be followed.
                    let node = 1 + number / 2 % (self.field.nodes.len() - 1);
                    (format!("portal {}", node + 1), self.portal_outage(node).await?)
                }
            };
            self.kills.push(Kill { what, at, healed });
            number += 1;
        }
    }

    /// Kills Redis. Nobody gets in until it is back; then those do who tried meanwhile, and no answer works that was
    /// used.
    async fn store_outage(&mut self) -> Result<Option<Duration>> {
        let held: JoinSet<_> = (0..HELD).map(|_| hold(Arc::clone(&self.field))).collect();
        let held = held.join_all().await.into_iter().flatten();
        let used = self.field.recent();
        block_in_place(|| self.redis.kill())?;
        let gone = Instant::now();
        self.field.with_tally(|tally| tally.downtimes.push((gone, None)));
        let held: JoinSet<_> = held.map(|login| post_while_down(Arc::clone(&self.field), login)).collect();
        let held = held.join_all().await;
        sleep_until((gone + STORE_DOWN).into()).await;
        let started = Instant::now();
        self.field.with_tally(|tally| {
            if let Some((_, back)) = tally.downtimes.last_mut() {
                *back = Some(started);
            }
        });
        let (ready, healed) = tokio::join!(self.redis.start_again(), self.field.first_login(started, None));
        ready?;
        let mut after = JoinSet::new();
        for (mut client, prepared) in held {
            let field = Arc::clone(&self.field);
            after.spawn(async move {
                client.finish(&field, prepared).await;
            });
        }
        for accepted in used {
            let field = Arc::clone(&self.field);
            after.spawn(async move { Client::new(&field).replay(&field, &accepted).await });
        }
        after.join_all().await;
        Ok(healed)
    }

    /// Kills a portal, in the middle of logins; the others go on.
    async fn portal_outage(&mut self, node: usize) -> Result<Option<Duration>> {
        let Some(killed) = self.field.nodes.get(node) else { return Ok(None) };
        block_in_place(|| killed.kill())?;
        sleep(PORTAL_DOWN).await;
        let started = Instant::now();
        block_in_place(|| killed.start_again())?;
        Ok(self.field.first_login(started, Some(node)).await)
    }
}

/// Begins a login, and keeps its answer back.
async fn hold(field: Arc<Field>) -> Option<(Client, Prepared)> {
    let mut client = Client::new(&field);
    client.prepare(&field).await.map(|prepared| (client, prepared))
}

async fn post_while_down(field: Arc<Field>, (mut client, mut prepared): (Client, Prepared)) -> (Client, Prepared) {
    client.post_while_down(&field, &mut prepared).await;
    (client, prepared)
}

/// As many answers are kept back, to be posted while the store is down.
const HELD: usize = 8;
const STORE_DOWN: Duration = Duration::from_secs(1);
const PORTAL_DOWN: Duration = Duration::from_millis(500);
