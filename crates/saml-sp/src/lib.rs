//! A SAML service provider: [`login`](ServiceProvider::login) sends the browser to the identity provider,
//! [`assertion_consumer_service`](ServiceProvider::assertion_consumer_service) consumes what comes back by HTTP-POST,
//! [`artifact_consumer_service`](ServiceProvider::artifact_consumer_service) what comes back by HTTP-Artifact.
//!
//! [`logout`](ServiceProvider::logout) tells the identity provider of a logout that the caller has carried out, and
//! [`single_logout_service`](ServiceProvider::single_logout_service) takes what the identity provider sends then, or
//! asks by itself.
//!
//! [`SealedRequestStore`] lets the browsers carry the pending requests themselves.
//!
//! The door in is [`ServiceProvider::new`], with a [`Configuration`] that says who we are, whom we trust and what an
//! answer must be like, and with the stores of `saml-state`.
//!
//! **Invariant:** an [`Authentication`] exists only after the whole road: the signature held, every check passed, the
//! request was pending in this very browser and is now consumed, and the assertion was never seen before.
//!
//! **Invariant:** a store that is down refuses the login.
//!
//! How the project is built, and where to change what: [`architecture`].
//!
//! This crate knows no country and no web framework: what a citizen's number is, `saml-digid` says; which cookie holds
//! the [`BrowserBinding`](saml_state::BrowserBinding), the caller.

#[doc = include_str!("architecture.md")]
pub mod architecture {}
mod artifact;
mod authentication;
mod configuration;
mod dispatch;
mod identity_provider_session;
mod login;
mod logout;
mod receive;
mod refusal;
mod sealed_request_store;
mod single_logout;
mod single_logout_service;

pub use authentication::Authentication;
pub use configuration::{ConfigError, Configuration, RequestBinding, ServiceProvider};
pub use dispatch::Dispatch;
pub use identity_provider_session::IdentityProviderSession;
pub use login::LoginError;
pub use logout::LogoutError;
pub use receive::Received;
pub use refusal::{Outcome, Refusal};
pub use sealed_request_store::SealedRequestStore;
pub use single_logout::SingleLogout;
pub use single_logout_service::{Arrived, Logout, LogoutReceived, SoapAnswer};

pub use saml_authn_request::LoginOptions;
pub use saml_logout::{LogoutOutcome, LogoutPolicy};

/// The code of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
