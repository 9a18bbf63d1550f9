//! What the profiles let in, on whole messages.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod environment;
mod levels;
mod subject;
mod texts;
