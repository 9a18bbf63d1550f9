use std::fmt;

use crate::step::Step;
use crate::subject::Subject;

/// One thing that is looked at, or that only a person can do.
pub struct Check {
    /// The stable word in snake case.
    pub code: &'static str,
    /// The step that it belongs to.
    pub step: Step,
    /// What should be so.
    pub title: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// Where that comes from.
    pub source: &'static str,
    /// Looks; `None` where it is of no concern to this deployment.
    pub(crate) look: fn(&Subject<'_>) -> Option<Seen>,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// As it should be.
    Ok,
    /// Only a person can do or see this.
    Human,
    /// Something that it needs is not there.
    NotLookedAt,
    /// It works, and somebody should decide whether it is meant so.
    Warning,
    /// It will fail, or be refused.
    Problem,
}

impl Outcome {
    /// All outcomes, the worst last.
    pub const ALL: [Self; 5] = [Self::Ok, Self::Human, Self::NotLookedAt, Self::Warning, Self::Problem];

    /// Returns the stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Human => "human",
            Self::NotLookedAt => "not_looked_at",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// What a check saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) outcome: Outcome,
    pub(crate) found: String,
    pub(crate) mend: Option<String>,
}

impl Seen {
    pub(crate) fn ok(found: impl fmt::Display) -> Self {
        Self { outcome: Outcome::Ok, found: found.to_string(), mend: None }
    }

    pub(crate) fn warning(found: impl fmt::Display, mend: impl fmt::Display) -> Self {
        Self { outcome: Outcome::Warning, found: found.to_string(), mend: Some(mend.to_string()) }
    }

    pub(crate) fn problem(found: impl fmt::Display, mend: impl fmt::Display) -> Self {
        Self { outcome: Outcome::Problem, found: found.to_string(), mend: Some(mend.to_string()) }
    }

    /// `mend` says how it can be looked at.
    pub(crate) fn not_looked_at(why: impl fmt::Display, mend: impl fmt::Display) -> Self {
        Self { outcome: Outcome::NotLookedAt, found: why.to_string(), mend: Some(mend.to_string()) }
    }

    /// `ready` is what is known already, `task` what to do.
    pub(crate) fn human(ready: impl fmt::Display, task: impl fmt::Display) -> Self {
        Self { outcome: Outcome::Human, found: ready.to_string(), mend: Some(task.to_string()) }
    }

    /// Returns the worst of several; where several are as bad, what was found of each.
    pub(crate) fn worst(seen: Vec<Self>) -> Option<Self> {
        let outcome = seen.iter().map(|seen| seen.outcome).max()?;
        let mut found: Vec<String> = Vec::new();
        let mut mend: Vec<String> = Vec::new();
        for seen in seen.into_iter().filter(|seen| seen.outcome == outcome) {
            found.extend(Some(seen.found).filter(|text| !found.contains(text)));
            mend.extend(seen.mend.filter(|text| !mend.contains(text)));
        }
        let mend = (!mend.is_empty()).then(|| mend.join("; "));
        Some(Self { outcome, found: found.join("; "), mend })
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Check({})", self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_several_counts_and_is_said_once() {
        let problem = || Seen::problem("a", "mend");
        let worst = Seen::worst(vec![Seen::ok("fine"), problem(), Seen::problem("b", "mend"), problem()]);
        assert_eq!(worst, Some(Seen::problem("a; b", "mend")));
        assert_eq!(Seen::worst(Vec::new()), None);
    }
}
