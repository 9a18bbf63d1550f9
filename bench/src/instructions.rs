//! How many instructions the main cases take, by callgrind: a figure that does not depend on what else the machine
//! does.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use chrono::Utc;

use crate::Result;
use crate::cases::{self, Kind, Signers};
use crate::message;
use crate::report::{print, say};
use crate::world::World;

/// Counts, prints, and compares with `file`, or writes it.
///
/// A count is the difference between a long and a short run, so that what is prepared does not count; that a request is
/// remembered does. OpenSSL's share differs between its versions and processors.
pub(crate) fn count(world: &World, file: &Path, write: bool) -> Result<()> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        say("not run: instruction counts, because valgrind is missing; on Debian: apt-get install valgrind");
        return Ok(());
    }
    let signers = Signers::read(world)?;
    let before = read(file)?;
    let mut lines = String::from("case\tinstructions\n");
    for case in cases::all().filter(|case| matches!(case.kind, Kind::Messages | Kind::Metadata | Kind::Request)) {
        let issued = Utc::now();
        let messages = cases::messages(case, &signers, issued, LONG)?;
        message::write(&world.directory().join(case.name), issued, &messages)?;
        let (short, long) = (instructions(world, case.name, SHORT)?, instructions(world, case.name, LONG)?);
        let each = long.saturating_sub(short) / (LONG - SHORT) as u64;
        print(&format!("{:<28} {each:>10}", case.name))?;
        lines.push_str(&format!("{}\t{each}\n", case.name));
        if let Some(known) = before.get(case.name)
            && !write
            && each as f64 > *known as f64 * (1.0 + TOLERANCE)
        {
            let rise = (each as f64 / *known as f64 - 1.0) * 100.0;
            say(&format!("warning: {} takes {each} instructions, {rise:.1} % more than {known}", case.name));
        }
    }
    if write {
        std::fs::write(file, lines)?;
    }
    Ok(())
}

fn read(file: &Path) -> Result<BTreeMap<String, u64>> {
    if !file.is_file() {
        return Ok(BTreeMap::new());
    }
    let text = std::fs::read_to_string(file)?;
    let mut counts = BTreeMap::new();
    for line in text.lines().skip(1) {
        let (case, count) = line.split_once('\t').ok_or("expected a case and a count in a line")?;
        counts.insert(case.to_owned(), count.parse()?);
    }
    Ok(counts)
}

fn instructions(world: &World, case: &str, iterations: usize) -> Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["once", "ours"])
        .arg(world.directory())
        .args([case, &iterations.to_string()])
        .output()?;
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{case} did not end well below callgrind: {text}").into());
    }
    let count = text.lines().find_map(|line| line.split_once("Collected : ")).map(|(_, count)| count.trim());
    Ok(count.ok_or_else(|| format!("callgrind did not count: {text}"))?.parse()?)
}

const SHORT: usize = 4;
const LONG: usize = 12;
/// Above it a rise is said: OpenSSL's blinding alone moves the counts by less.
const TOLERANCE: f64 = 0.05;
