//! axum routes for a portal that logs citizens in: start, consume the answer, metadata, log out.
//!
//! The door in is [`SamlPortal::new`] with a service provider of `saml-sp`, a session store and [`Settings`].
//! [`SamlPortal::router`] then puts the SAML routes beside the application's own pages; in those, the extractor
//! [`LoggedIn`] says who logged in, and `Option<LoggedIn>` whether anybody did.
//!
//! New here? [`guide::portal`](mod@guide::portal) leads from an empty folder to a login; then comes the guide of your
//! partner, such as [`guide::signicat`](mod@guide::signicat), and when a message is refused
//! [`guide::explain`](mod@guide::explain).
//!
//! The crates that a portal is configured with are re-exported whole: `saml_sp`, `saml_digid`, `saml_metadata` and
//! others.
//!
//! | route | what it does |
//! |---|---|
//! | `GET /saml/login?level=&return_to=&lang=` | sends the browser to the identity provider |
//! | `POST /saml/acs` | consumes the answer, or the artifact that stands for one |
//! | `GET /saml/acs?SAMLart=` | consumes the artifact of an answer, where there is a back channel |
//! | `GET /saml/continue?request=` | sends a browser on that brought the answer to its login a second time |
//! | `GET /saml/metadata` | our metadata |
//! | `POST /saml/logout` | ends the session here, and where single logout is configured then tells the identity provider |
//! | `GET`, `POST /saml/slo` | takes the identity provider's answer to that, or its own request that sessions end |
//! | `POST /saml/slo/soap` | takes such a request over SOAP |
//! | `GET /saml/style.css`, `GET /saml/post.js` | what the pages of these routes need |
//!
//! **Invariant:** which cookies are set, and where the browser is sent, follows from configuration and from what was
//! remembered of the request; never from the `Host` header (ATT-173), the relay state (ATT-167) or the answer.
//!
//! **Invariant:** the browser reads one fixed sentence and a random reference; code and trace go to the operator's log
//! under that reference (ATT-174). Neither log, URL nor cookie holds a name, a number or an attribute of anybody.
//!
//! **Invariant:** every login makes a new session under a new ID (ATT-171).
//!
//! **Invariant:** an answer that came a second time opens no session. A browser whose session is of that very login is
//! sent to where it went; any other reads to continue where the login began. What was not asked for ends no session
//! either.
//!
//! **Invariant:** the session here has ended before the identity provider is told, and no answer or its absence keeps
//! it.
//!
//! # What the operator sees
//!
//! Each event is a line under the target `saml::audit` of `tracing`, its name being the message; the span of the
//! request gets the fields `event` and `code`, and the counter of that event and code goes up. Names, fields and codes
//! are stable.
//!
//! | event | level | fields |
//! |---|---|---|
//! | `login started` | info | `level` where one was asked for, `profile` |
//! | `login not begun` | error | `code`, `reference` |
//! | `login finished` | info | `level`, `sector`, `authority`, `profile`, `duration_ms` since the request, `checks`: how many |
//! | `login cancelled` | info | `code`, `profile`, `reference` |
//! | `login refused` | warn | `code`, `expected`, `found` and `clause` of the check that failed, `reference`, `checks`: how each ended |
//! | `artifact not resolved` | warn | `code`, `reference` of the refusal that follows |
//! | `session not opened`, `session not ended` | error | `code`, `reference` |
//! | `session not read` | error | `code`, `reference` where a page shows one |
//! | `session ended` | info | `reference` of the login that failed, which ended it (Logius T6) |
//! | `logout started` | info | `began` |
//! | `logout finished` | info, warn | `began`: `here` or `identity_provider`; `outcome`: `here` alone, `complete`, `partial` or `failed`; `sessions` or `code` |
//! | `logout refused` | warn | `code`, `expected`, `found`, `clause`, `reference`, `checks` |
//! | `certificate expiring` | warn | `days_left`, `role`, `sha256`; from 60 days on, at the start and with the first login of a day |
//! | `key replaced` | info | `sha256`: of the certificate of ours that signs from now on |
//! | `metadata replaced` | info | `entity_id`, `keys`: the SHA-256 of each that is trusted, `valid_until` |
//! | `metadata not replaced` | error | `code` |
//! | `metadata not refreshed` | warn | `code`, `attempts` since it last succeeded |
//!
//! The roles of certificates are `signing`, `tls_client` and `identity_provider`. `expected`, `found` and `clause` lack
//! where a message could not be read at all. The reference is the one on the page that the user sees.
//!
//! With the feature `prometheus` or `opentelemetry` there are numbers too, whose labels never hold anything from a
//! message:
//!
//! | Prometheus | OpenTelemetry | labels | what |
//! |---|---|---|---|
//! | `saml_events_total` | `saml.events` | `event`, `code` | counts the events above |
//! | `saml_assertion_consumer_service_seconds` | `saml.assertion_consumer_service` | `status` | how long it took to consume an answer |
//! | `saml_call_seconds` | `saml.call` | `call`, `code` | how long a store or the back channel took |
//! | `saml_certificate_days` | `saml.certificate.days` | `role`, `sha256` | days that a certificate is still good for |
//! | `saml_metadata_days` | `saml.metadata.days` | | days that the metadata is still valid, where it says so |
//!
//! The calls are `request_remember`, `request_find`, `request_take`, `request_take_recording`,
//! `replay_insert`, `replay_insert_then`, `session_create`, `session_read`,
//! `session_remove`, `session_remove_of_subject`, `artifact_resolve` and `metadata_fetch`.
//!
//! At the level debug there are spans: `saml` around a request, in it `parse`, `verify` (with what is decrypted),
//! `validate` and `subject` for the road of an answer, and `call` for each store and the back channel.
//!
//! A request to log in takes a place in the request store for 15 minutes, so limit how often one address may begin; or
//! let the browsers carry their requests themselves, with a [`SealedRequestStore`](saml_sp::SealedRequestStore). With a
//! back channel that does not end the need: of each login one artifact, for which nobody vouches yet, may take a place
//! in the replay cache until 20 minutes after the login began, and one question to the identity provider. Limit
//! `/saml/login` then with either store.

mod assertion_consumer_service;
mod cancelled;
mod continue_login;
mod cookies;
mod error;
mod events;
pub mod guide;
mod incident;
mod kept_session;
mod language;
mod logged_in;
mod login;
mod logout;
mod measured;
mod metrics;
mod pages;
mod portal;
mod security_headers;
mod session;
mod settings;
mod single_logout_service;
mod validity;

pub use cancelled::is_cancelled;
pub use error::ConfigError;
pub use language::Language;
pub use logged_in::{LoggedIn, NotLoggedIn};
#[cfg(feature = "prometheus")]
pub use metrics::PrometheusMetrics;
pub use portal::SamlPortal;
pub use session::{Session, SessionAttribute, SessionCheck};
pub use settings::Settings;

// What configuring these routes takes, so that a portal needs one dependency, and has all in versions that fit.
pub use {
    saml_authn_request, saml_backchannel, saml_digid, saml_metadata, saml_name_id, saml_protocol, saml_response,
    saml_sp, saml_state, saml_xml_security,
};

/// The code of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
