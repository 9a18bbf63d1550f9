//! The catalogue of attacks on SAML service providers: each is refused with the code that says why, and its good twin,
//! which differs in the attack alone, is accepted.
//!
//! One test per entry, `att_024_…` being ATT-024. Each writes a line to standard error; `covered` accounts for the
//! entries that have no test here.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

mod catalogue;
mod controls;
mod covered;
mod logout;
mod policy;
mod receiving;
mod sending;
mod sharp;
mod world;
