//! Builds and signs an `AuthnRequest`, and says what to remember of it.
//!
//! The door in is [`AuthnRequestSettings::create`]: settings, a destination, random bytes and the time go in; an
//! [`UnsignedRequest`] and the [`PendingRequest`](saml_state::PendingRequest) for the store come out.
//!
//! **Invariant:** no request leaves unsigned (ATT-199). An [`UnsignedRequest`] shows nothing of itself; its two ways
//! out, [`redirect`](UnsignedRequest::redirect) and [`post`](UnsignedRequest::post), take a key and use it up.
//!
//! **Invariant:** no clock and no source of randomness is read here; both are arguments.
//!
//! ```
//! use saml_authn_request::{AuthnRequestSettings, LoginOptions};
//! use saml_state::ReturnPath;
//! use saml_xml_security::{SigningKey, random_bytes};
//!
//! let settings = AuthnRequestSettings::signicat("https://portal.example/saml", "https://portal.example/saml/acs")
//!     .with_requested_level("urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard");
//!
//! let destination = "https://broker.example/auth/saml/login";
//! let random = [random_bytes()?, random_bytes()?];
//! let return_to = ReturnPath::parse("/permits")?;
//! let now = chrono::DateTime::UNIX_EPOCH;
//! let options = LoginOptions::default().with_language("nl");
//! let (request, pending) =
//!     settings.create(destination, "https://broker.example/auth/saml", &options, random, return_to, now)?;
//!
//! assert_eq!(pending.requested_level.as_deref(), Some("urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard"));
//! let key = SigningKey::generate_self_signed(2048, "portal.example", 0, 4_000_000_000)?;
//! let url = request.redirect(&key)?;
//! assert!(url.starts_with("https://broker.example/auth/saml/login?SAMLRequest="));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod login_options;
mod settings;
mod unsigned_request;

pub use error::Error;
pub use login_options::LoginOptions;
pub use settings::{AssertionConsumerServiceChoice, AuthnRequestSettings};
pub use unsigned_request::UnsignedRequest;

/// The code of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
