//! What the profiles let in, on whole messages.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod environment;
mod levels;
mod st_saml;
mod subject;
mod texts;
