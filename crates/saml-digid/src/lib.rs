//! Profiles of DigiD, Stelsel Toegang and Signicat as data, levels of assurance, and the way from NameID to BSN.
//!
//! The door in is [`Profile`]: one immutable value that says what an answer of one kind of partner must be like, each
//! entry with the clause it comes from. [`Profile::subject`] turns a valid assertion into a [`Subject`].
//!
//! [`AppLinks`] and [`AppReturn`] are the way through the DigiD app instead of a browser.
//!
//! **Invariant:** a production profile cannot be made with the broker's simulator, or DigiD's pre-production, among the
//! authorities that may authenticate.

mod app2app;
mod attribute_names;
mod environment;
mod error;
mod level_of_assurance;
mod profile;
mod stelsel_toegang;
mod subject;
pub mod texts;

pub use app2app::{AppError, AppLinks, AppReturn, AppStop};
pub use attribute_names::AttributeNames;
pub use environment::{
    DIGID_AD_PRE_PRODUCTION, DIGID_AD_PRODUCTION, DIGID_PRE_PRODUCTION, DIGID_PRODUCTION, Environment, SIMULATOR,
};
pub use error::ConfigError;
pub use level_of_assurance::LevelOfAssurance;
pub use profile::{Profile, ProfileName, Rule};
pub use stelsel_toegang::{ACTING_SUBJECT_ID, LEGACY_BSN, LEGAL_SUBJECT_ID, REPRESENTATION_TYPE, SERVICE_UUID};
pub use subject::Subject;

/// The code of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
