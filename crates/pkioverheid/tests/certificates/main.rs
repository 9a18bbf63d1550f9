//! Each check of a key or certificate beside one that differs in that one thing and is accepted.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

mod certificate;
mod chain;
mod key;
mod oin;
mod request;
mod world;
