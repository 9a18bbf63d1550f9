//! Every check on the road of a response: what it accepts, and what it rejects with which code.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod artifact;
mod attributes;
mod authn;
mod case;
mod conditions;
mod confirmation;
mod decryption;
mod envelope;
mod message;
mod road;
mod signatures;
mod status;
mod subject;
mod wrapping;
