//! Parallel logins at several portal processes that share one Redis, while Redis and a portal are killed and started
//! again.

mod field;
mod login;
mod numbers;
mod options;
mod outages;
mod report;
mod tally;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::signal::ctrl_c;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{interval, sleep_until};

use crate::Result;
use crate::redis_server::RedisServer;
use crate::report::say;
use crate::world::World;
use field::Field;
use login::Client;
pub(crate) use options::Options;
use outages::Outages;
use report::Report;
pub(crate) use tally::Latencies;

/// Runs the whole soak, and fails where something is not 0 that must be.
pub(crate) fn run(options: &Options, directory: &Path) -> Result<()> {
    let report = Runtime::new()?.block_on(soak(options, directory))?;
    report.print(options.json)?;
    match report.broken() {
        broken if broken.is_empty() => Ok(()),
        broken => Err(format!("expected 0, found {}", broken.join(", ")).into()),
    }
}

async fn soak(options: &Options, directory: &Path) -> Result<Report> {
    let world = World::create(directory)?;
    let redis = RedisServer::start(directory).await?;
    let field = Arc::new(Field::lay_out(&world, &redis.url(), options.nodes).await?);
    say(&format!(
        "soak: {} portals, {} logins at a time, {} s; Ctrl-C ends it early, with its report",
        options.nodes, options.parallel, options.seconds
    ));
    let (begun, length) = (Instant::now(), Duration::from_secs(options.seconds));
    let mut workers = JoinSet::new();
    for _ in 0..options.parallel {
        workers.spawn(work(Arc::clone(&field)));
    }
    let sampler = tokio::spawn(sample(Arc::clone(&field), begun, length));
    let progress = tokio::spawn(progress(Arc::clone(&field), begun));
    let (interrupt, interrupted) = watch::channel(false);
    let listener = tokio::spawn(async move {
        wait_for_signal().await;
        say("soak: interrupted; the logins under way come to their end");
        interrupt.send(true)
    });
    let mut outages = Outages::new(&field, redis);
    let ended = outages.go_on(begun, length, interrupted).await;
    field.stop();
    while let Some(worker) = workers.join_next().await {
        worker?;
    }
    ended?;
    for task in [progress, sampler] {
        task.abort();
    }
    listener.abort();
    field.sample();
    Ok(Report::new(&field, begun.elapsed(), outages.into_kills()))
}

async fn work(field: Arc<Field>) {
    let mut client = Client::new(&field);
    while field.goes_on() {
        if !client.log_in(&field).await {
            // Whoever was refused does not come back at once; without a pause a store that is down would be all load.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Looks at the memory of the portals at the first, second and third quarter; the end is looked at by itself.
async fn sample(field: Arc<Field>, begun: Instant, length: Duration) {
    for quarter in 1..4 {
        sleep_until((begun + length * quarter / 4).into()).await;
        field.sample();
    }
}

async fn progress(field: Arc<Field>, begun: Instant) {
    let mut ticks = interval(Duration::from_secs(10));
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let line = field.with_tally(|tally| tally.in_one_line());
        say(&format!("soak: {} s: {line}", begun.elapsed().as_secs()));
    }
}

/// Comes back when a person, or what runs this, wants it to end.
async fn wait_for_signal() {
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminated) => terminated.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = ctrl_c() => {}
        _ = terminated => {}
    }
}
