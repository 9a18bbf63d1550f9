//! Each rule of verification beside a message that differs in that one thing and is accepted.
//!
//! A message that must be refused is signed with the genuine key after it was changed, wherever a key can do that, so
//! that nothing but the rule under test can refuse it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod algorithm;
mod by_hand;
mod external_signer;
mod identifier;
mod key;
mod key_info;
mod reference;
#[cfg(feature = "xmlsec")]
mod second_opinion;
mod sign;
mod signature;
mod signed_info;
mod wrapping;
