//! How the cost grows with the message, what a validation holds in memory, and what a second thread brings.

use std::process::Command;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use chrono::Utc;
use saml_forge::Signed;

use crate::Result;
use crate::cases::{self, Case, Kind, Signers};
use crate::contestant::peak_kb;
use crate::limit::Limit;
use crate::message::{self, Carrier};
use crate::ours::{Ours, Road};
use crate::report::print;
use crate::world::World;

/// Prints the memory of a validation, both growths with their exponents, and what a second thread brings.
pub(crate) fn scale(world: &World) -> Result<()> {
    let signers = Signers::read(world)?;
    // First, while nothing that was freed can be used again.
    for length in [120, SIZES[7].saturating_sub(FRAME) / 14] {
        memory(world, &signers, length)?;
    }
    let by_size = SIZES.map(|size| (13, size.saturating_sub(FRAME) / 14));
    growth("size", &by_size, world, &signers)?;
    growth("attributes", &COUNTS.map(|count| (count, 40)), world, &signers)?;
    threads(world, &signers)
}

/// Measures messages of so many attributes of such a length.
fn growth(what: &str, shapes: &[(usize, usize)], world: &World, signers: &Signers) -> Result<()> {
    print(&format!("{what:<12} {:>10} {:>10} {:>12} {:>12}", "attributes", "bytes", "ours us", "limit us"))?;
    let mut points = Vec::new();
    for (count, length) in shapes {
        let bytes = prepare(world, signers, *count, *length, 8)?;
        let mut ours = Ours::prepare(CASE, world, Road::Facade)?;
        let mut limit = Limit::prepare(CASE, world)?;
        let (mut of_ours, mut of_limit) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            of_ours.push(ours.run(16)? as f64 / 16_000.0);
            of_limit.push(limit.run(16)? as f64 / 16_000.0);
        }
        let (of_ours, of_limit) = (crate::run::median(of_ours), crate::run::median(of_limit));
        print(&format!("{what:<12} {count:>10} {bytes:>10} {of_ours:>12.1} {of_limit:>12.1}"))?;
        points.push((bytes as f64, of_ours));
    }
    let large: Vec<_> = points.iter().copied().filter(|(bytes, _)| *bytes >= 30_000.0).collect();
    print(&format!(
        "{what}: time grows as bytes to the power {:.2}; from 30 KB, where RSA weighs little, {:.2}",
        exponent(&points),
        exponent(&large)
    ))
}

/// Prints by how much the memory of the process rises when so many validate at once, each message being ready.
fn memory(world: &World, signers: &Signers, length: usize) -> Result<()> {
    let bytes = prepare(world, signers, 13, length, 1)?;
    let (prepared, go) = (Barrier::new(AT_ONCE + 1), Barrier::new(AT_ONCE + 1));
    let validate = || -> std::result::Result<(), String> {
        let ours = Ours::prepare(CASE, world, Road::Facade).map_err(|error| error.to_string());
        prepared.wait();
        go.wait();
        ours?.run(8).map(drop).map_err(|error| error.to_string())
    };
    let (before, after) = std::thread::scope(|scope| -> Result<_> {
        let handles: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(validate)).collect();
        prepared.wait();
        // From here on the peak counts anew (proc(5), clear_refs).
        let is_reset = std::fs::write("/proc/self/clear_refs", "5");
        let before = peak_kb("self");
        go.wait();
        for handle in handles {
            handle.join().map_err(|_| "a thread ended early")??;
        }
        is_reset?;
        Ok((before, peak_kb("self")))
    })?;
    let Some((before, after)) = before.zip(after) else {
        return print("not measured: the memory of a validation, because the system does not tell");
    };
    let each = after.saturating_sub(before) / AT_ONCE as u64;
    print(&format!("{AT_ONCE} validations at once of {bytes} bytes: {each} KiB of memory each"))
}

/// Fits a power by least squares on the logarithms.
fn exponent(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let logarithms = || points.iter().map(|(x, y)| (x.ln(), y.ln()));
    let (x, y) = logarithms().fold((0.0, 0.0), |(sx, sy), (x, y)| (sx + x / count, sy + y / count));
    let (above, below) =
        logarithms().fold((0.0, 0.0), |(a, b), (px, py)| (a + (px - x) * (py - y), b + (px - x) * (px - x)));
    above / below
}

/// Compares two threads with one, and OpenSSL's own two processes with one, as a machine may have less than it says.
fn threads(world: &World, signers: &Signers) -> Result<()> {
    prepare(world, signers, 13, 120, 64)?;
    let (mut ours, mut openssl) = ([0.0; 2], [0.0; 2]);
    for (place, (ours, openssl)) in ours.iter_mut().zip(&mut openssl).enumerate() {
        *ours = validations(world, place + 1)?;
        *openssl = verifications(place + 1).unwrap_or(f64::NAN);
    }
    let [one, two] = ours;
    let [openssl_one, openssl_two] = openssl;
    print(&format!("1 thread {one:.0} validations/s, 2 threads {two:.0}: {:.2} times", two / one))?;
    print(&format!(
        "openssl speed rsa2048: {openssl_one:.0} verifications/s, with -multi 2 {openssl_two:.0}: {:.2} times",
        openssl_two / openssl_one
    ))
}

/// Returns validations a second on the wall of so many threads.
fn validations(world: &World, threads: usize) -> Result<f64> {
    let count = || -> std::result::Result<usize, String> {
        let mut ours = Ours::prepare(CASE, world, Road::Facade).map_err(|error| error.to_string())?;
        let (start, mut done) = (Instant::now(), 0);
        while start.elapsed() < SPELL {
            ours.run(64).map_err(|error| error.to_string())?;
            done += 64;
        }
        Ok(done)
    };
    let mut total = 0;
    std::thread::scope(|scope| -> Result<()> {
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(count)).collect();
        for handle in handles {
            total += handle.join().map_err(|_| "a thread ended early")??;
        }
        Ok(())
    })?;
    Ok(total as f64 / SPELL.as_secs_f64())
}

/// Returns RSA-2048 verifications a second by `openssl speed`, where that program is.
fn verifications(processes: usize) -> Option<f64> {
    let mut command = Command::new("openssl");
    command.args(["speed", "-seconds", "2", "-multi", &processes.to_string(), "rsa2048"]);
    let output = command.output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.lines().find(|line| line.starts_with("rsa 2048 bits"))?;
    line.split_whitespace().last()?.parse().ok()
}

/// Writes a pool of such messages, and returns how long one is.
fn prepare(world: &World, signers: &Signers, count: usize, length: usize, pool: usize) -> Result<usize> {
    let issued = Utc::now();
    let mut messages = Vec::new();
    for number in 0..pool {
        let answer = cases::answer(issued, number, cases::attributes(count, length), Signed::Assertion)?;
        let xml = answer.write(&signers.broker)?;
        messages.push(cases::message(CASE.name, number, Carrier::Response, xml, "accept"));
    }
    message::write(&world.directory().join(CASE.name), issued, &messages)?;
    Ok(messages.first().map_or(0, |message| message.bytes.len()))
}

const CASE: Case = Case { name: "scale", kind: Kind::Messages };
const ROUNDS: usize = 11;
const AT_ONCE: usize = 16;
const SPELL: Duration = Duration::from_secs(2);
/// What a message has beside its values.
const FRAME: usize = 6_600;
const SIZES: [usize; 8] = [7_000, 15_000, 30_000, 60_000, 125_000, 250_000, 500_000, 960_000];
const COUNTS: [usize; 8] = [1, 3, 10, 30, 100, 300, 600, 1_000];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponent_of_a_square_is_two() {
        let points = [1.0, 2.0, 4.0, 8.0].map(|x| (x, 3.0 * x * x));
        assert!((exponent(&points) - 2.0).abs() < 1e-9);
    }
}
