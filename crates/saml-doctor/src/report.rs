use chrono::{DateTime, Utc};
use saml_digid::Environment;

use crate::check::{Check, Outcome};
use crate::checks::CHECKS;
use crate::subject::Subject;

/// What all checks saw in one environment.
#[derive(Clone, Debug)]
pub struct Report {
    /// The environment.
    pub environment: Environment,
    /// The moment that was judged at.
    pub at: DateTime<Utc>,
    /// What was seen, in the order of the steps; checks that are of no concern to the deployment are left out.
    pub findings: Vec<Finding>,
}

/// What one check saw.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The check.
    pub check: &'static Check,
    /// How it ended.
    pub outcome: Outcome,
    /// What was found.
    pub found: String,
    /// How to mend it, or what to do; `None` where there is nothing to do.
    pub mend: Option<String>,
}

impl Report {
    /// Returns how many checks ended so.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> usize {
        self.findings.iter().filter(|finding| finding.outcome == outcome).count()
    }

    /// Returns what the check with this code saw.
    #[must_use]
    pub fn finding(&self, code: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.check.code == code)
    }
}

impl Check {
    /// Looks at one thing; `None` where it is of no concern to the deployment.
    #[must_use]
    pub fn look(&'static self, subject: &Subject<'_>) -> Option<Finding> {
        let seen = (self.look)(subject)?;
        Some(Finding { check: self, outcome: seen.outcome, found: seen.found, mend: seen.mend })
    }
}

/// Looks at everything.
#[must_use]
pub fn examine(subject: &Subject<'_>) -> Report {
    let mut findings: Vec<Finding> = CHECKS.iter().filter_map(|check| check.look(subject)).collect();
    findings.sort_by_key(|finding| finding.check.step);
    Report { environment: subject.environment, at: subject.at, findings }
}
