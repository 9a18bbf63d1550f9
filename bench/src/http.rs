//! Complete logins over loopback, beside others that take the same posted response.

mod measure;
mod peers;
mod target;

use std::path::Path;
use std::sync::Arc;

use saml_xml_security::SigningKey;
use tokio::runtime::Builder;

use crate::Result;
use crate::node::{Log, Node};
use crate::portal::Secrets;
use crate::redis_server::{Durability, RedisServer};
use crate::report::{print, say};
use crate::world::{BROKER_KEY, World};
use measure::Measured;
use peers::Peer;
use target::Target;

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Options {
    json: bool,
    with_peers: bool,
    /// How long a target is measured, with one client and with several.
    seconds: f64,
}

impl Options {
    pub(crate) fn read(arguments: &[&str]) -> Result<Self> {
        let mut options = Self { json: false, with_peers: true, seconds: 5.0 };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match *argument {
                "--json" => options.json = true,
                "--no-peers" => options.with_peers = false,
                "--seconds-per-case" => {
                    let value = arguments.next().ok_or("--seconds-per-case takes a value")?;
                    options.seconds = value.parse()?;
                    if !(0.1..=60.0).contains(&options.seconds) {
                        return Err("with --http, --seconds-per-case takes 0.1 to 60".into());
                    }
                }
                other => return Err(format!("unknown option {other}").into()),
            }
        }
        Ok(options)
    }
}

/// A target with what is found out about it.
struct Contestant {
    target: Arc<Target>,
    works_twice: bool,
    redis: Option<RedisServer>,
    measured: [Measured; 2],
}

/// Measures ours with memory and with Redis, and the others, in turn; then says all of it.
pub(crate) fn run(options: &Options, directory: &Path) -> Result<()> {
    // One thread of clients leaves the other processors to the servers.
    Builder::new_current_thread().enable_all().build()?.block_on(measure(options, directory))
}

async fn measure(options: &Options, directory: &Path) -> Result<()> {
    let world = World::create(directory)?;
    let broker = world.key(BROKER_KEY)?;
    let mut contestants = Vec::new();
    contestants.push(Contestant::admit(ours("ours-memory", &world, "memory")?, None, &world).await?);
    match RedisServer::start(directory, Durability::EverySecond).await {
        Ok(redis) => {
            let target = ours("ours-redis", &world, &redis.url())?;
            contestants.push(Contestant::admit(target, Some(redis), &world).await?);
        }
        Err(error) => say(&format!("not run: ours with Redis, because {error}")),
    }
    for peer in Peer::ALL.into_iter().filter(|_| options.with_peers) {
        let admitted = match peer.start(&world).await {
            Ok(target) => Contestant::admit(target, None, &world).await,
            Err(error) => Err(error),
        };
        match admitted {
            Ok(contestant) => contestants.push(contestant),
            Err(error) => say(&format!("not run: {}, because {error}", peer.name())),
        }
    }
    for contestant in &mut contestants {
        contestant.warm_up(&broker).await?;
    }
    for _ in 0..ROUNDS {
        for contestant in &mut contestants {
            contestant.round(&broker, options.seconds / ROUNDS as f64).await?;
        }
    }
    print_all(&contestants, options.json)
}

fn ours(name: &'static str, world: &World, store: &str) -> Result<Target> {
    let node = Node::start(world.directory(), store, &Secrets::random()?, &Arc::new(Log::default()))?;
    Ok(Target::ours(name, node))
}

impl Contestant {
    /// Takes a target that lets in whom it must, and nobody else.
    async fn admit(target: Target, redis: Option<RedisServer>, world: &World) -> Result<Self> {
        let works_twice = target.prove(&world.key(BROKER_KEY)?).await?;
        let measured = [1, CLIENTS].map(Measured::new);
        Ok(Self { target: Arc::new(target), works_twice, redis, measured })
    }

    async fn warm_up(&self, broker: &SigningKey) -> Result<()> {
        Measured::new(1).round(&self.target, broker, WARM_UP, None).await
    }

    /// Measures it for about so many seconds with one client, and again with several.
    async fn round(&mut self, broker: &SigningKey, seconds: f64) -> Result<()> {
        let mut probe = Measured::new(1);
        probe.round(&self.target, broker, PROBE, None).await?;
        let count = (probe.responses_per_second() * seconds) as usize;
        for measured in &mut self.measured {
            let count = count.clamp(measured.clients, MOST);
            measured.round(&self.target, broker, count, self.redis.as_ref()).await?;
        }
        Ok(())
    }
}

fn print_all(contestants: &[Contestant], json: bool) -> Result<()> {
    let shibboleth = contestants.iter().find(|contestant| contestant.target.name == Peer::Shibboleth.name());
    if !json {
        print(HEAD)?;
    }
    for contestant in contestants {
        for (place, measured) in contestant.measured.iter().enumerate() {
            let base = shibboleth.and_then(|shibboleth| shibboleth.measured.get(place));
            let line = if json { contestant.json(measured, base) } else { contestant.line(measured, base) };
            print(line.trim_end())?;
        }
    }
    Ok(())
}

impl Contestant {
    fn json(&self, measured: &Measured, base: Option<&Measured>) -> String {
        let begins = self.target.is_ours();
        serde_json::json!({
            "case": "http",
            "impl": self.target.name,
            "clients": measured.clients,
            "responses_per_s": measured.responses_per_second(),
            "ratio_to_shibboleth": base.map(|base| measured.responses_per_second() / base.responses_per_second()),
            "processor_us": measured.processor_us(),
            "processor_ratio_to_shibboleth": base.map(|base| base.processor_us() / measured.processor_us()),
            "response_p50_us": measured.posts.percentile(50),
            "response_p99_us": measured.posts.percentile(99),
            "logins_per_s": measured.logins_per_second(),
            "login_p50_us": measured.logins.percentile(50).filter(|_| begins),
            "login_p99_us": measured.logins.percentile(99).filter(|_| begins),
            "works_twice": self.works_twice,
            "redis_round_trips_of_start": measured.redis.map(|redis| redis.round_trips_of_start),
            "redis_round_trips_of_response": measured.redis.map(|redis| redis.round_trips_of_response),
            "redis_commands": measured.redis.map(|redis| redis.commands),
        })
        .to_string()
    }

    fn line(&self, measured: &Measured, base: Option<&Measured>) -> String {
        let milliseconds = |us: Option<f64>| us.map_or(String::new(), |us| format!("{:.2}", us / 1000.0));
        let times = |ratio: Option<f64>| ratio.map_or(String::new(), |ratio| format!("{ratio:.2}"));
        let begins = self.target.is_ours();
        let of_login = |percent| milliseconds(measured.logins.percentile(percent).filter(|_| begins));
        format!(
            "{:<16}{:>8}{:>12.0}{:>8}{:>8}{:>9}{:>14.0}{:>8}{:>9}{:>9}{:>9}  {:<14}{}",
            self.target.name,
            measured.clients,
            measured.responses_per_second(),
            times(base.map(|base| measured.responses_per_second() / base.responses_per_second())),
            milliseconds(measured.posts.percentile(50)),
            milliseconds(measured.posts.percentile(99)),
            measured.processor_us(),
            times(base.map(|base| base.processor_us() / measured.processor_us())),
            measured.logins_per_second().map_or(String::new(), |rate| format!("{rate:.0}")),
            of_login(50),
            of_login(99),
            if self.works_twice { "lets in again" } else { "refused" },
            measured.redis.map_or(String::new(), |redis| format!(
                "{:.2} + {:.2}, {:.1}",
                redis.round_trips_of_start, redis.round_trips_of_response, redis.commands
            )),
        )
    }
}

/// The columns `times` are beside Shibboleth SP: of responses a second, and of the time of the processor.
const HEAD: &str = "implementation   clients responses/s   times  p50 ms   p99 ms  processor us   times logins/s   p50 ms   \
                    p99 ms  replayed      Redis: round trips of start + response, commands";
const ROUNDS: usize = 5;
/// Enough to keep two processors busy.
const CLIENTS: usize = 8;
const WARM_UP: usize = 20;
const PROBE: usize = 5;
/// Each is signed twice before it is posted, which takes longer than to take it.
const MOST: usize = 500;
