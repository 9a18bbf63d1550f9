use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use super::field::Field;
use super::outages::Kill;
use super::tally::Tally;
use crate::Result;
use crate::node::WITHOUT_REFERENCE;
use crate::report::print;

/// What the soak found.
pub(super) struct Report {
    tally: Tally,
    took: Duration,
    kills: Vec<Kill>,
}

impl Report {
    pub(super) fn new(field: &Field, took: Duration, kills: Vec<Kill>) -> Self {
        Self { tally: field.with_tally(std::mem::take), took, kills }
    }

    /// Returns what is not 0 and must be.
    pub(super) fn broken(&self) -> Vec<String> {
        let counts = self.must_be_0().into_iter().filter(|(_, count)| *count > 0);
        counts.map(|(what, count)| format!("{count} {what}")).collect()
    }

    fn must_be_0(&self) -> [(&'static str, u64); 8] {
        let tally = &self.tally;
        let told = tally.finished + tally.refused.values().sum::<u64>();
        let not_healed = self.kills.iter().filter(|kill| kill.healed.is_none()).count();
        [
            ("replays accepted", tally.replays_accepted),
            ("sessions mixed up", tally.pages_mixed_up),
            ("sessions lost", tally.sessions_lost),
            ("requests lost", tally.refused.get(WITHOUT_REFERENCE).copied().unwrap_or(0)),
            ("let in while the store was down", tally.let_in_while_down),
            ("refusals unexplained", tally.unexplained),
            ("logins neither finished nor refused", tally.started.abs_diff(told)),
            ("kills not healed from within a minute", u64::try_from(not_healed).unwrap_or(u64::MAX)),
        ]
    }

    /// Returns by how much of a hundred each portal that was never killed grew from the middle of the run to its end.
    fn growth(&self) -> Vec<(usize, f64)> {
        let (Some(middle), Some(end)) = (self.tally.memory.iter().rev().nth(2), self.tally.memory.last()) else {
            return Vec::new();
        };
        let portals = middle.iter().zip(end).enumerate();
        let growth = portals.filter_map(|(place, (middle, end))| {
            let (middle, end) = ((*middle)? as f64, (*end)? as f64);
            Some((place + 1, (end - middle) / middle * 100.0))
        });
        growth.filter(|(portal, _)| self.kills.iter().all(|kill| kill.what != format!("portal {portal}"))).collect()
    }

    /// Prints the table, or one object of JSON.
    pub(super) fn print(&self, json: bool) -> Result<()> {
        if json { print(&self.json().to_string()) } else { self.lines().iter().try_for_each(|line| print(line)) }
    }

    fn json(&self) -> serde_json::Value {
        let tally = &self.tally;
        let kills = self.kills.iter().map(|kill| {
            json!({
                "what": kill.what,
                "at_s": kill.at.as_secs_f64(),
                "first_login_after_ms": kill.healed.map(|healed| healed.as_secs_f64() * 1000.0),
            })
        });
        json!({
            "seconds": self.took.as_secs_f64(),
            "logins": {
                "started": tally.started,
                "finished": tally.finished,
                "refused": tally.refused,
                "p50_us": tally.logins.percentile(50),
                "p99_us": tally.logins.percentile(99),
            },
            "posts": { "p50_us": tally.posts.percentile(50), "p99_us": tally.posts.percentile(99) },
            "replays": {
                "answered": tally.replays(),
                "unanswered": tally.replays_unanswered,
                "races": tally.races,
                "refused": tally.replays_refused,
            },
            "pages": { "right": tally.pages_right, "unanswered": tally.pages_unanswered },
            "posted_while_down": tally.posted_while_down,
            "memory_kb": tally.memory,
            "growth_percent": self.growth().into_iter().collect::<BTreeMap<_, _>>(),
            "kills": kills.collect::<Vec<_>>(),
            "must_be_0": self.must_be_0().into_iter().collect::<BTreeMap<_, _>>(),
        })
    }

    fn lines(&self) -> Vec<String> {
        let tally = &self.tally;
        let mut lines = Vec::new();
        let mut line = |name: &str, value: String| lines.push(format!("{name:<52} {value:>10}"));
        line("seconds", format!("{:.0}", self.took.as_secs_f64()));
        line("logins started", tally.started.to_string());
        line("logins finished", tally.finished.to_string());
        line("  a second", format!("{:.0}", tally.finished as f64 / self.took.as_secs_f64()));
        for (code, count) in &tally.refused {
            line(&format!("  refused: {code}"), count.to_string());
        }
        let milliseconds = |latency: Option<f64>| latency.map_or(String::new(), |us| format!("{:.1} ms", us / 1000.0));
        line("whole login, p50", milliseconds(tally.logins.percentile(50)));
        line("whole login, p99", milliseconds(tally.logins.percentile(99)));
        line("post of the answer, p50", milliseconds(tally.posts.percentile(50)));
        line("post of the answer, p99", milliseconds(tally.posts.percentile(99)));
        line("answers posted everywhere at once", tally.races.to_string());
        line("replays answered", tally.replays().to_string());
        for (code, count) in &tally.replays_refused {
            line(&format!("  refused: {code}"), count.to_string());
        }
        line("replays to a portal that was down", tally.replays_unanswered.to_string());
        line("pages that showed the right number", tally.pages_right.to_string());
        line("pages not shown during an outage", tally.pages_unanswered.to_string());
        line("answers posted while the store was down", tally.posted_while_down.to_string());
        for kill in &self.kills {
            let name = format!("killed at {:.0} s: {}; first login after", kill.at.as_secs_f64(), kill.what);
            line(&name, milliseconds(kill.healed.map(|healed| healed.as_secs_f64() * 1e6)));
        }
        for portal in 0..tally.memory.first().map_or(0, Vec::len) {
            let megabytes = tally.memory.iter().map(|sample| match sample.get(portal) {
                Some(Some(kb)) => format!("{:.1}", *kb as f64 / 1024.0),
                _ => "-".to_owned(),
            });
            let megabytes = megabytes.collect::<Vec<_>>().join(", ");
            line(&format!("memory of portal {} by quarters, MB", portal + 1), format!("  {megabytes}"));
        }
        for (portal, growth) in self.growth() {
            line(&format!("portal {portal}, from the middle to the end"), format!("{growth:+.1} %"));
        }
        for (what, count) in self.must_be_0() {
            line(&format!("must be 0: {what}"), count.to_string());
        }
        lines
    }
}
