//! The line protocol of a peer: `CASE ITERATIONS` in; nanoseconds of thread processor time, `unsupported REASON` or
//! `failed REASON` out. Included by each peer in Rust, so that all are timed alike.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use rustix::time::{ClockId, clock_gettime};

pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;
pub type Job = Box<dyn FnMut() -> Outcome<()>>;

/// Where keys, settings and messages are.
pub struct World(pub PathBuf);

#[allow(dead_code)]
impl World {
    pub fn text(&self, name: &str) -> Outcome<String> {
        Ok(std::fs::read_to_string(self.0.join(name))?)
    }

    /// Returns the messages of a case: the request that each answers, its base64, and whether it is good.
    pub fn messages(&self, case: &str) -> Outcome<Vec<(String, String, bool)>> {
        let mut messages = Vec::new();
        for line in self.text(&format!("{case}/messages.tsv"))?.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            if fields[1] != "response" {
                return Err("only responses by HTTP-POST".into());
            }
            messages.push((fields[0].to_owned(), fields[2].to_owned(), fields[3] == "accept"));
        }
        Ok(messages)
    }

    /// Makes a job that validates the messages in turn; each must be accepted, or refused, as it deserves.
    pub fn validate(&self, case: &str, mut accepts: impl FnMut(&str, &str) -> Outcome<()> + 'static) -> Outcome<Job> {
        let messages = self.messages(case)?;
        let mut next = 0;
        Ok(Box::new(move || {
            let (request, base64, good) = &messages[next];
            next = (next + 1) % messages.len();
            match (accepts(request, base64), good) {
                (Ok(()), true) | (Err(_), false) => Ok(()),
                (Ok(()), false) => Err("it accepts what must be refused".into()),
                (Err(error), true) => Err(error),
            }
        }))
    }
}

pub const PORTAL: &str = "https://portal.example.nl/saml/metadata";
pub const ACS: &str = "https://portal.example.nl/saml/acs";
pub const SSO: &str = "https://broker.example.nl/broker/sp/saml/login";

/// Answers until stdin ends.
pub fn serve(prepare: impl Fn(&World, &str) -> Outcome<Job>) {
    let world = World(Path::new(&std::env::args().last().unwrap_or_default()).to_owned());
    let mut prepared: Option<(String, Job)> = None;
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { return };
        let Some((case, iterations)) = line.split_once(' ') else { return };
        let iterations: u64 = iterations.parse().unwrap_or(0);
        let current = prepared.take().filter(|(name, _)| name == case && iterations > 0);
        let job = current.map(|(_, job)| Ok(job)).unwrap_or_else(|| prepare(&world, case));
        let answer = match job {
            Err(error) => format!("unsupported {error}"),
            Ok(mut job) => {
                let start = now();
                let done = (0..iterations).try_for_each(|_| job());
                let took = now() - start;
                prepared = Some((case.to_owned(), job));
                done.map_or_else(|error| format!("failed {error}"), |()| took.to_string())
            }
        };
        println!("{}", answer.replace('\n', " "));
        let _ = std::io::stdout().flush();
    }
}

fn now() -> i64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}
