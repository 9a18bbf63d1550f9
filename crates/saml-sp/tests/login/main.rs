//! A login from the first redirect to who it is, with everything that may come between.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod answer;
mod artifact;
mod cancelled;
mod cluster;
mod logout;
mod logout_request;
mod portal;
mod sealed;
mod start;
mod stores;
