//! DigiD and Signicat profiles as data, levels of assurance, and the way from NameID to BSN.
//!
//! The door in is [`Profile`]: one immutable value that says what an answer of one kind of partner must be like, each
//! entry with the clause it comes from. [`Profile::subject`] turns a valid assertion into a [`Subject`].
//!
//! **Invariant:** a production profile cannot be made with the broker's simulator, or DigiD's pre-production, among the
//! authorities that may authenticate.

mod attribute_names;
mod environment;
mod error;
mod level_of_assurance;
mod profile;
mod subject;
pub mod texts;

pub use attribute_names::AttributeNames;
pub use environment::{DIGID_PRE_PRODUCTION, DIGID_PRODUCTION, Environment, SIMULATOR};
pub use error::ConfigError;
pub use level_of_assurance::LevelOfAssurance;
pub use profile::{Profile, ProfileName, Rule};
pub use subject::Subject;
