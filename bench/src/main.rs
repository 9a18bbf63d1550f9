//! Measures the whole road of a message, beside the arithmetic below which nobody goes and beside others.
//!
//! `cargo xtask bench` builds and starts this program; see its `--help`.

mod aggregate;
mod cases;
mod client;
mod clock;
mod contestant;
mod hostile;
mod http;
mod instructions;
mod limit;
mod message;
mod node;
mod ours;
mod portal;
mod process_time;
mod redis_server;
mod report;
mod run;
mod scale;
mod serve;
mod soak;
mod world;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use contestant::Contestant;
use report::{Report, say};
use run::Plan;
use serve::Who;
use world::World;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("saml-bench: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<()> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["run", options @ ..] => measure(options),
        ["scale"] => scale::scale(&World::create(&Scratch::create()?.0)?),
        ["instructions", file] => instructions::count(&World::create(&Scratch::create()?.0)?, Path::new(file), false),
        ["instructions", file, "--write"] => {
            instructions::count(&World::create(&Scratch::create()?.0)?, Path::new(file), true)
        }
        ["aggregate", file, entities] => {
            aggregate::write(&World::create(&Scratch::create()?.0)?, Path::new(file), entities.parse()?)
        }
        ["serve", who, directory] => serve::serve(named(who)?, Path::new(directory)),
        ["once", who, directory, case, iterations] => {
            serve::run_once(named(who)?, Path::new(directory), case, iterations.parse()?)
        }
        ["http", options @ ..] => http::run(&http::Options::read(options)?, &Scratch::create()?.0),
        ["soak", options @ ..] => soak::run(&soak::Options::read(options)?, &Scratch::create()?.0),
        ["portal", directory, port, store] => portal::serve(Path::new(directory), port, store),
        _ => Err("expected run, http, soak, scale, instructions, aggregate, serve, once or portal".into()),
    }
}

fn named(name: &str) -> Result<Who> {
    Who::ALL.into_iter().find(|who| who.name() == name).ok_or_else(|| format!("nobody is named {name}").into())
}

fn measure(options: &[&str]) -> Result<()> {
    let mut plan = Plan { cases: Vec::new(), seconds_per_case: 2.0, rounds: 11, peers: Vec::new() };
    let mut json = false;
    let mut options = options.iter();
    while let Some(option) = options.next() {
        let mut value = || options.next().ok_or_else(|| format!("{option} takes a value"));
        match *option {
            "--json" => json = true,
            "--case" => plan.cases.push((*value()?).to_owned()),
            "--seconds-per-case" => {
                plan.seconds_per_case = value()?.parse()?;
                // A message is good for two minutes, and others look at the clock.
                if !(0.001..=60.0).contains(&plan.seconds_per_case) {
                    return Err("--seconds-per-case takes 0.001 to 60".into());
                }
            }
            "--rounds" => plan.rounds = value()?.parse::<usize>()?.max(1),
            "--peer" => {
                let (name, command) = value()?.split_once('=').ok_or("--peer takes NAME=COMMAND")?;
                let command = command.split('\u{1f}').map(str::to_owned).collect();
                plan.peers.push(Contestant { name: name.to_owned(), command });
            }
            other => return Err(format!("unknown option {other}").into()),
        }
    }
    let directory = Scratch::create()?;
    let world = World::create(&directory.0)?;
    let mut report = Report::begin(json)?;
    run::run(&plan, &world, &mut report)?;
    report.end();
    Ok(())
}

/// A directory that is gone when the program ends.
struct Scratch(PathBuf);

impl Scratch {
    fn create() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("saml-bench-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed lies in a place that the system clears.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
