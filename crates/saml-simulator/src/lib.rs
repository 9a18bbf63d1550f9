//! An identity provider to develop against: the Signicat broker with DigiD behind it.
//!
//! The door in is [`router`]: it serves what a [`SimulatorConfig`] describes. Whoever opens its login page chooses who
//! logs in, at which level, or that the login is cancelled or fails; the answer is signed and goes to the portal by
//! HTTP-POST, or by HTTP-Artifact over a back channel ([`routers`]).
//!
//! | path | what it is |
//! |---|---|
//! | `GET /broker/sp/saml/metadata` | signed metadata |
//! | `GET`, `POST /broker/sp/saml/login` | takes an `AuthnRequest` by HTTP-Redirect or HTTP-POST, and shows the login page |
//! | `GET /broker/authn/simulator/authenticate/digid` | shows the login page again, in another language |
//! | `POST /broker/authn/simulator/authenticate/digid` | logs in |
//! | `POST /broker/authn/simulator/authenticate/digid/cancel` | answers `Responder` / `AuthnFailed` |
//! | `POST /broker/authn/simulator/authenticate/digid/error` | answers `Responder` / `RequestDenied` |
//! | `POST /broker/sp/saml/logout` | answers a `LogoutRequest`, and takes the answer to its own |
//! | `GET /broker/authn/simulator/sessions` | shows who is logged in where, with a button for each |
//! | `POST /broker/authn/simulator/sessions` | sends a `LogoutRequest` for one of them to its service provider |
//! | `POST /broker/sp/saml/artifact` | resolves an artifact, on the back channel alone |
//! | `PUT /next-login` | says what the next login does, on the control port alone |
//!
//! As at the broker, a request that it does not take, or a level lower than the one asked for, ends in a page with
//! status 500, and the portal hears nothing. The page shows a reference; the reason stands in the log beside it.
//!
//! # Scripted logins
//!
//! Tests of a portal say beforehand what the next login does, with a JSON object at `PUT /next-login` of
//! [`Routers::control`]. It holds for the first `AuthnRequest` that is taken after it, and all that follows from that
//! one. All members are optional:
//!
//! | member | values | what it does |
//! |---|---|---|
//! | `outcome` | `{"log_in": {"bsn": "900026236", "level": "high"}}`, `"cancel"`, `"error"` (`RequestDenied`), `"no_authn_context"`, `"responder"` (no second code) | answers at once, without the login page |
//! | `clock_offset_seconds` | a number, negative as well | the clock of the answer, and of the `ArtifactResponse`, is so far ahead |
//! | `key` | `"current"`, `"next"` | the key that signs, of [`SimulatorConfig::with_next_key`] |
//! | `artifact` | `"good"`, `"expired"`, `"answers_another"` | the artifact is resolved, no longer known, or resolved in answer to another `ArtifactResolve` |
//! | `flaw` | `"audience"`, `"level"`, `"signature"` | the answer is for another service provider, of a level below the one asked for, or its signatures do not hold; to be refused |
//! | `resolve_delay_ms` | up to 65535 | the `ArtifactResponse` is so late |
//!
//! The answer is 204; one with 400, 415 or 422 says what is wrong with the object.
//!
//! **Invariant:** only requests that a registered service provider signed are answered, and only to a URL in its
//! metadata.
//!
//! **Invariant:** no BSN is ever logged or shown after the login; it is kept in memory for a quarter of an hour, as a
//! logout must name it, and that of a script until a login follows it.
//!
//! **Absent on purpose:** whatever would let a production portal use it: it names `simulator` as the authority, unless
//! [`AnswerSettings::authority`] says otherwise, and signs with a key of the configuration.

mod answer;
mod artifacts;
mod authn_request;
mod back_channel;
mod config;
mod error;
mod kept;
mod language;
mod logout;
mod origin;
mod pages;
mod refusal;
mod router;
mod script;
mod st_saml;

pub use back_channel::BackChannelListener;
pub use config::{AnswerSettings, LevelVocabulary, NameIdForm, RegisteredServiceProvider, SimulatorConfig};
pub use error::ConfigError;
pub use pages::form_value;
pub use router::{Routers, router, routers};
pub use st_saml::{Mandate, StSamlSettings};

/// The code of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
