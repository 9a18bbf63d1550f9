//! A login through the routes, with answers that a broker could have made.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod accepted;
mod again;
mod answers;
mod artifact;
mod browser;
mod cookies;
mod events;
mod headers;
mod log;
mod login;
mod logout;
mod mutual_tls;
mod numbers;
mod portal;
mod refreshed;
mod refused;
mod replaced;
mod sealed;
mod session;
