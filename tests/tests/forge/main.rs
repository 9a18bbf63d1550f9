//! The command `saml forge`: what it writes, and what it says of service providers that are strict, naive or dead.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod files;
mod rounds;
mod targets;
