//! `saml forge`: attacks on a service provider, to read, to keep, and to try.

mod case;
mod judge;
mod list;
mod message;
mod report;
mod run;
mod target;
mod write;

use std::process::ExitCode;

use clap::Subcommand;

use crate::output::tell;

/// Forge the attacks that a service provider must refuse, and try them
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(list::Arguments),
    Write(Box<write::Arguments>),
    Run(Box<run::Arguments>),
}

/// Runs the command: 0 at its end, 1 when a target let something in, 2 for wrong usage.
pub(crate) fn run(command: &Command) -> ExitCode {
    let (name, ended) = match command {
        Command::List(arguments) => ("list", list::run(arguments)),
        Command::Write(arguments) => ("write", write::run(arguments)),
        Command::Run(arguments) => ("run", run::run(arguments)),
    };
    ended.unwrap_or_else(|failure| {
        tell(&format!("saml forge {name}: {failure}"));
        failure.exit_code()
    })
}
