use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use pkioverheid::PinnedRoots;
use saml_config::{ConfigFile, Deployment, PartnerProfile, Parts, SignicatTable, environment_name};
use saml_digid::Environment;

use crate::check::Seen;
use crate::observations::{Observations, PortalAnswer};
use crate::url::{host, is_loopback};

/// One environment of a `saml.toml`, and all that it is judged by.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    pub(crate) environment: Environment,
    pub(crate) deployment: &'a Deployment,
    pub(crate) parts: Parts<'a>,
    pub(crate) other: Option<&'a Deployment>,
    pub(crate) folder: &'a Path,
    pub(crate) at: DateTime<Utc>,
    pub(crate) roots: PinnedRoots,
    pub(crate) online: Option<Observations>,
    pub(crate) portal: Option<Result<PortalAnswer, String>>,
}

impl<'a> Subject<'a> {
    /// Takes one environment of a file that lies in `folder`, to be judged at `at`; `None` when the file does not have
    /// it.
    ///
    /// Nothing is asked of the network, and the roots of PKIoverheid are those that are built in.
    #[must_use]
    pub fn new(config: &'a ConfigFile, environment: Environment, folder: &'a Path, at: DateTime<Utc>) -> Option<Self> {
        let (deployment, other) = match environment {
            Environment::PreProduction => (config.preproduction.as_ref(), config.production.as_ref()),
            Environment::Production => (config.production.as_ref(), config.preproduction.as_ref()),
        };
        let deployment = deployment?;
        let roots = PinnedRoots::pkioverheid();
        let parts = Parts::new(deployment, environment, folder);
        Some(Self { environment, deployment, parts, other, folder, at, roots, online: None, portal: None })
    }

    /// Takes these for the roots of PKIoverheid, such as those of a test hierarchy.
    #[must_use]
    pub fn danger_with_roots(self, roots: PinnedRoots) -> Self {
        Self { roots, ..self }
    }

    /// Adds what was seen over the network.
    #[must_use]
    pub fn with_observations(self, observations: Observations) -> Self {
        Self { online: Some(observations), ..self }
    }

    /// Adds what a running portal answered to a forged message.
    #[must_use]
    pub fn with_portal(self, answer: Result<PortalAnswer, String>) -> Self {
        Self { portal: Some(answer), ..self }
    }

    /// Returns the deployment.
    #[must_use]
    pub const fn deployment(&self) -> &'a Deployment {
        self.deployment
    }

    /// Returns the environment.
    #[must_use]
    pub const fn environment(&self) -> Environment {
        self.environment
    }

    /// Tells whether a URL leads to the host of this portal, or to this machine.
    #[must_use]
    pub fn is_ours(&self, url: &str) -> bool {
        let ours = host(&self.deployment.portal.base_url);
        host(url).is_some_and(|host| is_loopback(host) || ours.is_some_and(|ours| ours.eq_ignore_ascii_case(host)))
    }

    pub(crate) fn is_production(&self) -> bool {
        self.environment == Environment::Production
    }

    pub(crate) fn is_broker(&self) -> bool {
        self.deployment.profile == PartnerProfile::SignicatBroker
    }

    /// Tells whether the partner is part of government, which knows us by certificates of PKIoverheid.
    pub(crate) fn is_direct(&self) -> bool {
        matches!(self.deployment.profile, PartnerProfile::Digid | PartnerProfile::StSaml)
    }

    /// Tells whether citizens log in with DigiD at all.
    pub(crate) fn is_digid(&self) -> bool {
        self.is_broker() || self.is_direct()
    }

    /// Returns what is written down of the Dashboard; for the broker, says what to do when there is nothing.
    pub(crate) fn signicat(&self) -> Option<Result<&'a SignicatTable, Seen>> {
        let missing =
            || Seen::not_looked_at("the file does not say what is set in the Signicat Dashboard", self.add("signicat"));
        self.is_broker().then(|| self.deployment.signicat.as_ref().ok_or_else(missing))
    }

    /// Says which table to add.
    pub(crate) fn add(&self, table: &str) -> String {
        format!("add [{}.{table}]", self.name())
    }

    /// Returns the environment as it is called in the file.
    pub(crate) const fn name(&self) -> &'static str {
        environment_name(self.environment)
    }

    /// What is a problem in production, and in preproduction a warning: it works there, and will not do.
    pub(crate) fn strict(&self, found: impl std::fmt::Display, mend: impl std::fmt::Display) -> Seen {
        if self.is_production() { Seen::problem(found, mend) } else { Seen::warning(found, mend) }
    }

    pub(crate) fn path(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }
}

/// Takes what is in a `Result`, or ends the check with what stands in its error.
macro_rules! some {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(seen) => return Some(seen),
        }
    };
}
pub(crate) use some;
