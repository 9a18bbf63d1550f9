//! What is encrypted to us opens, and everything else fails: by name before our key is used, in one way after.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "a test fails by panicking")]

mod budget;
mod cipher;
mod keys;
mod message;
