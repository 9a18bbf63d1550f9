//! What a SAML NameID holds in the Netherlands: [`NameIdRules::read`] turns its text into an [`Identity`].
//!
//! DigiD names a citizen as a sector code, a colon and nine digits (`s00000000:900029365`); a broker may strip the
//! sector code; other identity providers send a pseudonym. Which of these is meant is never guessed from the text: it
//! is configuration, and anything else is an [`Error`] that ends the login.
//!
//! **Invariant:** a [`Bsn`] has nine digits and passes the eleven-test. Neither it nor a [`SofiNumber`] or a
//! [`Pseudonym`] has a `Display` or a `Serialize`, their `Debug` is redacted, and no [`Error`] carries any part of
//! the value. The only way to the value is `expose()`.
//!
//! Absent on purpose: padding of short numbers, Unicode folding, any dependency.
//!
//! ```
//! use saml_name_id::{Identity, NameIdRules, SectorCode};
//!
//! let rules = NameIdRules::sectoral(&[SectorCode::Bsn]);
//! let identity = rules.read("s00000000:900029365")?;
//! assert!(matches!(&identity, Identity::Bsn(bsn) if bsn.expose() == "900029365"));
//! assert_eq!(format!("{identity:?}"), "Bsn(Bsn(redacted))");
//! # Ok::<(), saml_name_id::Error>(())
//! ```

mod bsn;
mod error;
mod identity;
mod name_id_rules;
mod pseudonym;
mod sector_code;
mod sectoral_number;
mod sofi_number;

pub use bsn::Bsn;
pub use error::Error;
pub use identity::Identity;
pub use name_id_rules::NameIdRules;
pub use pseudonym::Pseudonym;
pub use sector_code::SectorCode;
pub use sofi_number::SofiNumber;

/// The code of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
