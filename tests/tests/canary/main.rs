//! Canaries: known numbers, names and attributes go through every path, and are then looked for in all that leaves the
//! portal.
//!
//! Looked through are the log at its finest with the fields of every span, the numbers for Prometheus, errors in both
//! their forms, answers with their headers and cookies, the messages inside of URLs, and what Redis keeps. Looked for
//! is each secret as it is, in hexadecimal, percent-encoded, in base64 wherever it begins, and as a digest without a
//! key.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

mod artifact;
mod attacks;
mod browser;
mod login;
mod logout;
mod needles;
mod portal;
mod redis;
mod self_check;
mod witness;
