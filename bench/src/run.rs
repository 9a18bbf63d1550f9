//! The measurement: all contestants in turn, round after round, and of the rounds the median.

use std::path::Path;

use chrono::Utc;

use crate::cases::{self, Case, Kind};
use crate::contestant::{Answer, Contestant, Running};
use crate::report::{Report, Row};
use crate::serve::Who;
use crate::world::World;
use crate::{Result, aggregate};

/// What is to be measured.
pub(crate) struct Plan {
    /// The cases by name; all where it is empty.
    pub(crate) cases: Vec<String>,
    pub(crate) seconds_per_case: f64,
    /// An odd number, so that the median is one of them.
    pub(crate) rounds: usize,
    pub(crate) peers: Vec<Contestant>,
}

/// Measures every case of the plan, and says each row when it is known.
pub(crate) fn run(plan: &Plan, world: &World, report: &mut Report) -> Result<()> {
    let mut contestants = ours()?;
    let signers = cases::Signers::read(world)?;
    let alone = world.copy(&world.directory().join("alone"))?;
    contestants.extend(plan.peers.iter().cloned());
    for name in &plan.cases {
        if !cases::all().any(|case| case.name == name) {
            return Err(format!("no case is named {name}").into());
        }
    }
    for case in cases::all().filter(|case| plan.cases.is_empty() || plan.cases.iter().any(|name| name == case.name)) {
        let issued = Utc::now();
        let pool = if case.name == "large" { POOL / 4 } else { POOL };
        let messages = cases::messages(case, &signers, issued, pool)?;
        crate::message::write(&world.directory().join(case.name), issued, &messages)?;
        let first = messages.get(..1).unwrap_or_default();
        crate::message::write(&alone.directory().join(case.name), issued, first)?;
        if matches!(case.kind, Kind::Aggregate { .. }) {
            for world in [world, &alone] {
                write_aggregate(world)?;
            }
        }
        let directories = Directories { pool: world.directory(), alone: alone.directory() };
        let measured = measure(case, &contestants, plan, directories, report)?;
        report.rows(case, measured)?;
    }
    Ok(())
}

/// Writes the aggregate, unless a case before has.
fn write_aggregate(world: &World) -> Result<()> {
    let file = world.directory().join(aggregate::FILE);
    if file.exists() { Ok(()) } else { aggregate::write(world, &file, aggregate::ENTITIES) }
}

/// Returns this program in its three parts.
pub(crate) fn ours() -> Result<Vec<Contestant>> {
    let program = std::env::current_exe()?.display().to_string();
    let contestant = |who: Who| Contestant {
        name: who.name().to_owned(),
        command: vec![program.clone(), "serve".to_owned(), who.name().to_owned()],
    };
    Ok(Who::ALL.map(contestant).to_vec())
}

/// Where the messages are: a pool of them, and one alone for processes that take only one.
#[derive(Clone, Copy)]
struct Directories<'d> {
    pool: &'d Path,
    alone: &'d Path,
}

/// A contestant that takes part in a case.
struct Runner<'c> {
    contestant: &'c Contestant,
    running: Running,
    iterations: usize,
    nanoseconds: Vec<f64>,
    remark: String,
}

fn measure(
    case: Case,
    contestants: &[Contestant],
    plan: &Plan,
    directories: Directories<'_>,
    report: &mut Report,
) -> Result<Vec<Row>> {
    let mut runners = Vec::new();
    for contestant in contestants {
        let is_ours = contestant.name == Who::Ours.name();
        let is_limit = contestant.name == Who::Limit.name();
        if !(is_ours || case.is_shared() || is_limit && case.has_limit()) {
            continue;
        }
        match admit(case, contestant, directories.pool) {
            Ok(runner) => runners.push(runner),
            Err(error) if is_ours => return Err(format!("{}: {error}", case.name).into()),
            // What does not fit the case is said once, for others.
            Err(error) if Who::ALL.iter().all(|who| who.name() != contestant.name) => {
                report.not_run(case.name, &contestant.name, &error.to_string());
            }
            Err(_) => {}
        }
    }
    let share = plan.seconds_per_case * 1e9 / (runners.len() as f64 * plan.rounds as f64);
    for runner in &mut runners {
        let once = runner.nanoseconds.drain(..).fold(f64::INFINITY, f64::min).max(100.0);
        runner.iterations =
            if matches!(case.kind, Kind::ColdStart) { 1 } else { ((share / once) as usize).clamp(1, MOST) };
    }
    for _ in 0..plan.rounds {
        for runner in &mut runners {
            let nanoseconds = if matches!(case.kind, Kind::ColdStart) {
                cold_start(case, runner.contestant, directories.alone)?
            } else {
                match runner.running.ask(case.name, runner.iterations)? {
                    Answer::Took(nanoseconds, _) => nanoseconds as f64 / runner.iterations as f64,
                    Answer::Not(reason) => return Err(format!("{}: {reason}", runner.contestant.name).into()),
                }
            };
            runner.nanoseconds.push(nanoseconds);
        }
    }
    let mut rows = Vec::new();
    for runner in runners {
        rows.push(Row {
            implementation: runner.contestant.name.clone(),
            microseconds: median(runner.nanoseconds) / 1000.0,
            peak_kb: peak(case, runner.contestant, directories.alone),
            remark: runner.remark,
        });
    }
    Ok(rows)
}

/// Starts a contestant and lets it run the case a few times, which tells how long one takes.
fn admit<'c>(case: Case, contestant: &'c Contestant, directory: &Path) -> Result<Runner<'c>> {
    let mut running = contestant.start(directory)?;
    let mut nanoseconds = Vec::new();
    let mut remark = String::new();
    for iterations in [0, 1, 4] {
        match running.ask(case.name, iterations)? {
            Answer::Took(took, said) => {
                remark = said;
                if iterations > 0 {
                    nanoseconds.push(took as f64 / iterations as f64);
                }
            }
            Answer::Not(reason) => return Err(reason.into()),
        }
    }
    if !Who::ALL.iter().any(|who| who.name() == contestant.name) {
        warm_up(case, &mut running, &mut nanoseconds)?;
    }
    Ok(Runner { contestant, running, iterations: 1, nanoseconds, remark })
}

/// Runs the case for a while, as what is compiled while it runs is slow at first.
fn warm_up(case: Case, running: &mut Running, nanoseconds: &mut Vec<f64>) -> Result<()> {
    let once = nanoseconds.last().copied().unwrap_or(WARM_UP).max(100.0);
    let iterations = ((WARM_UP / once) as usize).clamp(1, MOST);
    if let Answer::Took(took, _) = running.ask(case.name, iterations)? {
        nanoseconds.push(took as f64 / iterations as f64);
    }
    Ok(())
}

/// Returns the processor time of a whole process up to its first verdict.
fn cold_start(case: Case, contestant: &Contestant, directory: &Path) -> Result<f64> {
    let mut running = contestant.start(directory)?;
    match running.ask(case.name, 1)? {
        Answer::Took(..) => Ok(running.cpu_nanoseconds().ok_or("the system does not tell processor time")? as f64),
        Answer::Not(reason) => Err(reason.into()),
    }
}

/// Returns the largest memory of a fresh process that has run the case once.
fn peak(case: Case, contestant: &Contestant, directory: &Path) -> Option<u64> {
    let mut running = contestant.start(directory).ok()?;
    running.ask(case.name, 1).ok()?;
    running.peak_kb()
}

/// Returns the value in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// As many messages as are validated once each before a new portal gets them again.
const POOL: usize = 128;
const MOST: usize = 4096;
/// Nanoseconds in which a virtual machine has compiled what it will.
const WARM_UP: f64 = 1e9;
