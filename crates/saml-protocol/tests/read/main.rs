//! Reading is strict: each document that is refused stands beside one that differs in that one thing and is read.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod artifact;
mod assertion;
mod attribute;
mod authn_request;
mod authn_statement;
mod conditions;
mod documents;
mod encrypted;
mod head;
mod response;
mod status;
mod subject;
