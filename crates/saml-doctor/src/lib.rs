//! Looks at a portal before it goes to production with DigiD, and says what is missing.
//!
//! The door in is [`examine`]: a [`Subject`], which is one environment of `saml.toml` with the files that it names,
//! goes in, and a [`Report`] comes out: for each [`Check`] what was found, and how to mend it. [`inventory`] lists
//! every certificate that the configuration and the metadata know of. [`Observations`] is what [`observe`] saw over the
//! network, for the checks that need it.
//!
//! **Invariant:** a check only looks. Nothing is written, no key leaves its file, and no error or finding shows a
//! secret or a number that may be a BSN.
//!
//! **Invariant:** time, the roots of PKIoverheid and how the network is reached are arguments.
//!
//! **Absent on purpose:** checks that cannot fail. What the other crates always do, whatever the configuration, is
//! listed in [`BUILT_IN`] and is no check.
//!
//! ```no_run
//! use saml_config::ConfigFile;
//! use saml_doctor::{Outcome, Subject, examine};
//! use saml_digid::Environment;
//!
//! let config = ConfigFile::parse(&std::fs::read_to_string("saml.toml")?)?;
//! let subject = Subject::new(&config, Environment::Production, ".".as_ref(), chrono::DateTime::UNIX_EPOCH);
//! let report = examine(&subject.ok_or("no production")?);
//! assert_eq!(report.count(Outcome::Problem), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod check;
mod checks;
mod files;
mod inventory;
mod network;
mod observations;
mod report;
mod step;
mod subject;
mod url;

pub use check::{Check, Outcome};
pub use checks::{BUILT_IN, CHECKS, NOTICE, order_by, working_days_before};
pub use inventory::{Entry, Facts, Owner, inventory};
pub use network::{Network, TrustedRoots};
pub use observations::{Answer, Observations, PortalAnswer, Tls, observe, probe_portal};
pub use report::{Finding, Report, examine};
pub use step::Step;
pub use subject::Subject;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
