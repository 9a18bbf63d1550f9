//! Single logout (SAML Profiles 4.4): the messages of either side, made and decided. Pure: no clock, no file, no
//! socket.
//!
//! The doors in are [`ReceivedLogoutRequest`] and [`ReceivedLogoutResponse`], each by HTTP-Redirect, HTTP-POST or SOAP.
//! The road is that of a response, and each step consumes the one before it:
//!
//! 1. received: well-formed; tells only who to look up;
//! 2. authentic: signed by a key of the partner; only what the signature covers is kept;
//! 3. valid: for this endpoint, of this moment, and, where it answers, of the request that is open.
//!
//! What is left to the caller needs a store: to record a request as seen until [`ValidLogoutRequest::replay_until`],
//! and to end the sessions. [`NewLogoutRequest`] and [`NewLogoutResponse`] make what goes out.
//!
//! **Invariant:** no message is read that is not signed, whatever the binding (ATT-175, ATT-177). SOAP over TLS is no
//! exception, though SAML Profiles 4.4.3 makes one.
//!
//! **Invariant:** `Debug`, trace and errors say nothing of who logs out.
//!
//! A service provider and an identity provider ask each other in the same words, so that this serves both.
//!
//! ```
//! use chrono::{DateTime, Utc};
//! use saml_logout::{LogoutPolicy, ReceivedLogoutRequest};
//! use saml_response::{Trace, TrustedSender};
//! # fn example(body: &[u8], keys: &[saml_xml_security::VerifyingKey], now: DateTime<Utc>) -> Result<(), saml_response::Error> {
//!
//! let policy = LogoutPolicy::signed();
//! let sender = TrustedSender { entity_id: "https://idp.example/saml", keys };
//! let mut trace = Trace::new();
//! let request = ReceivedLogoutRequest::from_post(body, &mut trace)?
//!     .authenticate(&sender, &policy, &mut trace)?
//!     .validate("https://portal.example/saml/slo", now, &mut trace)?;
//! assert!(request.replay_until() > now);
//! # Ok(())
//! # }
//! ```

mod arrival;
pub mod checks;
mod error;
mod outgoing;
mod policy;
mod request;
mod response;

pub use error::Error;
pub use outgoing::{NewLogoutRequest, NewLogoutResponse, UnsignedLogout};
pub use policy::LogoutPolicy;
pub use request::{AuthenticLogoutRequest, ReceivedLogoutRequest, ValidLogoutRequest};
pub use response::{AuthenticLogoutResponse, LogoutOutcome, ReceivedLogoutResponse, ValidLogoutResponse};

/// The code of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
