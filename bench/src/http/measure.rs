//! Logins one after the other, and several at a time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use saml_xml_security::SigningKey;
use tokio::task::JoinSet;

use super::target::{Begun, Ready, Target};
use crate::Result;
use crate::process_time;
use crate::redis_server::{Calls, RedisServer};
use crate::run::median;
use crate::soak::Latencies;

/// What was measured of one target with so many clients at a time.
pub(super) struct Measured {
    pub(super) clients: usize,
    /// Of each round.
    responses_per_second: Vec<f64>,
    logins_per_second: Vec<f64>,
    pub(super) posts: Latencies,
    /// Beginning the login, and the post.
    pub(super) logins: Latencies,
    pub(super) redis: Option<PerLogin>,
    /// What the servers took of the processor for all posts.
    processor: Duration,
    responses: usize,
}

/// What one login asks of Redis.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PerLogin {
    pub(super) round_trips_of_start: f64,
    pub(super) round_trips_of_response: f64,
    pub(super) commands: f64,
}

impl Measured {
    pub(super) fn new(clients: usize) -> Self {
        Self {
            clients,
            responses_per_second: Vec::new(),
            logins_per_second: Vec::new(),
            posts: Latencies::default(),
            logins: Latencies::default(),
            redis: None,
            processor: Duration::ZERO,
            responses: 0,
        }
    }

    /// Returns the median of the rounds.
    pub(super) fn responses_per_second(&self) -> f64 {
        median(self.responses_per_second.clone())
    }

    /// Returns the microseconds of the processor that a response took the servers, Redis among them.
    pub(super) fn processor_us(&self) -> f64 {
        self.processor.as_secs_f64() * 1e6 / self.responses as f64
    }

    /// Returns the median of the rounds, where logins begin at the target.
    pub(super) fn logins_per_second(&self) -> Option<f64> {
        (!self.logins_per_second.is_empty()).then(|| median(self.logins_per_second.clone()))
    }

    /// Begins and finishes `count` logins; each of them must let in.
    pub(super) async fn round(
        &mut self,
        target: &Arc<Target>,
        broker: &SigningKey,
        count: usize,
        redis: Option<&RedisServer>,
    ) -> Result<()> {
        let before = calls(redis).await?;
        let since = Instant::now();
        let begun = in_parallel(self.clients, vec![(); count], {
            let target = Arc::clone(target);
            move |lot| begin(Arc::clone(&target), lot.len())
        });
        let begun = begun.await?;
        let beginning = since.elapsed();
        let between = calls(redis).await?;
        let ready = begun.into_iter().map(|begun| target.respond(begun, broker, |xml| xml));
        let ready = ready.collect::<Result<Vec<_>>>()?;
        let groups: Vec<u32> = target.groups().into_iter().chain(redis.map(RedisServer::id)).collect();
        let processor = process_time::of_groups(&groups)?;
        let since = Instant::now();
        let posted = in_parallel(self.clients, ready, {
            let target = Arc::clone(target);
            move |lot| post(Arc::clone(&target), lot)
        });
        let posted = posted.await?;
        let posting = since.elapsed();
        self.processor += process_time::of_groups(&groups)?.saturating_sub(processor);
        self.responses += count;
        let after = calls(redis).await?;
        for (begun, took) in posted {
            self.posts.add(took);
            self.logins.add(begun + took);
        }
        let logins = count as f64;
        self.responses_per_second.push(logins / posting.as_secs_f64());
        if target.is_ours() {
            self.logins_per_second.push(logins / (beginning + posting).as_secs_f64());
        }
        if let (Some(before), Some(between), Some(after)) = (before, between, after) {
            let per_login = |from: u64, to: u64| to.saturating_sub(from) as f64 / logins;
            self.redis = Some(PerLogin {
                round_trips_of_start: per_login(before.round_trips, between.round_trips),
                round_trips_of_response: per_login(between.round_trips, after.round_trips),
                commands: per_login(before.commands, after.commands),
            });
        }
        Ok(())
    }
}

async fn calls(redis: Option<&RedisServer>) -> Result<Option<Calls>> {
    match redis {
        Some(redis) => redis.calls().await.map(Some),
        None => Ok(None),
    }
}

/// Divides the items over the clients, and returns what they brought back.
async fn in_parallel<I, T, F>(clients: usize, mut items: Vec<I>, work: impl Fn(Vec<I>) -> F) -> Result<Vec<T>>
where
    T: Send + 'static,
    F: Future<Output = std::result::Result<Vec<T>, String>> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for left in (1..=clients).rev() {
        let lot = items.split_off(items.len() - items.len() / left);
        tasks.spawn(work(lot));
    }
    let lots = tasks.join_all().await.into_iter().collect::<std::result::Result<Vec<_>, _>>()?;
    Ok(lots.into_iter().flatten().collect())
}

async fn begin(target: Arc<Target>, count: usize) -> std::result::Result<Vec<Begun>, String> {
    let (mut connection, mut all) = (target.connection(), Vec::new());
    for _ in 0..count {
        all.push(target.begin(&mut connection).await.map_err(|error| error.to_string())?);
    }
    Ok(all)
}

async fn post(target: Arc<Target>, lot: Vec<Ready>) -> std::result::Result<Vec<(Duration, Duration)>, String> {
    let (mut connection, mut all) = (target.connection(), Vec::new());
    for ready in lot {
        let posted = target.post(&mut connection, &ready).await.map_err(|error| error.to_string())?;
        if posted.let_in.is_none() {
            return Err(format!("{} refuses a good response: status {}", target.name, posted.status));
        }
        all.push((ready.begun, posted.took));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_item_is_worked_on_once_whatever_the_number_of_clients() {
        for clients in [1, 3, 8] {
            let all: Vec<u32> = (0..20).collect();
            let mut done = in_parallel(clients, all.clone(), async |lot| Ok(lot)).await.unwrap();
            done.sort_unstable();
            assert_eq!(done, all, "{clients} clients");
        }
    }

    #[tokio::test]
    async fn what_goes_wrong_for_one_client_is_said() {
        let failed = in_parallel(2, vec![1, 2], async |lot| if lot == [1] { Err("no".to_owned()) } else { Ok(lot) });
        assert_eq!(failed.await.unwrap_err().to_string(), "no");
    }
}
