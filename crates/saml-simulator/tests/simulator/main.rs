//! A portal logs in at the simulator, over the routes that a browser takes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod answers;
mod artifact;
mod back_channel;
mod browser;
mod logout;
mod pages;
mod portal;
mod refusals;
mod script;
mod st_saml;
