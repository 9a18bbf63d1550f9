//! One configuration file, `saml.toml`, for a portal that logs citizens in with DigiD.
//!
//! The door in is [`ConfigFile::parse`]: the text of the file to a [`Deployment`] for each environment, preproduction
//! and production. A key that is not known and a value of the wrong type are errors that name the line, the column and
//! the nearest known key; nothing is skipped. [`Parts`] then reads the files and secrets that a deployment names, and
//! makes of them what a portal runs on; what cannot be is an error there that names the path of the key, so that a file
//! with faults can still be looked at.
//!
//! **Invariant:** no key of the file switches a check off. Secrets do not stand in the file: it names a file or an
//! environment variable that holds them ([`Secret`]).
//!
//! ```
//! use saml_config::{ConfigFile, PartnerProfile};
//!
//! let file = r#"
//!     [preproduction]
//!     profile = "signicat-broker"
//!
//!     [preproduction.portal]
//!     base_url = "https://portal.example.nl"
//!     organisation = "Gemeente Voorbeeld"
//!
//!     [preproduction.login]
//!     level = "substantial"
//!     authorities = ["https://was-preprod1.digid.nl/saml/idp/metadata"]
//!
//!     [preproduction.identity_provider]
//!     metadata = "broker.xml"
//!     trust_keys = ["broker.crt.pem"]
//!
//!     [preproduction.keys.signing]
//!     key = "signing.key.pem"
//!     certificate = "signing.crt.pem"
//! "#;
//! let config = ConfigFile::parse(file)?;
//! let deployment = config.preproduction.ok_or("no preproduction")?;
//! assert_eq!(deployment.profile, PartnerProfile::SignicatBroker);
//! assert_eq!(deployment.portal.entity_id(), "https://portal.example.nl/saml/metadata");
//!
//! let error = ConfigFile::parse("[preproduction]\nprofil = \"digid\"\n").unwrap_err();
//! assert_eq!(error.to_string(), "line 2, column 1: expected a known key, found `profil`; did you mean `profile`?");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod deployment;
mod error;
mod file;
mod keys;
mod login;
mod part_error;
mod partner;
mod parts;
mod portal;
mod registration;
mod secret;
mod state;

pub use deployment::{Deployment, PartnerProfile};
pub use error::Error;
pub use file::ConfigFile;
pub use keys::{KeyFiles, KeyNames, Keys, NextKeyFiles, PublishedKeys};
pub use login::{AttributeNamesTable, Level, Login, RequestTravels, SectorCodeForm};
pub use part_error::PartError;
pub use partner::{BackChannelTable, IdentityProviderTable, SignicatTable};
pub use parts::{Parts, environment_name};
pub use portal::{AnswerBinding, ErrorText, Portal};
pub use registration::{Application, Contact, Registration};
pub use secret::Secret;
pub use state::{State, Store};

/// The code of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
