//! The line protocol that every program under measurement speaks.
//!
//! A line `CASE ITERATIONS` on stdin is answered by one line on stdout: the nanoseconds of this thread's processor time
//! that so many runs took; `unsupported REASON`, or `failed REASON`. With 0 iterations the case is only prepared.

use std::io::{BufRead, Write};
use std::path::Path;

use crate::Result;
use crate::cases::{self, Case};
use crate::limit::Limit;
use crate::ours::{Ours, Road};
use crate::world::World;

/// Who is measured by this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Limit,
    Ours,
    /// Step by step like the one without, so that nothing but the trace is between the two.
    OursWithTrace,
    OursWithoutTrace,
}

impl Who {
    pub(crate) const ALL: [Self; 4] = [Self::Ours, Self::OursWithTrace, Self::OursWithoutTrace, Self::Limit];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Limit => "limit",
            Self::Ours => "ours",
            Self::OursWithTrace => "ours-with-trace",
            Self::OursWithoutTrace => "ours-without-trace",
        }
    }
}

enum Prepared {
    Limit(Limit),
    Ours(Ours),
}

/// Answers until stdin ends.
pub(crate) fn serve(who: Who, directory: &Path) -> Result<()> {
    let world = World::open(directory);
    let mut prepared: Option<(String, Prepared)> = None;
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (name, iterations) = line.split_once(' ').ok_or("expected a case and a number")?;
        let iterations: usize = iterations.parse()?;
        // What was prepared before belongs to messages that are gone.
        let current = prepared.take().filter(|(current, _)| current == name && iterations > 0);
        let ready = match current {
            Some((_, ready)) => Ok(ready),
            None => prepare(who, name, &world),
        };
        match ready {
            Err(error) => writeln!(out, "unsupported {}", one_line(&error.to_string()))?,
            Ok(mut ready) => {
                match ready.run(iterations) {
                    Ok(nanoseconds) => writeln!(out, "{nanoseconds}{}", ready.remark())?,
                    Err(error) => writeln!(out, "failed {}", one_line(&error.to_string()))?,
                }
                prepared = Some((name.to_owned(), ready));
            }
        }
        out.flush()?;
    }
    Ok(())
}

/// Runs one case so often, for who counts instructions from outside.
pub(crate) fn run_once(who: Who, directory: &Path, name: &str, iterations: usize) -> Result<()> {
    let world = World::open(directory);
    prepare(who, name, &world)?.run(iterations)?;
    Ok(())
}

fn prepare(who: Who, name: &str, world: &World) -> Result<Prepared> {
    let case = find(name)?;
    Ok(match who {
        Who::Limit => Prepared::Limit(Limit::prepare(case, world)?),
        Who::Ours => Prepared::Ours(Ours::prepare(case, world, Road::Facade)?),
        Who::OursWithTrace => Prepared::Ours(Ours::prepare(case, world, Road::StepsWithTrace)?),
        Who::OursWithoutTrace => Prepared::Ours(Ours::prepare(case, world, Road::StepsWithoutTrace)?),
    })
}

fn find(name: &str) -> Result<Case> {
    cases::all().find(|case| case.name == name).ok_or_else(|| format!("no case is named {name}").into())
}

impl Prepared {
    fn run(&mut self, iterations: usize) -> Result<u64> {
        match self {
            Self::Limit(limit) => limit.run(iterations),
            Self::Ours(ours) => ours.run(iterations),
        }
    }

    fn remark(&self) -> String {
        match self {
            Self::Ours(ours) => ours.remark().map(|remark| format!(" {remark}")).unwrap_or_default(),
            Self::Limit(_) => String::new(),
        }
    }
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}
