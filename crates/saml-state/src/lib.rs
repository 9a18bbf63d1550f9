//! Pending requests, replay protection and sessions: traits and bounded memory stores.
