//! Logs in and out at identity providers of others, live, and compares each verdict with the one that is expected.
//!
//! `cargo xtask interop` installs the peers and runs this. Each case has a portal of its own, made of `saml-axum` with
//! the profile `web-sso`: the peer knows it by its metadata, and sends it what the case is about.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod browser;
mod cases;
mod keys;
mod log;
mod peer;
mod portal;
mod pysaml2;
mod report;
mod simplesamlphp;

use std::process::ExitCode;

use peer::Peer;
use report::Row;

fn main() -> ExitCode {
    let mut peers: Vec<Box<dyn Peer>> = Vec::new();
    let mut json = false;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--simplesamlphp" => peers.push(Box::new(simplesamlphp::SimpleSamlPhp)),
            "--pysaml2" => peers.push(Box::new(pysaml2::Pysaml2 { python: arguments.next().expect("a program") })),
            "--json" => json = true,
            unknown => panic!("expected --simplesamlphp, --pysaml2 PYTHON or --json, found {unknown}"),
        }
    }
    log::keep();
    let rows: Vec<Row> = peers.iter().flat_map(|peer| peer::run(peer.as_ref())).collect();
    report::print(&rows, json);
    if rows.iter().all(Row::is_as_expected) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
