//! The contract of the stores, held against servers of Redis that are started for it; what goes wrong with Redis
//! refuses.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod clock;
mod cluster;
mod contract;
mod failover;
mod log;
mod outage;
mod proxy;
mod refused;
mod round_trips;
mod sealed;
mod server;
mod tls;
