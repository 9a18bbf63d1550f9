//! The road of a logout message: each check beside a message that differs in that one thing and passes.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod case;
mod outgoing;
mod request;
mod response;
mod rsa_sha1;
mod wrapping;
