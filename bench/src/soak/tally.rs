use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What the soak counts.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) started: u64,
    pub(super) finished: u64,
    /// By the code in the portal's log, or a word for what the browser saw.
    pub(super) refused: BTreeMap<String, u64>,
    /// Pages for which no log has a reason.
    pub(super) unexplained: u64,
    /// Answers that were posted several times at the same moment.
    pub(super) races: u64,
    pub(super) replays_refused: BTreeMap<String, u64>,
    pub(super) replays_accepted: u64,
    /// Posts to a portal that was killed meanwhile.
    pub(super) replays_unanswered: u64,
    pub(super) pages_right: u64,
    pub(super) pages_mixed_up: u64,
    pub(super) pages_unanswered: u64,
    pub(super) sessions_lost: u64,
    pub(super) posted_while_down: u64,
    pub(super) let_in_while_down: u64,
    /// From the first request to the answer that lets in.
    pub(super) logins: Latencies,
    /// Of the post that lets in.
    pub(super) posts: Latencies,
    /// The memory of each portal in kB, at each quarter.
    pub(super) memory: Vec<Vec<Option<u64>>>,
    /// When the store was down: from when it was gone until it was started again.
    pub(super) downtimes: Vec<(Instant, Option<Instant>)>,
}

/// Why somebody was not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Told(String),
    Unexplained(String),
}

impl Tally {
    pub(super) fn refuse(&mut self, reason: &Reason) {
        let code = self.code(reason);
        *self.refused.entry(code).or_default() += 1;
    }

    pub(super) fn refuse_replay(&mut self, reason: &Reason) {
        let code = self.code(reason);
        *self.replays_refused.entry(code).or_default() += 1;
    }

    fn code(&mut self, reason: &Reason) -> String {
        match reason {
            Reason::Told(code) => code.clone(),
            Reason::Unexplained(page) => {
                self.unexplained += 1;
                format!("unexplained: {page}")
            }
        }
    }

    pub(super) fn replays(&self) -> u64 {
        self.replays_refused.values().sum::<u64>() + self.replays_accepted
    }

    /// Tells whether the store was down all the time between two moments.
    pub(super) fn was_down(&self, from: Instant, until: Instant) -> bool {
        self.downtimes.iter().any(|(gone, started)| *gone <= from && started.is_none_or(|started| until <= started))
    }

    pub(super) fn in_one_line(&self) -> String {
        format!(
            "{} logins finished, {} refused; {} replays, {} accepted; {} sessions mixed up",
            self.finished,
            self.refused.values().sum::<u64>(),
            self.replays(),
            self.replays_accepted,
            self.pages_mixed_up
        )
    }
}

/// How long something took, each time.
#[derive(Default)]
pub(crate) struct Latencies(Vec<u32>);

impl Latencies {
    pub(crate) fn add(&mut self, took: Duration) {
        self.0.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
    }

    /// Returns the microseconds that so many of a hundred did not exceed.
    pub(crate) fn percentile(&self, percent: usize) -> Option<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let place = (sorted.len() * percent).div_ceil(100).max(1) - 1;
        sorted.get(place).copied().map(f64::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_latency_that_was_measured() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.percentile(50), None);
        (1..=200).rev().for_each(|milliseconds| latencies.add(Duration::from_millis(milliseconds)));
        assert_eq!(latencies.percentile(50), Some(100_000.0));
        assert_eq!(latencies.percentile(99), Some(198_000.0));
    }

    #[test]
    fn only_what_lies_wholly_in_a_downtime_was_in_it() {
        let at = |second| Instant::now() + Duration::from_secs(second);
        let (gone, started) = (at(10), at(20));
        let mut tally = Tally { downtimes: vec![(gone, Some(started))], ..Tally::default() };
        assert!(tally.was_down(gone, started));
        assert!(!tally.was_down(gone - Duration::from_millis(1), started));
        assert!(!tally.was_down(gone, started + Duration::from_millis(1)));
        tally.downtimes = vec![(gone, None)];
        assert!(tally.was_down(gone, started));
    }

    #[test]
    fn a_page_without_a_reason_is_counted_by_itself() {
        let mut tally = Tally::default();
        tally.refuse(&Reason::Told("store_unavailable".to_owned()));
        assert_eq!(tally.unexplained, 0);
        tally.refuse(&Reason::Unexplained("status 500".to_owned()));
        assert_eq!((tally.unexplained, tally.refused.len()), (1, 2));
    }
}
